"""A settings file read into the tree, all its mistakes told at once; and written."""

import dataclasses
import json
import re
import tomllib
import types
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from firmware.errors import ConfigError
from firmware.service.settings.field import About, about
from firmware.service.settings.tree import Settings, rows

T = TypeVar("T")

#: Where the service looks when `--config` is not given.
DEFAULT_PATH = Path("/etc/linekeeper/config.toml")
DEMO_PATH = Path(__file__).parents[1] / "demo.toml"


def load(path: Path) -> Settings:
    """Read a settings file.

    Raises ConfigError naming every wrong key at once, one per line, as
    ``config.toml: [recorder] preroll_s: want 0..30, got -1``.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    problems: list[str] = []
    settings = _build(Settings, raw, "", problems)
    if problems:
        raise ConfigError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return settings


def load_or_default(path: Path | None) -> Settings:
    """Read `path`, or the system-wide file, or fall back to the defaults."""
    if path is not None:
        return load(path)
    return load(DEFAULT_PATH) if DEFAULT_PATH.exists() else Settings()


def to_toml(settings: Settings) -> str:
    """Return the settings as a file that `load` reads back the same."""
    lines: list[str] = []
    for table, key, value in rows(settings):
        if f"[{table}]" not in lines:
            lines += ["", f"[{table}]"]
        # A JSON text, number or truth value is a TOML one, too.
        unset = f"# {key} is not set"
        lines.append(
            unset
            if value is None
            else f"{key} = {json.dumps(value, ensure_ascii=False)}"
        )
    return "\n".join(lines[1:]) + "\n"


def _build(cls: type[T], raw: dict[str, Any], where: str, problems: list[str]) -> T:
    hints = get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]  # T is always one of the dataclasses of the tree
    values: dict[str, Any] = {}
    for key, value in raw.items():
        label = f"[{where}] {key}" if where else f"[{key}]"
        if key not in known:
            problems.append(f"{label}: unknown; known are {', '.join(known)}")
        elif dataclasses.is_dataclass(hints[key]):
            if isinstance(value, dict):
                values[key] = _build(hints[key], value, key, problems)
            else:
                problems.append(f"{label}: want a table, got {value!r}")
        else:
            wanted = problem(hints[key], about(known[key]), value)
            if wanted:
                problems.append(f"{label}: want {wanted}, got {value!r}")
            else:
                values[key] = value
    return cls(**values)


def plain(hint: Any) -> Any:
    """Return a type without its "or not set"."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(arg for arg in get_args(hint) if arg is not type(None))
    return hint


def optional(hint: Any) -> bool:
    """Say whether a setting may be not set."""
    return type(None) in get_args(hint)


def problem(hint: Any, limits: About, value: Any) -> str | None:
    """Return what was wanted if `value` does not fit, else None."""
    hint = plain(hint)
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        fits = value in choices and type(value) is type(choices[0])
        return None if fits else "one of " + ", ".join(str(c) for c in choices)
    if hint in (int, float):
        kinds = (int,) if hint is int else (int, float)
        fits = (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and limits.low <= value <= limits.high
        )
        noun = "a whole number " if hint is int else ""
        return None if fits else f"{noun}{limits.low:g}..{limits.high:g}"
    names = {str: "a text", bool: "true or false"}
    if not isinstance(value, hint):
        return names[hint]
    if limits.pattern is None or re.fullmatch(limits.pattern, value):
        return None
    return limits.wanted
