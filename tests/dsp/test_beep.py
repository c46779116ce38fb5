"""The recording beep: shape, finding it, and not finding others."""

import numpy as np
import pytest

from dsp import beep, dtmf
from dsp.beep import PLANS, Decoder, decode, tone
from dsp.caller_id_send import dtmf_tones
from tests.dsp.tapes import cid_dtmf, fax, fsk, talkoff
from tests.dsp.tapes.dtmf import Keying, dialled
from tests.dsp.tapes.tape import companded, padded, sine, white


def test_unknown_plan_is_refused():
    with pytest.raises(KeyError):
        tone(8000, "nowhere")


def test_stream_at_another_rate_is_refused():
    with pytest.raises(ValueError, match="want 8000 Hz"):
        Decoder(44100)


def test_default_plan_is_fed_std_1037c():
    plan = beep.DEFAULT
    assert (plan.hz, plan.length_s, plan.interval_s) == (1400.0, 0.5, 15.0)


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda p: p.name)
def test_every_plan_has_a_source(plan):
    assert plan.source


@pytest.mark.parametrize("fs", [8000, 16000, 48000])
@pytest.mark.parametrize("name", sorted(PLANS))
def test_tone_has_frequency_length_and_level(name, fs):
    plan, y = PLANS[name], tone(fs, name)
    assert len(y) == round(plan.length_s * fs)
    middle = y[len(y) // 4 : -len(y) // 4].astype(float)
    assert 10 * np.log10(np.mean(middle**2)) == pytest.approx(plan.level_dbov, abs=0.1)
    spectrum = np.abs(np.fft.rfft(y, 8 * len(y)))
    assert np.argmax(spectrum) * fs / (8 * len(y)) == pytest.approx(plan.hz, rel=0.005)


def test_other_components_40_db_down():
    y = tone(8000).astype(float)
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y)))) ** 2
    hz = np.fft.rfftfreq(len(y), 1 / 8000)
    outside = np.abs(hz - 1400) > 50
    assert 10 * np.log10(spectrum[outside].sum() / spectrum.sum()) < -40


def test_edges_do_not_click():
    y = tone(8000, "fcc")
    assert abs(y[0]) < 1e-3
    assert abs(y[-1]) < 1e-3
    assert np.abs(np.diff(y[:20])).max() < np.abs(np.diff(y)).max() / 3


@pytest.mark.parametrize("name", sorted(PLANS))
@pytest.mark.parametrize("snr_db", [10, 30])
def test_found_in_noise(name, snr_db, rng):
    plan, burst = PLANS[name], tone(8000, name)
    x = np.pad(burst, (8000, 4000)).astype(float)
    x += rng.normal(size=len(x)) * 10 ** ((plan.level_dbov - snr_db) / 20)
    (found,) = decode(x.astype(np.float32), 8000)
    assert found.name == "beep"
    assert found.start == pytest.approx(8000, abs=240)
    assert found.end == pytest.approx(8000 + len(burst), abs=240)
    assert found.level_dbov == pytest.approx(plan.level_dbov, abs=1)


def test_found_under_hum(rng):
    t = np.arange(20000) / 8000
    x = np.pad(tone(8000), (8000, 8000)) + 0.2 * np.sin(2 * np.pi * 50 * t)
    assert len(decode(x.astype(np.float32), 8000)) == 1


@pytest.mark.parametrize("fs", [16000, 44100])
def test_positions_count_at_the_given_rate(fs):
    (found,) = decode(np.pad(tone(fs), fs), fs)
    assert found.start == pytest.approx(fs, abs=0.03 * fs)


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
@pytest.mark.parametrize("twist_db", [-8, 0, 8])
def test_no_dtmf_digit_is_a_beep(digit, twist_db):
    long = np.concatenate([dtmf_tones(digit, 8000, -15, twist_db)[:560]] * 4)
    assert decode(np.pad(long, 2000), 8000) == []


@pytest.mark.parametrize("name", sorted(PLANS))
def test_no_beep_is_a_dtmf_digit(name):
    assert dtmf.decode(np.pad(tone(8000, name), 4000), 8000) == []


@pytest.mark.parametrize("hz", [1336, 1477, 1300, 1100, 2100])
def test_neighbouring_tones_are_no_beep(hz):
    t = np.arange(4000) / 8000
    x = np.pad(0.1 * np.sin(2 * np.pi * hz * t), 4000).astype(np.float32)
    assert decode(x, 8000) == []


@pytest.mark.parametrize("seconds", [0.06, 1.0])
def test_wrong_length_is_no_beep(seconds):
    t = np.arange(int(8000 * seconds)) / 8000
    x = np.pad(0.1 * np.sin(2 * np.pi * 1400 * t), 4000).astype(np.float32)
    assert decode(x, 8000) == []


def test_speech_is_no_beep(voices):
    assert decode(voices, 8000) == []


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole(cut):
    x = np.tile(np.pad(tone(8000, "fcc"), (1234, 3000)), 2)
    stream = Decoder()
    found = [t for i in range(0, len(x), cut) for t in stream.feed(x[i : i + cut])]
    assert found + stream.flush() == decode(x, 8000)
    assert len(decode(x, 8000)) == 2


def test_positions_go_on_after_a_flush():
    stream = Decoder()
    stream.feed(np.zeros(1000, np.int16))
    stream.flush()
    (found,) = stream.feed(np.pad(tone(8000), 4000)) + stream.flush()
    assert found.start == pytest.approx(5000, abs=240)


@pytest.mark.parametrize("name", ["default", "fcc"])
def test_found_under_speech_as_loud_as_the_beep(name, voices):
    frames = voices[: len(voices) // 160 * 160].reshape(-1, 160).astype(float)
    power = np.mean(frames**2, axis=1)
    active = 10 * np.log10(power[power > power.max() / 1000].mean())
    x = voices * np.float32(10 ** ((PLANS[name].level_dbov - active) / 20))
    burst, starts = tone(8000, name), range(4000, len(x) - 8000, 12000)
    for start in starts:
        x[start : start + len(burst)] += burst
    found = decode(x, 8000)
    heard = sum(any(abs(t.start - s) < 800 for t in found) for s in starts)
    assert heard >= 0.95 * len(starts)


def test_a_plucked_string_is_no_beep():
    t = np.arange(4000) / 8000
    note = 0.1 * np.sin(2 * np.pi * 1397 * t) * np.exp(-5 * t)
    assert decode(np.pad(note, 4000).astype(np.float32), 8000) == []


@pytest.mark.parametrize("second_hz", [1370.6, 1400, 1428.5])
@pytest.mark.parametrize("length_s", [0.274, 0.33, 0.38])
def test_special_information_tones_are_no_beep(second_hz, length_s):
    t = np.arange(int(8000 * length_s)) / 8000
    triple = [0.05 * np.sin(2 * np.pi * f * t) for f in (950, second_hz, 1800)]
    x = np.tile(np.pad(np.concatenate(triple), 4000), 2)
    assert decode(x.astype(np.float32), 8000) == []


@pytest.mark.parametrize("off", [-0.045, -0.035, 0.035, 0.045])
def test_digits_off_their_frequency_are_no_beep(off, rng):
    how = Keying(100, 100, -12, low_off=off, high_off=off)
    assert decode(dialled(rng, how=how).astype(np.float32), 8000) == []


def test_howler_is_no_beep():
    burst = sum(sine(hz, 800, -12, hz) for hz in (1400, 2060, 2450, 2600))
    x = np.tile(np.concatenate((burst, np.zeros(800))), 20)
    assert decode(x.astype(np.float32), 8000) == []


@pytest.mark.parametrize("hz", [425, 800, 1000, 1050, 1250, 1330, 1350, 1450, 2000])
@pytest.mark.parametrize("ms", [150, 250, 500])
def test_beeps_of_answering_machines_are_others(hz, ms, rng):
    x = padded(sine(hz, 8 * ms, -13))
    x = x + white(rng, x.size, -55)
    assert decode(x.astype(np.float32), 8000) == []


def test_alert_tones_fax_tones_and_messages_are_no_beep():
    tapes = [*list(fsk.in_call(count=4)), *list(fsk.limits("v23"))[::5]]
    tapes += list(fax.tapes())[::9] + list(cid_dtmf.tapes())[::9]
    for tape in tapes:
        assert decode(tape.samples(), 8000) == [], tape


def test_music_whistles_and_other_speeds_of_speech_hardly_ever_beep():
    tapes = list(talkoff.adversarial_tapes())[::8]
    tapes += list(talkoff.voice_tapes())[::12]
    samples = [tape.samples() for tape in tapes]
    minutes = sum(x.size for x in samples) / 8000 / 60
    assert sum(len(decode(x, 8000)) for x in samples) <= 0.25 * minutes


@pytest.mark.parametrize("law", ["mu", "a"])
def test_found_after_companding_and_clipping(law):
    x = np.pad(tone(8000, "fcc"), 4000).astype(float)
    assert len(decode(companded(x, law).astype(np.float32), 8000)) == 1
    assert len(decode(np.clip(3 * x, -0.3, 0.3).astype(np.float32), 8000)) == 1
