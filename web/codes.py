"""Codes of an app on a telephone (TOTP, RFC 6238), and codes for when it is lost."""

import hmac
import time

import pyotp
import segno
from markupsafe import Markup

from firmware.archive.users import User
from web import house
from web.store import archive

#: RFC 6238, 5.2: one step before and after, for clocks that differ and slow typists.
DRIFT = 1
STEP_S = 30


def new_secret() -> str:
    """Return a secret of 160 bits (RFC 4226, 4)."""
    return pyotp.random_base32()


def uri(user: User, secret: str) -> str:
    """Return what an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(
        name=user.name, issuer_name=house.base().box.name
    )


def picture(text: str) -> Markup:
    """Return a text as a QR code, dark on light whatever the page is like."""
    made = segno.make(text, error="m", micro=False)
    return Markup(
        made.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    )


def step_of(secret: str, code: str, now_utc: float) -> int | None:
    """Return the step a code belongs to, None if it is wrong or too old."""
    typed = "".join(code.split())
    if len(typed) != 6 or not typed.isascii() or not typed.isdigit():
        return None
    made = pyotp.TOTP(secret)
    now = int(now_utc) // STEP_S
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(made.at(step * STEP_S), typed):
            return step
    return None


def right(user: User, typed: str) -> bool:
    """Take a code of the app, or a recovery code; each counts once."""
    factors = archive().factors
    secret = factors.secret(user.id)
    if secret is not None:
        step = step_of(secret, typed, time.time())
        if step is not None:
            return factors.use_step(user.id, step)
    return factors.use_code(user.id, typed[:40])
