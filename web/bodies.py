"""Sound as bytes by range, without a slow listener holding a thread.

A page thread writes at most `CHUNK` and is free again.  What is longer is handed to
the event loop through the request's ASGI scope (see `web.serve`), which reads and
sends it piece by piece at the listener's pace.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from firmware.archive.original import Original

#: Most that is sent for a range without an end, and by a page thread at all: 65 s of
#: the listening copy.
CHUNK = 1 << 20
#: Key of the ASGI scope under which a long body waits for the event loop.
SCOPE_KEY = "linekeeper.body"


class Body(Protocol):
    """Bytes of known length and identity."""

    @property
    def size(self) -> int: ...

    @property
    def etag(self) -> str: ...

    @property
    def mimetype(self) -> str: ...

    def ready(self, start: int) -> int:
        """Return up to which byte it can be read at once, from `start` on."""

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`."""

    def close(self) -> None:
        """Let go of what is held open."""


class OriginalBody:
    """A master of the archive, held open: it may be replaced while it is sent."""

    def __init__(self, original: Original, etag: str, mimetype: str) -> None:
        self._original = original
        self.size = original.size
        self.etag = etag
        self.mimetype = mimetype

    def ready(self, start: int) -> int:
        return self.size

    def read(self, start: int, stop: int) -> bytes:
        return self._original.read_at(start, stop)

    def close(self) -> None:
        self._original.close()


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a body, on its way out."""

    body: Body
    start: int
    stop: int

    def pieces(self, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the part in order, then close the body."""
        try:
            for at in range(self.start, self.stop, size):
                yield self.body.read(at, min(at + size, self.stop))
        finally:
            self.body.close()


def answer(body: Body) -> Response:
    """Answer the request with the range it asks for (RFC 9110, section 14)."""
    try:
        span = _wanted(body)
    except RequestedRangeNotSatisfiable:
        body.close()
        raise
    start, stop = span or (0, body.size)
    response = _send(Slice(body, start, stop))
    response.status_code = 206 if span else 200
    response.mimetype = body.mimetype
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(stop - start)
    response.set_etag(body.etag)
    if span:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{body.size}"
    return response


def _wanted(body: Body) -> tuple[int, int] | None:
    """Return the one range asked for; None means everything."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None  # a list of ranges may be answered whole
    unchanged = request.if_range
    if unchanged.etag is not None and unchanged.etag != body.etag:
        return None
    if unchanged.date is not None:
        return None  # no date is strong enough a proof here
    first, end = asked.ranges[0]
    if first < -body.size:
        return 0, min(body.size, CHUNK)  # more of the end than there is: all of it
    span = asked.range_for_length(body.size)
    if span is None:
        raise RequestedRangeNotSatisfiable(length=body.size)
    start, stop = span
    if end is None:
        stop = min(stop, start + CHUNK, body.ready(start))
    return start, stop


def _send(part: Slice) -> Response:
    scope = request.environ.get("asgi.scope")
    if request.method == "HEAD":
        part.body.close()
        return Response()
    if part.stop - part.start <= CHUNK:
        data = part.body.read(part.start, part.stop)
        part.body.close()
        return Response(data)
    if scope is not None:
        scope[SCOPE_KEY] = part  # the event loop sends it and closes the body
        return Response()
    # No event loop: a test client, another server.
    return Response(part.pieces())
