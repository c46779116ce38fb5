"""Speech level by ITU-T P.56, noise floor, SNR and clipping, on known signals."""

import math
from itertools import pairwise

import numpy as np
import pytest

from dsp.levels import (
    SpeechMeter,
    active_level,
    clipped_share,
    noise_floor_dbov,
    snr_db,
)
from tests.dsp.tapes.tape import companded

FS = 8000


def sine(dbov, seconds=10, hz=1000):
    t = np.arange(round(seconds * FS)) / FS
    return np.sqrt(2) * 10 ** (dbov / 20) * np.sin(2 * np.pi * hz * t)


def by_the_letter(x, fs):
    """Return the active level as P.56 clause 5 spells it out, sample by sample."""
    keep, hangover = math.exp(-1 / (fs * 0.03)), math.ceil(fs * 0.2)
    thresholds = [2.0**-j for j in range(15, 0, -1)]
    active, waiting = [0] * 15, [hangover] * 15
    p = q = energy = 0.0
    for value in x.tolist():
        energy += value * value
        p = keep * p + (1 - keep) * abs(value)
        q = keep * q + (1 - keep) * p
        for j, threshold in enumerate(thresholds):
            if q >= threshold:
                active[j] += 1
                waiting[j] = 0
            elif waiting[j] < hangover:
                active[j] += 1
                waiting[j] += 1
    levels = [
        (10 * math.log10(energy / a), 20 * math.log10(c))
        for a, c in zip(active, thresholds, strict=True)
        if a
    ]
    pairs = pairwise(levels)
    for (level, threshold), (next_level, next_threshold) in pairs:
        now, then = level - threshold, next_level - next_threshold
        if now > 15.9 >= then:
            return level + (now - 15.9) / (now - then) * (next_level - level)
    raise AssertionError("no level lies the margin above its threshold")


def test_impossible_rate_is_refused():
    with pytest.raises(ValueError, match="at least 4000"):
        SpeechMeter(0)


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros(FS), np.zeros(FS, np.int16)])
def test_silence_has_no_speech(x):
    level = active_level(x, FS)
    assert (level.active_dbov, level.mean_dbov, level.activity) == (-100, -100, 0)


@pytest.mark.parametrize("x", [np.zeros((2, 800)), np.zeros(80, np.int32)])
def test_what_is_no_mono_sound_is_refused(x):
    for measure in (active_level, noise_floor_dbov, snr_db):
        with pytest.raises(ValueError, match="samples: want"):
            measure(x, FS)


@pytest.mark.parametrize("name", ["anna", "ben", "graham"])
@pytest.mark.parametrize("gain_db", [0, -20])
def test_as_the_recommendation_spells_it_out(talkers, name, gain_db):
    x = talkers[name][: 5 * FS].astype(np.float64) * 10 ** (gain_db / 20)
    x = x.astype(np.float32)
    wanted = by_the_letter(x.astype(np.float64), FS)
    assert active_level(x, FS).active_dbov == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("dbov", [-3.02, -20, -35, -50])
def test_a_steady_tone_is_always_active(dbov):
    level = active_level(sine(dbov), FS)
    assert level.active_dbov == pytest.approx(dbov, abs=0.1)
    assert level.activity == pytest.approx(1, abs=0.01)
    assert level.peak_dbov == pytest.approx(dbov + 3.01, abs=0.01)


def test_hangover_of_200_ms_counts_as_speech():
    x = np.concatenate((sine(-20, 1), np.zeros(9 * FS)))
    level = active_level(x, FS)
    # 1 s of tone, the hangover, and the envelope's fall of two time constants.
    assert level.activity == pytest.approx(0.13, abs=0.015)
    assert level.mean_dbov == pytest.approx(-30, abs=0.01)


def test_pauses_shorter_than_the_hangover_are_bridged():
    burst = np.concatenate((sine(-20, 0.3), np.zeros(round(0.15 * FS))))
    assert active_level(np.tile(burst, 20), FS).activity > 0.97


@pytest.mark.parametrize("silence_s", [5, 30])
def test_silence_around_speech_changes_the_mean_and_not_the_level(talkers, silence_s):
    speech = talkers["emma"][: 10 * FS]
    alone = active_level(speech, FS)
    around = active_level(np.pad(speech, silence_s * FS), FS)
    assert around.active_dbov == pytest.approx(alone.active_dbov, abs=0.3)
    assert around.mean_dbov < alone.mean_dbov - 2


@pytest.mark.parametrize("gain_db", [-30, -12, -6])
def test_gain_moves_the_level_by_as_much(talkers, gain_db):
    speech = talkers["ben"][: 8 * FS]
    quiet = speech * np.float32(10 ** (gain_db / 20))
    change = active_level(quiet, FS).active_dbov - active_level(speech, FS).active_dbov
    assert change == pytest.approx(gain_db, abs=0.1)


@pytest.mark.parametrize("fs", [16000, 48000])
def test_the_rate_does_not_matter(talkers, fs):
    speech = talkers["carol"][: 6 * FS].astype(np.float64)
    again = np.interp(np.arange(6 * fs) * FS / fs, np.arange(6 * FS), speech)
    assert active_level(again, fs).active_dbov == pytest.approx(
        active_level(speech, FS).active_dbov, abs=0.5
    )


@pytest.mark.parametrize("cut", [1, 37, 160, 5000])
def test_stream_equals_whole(talkers, cut):
    x = (talkers["joe"][: FS // 4 if cut == 1 else 8 * FS] * 20000).astype(np.int16)
    meter = SpeechMeter(FS)
    for at in range(0, x.size, cut):
        meter.feed(x[at : at + cut])
    level, whole = meter.level(), active_level(x, FS)
    assert level.active_dbov == pytest.approx(whole.active_dbov, abs=1e-3)
    assert level.activity == pytest.approx(whole.activity, abs=1e-3)


def test_nan_and_infinity_are_survived(talkers):
    x = talkers["anna"][:FS].copy()
    x[::97] = np.nan
    x[5] = np.inf
    assert math.isfinite(active_level(x, FS).active_dbov)


@pytest.mark.parametrize("dbov", [-90, -70, -50, -30])
def test_noise_floor_of_white_noise(rng, dbov):
    x = rng.standard_normal(20 * FS) * 10 ** (dbov / 20)
    assert noise_floor_dbov(x, FS) == pytest.approx(dbov, abs=0.2)


@pytest.mark.parametrize("dbov", [-70, -60, -50])
def test_noise_floor_under_speech(talkers, rng, dbov):
    quiet = np.zeros(3 * FS)
    speech = np.concatenate((talkers["anna"][: 8 * FS] * 0.3, quiet))
    x = speech + rng.standard_normal(speech.size) * 10 ** (dbov / 20)
    assert noise_floor_dbov(x, FS) == pytest.approx(dbov, abs=1)


@pytest.mark.parametrize("n", [0, 1, 100, 799])
def test_noise_floor_of_less_than_a_frame(n):
    assert noise_floor_dbov(np.zeros(n), FS) == -100


@pytest.mark.parametrize("snr", [10, 20, 30, 40])
def test_snr_of_speech_in_noise(talkers, rng, snr):
    speech = np.concatenate((talkers["ben"][: 8 * FS].astype(float), np.zeros(2 * FS)))
    level = active_level(speech, FS).active_dbov
    x = speech + rng.standard_normal(speech.size) * 10 ** ((level - snr) / 20)
    assert snr_db(x, FS) == pytest.approx(snr, abs=1.5)


def test_noise_alone_has_no_snr(rng):
    assert math.isnan(snr_db(rng.standard_normal(10 * FS) * 0.01, FS))


@pytest.mark.parametrize("over_db", [1, 3, 12])
def test_clipping_is_the_part_of_time_at_the_rails(over_db):
    x = sine(-3.01 + over_db, 2, 200)
    share = clipped_share(np.clip(x, -1, 1))
    assert share == pytest.approx(np.mean(np.abs(x) >= 1), abs=0.03)


def test_clipping_below_full_scale_and_on_one_side():
    x = sine(-10, 2, 200)
    assert clipped_share(np.minimum(x, 0.2)) > 0.1
    assert clipped_share(np.clip(x, -0.3, 0.3)) > 0.2


@pytest.mark.parametrize("hz", [100, 300, 1000, 3000])
def test_a_sine_does_not_clip(hz):
    assert clipped_share(sine(-3.01, 2, hz)) < 1e-3


def test_speech_silence_and_companded_speech_do_not_clip(talkers):
    x = talkers["anna"] * np.float32(0.9)
    assert clipped_share(x) < 1e-4
    assert clipped_share(companded(x.astype(float) * 0.5, "mu")) < 1e-3
    assert clipped_share(np.zeros(100)) == clipped_share(np.zeros(0)) == 0
    assert clipped_share(np.full(100, 0.5)) == 0  # direct current
