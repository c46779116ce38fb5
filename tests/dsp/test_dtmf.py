"""DTMF by the checks of ITU-T Q.24 and of the usual test tapes."""

import numpy as np
import pytest
from line_tapes import (
    ALL,
    FS,
    cadence,
    dialled,
    digit,
    fed,
    int16,
    mu_law,
    noise,
    silence,
    tone,
)

from dsp import dtmf


def heard(x, fs=FS):
    return "".join(d.symbol for d in dtmf.decode(x, fs))


@pytest.mark.parametrize(
    ("x", "fs", "complaint"),
    [
        (np.zeros((10, 2)), 8000, "one dimension"),
        (np.zeros(10, np.int32), 8000, "int16 or float"),
        (np.zeros(10), 4000, "at least 8000"),
    ],
)
def test_bad_input_is_refused_with_want_and_got(x, fs, complaint):
    with pytest.raises(ValueError, match=complaint):
        dtmf.decode(x, fs)


def test_a_stream_must_be_at_8_khz():
    with pytest.raises(ValueError, match="want 8000"):
        dtmf.Decoder(16000)


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros(7), np.full(9000, np.nan)])
def test_nothing_is_found_in_nothing(x):
    assert dtmf.decode(x, FS) == []


def test_decode_all_sixteen():
    assert heard(dialled()) == ALL


@pytest.mark.parametrize("off", [-0.018, -0.015, 0.015, 0.018])
def test_recognition_bandwidth_accepts_1_8_percent(off):
    assert heard(dialled(off=off)) == ALL
    assert heard(dialled(off=off, off_high=-off)) == ALL


@pytest.mark.parametrize("off", [-0.05, -0.035, -0.03, 0.03, 0.035, 0.05])
def test_recognition_bandwidth_rejects_3_percent(off):
    assert heard(dialled(off=off)) == ""
    assert heard(dialled(off=off, off_high=0.0)) == ""
    assert heard(dialled(off=0.0, off_high=off)) == ""


@pytest.mark.parametrize("twist_db", [-8, -4, 2, 4])
def test_twist_8_db_normal_4_db_reverse(twist_db):
    found = dtmf.decode(dialled(twist_db=twist_db), FS)
    assert "".join(d.symbol for d in found) == ALL
    assert [d.twist_db for d in found] == pytest.approx([twist_db] * 16, abs=0.3)


@pytest.mark.parametrize("twist_db", [-15, 10, 15])
def test_twist_beyond_reason_is_rejected(twist_db):
    assert heard(dialled(twist_db=twist_db)) == ""


@pytest.mark.parametrize("level_dbm0", [0, -10, -25, -35, -42])
def test_dynamic_range_0_to_minus_42_dbm0(level_dbm0):
    x = dialled(level_dbov=level_dbm0 - 6.15)
    found = dtmf.decode(int16(x), FS)
    assert "".join(d.symbol for d in found) == ALL
    for d in found:
        assert d.level_dbov == pytest.approx(level_dbm0 - 6.15, abs=1.0)


def test_dynamic_range_ignores_minus_55_dbm0():
    assert heard(dialled(level_dbov=-55 - 6.15)) == ""


@pytest.mark.parametrize("on_ms", [40, 50, 70, 200])
def test_guard_time_accepts_from_40_ms(on_ms):
    assert heard(dialled(on_ms=on_ms)) == ALL


@pytest.mark.parametrize("on_ms", [10, 15, 20, 23])
def test_guard_time_rejects_up_to_23_ms(on_ms):
    assert heard(dialled(on_ms=on_ms)) == ""


@pytest.mark.parametrize("pause_ms", [30, 40, 50])
def test_pause_from_30_ms_parts_equal_digits(pause_ms):
    assert heard(dialled("77777777", on_ms=50, off_ms=pause_ms)) == "77777777"


def test_fastest_digit_period_93_ms(rng):
    x = dialled("0918273645" * 3, on_ms=46.5, off_ms=46.5)
    assert heard(noise(x, rng, -45)) == "0918273645" * 3


@pytest.mark.parametrize("break_ms", [5, 10, 20])
def test_interruption_of_10_ms_is_bridged(break_ms):
    x = dialled(on_ms=80, off_ms=60)
    for i in range(len(ALL)):
        begin = round((200 + i * 140 + 35) * FS / 1000)
        x[begin : begin + break_ms * FS // 1000] = 0
    assert heard(x) == ALL


@pytest.mark.parametrize("phase", [0, 3, 7, 13, 40, 79])
def test_limits_are_within_3_ms(phase, rng):
    x = np.concatenate([np.zeros(phase), dialled(on_ms=70, off_ms=70)])
    for i, d in enumerate(dtmf.decode(noise(x, rng, -50), FS)):
        start = phase + 1600 + i * 1120
        assert abs(d.start - start) <= 24
        assert abs(d.end - start - 560) <= 24


def test_a_key_held_for_seconds_is_one_digit():
    x = np.concatenate([silence(300), digit("7", 5000), silence(300)])
    (found,) = dtmf.decode(x, FS)
    assert found.symbol == "7"
    assert abs(found.start - 2400) <= 24
    assert abs(found.end - 42400) <= 24


@pytest.mark.parametrize("snr_db", [15, 10, 7])
def test_signal_to_noise_7_db(snr_db, rng):
    x = dialled(ALL * 6, level_dbov=-15)
    assert heard(noise(x, rng, -15 + 3 - snr_db)) == ALL * 6


@pytest.mark.parametrize("over_db", [-12, 0, 3])
@pytest.mark.parametrize("lines", [(350, 440), (425,), (400, 450)])
def test_dial_tone_under_the_first_digit(lines, over_db):
    x = dialled(level_dbov=-20)
    seconds = x.size / FS
    level = -20 + 3 + over_db - 10 * np.log10(len(lines))
    assert heard(x + tone(lines, seconds * 1000, level)) == ALL


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_10_db_above_the_digits(mains_hz):
    x = dialled(level_dbov=-25)
    ms = x.size / 8
    hum = tone([mains_hz], ms, -12) + tone([3 * mains_hz], ms, -24)
    assert heard(x + hum) == ALL


def test_dc_offset_and_clipping():
    assert heard(dialled() + 0.4) == ALL
    assert heard(np.clip(8 * dialled(), -1, 1)) == ALL
    assert heard(np.clip(8 * dialled() + 0.2, -1, 1)) == ALL


def test_mu_law_coding():
    assert heard(mu_law(dialled(level_dbov=-30))) == ALL


@pytest.mark.parametrize("delay_ms", [2, 5, 11, 20])
def test_echo_10_db_down_and_20_ms_late(delay_ms):
    x = dialled()
    late = np.concatenate([silence(delay_ms), x])[: x.size]
    assert heard(x + late * 10 ** (-10 / 20)) == ALL


def test_over_far_speech(voices, rng):
    x = dialled("0123456789" * 20, on_ms=60, off_ms=60, level_dbov=-13)
    speech = np.resize(voices, x.size)
    speech *= 10 ** (-30 / 20) / np.std(speech)
    assert heard(x + speech) == "0123456789" * 20


@pytest.mark.parametrize("gain_db", [0, -15])
def test_talk_off_voices(voices, gain_db):
    assert heard(voices * 10 ** (gain_db / 20)) == ""


def test_talk_off_gliding_vowels(rng):
    """A buzz of 90..330 Hz through two formants, ten voices of 20 s."""
    for voice in range(10):
        t = np.arange(20 * FS) / FS
        pitch = rng.uniform(90, 300) * (1 + 0.08 * np.sin(2 * np.pi * 0.9 * t + voice))
        phase = 2 * np.pi * np.cumsum(pitch) / FS
        formants = rng.uniform(600, 950), rng.uniform(1200, 1700)
        x = np.zeros(t.size)
        for k in range(1, 12):
            gain = sum(1 / (1 + ((k * pitch - f) / 60) ** 2) for f in formants)
            x += gain * np.sin(k * phase)
        x *= 0.1 * (1 + np.sin(2 * np.pi * 3 * t))
        assert heard(x) == "", f"voice {voice}, formants {formants}"


def test_no_digit_from_noise_tones_and_beep(rng):
    assert heard(0.1 * rng.standard_normal(60 * FS)) == ""
    assert heard(cadence([1400], [0.2, 1], 10)) == ""
    for lines in ([350, 440], [480, 620], [950], [1336], [697], [2130, 2750]):
        assert heard(cadence(lines, [0.5, 0.5], 6)) == ""


def test_other_rates_keep_positions():
    from dsp.resample import resample

    x = resample(np.asarray(dialled("159", on_ms=60), np.float32), 8000, 44100)
    found = dtmf.decode(x, 44100)
    assert "".join(d.symbol for d in found) == "159"
    assert abs(found[0].start / 44100 - 0.2) < 0.003
    assert abs(found[0].end / 44100 - 0.26) < 0.003


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_events_do_not_depend_on_cuts(cut, rng):
    x = int16(noise(dialled("60*7", on_ms=45), rng, -40))
    assert fed(dtmf.Decoder(), x, cut) == fed(dtmf.Decoder(), x, x.size)
