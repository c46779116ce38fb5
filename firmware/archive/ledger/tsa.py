"""Timestamps of an outside authority over a checkpoint (RFC 3161).

The request holds a hash and nothing else.  The answer is kept as it came.  Where the
library refuses what OpenSSL accepts, OpenSSL has the second word, if it is installed.
"""

import contextlib
import hashlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from firmware.archive.ledger.der import sort_certificates
from firmware.errors import StoreError

#: How long an authority may take, s, and the most it may say, bytes.
TIMEOUT_S = 20.0
MAX_BYTES = 1 << 17
#: RFC 3161, 3.4: the media types of question and answer.
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
_OPENSSL_S = 20.0
#: RFC 5754, 2: the hashes an authority may repeat.
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


class TokenError(ValueError):
    """A timestamp is not good for what it should cover."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp that holds: when, and who says so."""

    at_utc: float
    authority: str


def ask(url: str, data: bytes) -> bytes:
    """Have data stamped and return the answer as it came; StoreError if there is none.

    It is not checked here but for being an answer.
    """
    if not url.startswith(("https://", "http://")):
        raise StoreError(f"{url[:80]}: want the http address of a time authority")
    query = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    body = query.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()
    asking = urllib.request.Request(url, body, {"Content-Type": QUERY})
    try:
        with urllib.request.urlopen(asking, timeout=TIMEOUT_S) as answer:
            token: bytes = answer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise StoreError(f"the time authority cannot be reached: {error}") from error
    try:
        decode(token)
    except TokenError as error:
        raise StoreError(f"the time authority's answer: {error}") from error
    return token


def decode(token: bytes) -> TimeStampResponse:
    """Read an answer; TokenError if it is not one, or a refusal."""
    if len(token) > MAX_BYTES:
        raise TokenError("not a timestamp: too long")
    try:
        response = decode_timestamp_response(sort_certificates(token))
        if response.status not in (0, 1):  # RFC 3161, 2.4.2: granted, with changes
            raise TokenError(f"refused with status {response.status}")
        _ = response.tst_info
    except ValueError as error:
        raise TokenError(f"not a timestamp: {error}") from error
    return response


def check(token: bytes, data: bytes, roots: Path) -> Stamp:
    """Return what a token says about data, or raise TokenError.

    `roots` is a PEM file with the certificates that are trusted to stamp.
    """
    response = decode(token)
    stamp = Stamp(_time_of(response), _authority(response))
    try:
        trusted = x509.load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise TokenError(f"{roots.name}: no certificates: {error}") from error
    try:
        _verifier(trusted).verify_message(response, data)
    except (VerificationError, ValueError) as problem:
        if not _openssl_agrees(token, data, roots):
            raise TokenError(f"the timestamp is not good: {problem}") from problem
    return stamp


def covers(token: bytes, data: bytes) -> Stamp:
    """Return what a token says about data, not knowing whether its signer is trusted.

    TokenError if it is about something else.
    """
    response = decode(token)
    imprint = response.tst_info.message_imprint
    name = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if name is None or hashlib.new(name, data).digest() != imprint.message:
        raise TokenError("the timestamp is of something else")
    return Stamp(_time_of(response), _authority(response))


def _verifier(trusted: Sequence[x509.Certificate]):  # type: ignore[no-untyped-def]  # the class of the result is not exported
    builder = VerifierBuilder()
    for certificate in trusted:
        with contextlib.suppress(ValueError):  # named twice
            builder = builder.add_root_certificate(certificate)
    return builder.build()


def _time_of(response: TimeStampResponse) -> float:
    at = response.tst_info.gen_time
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _authority(response: TimeStampResponse) -> str:
    """Return the name in the token's own certificate, as far as there is one."""
    with contextlib.suppress(ValueError, TypeError):
        for raw in response.signed_data.certificates:
            certificate = x509.load_der_x509_certificate(raw)
            for signer in response.signed_data.signer_infos:
                if certificate.serial_number == signer.serial_number:
                    return certificate.subject.rfc4514_string()
    return ""


def _openssl_agrees(token: bytes, data: bytes, roots: Path) -> bool:
    program = shutil.which("openssl")
    if program is None:
        return False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").write_bytes(data)
        (folder / "token").write_bytes(token)
        command = [program, "ts", "-verify", "-data", "data", "-in", "token"]
        try:
            done = subprocess.run(
                [*command, "-CAfile", str(roots.absolute())],
                cwd=folder,
                capture_output=True,
                timeout=_OPENSSL_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


def utc_text(at_utc: float) -> str:
    """Return a stamp's time for people."""
    return datetime.fromtimestamp(at_utc, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
