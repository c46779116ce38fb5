"""Silence in what is made of a master that keeps its card numbers (`card_guard`).

Where the master itself was silenced when it was recorded there is nothing to do.
"""

from collections.abc import Sequence

import numpy as np

from firmware.archive.model import Call
from firmware.archive.reader import MasterReader, Samples
from firmware.archive.wav import FS
from firmware.closing import Closing

#: Stretches of a master, samples.
Spans = Sequence[tuple[int, int]]


def spans_of(call: Call) -> list[tuple[int, int]]:
    """Return what of a call's master may be neither heard nor handed out."""
    masks = call.consent.get("masks", ())
    return [
        (_sample(call, mask["from_s"]), _sample(call, mask["to_s"]))
        for mask in masks
        if mask.get("where") == "copies"
    ]


def _sample(call: Call, at_s: float) -> int:
    return max(0, round((at_s - call.audio_offset_s) * FS))


class Masked(Closing):
    """A master with silence where card numbers are."""

    def __init__(self, reader: MasterReader, spans: Spans) -> None:
        self._reader = reader
        self._spans = spans
        self.frames = reader.frames

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` samples from `start` on; fewer at the end."""
        samples = np.array(self._reader.read(start, count))
        for first, last in self._spans:
            samples[max(0, first - start) : max(0, last - start)] = 0
        return samples

    def close(self) -> None:
        self._reader.close()


def masked(reader: MasterReader, spans: Spans) -> MasterReader:
    """Return a reader that keeps silent where it must."""
    return Masked(reader, spans) if spans else reader
