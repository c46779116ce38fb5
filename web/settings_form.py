"""Settings as a form: what a person typed, read and checked as the file is.

What does not fit is told beside its field, and everything typed stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from firmware.archive.choices import TAKEN_BACK
from firmware.service.settings import (
    DESCRIBED,
    Described,
    Settings,
    choice_problem,
    optional,
    plain,
)
from web.i18n import _

#: Longest text of a field.
LONGEST = 300


@dataclass(slots=True)
class Typed:
    """What a form held: texts as typed, values that fit, problems of the others."""

    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def name_of(one: Described) -> str:
    """Return the name of a setting's field, as the file has it."""
    return f"{one.table}.{one.key}"


def on_page(table: str) -> list[Described]:
    """Return the settings of a table that its page may change."""
    return [one for one in DESCRIBED if one.table == table and not one.about.fixed]


def read(table: str, form: Mapping[str, str], base: Settings) -> Typed:
    """Return what was typed for a table; settings that the form lacks are left out.

    The one that `reset` names is read as the settings file has it.
    """
    typed = Typed()
    for one in on_page(table):
        name = name_of(one)
        boolean = plain(one.hint) is bool
        if name not in form and f"{name}.shown" not in form:
            continue
        if form.get("reset") == name:
            typed.values[name] = value_of(base, one)
            continue
        text = " ".join(form.get(name, "").split())[:LONGEST]
        typed.texts[name] = text
        try:
            value = bool(text) if boolean else _value(one, text)
        except ValueError:
            typed.problems[name] = wanted(one)
            continue
        if choice_problem(one.choice, value):
            typed.problems[name] = wanted(one)
        else:
            typed.values[name] = value
    return typed


def _value(one: Described, text: str) -> Any:
    """Return a text as its setting's type has it; ValueError if it is none."""
    hint = plain(one.hint)
    if not text and optional(one.hint):
        return None
    if get_origin(hint) is Literal:
        return next((c for c in get_args(hint) if str(c) == text), text)
    if hint is int:
        number = float(text.replace(",", "."))
        if not number.is_integer():
            raise ValueError(text)
        return int(number)
    return float(text.replace(",", ".")) if hint is float else text


def wanted(one: Described) -> str:
    """Return what a field wants, in words."""
    hint = plain(one.hint)
    if hint in (int, float):
        low, high = f"{one.about.low:g}", f"{one.about.high:g}"
        if hint is int:
            return _("Please write a whole number from %(low)s to %(high)s.",
                     low=low, high=high)  # fmt: skip
        return _("Please write a number from %(low)s to %(high)s.", low=low, high=high)
    if get_origin(hint) is Literal:
        return _("Please choose from the list.")
    return _("Please write %(what)s.", what=_(one.about.wanted or "a text"))


def changes(
    table: str, values: Mapping[str, Any], now: Settings, base: Settings
) -> dict[str, Any]:
    """Return the choices that have to be kept so that these values are in force.

    What the file says already needs no choice: one that was made is taken back.
    """
    found: dict[str, Any] = {}
    for one in on_page(table):
        name = name_of(one)
        if name not in values or values[name] == value_of(now, one):
            continue
        same = values[name] == value_of(base, one)
        found[one.choice] = TAKEN_BACK if same else values[name]
    return found


def value_of(settings: Settings, one: Described) -> Any:
    """Return a setting's value."""
    return getattr(getattr(settings, one.table), one.key)
