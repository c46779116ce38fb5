"""`/api/v1/events` on the event loop: one reader of the live state for all clients.

Page threads have no part in it, so open streams cannot freeze the pages.  A client
that reads slowly gets only the newest state: nothing queues up for it.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from firmware.errors import StoreError

log = logging.getLogger(__name__)

MAX_CLIENTS = 64
#: How often the live state is read; the recorder writes it as often, s.
READ_S = 0.25
#: Something at least so often, so that both ends notice a dead connection, s.
HEARTBEAT_S = 5.0
#: How often it is asked whether a client is still logged in, s.
CHECK_S = 15.0
#: When browsers come back after a lost connection, ms.
RETRY_MS = 2000

#: An event rather than a comment, of which a page would not hear.
HERE = b"event: here\ndata: {}\n\n"

#: One reading of the live state; the lines somebody may see, none: all.
Taken = dict[str, Any]
Lines = tuple[str, ...]
Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]


#: why nobody is let in -> status, words.
_REFUSALS = {
    "store": (503, "The archive does not answer."),
    "stranger": (401, "Log in first."),
    "full": (503, "Too many pages are listening; ask /api/v1/status instead."),
}


class Hub:
    """Reads `snapshot` while somebody listens and tells everybody what changed."""

    def __init__(
        self,
        snapshot: Callable[[], Taken],
        admitted: Callable[[str | None], Lines | None],
        own: Callable[[Taken, Lines], Taken],
        headers: Headers,
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        self._snapshot = snapshot
        self._admitted = admitted
        self._own = own
        self._headers = list(headers)
        self._max = max_clients
        self._waiting: dict[asyncio.Event, Lines] = {}
        self._taken: Taken | None = None
        #: lines -> what is known of them, and the frame that tells it
        self._told: dict[Lines, tuple[Taken, bytes]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def clients(self) -> int:
        """Streams open now."""
        return len(self._waiting)

    def close(self) -> None:
        """End every stream soon; browsers come back to whoever serves next."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
        for changed in self._waiting:
            changed.set()

    async def __call__(self, token: str | None, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves, is logged out or the service ends."""
        lines = await self._lines_of(token)
        if not isinstance(lines, tuple):
            await self._refuse(send, *_REFUSALS[lines])
            return
        changed = asyncio.Event()
        self._waiting[changed] = lines
        self._read_on()
        gone = asyncio.create_task(_left(receive))
        try:
            await self._stream(token, changed, gone, send)
        finally:
            gone.cancel()
            self._waiting.pop(changed, None)
            if not self._waiting and self._reader is not None:
                self._reader.cancel()
                self._reader, self._taken = None, None
                self._told.clear()

    async def _lines_of(self, token: str | None) -> Lines | str:
        """Return the lines somebody may see, or why they see nothing here."""
        try:
            lines = await asyncio.to_thread(self._admitted, token)
        except StoreError:
            return "store"
        if lines is None:
            return "stranger"
        if self._closed or len(self._waiting) >= self._max:
            return "full"
        return lines

    async def _stream(
        self,
        token: str | None,
        changed: asyncio.Event,
        gone: asyncio.Task[None],
        send: Send,
    ) -> None:
        clock = asyncio.get_running_loop().time
        await send(
            _start(200, self._headers, [(b"content-type", b"text/event-stream")])
        )
        await send(_piece(b"retry: %d\n\n" % RETRY_MS))
        lines = self._waiting[changed]
        if self._taken is not None:
            self._tell(self._taken, lines)
            changed.set()
        next_check = clock() + CHECK_S
        while True:
            told = await _first(changed, gone, HEARTBEAT_S)
            if gone.done():
                return
            if self._closed:
                break
            if clock() >= next_check:
                next_check = clock() + CHECK_S
                if await self._is_out(token, lines):
                    await send(_piece(b"event: bye\ndata: {}\n\n"))
                    break
            await send(_piece(self._told[lines][1] if told else HERE))
        await send(_piece(b"", more=False))

    async def _is_out(self, token: str | None, lines: Lines) -> bool:
        """Say whether somebody is logged out, or sees other lines by now."""
        try:
            return await asyncio.to_thread(self._admitted, token) != lines
        except StoreError:
            return False  # the disk's trouble does not log anybody out

    async def _refuse(self, send: Send, code: int, message: str) -> None:
        extra = [(b"content-type", b"application/json")]
        if code == 503:
            extra.append((b"retry-after", b"10"))
        name = {401: "Unauthorized", 503: "Service Unavailable"}[code]
        body = json.dumps({"error": name, "message": message, "status": code})
        await send(_start(code, self._headers, extra))
        await send(_piece(body.encode(), more=False))

    def _read_on(self) -> None:
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        last = None
        while True:
            with contextlib.suppress(StoreError):  # told again when it is back
                taken = await asyncio.to_thread(self._snapshot)
                known = {k: v for k, v in taken.items() if k != "now_utc"}
                if known != last:
                    last = known
                    self._publish(taken)
            await asyncio.sleep(READ_S)

    def _publish(self, taken: Taken) -> None:
        self._taken = taken
        news = {
            lines for lines in set(self._waiting.values()) if self._tell(taken, lines)
        }
        for changed, lines in self._waiting.items():
            if lines in news:
                changed.set()

    def _tell(self, taken: Taken, lines: Lines) -> bool:
        """Frame what is known of some lines; say whether it is news."""
        mine = self._own(taken, lines)
        known = {k: v for k, v in mine.items() if k != "now_utc"}
        if lines in self._told and self._told[lines][0] == known:
            return False
        data = json.dumps(mine, separators=(",", ":"))
        self._told[lines] = known, f"event: status\ndata: {data}\n\n".encode()
        return True


async def _left(receive: Receive) -> None:
    """Return when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(
    changed: asyncio.Event, gone: asyncio.Task[None], timeout_s: float
) -> bool:
    """Wait for news, leaving or the timeout; say whether there is news."""
    news = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait(
            {news, gone}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        told = news.done()
    finally:
        news.cancel()
    changed.clear()
    return told


def _start(code: int, headers: Headers, extra: Headers) -> Message:
    return {
        "type": "http.response.start",
        "status": code,
        "headers": [*headers, (b"cache-control", b"no-store"), *extra],
    }


def _piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
