"""What each hearer makes of caller-ID messages, in the words of the tapes."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dsp import caller_id
from tests.bench.hearing.hearers import OURS, front_end
from tests.bench.peers import multimon, spandsp
from tests.dsp.tapes.fsk import Said

Samples = NDArray[np.int16]
#: Reads a recording, told which standard to expect; Linekeeper does not need it.
Reader = Callable[[Samples, str], list[Said]]

_LETTERS = {"private": "P", "unavailable": "O", None: ""}


def everyone(standard: str = "bell202") -> dict[str, Reader | None]:
    """Return everyone who reads caller ID of a standard; multimon-ng two only."""
    there = spandsp.library() is not None
    readers: dict[str, Reader | None] = {
        OURS: ours,
        "SpanDSP": _by_spandsp if there else None,
        "SpanDSP+": _behind_front_end if there else None,
    }
    if standard in ("bell202", "v23"):
        readers["multimon-ng"] = _by_multimon if multimon.installed() else None
    return readers


def ours(x: Samples, standard: str = "") -> list[Said]:
    """Return the messages that Linekeeper passes as good."""
    return [
        Said(
            m.number or "",
            m.name or "",
            "".join(c for c in m.date_time or "" if c.isdigit()),
            _LETTERS[m.absence],
        )
        for m in caller_id.decode(x, 8000)
        if m.checksum_ok
    ]


def _by_spandsp(x: Samples, standard: str) -> list[Said]:
    heard = spandsp.messages(x, standard)
    if standard == "dtmf":
        return [_digits(data.decode("ascii")) for data in heard]
    # Japan's messages have seven bytes before their parameters, and two after.
    if standard == "japan":
        heard = [data[5:-2] for data in heard]
    return [parsed(data) for data in heard]


def _behind_front_end(x: Samples, standard: str) -> list[Said]:
    return _by_spandsp(front_end(x), standard)


def parsed(data: bytes) -> Said:
    """Return the fields of a message without its checksum, as a user would read it."""
    text = data.decode("latin-1")
    if data[:1] == b"\x04":
        rest = text[10:]
        absent = rest in ("P", "O")
        return Said("" if absent else rest, "", text[2:10], rest if absent else "")
    fields: dict[int, str] = {}
    at = 2
    while at + 1 < len(data):
        fields[data[at]] = text[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return Said(*(fields.get(kind, "") for kind in (0x02, 0x07, 0x01, 0x04)))


def _by_multimon(x: Samples, standard: str) -> list[Said]:
    return [_line(line) for line in multimon.messages(x)]


def _line(line: str) -> Said:
    if line.startswith("RVD"):
        # Single data messages are shown as every other byte; taken as well read.
        return Said(name="RVD")
    fields = dict(re.findall(r"(\w+)=(.*?)(?= \w+=|$)", line))
    absence = fields.get("RACLI", "")[:1]
    return Said(
        fields.get("CID", ""), fields.get("CNT", ""), fields.get("DATE", ""), absence
    )


#: Digits as SpanDSP gives them: the caller's number, or why there is none.
_FORMS = re.compile(
    r"(?:D\d+)?A(?P<a>\d+)(?:D\d+)?(?:B\d+)?[C#]|B(?P<b>\d+)C|D(?P<r>[123])#"
    r"|D(?P<d>\d{4,})C|(?P<plain>\d+)#"
)


def _digits(text: str) -> Said:
    match = _FORMS.fullmatch(text)
    if match is None:
        return Said(name=text)
    number = match["a"] or match["d"] or match["plain"] or ""
    absence = {"10": "P", "00": "O"}.get(match["b"] or "", "")
    absence = absence or {"1": "P", "2": "O", "3": "O"}.get(match["r"] or "", "")
    return Said(number, absence=absence)
