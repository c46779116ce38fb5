"""Pulse dialling by its clicks: rates, ratios, levels, what is no dialling."""

from itertools import islice

import numpy as np
import pytest
from line_tapes import fed

from dsp import pulse_audio
from dsp.chain import Chain
from dsp.pulse_clicks import Train, read, read_under_tone
from dsp.types import Digit
from tests.dsp.tapes import pulse_clicks, talkoff
from tests.dsp.tapes.dtmf import dialled

FS = 8000


def heard(x, **how):
    return "".join(d.symbol for d in pulse_audio.decode(x, FS, **how))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="one dimension"):
        pulse_audio.decode(np.zeros((9, 2)), FS)
    with pytest.raises(ValueError, match="want one of standard"):
        pulse_audio.Decoder(scheme="chinese")
    with pytest.raises(ValueError, match="want 8000"):
        pulse_audio.Decoder(16000)


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros(7), np.full(9000, np.nan)])
def test_nothing_is_found_in_nothing(x):
    assert heard(x) == ""


@pytest.mark.parametrize("tape", list(pulse_clicks.accept()), ids=str)
def test_dials_of_all_kinds(tape):
    assert heard(tape.samples()) == tape.truth


@pytest.mark.parametrize("tape", list(pulse_clicks.reject()), ids=str)
def test_clicks_that_are_no_digits(tape):
    assert heard(tape.samples()) == ""


@pytest.mark.parametrize(
    "tape", list(islice(talkoff.voice_tapes(), 0, None, 6)), ids=str
)
def test_no_digit_in_talk(tape):
    assert heard(tape.samples()) == ""


def test_no_digit_in_tones(rng):
    assert heard(dialled(rng)) == ""


def test_limits_are_within_2_ms():
    how = pulse_clicks.Dial(digits="305", jitter_ms=0, tone_dbm0=None)
    found = pulse_audio.decode(pulse_clicks.dialled(np.random.default_rng(1), how), FS)
    starts = [1.5, 1.5 + 0.2 + 0.061 + 0.7, 1.5 + 0.2 + 0.061 + 0.7 + 0.961 + 0.7]
    for d, start, pulses in zip(found, starts, (3, 10, 5), strict=True):
        assert abs(d.start / FS - start) < 0.002
        assert abs(d.end / FS - start - (pulses - 1) * 0.1 - 0.061) < 0.002
        assert d.method == "pulse"
        assert d.level_dbov == pytest.approx(-20, abs=8)


def test_a_scheme_of_another_country():
    x = next(pulse_clicks.accept()).samples()
    assert heard(x, scheme="reversed") == "9876543210"


def test_one_click_may_be_missing_at_an_end():
    five = [(800 * i + late, 0.1) for i in range(5) for late in (0, 488)]
    want = (0, 3688, 5)
    for clicks in (five, five[:-1], five[1:]):
        train = read(clicks)
        assert train is not None
        assert (train.start, train.end, train.pulses) == want


def test_a_click_missing_within_makes_it_none():
    five = [(800 * i + late, 0.1) for i in range(5) for late in (0, 488)]
    assert read(five[:4] + five[5:]) is None
    assert read_under_tone(five[:4] + five[5:]) is None


def test_trains_of_two_dials_are_told_apart():
    one = Train(0, 3688, 5, 488.0, 312.0, 0.1)
    assert Train(9000, 12688, 5, 480.0, 320.0, 0.2).of_the_dial_of(one)
    assert not Train(9000, 12688, 5, 540.0, 260.0, 0.1).of_the_dial_of(one)
    assert not Train(9000, 12688, 5, 488.0, 312.0, 0.5).of_the_dial_of(one)
    assert not Train(90000, 93688, 5, 488.0, 312.0, 0.1).of_the_dial_of(one)


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_events_do_not_depend_on_cuts(cut):
    how = pulse_clicks.Dial(digits="52")
    x = (pulse_clicks.dialled(np.random.default_rng(5), how) * 32768).astype(np.int16)

    def told(size):
        events = fed(pulse_audio.Decoder(), x, size)
        return [(d.symbol, d.start, d.end, d.level_dbov) for d in events]

    assert len(told(cut)) == 2
    assert told(cut) == told(x.size)


@pytest.mark.parametrize(("pulses", "want"), [(True, "1234567890"), (False, "")])
def test_the_chain_hears_pulses_where_no_wire_tells_of_the_hook(pulses, want):
    x = next(pulse_clicks.accept()).samples()
    chain = Chain(pulses=pulses)
    events = chain.feed(x) + chain.flush()
    digits = [e for e in events if isinstance(e, Digit)]
    assert "".join(d.symbol for d in digits) == want
    assert all(d.method == "pulse" for d in digits)
