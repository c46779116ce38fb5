"""Mains hum: found, followed, taken out, and nothing else touched."""

import numpy as np
import pytest

from dsp.hum import Notch, measure, remove

FS = 8000
LINES = ((1, 0.010), (2, 0.006), (3, 0.006), (4, 0.002), (5, 0.003), (7, 0.002))


def hum(mains_hz, seconds, wander=0.0):
    """Return mains hum whose frequency swings by `wander` every 40 s."""
    t = np.arange(round(seconds * FS)) / FS
    f = mains_hz * (1 + wander * np.sin(2 * np.pi * t / 40))
    phase = 2 * np.pi * np.cumsum(f) / FS
    return sum(a * np.sin(k * phase + k) for k, a in LINES).astype(np.float32)


def noise(seconds, level_dbov, rng):
    return (rng.normal(size=round(seconds * FS)) * 10 ** (level_dbov / 20)).astype(
        np.float32
    )


def cut_db(wanted, buzz):
    """Return by how much `buzz` shrinks when it is added to `wanted`."""
    left = remove(wanted + buzz, FS) - wanted
    return 20 * np.log10(np.std(buzz) / np.std(left))


@pytest.mark.parametrize("n", [0, 1, 100, 4000, 8191, 8192, 12288, 20001])
def test_as_many_samples_come_out(n):
    assert len(remove(hum(50, 3)[:n], FS)) == n


@pytest.mark.parametrize("mains_hz", [49.5, 49.8, 50.0, 50.2, 59.7, 60.0, 60.5])
def test_hum_is_cut_by_30_db_wherever_the_mains_is(mains_hz, rng):
    assert cut_db(noise(8, -60, rng), hum(mains_hz, 8)) > 30


@pytest.mark.parametrize(("mains_hz", "wander"), [(50, 0.004), (60, 0.01)])
def test_hum_is_followed_while_it_wanders(mains_hz, wander, rng):
    assert cut_db(noise(40, -60, rng), hum(mains_hz, 40, wander)) > 30


@pytest.mark.parametrize("mains_hz", [50, 60])
@pytest.mark.parametrize("level_dbov", [-20, -40])
@pytest.mark.parametrize("period_s", [8, 12, 20])
def test_hum_is_followed_while_it_swings_in_seconds(
    mains_hz, level_dbov, period_s, rng
):
    n = 30 * FS
    phase = (
        2
        * np.pi
        * np.cumsum(
            mains_hz
            * (1 + 0.004 * np.sin(2 * np.pi * np.arange(n) / FS / period_s))
            / FS
        )
    )
    buzz = sum(a * np.sin(k * phase + k) for k, a in LINES)
    buzz = (buzz / np.std(buzz) * 10 ** (level_dbov / 20)).astype(np.float32)
    assert cut_db(noise(30, -85, rng), buzz) > 30


def test_hum_that_grows_and_fades_is_followed(rng):
    swell = 1 + 0.5 * np.sin(2 * np.pi * np.arange(30 * FS) / FS / 10)
    buzz = (hum(50.2, 30) * swell).astype(np.float32)
    assert cut_db(noise(30, -70, rng), buzz) > 25


def test_hum_that_comes_and_goes_is_taken_out_where_it_is(rng):
    quiet = noise(12, -70, rng)
    buzz = np.concatenate((np.zeros(4 * FS), hum(60.1, 4), np.zeros(4 * FS)))
    left = remove(quiet + buzz.astype(np.float32), FS) - quiet
    inside = slice(4 * FS + FS, 8 * FS - FS)
    assert 20 * np.log10(np.std(buzz[inside]) / np.std(left[inside])) > 30
    assert np.std(left[: 3 * FS]) < 1e-5


def test_hum_under_speech_is_cut_by_20_db(voices):
    speech = voices[: 30 * FS] * np.float32(0.3)
    assert cut_db(speech, hum(50.2, 30)) > 20


def test_frequency_is_measured(rng):
    x = noise(1.024, -50, rng) + hum(59.83, 1.024)
    found = measure(x, FS)
    assert found is not None
    assert found.mains_hz == pytest.approx(59.83, abs=0.02)


def test_clean_speech_is_not_touched(voices):
    assert np.array_equal(remove(voices, FS), voices)


def test_noise_is_not_touched(rng):
    x = noise(10, -30, rng)
    assert np.array_equal(remove(x, FS), x)


@pytest.mark.parametrize("tones", [(350, 440), (400,), (425,), (440, 480), (480, 620)])
def test_service_tones_are_not_hum(tones):
    t = np.arange(5 * FS) / FS
    x = sum(0.05 * np.sin(2 * np.pi * f * t) for f in tones).astype(np.float32)
    assert np.array_equal(remove(x, FS), x)


def test_a_louder_tone_on_a_harmonic_stays(rng):
    t = np.arange(8 * FS) / FS
    tone = (0.05 * np.sin(2 * np.pi * 400 * t)).astype(np.float32)
    x = tone + noise(8, -60, rng)
    left = remove(x + hum(50, 8), FS) - x
    assert 20 * np.log10(np.std(left) / np.std(hum(50, 8))) < -25


def test_speech_band_changes_by_half_a_db_at_most(voices):
    speech = voices[: 30 * FS] * np.float32(0.3)
    buzz = hum(50.2, 30)
    cleaned = remove(speech + buzz, FS)
    before = np.abs(np.fft.rfft(speech)) ** 2
    after = np.abs(np.fft.rfft(cleaned)) ** 2
    hz = np.fft.rfftfreq(len(speech), 1 / FS)
    for low in range(300, 3400, 100):
        band = (hz >= low) & (hz < low + 100)
        assert abs(10 * np.log10(after[band].sum() / before[band].sum())) < 0.5


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole(cut, rng):
    x = noise(3, -50, rng) + hum(50.1, 3)
    x = x[: 14000 if cut == 1 else None]
    notch = Notch(FS)
    parts = [notch.feed(x[i : i + cut]) for i in range(0, len(x), cut)]
    parts.append(notch.flush())
    assert np.array_equal(np.concatenate(parts), remove(x, FS))


@pytest.mark.parametrize("fs", [16000, 44100, 48000])
def test_other_rates(fs):
    t = np.arange(4 * fs) / fs
    x = (0.01 * np.sin(2 * np.pi * 50.2 * t)).astype(np.float32)
    assert np.std(remove(x, fs)) < np.std(x) / 30
