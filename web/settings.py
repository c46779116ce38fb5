"""Every setting on a page: what it is, where it comes from, what it does now.

Pages are made from the description of the settings; what is chosen lies over the file,
is kept with its history, and can be taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, Forbidden, NotFound

from firmware.archive.choices import Change
from firmware.errors import ControlError, NoRecorder
from firmware.service import control, status
from firmware.service.settings import (
    CHOSEN,
    DESCRIBED,
    Described,
    optional,
    plain,
    sections,
)
from web import access, house, keeping_words, lock, settings_form
from web.i18n import N_, _
from web.settings_form import Typed, name_of, value_of
from web.settings_words import Row, row, told, unit
from web.store import archive

bp = Blueprint("settings", __name__, url_prefix="/box/settings")

#: Tables whose settings have a page of their own, and where that is.
ELSEWHERE = {"retention": "retention.index", "backup": "backup.index"}
#: Tables that only whoever may rule changes; the others are for whoever may settle.
RULED = frozenset({"seal", "proof", "web", "backup"})
#: Choices that are no settings of the file -> what they are.
OTHERS = {
    "rules": N_("the rules which calls are recorded"),
    "preset": N_("the preset of the set-up"),
    **dict.fromkeys(
        ("first.skipped", "first.line", "first.ended", "first.box"),
        N_("the first steps"),
    ),
}
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A table of the file as the page shows it."""

    table: str
    title: str
    gist: str
    rows: list[Row]

    @property
    def chosen(self) -> int:
        """How many of its settings somebody chose on a page."""
        return sum(row.chosen is not None for row in self.rows)


@bp.get("")
def index() -> str:
    """All groups, or what a search finds in them."""
    asked = " ".join(request.args.get("q", "").split())[:60]
    found = [one for group in groups() for one in _matching(group, asked)]
    return render_template(
        "settings/index.html",
        groups=list(groups()),
        asked=asked,
        found=found if asked else [],
        pending=pending(),
        newest=next(iter(archive().choices.changes(limit=1)), None),
    )


def groups() -> Iterator[Group]:
    """Yield every table of the file with its settings."""
    now, base, made = house.settings(), house.base(), archive().choices.last()
    for table, title, gist in sections():
        rows = [row(one, now, base, made) for one in DESCRIBED if one.table == table]
        yield Group(table, _(title), _(gist), rows)


def group_of(table: str) -> Group:
    """Return one table, or answer that there is none."""
    found = next((group for group in groups() if group.table == table), None)
    if found is None:
        raise NotFound(_("There is no such group of settings."))
    return found


def _matching(group: Group, asked: str) -> Iterator[tuple[Group, Row]]:
    """Yield the settings of a group that hold every word asked for."""
    wanted = asked.casefold().split()
    for one in group.rows:
        text = f"{group.title} {one.label} {one.help} {one.name} {one.value}"
        if all(word in text.casefold() for word in wanted):
            yield group, one


@bp.route("/<table>", methods=["GET", "POST"])
def group(table: str) -> ResponseReturnValue:
    """One group: read it, change it."""
    if table in ELSEWHERE:
        return redirect(url_for(ELSEWHERE[table]))
    shown = group_of(table)
    if request.method == "GET":
        return _page(shown, Typed())
    if not may_change(table):
        raise Forbidden()
    typed = keep(table)
    if typed.problems:
        return _page(shown, typed), 422
    return redirect(url_for("settings.group", table=table, done=1), 303)


def _page(shown: Group, typed: Typed) -> str:
    return render_template(
        "settings/group.html",
        group=shown,
        typed=typed,
        changeable=may_change(shown.table),
        pending=pending(),
        history=history([row.one.choice for row in shown.rows], 20),
        done=request.args.get("done"),
        **parts(),
    )


def parts() -> dict[str, Any]:
    """Return what the template of a field asks for."""
    now = house.settings()
    return {
        "field_kind": field_kind,
        "options": options,
        "unit": unit,
        "raw": lambda one: _raw(value_of(now, one)),
        "file_words": lambda row: told(row.one, value_of(house.base(), row.one)),
    }


def _raw(value: Any) -> Any:
    """Return a value as its field has it."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else value


def may_change(table: str) -> bool:
    """Say whether whoever is logged in may change settings of a table."""
    return access.may("rule" if table in RULED else "settle")


def keep(table: str) -> Typed:
    """Keep what a form holds for a table, unless something in it does not fit."""
    now, base = house.settings(), house.base()
    typed = settings_form.read(table, request.form, base)
    if not typed.problems:
        store(settings_form.changes(table, typed.values, now, base))
    return typed


def store(choices: dict[str, Any]) -> None:
    """Keep choices in the name of whoever is logged in; they count at once."""
    if choices:
        archive().choices.set(choices, g.user.name, house.now())
    lock.keyring().idle_s = 60 * house.settings().seal.autolock_min


@bp.get("/history")
def changes() -> str:
    """Who chose what and when, the newest first, with the way back."""
    return render_template("settings/history.html", history=history([], SHOWN))


@bp.post("/undo")
def undo() -> ResponseReturnValue:
    """Take back what was chosen last, as one."""
    newest = request.form.get("newest", "")
    last = archive().choices.changes(limit=1)
    if not last or str(last[0].id) != newest:
        raise Conflict(_("Somebody has changed something else since. Look again."))
    one = CHOSEN.get(last[0].key)
    if not access.may("rule" if one is not None and one.table in RULED else "settle"):
        raise Forbidden()
    archive().choices.undo(last[0].id, g.user.name, house.now())
    store({})
    return redirect(url_for("settings.changes"), 303)


@bp.post("/restart")
def restart() -> ResponseReturnValue:
    """Ask the recorder to start again as soon as no call is on the line."""
    try:
        control.send(house.base().socket_path, "restart")
    except NoRecorder:
        raise Conflict(
            _("The recorder is not running. It takes the new values when it starts.")
        ) from None
    except ControlError as error:
        raise Conflict(
            _("The recorder did not do it: %(error)s", error=error)
        ) from error
    return redirect(url_for("settings.index", asked=1), 303)


def pending() -> list[str]:
    """Return the names of settings that the running recorder does not know yet."""
    state = status.read(house.base().status_path) or {}
    if house.now() - float(state.get("updated_utc", 0.0)) > status.STALE_S:
        return []
    began = float(state.get("started_utc", 0.0))
    keys = [key for key, one in CHOSEN.items() if one.about.restart == "recorder"]
    fresh = [c.key for c in archive().choices.changes(keys) if c.at_utc > began]
    return [_(CHOSEN[key].about.label) for key in dict.fromkeys(fresh)]


@dataclass(frozen=True, slots=True)
class Told:
    """One change of the past, in words."""

    id: int
    label: str
    table: str
    before: str
    after: str
    by: str
    at_utc: float


def history(keys: list[str], limit: int) -> list[Told]:
    """Return the last changes in words, the newest first."""
    return [_told(change) for change in archive().choices.changes(keys, limit)]


def _told(change: Change) -> Told:
    one = CHOSEN.get(change.key)
    if one is None:
        label = _(OTHERS[change.key]) if change.key in OTHERS else change.key
        return Told(change.id, label, "", "", "", change.by, change.at_utc)
    before, after = told(one, change.before), told(one, change.after)
    label = _(one.about.label)
    return Told(change.id, label, one.table, before, after, change.by, change.at_utc)


def field_kind(one: Described) -> str:
    """Return which control a setting has: tick, choice, number or text."""
    hint = plain(one.hint)
    if hint is bool:
        return "tick"
    if get_origin(hint) is Literal or name_of(one) == "retention.purpose":
        return "choice"
    return "number" if hint in (int, float) else "text"


def options(one: Described) -> list[tuple[str, str]]:
    """Return what can be chosen of a setting with its words."""
    if name_of(one) == "retention.purpose":
        return [("", _("not set")), *keeping_words.purposes()]
    none = [("", _("not set"))] if optional(one.hint) else []
    values = get_args(plain(one.hint))
    return none + [(str(value), told(one, value)) for value in values]
