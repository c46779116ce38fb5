"""Pulse dialling by hook edges, and by its clicks in the audio.  No peer does it."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dsp import pulse, pulse_audio
from tests.bench.hearing import talk
from tests.bench.hearing.row import HeardRow
from tests.bench.hearing.score import digits_found, matched
from tests.dsp.tapes import pulse_clicks, pulses


def rows() -> Iterator[HeardRow]:
    tapes = list(pulses.accept())
    found = sum(matched(t.truth, heard(t)) for t in tapes)
    sent = sum(len(t.truth) for t in tapes)
    yield HeardRow("pulse dialling digits found", 100 * found / sent, "%", at_least=100)
    extra = sum(len(heard(t)) - matched(t.truth, heard(t)) for t in tapes)
    taken = extra + sum(len(heard(t)) for t in pulses.reject())
    name = "false digits: flashes, releases, jitter"
    yield HeardRow(name, float(taken), "digits", at_most=0.0)
    clicks = digits_found(list(pulse_clicks.accept()), heard_in_audio).percent()
    name = "pulse dialling heard in the audio, digits found"
    yield HeardRow(name, clicks, "%", at_least=99)
    minutes = talk.minutes(talk.talk_off())
    taken = sum(len(heard_in_audio(x)) for x in talk.talk_off())
    taken += sum(len(heard_in_audio(t.samples())) for t in pulse_clicks.reject())
    name = f"false pulse digits: {minutes:.0f} min of talk-off, crackle, flashes"
    yield HeardRow(name, float(taken), "digits", at_most=0.0)


def heard_in_audio(x: NDArray[np.int16]) -> str:
    return "".join(digit.symbol for digit in pulse_audio.decode(x, 8000))


def heard(tape: pulses.EdgeTape) -> str:
    return "".join(digit.symbol for digit in pulse.decode(tape.edges, 8000))
