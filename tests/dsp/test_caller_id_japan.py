"""Caller ID of Japan: the frame, its check, and the short call it comes in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp import caller_id
from dsp.caller_id_japan import build, crc16, frame_length, parse
from tests.dsp.tapes import fsk


def sealed(body):
    """Return a frame around parameters, with parity and check."""
    middle = bytes([0x40, len(body)]) + body + b"\x10\x03"
    data = bytes([0x07, 0x10, 0x02]) + middle
    data = bytes(b | (b.bit_count() & 1) << 7 for b in data)
    return b"\x90\x81" + data + crc16(data).to_bytes(2, "little")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x90\x81",
        bytes(11),
        build(number="0312345")[:-1],
        build(number="0312345") + b"\x00",
        sealed(b""),
        sealed(b"\x02\x09" + b"12"),  # length beyond the body
    ],
)
def test_what_does_not_fit_is_refused(data):
    assert parse(data) is None


def test_every_single_and_double_bit_error_is_refused(rng):
    good = build(number="0312550123")
    flips = [(a,) for a in range(8 * len(good))]
    flips += [tuple(rng.integers(0, 8 * len(good), 2)) for _ in range(2000)]
    for pair in flips:
        bad = bytearray(good)
        for bit in pair:
            bad[bit // 8] ^= 1 << bit % 8
        assert bytes(bad) == good or parse(bytes(bad)) is None


def test_wrong_parity_under_a_good_check_is_refused():
    data = bytearray(build(number="0312550123"))
    data[10] ^= 0x80
    data[-2:] = crc16(bytes(data[2:-2])).to_bytes(2, "little")
    assert parse(bytes(data)) is None


def test_too_much_for_a_frame():
    with pytest.raises(ValueError, match="at most 127"):
        build(number="1" * 126)


def test_check_of_crc_16():
    assert crc16(b"123456789") == 0x2189  # CRC-16/KERMIT, the same polynomial


@pytest.mark.parametrize(
    ("letter", "absence"),
    [
        ("P", "private"),
        ("O", "unavailable"),
        ("C", "unavailable"),
        ("S", "unavailable"),
    ],
)
def test_absence(letter, absence):
    message = parse(build(absence=letter))
    assert (message.number, message.absence) == (None, absence)
    assert message.fields == {"number_absence": letter}


def test_dialled_number_and_kind_of_number():
    body = b"\x02\x0a0312550123" + b"\x21\x03\x02\x01\x01" + b"\x09\x060355501"[:8]
    message = parse(sealed(body))
    assert message.number == "0312550123"
    assert message.fields["number_type"] == "020101"
    assert message.fields["dialled_number"] == "035550"


def test_hostile_number_and_impossible_date():
    message = parse(sealed(b"\x02\x04<b>1" + b"\x01\x0813320000"))
    assert (message.number, message.date_time) == (None, None)
    assert message.fields == {"bad_number": "<b>1", "bad_date_time": "13320000"}


@given(st.binary(max_size=100))
def test_any_parameters_are_survived(body):
    plain = bytes(b & 0x7F for b in body)
    message = parse(sealed(plain))
    if message is not None:
        texts = [message.number, message.name, *message.fields.values()]
        assert all(t.isprintable() for t in texts if t is not None)


@given(st.binary(max_size=60))
def test_any_bytes_are_survived(data):
    frame_length(data)
    assert parse(b"\x90\x81" + data) is None or len(data) >= 9


@pytest.mark.parametrize("tape", list(fsk.japan()), ids=str)
def test_heard_on_the_line(tape):
    (message,) = caller_id.decode(tape.samples(), 8000)
    (truth,) = tape.truth
    assert message.standard == "japan"
    assert message.number == (truth.number or None)
    assert (
        message.absence == {"": None, "P": "private", "O": "unavailable"}[truth.absence]
    )


@pytest.mark.parametrize("tape", list(fsk.japan_broken()), ids=str)
def test_broken_frames_are_reported_and_not_guessed(tape):
    found = caller_id.decode(tape.samples(), 8000)
    assert [(m.checksum_ok, m.number, m.fields) for m in found] in (
        [(False, None, {})],
        [],
    )


def test_most_broken_frames_are_reported():
    tapes = list(fsk.japan_broken())
    told = sum(bool(caller_id.decode(t.samples(), 8000)) for t in tapes)
    assert told >= 0.9 * len(tapes)


def test_as_sent():
    x = np.pad(caller_id.encode(number="0312550123", standard="japan"), 4000)
    (message,) = caller_id.decode(x, 8000)
    assert (message.number, message.standard) == ("0312550123", "japan")
