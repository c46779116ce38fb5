"""The second step of logging in: a passkey, a code of an app, or a recovery code.

Who has given name and password waits here, in the signed cookie of the form and for
five minutes, and is nobody yet.
"""

import time

from flask import (
    Blueprint,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Unauthorized

from firmware.archive.users import User
from web import audit, codes, passkeys
from web.auth import WAITING, come_in, inside
from web.i18n import _
from web.security import accounts, limiter, token
from web.store import archive

bp = Blueprint("second", __name__)

#: How long the password counts until the second step, s.
WAIT_S = 300.0
#: Wrong ones of one person in a quarter of an hour before it pauses.
TRIES = "10 per 15 minutes"


def _waiting() -> tuple[User, str]:
    """Return who waits and where they want to go; Unauthorized if nobody does."""
    kept = session.get(WAITING)
    if isinstance(kept, list) and 0 <= time.time() - kept[1] < WAIT_S:
        user = archive().users.get(kept[0])
        if user is not None:
            return user, inside(kept[2])
    raise Unauthorized(_("That took too long. Please log in again."))


def _whom() -> str:
    kept = session.get(WAITING)
    return f"second:{kept[0] if isinstance(kept, list) else request.remote_addr}"


def _wrong(response: object) -> bool:
    return getattr(response, "status_code", 0) == 401


@bp.route("/login/second", methods=["GET", "POST"])
@limiter.limit(TRIES, key_func=_whom, methods=["POST"], deduct_when=_wrong)
def step() -> ResponseReturnValue:
    """Ask for the second factor."""
    try:
        user, where = _waiting()
    except Unauthorized:
        return redirect(url_for("auth.login"))
    problem = ""
    if request.method == "POST":
        if codes.right(user, request.form.get("code", "")):
            return come_in(user, where)
        audit.refused("second_factor", user.name)
        problem = _("That code is not right, or was used before.")
    page = render_template(
        "auth/second.html",
        problem=problem,
        app=archive().factors.secret(user.id) is not None,
        keys=bool(passkeys.usable(user.id)),
        next=where,
    )
    return page, 401 if problem else 200


@bp.post("/login/passkey/options")
def options() -> ResponseReturnValue:
    """What the browser needs to use a passkey of whoever waits."""
    return jsonify(passkeys.begin(_waiting()[0]))


@bp.post("/login/passkey")
@limiter.limit(TRIES, key_func=_whom, deduct_when=_wrong)
def passkey() -> ResponseReturnValue:
    """Let in who waits, with a passkey."""
    user, where = _waiting()
    if not passkeys.finish(user, given()):
        audit.refused("second_factor", user.name)
        raise Unauthorized(_("That passkey does not open this account."))
    response = come_in(user, where)
    response.status_code, response.data = 200, b""
    response.headers["X-Next"] = where
    return response


def given() -> dict[str, object]:
    """Return what a browser sent of a passkey."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise BadRequest()
    return sent


@bp.post("/again/passkey/options")
def again_options() -> ResponseReturnValue:
    """What the browser needs to prove with a passkey who is logged in."""
    return jsonify(passkeys.begin(g.user))


@bp.post("/again/passkey")
def again() -> ResponseReturnValue:
    """Take a passkey instead of the password, before something grave."""
    if not passkeys.finish(g.user, given()):
        audit.refused("proof", g.user.name)
        raise Unauthorized(_("That passkey does not open this account."))
    accounts().proved(token() or "")
    return "", 204
