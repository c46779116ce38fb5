"""Two minutes of a US landline: both callers are read, and nothing else is heard."""

import numpy as np
import pytest

from dsp import caller_id
from dsp.chain import Chain
from dsp.detector import at_8_khz
from dsp.types import Activity, ActivityOnset, CallerId
from tests.dsp.tapes import landline
from tests.dsp.tapes.fsk import Said

LETTERS = {"private": "P", "unavailable": "O", None: ""}


def said(message):
    date = "".join(c for c in message.date_time or "" if c.isdigit())
    return Said(
        message.number or "", message.name or "", date, LETTERS[message.absence]
    )


@pytest.mark.parametrize(("tape", "fs"), list(landline.tapes()), ids=str)
def test_both_callers_and_nothing_else(tape, fs):
    x = at_8_khz(tape.samples(), fs)
    chain = Chain("us")
    events = chain.feed(x) + chain.flush()
    messages = [e for e in events if isinstance(e, CallerId)]
    assert [said(m) for m in messages] == tape.truth
    assert all(m.checksum_ok for m in messages)
    sounds = (CallerId, Activity, ActivityOnset)
    assert [e for e in events if not isinstance(e, sounds)] == []


def test_positions_are_in_the_recordings_own_samples():
    tape, fs = next((t, fs) for t, fs in landline.tapes() if fs == 44100)
    x = tape.samples()
    found = caller_id.decode(x, fs)
    assert [said(m) for m in found] == tape.truth
    assert 8 * fs < found[0].start < found[0].end < 11 * fs


@pytest.mark.parametrize("cut", [37, 160, 8000])
def test_the_worst_recording_in_pieces(cut):
    tape = next(t for t, _ in landline.tapes() if t.name == "worst")
    x = tape.samples()[: 14 * 8000]
    whole, pieces = Chain(), Chain()
    events = [e for i in range(0, x.size, cut) for e in pieces.feed(x[i : i + cut])]
    assert events + pieces.flush() == whole.feed(x) + whole.flush()
    assert any(isinstance(e, CallerId) for e in events)


def test_left_and_right_of_a_stereo_recording_are_refused():
    with pytest.raises(ValueError, match="one dimension"):
        caller_id.decode(np.zeros((8000, 2), np.int16), 8000)
