"""Caller ID as an exchange sends it: the bursts for the simulator and for tests."""

import numpy as np
from numpy.typing import NDArray

from dsp import caller_id_japan
from dsp.caller_id_message import build
from dsp.fsk import BELL202, V23, modulate

__all__ = ["MODEMS", "dtmf_tones", "encode", "frame_bits"]

#: The modem of each standard.
MODEMS = {BELL202.name: BELL202, V23.name: V23, "japan": V23}

#: GR-30-CORE 2.3, EN 300 659-1 6.2.4: 300 bits 0101… of channel seizure, 180 of mark.
SEIZURE_BITS = 300
MARK_BITS = 180
#: GR-30-CORE 2.3: up to ten mark bits may follow the checksum.
END_MARK_BITS = 4

#: ITU-T Q.23: row and column of each symbol.
_ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
_COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYPAD = "123A456B789C*0#D"
#: EN 300 659-1 annex A: tone and pause of 70 ms.
_DTMF_S = 0.07
#: EN 300 659-1 annex A as used in Sweden and Finland: information codes after B.
_DTMF_ABSENCE = {"unavailable": "B00", "private": "B10"}


def encode(
    *,
    number: str | None = None,
    name: str | None = None,
    date_time: str | None = None,
    absence: str | None = None,
    standard: str = "bell202",
    form: str = "mdmf",
    fs: float = 8000,
    level_dbov: float = -20.0,
    twist_db: float = 0.0,
    seizure_bits: int = SEIZURE_BITS,
    mark_bits: int = MARK_BITS,
) -> NDArray[np.float32]:
    """Make the burst by which an exchange tells who is calling.

    Parameters
    ----------
    number, name : str or None
        Characters of ISO 8859-1.
    date_time : str or None
        ``MM-DD HH:MM``.
    absence : str or None
        ``private`` or ``unavailable``, in place of the number.
    standard : str
        ``bell202``, ``v23``, ``japan`` (no name, no time) or ``dtmf`` (the same).
    form : str
        ``mdmf`` or ``sdmf`` (FSK only).
    fs : float
        Sampling rate of the result, Hz.
    level_dbov : float
        Level of the mark tone, or of one tone of a DTMF pair, dBov.
    twist_db : float
        Space relative to mark, or high tone relative to low tone, dB.
    seizure_bits, mark_bits : int
        Length of the preamble; 0 and 80 for a burst during a call.

    Returns
    -------
    ndarray of float32, shape (n,)
        The burst alone, full scale 1.0.

    References
    ----------
    GR-30-CORE 2.3 and 2.4; EN 300 659-1 clause 6 and annex A; EN 300 659-3.

    Examples
    --------
    >>> burst = encode(number="5550123", name="EVE", date_time="03-14 15:09")
    >>> round(len(burst) / 8000, 2)
    0.63
    """
    if standard == "dtmf":
        return dtmf_tones(_dtmf_digits(number, absence), fs, level_dbov, twist_db)
    if standard not in MODEMS:
        known = ", ".join(MODEMS)
        raise ValueError(f"standard: want {known} or dtmf, got {standard!r}")
    if standard == "japan":
        # In a short call of its own, without seizure.
        message = caller_id_japan.build(number=number, absence=absence)
        seizure_bits = 0
    else:
        message = build(
            number=number, name=name, date_time=date_time, absence=absence, form=form
        )
    bits = frame_bits(message, seizure_bits=seizure_bits, mark_bits=mark_bits)
    return modulate(
        bits, MODEMS[standard], fs, level_dbov=level_dbov, twist_db=twist_db
    )


def frame_bits(
    message: bytes,
    *,
    seizure_bits: int = SEIZURE_BITS,
    mark_bits: int = MARK_BITS,
    stuffing: int = 0,
) -> NDArray[np.uint8]:
    """Put a message into bits: seizure, mark, and each byte with start and stop.

    Parameters
    ----------
    message : bytes
        Sent with the least significant bit first.
    seizure_bits, mark_bits : int
        Length of the preamble.
    stuffing : int
        Mark bits between bytes, 0..10.

    Returns
    -------
    ndarray of uint8
        0 and 1 in the order of sending.

    References
    ----------
    GR-30-CORE 2.3; EN 300 659-1 clause 6.2.

    Examples
    --------
    >>> frame_bits(b"!", seizure_bits=2, mark_bits=1).tolist()
    [0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1]
    """
    data = np.unpackbits(np.frombuffer(message, np.uint8), bitorder="little")
    words = np.ones((len(message), 10 + stuffing), np.uint8)
    words[:, 0] = 0
    words[:, 1:9] = data.reshape(-1, 8)
    seizure = (np.arange(seizure_bits) & 1).astype(np.uint8)
    mark = np.ones(mark_bits, np.uint8)
    end = np.ones(END_MARK_BITS, np.uint8)
    return np.concatenate((seizure, mark, words.ravel(), end))


def _dtmf_digits(number: str | None, absence: str | None) -> str:
    """Return the digits of a DTMF message, start and stop codes included."""
    if absence:
        return _DTMF_ABSENCE[absence] + "C"
    return "A" + "".join(c for c in number or "" if c in "0123456789") + "C"


def dtmf_tones(
    digits: str, fs: float, level_dbov: float, twist_db: float
) -> NDArray[np.float32]:
    """Sound `digits` with 70 ms of tone and 70 ms of pause each.

    Parameters
    ----------
    digits : str
        Of ``0123456789*#ABCD``.
    fs : float
        Sampling rate, Hz.
    level_dbov : float
        Level of the low tone, dBov.
    twist_db : float
        High tone relative to low tone, dB.

    Returns
    -------
    ndarray of float32, shape (n,)
        Full scale 1.0.

    References
    ----------
    ITU-T Q.23; EN 300 659-1 annex A.

    Examples
    --------
    >>> dtmf_tones("A5C", 8000, -20, 0).shape
    (3360,)
    """
    t = np.arange(round(_DTMF_S * fs)) / fs
    low = np.sqrt(2) * 10 ** (level_dbov / 20)
    high = low * 10 ** (twist_db / 20)
    parts = []
    for digit in digits:
        row, column = divmod(_KEYPAD.index(digit), 4)
        tone = low * np.sin(2 * np.pi * _ROWS_HZ[row] * t)
        tone += high * np.sin(2 * np.pi * _COLUMNS_HZ[column] * t)
        parts += [tone, np.zeros(len(t))]
    return np.concatenate(parts).astype(np.float32)
