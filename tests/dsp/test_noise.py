"""Noise reduction: noise goes down, speech stays, nothing depends on the cuts."""

import numpy as np
import pytest

from dsp.agc import listening_copy
from dsp.levels import active_level, noise_floor_dbov, snr_db
from dsp.noise import MOST_DB, Reducer, reduce_noise

FS = 8000


@pytest.fixture
def speech(talkers):
    """Ten seconds of talk and two of silence, at -25 dBov."""
    x = np.concatenate((talkers["anna"][: 10 * FS], np.zeros(2 * FS, np.float32)))
    return x * np.float32(10 ** ((-25 - active_level(x, FS).active_dbov) / 20))


def noisy(speech, dbov, rng):
    noise = rng.standard_normal(speech.size) * 10 ** (dbov / 20)
    return (speech + noise).astype(np.float32)


def test_impossible_rate_is_refused():
    with pytest.raises(ValueError, match="at least 4000"):
        Reducer(100)


@pytest.mark.parametrize("n", [0, 1, 100, 127, 128, 129, 256, 1000, 40001])
def test_as_many_samples_come_out(n, rng):
    x = (0.01 * rng.standard_normal(n)).astype(np.float32)
    y = reduce_noise(x, FS)
    assert (y.size, y.dtype) == (n, np.float32)


def test_silence_stays_silence():
    assert not reduce_noise(np.zeros(20000, np.float32), FS).any()


@pytest.mark.parametrize("dbov", [-55, -40, -25])
def test_steady_noise_goes_down_by_9_to_12_db(dbov, rng):
    x = noisy(np.zeros(20 * FS), dbov, rng)
    change = noise_floor_dbov(reduce_noise(x, FS)[5 * FS :], FS) - dbov
    assert -MOST_DB - 1 < change < -9


def test_noise_that_nobody_hears_is_left_alone(rng):
    x = noisy(np.zeros(10 * FS), -75, rng)
    y = reduce_noise(x, FS)
    assert 20 * np.log10(np.std(y[FS:]) / np.std(x[FS:])) > -1


@pytest.mark.parametrize("snr", [10, 20, 30])
def test_speech_gains_8_db_of_snr_and_keeps_its_level(speech, snr, rng):
    x = noisy(speech, -25 - snr, rng)
    y = reduce_noise(x, FS)
    assert snr_db(y, FS) > snr_db(x, FS) + 8
    levels = [active_level(z, FS).active_dbov for z in (x, y)]
    assert levels[1] == pytest.approx(levels[0], abs=1)


def test_clean_speech_keeps_its_spectrum_within_1_db(speech):
    before, after = (
        np.abs(np.fft.rfft(z)) ** 2 for z in (speech, reduce_noise(speech, FS))
    )
    hz = np.fft.rfftfreq(speech.size, 1 / FS)
    for low in range(300, 3400, 100):
        band = (hz >= low) & (hz < low + 100)
        assert abs(10 * np.log10(after[band].sum() / before[band].sum())) < 1


@pytest.mark.parametrize("cut", [1, 37, 80, 160, 7777])
def test_stream_equals_whole(cut, speech, rng):
    x = noisy(speech, -50, rng)[: FS if cut == 1 else None]
    reducer = Reducer(FS)
    parts = [reducer.feed(x[i : i + cut]) for i in range(0, x.size, cut)]
    parts.append(reducer.flush())
    assert np.array_equal(np.concatenate(parts), reduce_noise(x, FS))


@pytest.mark.parametrize("fs", [16000, 44100])
def test_other_rates(fs, rng):
    x = (0.01 * rng.standard_normal(8 * fs)).astype(np.float32)
    y = reduce_noise(x, fs)
    assert 20 * np.log10(np.std(y[5 * fs :]) / np.std(x[5 * fs :])) < -8


def test_an_option_of_the_listening_copy_that_is_off(speech, rng):
    x = noisy(speech, -55, rng)
    plain, quiet = listening_copy(x, FS), listening_copy(x, FS, less_noise=True)
    assert plain.size == quiet.size == x.size
    assert noise_floor_dbov(quiet, FS) < noise_floor_dbov(plain, FS) - 6
    assert active_level(quiet, FS).active_dbov == pytest.approx(
        active_level(plain, FS).active_dbov, abs=1
    )
