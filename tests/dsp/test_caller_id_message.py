"""Messages of caller ID: what is refused, what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.caller_id_message import MDMF_TYPES, SDMF_TYPES, build, clean_text, parse


def sealed(*body):
    """Append the checksum."""
    data = bytes(body)
    return data + bytes([-sum(data) & 0xFF])


def mdmf(*parameters):
    body = b"".join(bytes([kind, len(data)]) + data for kind, data in parameters)
    return sealed(0x80, len(body), *body)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        bytes(4),  # an empty zero message adds up to 0 as well
        sealed(0x80, 0),
        sealed(0x99, 2, 1, 0),  # unknown type
        sealed(0x80, 3, 0x07, 9, 65),  # parameter longer than the body
        sealed(0x80, 3, 0x07, 0, 0x02),  # half a parameter header
        sealed(0x80, 9, 1, 8, *b"13140000"[:7]),  # date cut short
        sealed(0x04, 4, *b"0314"),
        sealed(0x04, 12, *b"MARCH 1455 #"),
    ],
)
def test_what_does_not_fit_is_refused(data):
    assert parse(data) is None


@pytest.mark.parametrize(
    "stamp",
    [
        b"13140000",  # month 13
        b"03142460",  # hour 24
        b"04310000",
        b"02300000",
        b"00000000",  # an exchange without a clock
        b"03141561",
        b"ABCDEFGH",
        b"0314",
        b"0314 509",
    ],
)
def test_an_impossible_time_is_left_out_and_shown_as_such(stamp):
    message = parse(mdmf((0x01, stamp), (0x02, b"5550123")))
    assert message is not None
    assert (message.date_time, message.number) == (None, "5550123")
    assert "date_time" not in message.fields
    assert message.fields["bad_date_time"] == stamp.decode()


def test_the_29th_of_february_is_a_day():
    message = parse(mdmf((0x01, b"02292359")))
    assert message is not None
    assert message.date_time == "02-29 23:59"


@pytest.mark.parametrize("sent", [b"CALL ME", b"55;#", b"+-", b"1" * 25, b"\xb2\xb3"])
def test_what_is_no_number_is_left_out_and_shown_as_such(sent):
    message = parse(mdmf((0x01, b"03141509"), (0x02, sent)))
    assert message is not None
    assert (message.number, message.absence) == (None, None)
    assert message.fields["bad_number"] == sent.decode("latin-1")


def test_an_impossible_time_in_single_data_form_keeps_the_number():
    message = parse(sealed(0x04, 15, *b"13314399", *b"5550123"))
    assert message is not None
    assert (message.number, message.date_time) == ("5550123", None)


def test_a_second_number_does_not_overrule_the_first():
    message = parse(mdmf((0x02, b"5550123"), (0x02, b"5550199")))
    assert message is not None
    assert message.number == "5550123"


def test_every_single_bit_error_is_refused():
    good = build(number="5550123", name="EVE", date_time="03-14 15:09")
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        assert parse(bytes(bad)) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_survived(data):
    for first in (*SDMF_TYPES, *MDMF_TYPES):
        message = parse(sealed(first, len(data), *data))
        if message is not None:
            texts = [message.number, message.name, *message.fields.values()]
            assert all(t.isprintable() for t in texts if t is not None)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="MM-DD HH:MM"):
        build(date_time="14.3.")
    with pytest.raises(ValueError, match="at most 255"):
        build(name="X" * 254)
    with pytest.raises(ValueError, match="mdmf"):
        build(form="xml")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"SMITH JOHN", "SMITH JOHN"),
        (b"\x1b[2J\x07EVIL\r\n", "[2JEVIL"),
        (b"<script>", "<script>"),  # printable: whoever shows it has to escape it
        (b"M\xfcLLER", "MüLLER"),
        (b"\x80\x9b31mRED", "31mRED"),  # C1 controls
        (b"A\xadB\xa0 C", "AB C"),
        (b"\x00" * 15, ""),
        (b"  A   B  ", "A B"),
    ],
)
def test_names_lose_what_cannot_be_printed(sent, shown):
    assert clean_text(sent) == shown
    message = parse(mdmf((0x02, b"5550123"), (0x07, sent)))
    assert message is not None
    assert message.name == (shown or None)


def test_long_text_is_cut():
    assert len(clean_text(b"X" * 200)) == 64


def test_sdmf_of_gr_30():
    data = bytes.fromhex("04123039333031323234363039353535313231325 1".replace(" ", ""))
    message = parse(data)
    assert message is not None
    assert (message.number, message.date_time) == ("6095551212", "09-30 12:24")
    assert message.name is None


@pytest.mark.parametrize("form", ["sdmf", "mdmf"])
@pytest.mark.parametrize("absence", ["private", "unavailable"])
def test_absence_of_the_number(form, absence):
    message = parse(build(absence=absence, date_time="12-31 23:59", form=form))
    assert message is not None
    assert (message.number, message.absence) == (None, absence)
    assert message.date_time == "12-31 23:59"


@pytest.mark.parametrize(
    ("letter", "absence"),
    [
        (b"P", "private"),
        (b"O", "unavailable"),
        (b"C", "unavailable"),
        (b"I", "unavailable"),
        (b"S", "unavailable"),
    ],
)
def test_absence_letter_in_place_of_the_number(letter, absence):
    message = parse(mdmf((0x01, b"03141509"), (0x02, letter)))
    assert message is not None
    assert (message.number, message.absence) == (None, absence)


def test_etsi_parameters_by_name():
    message = parse(
        mdmf(
            (0x11, b"\x01"),
            (0x01, b"03141509"),
            (0x02, b"0123555012"),
            (0x03, b"5550199"),
            (0x50, b"HELLO"),
            (0x77, b"?"),
        )
    )
    assert message is not None
    assert message.fields == {
        "call_type": "voice",
        "date_time": "03-14 15:09",
        "number": "0123555012",
        "dialled_number": "5550199",
        "display_text": "HELLO",
        "parameter_77": "?",
    }


def test_message_waiting():
    message = parse(sealed(0x82, 3, 0x0B, 1, 0xFF))
    assert message is not None
    assert (message.kind, message.fields) == (
        "message_waiting",
        {"visual_indicator": "on"},
    )


def test_round_trip_of_random_messages(rng):
    for _ in range(200):
        number = "".join(rng.choice(list("0123456789"), rng.integers(1, 16)))
        name = "".join(rng.choice(list("ABCXYZ.'&-"), rng.integers(1, 16)))
        message = parse(build(number=number, name=name, date_time="01-02 03:04"))
        assert message is not None
        assert (message.number, message.name) == (number, name)
