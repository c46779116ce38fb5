"""How the box is, in one look: each part green, amber or red, and what to do.

It reads what the recorder and the system tell; nothing on the line is touched.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Blueprint, render_template

from firmware.archive import disks
from firmware.archive.backup import schedule
from firmware.archive.backup import state as states
from firmware.errors import StoreError
from firmware.service import pi, status
from web import certificate, disk, house, keeping_words, live, lock, proof, words
from web.i18n import N_, _, ngettext
from web.settings_words import number
from web.store import archive

bp = Blueprint("health", __name__, url_prefix="/box/health")

#: Raspberry Pi documentation, "Frequency management and thermal control": from 80 °C
#: on the processor is slowed down, from 60 °C on a soft limit may act.
HOT_C, WARM_C = 80.0, 70.0
#: Memory that is still to be had: less is scarce, or next to none.
SCARCE, NONE_LEFT = 0.15, 0.05
#: A certificate that ends so soon was not renewed in time.
SOON_S = 14 * 86_400.0
MEMINFO = Path("/proc/meminfo")

#: State of the clock -> is it well, what it means.
CLOCK = {
    "synced": ("good", N_("Set and kept by a time server.")),
    "free-running": (
        "warn",
        N_("Set, but no time server is in reach. Is the box on the network?"),
    ),
    "unknown": (
        "bad",
        N_(
            "Not set since the start. Calls are kept, their times corrected later, and"
            " nothing is deleted until then. Connect the box to the network."
        ),
    ),
    "": ("", N_("The recorder would tell, but it is not running.")),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the box: how it is, and where something can be done about it."""

    name: str
    tone: str
    told: str
    icon: str
    do: str = ""
    endpoint: str = ""


@bp.get("")
def index() -> str:
    """All parts, the worst first, and a sentence on the whole."""
    parts = everything()
    order = {"bad": 0, "warn": 1, "": 2, "good": 3}
    worst = min((part.tone for part in parts), key=lambda tone: order[tone])
    return render_template(
        "box/health.html",
        parts=sorted(parts, key=lambda part: order[part.tone]),
        worst=worst,
        at=house.now(),
    )


def everything(root: Path = Path("/")) -> list[Part]:
    """Ask every part how it is; one that cannot be asked says so."""
    parts: list[Part] = []
    for name, ask in ASKED:
        try:
            parts += ask(root)
        except (StoreError, OSError) as error:
            told = _("It cannot be read: %(why)s.", why=error)
            parts.append(Part(_(name), "bad", told, "warning"))
    return parts


def _recorder(_root: Path) -> Iterator[Part]:
    now = live.here()
    line, running = now["line"], now["recorder"] == "running"
    if not running:
        do = _("Start it: sudo systemctl start linekeeper-record")
        yield Part(_("Recorder"), "bad", line["detail"], "warning", do)
        return
    since = float((status.read(house.base().status_path) or {}).get("started_utc", 0))
    told = _("It is running since %(time)s.", time=words.utc(since))
    yield Part(_("Recorder"), "good", told, "live")
    tone = "bad" if line["tone"] == "bad" else "good"
    do = (
        _("Look at plugs and cable, then at “linekeeper check”.")
        if tone == "bad"
        else ""
    )
    yield Part(_("Line"), tone, f"{line['words']}. {line['detail']}", "phone", do)


def _disk(_root: Path) -> Iterator[Part]:
    room, (known, tone) = disk.room(), disk.DISK_STATES[
        disks.check(house.base().state_dir).state
    ]  # fmt: skip
    yield Part(_("Disk"), tone or "good", _(known), "disk", "", "disk.index")
    told = _(
        "%(free)s free, room for about %(hours)s hours of talk.",
        free=disk.gigabytes(room.free + room.reserve),
        hours=int(room.hours),
    )
    do = "" if room.level == "ok" else _("Attach a larger one, or keep calls shorter.")
    yield Part(_("Room"), disk.TONES[room.level], told, "shelf", do, "disk.index")


def _clock(_root: Path) -> Iterator[Part]:
    state = status.read(house.base().status_path) or {}
    fresh = house.now() - float(state.get("updated_utc", 0.0)) < status.STALE_S
    tone, told = CLOCK.get(str(state.get("clock", "")) if fresh else "", CLOCK[""])
    here = datetime.fromtimestamp(house.now()).astimezone()
    told = f"{_(told)} {here:%H:%M} {here.tzname() or ''}".strip()
    yield Part(_("Clock"), tone, told, "no_answer")


def _board(root: Path) -> Iterator[Part]:
    celsius, weak = pi.celsius(root), pi.undervoltage(root)
    if celsius is not None:
        tone = "bad" if celsius >= HOT_C else "warn" if celsius >= WARM_C else "good"
        do = (
            "" if tone == "good" else _("Give it air; out of the sun and the cupboard.")
        )
        yield Part(_("Temperature"), tone, f"{number(round(celsius))} °C", "gap", do)
    if weak is not None:
        told = _("Below 4.63 V.") if weak else _("Strong enough.")
        do = _("Use a stronger supply or a shorter cable.") if weak else ""
        yield Part(_("Supply"), "bad" if weak else "good", told, "open", do)


def _memory(root: Path) -> Iterator[Part]:
    text = (root / MEMINFO.relative_to("/")).read_text("ascii")
    sizes = {
        line.split(":")[0]: int(line.split()[1]) * 1024
        for line in text.splitlines()
        if line.split(":")[0] in ("MemTotal", "MemAvailable")
    }
    left = sizes["MemAvailable"] / sizes["MemTotal"]
    tone = "bad" if left < NONE_LEFT else "warn" if left < SCARCE else "good"
    told = _(
        "%(free)s of %(total)s to be had.",
        free=disk.gigabytes(sizes["MemAvailable"]),
        total=disk.gigabytes(sizes["MemTotal"]),
    )
    do = "" if tone == "good" else _("Restart the box when nobody telephones.")
    yield Part(_("Memory"), tone, told, "more", do)


def _database(_root: Path) -> Iterator[Part]:
    kept = archive()
    count = kept.calls.count()
    told = ngettext("It opens: %(num)s call.", "It opens: %(num)s calls.", count)
    tone, do = "good", ""
    if kept.rebuilt is not None:
        told = _("The catalogue was damaged and has been rebuilt.")
        tone, do = "warn", _("See whether every call is there.")
    yield Part(_("Database"), tone, told, "shelf", do)
    last = kept.erasures.last_sweep()
    if last is not None and last[3]:
        why = "; ".join(keeping_words.stop(code) for code in last[3])
        told = _("The last sweep removed nothing: %(why)s.", why=why)
        yield Part(_("Keeping"), "bad", told, "bin", "", "keeping.index")
    else:
        swept = words.utc(last[0]) if last is not None else _("never yet")
        told = _("Swept: %(time)s.", time=swept)
        yield Part(_("Keeping"), "good", told, "bin", "", "keeping.index")


def _seal(_root: Path) -> Iterator[Part]:
    mode = lock.keyring().mode
    if not house.base().seal.enabled:
        told = _("Off: new recordings lie plain on the disk.")
        yield Part(_("Seal"), "warn", told, "open", "", "settings.index")
    elif mode == "open":
        told = _("Sealed, but the key lies beside the recordings")
        do = _("Choose a passphrase, so that a stolen box tells nothing.")
        yield Part(_("Seal"), "warn", told, "open", do, "lock.index")
    elif mode == "none":
        told = _("They are made when the recorder starts.")
        yield Part(_("Seal"), "", told, "lock", "", "lock.index")
    else:
        told = _("Recordings open with the passphrase or the recovery key.")
        yield Part(_("Seal"), "good", told, "lock", "", "lock.index")


def _backup(_root: Path) -> Iterator[Part]:
    settings = house.settings()
    if not settings.backup.target:
        told = _("If this box burns, is stolen or breaks, its recordings are gone.")
        do = _("Name a place for copies.")
        yield Part(_("Backup"), "warn", told, "shelf", do, "disk.index")
        return
    state = states.read(settings.state_dir)
    late = schedule.overdue(state, house.now(), settings.backup.every_hours)
    last = words.utc(state.last_ok_utc) if state.last_ok_utc else _("never yet")
    told = _("The last good one: %(time)s.", time=last)
    bad = bool(state.problem or state.test_problem or late)
    do = _("See what went wrong, and try it again.") if bad else ""
    tone = "bad" if bad else "good"
    yield Part(_("Backup"), tone, told, "shelf", do, "disk.index")


def _proof(_root: Path) -> Iterator[Part]:
    ledger = archive().ledger
    size = ledger.size if ledger.exists else 0
    seen = proof.anchored() if size else None
    if seen is None or seen.seen_utc is None:
        told, tone = _("Nobody outside has seen it yet."), "warn" if size else ""
    elif seen.alarm:
        told, tone = _("Nobody outside has seen it for two days."), "bad"
    else:
        told, tone = _("Somebody outside has seen it."), "good"
    words_ = _("Ledger of %(count)s entries", count=size)
    yield Part(_("Proof"), tone, f"{words_}. {told}", "seal", "", "proof.index")


def _certificate(_root: Path) -> Iterator[Part]:
    base = house.base()
    if not base.web.secure:
        told = _("The page is opened on the box alone, without one.")
        yield Part(_("Certificate"), "good", told, "key")
        return
    if base.web.certificate is not None:
        told = _("One of your own, from the settings file.")
        yield Part(_("Certificate"), "good", told, "key")
        return
    identity = certificate.read(base.state_dir)
    if identity is None:
        told = _("It is made when the page service starts.")
        yield Part(_("Certificate"), "warn", told, "key")
        return
    end = identity.served.not_valid_after_utc.timestamp()
    soon = end - house.now() < SOON_S
    told = _("It is good until %(day)s and renews itself.", day=words.day(end))
    do = _("Restart the page service: it was not renewed.") if soon else ""
    yield Part(
        _("Certificate"), "bad" if soon else "good", told, "key", do, "trust.index"
    )


def _load(_root: Path) -> Iterator[Part]:
    one, _five, fifteen = os.getloadavg()
    cores = os.cpu_count() or 1
    busy = fifteen > 2 * cores
    told = _(
        "Busy with %(now)s tasks for %(cores)s cores.",
        now=number(round(one, 1)),
        cores=cores,
    )
    yield Part(_("Processor"), "warn" if busy else "good", told, "more")


#: Name of a part, for when it cannot be asked -> who asks it.
ASKED: tuple[tuple[str, Callable[[Path], Iterator[Part]]], ...] = (
    (N_("Recorder"), _recorder),
    (N_("Disk"), _disk),
    (N_("Clock"), _clock),
    (N_("Temperature"), _board),
    (N_("Memory"), _memory),
    (N_("Processor"), _load),
    (N_("Database"), _database),
    (N_("Seal"), _seal),
    (N_("Backup"), _backup),
    (N_("Proof"), _proof),
    (N_("Certificate"), _certificate),
)
