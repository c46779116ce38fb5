"""The beep of an answering machine: talk, one tone, quiet; and what is none."""

import numpy as np
import pytest
from line_tapes import FS, cadence, dialled, digit, fed, int16, noise, silence, tone

from dsp import answering, beep
from dsp.chain import Chain
from dsp.types import Tone
from tests.dsp.tapes.tape import hum


@pytest.fixture
def greeting(voices):
    """Somebody has been talking."""
    return voices[: 6 * FS].astype(np.float64)


def names(x, country="us"):
    return [t.name for t in answering.decode(x, FS, country)]


def machine(greeting, hz, ms, level_dbov=-18.0, pause_ms=400):
    parts = [greeting, silence(pause_ms), tone([hz], ms, level_dbov), silence(1500)]
    return np.concatenate(parts)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="want one of"):
        answering.decode(np.zeros(8000), FS, "atlantis")
    with pytest.raises(ValueError, match="one dimension"):
        answering.decode(np.zeros((2, 8000)), FS)


@pytest.mark.parametrize("hz", [410, 520, 800, 1000, 1200, 1500, 1633, 2000])
@pytest.mark.parametrize("ms", [120, 300, 1000])
def test_beeps_of_400_to_2000_hz(hz, ms, greeting):
    (found,) = answering.decode(int16(machine(greeting, hz, ms)), FS)
    assert found.name == "answering_beep"
    start = len(greeting) + 3200
    assert found.start == pytest.approx(start, abs=200)
    assert found.end == pytest.approx(start + 8 * ms, abs=200)
    assert found.level_dbov == pytest.approx(-18, abs=1.5)


@pytest.mark.parametrize("level_dbov", [-38, -6])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_beep_in_noise_and_hum(level_dbov, mains_hz, greeting, rng):
    x = machine(greeting, 1000, 300, level_dbov)
    x = noise(x + hum(x.size, mains_hz, -30, 3), rng, level_dbov - 20)
    assert names(int16(x)) == ["answering_beep"]


def test_no_beep_without_talk_before_it():
    x = np.concatenate([silence(6000), tone([1000], 300), silence(1500)])
    assert names(x) == []


def test_no_beep_without_quiet_after_it(greeting):
    x = machine(greeting, 1000, 300)[: -1500 * 8]
    assert names(np.concatenate([x, greeting])) == []


def test_the_recorders_own_beep_is_none(greeting):
    own = beep.tone(FS)
    x = np.concatenate([greeting, silence(300), own, silence(1500)])
    assert names(x) == []


@pytest.mark.parametrize("symbol", "159#")
def test_digits_are_none(symbol, greeting):
    x = np.concatenate([greeting, digit(symbol, 200), silence(900)])
    assert names(np.concatenate([x, dialled(symbol * 3), silence(900)])) == []


@pytest.mark.parametrize("gap_ms", [0, 30])
def test_special_information_tones_are_none(gap_ms, greeting):
    parts = [greeting, silence(500)]
    for hz in (950, 1400, 1800):
        parts += [tone([hz], 330), silence(gap_ms)]
    assert names(np.concatenate([*parts, silence(1500)])) == []


def test_signals_of_the_line_are_none(greeting):
    for hz, seconds, country in (
        (1100, (0.5, 3), "us"),
        (1300, (0.6, 2), "us"),
        (440, (0.3, 3), "us"),
        (425, (0.5, 0.5), "pl"),
        (400, (0.375, 0.375), "gb"),
    ):
        x = np.concatenate([greeting, cadence([hz], seconds, 3)])
        assert names(x, country) == []


def test_talk_is_none(voices):
    assert names(voices) == []


@pytest.mark.parametrize("ms", [300, 1000])
@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_events_do_not_depend_on_cuts(cut, ms, greeting):
    x = int16(
        noise(machine(greeting[-3 * FS :], 1000, ms), np.random.default_rng(2), -40)
    )
    whole = fed(answering.Decoder(), x, x.size)
    assert fed(answering.Decoder(), x, cut) == whole
    assert len(whole) == 1


def test_the_chain_tells_of_it(greeting):
    events = fed(Chain(), int16(machine(greeting, 1000, 300)), 160)
    assert [e.name for e in events if isinstance(e, Tone)] == ["answering_beep"]
