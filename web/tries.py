"""How often somebody may guess: per address, per account, and all guessers together.

A browser that was let in before carries a signed cookie that says so, for one account
(OWASP, "Slow Down Online Guessing Attacks with Device Cookies").  Its wrong passwords
are counted for itself alone.  So whoever guesses an account's password from elsewhere
closes it for strangers, not for the person whose it is.
"""

import ipaddress
import secrets

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from web.security import cookie_name

#: OWASP ASVS 5.0, 6.3.1; wrong ones in a quarter of an hour.
PER_ADDRESS = "10 per 15 minutes"
PER_ACCOUNT = "10 per 15 minutes"
#: Wrong ones of all strangers: a password costs 50 ms of a core and 19 MiB, and who has
#: a network of addresses must not keep the box at it.
OF_STRANGERS = "120 per 15 minutes"
COOKIE = "linekeeper_known"
#: A browser is remembered so long, s.
REMEMBERED_S = 180 * 86400
_SALT = "known browser"


def address() -> str:
    """Return what guesses of an address count for."""
    return known("address") or f"address:{network(request.remote_addr or '')}"


def account() -> str:
    """Return what guesses at an account count for."""
    return known("account") or f"account:{_name()}"


def anybody() -> str:
    """Return what guesses of strangers count for."""
    return known("all") or "strangers"


def network(text: str) -> str:
    """Return whose an address is: with IPv6 one household has 2^64 of them."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if found.version == 4:
        return text
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def known(limit: str) -> str | None:
    """Return what names this browser to a limit, if it opened this account before."""
    given = request.cookies.get(cookie_name(request.is_secure, COOKIE), "")
    try:
        name, mark = _signer().loads(given)
    except (BadSignature, ValueError, TypeError):
        return None
    return f"{limit}:browser:{mark}" if name == _name() else None


def remember(response: Response, name: str) -> None:
    """Let this browser be known as one that has opened an account."""
    secure = request.is_secure
    response.set_cookie(
        cookie_name(secure, COOKIE),
        str(_signer().dumps([name.strip().casefold()[:64], secrets.token_hex(8)])),
        max_age=REMEMBERED_S,
        httponly=True,
        samesite="Strict",
        secure=secure,
    )


def _name() -> str:
    return request.form.get("name", "").strip().casefold()[:64]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", _SALT)
