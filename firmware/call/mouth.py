"""What the box says in a call, and what it means that it was heard or not."""

from collections.abc import Iterable
from typing import Protocol

from dsp.beep import BeepPlan
from firmware.call.beeper import plan_of
from firmware.call.case import Case
from firmware.call.consent_states import Event
from firmware.call.events import LineEvent
from firmware.call.notice import Announcement, Prompter
from firmware.call.proof import Heard, Missed
from firmware.consent.house import notice_method
from firmware.line.block import Block
from firmware.service.settings import Settings

#: From this class on nothing from before the notice may be kept.
NOTICE_CLASS = 2
#: The ear may miss one beep in 200; two in a row were not there.
BEEPS_MISSED = 2
NO_VOICE = "the notice cannot be played: there is no voice for it"
LOST = {
    "keep": Event.LOST_KEEP,
    "quarantine": Event.LOST_QUARANTINE,
    "discard": Event.LOST_DISCARD,
}

#: An event for the consent table, and its cause.
Told = tuple[Event, str]


class Library(Protocol):
    """Where the texts and sounds of notices come from."""

    def language(self, places: Iterable[str]) -> str:
        """Return the language of people in these places."""

    def announcement(self, kind: str, language: str) -> Announcement | None:
        """Return what to play: announcement, reminder or question; None = nothing."""

    def renew(self, settings: Settings) -> None:
        """Take settings that may have changed."""

    def prepare(self) -> None:
        """Make ready what may be needed; called in a thread of its own."""


class Mouth:
    """Speaks through a prompter, with the words of a library."""

    def __init__(self, prompter: Prompter, library: Library) -> None:
        self.prompter = prompter
        self.library = library
        #: What could not be said or was not heard last, in plain words.
        self.trouble = ""
        self._plan: BeepPlan | None = None  # to be used from the next call on
        self._voiceless = False  # there is nothing to play
        self._beep_only = False

    def renew(self, settings: Settings) -> None:
        """Take settings that may have changed."""
        self.library.renew(settings)
        self._plan = plan_of(settings.consent)
        self._beep_only = notice_method(settings.consent) == "beep_only"

    def rehearse(self) -> None:
        """Make notices ready; without any, the operator has to tell them."""
        self.library.prepare()
        first = self.library.announcement("announcement", self.library.language(()))
        self._voiceless = first is None
        if self._voiceless:
            self.trouble = NO_VOICE

    def begin(self) -> None:
        """A new call."""
        if self._plan is not None:
            self.prompter.adopt(self._plan)
            self._plan = None
        self.prompter.begin_call()

    @property
    def exists(self) -> bool:
        """Is there anything to speak with at all?"""
        return self.prompter.has_speaker

    @property
    def able(self) -> bool:
        """Can something be said in this call?"""
        return self.prompter.can_speak and (self._beep_only or not self._voiceless)

    def language(self, case: Case) -> str:
        """Return the other side's language, as far as their place tells."""
        return self.library.language(case.decision.places)

    def say(self, case: Case) -> Told | None:
        """Say what the decision asks for, once there is somebody to hear it."""
        case.to_say = False
        if not self.able:
            return None
        if not case.reached:
            case.to_say = True
            return None
        decision = case.decision
        if decision.notice is None:
            self.prompter.start_beeps()
            return None
        notice = self.library.announcement(decision.notice, self.language(case))
        sent = None if notice is None else self.prompter.announce(notice)
        if notice is not None and sent is not None:
            case.notice_at = sent.at
            case.record.said(notice, sent)
            return None
        case.now.flag("notice_missed")
        self.trouble = NO_VOICE
        if decision.on_failure is None:
            return None
        return LOST[decision.on_failure], "nothing to play it with"

    def beep(self, case: Case) -> None:
        """Beep from now on, if that was decided."""
        if case.decision.beep:
            self.prompter.start_beeps()

    def listen(
        self, case: Case | None, block: Block, events: Iterable[LineEvent]
    ) -> list[Told]:
        """Take a block; return what follows from what was heard in it or missed."""
        told: list[Told] = []
        for verdict in self.prompter.feed(block, events):
            if case is None:
                continue
            if verdict.kind == "beep":
                follows = self._beep_heard(case, verdict)
            else:
                follows = self._notice_heard(case, verdict)
            if follows is not None:
                told.append(follows)
        return told

    def _notice_heard(self, case: Case, verdict: Heard | Missed) -> Told | None:
        heard = isinstance(verdict, Heard)
        case.record.heard(whole=heard)
        self.trouble = "" if heard else "the last notice was not heard on the line"
        if not heard:
            case.now.flag("notice_missed")
            return self._lost(case, "notice not heard")
        case.asked = case.decision.notice == "question"
        return None if case.asked else self._known(case)

    def _beep_heard(self, case: Case, verdict: Heard | Missed) -> Told | None:
        alone = case.notice_at is None and case.decision.notice is None
        if isinstance(verdict, Heard):
            case.missed = 0
            self.trouble = ""
            if not alone:
                return None
            case.notice_at = verdict.at
            return self._known(case)
        case.missed += 1
        case.now.flag("beep_missed")
        if alone or case.missed >= BEEPS_MISSED:
            self.trouble = "the beeps are not heard on the line"
            return self._lost(case, "beep not heard")
        return None

    def _known(self, case: Case) -> Told:
        objecting = case.decision.level > NOTICE_CLASS
        return Event.HEARD_3 if objecting else Event.HEARD, "notice heard"

    def _lost(self, case: Case, cause: str) -> Told | None:
        failure = case.decision.on_failure
        return None if failure is None else (LOST[failure], cause)
