"""Caller ID by DTMF: digits between a start and a stop code, before the first ring.

The codes A, B, C and D are never dialled, which tells these digits from dialled ones.
Forms without a start code (old Danish and Dutch lines) are not told apart and are
therefore not read.
"""

import re
from collections.abc import Sequence

from dsp.types import CallerId, Digit

__all__ = ["DtmfForm", "from_digits"]

#: EN 300 659-1 annex A and national forms: A number [D redirecting] [B code] C in
#: SE FI IS BE NL BR IN SA UY; A number # in DK NL; D number C in TW KW.
_NUMBER = re.compile(
    r"(?:A(?P<number>\d{1,20}))?(?:D(?P<redirecting>\d{1,20}))?(?:B(?P<code>\d{1,2}))?C"
    r"|A(?P<danish>\d{1,20})#"
    r"|D(?P<reason>[123])#"
)
#: Denmark and the Netherlands: why there is no number.
_DANISH = {"1": "private", "2": "unavailable", "3": "unavailable"}
#: Sweden, Finland, Brazil …: information code after B.
_CODES = {"00": "unavailable", "10": "private", "0": "unavailable", "1": "private"}
#: Longest pause inside a message: terminals give up after 1 s.
_PAUSE_S = 1.0


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
        self._pause = _PAUSE_S * fs
        self._digits: list[Digit] = []

    def reset(self) -> None:
        """Forget a message that has begun."""
        self._digits = []

    def feed(self, digits: Sequence[Digit]) -> list[CallerId]:
        """Take digits in their order, return the messages that they complete.

        Parameters
        ----------
        digits : sequence of Digit
            As a DTMF decoder found them.

        Returns
        -------
        list of CallerId
            With `standard` ``dtmf``; there is no checksum to fail.
        """
        found = []
        for digit in digits:
            if self._digits and digit.start - self._digits[-1].end > self._pause:
                self._digits = []
            # A message starts with one of the codes that nobody dials.
            if not self._digits and digit.symbol not in "ABD":
                continue
            self._digits.append(digit)
            if digit.symbol in "C#":
                message = _read(self._digits)
                self._digits = []
                if message is not None:
                    found.append(message)
        return found


def _read(digits: Sequence[Digit]) -> CallerId | None:
    """Return what the digits of one message say."""
    text = "".join(digit.symbol for digit in digits)
    match = _NUMBER.fullmatch(text)
    if match is None or text == "C":
        return None
    said = {k: v for k, v in match.groupdict().items() if v is not None}
    number = said.get("number") or said.get("danish")
    absence = _CODES.get(said.get("code", "")) or _DANISH.get(said.get("reason", ""))
    if number is None and absence is None:
        # D number C: Taiwan and Kuwait send the caller after D.
        number = said.pop("redirecting", None)
    if number is not None:
        said = {"number": number, **said}
        said.pop("danish", None)
    return CallerId(
        number=number,
        name=None,
        date_time=None,
        absence=None if number else absence,
        standard="dtmf",
        checksum_ok=True,
        start=digits[0].start,
        end=digits[-1].end,
        fields=said,
    )


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
        With `standard` ``dtmf``.

    References
    ----------
    EN 300 659-1 annex A.

    Examples
    --------
    >>> digits = [Digit(s, i * 1120, i * 1120 + 560) for i, s in enumerate("B10C")]
    >>> from_digits(digits)[0].absence
    'private'
    """
    return DtmfForm(fs).feed(digits)
