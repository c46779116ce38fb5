"""Copies elsewhere: where to, how often, are they good, and the way back.

A target is tried before it is kept.  The password of the backup is shown once it is
made and whenever the owner asks, because without it the backup is of no use to anybody.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict

from firmware.archive import Archive, disks
from firmware.archive.backup import keys, opening, schedule
from firmware.archive.backup import state as states
from firmware.archive.choices import TAKEN_BACK
from firmware.errors import StoreError
from firmware.service.settings import Settings
from web import disk, house, settings, settings_form
from web.i18n import N_, _
from web.proof import jobs
from web.settings_form import Typed
from web.store import archive

bp = Blueprint("backup", __name__, url_prefix="/box/backup")

ROOT = Path("/")
TABLE, JOB = "backup", "backup-target"
LONGEST = 200
#: Kind of place -> what it is called, an icon.
KINDS = {
    "disk": (N_("A USB disk on this box"), "disk"),
    "folder": (N_("A folder or a share of a NAS"), "shelf"),
    "sftp": (N_("Another machine, over SSH"), "key"),
    "s3": (N_("Object storage (S3)"), "get"),
}
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_FOLDER = re.compile(r"/[^\s\x00-\x1f]{0,199}")
_BUCKET = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9./_-]+")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Place:
    """A target as the form has it: its text, and credentials for its server."""

    target: str
    credentials: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A target that was tried and kept."""

    target: str
    password: str
    new: bool


@bp.get("")
def index() -> str:
    """The backups, and what can be done about them."""
    return _page({}, {}, Typed())


def _page(form: Mapping[str, str], problems: dict[str, str], typed: Typed) -> str:
    inforce = house.settings()
    state, now = states.read(inforce.state_dir), house.now()
    tried = jobs().last(JOB)
    made = tried.result if tried is not None else None
    kind = form.get("kind") or kind_of(inforce.backup.target)
    return render_template(
        "box/backup.html",
        target=inforce.backup.target,
        state=state,
        late=schedule.overdue(state, now, inforce.backup.every_hours),
        next_utc=next_backup(state, inforce),
        owed=len(archive().erasures.pending(states.PLACE)),
        gigabytes=disk.gigabytes,
        running=disk.running(),
        job=jobs().last("backup"),
        tested=jobs().last("drill"),
        tried=tried,
        password=_password(made),
        kinds={name: (_(words), icon) for name, (words, icon) in KINDS.items()},
        kind=kind,
        form=form,
        problems=problems,
        attached=attached(),
        closed=keys.recovery_seal(inforce.state_dir) is not None,
        group=settings.group_of(TABLE),
        typed=typed,
        changeable=settings.may_change(TABLE),
        history=settings.history(["backup.target"], 5),
        done=request.args.get("done"),
        **settings.parts(),
    )


def next_backup(state: states.State, inforce: Settings) -> float | None:
    """Return when the next backup is due; None without a target."""
    if not inforce.backup.target:
        return None
    every = inforce.backup.every_hours
    if schedule.backup_due(state, house.now(), every):
        return house.now()
    if state.problem is not None:
        return state.last_try_utc + schedule.RETRY_S
    return state.last_ok_utc + every * schedule.HOUR_S


def kind_of(target: str | None) -> str:
    """Return which kind of place a target is."""
    if not target:
        return "disk" if attached() else "folder"
    kind = target.partition(":")[0]
    return kind if kind in KINDS else "folder" if target.startswith("/") else ""


def attached() -> list[tuple[str, str]]:
    """Return the disks that backups could go to: identity, and where it is mounted."""
    state_dir = house.base().state_dir.resolve()
    own = {disks.filesystem_of(folder) for folder in (state_dir, ROOT)}
    return [
        (uuid, str(mount))
        for uuid, mount in disks.attached()
        if mount is not None and uuid not in own
    ]


@bp.post("/target")
def choose() -> ResponseReturnValue:
    """Try a place in the background; it is kept if backups can go there."""
    place, problems = read(request.form)
    if place is None:
        return _page(request.form, problems, Typed()), 422
    kept, inforce, base, by = archive(), house.settings(), house.base(), g.user.name
    candidate = replace(inforce, backup=replace(inforce.backup, target=place.target))
    same = place.target == base.backup.target
    jobs().start(JOB, by, lambda: _prepare(kept, candidate, place, by, same=same))
    return redirect(url_for("backup.index", _anchor="target"), 303)


def read(form: Mapping[str, str]) -> tuple[Place | None, dict[str, str]]:
    """Return the place that a form names, or what is wrong with which field."""
    kind = form.get("kind", "")
    text = {key: form.get(key, "").strip()[:LONGEST] for key in FIELDS.get(kind, {})}
    problems = {
        key: _("Please write it as in the example.")
        for key, pattern in FIELDS.get(kind, {}).items()
        if not pattern.fullmatch(text[key])
    }
    if kind not in FIELDS:
        problems["kind"] = _("Please choose from the list.")
    if kind == "disk" and text.get("uuid") not in [uuid for uuid, _m in attached()]:
        problems["uuid"] = _("Please choose from the list.")
    if problems:
        return None, problems
    if kind == "s3":
        names = {"AWS_ACCESS_KEY_ID": text["key_id"]}
        names["AWS_SECRET_ACCESS_KEY"] = text["secret"]
        return Place(f"s3:{text['address']}", names), {}
    told = {
        "disk": "disk:{uuid}",
        "folder": "{path}",
        "sftp": "sftp:{user}@{host}:{folder}",
    }[kind]
    return Place(told.format(**text), {}), {}


#: Kind of place -> its fields and what fits them.
FIELDS: dict[str, dict[str, re.Pattern[str]]] = {
    "disk": {"uuid": re.compile(r"[0-9A-Za-z-]{4,64}")},
    "folder": {"path": _FOLDER},
    "sftp": {"user": _USER, "host": _HOST, "folder": _FOLDER},
    "s3": {"address": _BUCKET, "key_id": _KEY, "secret": _KEY},
}


def _prepare(
    kept: Archive, candidate: Settings, place: Place, by: str, *, same: bool
) -> Prepared:
    """Try a place, and keep it; runs beside the pages."""
    if place.credentials:
        opening.keep_credentials(candidate.state_dir, place.credentials)
    password, new = opening.prepare(candidate)
    chosen = TAKEN_BACK if same else place.target
    kept.choices.set({"backup.target": chosen}, by, time.time())
    return Prepared(place.target, password, new)


@bp.post("/settings")
def often() -> ResponseReturnValue:
    """How often, how long, how often the way back is tried."""
    typed = settings_form.read(TABLE, request.form, house.base())
    typed.values.pop("backup.target", None)  # is tried before it is kept
    if typed.problems:
        return _page({}, {}, typed), 422
    settings.store(
        settings_form.changes(TABLE, typed.values, house.settings(), house.base())
    )
    return redirect(url_for("backup.index", done=1), 303)


@bp.post("/end")
def end() -> ResponseReturnValue:
    """Make no more backups; what was made stays where it is."""
    archive().choices.set({"backup.target": None}, g.user.name, house.now())
    return redirect(url_for("backup.index"), 303)


@bp.post("/password")
def password() -> ResponseReturnValue:
    """Show the password of the backup again."""
    try:
        text = keys.password_file(house.base().state_dir).read_text("ascii").strip()
    except (StoreError, OSError) as error:
        raise Conflict(str(error)) from error
    target = house.settings().backup.target or ""
    jobs().drop(JOB)
    jobs().keep(JOB, g.user.name, Prepared(target, text, new=False))
    return redirect(url_for("backup.index", _anchor="password"), 303)


@bp.post("/written")
def written() -> ResponseReturnValue:
    """The password is on paper: show it no more."""
    jobs().drop(JOB)
    return redirect(url_for("backup.index"), 303)


def _password(made: Any) -> str:
    """Return the password in groups of four, as it is read from paper."""
    if not isinstance(made, Prepared) or g.user.role != "owner":
        return ""
    return "-".join(re.findall(".{1,4}", made.password))
