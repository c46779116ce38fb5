"""Read a TOML table into a frozen dataclass and say plainly what does not fit.

Each field's type decides what is accepted; ``metadata`` may add ``low`` and ``high``
or a ``parse`` function that turns the given value into the wanted one.
"""

import dataclasses
import types
from collections.abc import Callable
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Unfit(ValueError):
    """A value that does not fit; the message says where, what was wanted and got."""


def ranged(default: float, low: float, high: float) -> Any:
    """Return a number field with limits."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high})


def parsed(default: Any, parse: Callable[[Any, str], Any]) -> Any:
    """Return a field whose value `parse(value, where)` makes."""
    return dataclasses.field(default=default, metadata={"parse": parse})


def build(cls: type[T], raw: Any, where: str) -> T:
    """Make a `cls` from a TOML table; raise Unfit for the first thing wrong."""
    if not isinstance(raw, dict):
        raise Unfit(f"{where}: want a table, got {raw!r}")
    hints = get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]  # T is always a dataclass
    values = {}
    for key, value in raw.items():
        label = f"{where} {key}".strip()
        if key not in known:
            raise Unfit(f"{label}: unknown; known are {', '.join(known)}")
        values[key] = _fit(hints[key], known[key].metadata, value, label)
    missing = [
        name
        for name, f in known.items()
        if name not in values
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise Unfit(f"{where}: missing {', '.join(missing)}".strip(": "))
    return cls(**values)


def _fit(hint: Any, limits: Any, value: Any, label: str) -> Any:
    if "parse" in limits:
        return limits["parse"](value, label)
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise Unfit(f"{label}: want a list, got {value!r}")
        item = get_args(hint)[0]
        return tuple(_fit(item, {}, v, f"{label} {n}") for n, v in enumerate(value, 1))
    if dataclasses.is_dataclass(hint):
        return build(hint, value, label)  # type: ignore[arg-type]  # the hint is a class
    wanted = _wanted(hint, limits, value)
    if wanted:
        raise Unfit(f"{label}: want {wanted}, got {value!r}")
    return float(value) if hint is float else value


def _wanted(hint: Any, limits: Any, value: Any) -> str | None:
    """Return what was wanted if `value` does not fit, else None."""
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return None if value in choices else "one of " + ", ".join(map(str, choices))
    if hint in (int, float):
        kinds = (int,) if hint is int else (int, float)
        low, high = limits.get("low", -1e9), limits.get("high", 1e9)
        fits = (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and low <= value <= high
        )
        noun = "a whole number " if hint is int else ""
        return None if fits else f"{noun}{low:g}..{high:g}"
    names = {str: "a text", bool: "true or false"}
    return None if isinstance(value, hint) else names[hint]
