"""What the person at the box is told when the pages are there."""

import logging
import sys
from typing import TextIO

from firmware.archive import Archive
from firmware.errors import StoreError
from firmware.service.settings import Settings
from web import certificate, hosts

log = logging.getLogger(__name__)

#: Addresses that stand for all of the box.
ALL = ("0.0.0.0", "::")


def announce(settings: Settings, out: TextIO | None = None) -> None:
    """Tell where the pages are, how to trust them, and the claim code if needed."""
    out = out or sys.stderr
    web = settings.web
    where = address(settings)
    out.write(f"Linekeeper: {where}\n")
    if web.secure and web.certificate is None:
        identity = certificate.read(settings.state_dir)
        plain = where.replace("https://", "http://")
        out.write(f"Linekeeper: first time with a device: {plain}trust\n")
        if identity is not None:
            told = identity.fingerprint
            out.write(f"Linekeeper: its certificate (SHA-256): {told}\n")
    try:
        code = _claim_code(settings)
    except StoreError as error:
        log.warning("%s", error)
        return
    if code:
        out.write(f"Linekeeper: claim code {code} (works once)\n")
    out.flush()


def address(settings: Settings) -> str:
    """Return the address to type into a browser."""
    web = settings.web
    name = web.host
    if name in ("127.0.0.1", "::1"):
        name = "localhost"
    elif name in ALL:
        name = f"{hosts.own_name()}.local" if web.secure else "localhost"
    elif ":" in name:
        name = f"[{name}]"
    scheme, usual = ("https", 443) if web.secure else ("http", 80)
    return f"{scheme}://{name}{'' if web.port == usual else f':{web.port}'}/"


def _claim_code(settings: Settings) -> str | None:
    archive = Archive(settings.state_dir, write=False)
    try:
        return archive.claim.code()
    finally:
        archive.close()
