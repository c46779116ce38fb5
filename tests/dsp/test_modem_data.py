"""Voice-band modems that send data, and what is as steady without being data."""

import numpy as np
import pytest
from line_tapes import FS, fed, int16, noise, silence, tone

from dsp import progress
from tests.dsp.tapes.signals import MODEMS, data
from tests.dsp.tapes.tape import companded, hum, long_loop, through


def names(x):
    return [t.name for t in progress.decode(int16(x), FS)]


@pytest.mark.parametrize("modem", MODEMS)
@pytest.mark.parametrize("level_dbov", [-12, -35])
def test_data(modem, level_dbov, rng):
    rate, carrier, points, roll_off = MODEMS[modem]
    burst = data(rate, carrier, 3, level_dbov + 6.15, rng, points, roll_off)
    x = np.concatenate([silence(500), burst, silence(1000)])
    (found,) = progress.decode(int16(noise(x, rng, level_dbov - 30)), FS)
    assert found.name == "modem_data"
    assert found.start / FS == pytest.approx(0.5, abs=0.15)
    assert found.end / FS == pytest.approx(3.5, abs=0.15)
    assert found.level_dbov == pytest.approx(level_dbov, abs=3)


@pytest.mark.parametrize("law", ["mu", "a"])
def test_data_over_a_long_loop_in_noise_and_hum(law, rng):
    x = np.concatenate([silence(500), data(2400, 1800, 3, -14, rng), silence(900)])
    x = noise(through(long_loop(8), x), rng, -40) + hum(x.size, 50, -20, 3)
    assert names(companded(x, law)) == ["modem_data"]


def test_noise_is_no_data(rng):
    from scipy.signal import firwin, lfilter

    white = 0.1 * rng.standard_normal(30 * FS)
    assert names(white) == []
    for band in ([300, 3400], [600, 3000], [900, 1500]):
        taps = firwin(201, band, pass_zero=False, fs=FS)
        assert names(lfilter(taps, 1, white)) == []


def test_chords_and_talk_are_no_data(voices):
    chord = sum(tone([600 * k / 4], 4000, -25, k) for k in range(2, 20))
    assert names(chord) == []
    assert names(voices[: 60 * FS]) == []


@pytest.mark.parametrize("cut", [37, 160])
def test_events_do_not_depend_on_cuts(cut, rng):
    x = int16(np.concatenate([silence(300), data(2400, 1800, 2, -14, rng)]))
    whole = fed(progress.Decoder(), x, x.size)
    assert fed(progress.Decoder(), x, cut) == whole
    assert len(whole) == 2
