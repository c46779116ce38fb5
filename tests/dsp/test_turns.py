"""Who spoke when: right over imbalance, honest about doubt, whatever the cut."""

import numpy as np
import pytest

from dsp.turns import Clues, TurnFinder, Turns, turns
from tests.dsp.tapes import two_sides
from tests.dsp.tapes.two_sides import Way

#: Impairments, one for each tape.
HARD = (
    {"noise_dbov": -65.0},
    {"noise_dbov": -52.0, "hum_dbov": -50.0},
    {"far_levelled": True},
    {"mu_law": True, "both_share": 0.5},
)


def tapes(apart_db: float) -> list[two_sides.TwoSides]:
    return [
        two_sides.make(
            Way(
                *pair,
                apart_db,
                i,
                near_first=not i % 2,
                dialled=i % 2 > 0,
                length_s=60.0,
                **hard,
            )
        )
        for i, (pair, hard) in enumerate(zip(two_sides.PAIRS, HARD * 2, strict=True))
    ]


@pytest.mark.parametrize("apart_db", [6.0, 12.0, 20.0])
def test_90_percent_of_speech_frames_right_from_6_to_20_db(apart_db: float) -> None:
    judged = [two_sides.judge(t, turns(t.x, 8000, t.clues)) for t in tapes(apart_db)]
    assert np.mean([j.right for j in judged]) >= 0.93
    assert min(j.right for j in judged) >= 0.86
    assert np.mean([j.sure for j in judged]) >= 0.5
    assert sum(j.sure_right for j in judged) >= 0.9 * sum(j.sure for j in judged)


@pytest.mark.parametrize("apart_db", [0.0, 3.0, -3.0])
def test_not_sure_where_both_are_about_as_loud(apart_db: float) -> None:
    found = [turns(t.x, 8000, t.clues) for t in tapes(apart_db)[:4]]
    told = [turn for one in found for turn in one.turns]
    assert told
    assert not any(turn.sure for turn in told)
    assert [one.near_share for one in found] == [None] * 4


def test_one_talker_is_nobody_for_sure() -> None:
    tape = two_sides.make(Way("anna", "ben", 60.0, 3, length_s=40.0))
    assert not any(turn.sure for turn in turns(tape.x, 8000).turns)


def test_a_line_known_to_hear_the_far_side_louder() -> None:
    tape = two_sides.make(Way("joe", "karin", -14.0, 5, length_s=60.0))
    found = turns(tape.x, 8000, Clues(first="near", usual_db=-12.0))
    assert two_sides.judge(tape, found).right >= 0.9
    assert found.apart_db < -8


def test_dialling_and_ringback_overrule_the_louder_talker() -> None:
    """Digits as loud as the near talker, ringback as the far one."""
    tape = two_sides.make(Way("emma", "dieter", -20.0, 4, dialled=True, length_s=60.0))
    assert two_sides.judge(tape, turns(tape.x, 8000, tape.clues)).right >= 0.9


def test_what_is_no_talk_has_no_turn() -> None:
    t = np.arange(80000) / 8000
    x = (8000 * np.sin(2 * np.pi * 440 * t) * (t % 1 < 0.5)).astype(np.int16)
    spans = tuple((i * 8000 - 480, i * 8000 + 4480) for i in range(10))
    assert turns(x, 8000, Clues(other=spans)).turns == ()


@pytest.mark.parametrize("x", [[], [0], [32767] * 80, [0] * 100_000])
def test_nothing_to_hear(x: list[int]) -> None:
    assert turns(np.array(x, np.int16), 8000) == Turns()


def test_no_length_is_too_short() -> None:
    noise = np.random.default_rng(5).normal(0, 3000, 4000).astype(np.int16)
    for size in range(0, 4000, 37):  # one step, two, ... of what it looks at
        assert isinstance(turns(noise[:size], 8000), Turns)


def test_a_rate_it_cannot_hear() -> None:
    with pytest.raises(ValueError, match="8000"):
        TurnFinder(4000)


@pytest.mark.parametrize("cut", [37, 160, 65536])
def test_any_cut(cut: int) -> None:
    tape = two_sides.make(Way("karin", "joe", 10.0, 2, length_s=75.0))
    finder = TurnFinder(8000)
    for at in range(0, len(tape.x), cut):
        finder.feed(tape.x[at : at + cut])
    assert finder.finish(tape.clues) == turns(tape.x, 8000, tape.clues)
