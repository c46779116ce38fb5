"""Supervisory tones by country, read from `dsp.tone_table`, and those of everywhere."""

from dataclasses import dataclass
from functools import cache

from dsp.tone_table import CALL_WAITING, MAIN, OTHERS, SOURCES, STUTTER_S

__all__ = ["COUNTRIES", "EVERYWHERE", "Plan", "TonePattern", "plan"]

#: Receiver off hook: 1400+2060+2450+2600 Hz, .1 s on, .1 s off (GR-506).
HOWLER_HZ = (1400.0, 2060.0, 2450.0, 2600.0)


@dataclass(frozen=True, slots=True)
class TonePattern:
    """One supervisory tone.

    Parameters
    ----------
    name : str
        ``dial_tone``, ``stutter_dial``, ``ringback``, ``busy``, ``congestion``,
        ``number_unobtainable``, ``confirmation``, ``call_waiting`` or ``howler``.
    frequencies_hz : tuple of float
        Lines sounding together.
    cadence_s : tuple of float
        On, off, on, off … in seconds; empty for a steady tone.
    spread_hz : float
        How far the lines may be off, beyond what is usual.
    """

    name: str
    frequencies_hz: tuple[float, ...]
    cadence_s: tuple[float, ...] = ()
    spread_hz: float = 0.0


#: Tones heard in every country.  CNG: T.30 clause 4.2, 1100 Hz, .5 s on, 3 s off.
#: CED or ANS: T.30 clause 4.1 and V.25, 2100 Hz, 2.6..4 s.  V.25 calling tone 1300 Hz.
#: Answer tone of Bell modems 2225 Hz.
EVERYWHERE = (
    TonePattern("fax_cng", (1100.0,), (0.5, 3.0), 38.0),
    TonePattern("fax_ced", (2100.0,), (), 15.0),
    TonePattern("calling_tone", (1300.0,), (0.6, 2.0), 15.0),
    TonePattern("modem_answer", (2225.0,), (), 10.0),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The supervisory tones of one country and where they were looked up."""

    country: str
    patterns: tuple[TonePattern, ...]
    source: str


#: What the columns of `dsp.tone_table.MAIN` hold.
MAIN_NAMES = ("dial_tone", "ringback", "busy", "congestion")


def _parse(name: str, cell: str) -> list[TonePattern]:
    patterns: list[TonePattern] = []
    for alternative in cell.split("/"):
        if not alternative.strip():
            continue
        lines, _, cadence = alternative.partition(":")
        hertz = tuple(float(line) for line in lines.split("+"))
        seconds = tuple(float(s) for s in cadence.split())
        patterns.append(TonePattern(name, hertz, seconds))
    return patterns


def _rows(table: str) -> list[list[str]]:
    """Return the cells of a table."""
    return [
        [cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()
    ]


_MAIN = {row[0]: row[1:] for row in _rows(MAIN)}

#: Countries with a tone plan, ISO 3166 two-letter codes in lower case.
COUNTRIES = tuple(_MAIN)


@cache
def plan(country: str) -> Plan:
    """Return the tone plan of a country.

    Parameters
    ----------
    country : str
        One of `COUNTRIES`, in any case.

    Returns
    -------
    Plan
        Every pattern once; where busy and congestion are the same tone, busy.

    Raises
    ------
    ValueError
        If there is no plan for `country`.

    References
    ----------
    .. [1] ITU-T E.180 Supplement 2, Various tones used in national networks.

    Examples
    --------
    >>> [p.cadence_s for p in plan("cl").patterns if p.name == "ringback"]
    [(1.0, 3.0)]
    """
    code = country.lower()
    row = _MAIN.get(code)
    if row is None:
        known = " ".join(COUNTRIES)
        raise ValueError(f"country: want one of {known}, got {country!r}")
    patterns: list[TonePattern] = []
    for name, cell in zip(MAIN_NAMES, row, strict=False):
        patterns += _parse(name, cell)
    steady = [p.frequencies_hz for p in patterns if p.name == "dial_tone"]
    letters = row[-1]
    for _, name, cell, more in (r for r in _rows(OTHERS) if r[0] == code):
        patterns += _parse(name, cell)
        letters += more
    patterns += [
        TonePattern("stutter_dial", hertz, STUTTER_S) for hertz in dict.fromkeys(steady)
    ]
    if not any(p.name == "call_waiting" for p in patterns):
        dial = "+".join(f"{hertz:g}" for hertz in steady[0])
        patterns += _parse("call_waiting", CALL_WAITING.format(dial=dial))
    patterns.append(TonePattern("howler", HOWLER_HZ, (0.1, 0.1)))
    unique = {(p.frequencies_hz, p.cadence_s): p for p in reversed(patterns)}
    source = "; ".join(SOURCES[letter] for letter in dict.fromkeys(letters))
    return Plan(code, tuple(reversed(unique.values())), source)
