"""HTTPS for a box that no public authority can vouch for: an authority of its own.

The authority is made once and may vouch for this box's names and for private addresses
only (RFC 5280, 4.2.1.10), so that whoever steals its key cannot pose as a bank.  The
certificate it signs is renewed by itself: a month before its end, and when the box has
another name or address.

The clock may be wrong, 1970 as well as 2099.  Nothing begins in the future of a right
clock: the authority begins at `FLOOR`, before this program was written, and a clock
outside of its life counts as its nearest end, or as the time of the certificate in
use.  So a box without a clock keeps what it has, and when the clock is put right the
next look finds the certificate too old or too new and makes another.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.archive import disk
from firmware.errors import StoreError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Before any box was sold: what begins here lies in no right clock's future.
FLOOR = datetime(2026, 1, 1, tzinfo=UTC)
AUTHORITY_LIFE = timedelta(days=25 * 365)
#: Apple takes at most 825 days from an authority somebody added (support.apple.com
#: 103769); a year and a month leave room for a box that lay in a drawer.
LIFE = timedelta(days=397)
#: Begins so long ago, for visitors whose clock is slow.
BACK = timedelta(days=30)
RENEW = timedelta(days=30)
#: RFC 1918, 3927, 4193, 6598 and loopback: what a box has on a local network.
PRIVATE: tuple[Network, ...] = tuple(
    ip_network(net)
    for net in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128"),
    )
)
FOLDER = "tls"
#: The authority, its key, and what the server presents: key, certificate, authority.
AUTHORITY, AUTHORITY_KEY, SERVED = "authority.pem", "authority.key", "served.pem"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the certificate has to name."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What the box shows to visitors."""

    path: Path
    authority: x509.Certificate
    served: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """The authority's SHA-256 as systems show it: AB:CD:…"""
        return self.authority.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def der(self) -> bytes:
        """The authority as a file that every system installs."""
        return self.authority.public_bytes(serialization.Encoding.DER)


def ensure(
    state_dir: Path, wanted: Wanted, now: datetime, *, renew: bool = False
) -> Identity:
    """Return the identity in force; what is missing or too old is made first."""
    folder = state_dir / FOLDER
    with _alone(folder):
        authority = _read(folder / AUTHORITY)
        key = _key(folder / AUTHORITY_KEY)
        if authority is None or key is None or not vouches(authority, wanted):
            authority, key = _new_authority(folder, wanted)
        served = _read(folder / SERVED)
        held = served if served and served.issuer == authority.subject else None
        time = plausible(now, held)
        if renew or held is None or not _good(held, wanted, time):
            held = _new_served(folder, authority, key, wanted, time)
    return Identity(folder / SERVED, authority, held)


def read(state_dir: Path) -> Identity | None:
    """Return the identity in force, None if none was made yet."""
    folder = state_dir / FOLDER
    authority, served = _read(folder / AUTHORITY), _read(folder / SERVED)
    if authority is None or served is None:
        return None
    return Identity(folder / SERVED, authority, served)


def forget(state_dir: Path) -> None:
    """Throw authority and certificate away; every device has to trust a new one."""
    folder = state_dir / FOLDER
    with _alone(folder):
        for name in (SERVED, AUTHORITY_KEY, AUTHORITY):
            disk.remove(folder / name)


def plausible(now: datetime, held: x509.Certificate | None) -> datetime:
    """Return the clock's time, or the nearest that it can be."""
    floor, ceiling = FLOOR, FLOOR + AUTHORITY_LIFE - LIFE
    if now < FLOOR and held is not None:
        floor = held.not_valid_before_utc + BACK
    return min(max(now, floor), ceiling)


def vouches(authority: x509.Certificate, wanted: Wanted) -> bool:
    """Say whether an authority may vouch for all that is wanted."""
    try:
        found = authority.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return False
    permitted = found.value.permitted_subtrees or []
    names = {n.value for n in permitted if isinstance(n, x509.DNSName)}
    nets = [
        ip_network(str(n.value)) for n in permitted if isinstance(n, x509.IPAddress)
    ]
    return names.issuperset(wanted.names) and all(
        any(address in net for net in nets) for address in wanted.addresses
    )


def _good(held: x509.Certificate, wanted: Wanted, now: datetime) -> bool:
    found = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = set(found.get_values_for_type(x509.DNSName))
    addresses = set(found.get_values_for_type(x509.IPAddress))
    begun = held.not_valid_before_utc <= now
    return (
        begun
        and now < held.not_valid_after_utc - RENEW
        and names.issuperset(wanted.names)
        and addresses.issuperset(wanted.addresses)
    )


def _new_authority(
    folder: Path, wanted: Wanted
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    # P-256: iPhones and Android take no Ed25519 certificates.
    key = ec.generate_private_key(ec.SECP256R1())
    mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    # Some devices list what they trust by this name alone.
    name = f"Linekeeper {wanted.names[0]} {mark.digest.hex()[:6]}"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    outside = [a for a in wanted.addresses if not any(a in net for net in PRIVATE)]
    nets = [*PRIVATE, *(ip_network(address) for address in outside)]
    permitted: list[x509.GeneralName] = [x509.DNSName(n) for n in wanted.names]
    permitted += [x509.IPAddress(net) for net in nets]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FLOOR)
        .not_valid_after(FLOOR + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(mark, critical=False)
        .sign(key, hashes.SHA256())
    )
    with disk.plainly(f"{folder}: the certificate cannot be kept"):
        disk.replace_file(folder / AUTHORITY_KEY, _pem_key(key), 0o600)
        disk.replace_file(folder / AUTHORITY, _pem(made), 0o600)
        disk.sync_folder(folder)
    return made, key


def _new_served(
    folder: Path,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    wanted: Wanted,
    now: datetime,
) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    begin = max(now - BACK, FLOOR)
    others: list[x509.GeneralName] = [x509.DNSName(n) for n in wanted.names]
    others += [x509.IPAddress(address) for address in wanted.addresses]
    text = f"Linekeeper box {wanted.names[0]}"[:64]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                authority_key.public_key()
            ),
            critical=False,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    with disk.plainly(f"{folder}: the certificate cannot be kept"):
        content = _pem_key(key) + _pem(made) + _pem(authority)
        disk.replace_file(folder / SERVED, content, 0o600)
        disk.sync_folder(folder)
    return made


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _read(path: Path) -> x509.Certificate | None:
    """Return a file's first certificate; what cannot be read is made anew."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise disk.store_error(f"{path}: cannot be read", error) from error


def _key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise disk.store_error(f"{path}: cannot be read", error) from error
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep the service and a command from making two authorities at once."""
    try:
        made = disk.make_folder(folder)
        if made:
            os.chmod(folder, 0o700)
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise disk.store_error(f"{folder}: cannot be opened", error) from error
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise disk.store_error(f"{folder}: cannot be used", error) from error
    finally:
        os.close(place)
