"""Disk and backup: is there room, is it the right disk, is there a copy elsewhere."""

import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.archive import Archive, disks, space
from firmware.archive.backup import cycle, drill, opening, schedule
from firmware.archive.backup import state as states
from firmware.service import settings as settings_file
from firmware.service.settings import Settings
from web import house, words
from web.i18n import N_, _, ngettext
from web.proof import jobs
from web.store import archive

bp = Blueprint("disk", __name__, url_prefix="/box/disk")

DAY_S = 86_400.0
#: The pace of recording is that of so many days, and is told after a week of it.
PACE_DAYS, FEWEST_DAYS = 30.0, 7.0
#: space.Level -> tone.
TONES = {"ok": "good", "warn": "warn", "alarm": "bad"}
DISK_STATES = {
    "same": (N_("It is the disk this box knows."), "good"),
    "new": (N_("No disk has been adopted yet; the recorder does that."), ""),
    "missing": (N_("The disk is not there. Is it attached?"), "bad"),
    "empty": (N_("The disk is empty or another one. Nothing is deleted."), "bad"),
    "swapped": (N_("This is not the disk this box knows. Nothing is deleted."), "bad"),
}


def room() -> space.Room:
    """Return how much room there is for recordings."""
    return space.measure(house.base().state_dir)


def pace() -> float | None:
    """Return the bytes a day that the last month brought; None: too early to say."""
    now = house.now()
    first, size = archive().calls.audio_since(now - PACE_DAYS * DAY_S)
    days = (now - first) / DAY_S
    return size / days if days >= FEWEST_DAYS and size else None


def lasts_days() -> int | None:
    """Return for how many days the room lasts at the pace of the last month."""
    found, per_day = room(), pace()
    return int((found.free + found.reserve) / per_day) if per_day else None


def gigabytes(count: int) -> str:
    """Return bytes as people buy them."""
    if count >= 1e8:
        return f"{words.decimal(count / 1e9)} GB"
    return f"{words.decimal(count / 1e6)} MB"


@bp.get("")
def index() -> str:
    """The disk and the backups, and what to do about them."""
    settings = house.settings()
    state, now = states.read(settings.state_dir), house.now()
    told, tone = DISK_STATES[disks.check(settings.state_dir).state]
    return render_template(
        "box/disk.html",
        room=room(),
        lasts=lasts_days(),
        tone=TONES[room().level],
        disk=(_(told), tone),
        target=settings.backup.target,
        every=ngettext("%(num)s hour", "%(num)s hours", settings.backup.every_hours),
        state=state,
        owed=len(archive().erasures.pending(states.PLACE)),
        late=schedule.overdue(state, now, settings.backup.every_hours),
        gigabytes=gigabytes,
        running=running(),
        tried=jobs().last("backup"),
        tested=jobs().last("drill"),
    )


@bp.post("/backup")
def backup() -> ResponseReturnValue:
    """Begin a backup now."""
    kept, settings, base = archive(), house.settings(), house.base()
    work = jobs()

    def told(part: float) -> None:
        work.tell("backup", part)

    work.start("backup", g.user.name, lambda: _back_up(kept, settings, base, told))
    return redirect(url_for(_back()), 303)


@bp.post("/test")
def test() -> ResponseReturnValue:
    """Begin to try the way back with a sample of calls."""
    settings = house.settings()
    jobs().start("drill", g.user.name, lambda: _drill(settings))
    return redirect(url_for(_back()), 303)


def _back() -> str:
    """Return the page that asked."""
    return "backup.index" if request.form.get("from") == "backup" else "disk.index"


def _back_up(
    kept: Archive, settings: Settings, base: Settings, told: Callable[[float], None]
) -> cycle.Done:
    """Make one backup; `base` are the settings of the file, which go with it."""
    return cycle.run(
        kept,
        opening.repository(settings),
        settings_file.to_toml(base),
        time.time(),
        keep_days=settings.backup.keep_days,
        told=told,
    )


def _drill(settings: Settings) -> Any:
    repository = opening.repository(settings)
    return drill.drill(settings.state_dir, repository, time.time())


def running() -> str:
    """Return which work on backups is going on; empty if none is."""
    for name in ("backup", "drill"):
        job = jobs().last(name)
        if job is not None and job.ended_utc is None:
            return name
    return ""
