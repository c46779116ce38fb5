"""One port for HTTPS and for those who come without: the first byte tells.

A TLS record of a handshake begins with 0x16 (RFC 8446, 5.1), which no HTTP request
does.  The byte is looked at, not taken, so that TLS finds it again.

`Crowd` keeps a place free: when the house is full, who has waited longest with a
request half said gives way, from whoever has most of them.  So hundreds of connections
that say nothing cannot keep anybody out.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

#: Time to say the first byte, and then for the handshake, s.
GREET_S = 10.0
#: How long nobody is let in when the system has no room for another, s.
BREATH_S = 0.5
HANDSHAKE = b"\x16"
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Guest(Protocol):
    """A connection."""

    def abort(self) -> None:
        """End it at once."""


class Crowd:
    """Who is connected from where, and who has not said what they want."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._here: dict[Guest, str] = {}
        self._waiting: dict[Guest, str] = {}  # longest first

    def __len__(self) -> int:
        return len(self._here)

    def comes(self, guest: Guest, address: str) -> bool:
        """Take somebody in, who waits at first; False if there is no place at all."""
        if len(self._here) >= self._room and not self._make_room():
            return False
        self._here[guest] = self._waiting[guest] = address
        return True

    def becomes(self, guest: Guest, other: Guest) -> None:
        """Go on under another form, with the same place in the row."""
        address = self._here.pop(guest, "")
        self._waiting.pop(guest, None)
        self._here[other] = self._waiting[other] = address

    def waits(self, guest: Guest) -> None:
        """Note that somebody has begun to wait, unless they do already."""
        if guest in self._here:
            self._waiting.setdefault(guest, self._here[guest])

    def works(self, guest: Guest) -> None:
        """Note that somebody has said what they want."""
        self._waiting.pop(guest, None)

    def leaves(self, guest: Guest) -> None:
        """Forget somebody."""
        self._here.pop(guest, None)
        self._waiting.pop(guest, None)

    def _make_room(self) -> bool:
        if not self._waiting:
            return False
        most, _ = Counter(self._waiting.values()).most_common(1)[0]
        longest = next(g for g, address in self._waiting.items() if address == most)
        self.leaves(longest)
        longest.abort()
        return True


class _Greeting:
    """A connection of which nothing is known yet."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    def abort(self) -> None:
        if self.task is not None:
            self.task.cancel()


#: Makes the protocol of a connection, which takes over the greeting's place.
Make = Callable[[Callable[[Guest], None]], asyncio.Protocol]


class Doorway:
    """Lets connections in; looks like asyncio's own server to uvicorn."""

    def __init__(
        self,
        places: list[socket.socket],
        make: Make,
        crowd: Crowd,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._places = places
        self._make = make
        self._crowd = crowd
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Begin to let connections in."""
        for place in self._places:
            place.setblocking(False)
            self._keep(asyncio.create_task(self._let_in(place)))

    def close(self) -> None:
        """Let nobody in any more."""
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until nobody stands in the door."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _let_in(self, place: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                came, address = await loop.sock_accept(place)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    log.warning("no room for another connection: %s", error.strerror)
                    await asyncio.sleep(BREATH_S)
                continue  # or it was gone before it was let in
            greeting = _Greeting()
            if not self._crowd.comes(greeting, str(address[0])):
                came.close()
                continue
            greeting.task = asyncio.create_task(self._greet(came, greeting))
            self._keep(greeting.task)

    async def _greet(self, came: socket.socket, greeting: _Greeting) -> None:
        """Hand a connection to its protocol, by TLS if it begins like that."""
        loop = asyncio.get_running_loop()
        entrusted = False  # to asyncio, which closes it
        try:
            tls = None
            if self._tls is not None:
                first = await asyncio.wait_for(_first_byte(came), GREET_S)
                tls = self._tls if first == HANDSHAKE else None
                if not first:
                    return
            entrusted = True
            await loop.connect_accepted_socket(
                lambda: self._make(lambda guest: self._crowd.becomes(greeting, guest)),
                came,
                ssl=tls,
                ssl_handshake_timeout=GREET_S if tls else None,
            )
        except (OSError, TimeoutError):
            pass  # it went, or speaks something else
        finally:
            self._crowd.leaves(greeting)  # unless it has become another
            if not entrusted:
                came.close()


async def _first_byte(came: socket.socket) -> bytes:
    """Return the first byte without taking it; none if there will not be one."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(came.fileno(), ready.set)
    try:
        while True:
            try:
                return came.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                ready.clear()
                await ready.wait()
    finally:
        loop.remove_reader(came.fileno())
