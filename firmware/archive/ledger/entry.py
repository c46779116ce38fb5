"""One entry of the ledger: what happened to a recording, without number or content.

An entry is a line of JSON, keys in order and no spaces; its leaf in the tree is the
hash of exactly these bytes.  Which data an entry may carry is a table, so that no
number, name or text of a call can slip in: the ledger cannot forget.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Self

from firmware.archive.ledger import merkle
from firmware.archive.model import from_iso, iso

#: What may happen, and the data it must carry.
KINDS: dict[str, tuple[str, ...]] = {
    "begun": ("origin",),  # the ledger itself; `previous` if one came before
    "created": ("clock", "start"),
    "adopted": ("clock", "start"),  # found on the disk, its life not witnessed
    "decision": ("action", "reason"),
    "notice_heard": ("heard",),
    "closed": (),
    "packed": ("files",),
    "updated": (),  # the record was changed, `facts` says to what
    "played": (),
    "exported": (),
    "edited_copy": ("files",),
    "shared": (),
    "held": (),
    "released": (),
    "starred": (),
    "unstarred": (),
    "binned": (),
    "restored": (),
    "stepped_down": ("files",),
    "swept": ("what",),
    "erased": ("what",),
    "restricted": (),
    "unrestricted": (),
    "objected": (),
    "clock_corrected": ("was", "now"),
    "verified": (),
    "quarantined": (),
    "rewrapped": ("files",),  # sealed to another key
    "viewed": (),  # what is known of a call was read
    "logged_in": (),
    "refused": ("what",),  # a wrong password or passphrase
    "changed": ("what",),  # rules, people, keys: what is not a call
    "unlocked": (),
    "locked": (),
    "backed_up": (),
    "checkpoint_anchored": ("size", "root", "how"),
}

_PATTERNS = {
    "code": r"[A-Za-z][A-Za-z0-9_.-]{0,63}",
    "hash": r"[0-9a-f]{64}",
    "salt": r"[0-9a-f]{32}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "file": r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}",
    "origin": r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}",
}
#: What data may be called and what it may be.
FIELDS = {
    "action": "code",
    "clock": "code",
    "end": "time",
    "facts": "hash",  # of the record, salted: see `facts`
    "files": "files",  # name: SHA-256 as stored, or null once it is gone
    "format": "code",
    "heard": "flag",
    "how": "code",
    "level": "count",
    "kept": "count",  # of a day, calls with their recording
    "late": "flag",  # the box's clock stood before the entry above
    "lost_s": "seconds",
    "name": "file",
    "notice": "hash",
    "now": "time",
    "ok": "flag",
    "origin": "origin",
    "previous": "origin",
    "purpose": "code",
    "reason": "code",
    "reasoned": "count",  # of a day, calls that need no recording
    "receipt": "hash",
    "request": "code",
    "root": "hash",
    "rule": "code",
    "samples": "count",
    "samples_sha256": "hash",  # salted: see `facts`
    "size": "count",
    "start": "time",
    "table": "code",
    "to": "code",
    "until": "time",
    "version": "code",
    "was": "time",
    "what": "code",  # audio, all, copy …
}
CODE, FILE = re.compile(_PATTERNS["code"]), re.compile(_PATTERNS["file"])
_OWN = ("at", "by", "call", "kind")
#: Longest name of whoever did it.
_BY = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


class EntryError(ValueError):
    """An entry says what the ledger must not hold, or is not an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, to which call (empty: to none), by whom and when, UTC seconds."""

    kind: str
    call_id: str
    by: str
    at_utc: float
    data: dict[str, Any] = field(default_factory=dict)
    index: int = -1  # its place in the ledger, once it has one

    @property
    def raw(self) -> bytes:
        """Return the line that is hashed; EntryError if it may not be one."""
        self._check()
        row = {
            **self.data,
            "at": iso(self.at_utc),
            "by": self.by,
            "call": self.call_id,
            "kind": self.kind,
        }
        return json.dumps(row, sort_keys=True, separators=(",", ":")).encode()

    @property
    def leaf(self) -> bytes:
        """Return its digest in the tree."""
        return merkle.leaf_hash(self.raw)

    @classmethod
    def parse(cls, line: str | bytes, index: int = -1) -> Self:
        """Read an entry from its line; EntryError unless it is one, to the byte."""
        raw = line.encode() if isinstance(line, str) else line
        try:
            row = json.loads(raw)
            data = {key: value for key, value in row.items() if key not in _OWN}
            entry = cls(
                row["kind"], row["call"], row["by"], from_iso(row["at"]), data, index
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EntryError(f"entry {index}: not an entry") from error
        if entry.raw != raw:
            raise EntryError(f"entry {index}: not in canonical form")
        return entry

    def _check(self) -> None:
        wanted = KINDS.get(self.kind)
        if wanted is None:
            raise EntryError(f"kind: want one of {', '.join(KINDS)}; got {self.kind!r}")
        if not isinstance(self.by, str) or not _BY.fullmatch(self.by):
            raise EntryError("by: want the name of a user or service")
        if not isinstance(self.call_id, str) or not _is_call(self.call_id):
            raise EntryError("call: want a call's id or nothing")
        for key in wanted:
            if key not in self.data:
                raise EntryError(f"{self.kind}: want {key}")
        for key, value in self.data.items():
            kind = FIELDS.get(key)
            if kind is None:
                raise EntryError(f"{self.kind}: {key!r} is not for the ledger")
            if not _fits(kind, value):
                raise EntryError(f"{self.kind}: {key}: want a {kind}")


_CALL = re.compile(r"|\d{8}-\d{6}-[0-9a-z]{4}")


def _is_call(text: str) -> bool:
    return _CALL.fullmatch(text) is not None


def _fits(kind: str, value: Any) -> bool:
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "count":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and 0 <= value < 1 << 53
    if kind == "seconds":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and 0 <= value < 1e9
    if kind == "files":
        return isinstance(value, dict) and all(
            _fits("file", name) and (digest is None or _fits("hash", digest))
            for name, digest in value.items()
        )
    return isinstance(value, str) and bool(re.fullmatch(_PATTERNS[kind], value))
