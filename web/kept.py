"""What people have decided about a call, as the pages show it."""

from typing import Any

from firmware.archive.model import Call, from_iso
from web import words

#: Decisions that a page shows.
WORDS = ("star", "hold", "restricted", "bin", "note", "order", "purpose", "erased")


def kept(call: Call) -> dict[str, dict[str, Any] | None]:
    """Return each decision with its times as UTC seconds and its texts fit to show."""
    return {word: _shown(call.keeping.get(word)) for word in WORDS}


def _shown(entry: Any) -> dict[str, Any] | None:
    if not isinstance(entry, dict):
        return None
    return {key: _value(key, value) for key, value in entry.items()} or {"on": True}


def _value(key: str, value: Any) -> Any:
    if key.endswith("_utc") and isinstance(value, str):
        return from_iso(value)
    return words.clean(value) if isinstance(value, str) else value
