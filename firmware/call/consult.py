"""Asks the rules about a call: what is known of it becomes facts, facts a decision.

The house (owner's choices, scope rules, table) says what holds for every call; what is
kept of people says who was told, who objects and who agreed before; the call itself
says the rest.  Nothing is decided here.
"""

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from firmware.archive.model import Call
from firmware.call.terms import Terms
from firmware.consent import house, numbers
from firmware.consent.house import House
from firmware.consent.model import Decision
from firmware.consent.register import Known
from firmware.consent.scope import Match
from firmware.errors import StoreError
from firmware.service.settings import Settings

#: With less than this free, nothing is begun: 100 MB are an hour and a half of master.
LOW_DISK_BYTES = 100 << 20
#: A clock before this year was never set: the program is younger.
CLOCK_SINCE = 2025


class People(Protocol):
    """What the registers say of the people on both ends."""

    def renewed(self) -> House | None:
        """Return the house if the owner has chosen something since the last look."""

    def settings(self) -> Settings:
        """Return the settings in force."""

    def known(
        self, line: str, number: str, purpose: str | None, now_utc: float
    ) -> Known:
        """Return it; the number is in international form, "" if there is none."""

    def wary(self) -> bool:
        """Is there anything about anybody?"""

    def refused(self, number: str, call_id: str, by: str, now_utc: float) -> None:
        """Note that a number's owner refused: ask first from now on."""


@dataclass(frozen=True, slots=True)
class Question:
    """What changes during a call.  A `stranger` is somebody whom no number tells."""

    now_utc: float
    manual: bool = False
    parties: int = 2
    stranger: bool = False
    can_inject: bool = False
    clock: str = "unknown"
    threat: bool = False


@dataclass(slots=True)
class Consult:
    """Asks `house`; `paused` says whether somebody has switched recording off."""

    house: House
    people: People
    disk_free: Callable[[], int]
    others_in: str | None = None
    only_by_hand: bool = False
    paused: bool = False
    terms: Terms = field(default_factory=Terms)

    def renew(self) -> bool:
        """See whether the owner has chosen something else; tell if so."""
        house = self.people.renewed()
        if house is None:
            return False
        self.house = house
        with contextlib.suppress(StoreError):  # then what was told before counts
            self.terms = Terms.of(self.people.settings())
        return True

    def keeping(self, found: Match | None) -> dict[str, Any]:
        """Return what a call's record keeps of the terms, by its scope rule."""
        table = self.house.table
        purpose = (found.purpose if found else None) or self.house.facts.purpose
        regulated = table is not None and table.purpose(purpose) == "regulated"
        named = found.purpose if found else None
        return self.terms.keeping(named, regulated=regulated)

    def decide(self, call: Call, ask: Question) -> tuple[Decision, Match | None]:
        """Return the decision on a call as of now, and the scope rule's answer."""
        own = self.house.facts
        number = None if ask.stranger else call.number
        plain = numbers.canonical(number, own.own)
        known = self.people.known(call.line, plain, own.purpose, ask.now_utc)
        when = datetime.fromtimestamp(ask.now_utc)
        facts = replace(
            own,
            number=number,
            direction="in" if call.direction == "incoming" else "out",
            override=known.override or self.others_in,
            parties=ask.parties,
            trigger="manual" if ask.manual else "auto",
            can_inject=ask.can_inject,
            acknowledged=own.acknowledged or known.acknowledged,
            listed=known.listed,
            standing_consent=known.standing_consent and ask.parties == 2,
            threat=ask.threat and ask.parties == 2,
            recording=own.recording and not self.paused,
            disk_low=self.disk_free() < LOW_DISK_BYTES,
            clock_lost=ask.clock != "synced" and when.year < CLOCK_SINCE,
        )
        asked = replace(self.house.config, always_ask=True)
        there = replace(self.house, config=asked) if known.ask_first else self.house
        decision, found = there.decide(
            facts, call_id=call.id, line=call.line, when=when
        )
        return self._explained(decision, ask), found

    @property
    def allowed(self) -> bool:
        """Is recording switched on, as far as the switches go?"""
        return self.house.facts.recording and not self.paused

    @property
    def regulated(self) -> bool:
        """Must these calls be recorded, so that one that is not is an alarm?"""
        table, purpose = self.house.table, self.house.facts.purpose
        return table is not None and table.purpose(purpose) == "regulated"

    @property
    def number_matters(self) -> bool:
        """Can the number change the decision?

        Not if everybody is known to be in one place, there are no scope rules, and
        nobody is in a register.
        """
        scoped = self.house.scope is not None
        return self.others_in is None or scoped or self.people.wary()

    def _explained(self, decision: Decision, ask: Question) -> Decision:
        """Say which of the switches is off."""
        if self.paused and decision.reason == "recording_off":
            return replace(decision, reason="paused")
        if self.only_by_hand and not ask.manual and decision.action != "DENY":
            return Decision(decision.level, "DENY", "not_requested")
        return decision


def free_bytes(folder: Path) -> int:
    """Return how much of the disk is free, as far as can be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return LOW_DISK_BYTES  # the archive will say what is wrong with it


def consult_of(settings: Settings, people: People) -> Consult:
    """Return what asks the rules of these settings, closed until they are read."""
    closed = House(house.facts_of(settings), house.config_of(settings), None)
    return Consult(
        closed,
        people,
        lambda: free_bytes(settings.state_dir),
        settings.consent.others_in,
        settings.recorder.trigger == "manual",
        terms=Terms.of(settings),
    )
