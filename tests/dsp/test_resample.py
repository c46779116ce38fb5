"""Change of rate: errors, response, delay, cuts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.resample import Resampler, resample

CODEC_RATES = (16000, 22050, 44100, 48000, 96000)


def tone(hz, fs, seconds=1.0):
    t = np.arange(round(fs * seconds)) / fs
    return (0.5 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def level_db(x):
    """Level of the middle, relative to a sine of half scale."""
    middle = x[len(x) // 8 : -len(x) // 8].astype(float)
    return 20 * np.log10(np.sqrt(np.mean(middle**2)) / (0.5 / np.sqrt(2)) + 1e-9)


@pytest.mark.parametrize("rate", [0, -8000, float("nan")])
def test_impossible_rates_are_refused(rate):
    with pytest.raises(ValueError, match="want above 0 Hz"):
        Resampler(rate)


@pytest.mark.parametrize("fs", CODEC_RATES)
def test_nothing_in_nothing_out(fs):
    stream = Resampler(fs)
    assert len(stream.feed(np.zeros(0, np.int16))) == 0
    assert len(stream.flush()) == 0
    assert len(resample(np.zeros(0, np.float32), fs)) == 0


@pytest.mark.parametrize("fs", CODEC_RATES)
@pytest.mark.parametrize("hz", [50, 300, 1000, 2000, 3000, 3400])
def test_flat_to_3400_hz_within_half_a_db(fs, hz):
    assert abs(level_db(resample(tone(hz, fs), fs))) < 0.5


@pytest.mark.parametrize("fs", CODEC_RATES)
@pytest.mark.parametrize("hz", [4010, 4100, 4600, 5000, 6500, 7600, 7990])
def test_stop_band_60_db_down(fs, hz):
    if hz < fs / 2:
        assert level_db(resample(tone(hz, fs), fs)) < -60


@pytest.mark.parametrize("fs", [22050, 44100, 48000, 96000])
def test_far_stop_band_60_db_down(fs):
    for hz in np.linspace(8200, fs / 2 - 100, 9):
        assert level_db(resample(tone(hz, fs), fs)) < -60


@pytest.mark.parametrize("fs", CODEC_RATES)
def test_delay_is_compensated_to_a_hundredth_of_a_sample(fs):
    want = tone(1000, 8000)
    got = resample(tone(1000, fs), fs)
    assert len(got) == 8000
    middle = slice(400, -400)
    turn = np.exp(-2j * np.pi * np.arange(8000) / 8)[middle]
    lag = np.angle((got[middle] @ turn) / (want[middle] @ turn)) / (2 * np.pi) * 8
    assert abs(lag) < 0.01


@pytest.mark.parametrize("fs", [8000, *CODEC_RATES])
def test_length_follows_the_ratio(fs, rng):
    for n in (1, 7, 100, 12345):
        x = rng.integers(-9000, 9000, n).astype(np.int16)
        assert len(resample(x, fs)) == int(np.ceil(n * 8000 / fs - 1e-9))


@pytest.mark.parametrize("fs", [8000, 11025, *CODEC_RATES])
@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole_to_the_last_bit(fs, cut, rng):
    x = rng.integers(-20000, 20000, 3000 if cut == 1 else 20000).astype(np.int16)
    stream = Resampler(fs)
    parts = [stream.feed(x[i : i + cut]) for i in range(0, len(x), cut)]
    parts.append(stream.flush())
    assert np.array_equal(np.concatenate(parts), resample(x, fs))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=8), st.sampled_from(CODEC_RATES))
def test_any_cuts_give_the_same(cuts, fs):
    x = np.random.default_rng(7).integers(-32768, 32767, sum(cuts)).astype(np.int16)
    stream = Resampler(fs)
    parts = [stream.feed(part) for part in np.split(x, np.cumsum(cuts))]
    parts.append(stream.flush())
    assert np.array_equal(np.concatenate(parts), resample(x, fs))


def test_full_scale_does_not_wrap_round():
    square = np.where(np.arange(48000) // 240 % 2, 32767, -32768).astype(np.int16)
    y = resample(square, 48000)
    assert y.dtype == np.int16
    assert np.all(y[85:118] < -28000)
    assert np.all(y[125:158] > 28000)


def test_16_bit_and_float_agree(rng):
    x = rng.integers(-20000, 20000, 44100).astype(np.int16)
    whole = resample(x, 44100)
    floats = resample((x / 32768).astype(np.float32), 44100)
    assert floats.dtype == np.float32
    assert np.max(np.abs(floats * 32768 - whole)) <= 0.51


def test_odd_rate_is_close_to_the_true_ratio():
    assert len(resample(np.zeros(44101 * 10, np.int16), 44101)) == pytest.approx(
        80000, abs=1
    )


def test_upwards_keeps_a_tone():
    y = resample(tone(1000, 8000), 8000, 48000)
    assert len(y) == 48000
    assert abs(level_db(y)) < 0.1
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    assert 20 * np.log10(spectrum[5000:].max() / spectrum.max()) < -60
