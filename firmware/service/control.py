"""Commands to the recorder, over a Unix socket in the runtime directory.

One JSON object per connection each way: ``{"verb": "record"}`` gets ``{"ok": true}``
or ``{"ok": false, "error": "…"}``.  The recorder polls between blocks and answers; it
never waits for a client, and a client that says nothing is dropped.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.closing import Closing
from firmware.errors import ControlError, NoRecorder

#: On calls that are over; answered once they are done.
KEEPING_VERBS = (
    *("star", "unstar", "hold", "release", "bin", "restore", "erase"),
    *("restrict", "unrestrict", "note", "order", "purpose", "sweep"),
    *("cut", "mute", "uncopy"),
    *("pin", "repin", "unpin", "tag", "untag", "reason", "pack"),
)
VERBS = (
    *("ping", "record", "stop", "pause", "resume", "keep", "restart"),
    *("informed", "agreed", "refused", "withdraw", "third_party", "threat"),
    "bringup",
    *KEEPING_VERBS,
)
#: No command is longer, and one may name 2,000 calls; more is not ours.
MAX_BYTES = 1 << 16
#: A local peer sends its one line at once, s.
PEER_TIMEOUT_S = 0.2
#: Peers that may be sending at a time; more wait to be accepted.
MAX_PEERS = 8
#: Longest socket path, bytes: `sun_path` of unix(7) with its closing zero is 108.
MAX_PATH_BYTES = 107


@dataclass(slots=True)
class Command:
    """One verb waiting for its answer."""

    verb: str
    args: dict[str, Any]
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


@dataclass(slots=True)
class _Peer:
    """A connection whose line has not come to its end yet."""

    socket: socket.socket
    until_s: float
    line: bytes = b""

    def receive(self, now_s: float) -> bool:
        """Take what has arrived; True once there is nothing more to wait for."""
        try:
            data = self.socket.recv(MAX_BYTES)
        except BlockingIOError:
            return now_s >= self.until_s
        except OSError:
            data = b""
        self.line += data
        return not data or b"\n" in data or len(self.line) >= MAX_BYTES


class Server(Closing):
    """The recorder's end: `poll` between blocks."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._peers: list[_Peer] = []
        if len(os.fsencode(path)) > MAX_PATH_BYTES:
            raise ControlError(
                f"{path}: want a path of at most {MAX_PATH_BYTES} bytes for the "
                "control socket; choose a shorter runtime_dir"
            )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._socket.bind(str(path))
            os.chmod(path, 0o660)
            self._socket.listen(MAX_PEERS)
        except OSError as error:
            self._socket.close()
            raise ControlError(
                f"{path}: the control socket cannot be made: {error.strerror}"
            ) from error
        self._socket.setblocking(False)

    def poll(self) -> list[Command]:
        """Return the commands that have arrived; bad ones are answered here."""
        self._accept()
        now_s = self._clock()
        done = [peer for peer in self._peers if peer.receive(now_s)]
        self._peers = [peer for peer in self._peers if peer not in done]
        return [command for peer in done if (command := _read(peer)) is not None]

    def _accept(self) -> None:
        while len(self._peers) < MAX_PEERS:
            try:
                peer, _ = self._socket.accept()
            except OSError:  # nobody, or no descriptor left: then later
                return
            peer.setblocking(False)
            self._peers.append(_Peer(peer, self._clock() + PEER_TIMEOUT_S))

    def close(self) -> None:
        """Stop listening, hang up and remove the socket."""
        for peer in self._peers:
            peer.socket.close()
        self._peers.clear()
        self._socket.close()
        with contextlib.suppress(OSError):  # its disk may be gone
            self._path.unlink()


def _read(peer: _Peer) -> Command | None:
    line, _, _ = peer.line.partition(b"\n")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        peer.socket.close()
        return None
    verb = request.get("verb") if isinstance(request, Mapping) else None
    if verb not in VERBS:
        wanted = ", ".join(VERBS)
        Command("", {}, peer.socket).answer(f"want one of {wanted}, got {verb!r}")
        return None
    args = {key: value for key, value in request.items() if key != "verb"}
    return Command(verb, args, peer.socket)


def send(
    path: Path, verb: str, *, timeout_s: float = 3.0, **args: Any
) -> dict[str, Any]:
    """Send one verb with its arguments to the recorder and return its answer.

    Raises NoRecorder if none listens, another ControlError if it does not answer or
    refuses; its `kind` is the name of the error that the recorder met.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(timeout_s)
        try:
            peer.connect(str(path))
        except OSError as error:
            raise NoRecorder(
                f"{path}: the recorder does not answer; is it running?"
            ) from error
        try:
            peer.sendall(json.dumps({**args, "verb": verb}).encode() + b"\n")
            reply: dict[str, Any] = json.loads(peer.makefile("rb").readline(MAX_BYTES))
        except (OSError, ValueError) as error:
            raise ControlError(
                f"{path}: the recorder does not answer; is it running?"
            ) from error
    if not reply.get("ok"):
        problem = ControlError(f"recorder: {reply.get('error', 'refused')}")
        problem.kind = str(reply.get("kind") or "")
        raise problem
    return reply
