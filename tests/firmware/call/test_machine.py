"""The table is total, the machine never raises, and calls never overlap."""

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from dsp.beep import DEFAULT
from dsp.types import CallerId
from firmware.archive.model import Call, Outcome
from firmware.call import diagram
from firmware.call.consult import consult_of
from firmware.call.desk import Desk
from firmware.call.events import Kind, LineEvent
from firmware.call.machine import Machine
from firmware.call.mouth import Mouth
from firmware.call.notice import Prompter
from firmware.call.preroll import Preroll
from firmware.call.rule import IGNORE, Rule
from firmware.call.states import Do, State
from firmware.call.table import TABLE, _row
from firmware.line.block import FS, Anchor, Block
from firmware.service.settings import Recorder, Settings
from tests.firmware.call.consent_world import Notices
from tests.firmware.call.world import OPEN, START_UTC, FakeArchive, Strangers, marked

OPENS = {Do.OPEN_INCOMING, Do.OPEN_OUTGOING, Do.OPEN_UNKNOWN, Do.OPEN_MANUAL}
CLOSES = {Do.CLOSE, Do.CLOSE_ARMED}
WITHOUT_CALL = {State.IDLE, State.CUT}


def event(kind: Kind, at_s: float, text: str = "", **more: int) -> LineEvent:
    at = round(at_s * FS)
    return LineEvent(kind, at, at, text=text, **more)  # type: ignore[arg-type]  # end= only


# The table


@pytest.mark.parametrize("state", State)
def test_table_is_total(state: State) -> None:
    assert set(TABLE[state]) == set(Kind)


def test_row_that_forgets_an_event_is_refused() -> None:
    with pytest.raises(ValueError, match="VOICE"):
        _row({}, " ".join(k.name for k in Kind if k is not Kind.VOICE))


def test_row_that_lists_an_event_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="VOICE"):
        _row({Kind.VOICE: IGNORE}, " ".join(k.name for k in Kind))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", Kind)
def test_calls_are_opened_and_closed_in_turn(state: State, kind: Kind) -> None:
    """Every way out of a state leaves exactly the calls open that its target has."""
    rule = TABLE[state][kind]
    count = 0 if state in WITHOUT_CALL else 1
    for do in rule.do:
        count += (do in OPENS) - (do in CLOSES)
        assert count in (0, 1)
        if do not in OPENS | CLOSES | {Do.KEEP_CALLER_ID}:
            assert count == 1, f"{do} without a call"
    target = rule.next or state
    assert count == (0 if target in WITHOUT_CALL else 1)


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_and_left(state: State) -> None:
    ways_in = [
        (s, k) for s, row in TABLE.items() for k, r in row.items() if r.next is state
    ]
    ways_out = [
        r for r in TABLE[state].values() if r.back or r.next not in (None, state)
    ]
    assert ways_in
    assert ways_out


def test_source_end_leaves_no_call_open() -> None:
    assert all(row[Kind.LINE_END].next in (State.IDLE, None) for row in TABLE.values())
    assert TABLE[State.IDLE][Kind.LINE_END] == IGNORE


def test_flash_returns_and_nothing_else_does() -> None:
    back = {(s, k) for s, row in TABLE.items() for k, r in row.items() if r.back}
    lifts = (Kind.OFF_HOOK, Kind.FOUND_OFF_HOOK)
    assert back == {(State.RELEASING, kind) for kind in lifts}
    assert TABLE[State.RELEASING][Kind.OFF_HOOK] == Rule(do=(Do.FLASH,), back=True)


def test_document_shows_the_table() -> None:
    document = diagram.DOCUMENT.read_text("utf-8")
    assert document == diagram.redrawn(document), "run: python -m firmware.call.diagram"


# The machine


class World:
    """A machine and its desk with an archive in memory."""

    def __init__(self, **recorder: float) -> None:
        settings = Settings(consent=OPEN, recorder=Recorder(**recorder))
        self.archive = FakeArchive()
        self.ring = Preroll(20 * FS)
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

    def tell(self, *events: LineEvent) -> "World":
        for item in events:
            self._hear(item.known)
            self.desk.perform(self.machine.feed(item))
            assert (self.desk.now is None) == (self.machine.state in WITHOUT_CALL)
            self.desk.deck.catch_up()
        return self

    def wait(self, until_s: float) -> "World":
        now = round(until_s * FS)
        self._hear(now)
        self.desk.perform(self.machine.advance(now))
        return self

    @property
    def calls(self) -> list[Call]:
        return self.archive.ended

    def _hear(self, until: int) -> None:
        while self.ring.end < until:
            end = min(until, self.ring.end + 10 * FS)
            self.ring.push(Block(self.ring.end, marked(self.ring.end, end)))


K = Kind


def outgoing(*then: LineEvent) -> World:
    """Lift at 10 s, dial 5550142 until 13 s."""
    digits = [
        event(K.DIGIT, 11 + n * 0.2, symbol) for n, symbol in enumerate("5550142")
    ]
    dial_tone = event(K.DIAL_TONE, 10.5, "dial_tone")
    return World().tell(event(K.OFF_HOOK, 10), dial_tone, *digits, *then)


def test_answer_by_voice_after_ringback() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"),
        event(K.RINGBACK_END, 22, "ringback"),
        event(K.VOICE, 22.5),
        event(K.ON_HOOK, 40),
    ).wait(45)
    [call] = world.calls
    assert (call.direction, call.number) == ("outgoing", "5550142")
    assert (call.outcome, call.answer_s, call.duration_s) == ("answered", 12.5, 30.0)


def test_answer_by_ringback_that_stops() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.RINGBACK_END, 22, "ringback")
    ).wait(30)
    world.tell(event(K.ON_HOOK, 40)).wait(45)
    assert (world.calls[0].outcome, world.calls[0].answer_s) == ("answered", 12.0)


def test_hang_up_soon_after_ringback_stopped_is_no_answer() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"),
        event(K.RINGBACK_END, 22, "ringback"),
        event(K.ON_HOOK, 24),
    ).wait(30)
    assert world.calls[0].outcome == "no_answer"


def test_ringback_with_a_hiccup_is_not_answered() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"),
        event(K.RINGBACK_END, 22, "ringback"),
        event(K.RINGBACK, 23, "ringback"),
        event(K.ON_HOOK, 50),
    ).wait(60)
    assert world.calls[0].outcome == "no_answer"


def test_answer_by_polarity_reversal() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.POLARITY, 17), event(K.ON_HOOK, 40)
    ).wait(45)
    assert (world.calls[0].outcome, world.calls[0].answer_s) == ("answered", 7.0)


@pytest.mark.parametrize(
    ("kind", "name", "outcome", "audio_s"),
    [  # pre-roll, until the tone, 3 s of it; or the announcement until the hang-up
        (K.BUSY, "busy", "busy", 12.0),
        (K.CONGESTION, "congestion", "congestion", 12.0),
        (K.SIT, "sit_vacant_circuit", "failed", 15.25),
    ],
)
def test_refusal(kind: Kind, name: str, outcome: str, audio_s: float) -> None:
    world = outgoing(event(kind, 14, name), event(K.ON_HOOK, 20)).wait(30)
    [call] = world.calls
    assert (call.outcome, call.duration_s) == (outcome, 10.0)
    assert call.audio_s == audio_s


def test_announcement_after_a_refusal_is_kept() -> None:
    world = outgoing(
        event(K.SIT, 14, "sit_vacant_circuit"),
        event(K.VOICE, 16),
        event(K.ON_HOOK, 30),
    ).wait(40)
    assert world.calls[0].outcome == "failed"
    assert world.calls[0].audio_s == 25.25


def test_false_refusal_followed_by_ringback() -> None:
    world = outgoing(
        event(K.BUSY, 14, "busy"), event(K.RINGBACK, 18, "ringback"),
        event(K.VOICE, 25), event(K.ON_HOOK, 40),
    ).wait(50)  # fmt: skip
    assert world.calls[0].outcome == "answered"
    assert world.calls[0].audio_s == 35.25


def test_digits_after_the_answer_are_marks_only() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.VOICE, 20),
        event(K.DIGIT, 25, "1"), event(K.ON_HOOK, 40),
    ).wait(50)  # fmt: skip
    [call] = world.calls
    assert call.number == "5550142"
    assert [m.text for m in call.marks if m.kind == "digit"] == [*"5550142", "1"]


def test_flash_while_dialling_begins_the_number_anew() -> None:
    world = World().tell(
        event(K.OFF_HOOK, 10), event(K.DIGIT, 11, "9"), event(K.ON_HOOK, 12),
        event(K.OFF_HOOK, 12.4), event(K.DIGIT, 13, "5"), event(K.ON_HOOK, 20),
    ).wait(30)  # fmt: skip
    assert world.calls[0].number == "5"


def test_flash_after_busy_begins_a_new_call() -> None:
    world = outgoing(
        event(K.BUSY, 14, "busy"), event(K.ON_HOOK, 20), event(K.OFF_HOOK, 20.5),
        event(K.DIGIT, 22, "7"), event(K.ON_HOOK, 25),
    ).wait(30)  # fmt: skip
    first, second = world.calls
    assert (first.outcome, first.duration_s) == ("busy", 10.0)
    assert (second.number, second.duration_s) == ("7", 4.5)


def test_far_release_by_tone_ends_the_audio_and_not_the_call() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.VOICE, 20),
        event(K.BUSY, 60, "busy"), event(K.ON_HOOK, 100),
    ).wait(110)  # fmt: skip
    [call] = world.calls
    assert (call.outcome, call.duration_s) == ("answered", 90.0)
    assert call.audio_s == 5 + 50 + 3


def test_talk_that_sounded_like_busy_is_kept_whole() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.VOICE, 20),
        event(K.BUSY, 60, "busy"), event(K.VOICE, 62), event(K.ON_HOOK, 100),
    ).wait(110)  # fmt: skip
    assert world.calls[0].audio_s == 95.25


def test_voice_after_the_tape_was_parked_goes_on_in_time() -> None:
    world = outgoing(
        event(K.RINGBACK, 14, "ringback"), event(K.VOICE, 20),
        event(K.BUSY, 60, "busy"),
    ).wait(95)  # fmt: skip
    assert not world.desk.deck.running
    world.tell(event(K.VOICE, 100), event(K.ON_HOOK, 110)).wait(120)
    [call] = world.calls
    audio = world.archive.masters[call.id].audio
    assert len(audio) == (110 - 5) * FS + 2000
    assert not audio[58 * FS : 95 * FS].any()
    assert audio[-FS:].any()


def test_left_off_hook_is_abandoned_and_parked() -> None:
    world = World().tell(
        event(K.OFF_HOOK, 10), event(K.DIAL_TONE, 10.5, "dial_tone"),
        event(K.CONGESTION, 30, "congestion"), event(K.HOWLER, 50, "howler"),
    ).wait(3600)  # fmt: skip
    assert world.machine.state is State.FAR_RELEASED
    world.tell(event(K.ON_HOOK, 4000)).wait(4001)
    [call] = world.calls
    assert (call.outcome, call.duration_s) == ("abandoned", 3990.0)
    assert call.audio_s == 28.0


@pytest.mark.parametrize("tone", [K.FAX_CNG, K.FAX_CED])
def test_fax_that_answers(tone: Kind) -> None:
    world = World().tell(
        event(K.RING, 5), event(K.RING_END, 7), event(K.OFF_HOOK, 9),
        event(tone, 11, "fax"), event(K.ON_HOOK, 40),
    ).wait(50)  # fmt: skip
    assert world.calls[0].outcome == "fax"


def test_fax_that_nobody_answers() -> None:
    world = outgoing(event(K.FAX_CNG, 15, "fax_cng"), event(K.ON_HOOK, 40)).wait(50)
    assert world.calls[0].outcome == "abandoned"


def test_waiting_caller_is_a_mark() -> None:
    caller = CallerId("5550177", None, None, None, "bell202", True, 0, 0)
    world = World().tell(
        event(K.RING, 5), event(K.RING_END, 7), event(K.OFF_HOOK, 9),
        event(K.CALL_WAITING, 20, "call_waiting"),
        replace(event(K.CALLER_WAITING, 21), caller=caller), event(K.ON_HOOK, 40),
    ).wait(50)  # fmt: skip
    [call] = world.calls
    assert call.number is None
    assert call.flags == ["call_waiting"]
    assert [(m.kind, m.text) for m in call.marks] == [
        ("call_waiting", ""), ("call_waiting", "5550177"),
    ]  # fmt: skip


# Manual and by sound


def test_manual_recording_of_a_quiet_line() -> None:
    world = World().tell(event(K.RECORD, 20), event(K.STOP, 30))
    [call] = world.calls
    assert (call.trigger, call.duration_s, call.audio_offset_s) == ("manual", 10.0, -5)


def test_manual_trigger_keeps_nothing_unasked() -> None:
    world = World(trigger="manual")  # type: ignore[arg-type]  # a text setting
    world.tell(event(K.OFF_HOOK, 10), event(K.ON_HOOK, 20)).wait(30)
    assert world.calls[0].no_audio_reason == "not_requested"
    world.tell(event(K.OFF_HOOK, 40), event(K.RECORD, 50), event(K.ON_HOOK, 60)).wait(
        70
    )
    call = world.calls[1]
    assert (call.no_audio_reason, call.audio_offset_s, call.audio_s) == (
        None,
        5.0,
        15.25,
    )


def test_record_asked_for_while_it_rings() -> None:
    world = World(trigger="manual")  # type: ignore[arg-type]  # a text setting
    world.tell(
        event(K.RING, 5), event(K.RECORD, 6), event(K.OFF_HOOK, 9), event(K.ON_HOOK, 20)
    ).wait(30)
    assert world.calls[0].audio_s == 5 + 11.25


def test_what_was_said_after_stop_is_never_kept() -> None:
    world = World().tell(
        event(K.OFF_HOOK, 10), event(K.STOP, 20), event(K.RECORD, 23),
        event(K.ON_HOOK, 40),
    ).wait(50)  # fmt: skip
    [call] = world.calls
    audio = world.archive.masters[call.id].audio
    assert len(audio) == 35.25 * FS
    assert not audio[15 * FS : 18 * FS].any()
    assert audio[18 * FS :].any()
    assert call.flags == ["stopped"]


def test_sound_begins_a_call_and_silence_ends_it() -> None:
    world = World().tell(
        event(K.SOUND, 10), event(K.VOICE, 12), event(K.SILENCE, 40),
    ).wait(50)  # fmt: skip
    [call] = world.calls
    assert (call.trigger, call.direction, call.outcome) == (
        "activity", "unknown", "answered",
    )  # fmt: skip
    assert call.duration_s == 30.0


def test_by_sound_the_tone_after_the_talk_is_not_the_call() -> None:
    world = World().tell(
        event(K.SOUND, 10), event(K.VOICE, 12), event(K.BUSY, 40, "busy"),
        event(K.SILENCE, 70),
    )  # fmt: skip
    assert world.calls[0].duration_s == 30.0


# Anything at all

KINDS = st.sampled_from([kind for kind in Kind if kind is not Kind.TIMEOUT])
STEPS = st.lists(
    st.tuples(KINDS, st.integers(0, 12 * FS), st.integers(0, 4 * FS)), max_size=60
)


@budget(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["hook", "activity", "manual"]))
def test_any_sequence_of_events(
    steps: list[tuple[Kind, int, int]], trigger: str
) -> None:
    world = World(trigger=trigger, preroll_s=1.0)  # type: ignore[arg-type]  # a text
    caller = CallerId("5550123", None, None, None, "bell202", True, 0, 0)
    known = 0
    for kind, pause, ago in steps:
        known += pause
        at = max(0, known - ago)
        end = known if kind in (K.GAP, K.TONE, K.DIGIT) else None
        world.tell(LineEvent(kind, at, known, text="5", end=end, caller=caller))
    end = known + 30 * FS
    world.wait(end / FS).tell(LineEvent(K.LINE_END, end, end))
    assert world.machine.state is State.IDLE
    assert not world.archive.open()
    assert all(master.closed for master in world.archive.masters.values())
    check(world.calls)


def check(calls: list[Call]) -> None:
    """No call overlaps the next, and each says what became of it."""
    for call in calls:
        assert call.end_s is not None
        assert 0 <= call.duration_s <= call.end_s + 0.001
        assert call.outcome in get_args(Outcome)
        assert call.outcome != "in_progress"
        assert call.audio == "none" or call.audio_s >= 0
    for first, second in pairwise(calls):
        assert first.end_s is not None
        assert first.start_utc + first.end_s <= second.start_utc + 0.002
