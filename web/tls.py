"""The server's side of TLS: which certificate, and that it stays good.

Either the box's own (`web.certificate`), looked after every minute, or a file of the
owner's, which is read again when it has changed.  The context stays the same object,
so that a new certificate counts from the next connection on, without a restart.
"""

import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from firmware.errors import ConfigError
from firmware.service.settings import Settings
from web import certificate, hosts

log = logging.getLogger(__name__)

#: How often names, addresses, clock and file are looked at, s.
LOOK_S = 60.0


class Tls:
    """The context of the server, and what its certificate is."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = settings.web.certificate
        self._mark: object = None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        # A handshake is dear to a small box; nobody may ask for one again and again.
        self.context.options |= ssl.OP_NO_RENEGOTIATION
        self.look()

    def look(self) -> bool:
        """Renew what has to be, and say whether there is something new."""
        return self._look_at_file() if self._own else self._look_at_own()

    def _look_at_own(self) -> bool:
        identity = certificate.ensure(
            self._settings.state_dir,
            hosts.wanted(self._settings),
            datetime.now(UTC),
        )
        if identity.served == self._mark:
            return False
        self.context.load_cert_chain(identity.path)
        self._mark = identity.served
        log.info("certificate: good until %s", identity.served.not_valid_after_utc)
        return True

    def _look_at_file(self) -> bool:
        path = Path(self._own or "")
        try:
            mark = path.stat().st_mtime_ns
            if mark == self._mark:
                return False
            self.context.load_cert_chain(path)
        except OSError as error:
            if self._mark is None:
                raise ConfigError(
                    f"[web] certificate: {path}: want a PEM file with the private key "
                    f"and the certificates, got: {error.strerror or error}"
                ) from error
            log.error("certificate: %s: %s; the old one stays", path, error)
            return False
        self._mark = mark
        return True
