"""Passkeys on this box (WebAuthn), by the fido2 library.

A passkey belongs to the name by which the box is open: one made at `box.local` does
not open `localhost`.  Browsers want a name, not an address, and HTTPS or localhost.
What the browser is to answer lies in the signed cookie of the form, for one answer.
"""

import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from flask import request, session
from werkzeug.exceptions import BadRequest

from firmware.archive.factors import Passkey
from firmware.archive.users import User
from web import house
from web.i18n import _
from web.store import archive

#: Where a ceremony that has begun waits for its end: in the form's cookie.
_STATE = "passkey"
#: It has to end by then, s.
PATIENCE_S = 300.0
LONGEST_NAME = 40


def possible() -> bool:
    """Say whether browsers make passkeys for the address they came by."""
    host = hostname()
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure or host == "localhost"
    return False


def hostname() -> str:
    """Return the name by which the box is open, without a port."""
    host = request.host
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def usable(user_id: int) -> list[Passkey]:
    """Return somebody's passkeys for the name by which the box is open."""
    mine = archive().factors.passkeys(user_id)
    return [key for key in mine if key.host == hostname()] if possible() else []


def begin_new(user: User) -> dict[str, Any]:
    """Return what the browser needs to make a passkey."""
    person = PublicKeyCredentialUserEntity(
        id=str(user.id).encode(), name=user.name, display_name=user.name
    )
    known = [_credential(key) for key in usable(user.id)]
    options, state = _server().register_begin(
        person,
        known,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep("new", state, user.id)
    return dict(options)


def finish_new(user: User, answer: Mapping[str, Any], name: str) -> Passkey:
    """Keep the passkey that the browser has made; BadRequest if it does not fit."""
    state = _take("new", user.id)
    try:
        made = _server().register_complete(state, answer).credential_data
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest(_("That passkey cannot be used. Please try again.")) from error
    if made is None:
        raise BadRequest(_("That passkey cannot be used. Please try again."))
    key = Passkey(
        id=websafe_encode(made.credential_id),
        user_id=user.id,
        name=" ".join(name.split())[:LONGEST_NAME] or _("Passkey"),
        host=hostname(),
        data=bytes(made),
        counter=0,
        created_utc=house.now(),
        used_utc=None,
    )
    if archive().factors.passkey(key.id) is not None:
        raise BadRequest(_("This passkey is known already."))
    archive().factors.add_passkey(key)
    return key


def begin(user: User) -> dict[str, Any]:
    """Return what the browser needs to use a passkey of somebody."""
    options, state = _server().authenticate_begin(
        [_credential(key) for key in usable(user.id)],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep("use", state, user.id)
    return dict(options)


def finish(user: User, answer: Mapping[str, Any]) -> bool:
    """Say whether the browser has proved to hold a passkey of somebody."""
    state = _take("use", user.id)
    mine = usable(user.id)
    try:
        found = websafe_encode(websafe_decode(str(answer.get("rawId", ""))))
        _server().authenticate_complete(state, [_credential(k) for k in mine], answer)
        data = websafe_decode(answer["response"]["authenticatorData"])
        counter = int.from_bytes(data[33:37], "big")  # WebAuthn, 6.1
    except (ValueError, KeyError, TypeError):
        return False
    return archive().factors.used_passkey(found, counter, house.now())


def _server() -> Fido2Server:
    host, origin = hostname(), request.host_url.rstrip("/")
    entity = PublicKeyCredentialRpEntity(id=host, name=house.base().box.name)
    return Fido2Server(entity, verify_origin=lambda told: told == origin)


def _credential(key: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(key.data)


def _keep(what: str, state: Mapping[str, Any], user_id: int) -> None:
    session[_STATE] = [what, user_id, time.time(), dict(state)]


def _take(what: str, user_id: int) -> dict[str, Any]:
    """Return the state of the ceremony that has begun; it ends with this answer."""
    kept = session.pop(_STATE, None)
    fits = (
        isinstance(kept, list)
        and kept[:2] == [what, user_id]
        and 0 <= time.time() - kept[2] < PATIENCE_S
    )
    if not fits or kept is None:
        raise BadRequest(_("That took too long. Please try again."))
    state: dict[str, Any] = kept[3]
    return state
