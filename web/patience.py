"""A connection that says nothing does not keep its place.

uvicorn waits without end for the head of the first request, so a few hundred idle
connections would take every place there is.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.doorway import Crowd, Guest

#: Time for the head of a request, counted from the connection or its first byte, s.
HEAD_S = 10.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting for a request."""

    def __init__(
        self, *args: Any, crowd: Crowd, arrives: Callable[[Guest], None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = crowd
        self._arrives = arrives
        self._limit: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        """End the connection at once: its place is needed."""
        self.transport.abort()

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._arrives(self)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that trickles in does not get more time."""
        super().data_received(data)
        self._note()
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, for as long as uvicorn keeps connections."""
        super().on_response_complete()
        self._note()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        self._crowd.leaves(self)
        super().connection_lost(exc)

    def _note(self) -> None:
        """Note how far the visitor is with the request."""
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._crowd.waits(self)
        else:
            self._crowd.works(self)

    def _wait(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
