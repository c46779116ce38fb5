"""Lock and key: unlocking the recordings, the passphrase, the recovery key shown once.

The private key lives in the memory of this service while it is unlocked, and in no
other place.  The recovery key is in the answer to one request and nowhere else.
"""

import math

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.archive.acting import pack_waiting
from firmware.archive.model import Call
from firmware.archive.seal import Keyring
from firmware.errors import AccessError
from firmware.service.settings import Settings
from web import audit, house
from web.auth import inside
from web.i18n import N_, _
from web.jobs import Jobs
from web.security import limiter
from web.store import archive

bp = Blueprint("lock", __name__, url_prefix="/box/lock")

#: Wrong passphrases in a quarter of an hour before it pauses: of one person, and of
#: everybody together.
TRIES = "10 per 15 minutes"
TRIES_OF_ALL = "30 per 15 minutes"
#: NIST SP 800-63B, 5.1.1: no fewer than eight; this one guards against theft, where
#: guessing is not slowed down by anything but argon2.
SHORTEST, LONGEST = 12, 256

#: Kind of unlocking -> its name.
WAYS = {
    "passphrase": N_("the passphrase"),
    "recovery": N_("the recovery key"),
    "key_file": N_("a key file"),
    "tpm": N_("by itself, by the chip of this box (TPM)"),
    "tang": N_("by itself, while a server of yours answers (Tang)"),
}


def keyring() -> Keyring:
    """Return the keys of the running application."""
    found: Keyring = current_app.extensions["linekeeper.keyring"]
    return found


def shuts(call: Call) -> bool:
    """Say whether a call's sound waits for somebody to unlock."""
    return keyring().locked and archive().sealer.sealed(call.id)


def _wrong(response: object) -> bool:
    return getattr(response, "status_code", 0) == 401


def _whom() -> str:
    return f"unlock:{g.user.id if g.user else ''}"


@bp.get("")
def index() -> str:
    """Is it locked, how is it unlocked, and what may be changed."""
    return _page(done=request.args.get("done", ""))


def _page(
    problem: str = "", recovery: str = "", done: str = "", where: str = ""
) -> str:
    keys = keyring()
    return render_template(
        "box/lock.html",
        mode=keys.mode,
        locked=keys.locked,
        ways=[_(WAYS[way]) for way in keys.ways if way in WAYS],
        idle_min=math.ceil(keys.idle_s / 60),
        shortest=SHORTEST,
        problem=problem,
        recovery=recovery,
        done=DONE.get(done) and _(DONE[done]),
        next=where or inside(request.values.get("next")),
    )


DONE = {
    "unlocked": N_("Unlocked. Recordings can be heard."),
    "locked": N_("Locked. Nobody can hear a recording."),
    "changed": N_("The new passphrase counts from now on."),
}


@bp.post("/open")
@limiter.limit(TRIES, key_func=_whom, deduct_when=_wrong)
@limiter.limit(TRIES_OF_ALL, key_func=lambda: "unlock", deduct_when=_wrong)
def unlock() -> ResponseReturnValue:
    """Let the private key into memory: by passphrase, or by the recovery key."""
    passphrase, key = request.form.get("passphrase", ""), request.form.get("key", "")
    try:
        if key.strip():
            keyring().unlock_with_key(key.strip()[:LONGEST])
        else:
            keyring().unlock(passphrase[:LONGEST])
    except AccessError as error:
        problem = _("This is not the passphrase.")
        if error.reason == "key":
            problem = _("This is not a key of this box.")
        audit.refused("unlock", g.user.name)
        return _page(problem), 401
    _note("unlocked", how="recovery" if key.strip() else "passphrase")
    _pack_waiting()
    where = inside(request.form.get("next"))
    if where == url_for("home.index"):
        where = url_for("lock.index", done="unlocked")
    return redirect(where, 303)


def _pack_waiting() -> None:
    """Lend the recorder the keys of what a crash left half done, meanwhile."""
    settings: Settings = current_app.extensions["linekeeper.settings"]
    jobs: Jobs = current_app.extensions["linekeeper.jobs"]
    keys, by = archive(), g.user.name
    jobs.start("pack", by, lambda: pack_waiting(settings, keys, by))


@bp.post("/close")
def lock() -> ResponseReturnValue:
    """Throw the private key out of memory, for everybody."""
    keyring().lock()
    _note("locked")
    return redirect(url_for("lock.index", done="locked"), 303)


@bp.post("/passphrase")
def passphrase() -> ResponseReturnValue:
    """Choose a passphrase for the first time, or another one."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _page(_("The two passphrases differ.")), 422
    if not SHORTEST <= len(new) <= LONGEST:
        return _page(
            _("Please choose %(count)s characters or more.", count=SHORTEST)
        ), 422
    if keyring().mode == "open":
        recovery = keyring().choose_passphrase(new, house.now())
        _note("unlocked", how="passphrase")
        return _page(recovery=recovery)
    keyring().change_passphrase(new)
    return redirect(url_for("lock.index", done="changed"), 303)


@bp.post("/recovery")
def recovery() -> ResponseReturnValue:
    """Make a new recovery key and show it, once."""
    return _page(recovery=keyring().renew_recovery())


def _note(kind: str, **data: str) -> None:
    archive().ledger.add(kind, "", g.user.name, house.now(), **data)
