"""Supervisory tones by country: frequencies and cadences, with a source per row.

A row of the table is `country | dial | ringback | busy | congestion | source`.  A
cell holds alternatives parted by ``/``, each ``frequencies: on off on off``: Hz joined
by ``+`` and seconds; no cadence means a steady tone, no frequencies those of the cell
before.  A tone modulated to depth is written as its carrier and side lines.
"""

from dataclasses import dataclass
from functools import cache

__all__ = ["COUNTRIES", "EVERYWHERE", "Plan", "TonePattern", "plan"]

#: Sources by the letter used in the table.
SOURCES = {
    "E": "ITU-T E.180 Supplement 2, Various tones used in national networks",
    "A": "Asterisk indications.conf, as used by operators in the field",
    "P": "AT&T Notes on the Network, Precise Tone Plan",
    "B": "BT SIN 350 and Asterisk indications.conf",
    "C": "Communications Alliance AS/CA S002 and ITU-T E.180 Supplement 2",
}

_TABLE = """
at | 420 / 450 | 420: 1 5 / 450: 1 5 | 420: .4 .4 / 450: .3 .3 | 420: .2 .2 / 450: .2 .2 | EA
au | 400+425+450 / 425 | 383+417: .4 .2 .4 2 / 400+450: .4 .2 .4 2 | 425: .375 .375 | | C
be | 425 / 450 | 425: 1 3 / 450: 1 3 | 425: .5 .5 / 450: .5 .5 | 425: .167 .167 / 450: .167 .167 | EA
bg | 425 / 425: .25 .3 .7 .8 | 425: 1 4 / 425: 1 9 | 425: .5 .5 / 425: .25 .25 | | EA
br | 425 | 425: 1 4 | 425: .25 .25 | 425: .25 .25 .75 .25 | EA
ca | 350+440 | 440+480: 2 4 | 480+620: .5 .5 | 480+620: .25 .25 | P
ch | 425 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
cl | 400 | 400: 1 3 | 400: .5 .5 | 400: .2 .2 | EA
cn | 450 | 450: 1 4 | 450: .35 .35 | 450: .7 .7 | EA
cz | 425: .33 .33 .66 .66 | 425: 1 4 | 425: .33 .33 | 425: .165 .165 | EA
de | 425 / 450 | 425: 1 4 / 425: .25 4 1 4 1 4 | 425: .48 .48 | 425: .24 .24 | EA
dk | 425 | 425: 1 4 | 425: .25 .25 / 425: .5 .5 | 425: .2 .2 | EA
ee | 425 | 425: 1 4 | 425: .3 .3 | 425: .2 .2 | EA
es | 425 | 425: 1.5 3 | 425: .2 .2 | 425: .2 .2 .2 .2 .2 .6 | EA
fi | 425 | 425: 1 4 | 425: .3 .3 | 425: .2 .2 | EA
fr | 440 / 330+440 | 440: 1.5 3.5 | 440: .5 .5 | 440: .25 .25 | EA
gb | 350+440 | 400+450: .4 .2 .4 2 | 400: .375 .375 | 400: .4 .35 .225 .525 | B
gr | 425: .2 .3 .7 .8 | 425: 1 4 | 425: .3 .3 | 425: .15 .15 / 425: .2 .2 | EA
hk | 350+440 | 440+480: .4 .2 .4 3 | 480+620: .5 .5 | 480+620: .25 .25 | EA
hr | 425: .2 .3 .7 .8 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
hu | 425 | 425: 1.2 3.7 | 425: .3 .3 | | EA
id | 425 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
ie | 400+425+450 / 425 | 400+450: .4 .2 .4 2 | 425: .5 .5 | | EA
il | 400 / 414 | 400: 1 3 | 400: .5 .5 | 400: .25 .25 | EA
in | 375+425 / 375+400+425 | 375+425: .4 .2 .4 2 / 375+400+425: .4 .2 .4 2 | 400: .75 .75 | 400: .25 .25 | EA
is | 425 | 425: 1.2 4.7 | 425: .25 .25 | | EA
it | 425: .2 .2 .6 1 / 425 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
jp | 400 | 384+416: 1 2 / 384+400+416: 1 2 | 400: .5 .5 | | EA
kr | 350+440 | 440+480: 1 2 | 480+620: .5 .5 | 480+620: .3 .2 | EA
lt | 425 | 425: 1 4 / 425: .8 3.2 | 425: .35 .35 / 425: .4 .4 | 425: .2 .2 | EA
lu | 425 / 450 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
mx | 425 | 425: 1 4 | 425: .25 .25 | | EA
my | 425 | 425: .4 .2 .4 2 | 425: .5 .5 | 425: .25 .25 | EA
nl | 425 / 450 | 425: 1 4 | 425: .5 .5 | 425: .25 .25 | EA
no | 425 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 / 425: .25 .25 | EA
nz | 400 | 400+450: .4 .2 .4 2 | 400: .5 .5 | 400: .25 .25 / 900: .5 .5 | EA
ph | 425 | 425+480: 1 4 | 480+620: .5 .5 | 480+620: .25 .25 | EA
pl | 425 | 425: 1 4 | 425: .5 .5 | | EA
pt | 425 | 425: 1 5 | 425: .5 .5 | 425: .2 .2 | EA
ro | 400 / 450 | 425+475: 2 4 | 450: .15 .2 | | EA
ru | 425 | 425: 1 4 / 425: .8 3.2 | 425: .35 .35 / 425: .4 .4 | 425: .175 .175 | EA
sa | 425 | 425: 1.2 4.6 | 425: .5 .5 | | EA
se | 425 | 425: 1 5 | 425: .25 .25 | 425: .25 .75 | EA
sg | 425 | 401+449: .4 .2 .4 2 / 401+425+449: .4 .2 .4 2 | 425: .75 .75 | 425: .25 .25 | EA
si | 425: .2 .3 .7 .8 | 425: 1 4 | 425: .5 .5 | 425: .2 .2 | EA
sk | 425: .33 .33 .66 .66 | 425: 1 4 | 425: .33 .33 | 425: .165 .165 | EA
th | 350+400+450 / 350+450 | 400: 1 4 | 400: .5 .5 | 400: .3 .3 | EA
tr | 450 | 450: 2 4 | 450: .5 .5 | 450: .2 .2 .2 .2 .2 .2 .6 .2 | EA
tw | 350+440 | 440+480: 1 2 | 480+620: .5 .5 | 480+620: .25 .25 | EA
us | 350+440 | 440+480: 2 4 | 480+620: .5 .5 | 480+620: .25 .25 | P
za | 383+417 / 367+400+433 | 367+400+433: .4 .2 .4 2 | 400: .5 .5 | 400: .25 .25 | EA
"""  # noqa: E501 - one country per line reads best

#: Call waiting: one short burst inside a call.  US 440 Hz .3 s every 10 s (GR-506),
#: GB 400 Hz .1 s, most others .2 s at the country's 425 Hz (E.180 Suppl. 2).
_CALL_WAITING = {
    "us": "440: .3 10",
    "ca": "440: .3 10",
    "gb": "400: .1 3",
    "nz": "400: .2 3",
    "au": "425: .2 .2 .2 4.4",
}
_CALL_WAITING_ELSEWHERE = "{dial}: .2 .2 .2 4.5"


#: Receiver off hook: 1400+2060+2450+2600 Hz, .1 s on, .1 s off (GR-506).
HOWLER_HZ = (1400.0, 2060.0, 2450.0, 2600.0)


@dataclass(frozen=True, slots=True)
class TonePattern:
    """One supervisory tone.

    Parameters
    ----------
    name : str
        ``dial_tone``, ``stutter_dial``, ``ringback``, ``busy``, ``congestion``,
        ``call_waiting`` or ``howler``.
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


def _rows() -> dict[str, list[str]]:
    rows = (row.split("|") for row in _TABLE.strip().splitlines())
    return {cells[0].strip(): cells[1:] for cells in rows}


#: Countries with a tone plan, ISO 3166 two-letter codes in lower case.
COUNTRIES = tuple(_rows())


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
    >>> [p.cadence_s for p in plan("us").patterns if p.name == "ringback"]
    [(2.0, 4.0)]
    """
    code = country.lower()
    row = _rows().get(code)
    if row is None:
        known = " ".join(COUNTRIES)
        raise ValueError(f"country: want one of {known}, got {country!r}")
    patterns: list[TonePattern] = []
    names = ("dial_tone", "ringback", "busy", "congestion")
    for name, cell in zip(names, row, strict=False):
        patterns += _parse(name, cell)
    steady = [p.frequencies_hz for p in patterns if p.name == "dial_tone"]
    patterns += [
        TonePattern("stutter_dial", hertz, (0.1, 0.1))
        for hertz in dict.fromkeys(steady)
    ]
    dial = "+".join(f"{hertz:g}" for hertz in steady[0])
    elsewhere = _CALL_WAITING_ELSEWHERE.format(dial=dial)
    patterns += _parse("call_waiting", _CALL_WAITING.get(code, elsewhere))
    patterns.append(TonePattern("howler", HOWLER_HZ, (0.1, 0.1)))
    unique = {(p.frequencies_hz, p.cadence_s): p for p in reversed(patterns)}
    source = "; ".join(SOURCES[letter] for letter in row[4].strip())
    return Plan(code, tuple(reversed(unique.values())), source)
