"""Ways of unlocking: each wraps the store key so that something else can open it.

`passphrase`: argon2id (RFC 9106) of what a person knows.  `recovery` and `key_file`:
an age identity on paper or on a stick.  `tpm`: a credential of systemd bound to this
machine's TPM 2.0.  `tang`: a JWE that opens only in reach of the office's Tang server,
by clevis.  The last two let the box unlock by itself.
"""

import base64
import json
import os
import subprocess
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.archive.seal import header
from firmware.errors import AccessError, SealBroken, StoreError

#: RFC 9106, section 4: the second recommended choice, for boxes with little memory.
ARGON2 = {"time_cost": 3, "memory_kib": 64 << 10, "lanes": 4}
#: What a damaged or forged file may ask of the box at most.
ARGON2_LIMITS = {"time_cost": 64, "memory_kib": 1 << 20, "lanes": 16}
MIN_PASSPHRASE = 8
#: A TPM or a server in the office answers within this, s.
PATIENCE_S = 20.0
_CREDENTIAL = "linekeeper-archive"
_ZERO_NONCE = bytes(12)

Wrap = dict[str, Any]
Run = Callable[[Sequence[str], bytes], bytes]


def by_passphrase(
    store_key: bytes, passphrase: str, cost: Mapping[str, int] = ARGON2
) -> Wrap:
    """Wrap for what a person knows; AccessError if it is too short."""
    if len(passphrase.strip()) < MIN_PASSPHRASE:
        raise AccessError(
            "short", f"passphrase: want at least {MIN_PASSPHRASE} characters"
        )
    salt = os.urandom(16)
    key = _stretch(passphrase, salt, cost)
    body = ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, store_key, None)
    return {"kind": "passphrase", "salt": _text(salt), **cost, "body": _text(body)}


def open_passphrase(wrap: Wrap, passphrase: str) -> bytes:
    """Return the store key; AccessError if it is another passphrase."""
    cost = {name: int(wrap[name]) for name in ARGON2}
    if any(not 0 < cost[name] <= limit for name, limit in ARGON2_LIMITS.items()):
        raise StoreError("office.json: asks for more memory or time than is sane")
    key = _stretch(passphrase, _bytes(wrap["salt"]), cost)
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, _bytes(wrap["body"]), None)
    except InvalidTag:
        raise AccessError("passphrase", "this is not the passphrase") from None


def by_identity(kind: str, store_key: bytes, public: str) -> Wrap:
    """Wrap for the holder of an age identity: `recovery` or `key_file`."""
    head = header.wrap(store_key, [header.read_recipient(public)])
    return {"kind": kind, "public": public, "body": head.decode("ascii")}


def open_identity(wrap: Wrap, identity: X25519PrivateKey) -> bytes:
    """Return the store key; AccessError if it is another identity."""
    try:
        return header.unwrap(str(wrap["body"]).encode(), [identity])
    except SealBroken as error:
        raise AccessError("key", "this key does not open this box's store") from error


def run(command: Sequence[str], data: bytes) -> bytes:
    """Return what a program makes of `data`; StoreError says what it complained of."""
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except FileNotFoundError as error:
        raise StoreError(f"{command[0]}: is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"{command[0]}: no answer in {PATIENCE_S:.0f} s") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StoreError(f"{command[0]}: {told[-1] if told else 'refused'}")
    return done.stdout


def by_tpm(store_key: bytes, device: str = "auto", runner: Run = run) -> Wrap:
    """Wrap for this machine's TPM."""
    body = runner([*_creds("encrypt", device), "--with-key=tpm2", "-", "-"], store_key)
    return {"kind": "tpm", "device": device, "body": body.decode("ascii")}


def open_tpm(wrap: Wrap, runner: Run = run) -> bytes:
    """Return the store key, if the TPM gives it."""
    command = [*_creds("decrypt", str(wrap["device"])), "-", "-"]
    return _checked(runner(command, str(wrap["body"]).encode()))


def by_tang(store_key: bytes, url: str, thumbprint: str, runner: Run = run) -> Wrap:
    """Wrap for a Tang server whose signing key has this thumbprint."""
    config = json.dumps({"url": url, "thp": thumbprint})
    body = runner(["clevis", "encrypt", "tang", config], store_key)
    return {"kind": "tang", "url": url, "body": body.decode("ascii")}


def open_tang(wrap: Wrap, runner: Run = run) -> bytes:
    """Return the store key, if the server is within reach."""
    return _checked(runner(["clevis", "decrypt"], str(wrap["body"]).encode()))


#: Ways in which the box unlocks by itself, in the order they are tried.
BY_ITSELF: dict[str, Callable[[Wrap], bytes]] = {"tpm": open_tpm, "tang": open_tang}


def _creds(verb: str, device: str) -> list[str]:
    name = f"--name={_CREDENTIAL}"
    return ["systemd-creds", verb, name, f"--tpm2-device={device}"]


def _checked(store_key: bytes) -> bytes:
    if len(store_key) != header.FILE_KEY_BYTES:
        raise SealBroken("the store key is damaged")
    return store_key


def _stretch(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    secret = unicodedata.normalize("NFKC", passphrase.strip()).encode()
    return hash_secret_raw(
        secret, salt, cost["time_cost"], cost["memory_kib"], cost["lanes"], 32, Type.ID
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise StoreError("office.json: is damaged") from error
