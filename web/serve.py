"""The web service's process: an event loop in front, Flask on a few threads behind.

The loop takes what may last: event streams, bodies that arrive slowly, sound that
leaves slowly.  A page thread only computes an answer.  `web.doorway` lets connections
in, with TLS or without; who comes without is sent on before anything else is looked at.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask

from firmware.archive.seal import Keyring
from firmware.errors import ConfigError, StoreError
from firmware.service.heart import LOOKS, Notifier
from firmware.service.settings import Settings
from web import front, live, tls
from web.announce import announce
from web.app import create_app
from web.bodies import SCOPE_KEY, Slice
from web.doorway import Crowd, Doorway, Guest
from web.events import Hub, Lines, Message, Receive, Scope, Send, Taken
from web.hosts import Hosts
from web.patience import PatientProtocol
from web.security import FORM_BYTES, HEADERS, UPLOAD_BYTES, UPLOADS
from web.tls import Tls

log = logging.getLogger(__name__)

EVENTS_PATH = "/api/v1/events"
#: A form that has not arrived by then is not coming, s; a sound may take longer.
BODY_S, UPLOAD_S = 10.0, 60.0
#: Sound leaves in such pieces; the next is read when the listener has taken one.
PIECE = 64 * 1024
#: Connections at once; beyond, who has waited longest with a request half said goes.
MAX_CONNECTIONS = 512
#: How often the lock is looked after while nobody asks for anything, s.
WATCH_S = 30.0
#: How long a stop waits for answers on their way, s.
STOP_S = 3.0


class Site:
    """The ASGI application: events here, everything else in Flask."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        accounts = app.extensions["linekeeper.accounts"]
        self._hosts = Hosts(settings)
        self._web = settings.web
        headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]

        def streams(token: str | None) -> Lines | None:
            """Return the lines somebody may see; None: nobody is logged in."""
            user = accounts.user_of(token)
            if user is None or accounts.lacks_factor(user):
                return None
            return tuple(user.lines)

        def own(taken: Taken, lines: Lines) -> Taken:
            with app.app_context():
                return live.own(taken, lines)

        def known(token: str | None) -> bool:
            return accounts.user_of(token) is not None

        self._known = known
        self.hub = Hub(app.extensions["linekeeper.snapshot"], streams, own, headers)
        self._archive = app.extensions["linekeeper.archive"]
        self._jobs = app.extensions["linekeeper.jobs"]
        self._keyring: Keyring = app.extensions["linekeeper.keyring"]
        # Its own types name the same callable in narrower words.
        self._pages = WSGIMiddleware(cast(Any, app), workers=settings.web.threads)
        self.tls: Tls | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the service."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif not self._hosts.known(front.header(scope, b"host")):
            await front.plain(send, 421, "This box has another name or address.")
        elif self._web.secure and not front.is_open(scope):
            await front.send_on(scope, send, self._web)
        elif scope["path"] == EVENTS_PATH and scope["method"] == "GET":
            await self.hub(front.token(scope), receive, send)
        else:
            await self._page(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        watches = [asyncio.create_task(self._watch_lock())]
        watches.append(asyncio.create_task(self._watch_certificate()))
        watches.append(asyncio.create_task(_feed_watchdog()))
        await receive()
        for watch in watches:
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

    async def _watch_certificate(self) -> None:
        """Renew the certificate in time, and when names, addresses or clock change."""
        while self.tls is not None:
            await asyncio.sleep(tls.LOOK_S)
            try:
                await asyncio.to_thread(self.tls.look)
            except StoreError as error:
                log.warning("certificate: %s", error)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit, patience = FORM_BYTES, BODY_S
        if scope["path"].startswith(UPLOADS) and await self._may_upload(scope):
            limit, patience = UPLOAD_BYTES, UPLOAD_S
        try:
            body = await asyncio.wait_for(_whole(receive, limit), patience)
        except TimeoutError:
            await front.plain(send, 408, "The request did not arrive in time.")
            return
        if body is None:
            await front.plain(send, 413, "The request is larger than any form here.")
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
        return await asyncio.to_thread(self._known, front.token(scope))


async def _feed_watchdog() -> None:
    """Tell systemd that the loop turns; when it hangs, systemd starts us anew."""
    notifier = Notifier()
    while notifier.watchdog_s is not None:
        notifier.tell("WATCHDOG=1")
        await asyncio.sleep(notifier.watchdog_s / LOOKS)


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


class _Server(uvicorn.Server):
    """Ends the event streams first, so that a stop need not wait for them."""

    def __init__(self, config: uvicorn.Config, site: Site, started: Callable[[], None]):
        super().__init__(config)
        self._site = site
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
        await super().startup([])  # our own doorway instead of its listeners
        secure = self._site.tls.context if self._site.tls else None
        crowd = Crowd(MAX_CONNECTIONS)

        def make(arrives: Callable[[Guest], None]) -> asyncio.Protocol:
            return PatientProtocol(
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                crowd=crowd,
                arrives=arrives,
            )

        doorway = Doorway(sockets or [], make, crowd, secure)
        doorway.open()
        self.servers.append(cast(Any, doorway))
        self._when_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.hub.close()
        await super().shutdown(sockets)


def make_server(
    settings: Settings, started: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """Return the server, not yet running."""
    site = Site(create_app(settings), settings)
    if settings.web.secure:
        site.tls = Tls(settings)
    config: dict[str, Any] = {
        "http": PatientProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": STOP_S,
        "proxy_headers": False,
    }
    return _Server(uvicorn.Config(site, **config), site, started)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    # Its warnings are about requests that make no sense, as many as anybody sends.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    web = settings.web
    places = [listen(web.host, web.port)]
    if web.secure and web.http_port:
        places.append(listen(web.host, web.http_port))

    def started() -> None:
        announce(settings)
        Notifier().tell("READY=1")

    make_server(settings, started).run(sockets=places)


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
