"""Whatever the line does and whatever people press, nothing is kept unlawfully."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from dsp.beep import DEFAULT
from dsp.types import CallerId
from firmware.archive.model import Call
from firmware.call.consent_states import KEEPING, State
from firmware.call.consult import consult_of
from firmware.call.desk import Desk
from firmware.call.events import Kind, LineEvent
from firmware.call.machine import Machine
from firmware.call.mouth import Mouth
from firmware.call.notice import Prompter
from firmware.call.preroll import Preroll
from firmware.call.spokesman import Spokesman
from firmware.line.block import FS, Anchor, Block
from firmware.service.settings import Consent, Settings
from tests.firmware.call.consent_world import Notices, chosen
from tests.firmware.call.world import START_UTC, FakeArchive, Strangers, marked

HOUSES = {
    "one party": chosen("US-NY", "private"),
    "organisation": chosen("SE", "org"),
    "all parties": chosen("US-CA", "org"),
    "withheld": chosen("US-TX", "private"),
    "always ask": chosen("SE", "private", always_ask=True),
    "open": chosen("US-NY", "private", others_in="US-NY"),
    "off": replace(chosen("US-NY", "private"), recording=False),
    "not told": replace(chosen("SE", "org"), acknowledged=False),
}
NUMBERS = ("2125550123", "4155550123", "+46812345678", "911", None)
VERBS = (
    "informed", "agreed", "refused", "withdraw", "third_party", "threat", "pause",
    "resume",
)  # fmt: skip
HEARD = [kind for kind in Kind if kind not in (Kind.TIMEOUT, Kind.LINE_END)]
EVENTS = st.tuples(st.sampled_from(HEARD), st.sampled_from(NUMBERS))
PEOPLE = st.tuples(st.sampled_from(VERBS), st.sampled_from([None, 15, 60]))
STEPS = st.lists(st.tuples(st.integers(0, 12 * FS), EVENTS | PEOPLE), max_size=50)


class House:
    """A desk without a loop, told what to hear."""

    def __init__(self, consent: Consent) -> None:
        settings = Settings(consent=consent)
        self.archive = FakeArchive()
        self.ring = Preroll(30 * FS)
        self.machine = Machine(settings.recorder)
        anchor = Anchor(0, START_UTC, "synced", 0.0, "boot")
        consult = consult_of(settings, Strangers(settings))
        consult.renew()
        self.desk = Desk(
            settings,
            self.archive,
            self.ring,
            lambda: anchor,
            lambda call: None,
            consult,
            Mouth(Prompter(None, DEFAULT), Notices()),
        )
        self.people = Spokesman(self.desk, self.archive)  # type: ignore[arg-type]  # nothing is locked here

    def wait(self, now: int) -> None:
        while self.ring.end < now:
            end = min(now, self.ring.end + FS)
            self.ring.push(Block(self.ring.end, marked(self.ring.end, end)))
            self.desk.perform(self.machine.advance(end))
            self.desk.keeper.advance(end)
            self.look()

    def hear(self, event: LineEvent) -> None:
        self.desk.perform(self.machine.feed(event))
        self.look()

    def say(self, verb: str, minutes: Any, now: int) -> None:
        args = {"by": "Anna", "minutes": minutes} if verb == "pause" else {"by": "Anna"}
        self.people.obey(verb, args, now)
        self.look()

    def look(self) -> None:
        """What must hold at every instant."""
        keeper, deck = self.desk.keeper, self.desk.deck
        assert not deck.running or keeper.keeping, keeper.machine.state
        assert (keeper.case is None) == (self.desk.now is None)
        deck.catch_up()


@pytest.mark.parametrize("name", HOUSES)
@budget(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_nothing_is_kept_that_was_not_allowed(name: str, steps: list[Any]) -> None:
    house, now = House(HOUSES[name]), 0
    for pause, (what, more) in steps:
        now += pause
        house.wait(now)
        if isinstance(what, Kind):
            caller = CallerId(more, None, None, None, "bell202", True, 0, 0)
            end = now if what in (Kind.GAP, Kind.TONE, Kind.DIGIT) else None
            text = "5" if what is Kind.DIGIT else ""
            house.hear(LineEvent(what, now, now, text, end, caller))
        else:
            house.say(what, more, now)
    now += 40 * FS
    house.wait(now)
    house.hear(LineEvent(Kind.LINE_END, now, now))
    for call in house.archive.ended:
        check(call, house.archive)
        if name in ("off", "not told"):
            assert call.id not in house.archive.masters


def check(call: Call, archive: FakeArchive) -> None:
    """What must hold of a call that is over."""
    consent = call.consent
    states = [State(row["state"]) for row in consent["states"]]
    assert (call.decision, call.decision_reason) == (
        consent["action"],
        consent["reason"],
    )
    assert states[0] is State.RINGING
    assert [row["at_s"] for row in consent["states"]] == sorted(
        row["at_s"] for row in consent["states"]
    )
    has_sound = call.id in archive.masters
    assert has_sound or call.audio == "none"
    if not set(states) & KEEPING and states[-1] is not State.QUARANTINED:
        assert not has_sound
    if states[-1] in (State.DISCARDED, State.NOT_CONFIRMED):
        assert not has_sound
    if not has_sound:
        assert call.no_audio_reason
    asked = State.ASKING in states or State.ASKING_AGAIN in states
    if asked and consent["level"] == 4 and states[-2:-1] == [State.COMMITTED]:
        kept_after = max(i for i, s in enumerate(states) if s is State.COMMITTED)
        last_asked = max(
            i for i, s in enumerate(states) if s in (State.ASKING, State.ASKING_AGAIN)
        )
        if kept_after > last_asked:
            assert consent["attested"]["kind"] == "agreed"
