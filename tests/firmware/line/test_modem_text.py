"""What a caller-ID modem says, in all the ways it can go wrong."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.caller_id_message import build
from dsp.types import CallerId
from firmware.line.modem_text import (
    ANSWER_S,
    LINE_LIMIT,
    MESSAGE_GAP_S,
    RENEW_S,
    Dialogue,
    Heard,
    Lines,
    Ring,
)

CALL = (
    b"\r\nRING\r\n\r\nDATE = 0314\r\nTIME = 1509\r\nNMBR = 5550123\r\n"
    b"NAME = SMITH JOHN\r\n\r\nRING\r\n"
)


def listen(data: bytes, form: str = "formatted") -> list[Heard]:
    """Feed everything at once, then let the message end."""
    dialogue = Dialogue(form)
    return dialogue.feed(data, 0.0) + dialogue.feed(b"", MESSAGE_GAP_S)


def messages(data: bytes, form: str = "formatted") -> list[CallerId]:
    return [h for h in listen(data, form) if isinstance(h, CallerId)]


def test_a_call_is_a_ring_a_message_and_a_ring() -> None:
    first, message, second = listen(CALL)
    assert (first, second) == (Ring(), Ring())
    assert isinstance(message, CallerId)
    assert message.number == "5550123"
    assert message.name == "SMITH JOHN"
    assert message.date_time == "03-14 15:09"
    assert message.absence is None
    assert message.standard == "modem"
    assert message.checksum_ok


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_what_is_heard_does_not_depend_on_how_bytes_arrive(size: int) -> None:
    dialogue = Dialogue("formatted")
    heard: list[Heard] = []
    for at in range(0, len(CALL), size):
        heard += dialogue.feed(CALL[at : at + size], 0.0)
    assert heard + dialogue.feed(b"", MESSAGE_GAP_S) == listen(CALL)


@pytest.mark.parametrize(
    ("lines", "number", "name", "absence"),
    [
        (b"NMBR = P\r\nNAME = P\r\n", None, None, "private"),
        (b"NMBR = O\r\n", None, None, "unavailable"),
        (b"NMBR=5550123\n", "5550123", None, None),
        (b"nmbr = 5550123\r\n", None, None, None),
        (b"NMBR = 5550123\r\nNAME = O\r\n", "5550123", None, None),
        (b"NMBR = PRIVATE\r\n", None, None, "private"),
        (b"NMBR = \r\nNAME = \r\n", None, None, None),
        (b"NMBR = \r\nNAME = EVE\r\n", None, "EVE", None),
        (b"DDN_NMBR= 5550123\r\n", "5550123", None, None),
        (b"NMBR = <script>\r\nNAME = \x1b[31mEVE\x00\r\n", None, "[31mEVE", None),
        (b"NMBR = +44 1632 960123\r\n", "+44 1632 960123", None, None),
        (b"NMBR = 5550123 5550123 5550123 5550123\r\n", None, None, None),
    ],
)
def test_formatted_lines(
    lines: bytes, number: str | None, name: str | None, absence: str | None
) -> None:
    found = [(m.number, m.name, m.absence) for m in messages(lines)]
    wanted = (number, name, absence)
    assert found == ([wanted] if any(wanted) else [])


@pytest.mark.parametrize(
    ("lines", "date_time"),
    [
        (b"DATE = 1231\r\nTIME = 2359\r\n", "12-31 23:59"),
        (b"DATE = 12/31\r\nTIME = 23:59\r\n", "12-31 23:59"),
        (b"DATE = 1331\r\nTIME = 2359\r\n", None),
        (b"DATE = 1231\r\nTIME = 2460\r\n", None),
        (b"DATE = 1231\r\n", None),
        (b"DATE = now\r\nTIME = then\r\n", None),
    ],
)
def test_date_and_time(lines: bytes, date_time: str | None) -> None:
    [message] = messages(lines + b"NMBR = 5550123\r\n")
    assert message.date_time == date_time


def test_a_second_message_begins_where_a_field_repeats() -> None:
    found = messages(b"NMBR = 5550123\r\nNAME = EVE\r\nNMBR = 5550124\r\n")
    assert [(m.number, m.name) for m in found] == [
        ("5550123", "EVE"),
        ("5550124", None),
    ]


def test_a_message_that_stops_half_way_is_given_after_a_while() -> None:
    dialogue = Dialogue("formatted")
    assert dialogue.feed(b"NMBR = 5550123\r\nNA", 10.0) == []
    assert dialogue.feed(b"", 10.0 + 0.9 * MESSAGE_GAP_S) == []
    [message] = dialogue.feed(b"", 10.0 + MESSAGE_GAP_S)
    assert isinstance(message, CallerId)
    assert message.number == "5550123"


@pytest.mark.parametrize("form", ["mdmf", "sdmf"])
@pytest.mark.parametrize("before", ["", "MESG = ", "MESG="])
def test_raw_message(form: str, before: str) -> None:
    data = build(number="5550123", date_time="03-14 15:09", form=form)
    text = f"\r\n{before}{data.hex().upper()}\r\n".encode("ascii")
    [message] = messages(text, "raw")
    assert (message.number, message.date_time) == ("5550123", "03-14 15:09")
    assert message.standard == "modem"


def test_raw_message_of_a_withheld_number() -> None:
    data = build(absence="private", date_time="03-14 15:09")
    [message] = messages(data.hex().encode() + b"\r\n", "raw")
    assert (message.number, message.absence) == (None, "private")


def test_raw_message_with_a_wrong_checksum_is_not_believed() -> None:
    data = bytearray(build(number="5550123"))
    data[-1] ^= 1
    assert messages(data.hex().encode() + b"\r\n", "raw") == []


def test_raw_message_waiting_indicator_is_no_caller() -> None:
    data = bytes([0x06, 0x03, 0x42, 0x42, 0x42])
    data += bytes([-sum(data) & 0xFF])
    assert messages(data.hex().encode() + b"\r\n", "raw") == []


def test_the_modem_is_asked_and_answers() -> None:
    dialogue = Dialogue("formatted")
    assert dialogue.commands(0.0) == [b"AT+VCID=1\r"]
    assert dialogue.commands(0.1) == []
    dialogue.feed(b"AT+VCID=1\r\r\nOK\r\n", 0.2)
    assert dialogue.state == (True, "reports caller ID")
    assert dialogue.commands(RENEW_S - 1) == []
    assert dialogue.commands(RENEW_S) == [b"AT+VCID=1\r"], "it may have forgotten"


def test_an_older_modem_is_asked_in_its_dialect() -> None:
    dialogue = Dialogue("raw")
    assert dialogue.commands(0.0) == [b"AT+VCID=2\r"]
    dialogue.feed(b"ERROR\r\n", 0.1)
    assert dialogue.commands(0.1) == [b"AT#CID=2\r"]
    dialogue.feed(b"OK\r\n", 0.2)
    assert dialogue.state == (True, "reports caller ID")


def test_a_modem_without_caller_id_says_so_and_rings_still_count() -> None:
    dialogue = Dialogue("formatted")
    for _ in range(2):
        dialogue.commands(0.0)
        dialogue.feed(b"ERROR\r\n", 0.0)
    assert dialogue.commands(1.0) == []
    assert dialogue.state == (False, "refuses to report caller ID")
    assert dialogue.feed(b"RING\r\n", 2.0) == [Ring()]


def test_a_dumb_modem_is_asked_again_and_again() -> None:
    dialogue = Dialogue("formatted")
    for i in range(3):
        assert dialogue.commands(i * ANSWER_S) == [b"AT+VCID=1\r"]
    assert dialogue.state == (False, "does not answer")
    dialogue.feed(b"OK\r\n", 3 * ANSWER_S)
    assert dialogue.state == (True, "reports caller ID")


def test_the_longest_line_is_kept_and_a_longer_one_dropped_whole() -> None:
    lines = Lines()
    assert list(lines.feed(b"x" * LINE_LIMIT + b"\n")) == ["x" * LINE_LIMIT]
    assert list(lines.feed(b"x" * (LINE_LIMIT + 1) + b"\nRING\n")) == ["RING"]
    for _ in range(1000):
        assert list(lines.feed(b"RING" * 100)) == []
    assert len(lines._line) <= LINE_LIMIT
    assert list(lines.feed(b"\nRING\n")) == ["RING"]


NOISE = st.binary(max_size=200) | st.sampled_from(
    [
        CALL,
        b"NMBR = ",
        b"MESG = 80",
        b"RING",
        b"\r\n",
        b"\n",
        b"=",
        b"OK\r\n",
        b"ERROR\r\n",
    ]
)


@given(st.lists(st.tuples(NOISE, st.floats(0, 5)), max_size=40), st.booleans())
def test_any_bytes_do_no_harm(parts: list[tuple[bytes, float]], raw: bool) -> None:
    dialogue = Dialogue("raw" if raw else "formatted")
    now_s = 0.0
    for data, pause_s in parts:
        now_s += pause_s
        assert len(dialogue.commands(now_s)) <= 1
        for heard in dialogue.feed(data, now_s):
            if isinstance(heard, CallerId):
                texts = [heard.number, heard.name, *heard.fields.values()]
                assert all(t is None or t.isprintable() for t in texts)
                assert all(t is None or len(t) <= 64 for t in texts)
    # Whatever came before, the next call is understood.
    after = dialogue.feed(b"\r\n" + CALL, now_s + 10.0)
    after += dialogue.feed(b"", now_s + 20.0)
    assert after[-3:] == listen(CALL)


def test_a_megabyte_of_noise_leaves_nothing_behind() -> None:
    rng = random.Random(440)
    dialogue = Dialogue("formatted")
    letters = b"NMBR = 5\r\n\x00\xff"
    for _ in range(250):
        dialogue.feed(bytes(rng.choices(letters, k=4096)), 0.0)
    assert len(dialogue._lines._line) <= LINE_LIMIT
    assert sum(len(v) for v in dialogue._fields.values()) <= 5 * LINE_LIMIT
