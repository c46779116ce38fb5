"""What a person chose on a page, laid over the settings of the file."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from firmware.service.settings.reading import optional, problem
from firmware.service.settings.tree import DESCRIBED, Described, Settings

#: Name of a choice -> the setting it is for: all that a page may choose.
CHOSEN = {one.choice: one for one in DESCRIBED if one.chosen_on_page}
#: What of [consent] a person may choose on a page.
OVERLAID = tuple(one.choice for one in CHOSEN.values() if one.table == "consent")
#: What holds until a choice that fits no more is mended: nothing is recorded, nothing
#: is swept.  Elsewhere the file's value holds.
IN_DOUBT: dict[str, dict[str, Any]] = {
    "consent": {"recording": False},
    "retention": {"sweep": False},
}


def choice_problem(key: str, value: Any) -> str | None:
    """Return what was wanted of a choice that does not fit its setting, else None."""
    if key not in CHOSEN:
        return f"one of {', '.join(CHOSEN)}"
    one = CHOSEN[key]
    if value is None:
        return None if optional(one.hint) else "a value"
    return problem(one.hint, one.about, value)


def overlay(settings: Settings, choices: Mapping[str, Any]) -> Settings:
    """Return the settings with what a person chose on a page laid over them.

    Keys that are no settings are others' (`CHOSEN` lists ours).  A stored choice that
    does not fit any more is left out, and `IN_DOUBT` says what holds until then.
    """
    laid: dict[str, dict[str, Any]] = {}
    doubts: set[str] = set()
    for key, value in choices.items():
        one = CHOSEN.get(key)
        if one is None:
            continue
        if choice_problem(key, value) is None:
            laid.setdefault(one.table, {})[one.key] = value
        else:
            doubts.add(one.table)
    for table in doubts:
        laid[table] = {**laid.get(table, {}), **IN_DOUBT.get(table, {})}
    return dataclasses.replace(
        settings,
        **{
            table: dataclasses.replace(getattr(settings, table), **values)
            for table, values in laid.items()
        },
    )


def at_start(settings: Settings, choices: Mapping[str, Any]) -> Settings:
    """Return the settings the recorder starts with; it asks for the others anew.

    What it asks for must not be laid over: a choice taken back has to leave no trace.
    """
    asked = (key for key, one in CHOSEN.items() if one.about.restart == "recorder")
    return overlay(settings, {key: choices[key] for key in asked if key in choices})


def described(table: str, key: str) -> Described | None:
    """Return the description of a setting, None if there is no such setting."""
    return next((d for d in DESCRIBED if (d.table, d.key) == (table, key)), None)
