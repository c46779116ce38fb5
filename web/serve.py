"""The web service's process: an event loop in front, Flask on a few threads behind.

The loop takes what may last: event streams, bodies that arrive slowly, sound that
leaves slowly.  A page thread only computes an answer.  TLS would be two arguments
more to `uvicorn.Config`.
"""

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask
from werkzeug.http import parse_cookie

from firmware.archive.seal import Keyring
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings
from web.app import create_app
from web.bodies import SCOPE_KEY, Slice
from web.events import Hub, Message, Receive, Scope, Send
from web.patience import PatientProtocol
from web.security import COOKIE, FORM_BYTES, HEADERS, UPLOAD_BYTES, UPLOADS

log = logging.getLogger(__name__)

EVENTS_PATH = "/api/v1/events"
#: A form that has not arrived by then is not coming, s; a sound may take longer.
BODY_S, UPLOAD_S = 10.0, 60.0
#: Sound leaves in such pieces; the next is read when the listener has taken one.
PIECE = 64 * 1024
#: Connections beyond this get a 503 at once.
MAX_CONNECTIONS = 512
#: How often the lock is looked after while nobody asks for anything, s.
WATCH_S = 30.0
#: How long a stop waits for answers on their way, s.
STOP_S = 3.0


class Site:
    """The ASGI application: events here, everything else in Flask."""

    def __init__(self, app: Flask, threads: int) -> None:
        accounts = app.extensions["linekeeper.accounts"]
        headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]

        def streams(token: str | None) -> bool:
            """One stream serves all, so it is for those who may see all lines."""
            user = accounts.user_of(token)
            return user is not None and not user.lines

        def known(token: str | None) -> bool:
            return accounts.user_of(token) is not None

        self._known = known
        self.hub = Hub(app.extensions["linekeeper.snapshot"], streams, headers)
        self._archive = app.extensions["linekeeper.archive"]
        self._jobs = app.extensions["linekeeper.jobs"]
        self._keyring: Keyring = app.extensions["linekeeper.keyring"]
        # Its own types name the same callable in narrower words.
        self._pages = WSGIMiddleware(cast(Any, app), workers=threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the service."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == EVENTS_PATH and scope["method"] == "GET":
            await self.hub(_token(scope), receive, send)
        else:
            await self._page(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        watch = asyncio.create_task(self._watch_lock())
        await receive()
        watch.cancel()
        self.hub.close()
        self._pages.executor.shutdown(wait=False, cancel_futures=True)
        self._jobs.close()
        self._archive.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch_lock(self) -> None:
        """Let the keys be thrown out on time, also while nobody asks for anything."""
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                await asyncio.to_thread(lambda: self._keyring.locked)
            except StoreError as error:
                log.warning("keys: %s", error)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit, patience = FORM_BYTES, BODY_S
        if scope["path"].startswith(UPLOADS) and await self._may_upload(scope):
            limit, patience = UPLOAD_BYTES, UPLOAD_S
        try:
            body = await asyncio.wait_for(_whole(receive, limit), patience)
        except TimeoutError:
            await _plain(send, 408, "The request did not arrive in time.")
            return
        if body is None:
            await _plain(send, 413, "The request is larger than any form here.")
            return

        async def told() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def passed(message: Message) -> None:
            part: Slice | None = scope.get(SCOPE_KEY)
            if message["type"] != "http.response.body" or part is None:
                await send(message)
            elif not message.get("more_body"):
                await _send_slowly(part, receive, send)

        await self._pages(scope, told, passed)  # type: ignore[arg-type]  # its scope is a TypedDict

    async def _may_upload(self, scope: Scope) -> bool:
        """Nobody unknown makes the service hold megabytes."""
        return await asyncio.to_thread(self._known, _token(scope))


async def _whole(receive: Receive, limit: int) -> bytes | None:
    """Return the request's body, None if it is too large or its sender left."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _send_slowly(part: Slice, receive: Receive, send: Send) -> None:
    """Send a long body at the listener's pace, from the event loop.

    It ends early, and the connection with it, if it cannot be read any further: it
    was locked meanwhile, or its seal does not hold.
    """
    gone = asyncio.ensure_future(receive())
    try:
        for at in range(part.start, part.stop, PIECE):
            stop = min(at + PIECE, part.stop)
            piece = await asyncio.to_thread(part.body.read, at, stop)
            if gone.done():
                return
            more = stop < part.stop
            await send({"type": "http.response.body", "body": piece, "more_body": more})
    except StoreError as error:
        log.warning("a recording ends early for its listener: %s", error)
    finally:
        gone.cancel()
        part.body.close()


async def _plain(send: Send, code: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


def _token(scope: Scope) -> str | None:
    cookies = b"; ".join(v for k, v in scope["headers"] if k == b"cookie")
    return parse_cookie(cookies.decode("latin1")).get(COOKIE)


class _Server(uvicorn.Server):
    """Ends the event streams first, so that a stop need not wait for them."""

    def __init__(self, config: uvicorn.Config, hub: Hub, started: Callable[[], None]):
        super().__init__(config)
        self._hub = hub
        self._when_started = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order on SIGINT and SIGTERM, and with exit status 0.

        uvicorn's own raises the signal again when all is done.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {stop: signal.signal(stop, self.handle_exit) for stop in stops}
        try:
            yield
        finally:
            for stop, handler in before.items():
                signal.signal(stop, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)


def make_server(
    settings: Settings, started: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """Return the server, not yet running."""
    site = Site(create_app(settings), settings.web.threads)
    config: dict[str, Any] = {
        "http": PatientProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "limit_concurrency": MAX_CONNECTIONS,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": STOP_S,
        "proxy_headers": False,
    }
    return _Server(uvicorn.Config(site, **config), site.hub, started)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    place = listen(settings.web.host, settings.web.port)
    server = make_server(settings, lambda: announce(settings))
    server.run(sockets=[place])


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, or say plainly what stands in the way."""
    try:
        info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(info[4][:2], family=info[0], backlog=256)
    except OSError as error:
        raise ConfigError(
            f"[web] host, port: cannot listen on {host}:{port}: {error.strerror}; "
            "choose another port or stop what uses it"
        ) from error


def announce(settings: Settings, out: Any = None) -> None:
    """Tell the person at the box where the pages are, and the claim code if needed."""
    out = out or sys.stderr
    host = settings.web.host
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host
    out.write(f"Linekeeper: http://{shown}:{settings.web.port}/\n")
    try:
        code = _claim_code(settings)
    except StoreError as error:
        log.warning("%s", error)
        return
    if code:
        out.write(f"Linekeeper: claim code {code} (works once)\n")
    out.flush()


def _claim_code(settings: Settings) -> str | None:
    from firmware.archive import Archive

    archive = Archive(settings.state_dir, write=False)
    try:
        return archive.claim.code()
    finally:
        archive.close()
