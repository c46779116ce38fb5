"""Nobody sees anything without logging in: the guard, the headers, the limits.

The guard is a default: a route is closed unless its endpoint is listed in `PUBLIC`.
A test walks every route as nobody.
"""

import os
import secrets
from pathlib import Path

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, Unauthorized

from firmware.service.settings import Settings
from web import access
from web.accounts import Accounts

#: All that is served to nobody: the two doors, their css and icons, a sign of life.
PUBLIC = frozenset(
    {
        *("auth.claim", "auth.login", "static", "api.health"),
        *("install.manifest", "install.worker", "install.offline"),
        *("second.step", "second.options", "second.passkey"),
        *("trust.index", "trust.download", "trust.check", "trust.security_txt"),
    }
)
#: What is answered without TLS where there is TLS: how to trust the box, its looks.
PLAIN = ("/trust", "/static/")

#: No form is larger; `web.serve` refuses more before a thread sees it.
FORM_BYTES = 64 * 1024
#: Where somebody who is logged in may send a sound, and how much of it: a minute of
#: 48 kHz mono is 5.8 MB.
UPLOADS = "/papers/voices/"
UPLOAD_BYTES = 8 << 20

#: Name of the cookie that carries the session's token, and of the form's.
COOKIE = "linekeeper"
FORM_COOKIE = "linekeeper_form"
#: RFC 6265bis, 4.1.3.2: nobody but this host by HTTPS can set a cookie named so.
HOST_PREFIX = "__Host-"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing to others; to ourselves, by which forms are checked by HTTPS.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

#: Only with a certificate of the owner's: under HSTS a browser lets nobody past a bad
#: one, nor to the page that explains how to trust the box's own.
HSTS = "max-age=2592000"

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


class _FormSession(SecureCookieSessionInterface):
    """Flask's signed cookie, here only for the CSRF token; Secure where it can be."""

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name(request.is_secure, FORM_COOKIE)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def guard(app: Flask, key_path: Path) -> None:
    """Close the application and say what every answer carries."""
    app.secret_key = form_key(key_path)
    app.session_interface = _FormSession()
    app.config.update(
        SESSION_COOKIE_NAME=FORM_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the form's cookie lives
        MAX_CONTENT_LENGTH=FORM_BYTES,
    )
    app.before_request(_admit)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_dress)


def cookie_name(secure: bool, name: str = COOKIE) -> str:
    """Return what a cookie is called, by HTTPS or without."""
    return HOST_PREFIX + name if secure else name


def token() -> str | None:
    """Return the session's token of the request; none comes in the clear by HTTPS."""
    settings: Settings = current_app.extensions["linekeeper.settings"]
    if settings.web.secure and not request.is_secure:
        return None
    return request.cookies.get(cookie_name(request.is_secure))


def form_key(path: Path) -> bytes:
    """Return the key that signs form cookies, made at first use, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) >= 32:
            return key
        path.unlink()  # cut short by a crash; forms open now need a reload
        return form_key(path)
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key


def accounts() -> Accounts:
    """Return the accounts of the running application."""
    found: Accounts = current_app.extensions["linekeeper.accounts"]
    return found


def is_api() -> bool:
    """Say whether a program asks, which wants JSON and no redirects."""
    return request.path.startswith("/api/")


def _admit() -> ResponseReturnValue | None:
    g.user = g.session = None
    if request.endpoint == "static":
        return None
    g.user, g.session = accounts().known(token())
    if g.user is not None and request.path.startswith(UPLOADS):
        request.max_content_length = UPLOAD_BYTES
    if request.endpoint in PUBLIC:
        return None
    if g.user is not None:
        return _permit()
    if is_api():
        raise Unauthorized("Log in first.")
    if not accounts().claimed:
        return redirect(url_for("auth.claim"))
    asked = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("auth.login", next=asked if asked != "/" else None))


def _permit() -> ResponseReturnValue | None:
    """Let somebody who is logged in do what their role permits, nothing else."""
    if request.routing_exception is not None:
        return None  # there is no such address: told as that
    wanted = access.needed(request.endpoint, request.method)
    if request.method != "OPTIONS" and not access.permits(g.user.role, wanted):
        raise Forbidden()
    return None


def _dress(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings: Settings = current_app.extensions["linekeeper.settings"]
    if request.is_secure and settings.web.certificate is not None:
        response.headers["Strict-Transport-Security"] = HSTS
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    return response
