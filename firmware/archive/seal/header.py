"""The age header (C2SP age.md, version 1): a file key wrapped to X25519 recipients.

`seal.key` of a call is such a header and nothing else: put a payload of the call
behind it and any age program opens the two as one file.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from firmware.archive.seal import bech32
from firmware.errors import SealBroken

#: C2SP age.md: the first line, the label of X25519 stanzas, sizes in bytes.
INTRO = b"age-encryption.org/v1"
X25519_LABEL = b"age-encryption.org/v1/X25519"
FILE_KEY_BYTES = 16
_COLUMNS = 64
_ZERO_NONCE = bytes(12)
#: No header of ours comes near it; a larger file is not one.
MAX_BYTES = 1 << 16
RECIPIENT, IDENTITY = "age", "age-secret-key-"


def new_file_key() -> bytes:
    """Return a fresh data key."""
    return os.urandom(FILE_KEY_BYTES)


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """Return 32 bytes by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)


def recipient_text(public: X25519PublicKey) -> str:
    """Return a public key as age writes it: age1…"""
    return bech32.encode(RECIPIENT, public.public_bytes_raw())


def identity_text(private: X25519PrivateKey) -> str:
    """Return a private key as age writes it: AGE-SECRET-KEY-1…"""
    return bech32.encode(IDENTITY, private.private_bytes_raw()).upper()


def read_recipient(text: str) -> X25519PublicKey:
    """Return the public key of a text; ValueError says what is wrong."""
    return X25519PublicKey.from_public_bytes(_key_bytes(text, RECIPIENT))


def read_identity(text: str) -> X25519PrivateKey:
    """Return the private key of a text; ValueError says what is wrong."""
    return X25519PrivateKey.from_private_bytes(_key_bytes(text, IDENTITY))


def wrap(file_key: bytes, recipients: Iterable[X25519PublicKey]) -> bytes:
    """Return a header that lets each recipient have the file key."""
    lines = [INTRO]
    for recipient in recipients:
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        key = _wrap_key(ephemeral.exchange(recipient), share, recipient)
        body = ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)
        lines += [b"-> X25519 " + _encode(share), *_columns(_encode(body))]
    head = b"\n".join(lines) + b"\n---"
    return head + b" " + _encode(_mac(file_key, head)) + b"\n"


def unwrap(header: bytes, identities: Sequence[X25519PrivateKey]) -> bytes:
    """Return the file key; SealBroken if the header is damaged or for other keys."""
    head, mac, stanzas = _parse(header)
    for share, body in stanzas:
        for identity in identities:
            file_key = _open(share, body, identity)
            if file_key is None:
                continue
            if not hmac.compare_digest(_mac(file_key, head), mac):
                raise SealBroken("the seal's header has been altered")
            return file_key
    raise SealBroken("sealed for another key than those of this box")


def verify(header: bytes, file_key: bytes) -> None:
    """Raise SealBroken if a header is not whole or not that of a file key."""
    head, mac, _ = _parse(header)
    if not hmac.compare_digest(_mac(file_key, head), mac):
        raise SealBroken("not the key of this seal")


def _parse(header: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes]]]:
    """Return what the MAC covers, the MAC and the X25519 stanzas."""
    lines = header.split(b"\n")
    if len(header) > MAX_BYTES or lines[0] != INTRO or lines[-1] != b"":
        raise SealBroken("not a seal's header, or cut off")
    stanzas: list[tuple[bytes, bytes]] = []
    at = 1
    while at < len(lines) and lines[at].startswith(b"-> "):
        arguments = lines[at][3:].split(b" ")
        at += 1
        first = at
        while at < len(lines) and len(lines[at]) == _COLUMNS:
            at += 1
        body = b"".join(lines[first : at + 1])
        at += 1
        if arguments[0] == b"X25519":
            if len(arguments) != 2:
                raise SealBroken("the seal's header is damaged")
            stanzas.append((_decode(arguments[1], 32), _decode(body, 32)))
    if at != len(lines) - 2 or not lines[at].startswith(b"--- "):
        raise SealBroken("the seal's header is damaged or cut off")
    mac = lines[at][4:]
    return header[: len(header) - len(mac) - 2], _decode(mac, 32), stanzas


def _open(share: bytes, body: bytes, identity: X25519PrivateKey) -> bytes | None:
    try:
        shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
        key = _wrap_key(shared, share, identity.public_key())
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except (InvalidTag, ValueError):  # not for this key; a share of low order
        return None


def _wrap_key(shared: bytes, share: bytes, recipient: X25519PublicKey) -> bytes:
    return derive(shared, share + recipient.public_bytes_raw(), X25519_LABEL)


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(derive(file_key, b"", b"header"), head, "sha256")


def _key_bytes(text: str, wanted: str) -> bytes:
    prefix, data = bech32.decode(text.strip())
    if prefix != wanted or len(data) != 32:
        raise ValueError(f"want a key that begins with {wanted}1")
    return data


def _columns(text: bytes) -> list[bytes]:
    """Break a body into lines; the last one is shorter than 64, if need be empty."""
    return [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]


def _encode(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decode(text: bytes, length: int) -> bytes:
    """Return the bytes of canonical base64 without padding."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealBroken("the seal's header is damaged") from error
    if len(data) != length or _encode(data) != text:
        raise SealBroken("the seal's header is damaged")
    return data
