"""The alert tone before caller ID: what is one, and what is not."""

import numpy as np
import pytest

from dsp import alert_tone
from dsp.alert_tone import Decoder, decode
from dsp.chain import Chain
from dsp.types import CallerId, Digit, Tone
from tests.dsp.tapes import dtmf, fsk, talkoff
from tests.dsp.tapes.tape import Tape, hum, padded, silence, sine, white


def alert(ms=80.0, low_hz=2130.0, high_hz=2750.0, dbm0=-20.0, twist_db=0.0):
    n = round(ms * 8)
    return padded(sine(low_hz, n, dbm0) + sine(high_hz, n, dbm0 + twist_db, 1.0))


def heard(x, fs=8000):
    return decode(np.asarray(x, np.float32), fs)


def test_stream_at_another_rate_is_refused():
    with pytest.raises(ValueError, match="8000"):
        Decoder(44100)


@pytest.mark.parametrize("n", [0, 1, 1600, 5000])
def test_silence_is_no_alert(n):
    assert decode(np.zeros(n, np.int16), 8000) == []


@pytest.mark.parametrize("ms", [75, 80, 85, 88, 100, 110])
@pytest.mark.parametrize("dbm0", [-36, -15, -5])
def test_lengths_and_levels_of_cas_and_dt_as(ms, dbm0):
    (tone,) = heard(alert(ms, dbm0=dbm0))
    assert tone.start == pytest.approx(2400, abs=120)
    assert tone.end == pytest.approx(2400 + 8 * ms, abs=120)
    assert tone.level_dbov == pytest.approx(dbm0 - 6.15 + 3, abs=1)


@pytest.mark.parametrize("off", [-0.011, 0.011])
@pytest.mark.parametrize("twist_db", [-6, 6])
def test_frequency_and_twist_of_sin_227(off, twist_db):
    x = alert(90, 2130 * (1 + off), 2750 * (1 - off), twist_db=twist_db)
    assert len(heard(x)) == 1


def test_over_hum_and_noise(rng):
    x = alert(80)
    assert len(heard(x + hum(x.size, 50, -8, 5) + white(rng, x.size, -38))) == 1


@pytest.mark.parametrize("fs", [16000, 44100])
def test_other_rates(fs):
    t = np.arange(round(0.09 * fs)) / fs
    x = 0.05 * (np.sin(2 * np.pi * 2130 * t) + np.sin(2 * np.pi * 2750 * t))
    (tone,) = heard(np.pad(x, fs), fs)
    assert tone.start == pytest.approx(fs, abs=0.015 * fs)


@pytest.mark.parametrize(
    "x",
    [
        alert(35),
        alert(160),
        alert(1000),
        alert(high_hz=2900),
        alert(low_hz=2050),
        alert(twist_db=-15),
        alert(dbm0=-50),
        padded(sine(2130, 640, -20)),
        padded(sine(2750, 640, -20)),
        padded(sine(2130, 640, -20) + sine(2450, 640, -20) + sine(2750, 640, -20)),
    ],
    ids=["short", "long", "1 s", "high", "low", "twist", "soft", "one", "two", "three"],
)
def test_what_is_no_alert(x):
    assert heard(x) == []


@pytest.mark.parametrize("tape", list(fsk.in_call(count=4)), ids=str)
def test_waiting_caller_during_a_call_is_alert_then_message(tape: Tape):
    chain = Chain()
    events = chain.feed(tape.samples()) + chain.flush()
    (tone,) = [e for e in events if isinstance(e, Tone) and e.name == alert_tone.NAME]
    (message,) = [e for e in events if isinstance(e, CallerId)]
    # GR-30-CORE: acknowledged within 100 ms, data up to 500 ms later.
    assert 0 < message.start - tone.end < 8000
    assert message.checksum_ok
    digits = [e.symbol for e in events if isinstance(e, Digit)]
    assert digits == ["D"]


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole(cut, rng):
    x = np.concatenate([alert(80), alert(110), silence(55)])
    x = (x + white(rng, x.size, -50)).astype(np.float32)
    stream = Decoder()
    found = [t for i in range(0, x.size, cut) for t in stream.feed(x[i : i + cut])]
    assert found + stream.flush() == decode(x, 8000)
    assert len(decode(x, 8000)) == 2


def test_an_alert_cut_off_ends_with_the_sound():
    x = alert(80)[: 2400 + 8 * 75].astype(np.float32)
    (tone,) = decode(x, 8000)
    assert tone.end <= x.size


def test_speech_music_and_whistles_are_no_alert():
    for tape in list(talkoff.adversarial_tapes())[::9]:
        assert decode(tape.samples(), 8000) == [], tape


def test_voices_are_no_alert(voices):
    assert decode(voices, 8000) == []


def test_digits_are_no_alert(rng):
    assert heard(dtmf.dialled(rng)) == []
