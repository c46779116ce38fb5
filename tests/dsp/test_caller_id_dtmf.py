"""Caller ID by DTMF: every form in sound, and what people dial, which is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.caller_id import Decoder, DtmfForm, decode, from_digits
from dsp.chain import Chain
from dsp.types import CallerId, Digit
from tests.dsp.tapes import cid_dtmf

ABSENCE = {None: "", "private": "P", "unavailable": "O"}


def said(messages):
    return [cid_dtmf.Said(m.number or "", absence=ABSENCE[m.absence]) for m in messages]


def digits(text, on=560, gap=560, start=0):
    step = on + gap
    return [
        Digit(s, start + i * step, start + i * step + on, -20.0, 0.0)
        for i, s in enumerate(text)
    ]


@pytest.mark.parametrize("tape", list(cid_dtmf.between_rings()), ids=str)
def test_every_form_between_rings_and_sent_again(tape):
    assert said(decode(tape.samples(), 8000)) == tape.truth


@pytest.mark.parametrize("tape", list(cid_dtmf.tapes()), ids=str)
def test_every_form_on_good_and_bad_lines(tape):
    assert said(decode(tape.samples(), 8000)) == tape.truth


@pytest.mark.parametrize("tape", list(cid_dtmf.hard()), ids=str)
def test_every_form_on_hard_lines(tape):
    assert said(decode(tape.samples(), 8000)) == tape.truth


@pytest.mark.parametrize("tape", list(cid_dtmf.dialled()), ids=str)
def test_what_people_dial_is_no_caller_id(tape):
    assert decode(tape.samples(), 8000) == []


@pytest.mark.parametrize("cut", [1, 37, 80, 160, 40000])
@pytest.mark.parametrize("form", ["number #", "coded"])
def test_stream_equals_whole(cut, form):
    wanted = "DK NL older, no start code" if form == "number #" else "SE redirected"
    tape = next(t for t in cid_dtmf.between_rings() if t.name == wanted)
    x = tape.samples()
    for hearer in (Decoder(), Chain()):
        found = [m for i in range(0, len(x), cut) for m in hearer.feed(x[i : i + cut])]
        found += hearer.flush()
        assert [m for m in found if isinstance(m, CallerId)] == decode(x, 8000)


def test_a_number_without_start_code_says_so_in_its_fields():
    tape = next(t for t in cid_dtmf.tapes() if t.name.startswith("DK NL older"))
    (message,) = decode(tape.samples(), 8000)
    assert message.fields == {"number": "5550123", "form": "number_only"}


def test_without_sound_a_number_alone_is_not_believed():
    assert from_digits(digits("5550123#")) == []


@pytest.mark.parametrize(
    ("text", "number", "absence", "fields"),
    [
        ("A5550123B10C", "5550123", None, {"number": "5550123", "code": "10"}),
        ("B10D5550199C", None, "private", {"code": "10", "redirecting": "5550199"}),
        ("B20C", None, "unavailable", {"code": "20"}),
        ("D1C", None, "private", {"reason": "1"}),
        ("D3#", None, "unavailable", {"reason": "3"}),
        ("D02555012C", "02555012", None, {"number": "02555012"}),
    ],
)
def test_fields(text, number, absence, fields):
    (message,) = from_digits(digits(text))
    assert (message.number, message.absence) == (number, absence)
    assert message.fields == fields


@pytest.mark.parametrize(
    "text",
    [
        "A1A2C",
        "AB10C",
        "A5550123",
        "B123C",
        "D4#",
        "B10#",
        "A5*5C",
        "A" + "1" * 21 + "C",
    ],
)
def test_what_fits_no_form_is_not_guessed(text):
    assert from_digits(digits(text)) == []


def test_a_code_within_dialled_digits_begins_a_message():
    assert [m.number for m in from_digits(digits("99A5550123C"))] == ["5550123"]


@given(st.text("0123456789*#ABCD", max_size=30), st.integers(0, 9000))
def test_any_digits_are_survived_and_no_number_is_made_up(text, gap):
    for message in from_digits(digits(text, gap=gap)):
        assert message.number is None or message.number in text
        assert (message.number is None) == (message.absence is not None)


def test_forms_keep_to_their_own_digits():
    form = DtmfForm()
    first = form.feed(digits("A55501"))
    late = digits("23C", start=100000)
    assert first + form.feed(late) == []


def test_speech_between_digits_does_not_hide_a_message(voices):
    tape = next(t for t in cid_dtmf.tapes() if t.name.startswith("SE FI"))
    x = tape.samples()
    talk = (voices[:32000] * 8000).astype(np.int16)
    assert said(decode(np.concatenate((talk, x, talk)), 8000)) == tape.truth
