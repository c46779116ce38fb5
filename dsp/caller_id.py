"""Caller ID: who is calling, as the exchange sends it before or between rings.

FSK (Bell 202 and V.23) and DTMF forms are understood; `encode` makes the same bursts.

Limits: a message is reported up to 400 ms after its last byte.
"""

from collections.abc import Iterable
from dataclasses import replace

from numpy.typing import ArrayLike

from dsp import dtmf
from dsp.caller_id_dtmf import DtmfForm, from_digits
from dsp.caller_id_fsk import FskForm
from dsp.caller_id_send import encode
from dsp.detector import Noticed, at_8_khz, clipped
from dsp.spectra import Spectra
from dsp.stream import FS, Batch, Framer
from dsp.types import CallerId, Digit

__all__ = ["Decoder", "DtmfForm", "FskForm", "decode", "encode", "from_digits"]


class Decoder:
    """Streaming reader of caller ID in every form, at 8 kHz.

    A chain of detectors that has digits already uses `FskForm` and `DtmfForm` itself.

    Parameters
    ----------
    fs : float
        Must be 8000.

    References
    ----------
    GR-30-CORE; EN 300 659-1, annex A included; SIN 227; ITU-T V.23.

    Examples
    --------
    >>> import numpy as np
    >>> d = Decoder()
    >>> x = np.pad(encode(number="5550123", standard="dtmf"), 4000)
    >>> [(c.number, c.standard) for c in d.feed(x) + d.flush()]
    [('5550123', 'dtmf')]
    """

    def __init__(self, fs: int = FS) -> None:
        self._fsk = FskForm(fs)
        self._framer = Framer()
        self._digits = dtmf.Detector()
        self._dtmf = DtmfForm(fs)

    def feed(self, x: ArrayLike) -> list[CallerId]:
        """Take samples, return the messages that have become known.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples at 8 kHz.

        Returns
        -------
        list of CallerId
            `start` and `end` count from the first sample fed.
        """
        found: list[CallerId] = []
        for batch in self._framer.feed(x):
            found += self._fsk.feed(batch.x[batch.context :])
            found += self._spelt(self._digits.scan(Spectra(batch)), batch)
        return sorted(found, key=lambda message: message.end)

    def flush(self) -> list[CallerId]:
        """Return what the end of the stream cut off.

        Returns
        -------
        list of CallerId
            As from `feed`; positions go on counting.
        """
        end = self._framer.index
        found: list[CallerId] = []
        for batch in self._framer.flush():
            found += self._fsk.feed(batch.x[batch.context :])
            found += self._spelt(self._digits.scan(Spectra(batch)), batch)
            found += self._spelt(self._digits.finish(), batch)
        found += self._fsk.flush()
        # The last superframe was filled up with silence.
        self._fsk.restart(end)
        self._dtmf.reset()
        found = [clipped(message, end) for message in found]
        return sorted(found, key=lambda message: message.end)

    def _spelt(self, noticed: Iterable[Noticed], batch: Batch) -> list[CallerId]:
        """Return the messages that digits complete."""
        digits = [event for _, event in noticed if isinstance(event, Digit)]
        return self._dtmf.feed(digits, batch)


def decode(x: ArrayLike, fs: float) -> list[CallerId]:
    """Find the caller ID of a whole recording, in every form.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples.
    fs : float
        Their rate, Hz.

    Returns
    -------
    list of CallerId
        In order of their start; positions are sample indices at `fs`.

    References
    ----------
    GR-30-CORE; EN 300 659-1 and -3; SIN 227 and 242.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.pad(encode(absence="private", standard="v23", fs=44100), 22050)
    >>> decode(x, 44100)[0].absence
    'private'
    """
    decoder = Decoder()
    found = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    if fs == 8000:
        return found
    return [_at_rate(message, fs / 8000) for message in found]


def _at_rate(message: CallerId, scale: float) -> CallerId:
    """Return the message with its positions scaled."""
    start, end = round(message.start * scale), round(message.end * scale)
    return replace(message, start=start, end=end)
