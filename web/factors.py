"""One's own second factors: passkeys, an app with codes, codes for a lost phone."""

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
from werkzeug.exceptions import Forbidden, NotFound

from web import codes, house, passkeys
from web.i18n import _
from web.second import given
from web.security import accounts, is_api
from web.store import archive

bp = Blueprint("factors", __name__, url_prefix="/me/second")

#: The secret of an app that has not shown yet that it has it: in the form's cookie.
_SECRET = "new_app"
#: A passkey was made a moment ago.
_NEW = "new_passkey"
#: What is open to who has to get a second factor first.
OPEN = ("factors.", "me.", "fresh.", "second.", "auth.", "trust.", "static")


@bp.before_app_request
def enrol_first() -> ResponseReturnValue | None:
    """Let nobody go on without a second factor who has to have one."""
    if g.get("user") is None or (request.endpoint or "").startswith(OPEN):
        return None
    if not accounts().lacks_factor(g.user):
        return None
    if is_api():
        raise Forbidden(_("Get a second factor first, on the page “You”."))
    return redirect(url_for("factors.index"))


@bp.get("")
def index() -> str:
    """What somebody proves themselves with besides the password."""
    return _page()


def _page(shown: list[str] | None = None) -> str:
    factors = archive().factors
    return render_template(
        "box/second.html",
        keys=factors.passkeys(g.user.id),
        possible=passkeys.possible(),
        host=passkeys.hostname(),
        app=factors.secret(g.user.id) is not None,
        left=factors.codes_left(g.user.id),
        has=factors.has(g.user.id),
        shown=shown,
        must=accounts().lacks_factor(g.user),
    )


@bp.get("/app")
def app() -> str:
    """A picture for the app, and a field for its first code."""
    return _app_page("")


def _app_page(problem: str) -> str:
    secret = session.setdefault(_SECRET, codes.new_secret())
    return render_template(
        "box/second_app.html",
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        picture=codes.picture(codes.uri(g.user, secret)),
        problem=problem,
    )


@bp.post("/app")
def add_app() -> ResponseReturnValue:
    """Take the app, once it has shown a right code."""
    secret = session.get(_SECRET)
    typed = request.form.get("code", "")
    step = codes.step_of(secret, typed, house.now()) if secret else None
    if secret is None or step is None:
        return _app_page(_("That code is not right. Is the time of the phone?")), 422
    session.pop(_SECRET)
    archive().factors.set_secret(g.user.id, secret, step, house.now())
    return _added()


@bp.post("/app/remove")
def remove_app() -> ResponseReturnValue:
    """Let the app's codes count no more."""
    archive().factors.remove_secret(g.user.id)
    return _removed()


@bp.post("/codes")
def new_codes() -> ResponseReturnValue:
    """New recovery codes, shown once; the old ones count no more."""
    return _page(archive().factors.new_codes(g.user.id))


@bp.post("/passkeys/options")
def key_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    return jsonify(passkeys.begin_new(g.user))


@bp.post("/passkeys")
def add_key() -> ResponseReturnValue:
    """Take the passkey that the browser has made."""
    sent = given()
    passkeys.finish_new(g.user, sent, str(sent.get("name") or ""))
    session[_NEW] = True
    return "", 204


@bp.get("/added")
def added() -> ResponseReturnValue:
    """Where a browser goes that has made a passkey: recovery codes with the first."""
    return _added() if session.pop(_NEW, False) else redirect(url_for("factors.index"))


@bp.post("/passkeys/<key_id>/name")
def rename_key(key_id: str) -> ResponseReturnValue:
    """Call a passkey otherwise."""
    name = " ".join(request.form.get("name", "").split())[: passkeys.LONGEST_NAME]
    if not archive().factors.rename_passkey(g.user.id, key_id, name or _("Passkey")):
        raise NotFound(_("This passkey is gone already."))
    return redirect(url_for("factors.index"), 303)


@bp.post("/passkeys/<key_id>/remove")
def remove_key(key_id: str) -> ResponseReturnValue:
    """Forget a passkey."""
    if not archive().factors.remove_passkey(g.user.id, key_id):
        raise NotFound(_("This passkey is gone already."))
    return _removed()


def _added() -> ResponseReturnValue:
    """Show recovery codes with the first factor, so that nobody is locked out."""
    if archive().factors.codes_left(g.user.id):
        return redirect(url_for("factors.index"), 303)
    return _page(archive().factors.new_codes(g.user.id))


def _removed() -> ResponseReturnValue:
    if not archive().factors.has(g.user.id):
        archive().factors.reset(g.user.id)  # the codes belong to a factor
    return redirect(url_for("factors.index"), 303)
