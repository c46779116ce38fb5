"""The names and addresses this box answers to; requests for others are refused.

A page elsewhere whose name is made to point at the box (DNS rebinding) would otherwise
be of the same origin as the box to a browser.  An address cannot be rebound, nor can a
name without a dot, which the internet does not have; names below suffixes that belong
to local networks are nobody else's.
"""

import fcntl
import re
import socket
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from firmware.service.settings import Settings
from web.certificate import PRIVATE, Address, Wanted

#: RFC 6762, RFC 8375, ICANN 2024 (.internal); .lan, .home and .localdomain are what
#: routers hand out and the root does not delegate.
SUFFIXES = ("local", "lan", "home", "home.arpa", "internal", "localdomain")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: linux/sockios.h
SIOCGIFADDR = 0x8915
#: What a request may carry as its host: a name or an address, and a port.
_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:[0-9]{1,5})?")


def own_name() -> str:
    """Return the first label of the host's name."""
    label = socket.gethostname().split(".")[0].lower()
    return label if LABEL.fullmatch(label) else "linekeeper"


def own_addresses() -> tuple[Address, ...]:
    """Return the addresses of the box on local networks."""
    found = {*_ipv4(), *_ipv6()}
    return tuple(
        sorted(
            (a for a in found if any(a in net for net in PRIVATE)),
            key=lambda a: (a.version, int(a)),
        )
    )


def wanted(settings: Settings) -> Wanted:
    """Return what the certificate has to name."""
    name = own_name()
    names = [name, f"{name}.local", "localhost"]
    addresses = list(own_addresses())
    for text in _more(settings):
        try:
            addresses.append(ip_address(text))
        except ValueError:
            names.append(text)
    return Wanted(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(addresses)))


class Hosts:
    """Says which hosts a request may name."""

    def __init__(self, settings: Settings) -> None:
        name = own_name()
        local = {f"{name}.{suffix}" for suffix in SUFFIXES}
        # Its own name as the network has it, whatever the suffix.
        self._names = {socket.gethostname().lower(), *local, *_more(settings)}

    def known(self, host: str) -> bool:
        """Say whether this is a name or an address of a box such as this."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found[1].lower().strip("[]").removesuffix(".")
        if name in self._names or LABEL.fullmatch(name):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _more(settings: Settings) -> list[str]:
    return settings.web.names.lower().replace(",", " ").split()


def _ipv4() -> Iterator[Address]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            asked = struct.pack("256s", name.encode()[:15])
            try:
                told = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, asked)
            except OSError:
                continue  # an interface without an address
            yield ip_address(told[20:24])


def _ipv6(table: Path = Path("/proc/net/if_inet6")) -> Iterator[Address]:
    try:
        lines = table.read_text("ascii").splitlines()
    except OSError:
        return  # no IPv6 here
    for line in lines:
        yield ip_address(bytes.fromhex(line.split()[0]))
