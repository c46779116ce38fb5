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


@pytest.mark.parametrize(
    ("code", "data", "name", "shown"),
    [
        (0x05, b"\x01", "redirect_reason", "busy"),
        (0x09, b"ROUTE 2", "alternate_route", "ROUTE 2"),
        (0x0B, b"\x00", "visual_indicator", "off"),
        (0x0B, b"\x07", "visual_indicator", "07"),
        (0x0D, b"\x00\x01\x02", "message_id", "000102"),
        (0x0E, b"5550199", "last_message_number", "5550199"),
        (0x0F, b"12312359", "complementary_date_time", "12-31 23:59"),
        (0x10, b"5550199", "complementary_number", "5550199"),
        (0x11, b"\x02", "call_type", "ring_back_when_free"),
        (0x11, b"\x81", "call_type", "message_waiting"),
        (0x12, b"5550177", "first_called_number", "5550177"),
        (0x13, b"\x05", "messages_waiting", "5"),
        (0x15, b"\x04", "forward_type", "04"),
        (0x16, b"\x0f", "caller_type", "0f"),
        (0x1A, b"5550166", "redirecting_number", "5550166"),
        (0x20, b"EUR00000012.50", "charge", "EUR00000012.50"),
        (0x23, b"001530", "duration", "001530"),
        (0x30, b"EXAMPLE TEL", "network_provider", "EXAMPLE TEL"),
        (0x31, b"CARRIER", "carrier", "CARRIER"),
        (0x40, b"\x01\x02", "terminal_function", "0102"),
        (0x55, b"\xff", "service", "ff"),
        (0xE0, b"\x01", "operator_use", "01"),
    ],
)
def test_every_parameter_of_en_300_659_3(code, data, name, shown):
    message = parse(mdmf((0x02, b"5550123"), (code, data)))
    assert message is not None
    assert message.fields == {"number": "5550123", name: shown}


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (0x80, "call_setup"),
        (0x82, "message_waiting"),
        (0x86, "charge"),
        (0x89, "short_message"),
    ],
)
def test_every_message_type_of_en_300_659_3(first, kind):
    message = parse(sealed(first, 8, 0x20, 6, *b"001250"))
    assert message is not None
    assert (message.kind, message.fields) == (kind, {"charge": "001250"})


@pytest.mark.parametrize(
    ("body", "shown"), [(b"BBB", "on"), (b"ooo", "off"), (b"?!", "3f21")]
)
def test_message_waiting_in_single_data_form(body, shown):
    message = parse(sealed(0x06, len(body), *body))
    assert message is not None
    assert (message.kind, message.fields) == (
        "message_waiting",
        {"visual_indicator": shown},
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Åsa Öberg".encode(), "Åsa Öberg"),
        ("Åsa Öberg".encode("latin-1"), "Åsa Öberg"),
        ("A\u202eB\u200fC".encode(), "ABC"),  # turned direction of writing
        ("Z\u0335\u0336\u0337A".encode(), "ZA"),  # piled-up marks
        ("e\u0301".encode(), "é"),
        (b"\xc3(", "Ã("),  # no UTF-8 after all
        (b"\xff\xfe", "ÿþ"),
    ],
)
def test_names_beyond_ascii(sent, shown):
    assert clean_text(sent) == shown


numbers = st.text("0123456789", min_size=1, max_size=20)


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.binary(max_size=20)), min_size=1, max_size=6
    ),
    numbers,
)
def test_whatever_else_is_sent_the_exchanges_number_stands(others, number):
    sent = ((0x02, number.encode()), *others)
    message = parse(mdmf(*sent))
    assert message is not None
    assert (message.number, message.absence) == (number, None)
    assert message.name is None or message.name.isprintable()


@given(st.binary(min_size=4, max_size=80), st.integers(0, 79), st.integers(1, 255))
def test_a_changed_byte_never_passes(data, at, change):
    whole = bytearray(mdmf((0x02, b"5550123"), (0x07, data)))
    whole[at % len(whole)] ^= change
    assert parse(bytes(whole)) is None
