"""Announcements and beeps, measured on the simulated line itself."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from scipy.signal import hilbert

from dsp.beep import PLANS, tone
from dsp.chain import Chain
from dsp.types import Digit, Tone, ToneOnset
from firmware.call.analyzer import Analyzer
from firmware.call.beeper import HOLDS, LONGEST_HOLD, Beeper
from firmware.call.cancel import Canceller, analytic
from firmware.call.events import Kind, LineEvent
from firmware.call.loudness import Loudness
from firmware.call.notice import (
    LOUDEST_DBOV,
    QUIETEST_DBOV,
    UNKNOWN_DBOV,
    Announcement,
    Prompter,
)
from firmware.call.proof import Heard, Missed
from firmware.line.block import FS, Block
from firmware.line.sim import SimLine
from firmware.line.sim.scenario import (
    CallEvent,
    PlannedCall,
    Scenario,
)
from firmware.line.speaker import at_level
from firmware.service.settings import Settings
from tests.firmware.call.talk import Samples, level_of, mixed, talk

#: Answered at 7 s, talk for two minutes.
CALL = PlannedCall("incoming", at=2.0, rings=1, talk_s=120)
SCENARIO = Scenario("notice", length=140, call=(CALL,))
FROM = 12 * FS
SAYS = Announcement("announcement-en", "en", talk(8, seed=11))


@dataclass
class Run:
    """A line with a prompter on it, and what came of it."""

    line: SimLine
    plan: str = "default"
    prompter: Prompter = field(init=False)
    events: list[LineEvent] = field(default_factory=list)
    verdicts: list[Heard | Missed] = field(default_factory=list)
    parts: list[Samples] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.prompter = Prompter(self.line.speaker, PLANS[self.plan])
        self.prompter.begin_call()

    def play(self, deeds: dict[int, Callable[[Prompter], object]], until: int) -> None:
        """Run the line; each deed is done at the end of the block with its index."""
        analyzer = Analyzer(Settings(), self.line.sensing)
        todo = dict(sorted(deeds.items()))
        for block in self.line.blocks():
            self.parts.append(block.samples)
            events = analyzer.feed(self.prompter.without_beep(block))
            self.events += events
            self.verdicts += self.prompter.feed(block, events)
            while todo and next(iter(todo)) <= block.end:
                todo.pop(next(iter(todo)))(self.prompter)
            if block.end >= until:
                return

    @property
    def samples(self) -> Samples:
        return np.concatenate(self.parts)

    def heard(self, kind: str = "beep") -> list[Heard]:
        return [v for v in self.verdicts if isinstance(v, Heard) and v.kind == kind]


def run(
    scenario: Scenario = SCENARIO,
    plan: str = "default",
    block_samples: int | None = None,
    **line: object,
) -> Run:
    if line:
        character = replace(scenario.line, **line)  # type: ignore[arg-type]  # its fields
        scenario = replace(scenario, line=character)
    sim = SimLine(scenario, can_inject=True, block_samples=block_samples)
    return Run(sim, plan)


def quiet() -> Scenario:
    """A line on which nobody talks."""
    return Scenario("quiet", length=200)


def measured_hz(x: Samples) -> float:
    """Return the frequency of a lone tone, by its phase."""
    wave = x.astype(np.float64)
    t = np.arange(len(wave)) / FS
    base = wave * np.exp(-2j * np.pi * 1400 * t)
    half = len(base) // 2
    window = np.hanning(half)
    turn = np.angle((base[-half:] @ window) / (base[:half] @ window))
    return float(1400 + turn / (2 * np.pi * (len(base) - half) / FS))


@pytest.mark.parametrize("plan", sorted(PLANS))
@pytest.mark.parametrize("block_samples", [160, None])
def test_beeps_have_the_frequency_length_interval_and_level_of_their_plan(
    plan: str, block_samples: int | None
) -> None:
    told = run(quiet(), plan, block_samples)
    told.play({FROM: Prompter.start_beeps}, FROM + 100 * FS)
    wanted = PLANS[plan]
    loud = np.abs(told.samples.astype(int)) > 1000
    edges = np.flatnonzero(np.diff(loud.astype(int)))
    starts = [e for i, e in enumerate(edges) if i == 0 or e - edges[i - 1] > FS]
    stops = [e for i, e in enumerate(edges) if e == edges[-1] or edges[i + 1] - e > FS]
    assert len(starts) == 7
    assert starts[0] - FROM < FS, "the first within a second"
    gaps = np.diff(starts) / FS
    assert np.abs(gaps - wanted.interval_s).max() < 0.01
    for first, last in zip(starts, stops, strict=True):
        x = told.samples[first + 100 : last - 100]
        assert (last - first) / FS == pytest.approx(wanted.length_s, abs=0.02)
        assert measured_hz(x) == pytest.approx(wanted.hz, rel=0.005)
        assert level_of(x) == pytest.approx(UNKNOWN_DBOV, abs=0.5)
    assert told.prompter.beeps.expected == 7
    assert len(told.heard()) == 7


def test_beeps_in_a_talk_are_as_loud_as_the_talk_and_all_are_heard() -> None:
    told = run()
    told.play({FROM: Prompter.start_beeps}, FROM + 92 * FS)
    silent = run()
    silent.play({}, FROM + 92 * FS)
    beeps = told.heard()
    assert [type(v) for v in told.verdicts] == [Heard] * 7
    assert np.abs(np.diff([b.expected_at for b in beeps]) / FS - 15).max() < 0.1
    talk_level = level_of(silent.samples[FROM:])
    assert told.prompter.beeps.level_dbov == pytest.approx(talk_level, abs=3.0)
    for beep in beeps:
        added = told.samples[beep.at : beep.end].astype(int)
        added -= silent.samples[beep.at : beep.end]
        assert level_of(added.astype(np.int16)) == pytest.approx(
            beep.level_dbov, abs=0.5
        )


def test_beeps_are_neither_digits_nor_tones() -> None:
    told = run(quiet())
    told.play({FROM: Prompter.start_beeps}, FROM + 150 * FS)
    assert len(told.heard()) == 10
    chain = Chain("us", FS)
    heard = chain.feed(told.samples) + chain.flush()
    assert not [e for e in heard if isinstance(e, Digit)]
    named = {e.name for e in heard if isinstance(e, Tone | ToneOnset)}
    assert named <= {"beep"}


ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYPAD = "123A456B789C*0#D"


@pytest.mark.parametrize("over_db", [-6.0, 0.0, 20.0])
@pytest.mark.parametrize("at_s", [-0.04, 0.2, 0.46])
@pytest.mark.parametrize(("late", "size"), [(0, 160), (0, 1000), (20, 160), (20, 1000)])
def test_digits_under_a_beep_are_decoded(
    over_db: float, at_s: float, late: int, size: int
) -> None:
    sent = at_level(np.asarray(tone(FS) * 32767, np.int16), -25.0)
    heard_as = at_level(sent, -31.0)  # the line has a gain of its own
    t = np.arange(round(0.07 * FS)) / FS
    for number, symbol in enumerate(KEYPAD):
        pair = ROWS_HZ[number // 4], COLUMNS_HZ[number % 4]
        wave = sum(np.sin(2 * np.pi * hz * t) for hz in pair)
        digit = at_level(np.asarray(wave * 8000, np.int16), -31.0 + over_db)
        rng = np.random.default_rng(number)
        line = rng.normal(0, 10, 3 * FS).astype(np.int16)
        line = mixed(mixed(line, heard_as, FS + late), digit, FS + round(at_s * FS))
        chain, canceller = Chain("us", FS), Canceller()
        canceller.begin(FS, sent)
        heard: list[object] = []
        for at in range(0, len(line), size):
            block = canceller.clean(Block(at, line[at : at + size]))
            heard += chain.feed(block.samples)
        heard += chain.flush()
        assert [e.symbol for e in heard if isinstance(e, Digit)] == [symbol]
        assert not [e for e in heard if isinstance(e, Tone | ToneOnset)]


def test_a_key_pressed_during_a_beep_is_read_in_a_call() -> None:
    keys = [
        CallEvent("digits", at=22.2 + 15 * n, digits=key)
        for n, key in enumerate("174#")
    ]
    line = replace(SCENARIO.line, near_dbov=-36.0, far_dbov=-25.0)
    told = run(replace(SCENARIO, line=line, call=(replace(CALL, event=tuple(keys)),)))
    told.play({FROM: Prompter.start_beeps}, FROM + 80 * FS)
    beeps = told.heard()
    pressed = [e for e in told.events if e.kind is Kind.DIGIT]
    assert "".join(e.text for e in pressed) == "174#"
    for key, beep in zip(pressed, beeps[1:], strict=False):
        assert beep.at < key.at < (key.end or 0) < beep.end
    assert len(beeps) == 6
    assert not [v for v in told.verdicts if isinstance(v, Missed)]


def test_only_the_beep_is_taken_out() -> None:
    speech = talk(3, seed=8, level_dbov=-25.0)
    sent = at_level(np.asarray(tone(FS) * 32767, np.int16), -25.0)
    canceller = Canceller()
    canceller.begin(FS, sent)
    line = mixed(speech, sent, FS)
    blocks = [Block(at, line[at : at + 160]) for at in range(0, len(line), 160)]
    cleaned = np.concatenate([canceller.clean(block).samples for block in blocks])
    left = cleaned.astype(int) - speech
    assert np.array_equal(cleaned[:FS], speech[:FS])
    assert np.array_equal(cleaned[FS + len(sent) :], speech[FS + len(sent) :])
    residue = left[FS + FS // 10 : FS + len(sent)].astype(np.int16)
    assert level_of(residue) < -25.0 - 12


def test_a_beep_that_was_stopped_is_not_taken_out_of_what_follows() -> None:
    canceller = Canceller()
    canceller.begin(0, at_level(np.asarray(tone(FS) * 32767, np.int16), -25.0))
    canceller.end()
    speech = talk(1, seed=9)
    assert canceller.clean(Block(0, speech)).samples is speech


def test_a_beep_stops_within_a_fifth_of_a_second() -> None:
    told = run(quiet())
    stop = FROM + FS // 3  # amid the first beep
    told.play({FROM: Prompter.start_beeps, stop: Prompter.stop_beeps}, FROM + 20 * FS)
    loud = np.flatnonzero(np.abs(told.samples.astype(int)) > 1000)
    assert FROM < loud[0] < loud[-1] < stop + 0.2 * FS
    assert told.verdicts == [], "what was stopped is not missed"
    assert told.prompter.beeps.expected == 0
    assert not told.prompter.beeping


def test_an_announcement_stops_within_a_fifth_of_a_second() -> None:
    told = run(quiet())
    stop = FROM + 2 * FS
    told.play(
        {FROM: lambda p: p.announce(SAYS), stop: Prompter.silence}, FROM + 12 * FS
    )
    loud = np.flatnonzero(np.abs(told.samples.astype(int)) > 1000)
    assert FROM < loud[0] < loud[-1] < stop + 0.2 * FS
    assert told.verdicts == []


def test_an_announcement_is_heard_under_talk_and_beeps_wait_for_its_end() -> None:
    told = run()

    def both(prompter: Prompter) -> None:
        sent = prompter.announce(SAYS)
        assert sent is not None
        assert sent.at - FROM < FS // 4
        prompter.start_beeps()

    told.play({FROM: both}, FROM + 30 * FS)
    [said] = told.heard("announcement")
    first = told.heard()[0]
    assert said.part > 0.95
    assert 0 < first.at - said.end < FS
    assert said.level_dbov == pytest.approx(first.level_dbov, abs=3.0)


@pytest.mark.parametrize("loss_db", [120, 30])
def test_a_line_that_does_not_carry_it_is_found_out(loss_db: int) -> None:
    told = run(inject_loss_db=loss_db)
    told.play({FROM: lambda p: p.announce(SAYS)}, FROM + 10 * FS)
    told.prompter.start_beeps()
    assert [(type(v), v.kind) for v in told.verdicts] == [(Missed, "announcement")]


def test_a_lossy_line_is_spoken_to_louder() -> None:
    told = run(quiet(), inject_loss_db=9)
    told.play({FROM: Prompter.start_beeps}, FROM + 60 * FS)
    levels = [beep.level_dbov for beep in told.heard()]
    assert levels[0] == pytest.approx(UNKNOWN_DBOV - 9, abs=0.5)
    assert levels[1:] == pytest.approx([UNKNOWN_DBOV] * 3, abs=0.5)


@pytest.mark.parametrize("known", ["at once", "later"])
def test_nothing_sounds_in_an_emergency(known: str) -> None:
    told = run()
    told.prompter.begin_call(emergency=known == "at once")
    deeds: dict[int, Callable[[Prompter], object]] = {
        FROM: lambda p: p.announce(SAYS),
        FROM + FS: Prompter.start_beeps,
        FROM + 20 * FS: lambda p: p.announce(SAYS),
        FROM + 21 * FS: Prompter.start_beeps,
    }
    if known == "later":
        deeds[FROM - FS] = Prompter.mute
    told.play(deeds, FROM + 40 * FS)
    other = run()
    other.play({}, FROM + 40 * FS)
    assert np.array_equal(told.samples, other.samples)
    assert told.verdicts == []


def test_a_line_without_a_speaker_says_nothing() -> None:
    prompter = Prompter(None, PLANS["default"])
    prompter.begin_call()
    assert not prompter.can_speak
    assert prompter.announce(SAYS) is None
    prompter.start_beeps()
    assert not prompter.beeping
    assert prompter.feed(Block(0, np.zeros(20 * FS, np.int16))) == []


def test_beeps_give_way_to_digits_pressed() -> None:
    keys = CallEvent("digits", at=19.5, digits="1234567890")
    scenario = replace(SCENARIO, call=(replace(CALL, event=(keys,)),))
    told = run(scenario)
    told.play({FROM: Prompter.start_beeps}, FROM + 60 * FS)
    pressed = [e for e in told.events if e.kind is Kind.DIGIT]
    assert "".join(e.text for e in pressed) == "1234567890"
    for beep in told.heard():
        assert not [e for e in pressed if beep.at < (e.end or 0) and e.at < beep.end]
    gaps = np.diff([beep.at for beep in told.heard()]) / FS
    assert gaps.min() > 12
    assert gaps.max() < 18.2


def test_calls_do_not_share_their_beeps() -> None:
    told = run(quiet())
    told.play({FROM: Prompter.start_beeps}, FROM + 15 * FS + FS // 3)
    ended = told.prompter.end_call()
    assert (ended.expected, len(ended.heard)) == (1, 1), "the second still sounded"
    told.prompter.begin_call()
    assert told.prompter.beeps.expected == 0
    assert not told.prompter.beeping


# the schedule


def event(kind: Kind, at: int, end: int | None = None) -> LineEvent:
    return LineEvent(kind, at, end or at, end=end)


def test_the_first_beep_is_due_within_a_second_and_the_next_after_an_interval() -> None:
    beeper = Beeper(PLANS["fcc"])
    assert beeper.next(0) is None
    beeper.start(5000)
    due = beeper.next(5000)
    assert due is not None
    assert due - 5000 < FS
    beeper.begun(due)
    assert beeper.next(due) == due + 15 * FS
    beeper.start(due + 100)  # again: no matter
    assert beeper.next(due) == due + 15 * FS


@pytest.mark.parametrize("kind", sorted(HOLDS, key=lambda kind: kind.value))
def test_a_beep_gives_way(kind: Kind) -> None:
    beeper = Beeper(PLANS["default"])
    beeper.start(0)
    beeper.heed([event(kind, 0, 400)])
    assert beeper.next(400) == 400 + HOLDS[kind]


def test_keys_cannot_keep_a_beep_away() -> None:
    beeper = Beeper(PLANS["default"])
    beeper.start(0)
    first = beeper.next(0)
    assert first is not None
    for at in range(0, 10 * FS, FS // 2):
        beeper.heed([event(Kind.DIGIT, at, at + 800)])
    assert beeper.next(FS) == first + LONGEST_HOLD
    assert PLANS["default"].interval_s + LONGEST_HOLD / FS <= 18


def test_nobody_is_beeped_at_by_a_fax_machine() -> None:
    beeper = Beeper(PLANS["default"])
    beeper.start(0)
    beeper.heed([event(Kind.FAX_CNG, 0)])
    assert beeper.next(100 * FS) is None
    beeper.reset()
    beeper.start(0)
    assert beeper.next(0) is not None


# the level


@pytest.mark.parametrize("level", [-40.0, -30.0, -20.0, -12.0])
def test_the_level_is_that_of_the_talk_without_pauses(level: float) -> None:
    x = talk(30, seed=5, level_dbov=level)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 12, len(x))
    loudness = Loudness()
    for at in range(0, len(x), 1000):
        loudness.feed((x + noise)[at : at + 1000].astype(np.int16))
    assert loudness.level_dbov() == pytest.approx(level_of(x), abs=2.0)


def test_silence_has_no_level() -> None:
    loudness = Loudness()
    assert loudness.level_dbov() is None
    rng = np.random.default_rng(2)
    loudness.feed(rng.normal(0, 12, 60 * FS).astype(np.int16))
    assert loudness.level_dbov() is None


def test_the_level_follows_another_talker_within_minutes() -> None:
    loudness = Loudness()
    both = talk(300, seed=6, level_dbov=-15.0), talk(240, seed=7, level_dbov=-35.0)
    for x in both:
        for at in range(0, len(x), FS):
            loudness.feed(x[at : at + FS])
    level = loudness.level_dbov()
    assert level is not None
    assert level < -25.0


@pytest.mark.parametrize(("near", "far"), [(-6.0, -10.0), (-50.0, -55.0)])
def test_a_beep_is_never_too_loud_nor_too_quiet(near: float, far: float) -> None:
    told = run(near_dbov=near, far_dbov=far)
    told.play({FROM + 20 * FS: Prompter.start_beeps}, FROM + 40 * FS)
    assert QUIETEST_DBOV - 1 <= told.heard()[0].level_dbov <= LOUDEST_DBOV + 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8, 4000, 4001])
def test_analytic_signal_is_that_of_scipy(size: int) -> None:
    wave = np.random.default_rng(size).normal(0, 1, size)
    if not size:
        assert len(analytic(wave)) == 0
        return
    assert np.allclose(analytic(wave), hilbert(wave))
