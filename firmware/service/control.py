"""Commands to the recorder, over a Unix socket in the runtime directory.

One JSON object per connection each way: ``{"verb": "record"}`` gets ``{"ok": true}``
or ``{"ok": false, "error": "…"}``.  The recorder polls between blocks and answers; it
never waits for a client, and a client that says nothing is dropped.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from firmware.errors import ControlError

VERBS = ("ping", "record", "stop")
#: No command is longer; more is not ours.
MAX_BYTES = 4096
#: A local peer sends its one line at once, s.
PEER_TIMEOUT_S = 0.2


@dataclass(slots=True)
class Command:
    """One verb waiting for its answer."""

    verb: str
    _peer: socket.socket

    def answer(self, error: str | None = None, **fields: Any) -> None:
        """Reply and hang up; a peer that left meanwhile is no matter."""
        reply = {"ok": error is None, **fields}
        if error is not None:
            reply["error"] = error
        try:
            self._peer.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            pass
        finally:
            self._peer.close()


class Server:
    """The recorder's end: `poll` between blocks."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        os.chmod(path, 0o660)
        self._socket.listen(8)
        self._socket.setblocking(False)

    def poll(self) -> list[Command]:
        """Return the commands that have arrived; bad ones are answered here."""
        commands: list[Command] = []
        while True:
            try:
                peer, _ = self._socket.accept()
            except BlockingIOError:
                return commands
            command = _receive(peer)
            if command is not None:
                commands.append(command)

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _receive(peer: socket.socket) -> Command | None:
    peer.settimeout(PEER_TIMEOUT_S)
    try:
        request = json.loads(peer.makefile("rb").readline(MAX_BYTES))
    except (OSError, ValueError):
        peer.close()
        return None
    verb = request.get("verb") if isinstance(request, Mapping) else None
    if verb not in VERBS:
        Command("", peer).answer(f"want one of {', '.join(VERBS)}, got {verb!r}")
        return None
    return Command(verb, peer)


def send(path: Path, verb: str, *, timeout_s: float = 3.0) -> dict[str, Any]:
    """Send one verb to the recorder and return its answer.

    Raises ControlError if no recorder listens, or if it refuses.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(timeout_s)
        try:
            peer.connect(str(path))
            peer.sendall(json.dumps({"verb": verb}).encode() + b"\n")
            reply: dict[str, Any] = json.loads(peer.makefile("rb").readline(MAX_BYTES))
        except (OSError, ValueError) as error:
            raise ControlError(
                f"{path}: the recorder does not answer; is it running?"
            ) from error
    if not reply.get("ok"):
        raise ControlError(f"recorder: {reply.get('error', 'refused')}")
    return reply
