"""Signatures as `minisign` makes and checks them (jedisct1/minisign, signature format).

``minisign -Vm call.json -P <public key>`` checks one without our software.
"""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

#: Behind the name of what is signed.
ENDING = ".minisig"
#: Algorithms: of a key and of a signature over the content; of one over its
#: BLAKE2b-512.
_PLAIN, _HASHED = b"Ed", b"ED"
_ID_BYTES = 8
_UNTRUSTED = "untrusted comment: "
_TRUSTED = "trusted comment: "


class SignatureError(ValueError):
    """A signature is not good, or not one."""


def key_id(public: bytes) -> bytes:
    """Return the id that a key and its signatures bear: part of the key's hash."""
    return hashlib.sha256(b"minisign" + public).digest()[:_ID_BYTES]


def public_text(public: bytes) -> str:
    """Return a public key in one line."""
    return base64.b64encode(_PLAIN + key_id(public) + public).decode()


def public_file(public: bytes) -> str:
    """Return a public key as minisign keeps it in a file."""
    name = key_id(public)[::-1].hex().upper()
    return f"{_UNTRUSTED}minisign public key {name}\n{public_text(public)}\n"


def sign(
    data: bytes, key: Ed25519PrivateKey, comment: str, *, hashed: bool = True
) -> str:
    """Return the content of a signature file; the comment is signed, too.

    Without `hashed` a browser can check it as well: it knows no BLAKE2b.
    """
    signature = key.sign(_digest(data) if hashed else data)
    public = key.public_key().public_bytes_raw()
    body = (_HASHED if hashed else _PLAIN) + key_id(public) + signature
    return _text(body, comment, key.sign(signature + comment.encode()))


def check(data: bytes, text: str, public: bytes, *, own: bool = False) -> str:
    """Return the trusted comment of a good signature, or raise SignatureError.

    With `own` the file has to be as this program writes it, to the byte.
    """
    lines = text.splitlines()
    if (
        len(lines) != 4
        or not lines[0].startswith(_UNTRUSTED)
        or not lines[2].startswith(_TRUSTED)
    ):
        raise SignatureError("not a signature")
    comment = lines[2].removeprefix(_TRUSTED)
    try:
        body = base64.b64decode(lines[1], validate=True)
        whole = base64.b64decode(lines[3], validate=True)
    except binascii.Error as error:
        raise SignatureError("not a signature") from error
    if body[:2] not in (_PLAIN, _HASHED) or body[2:10] != key_id(public):
        raise SignatureError("signed with another key")
    checker = Ed25519PublicKey.from_public_bytes(public)
    try:
        checker.verify(body[10:], _digest(data) if body[:2] == _HASHED else data)
        checker.verify(whole, body[10:] + comment.encode())
    except InvalidSignature as error:
        raise SignatureError("the signature is not good") from error
    if own and text != _text(body, comment, whole):
        raise SignatureError("the signature's file was altered")
    return comment


def _text(body: bytes, comment: str, whole: bytes) -> str:
    first, second = (base64.b64encode(data).decode() for data in (body, whole))
    return f"{_UNTRUSTED}Linekeeper\n{first}\n{_TRUSTED}{comment}\n{second}\n"


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()
