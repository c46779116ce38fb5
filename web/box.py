"""The box itself at a glance: is it locked, provable, backed up, alive."""

from dataclasses import dataclass, replace

from flask import Blueprint, render_template

from firmware.archive import disks, keeping
from firmware.archive.backup import schedule
from firmware.archive.backup import state as states
from web import access, disk, house, live, lock, proof, words
from web.i18n import _, ngettext
from web.store import archive

bp = Blueprint("box", __name__, url_prefix="/box")


#: Page -> who can do something there; the others are the owner's.
TELL = {"keeping.held": "hold"}


@dataclass(frozen=True, slots=True)
class Card:
    """One thing about the box: how it stands, and where to do something about it."""

    title: str
    told: str
    icon: str
    tone: str
    endpoint: str
    permission: str = "see"


@bp.get("")
def index() -> str:
    """Everything about the box, one line each."""
    cards = [_recorder(), _lock(), _room(), _backup(), _proof()]
    shown = [card for card in cards if access.may(card.permission)]
    return render_template("box/index.html", cards=shown)


def cards_to_tell() -> list[Card]:
    """Return what the start page may have to tell, in whatever state it is."""
    found = [_reviews(), _disk(), _room(), _backup()]
    if _proof().tone == "bad":
        found.append(_proof())
    if lock.keyring().mode == "open":
        found.append(_lock())
    return [replace(c, permission=TELL.get(c.endpoint, "rule")) for c in found]


def _reviews() -> Card:
    """Holds whose day has come."""
    held = archive().calls.kept_as("hold")
    due = len(keeping.review_due(held, house.now()))
    title = ngettext(
        "%(num)s held call is to be looked at",
        "%(num)s held calls are to be looked at",
        due,
    )
    told = _("The day on which somebody sees whether it is still needed has come.")
    return Card(title, told, "lock", "warn" if due else "", "keeping.held")


def _disk() -> Card:
    told, tone = disk.DISK_STATES[disks.check(house.base().state_dir).state]
    return Card(_("Disk"), _(told), "disk", tone, "disk.index")


def _recorder() -> Card:
    now = live.here()
    stopped = now["recorder"] != "running"
    tone = "bad" if stopped or now["line"]["tone"] == "bad" else "good"
    return Card(
        now["line"]["words"], now["line"]["detail"], "phone", tone, "home.index"
    )


def _lock() -> Card:
    keys = lock.keyring()
    if keys.mode == "none":
        told = _("They are made when the recorder starts.")
        return Card(_("No keys yet"), told, "open", "", "lock.index", "listen")
    if keys.mode == "open":
        told = _("Choose a passphrase, so that a stolen box tells nothing.")
        title = _("Sealed, but the key lies beside the recordings")
        return Card(title, told, "open", "warn", "lock.index", "listen")
    if keys.locked:
        told = _("Calls are recorded as always. To hear one, unlock first.")
        return Card(_("Locked"), told, "lock", "good", "lock.index", "listen")
    told = _("Recordings can be heard until it locks itself.")
    return Card(_("Unlocked"), told, "open", "good", "lock.index", "listen")


def _room() -> Card:
    room = disk.room()
    title = _("%(free)s free", free=disk.gigabytes(room.free + room.reserve))
    told = _("Room for about %(hours)s more hours of talk.", hours=int(room.hours))
    return Card(title, told, "disk", disk.TONES[room.level], "disk.index")


def _backup() -> Card:
    settings = house.settings()
    if not settings.backup.target:
        told = _("If this box burns, is stolen or breaks, its recordings are gone.")
        return Card(_("No backup"), told, "shelf", "warn", "disk.index")
    state = states.read(settings.state_dir)
    late = schedule.overdue(state, house.now(), settings.backup.every_hours)
    last = words.utc(state.last_ok_utc) if state.last_ok_utc else _("never yet")
    if state.problem or late:
        told = _("The last good one: %(time)s.", time=last)
        return Card(_("The backup fails"), told, "shelf", "bad", "disk.index")
    return Card(_("Backed up"), last, "shelf", "good", "disk.index")


def _proof() -> Card:
    ledger = archive().ledger
    size = ledger.size if ledger.exists else 0
    title = _("Ledger of %(count)s entries", count=size)
    seen = proof.anchored() if size else None
    if seen is not None and seen.alarm:
        told = _("Nobody outside has seen it for two days.")
        return Card(title, told, "seal", "bad", "proof.index")
    if seen is None or seen.seen_utc is None:
        told = _("Nobody outside has seen it yet.")
        return Card(title, told, "seal", "warn" if size else "", "proof.index")
    told = _("Somebody outside has seen it.")
    return Card(title, told, "seal", "good", "proof.index")
