"""Caller ID over FSK and DTMF: encode, impair, decode."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp import caller_id
from dsp.caller_id import Decoder, DtmfForm, FskForm, decode, encode, from_digits
from dsp.caller_id_message import build, parse
from dsp.caller_id_send import dtmf_tones, frame_bits
from dsp.fsk import BELL202, V23, Modem, modulate
from dsp.types import Digit

MODEMS = pytest.mark.parametrize("modem", [BELL202, V23], ids=lambda m: m.name)
NUMBER, NAME, DATE = "5550123", "O'HARA J & SON", "03-14 15:09"
MESSAGE = build(number=NUMBER, name=NAME, date_time=DATE)


def burst(modem, message=MESSAGE, level=-20.0, twist=0.0, **frame):
    """Return a burst with half a second of silence before and after."""
    bits = frame_bits(message, **frame)
    return np.pad(modulate(bits, modem, level_dbov=level, twist_db=twist), 4000)


def noisy(x, level, snr_db, rng):
    """Add white noise over 0..4000 Hz, `snr_db` below a carrier of `level`."""
    noise = rng.normal(size=len(x)) * 10 ** ((level - snr_db) / 20)
    return (x + noise).astype(np.float32)


def heard(x, modem):
    """Tell whether exactly the one message is heard, as sent."""
    found = decode(x, 8000)
    return [
        (c.number, c.name, c.date_time, c.standard, c.checksum_ok) for c in found
    ] == [(NUMBER, NAME, DATE, modem.name, True)]


def test_stream_at_another_rate_is_refused():
    with pytest.raises(ValueError, match="8000"):
        FskForm(44100)


def test_unknown_standard_is_refused():
    with pytest.raises(ValueError, match="want bell202, v23, japan or dtmf"):
        encode(number=NUMBER, standard="v21")


@pytest.mark.parametrize("n", [0, 1, 100, 1599, 1600, 5000])
def test_short_silence_says_nothing(n):
    assert decode(np.zeros(n, np.int16), 8000) == []


@MODEMS
def test_clean(modem):
    assert heard(burst(modem), modem)


@MODEMS
@pytest.mark.parametrize("fs", [16000, 44100, 48000])
def test_any_rate(modem, fs):
    y = encode(number=NUMBER, name=NAME, standard=modem.name, fs=fs)
    (message,) = decode(np.pad(y, fs), fs)
    assert (message.number, message.name) == (NUMBER, NAME)
    assert fs < message.start < message.end < fs + len(y)


@MODEMS
@pytest.mark.parametrize("level_dbm", [-4, -13.5, -36.2])
def test_level_range_of_tia_777(modem, level_dbm, rng):
    level = level_dbm - 6.15
    assert heard(noisy(burst(modem, level=level), level, 25, rng), modem)


@MODEMS
def test_level_below_48_dbm_is_ignored(modem):
    assert decode(burst(modem, level=-48.3 - 6.15), 8000) == []


@MODEMS
@pytest.mark.parametrize("snr_db", [8, 12, 20])
def test_noise(modem, snr_db, rng):
    for _ in range(8):
        assert heard(noisy(burst(modem), -20, snr_db, rng), modem)


@pytest.mark.parametrize("twist_db", [-10, -6, 6])
def test_twist_of_tia_777(twist_db, rng):
    x = burst(BELL202, twist=twist_db)
    assert heard(noisy(x, -20, 20, rng), BELL202)


@pytest.mark.parametrize("twist_db", [-6, 6])
def test_twist_of_en_300_659(twist_db, rng):
    x = burst(V23, twist=twist_db)
    assert heard(noisy(x, -20, 20, rng), V23)


@MODEMS
@pytest.mark.parametrize("mains_hz", [50, 59.7, 60])
def test_hum_18_db_above_the_signal(modem, mains_hz, rng):
    x = noisy(burst(modem, level=-30), -30, 25, rng).astype(float)
    t = np.arange(len(x)) / 8000
    for harmonic, above_db in ((1, 18), (2, 12), (3, 6)):
        a = np.sqrt(2) * 10 ** ((-30 + above_db) / 20)
        x += a * np.sin(2 * np.pi * harmonic * mains_hz * t)
    assert heard(x.astype(np.float32), modem)


@pytest.mark.parametrize(
    ("hz", "relative_db"),
    [(60, 18), (120, 12), (200, 6), (500, -25), (1700, -25), (3000, -25), (3500, -6)],
)
def test_single_tone_interference_of_tia_777(hz, relative_db):
    x = burst(BELL202).astype(float)
    a = np.sqrt(2) * 10 ** ((-20 + relative_db) / 20)
    x += a * np.sin(2 * np.pi * hz * np.arange(len(x)) / 8000)
    assert heard(x.astype(np.float32), BELL202)


@MODEMS
@pytest.mark.parametrize("off", [-0.015, 0.015])
def test_tones_and_rate_off(modem, off, rng):
    slow = Modem(
        modem.name, modem.mark_hz * (1 + off), modem.space_hz * (1 + off), 1200
    )
    assert heard(noisy(burst(slow), -20, 20, rng), modem)
    rate = Modem(modem.name, modem.mark_hz, modem.space_hz, 1200 * (1 + off * 2 / 3))
    assert heard(noisy(burst(rate), -20, 20, rng), modem)


@MODEMS
@pytest.mark.parametrize("stuffing", [1, 3, 10])
def test_mark_stuffing_between_bytes(modem, stuffing, rng):
    assert heard(noisy(burst(modem, stuffing=stuffing), -20, 20, rng), modem)


@pytest.mark.parametrize(("seizure", "mark"), [(96, 55), (315, 90), (300, 180)])
def test_preamble_of_sin_227(seizure, mark, rng):
    x = burst(V23, seizure_bits=seizure, mark_bits=mark)
    assert heard(noisy(x, -20, 20, rng), V23)


@pytest.mark.parametrize("mark", [70, 90])
def test_during_a_call_without_seizure(mark, rng):
    x = burst(BELL202, seizure_bits=0, mark_bits=mark)
    assert heard(noisy(x, -20, 20, rng), BELL202)


@MODEMS
def test_longest_message(modem):
    long = build(number="5" * 15, name="N" * 220, date_time=DATE)
    x = burst(modem, long, stuffing=10)
    assert [c.checksum_ok for c in decode(x, 8000)] == [True]


@MODEMS
def test_clipping_and_dc(modem):
    x = np.clip(burst(modem, level=-6), -0.4, 0.4)
    assert heard(x, modem)
    assert heard((burst(modem) + np.float32(0.3)).astype(np.float32), modem)


def test_between_rings():
    t = np.arange(16000) / 8000
    ring = (0.9 * np.sin(2 * np.pi * 20 * t)).astype(np.float32)
    x = np.concatenate((ring, burst(BELL202), ring))
    assert heard(x, BELL202)


def test_a_flipped_bit_is_reported_and_not_guessed():
    bad = bytearray(MESSAGE)
    bad[8] ^= 1
    (message,) = decode(burst(BELL202, bytes(bad)), 8000)
    assert not message.checksum_ok
    assert (message.number, message.name, message.date_time) == (None, None, None)
    assert message.fields == {}


@MODEMS
def test_cut_off_in_the_middle_gives_no_number(modem):
    x = burst(modem)
    assert all(not c.checksum_ok for c in decode(x[: len(x) - 5000], 8000))


def test_hostile_name_arrives_harmless():
    evil = build(number=NUMBER, name="\x1b]0;\x07<b>\r\n", date_time=DATE)
    (message,) = decode(burst(BELL202, evil), 8000)
    assert message.name == "]0;<b>"


def test_two_bursts_are_two_messages():
    x = np.concatenate((burst(BELL202), burst(V23)))
    assert [c.standard for c in decode(x, 8000)] == ["bell202", "v23"]


def test_speech_is_no_message(voices):
    assert FskForm().feed(voices) == []


def test_random_bits_are_no_message(rng):
    for modem in (BELL202, V23):
        bits = rng.integers(0, 2, 12000).astype(np.uint8)
        found = decode(np.pad(modulate(bits, modem), 4000), 8000)
        assert not any(c.checksum_ok for c in found)


@pytest.mark.parametrize("hz", [1200, 1300, 1400, 2100, 2200])
def test_steady_tones_are_no_message(hz):
    t = np.arange(8 * 8000) / 8000
    x = np.pad(0.1 * np.sin(2 * np.pi * hz * t), 4000).astype(np.float32)
    assert decode(x, 8000) == []


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole(cut, rng):
    x = np.concatenate((burst(BELL202)[1234:], burst(V23)))
    x = (noisy(x, -20, 20, rng) * 32767).astype(np.int16)
    stream = Decoder()
    found = [c for i in range(0, len(x), cut) for c in stream.feed(x[i : i + cut])]
    found += stream.flush()
    assert found == decode(x, 8000)
    assert [c.number for c in found] == [NUMBER, NUMBER]


def test_positions_go_on_after_a_gap():
    form = FskForm()
    form.feed(np.zeros(1000, np.int16))
    form.skip(7000)
    (message,) = form.feed(burst(BELL202)) + form.flush()
    (alone,) = decode(burst(BELL202), 8000)
    assert message.start == alone.start + 8000


def digits(text, fs=8000):
    step, tone = round(0.14 * fs), round(0.07 * fs)
    return [Digit(s, i * step, i * step + tone) for i, s in enumerate(text)]


@pytest.mark.parametrize(
    ("text", "number", "absence"),
    [
        ("A5550123C", "5550123", None),
        ("A5550123#", "5550123", None),
        ("D5550123C", "5550123", None),
        ("A5550123D5550199C", "5550123", None),
        ("B00C", None, "unavailable"),
        ("B10C", None, "private"),
        ("D1#", None, "private"),
        ("D2#", None, "unavailable"),
    ],
)
def test_dtmf_forms(text, number, absence):
    (message,) = from_digits(digits(text))
    assert (message.number, message.absence) == (number, absence)
    assert message.standard == "dtmf"
    assert (message.start, message.end) == (0, digits(text)[-1].end)


@pytest.mark.parametrize(
    "text", ["", "5550123", "5550123#", "*69", "C", "AC", "A5*C", "DD"]
)
def test_dialled_digits_are_no_caller_id(text):
    assert from_digits(digits(text)) == []


def test_dtmf_form_ends_at_a_pause_of_a_second():
    late = [Digit("C", 20000, 20560)]
    assert from_digits(digits("A5550123") + late) == []


def test_dtmf_form_in_pieces():
    form = DtmfForm()
    found = [c for d in digits("12A5550123C34") for c in form.feed([d])]
    assert [c.number for c in found] == ["5550123"]


@pytest.mark.parametrize("cut", [160, 40000])
def test_dtmf_form_in_sound(cut):
    x = np.pad(encode(number=NUMBER, standard="dtmf"), 4000)
    stream = Decoder()
    found = [c for i in range(0, len(x), cut) for c in stream.feed(x[i : i + cut])]
    found += stream.flush()
    assert found == caller_id.decode(x, 8000)
    assert [(c.number, c.standard) for c in found] == [(NUMBER, "dtmf")]


@pytest.mark.parametrize(
    "x", [np.zeros((2, 800), np.int16), np.zeros(800, np.int32), ["a"]]
)
def test_what_is_no_mono_sound_is_refused(x):
    with pytest.raises(ValueError, match="samples: want"):
        decode(x, 8000)


def test_nan_and_infinity_are_survived():
    x = burst(BELL202)
    x[::97] = np.nan
    x[::101] = np.inf
    assert all(not c.checksum_ok for c in decode(x, 8000))


@pytest.mark.parametrize("seconds", [5, 7.9, 10])
def test_message_after_a_long_tone_on_mark(seconds):
    t = np.arange(int(seconds * 8000)) / 8000
    tone = (0.14 * np.sin(2 * np.pi * 1200 * t)).astype(np.float32)
    long = build(number=NUMBER, name="N" * 200, date_time=DATE)
    found = decode(np.concatenate((tone, burst(BELL202, long, stuffing=6))), 8000)
    assert [(c.checksum_ok, c.number) for c in found] == [(True, NUMBER)]


def test_a_dozen_messages_back_to_back():
    numbers = [f"55501{i:02d}" for i in range(12)]
    bits = [frame_bits(build(number=n, date_time=DATE)) for n in numbers]
    x = np.pad(modulate(np.concatenate(bits), BELL202), 4000)
    assert [c.number for c in decode(x, 8000)] == numbers


def test_no_wrong_message_at_hopeless_noise(rng):
    for snr_db in (1, 2, 3):
        for _ in range(12):
            for c in decode(noisy(burst(BELL202), -20, snr_db, rng), 8000):
                assert not c.checksum_ok or (c.number, c.name) == (NUMBER, NAME)


def test_during_a_call_after_alert_tone_and_acknowledgement(voices, rng):
    t = np.arange(640) / 8000
    cas = 0.1 * (np.sin(2 * np.pi * 2130 * t) + np.sin(2 * np.pi * 2750 * t))
    silence = np.zeros(800)
    ack = dtmf_tones("D", 8000, -10, 0)[:480]
    bits = frame_bits(MESSAGE, seizure_bits=0, mark_bits=80)
    data = modulate(bits, BELL202, level_dbov=-28)
    talk = voices[:16000] * 0.5
    parts = (talk, silence, cas, silence, ack, silence, data, silence, talk)
    x = np.concatenate(parts) + rng.normal(size=sum(map(len, parts))) * 0.001
    (message,) = FskForm().feed(x.astype(np.float32))
    assert (message.number, message.name) == (NUMBER, NAME)


@given(
    st.binary(max_size=40),
    st.text("0123456789", min_size=3, max_size=15),
    st.sampled_from([BELL202, V23]),
)
@settings(max_examples=25, deadline=None)
def test_no_name_makes_another_number(name, number, modem):
    body = bytes([2, len(number)]) + number.encode() + bytes([7, len(name)]) + name
    data = bytes([0x80, len(body)]) + body
    data += bytes([-sum(data) & 0xFF])
    (message,) = decode(burst(modem, data), 8000)
    assert (message.number, message.checksum_ok) == (number, True)
    assert message.name is None or message.name.isprintable()


@given(st.binary(min_size=1, max_size=60), st.sampled_from([BELL202, V23]))
@settings(max_examples=25, deadline=None)
def test_any_bytes_over_fsk_are_survived(data, modem):
    for message in decode(burst(modem, data), 8000):
        assert message.checksum_ok is (parse(data) is not None)


@MODEMS
def test_an_impossible_date_does_not_cost_the_number(modem, rng):
    bad = build(number=NUMBER, date_time="13-32 25:61")
    (message,) = decode(noisy(burst(modem, bad), -20, 20, rng), 8000)
    assert (message.checksum_ok, message.number) == (True, NUMBER)
    assert (message.date_time, message.fields["bad_date_time"]) == (None, "13322561")


@MODEMS
def test_voice_mail_waits(modem):
    body = bytes([0x0B, 1, 0xFF, 0x13, 1, 3])
    data = bytes([0x82, len(body)]) + body
    data += bytes([-sum(data) & 0xFF])
    (message,) = decode(burst(modem, data), 8000)
    assert message.number is None
    assert message.fields == {
        "message_type": "message_waiting",
        "visual_indicator": "on",
        "messages_waiting": "3",
    }
