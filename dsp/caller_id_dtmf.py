"""Caller ID by DTMF: digits and codes before the first ring or between rings.

The codes A, B, C and D are never dialled, which tells these digits from dialled ones.
Old Danish and Dutch lines send a number and ``#`` alone, as a person might dial; that
form is believed only if a machine sent it to a line at rest: six digits or more, all
of one length, level and spacing, and nothing heard before them that could be a dial
tone or a voice.

Limits: a telephone that dials from its memory into silence sounds the same; who knows
the hook can tell, and the fields say ``form = number_only``.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dsp.levels import power_from_dbov
from dsp.stream import FS, Batch, windows
from dsp.types import CallerId, Digit

__all__ = ["DtmfForm", "from_digits"]

#: EN 300 659-1 annex B and national forms, each code at most once, in any order:
#: A number, D redirecting number, B information code, and C at the end.
_CODED = re.compile(r"(?:[ABD]\d{1,20}){1,3}C")
_PARTS = re.compile(r"([ABD])(\d+)")
#: A number # in DK NL; D1# to D3# for why there is none.
_DANISH = re.compile(r"A(?P<number>\d{1,20})#|D(?P<reason>[123])#")
#: Number # in DK NL, older: with six digits at least.
_PLAIN = re.compile(r"(?P<number>\d{6,20})#")
#: Denmark and the Netherlands: restricted, from abroad, for technical reasons.
_REASONS = {"1": "private", "2": "unavailable", "3": "unavailable"}
#: Sweden, Finland, Brazil …: information code after B.
_CODES = {"00": "unavailable", "10": "private", "0": "unavailable", "1": "private"}
_NAMES = {"A": "number", "B": "code", "D": "redirecting"}
#: Longest pause inside a message: terminals give up after 1 s.
_PAUSE_S = 1.0
#: What begins a message.
_START = frozenset("ABD0123456789")

#: How an exchange keys (EN 300 659-1 annex B: 70 ms and 70 ms): limits with room, and
#: how far lengths, levels and twists of one message may lie apart.  A finger's pauses
#: spread over more than 100 ms.
_TONE_S, _GAP_S = (0.04, 0.13), (0.03, 0.15)
_SPREAD_S, _SPREAD_DB = 0.025, 3.0
#: A line at rest: what is heard before the first digit lies this far below it, within
#: the band of speech and tones, for this long.
_BELOW_DB, _REST_S = 13.0, 0.18
_BAND_HZ = (300.0, 3400.0)
#: Both are looked at in windows of 30 ms, 10 ms off the digit; what is as loud, within
#: 5 dB, right after the digit as before it is the line's own hum and no dial tone.
_LOOK, _EDGE, _STEADY = 240, 80, 3.0
#: A soft dial tone (E.180 Suppl. 2: 330 to 480 Hz) is nearly all there is.
_DIAL_HZ, _DIAL_SHARE, _DIAL_BELOW_DB = (320.0, 490.0), 0.6, 30.0


class DtmfForm:
    """Streaming reader of caller ID among DTMF digits.

    Parameters
    ----------
    fs : float
        Rate that the digits' positions count in, Hz.

    Examples
    --------
    >>> form = DtmfForm(8000)
    >>> digits = [Digit(s, i * 1120, i * 1120 + 560) for i, s in enumerate("A5550123C")]
    >>> [c.number for c in form.feed(digits)]
    ['5550123']
    """

    def __init__(self, fs: float = 8000) -> None:
        self._fs = fs
        self._digits: list[Digit] = []
        self._rested = False

    def reset(self) -> None:
        """Forget a message that has begun."""
        self._digits = []

    def feed(
        self, digits: Sequence[Digit], sound: Batch | None = None
    ) -> list[CallerId]:
        """Take digits in their order, return the messages that they complete.

        Parameters
        ----------
        digits : sequence of Digit
            As a DTMF decoder found them.
        sound : Batch, optional
            The samples that they were found in, with some past.  Without it a number
            that has no start code is not believed.

        Returns
        -------
        list of CallerId
            With `standard` ``dtmf``; there is no checksum to fail.
        """
        found = []
        for digit in digits:
            if self._digits and self._apart(digit):
                self._digits = []
            if digit.symbol in "ABD" and self._dialled():
                self._digits = []
            if not self._digits:
                self._rested = sound is not None and _at_rest(digit, sound)
            self._digits.append(digit)
            if digit.symbol in "C#":
                message = self._read()
                self._digits = []
                if message is not None:
                    found.append(message)
        return found

    def _apart(self, digit: Digit) -> bool:
        """Tell whether a digit comes too late for the message begun."""
        return digit.start - self._digits[-1].end > _PAUSE_S * self._fs

    def _dialled(self) -> bool:
        """Tell whether what came so far has no start code."""
        return bool(self._digits) and self._digits[0].symbol not in "ABD"

    def _read(self) -> CallerId | None:
        """Return what the digits of one message say."""
        text = "".join(digit.symbol for digit in self._digits)
        plain = _PLAIN.fullmatch(text)
        if plain is None:
            said = _coded(text) or _danish(text)
        elif self._rested and _keyed_by_machine(self._digits, self._fs):
            said = {"number": plain["number"], "form": "number_only"}
        else:
            said = None
        return None if said is None else _caller_id(self._digits, said)


def _coded(text: str) -> dict[str, str] | None:
    """Return the fields of a message that ends with C; None if it is none."""
    if _CODED.fullmatch(text) is None:
        return None
    parts = _PARTS.findall(text)
    said = {_NAMES[code]: digits for code, digits in parts}
    if len(said) < len(parts):
        return None
    if set(said) == {"redirecting"}:
        # Taiwan and Kuwait send the caller after D, or a reason of one digit.
        digits = said.pop("redirecting")
        said["reason" if len(digits) == 1 else "number"] = digits
    if len(said.get("code", "")) > 2:
        return None
    return said


def _danish(text: str) -> dict[str, str] | None:
    """Return the fields of a message that ends with #; None if it is none."""
    match = _DANISH.fullmatch(text)
    if match is None:
        return None
    return {name: value for name, value in match.groupdict().items() if value}


def _caller_id(digits: Sequence[Digit], said: Mapping[str, str]) -> CallerId:
    """Turn the fields of a message into an event."""
    number = said.get("number")
    reason = _CODES.get(said.get("code", "")) or _REASONS.get(said.get("reason", ""))
    return CallerId(
        number=number,
        name=None,
        date_time=None,
        absence=None if number else reason or "unavailable",
        standard="dtmf",
        checksum_ok=True,
        start=digits[0].start,
        end=digits[-1].end,
        fields=dict(said),
    )


def _keyed_by_machine(digits: Sequence[Digit], fs: float) -> bool:
    """Tell whether all digits have one length, spacing, level and twist."""
    tones = np.array([d.end - d.start for d in digits]) / fs
    ends = zip(digits[1:], digits, strict=False)
    gaps = np.array([after.start - before.end for after, before in ends]) / fs
    levels = np.array([d.level_dbov for d in digits])
    twists = np.array([d.twist_db for d in digits])
    return bool(
        _TONE_S[0] <= tones.min() <= tones.max() <= _TONE_S[1]
        and _GAP_S[0] <= gaps.min() <= gaps.max() <= _GAP_S[1]
        and max(np.ptp(tones), np.ptp(gaps)) <= _SPREAD_S
        and max(np.ptp(levels), np.ptp(twists)) <= _SPREAD_DB
    )


def _at_rest(digit: Digit, sound: Batch) -> bool:
    """Tell whether the line was at rest before a digit, but for what hums on after."""
    n = round(_REST_S * FS)
    before = sound.between(digit.start - n - _EDGE, digit.start - _EDGE)
    after = sound.between(digit.end + _EDGE, digit.end + _EDGE + _LOOK)
    heard, low = _bands(before)
    heard_after, low_after = _bands(after)
    loud = heard > _under(digit, _BELOW_DB) and heard > _STEADY * heard_after
    dial_tone = low > _DIAL_SHARE * heard and low > _under(digit, _DIAL_BELOW_DB)
    return not loud and not (dial_tone and low > _STEADY * low_after)


def _bands(x: NDArray[np.float32]) -> tuple[float, float]:
    """Return the power in the band of speech and tones, and in that of dial tone."""
    count = max(2 * x.size // _LOOK - 1, 1)
    frames = windows(np.ascontiguousarray(x), _LOOK, _LOOK // 2)[:count]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_LOOK), axis=1)) ** 2
    power = spectrum.mean(axis=0) * 2 / (_LOOK * _LOOK * 0.375)
    hz = np.fft.rfftfreq(_LOOK, 1 / FS)
    bands = ((hz >= low) & (hz <= high) for low, high in (_BAND_HZ, _DIAL_HZ))
    heard, dial = (float(power[band].sum()) for band in bands)
    return heard, dial


def _under(digit: Digit, by_db: float) -> float:
    """Return the power that lies so far below a digit's stronger tone."""
    return power_from_dbov(digit.level_dbov - by_db)


def from_digits(digits: Sequence[Digit], fs: float = 8000) -> list[CallerId]:
    """Find caller ID among the digits of a whole recording.

    Parameters
    ----------
    digits : sequence of Digit
        In order of time.
    fs : float
        Rate that their positions count in, Hz.

    Returns
    -------
    list of CallerId
        With `standard` ``dtmf``; numbers without a start code are left out.

    References
    ----------
    EN 300 659-1 annex B.

    Examples
    --------
    >>> digits = [Digit(s, i * 1120, i * 1120 + 560) for i, s in enumerate("B10C")]
    >>> from_digits(digits)[0].absence
    'private'
    """
    return DtmfForm(fs).feed(digits)
