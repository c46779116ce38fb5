"""Own sounds found in the line's samples, and nothing else taken for them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.beep import PLANS, tone
from firmware.call.proof import SEARCH, Expected, Heard, Missed, Proof, judge
from firmware.line.block import FS, Block
from firmware.line.speaker import at_level
from tests.firmware.call.talk import Samples, level_of, mixed, pcm, talk

TALK = talk(240, seed=1)
LEVEL = level_of(TALK)
#: Announcements differ from the talk they are hidden under.
SPEECH = talk(12, seed=2)


def beep(plan: str = "default", level_dbov: float = LEVEL) -> Samples:
    return at_level(pcm(tone(FS, plan).astype(np.float64)), level_dbov)


def places(count: int, seed: int, length: int) -> list[int]:
    rng = np.random.default_rng(seed)
    return [int(at) for at in rng.integers(SEARCH, len(TALK) - length - SEARCH, count)]


def near(line: Samples, at: int, length: int) -> tuple[Samples, int]:
    start = at - SEARCH
    return line[start : at + length + SEARCH], start


@pytest.mark.parametrize("plan", sorted(PLANS))
def test_995_of_1000_beeps_are_found_under_speech_as_loud(plan: str) -> None:
    sent = beep(plan)
    found = 0
    for at in places(1000, 3, len(sent)):
        part, start = near(TALK, at, len(sent))
        line = mixed(part, sent, at - start)
        found += isinstance(judge(Expected("beep", at, sent), line, start), Heard)
    assert found >= 995


@pytest.mark.parametrize("plan", sorted(PLANS))
def test_speech_alone_is_never_a_beep(plan: str) -> None:
    sent = beep(plan)
    for at in places(1000, 4, len(sent)):
        part, start = near(TALK, at, len(sent))
        assert isinstance(judge(Expected("beep", at, sent), part, start), Missed)


@pytest.mark.parametrize("late", [-1500, -1, 0, 77, 1999])
@pytest.mark.parametrize("over_db", [-12.0, 0.0, 12.0])
def test_a_beep_is_placed_and_measured(late: int, over_db: float) -> None:
    sent = beep(level_dbov=-24.0)
    at = 20_000
    line = np.zeros(60_000, np.int16)
    heard_as = at_level(sent, -24.0 + over_db)
    verdict = judge(Expected("beep", at, sent), mixed(line, heard_as, at + late), 0)
    assert isinstance(verdict, Heard)
    assert abs(verdict.at - at - late) <= 8
    assert verdict.level_dbov == pytest.approx(-24.0 + over_db, abs=0.2)
    assert verdict.gain_db == pytest.approx(over_db, abs=0.2)


def test_a_beep_is_found_with_its_wires_crossed() -> None:
    sent = beep()
    line = mixed(np.zeros(20_000, np.int16), -sent, 8000)
    assert isinstance(judge(Expected("beep", 8000, sent), line, 0), Heard)


@pytest.mark.parametrize(
    ("hz", "length_s"), [(1336.0, 0.5), (1477.0, 0.5), (1380.0, 0.5), (440.0, 0.5)]
)
def test_another_tone_is_no_beep(hz: float, length_s: float) -> None:
    t = np.arange(round(length_s * FS)) / FS
    other = pcm(0.1 * np.sin(2 * np.pi * hz * t))
    line = mixed(np.zeros(20_000, np.int16), other, 8000)
    assert isinstance(judge(Expected("beep", 8000, beep()), line, 0), Missed)


def test_a_beep_too_faint_to_be_meant_is_missed() -> None:
    sent = beep(level_dbov=-20.0)
    line = mixed(np.zeros(20_000, np.int16), at_level(sent, -40.0), 8000)
    assert isinstance(judge(Expected("beep", 8000, sent), line, 0), Missed)


def test_half_a_beep_is_missed() -> None:
    sent = beep()
    line = mixed(np.zeros(20_000, np.int16), sent[: len(sent) // 2], 8000)
    verdict = judge(Expected("beep", 8000, sent), line, 0)
    assert isinstance(verdict, Missed)
    assert 0.3 < verdict.part < 0.7


@pytest.mark.parametrize("under_db", [-80.0, -6.0, 0.0])
def test_an_announcement_is_found_under_speech(under_db: float) -> None:
    sent = at_level(SPEECH, LEVEL)
    for at in places(12, 5, len(sent)):
        part, start = near(TALK, at, len(sent))
        quieter = pcm(part / 32767 * 10 ** (under_db / 20))
        line = mixed(quieter, sent, at - start)
        verdict = judge(Expected("announcement", at, sent), line, start)
        assert isinstance(verdict, Heard), verdict
        assert verdict.part > 0.95


def test_other_speech_is_no_announcement() -> None:
    sent = at_level(SPEECH, LEVEL)
    for at in places(40, 6, len(sent)):
        part, start = near(TALK, at, len(sent))
        verdict = judge(Expected("announcement", at, sent), part, start)
        assert isinstance(verdict, Missed)
        assert verdict.part < 0.2


@pytest.mark.parametrize("first_s", [1.0, 4.0, 7.5, 10.0])
def test_an_announcement_that_lost_words_is_missed(first_s: float) -> None:
    sent = at_level(SPEECH, LEVEL)
    broken = sent.copy()
    broken[round(first_s * FS) : round((first_s + 1.5) * FS)] = 0
    line = mixed(np.zeros(len(sent) + 20_000, np.int16), broken, 8000)
    assert isinstance(judge(Expected("announcement", 8000, sent), line, 0), Missed)


def test_an_announcement_drowned_in_noise_is_missed() -> None:
    sent = at_level(SPEECH, -30.0)
    rng = np.random.default_rng(7)
    noise = pcm(0.2 * rng.standard_normal(len(sent) + 20_000))
    line = mixed(noise, sent, 8000)
    assert isinstance(judge(Expected("announcement", 8000, sent), line, 0), Missed)


def test_an_announcement_survives_clocks_30_ppm_apart() -> None:
    sent = at_level(SPEECH, LEVEL)
    # Shifting by a sample now and then is the worst a slow clock can do.
    step = round(1 / 30e-6)
    slow = np.delete(sent, np.arange(step, len(sent), step))
    line = mixed(np.zeros(len(sent) + 20_000, np.int16), slow, 8000)
    assert isinstance(judge(Expected("announcement", 8000, sent), line, 0), Heard)


def feed(
    proof: Proof, line: Samples, size: int, start: int = 0
) -> list[Heard | Missed]:
    found: list[Heard | Missed] = []
    for at in range(start, len(line), size):
        block = Block(at, line[at : at + size])
        found += [*proof.feed(block), *proof.missing(block.end)]
    return found


@settings(max_examples=20, deadline=None)
@given(
    size=st.sampled_from([37, 80, 160, 1000, 8000, 200_000]), first=st.integers(0, 8000)
)
def test_verdicts_do_not_depend_on_the_cuts(size: int, first: int) -> None:
    sent = beep()
    line = TALK[: 20 * FS]
    at = 4 * FS + first
    line = mixed(line, sent, at)
    proof = Proof()
    proof.expect("beep", at, sent)
    proof.expect("beep", at + 8 * FS, sent)
    found = feed(proof, line, size)
    assert [type(verdict) for verdict in found] == [Heard, Missed]
    assert [verdict.expected_at for verdict in found] == [at, at + 8 * FS]


def test_a_sound_is_judged_once_and_soon() -> None:
    sent = beep()
    line = mixed(np.zeros(40_000, np.int16), sent, 16_000)
    proof = Proof()
    proof.expect("beep", 16_000, sent)
    known = None
    for at in range(0, len(line), 160):
        if proof.feed(Block(at, line[at : at + 160])):
            assert known is None
            known = at + 160
    assert known is not None
    assert known - (16_000 + len(sent)) <= SEARCH + 160
    assert proof.missing(1 << 30) == []


def test_sound_in_a_gap_of_the_line_is_missed() -> None:
    sent = beep()
    line = mixed(np.zeros(40_000, np.int16), sent, 16_000)
    proof = Proof()
    proof.expect("beep", 16_000, sent)
    proof.feed(Block(0, line[:16_000]))
    proof.feed(Block(19_000, line[19_000:], lost=3000))
    assert [m.expected_at for m in proof.missing(40_000)] == [16_000]


def test_what_was_stopped_is_not_expected() -> None:
    sent = beep()
    proof = Proof()
    proof.expect("beep", 1000, sent)
    proof.expect("beep", 50_000, sent)
    assert proof.pending("beep") == 2
    proof.forget(after=10_000)
    assert proof.pending("beep") == 1
    assert proof.pending("announcement") == 0


def test_a_line_that_ends_early_leaves_sounds_missing() -> None:
    proof = Proof()
    proof.expect("announcement", 8000, SPEECH)
    proof.feed(Block(0, np.zeros(8000, np.int16)))
    assert proof.missing(8000) == []
    late = 8000 + len(SPEECH) + 2 * SEARCH
    assert [m.kind for m in proof.missing(late)] == ["announcement"]
    assert proof.missing(late) == []


def test_only_as_much_line_is_kept_as_is_needed() -> None:
    proof = Proof()
    for at in range(0, 100 * FS, 160):
        proof.feed(Block(at, np.zeros(160, np.int16)))
    assert sum(len(part) for part in proof._past) <= 2 * SEARCH + 320
