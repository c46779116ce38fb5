"""What the archive had promised by a given instant, from what the session said."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Promised:
    """One call: what of it must be there after any crash from now on."""

    number: int = 0
    begun: bool = False
    given: int = 0  # samples handed over
    safe: int = 0  # samples that were said to be on the disk
    samples: int | None = None  # of the whole call, once its end was acknowledged
    key: bytes = b""  # that seals it
    wraps: tuple[bytes, ...] = ()  # the same as it lies in `seal.key`
    smaller: bool = False  # its master has given way, or may have, to a smaller copy
    state: str = "running"  # ended, missed, dropping, dropped, erasing, erased, swept


@dataclass(slots=True)
class Truth:
    """All calls, by id."""

    calls: dict[str, Promised] = field(default_factory=dict)
    opened: bool = False
    said: int = 0

    def hear(self, line: dict[str, object]) -> None:
        """Take in one promise."""
        self.said = int(str(line["n"]))
        what = str(line["what"])
        if what == "open":
            self.opened = True
        name = line.get("call")
        if name is None:
            return
        call = self.calls.setdefault(str(name), Promised())
        if what == "begin":
            call.number = int(str(line["number"]))
        elif what == "sealed":
            call.key = bytes.fromhex(str(line["key"]))
            call.wraps = tuple(str(wrap).encode() for wrap in _list(line["wraps"]))
        elif what == "begun":
            call.begun = True
        elif what == "audio":
            call.given, call.safe = int(str(line["given"])), int(str(line["safe"]))
        elif what == "ended":
            call.samples, call.state = int(str(line["samples"])), "ended"
            call.given = call.safe = call.samples
        elif what != "handed_out":
            call.begun = call.begun or what == "missed"
            call.smaller = call.smaller or what == "stepping"
            call.state = what


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def parse(lines: Iterable[str]) -> tuple[list[dict[str, object]], list[str]]:
    """Return the promises, and every line that tells of trouble."""
    said, trouble = [], []
    for line in lines:
        if line.startswith("LAB {"):
            said.append(json.loads(line[4:]))
        elif line.startswith("LAB ") or "Traceback" in line or "Error" in line:
            trouble.append(line.rstrip())
    return said, trouble
