"""Loop-disconnect (pulse) dialling from the edges of the hook signal.

A rotary dial opens the loop once per pulse, 10 or 20 times a second.  A digit is a
train of short breaks between two longer makes.  A break too long for a pulse is a
hook flash or a release and ends the train without a digit.  Limits: where a country
uses a timed break of 50..130 ms as its flash, a lone one is read as the digit 1.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from dsp.types import Digit, Edge

#: Edges closer together than this are contact bounce.
BOUNCE_S = 0.004
#: Length of one break.  20 pps, 33 % make: 33 ms; 10 pps: 47..80 % of 100 ms
#: (Finnish table); GPO dials go down to 7 pps, 72 % break: 103 ms.
PULSE_BREAK_S = (0.012, 0.110)
#: Longest make between two breaks of one digit: 7 pps at 53 % is 76 ms.
PULSE_MAKE_MAX_S = 0.120
#: A make this long ends the digit: the shortest pause asked for is 250 ms (Finland).
INTER_DIGIT_S = 0.180
#: A break of this length is a hook flash: North America 300..1000 ms, Australia and
#: New Zealand 80..700 ms, Germany and France 80..300 ms; from 110 ms on it is not a
#: pulse.
FLASH_S = (0.110, 1.0)
#: An open loop of this length is a release; between flash and release the phone
#: decides, and so does the setting of the owner.
RELEASE_S = 1.2

#: Digit by number of pulses: most countries n (ten is 0); New Zealand and Oslo
#: 10 - n; Sweden n - 1.
SCHEMES: Mapping[str, str] = MappingProxyType(
    {"standard": "1234567890", "reversed": "9876543210", "plus_one": "0123456789"}
)


def symbols(scheme: str) -> str:
    """Return the digits of 1 to 10 pulses.

    Raises
    ------
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> symbols("plus_one")
    '0123456789'
    """
    if scheme not in SCHEMES:
        known = " ".join(SCHEMES)
        raise ValueError(f"scheme: want one of {known}, got {scheme!r}")
    return SCHEMES[scheme]


class Decoder:
    """Turn hook edges of a stream into digits.

    Parameters
    ----------
    fs : float, optional
        Rate the edges count in.
    scheme : str, optional
        One of `SCHEMES`.

    Raises
    ------
    ValueError
        If there is no such scheme.

    Examples
    --------
    >>> two = [(8000, 0), (8480, 1), (8800, 0), (9280, 1)]
    >>> decoder = Decoder()
    >>> decoder.feed_edges([Edge(at, "hook", level) for at, level in two], 9600)
    []
    >>> [digit.symbol for digit in decoder.feed_edges([], 11000)]
    ['2']
    """

    def __init__(self, fs: float = 8000, scheme: str = "standard") -> None:
        self._symbols = symbols(scheme)
        self._bounce = BOUNCE_S * fs
        self._break = PULSE_BREAK_S[0] * fs, PULSE_BREAK_S[1] * fs
        self._make_max = PULSE_MAKE_MAX_S * fs
        self._inter_digit = INTER_DIGIT_S * fs
        #: Steady level and since when; an edge waits here until it has not bounced.
        self._level: int | None = None
        self._since = 0
        self._waiting: Edge | None = None
        self._forget()

    def _forget(self) -> None:
        self._pulses = 0
        self._start = 0
        self._broken = False

    def feed_edges(self, edges: Iterable[Edge], now: int) -> list[Digit]:
        """Take edges and the time up to which they are complete; return digits.

        Parameters
        ----------
        edges : iterable of Edge
            In order of time; only ``hook`` edges count.
        now : int
            Sample index up to which no edge is missing.

        Returns
        -------
        list of Digit
            Digits completed by then, method ``pulse``.
        """
        digits: list[Digit] = []
        for edge in edges:
            if edge.signal == "hook":
                digits += self._until(edge.at)
                self._edge(edge)
        return digits + self._until(now)

    def flush(self) -> list[Digit]:
        """Return the digit still waiting for its pause, if the loop is closed."""
        waiting = self._waiting
        at = self._since if waiting is None else waiting.at
        digits = self._until(at + round(self._bounce) + 1)
        digits += self._until(self._since + round(self._inter_digit) + 1)
        self._forget()
        return digits

    def _edge(self, edge: Edge) -> None:
        if self._level is None:
            # What the first edge changes had been so for long.
            self._level = 1 - edge.level
            self._since = edge.at - round(self._inter_digit + self._break[1]) - 1
        if edge.level == self._level:
            # Back before it was steady: it has never been away.
            self._waiting = None
        elif self._waiting is None:
            self._waiting = edge

    def _until(self, now: int) -> list[Digit]:
        """Let time pass to `now`."""
        waiting = self._waiting
        if waiting is not None and now - waiting.at >= self._bounce:
            self._waiting = None
            self._steady(waiting)
        if self._level and self._waiting is None:
            return self._pause(now)
        return []

    def _steady(self, edge: Edge) -> None:
        length = edge.at - self._since
        if edge.level:
            good = self._break[0] <= length <= self._break[1]
            self._pulses += good
            self._broken = self._broken or not good
        elif not self._pulses or length > self._make_max:
            self._forget()
            self._start = edge.at
        self._level, self._since = edge.level, edge.at

    def _pause(self, now: int) -> list[Digit]:
        if now - self._since < self._inter_digit or not (self._pulses or self._broken):
            return []
        pulses, good = self._pulses, not self._broken
        start, end = self._start, self._since
        self._forget()
        if not good or pulses > len(self._symbols):
            return []
        return [Digit(self._symbols[pulses - 1], start, end, method="pulse")]


def decode(
    edges: Iterable[Edge], fs: float = 8000, scheme: str = "standard"
) -> list[Digit]:
    """Return the digits dialled by pulses.

    Parameters
    ----------
    edges : iterable of Edge
        In order of time; level 1 is off-hook.
    fs : float, optional
        Rate the edges count in.
    scheme : str, optional
        One of `SCHEMES`: which digit a number of pulses means.

    Returns
    -------
    list of Digit
        `start` at the first break, `end` at the last make.

    References
    ----------
    .. [1] Bell System Practices: 9.5..10.5 pulses per second, exchanges take 8..11.

    Examples
    --------
    >>> edges = [Edge(0, "hook", 1), Edge(8000, "hook", 0), Edge(8500, "hook", 1)]
    >>> [(d.symbol, d.start, d.end) for d in decode(edges)]
    [('1', 8000, 8500)]
    """
    decoder = Decoder(fs, scheme)
    last = 0
    digits: list[Digit] = []
    for edge in edges:
        last = max(last, edge.at)
        digits += decoder.feed_edges([edge], edge.at)
    return digits + decoder.flush()
