"""Something grave wants the password again: erasing, taking copies out, keys.

A session that was opened or proved less than `FRESH_S` ago is fresh.  A form that does
something grave carries a field for the password (macro `prove`) while the session is
not; a link to something grave leads over the page "It is you?" and back.
"""

import time

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from web import audit, passkeys
from web.auth import inside
from web.i18n import _
from web.security import accounts, is_api, limiter, token

bp = Blueprint("fresh", __name__)

#: How long a password counts, s: ten minutes, enough for a few things in a row.
FRESH_S = 600.0
#: Wrong passwords of one person in a quarter of an hour before it pauses.
TRIES = "10 per 15 minutes"

#: Routes that want it, as `access.ROUTES` names them.
GRAVE = frozenset(
    {
        "POST me.password",
        "POST deeds.erase",
        "POST evidence.bundle",
        "POST bulk.erase",
        "POST bulk.zip",
        "bulk.download",
        "views.table",
        "evidence.download",
        "POST keeping.sweep_now",
        "POST shelf.fill",
        "copies.take",
        "POST backup.choose",
        "POST backup.end",
        "POST backup.password",
        "POST retention.keep",
        "POST rights.package",
        "POST rights.erase",
        "POST lock.passphrase",
        "POST lock.recovery",
        "POST logins.add",
        "POST logins.change",
        "POST logins.password",
        "POST logins.remove",
        "POST logins.reset_second",
        "POST factors.add_app",
        "POST factors.remove_app",
        "POST factors.new_codes",
        "POST factors.key_options",
        "POST factors.remove_key",
    }
)


def is_fresh() -> bool:
    """Say whether the password was given a short while ago."""
    return g.session is not None and time.time() - g.session.proved_utc < FRESH_S


def _whom() -> str:
    return f"prove:{g.user.id}"


def _tried() -> bool:
    return bool(getattr(g, "tried", False))


@limiter.limit(TRIES, key_func=_whom, deduct_when=lambda _response: _tried())
def prove(password: str) -> bool:
    """Check the password of whoever is logged in; tries are counted."""
    right = accounts().prove(g.user, token() or "", password)
    g.tried = not right
    if not right:
        audit.refused("proof", g.user.name)
    return right


def install(app: Flask) -> None:
    """Ask for the password before anything grave is done."""
    app.before_request(_guard)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(is_fresh=is_fresh)


def _guard() -> ResponseReturnValue | None:
    reading = request.method in ("GET", "HEAD")
    key = f"{'' if reading else request.method + ' '}{request.endpoint}"
    if g.user is None or key not in GRAVE or is_fresh():
        return None
    if is_api() and "text/html" not in request.headers.get("Accept", ""):
        raise Unauthorized(_("Give your password again first."))
    if reading:
        return redirect(url_for("fresh.again", next=request.full_path.rstrip("?")))
    if prove(request.form.get("password", "")):
        return None
    return _ask(inside(request.form.get("back")), _("The password is wrong.")), 401


@bp.route("/again", methods=["GET", "POST"])
def again() -> ResponseReturnValue:
    """Ask for the password, then go where somebody wanted to go."""
    where = inside(request.values.get("next"), programs=True)
    if request.method == "GET":
        return _ask(where, "")
    if prove(request.form.get("password", "")):
        return redirect(where, 303)
    return _ask(where, _("The password is wrong.")), 401


def _ask(where: str, problem: str) -> str:
    keys = bool(passkeys.usable(g.user.id))
    return render_template("auth/again.html", next=where, problem=problem, keys=keys)
