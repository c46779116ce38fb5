"""The real server on a real socket: streams, slow clients, stopping."""

import asyncio
import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.seal import Keyring
from firmware.errors import ConfigError, Locked
from firmware.service.settings import Settings, to_toml
from tests.web import seed
from web import events, patience, serve
from web.bodies import Slice
from web.security import COOKIE, limiter

LONG = 9
WAIT_S = 10.0


class Box:
    """A running web service and a session on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.place = serve.listen("127.0.0.1", 0)
        self.port: int = self.place.getsockname()[1]
        self.server = serve.make_server(settings)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.place]}
        )
        archive = Archive(settings.state_dir, write=False)
        user = archive.users.list()[0]
        self.token = archive.sessions.open(user.id, time.time())
        archive.close()

    def start(self) -> None:
        self.thread.start()
        until(lambda: self.server.started)

    def stop(self) -> float:
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(WAIT_S)
        self.place.close()
        assert not self.thread.is_alive()
        return time.monotonic() - began

    def open(self, path: str, *, token: str | None = None, **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        cookie = f"{COOKIE}={self.token if token is None else token}"
        connection.request("GET", path, headers={"Cookie": cookie, **headers})
        return connection, connection.getresponse()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection, answer = self.open(path, **headers)
        try:
            return answer.status, answer.read()
        finally:
            answer.close()
            connection.close()


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)


def close(opened: tuple[http.client.HTTPConnection, http.client.HTTPResponse]) -> None:
    opened[1].close()
    opened[0].close()


def frame(answer: http.client.HTTPResponse) -> dict[str, object]:
    """Return the next status of a stream."""
    while True:
        line = answer.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            told: dict[str, object] = json.loads(line[6:])
            return told


@pytest.fixture
def box(filled: tuple[Path, list[Call]]) -> Iterator[Box]:
    settings = seed.settings_for(filled[0])
    made = Box(settings)
    seed.write_status(settings, phase="idle")
    made.start()
    yield made
    if made.thread.is_alive():
        made.stop()
    limiter.reset()


def test_fifty_open_streams_do_not_hold_up_the_pages(box: Box) -> None:
    with ExitStack() as streams:
        for _ in range(50):
            opened = box.open("/api/v1/events")
            streams.callback(close, opened)
            assert opened[1].status == 200
        times = []
        for _ in range(20):
            began = time.monotonic()
            status, body = box.get("/")
            times.append(time.monotonic() - began)
            assert status == 200
            assert b"CAROL REED" in body
        assert sorted(times)[18] < 0.3  # p95, goal W1


def test_streams_beyond_the_limit_are_refused_with_advice(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as streams:
        for _ in range(events.MAX_CLIENTS):
            opened = box.open("/api/v1/events")
            streams.callback(close, opened)
        late = box.open("/api/v1/events")
        assert late[1].status == 503
        assert late[1].headers["Retry-After"] == "10"
        assert "/api/v1/status" in json.loads(late[1].read())["message"]
        close(late)


def test_places_of_clients_that_left_are_free_again(box: Box) -> None:
    for _ in range(3):
        opened = [box.open("/api/v1/events") for _ in range(events.MAX_CLIENTS)]
        assert {answer.status for _, answer in opened} == {200}
        for pair in opened:
            close(pair)
        hub = box.server.config.app.hub  # type: ignore[union-attr]  # our own Site
        until(lambda hub=hub: hub.clients == 0)


def test_a_stream_tells_what_changes(box: Box) -> None:
    connection, answer = box.open("/api/v1/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    first = frame(answer)
    assert first["line"]["words"] == "On-hook"
    seed.write_status(box.settings, phase="ringing", ring_count=2)
    second = frame(answer)
    assert second["line"]["words"] == "Ringing 2×"
    with Archive(box.settings.state_dir) as archive:
        archive.update(archive.calls.page(1)[0])
    third = frame(answer)
    assert third["change"] > second["change"]
    close((connection, answer))


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_no_stream_for_nobody(box: Box, token: str) -> None:
    pair = box.open("/api/v1/events", token=token.encode().decode("latin1"))
    assert pair[1].status == 401
    close(pair)


def test_logging_out_ends_the_stream(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHECK_S", 0.0)
    connection, answer = box.open("/api/v1/events")
    frame(answer)
    archive = Archive(box.settings.state_dir, write=False)
    archive.sessions.close(box.token)
    archive.close()
    seed.write_status(box.settings, phase="talking")
    until(lambda: answer.readline() == b"event: bye\n")
    close((connection, answer))


def test_quiet_streams_get_a_heartbeat(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.05)
    connection, answer = box.open("/api/v1/events")
    until(lambda: answer.readline() == b"event: here\n")
    close((connection, answer))


def test_slow_downloads_hold_no_thread(
    box: Box, filled: tuple[Path, list[Call]]
) -> None:
    path = f"/api/v1/calls/{filled[1][LONG].id}/audio?version=listening"
    size = len(box.get(path)[1])
    assert size > 30_000_000  # far more than sockets buffer
    with ExitStack() as stalled:
        for _ in range(box.settings.web.threads * 2):
            pair = box.open(path)  # asked for, hardly read
            stalled.callback(close, pair)
            assert pair[1].read(4) == b"RIFF"
        began = time.monotonic()
        assert box.get("/")[0] == 200
        assert time.monotonic() - began < 1.0


def test_a_long_body_arrives_whole(box: Box, filled: tuple[Path, list[Call]]) -> None:
    path = f"/api/v1/calls/{filled[1][LONG].id}/audio?version=original"
    status, body = box.get(path)
    with (
        Archive(box.settings.state_dir, write=False) as archive,
        contextlib.closing(archive.open_original(filled[1][LONG])) as original,
    ):
        assert (status, body) == (200, original.read_at(0, original.size))
    assert box.get(path, Range="bytes=100-2999999") == (206, body[100:3000000])


def test_forms_that_arrive_slowly_hold_no_thread(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "BODY_S", 0.5)
    head = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nname=A"
    sockets = []
    for _ in range(box.settings.web.threads * 2):
        sockets.append(socket.create_connection(("127.0.0.1", box.port)))
        sockets[-1].sendall(head)
    assert box.get("/")[0] == 200
    for each in sockets:
        each.settimeout(WAIT_S)
        assert each.recv(100).startswith(b"HTTP/1.1 408")
        each.close()


@pytest.mark.parametrize("path", ["/login", "/papers/voices/announcement/en"])
def test_a_huge_form_of_nobody_is_refused(box: Box, path: str) -> None:
    with socket.create_connection(("127.0.0.1", box.port)) as each:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n"
        each.sendall(head.encode())
        each.sendall(b"a" * 90000)
        assert each.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost:"])
def test_a_request_that_does_not_come_loses_its_place(
    box: Box, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.3)
    with ExitStack() as idle:
        sockets = []
        for _ in range(serve.MAX_CONNECTIONS + 10):
            sockets.append(socket.create_connection(("127.0.0.1", box.port)))
            idle.enter_context(sockets[-1])
            sockets[-1].sendall(head)
        for each in sockets:
            each.settimeout(WAIT_S)
            assert each.recv(1) == b""  # closed by the server
        assert box.get("/")[0] == 200


def test_a_head_in_pieces_is_served_and_the_connection_stays(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.3)
    request = b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", box.port)) as each:
        each.settimeout(WAIT_S)
        for _ in range(2):
            for i in range(0, len(request), 9):
                each.sendall(request[i : i + 9])
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += each.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200")
            with socket.create_connection(("127.0.0.1", box.port)) as idle:
                idle.settimeout(WAIT_S)
                assert idle.recv(1) == b""  # now a head's time has passed


def test_nobody_is_believed_what_a_proxy_would_say(box: Box) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    pair = box.open("/login", token="", **forged)
    assert "Secure" not in pair[1].headers["Set-Cookie"]
    assert "SameSite=Strict" in pair[1].headers["Set-Cookie"]
    close(pair)


def test_stopping_does_not_wait_for_streams(box: Box) -> None:
    opened = [box.open("/api/v1/events") for _ in range(5)]
    assert box.stop() < 2.0
    for _, answer in opened:
        answer.read()  # ended in order
    for pair in opened:
        close(pair)


def test_a_taken_port_is_explained(box: Box) -> None:
    with pytest.raises(ConfigError, match="choose another port"):
        serve.listen("127.0.0.1", box.port)


def test_the_claim_code_is_printed_once_claimed_never(
    state: Path, tmp_path: Path
) -> None:
    import io

    settings = seed.settings_for(state)
    out = io.StringIO()
    serve.announce(settings, out)
    assert "http://localhost:8080/" in out.getvalue()
    code = out.getvalue().split("claim code ")[1][:9]
    with Archive(state) as archive:
        assert archive.claim.code() == code
        archive.claim.attempt(code, seed.NAME, seed.PASSWORD, time.time())
    again = io.StringIO()
    serve.announce(settings, again)
    assert "claim" not in again.getvalue()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_in_order_with_status_0(state: Path, stop: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = state / "config.toml"
    config.write_text(to_toml(seed.settings_for(state, port)), "utf-8")
    command = [sys.executable, "-m", "firmware", "web", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if b"claim code" in line:
                break
        process.send_signal(stop)
        assert process.wait(WAIT_S) == 0
        assert b"Traceback" not in process.stderr.read()


class Shut:
    """A body whose recording is locked while it is sent."""

    size, etag, mimetype = 10 * serve.PIECE, "x", "audio/wav"
    closed = False

    def read(self, start: int, stop: int) -> bytes:
        if start >= 2 * serve.PIECE:
            raise Locked("locked meanwhile")
        return bytes(stop - start)

    def close(self) -> None:
        self.closed = True


def test_a_sound_that_is_locked_while_it_is_sent_ends_early(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body, sent = Shut(), []

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    part = Slice(body, 0, body.size)
    # The browser tests' loop may still run in this thread.
    with ThreadPoolExecutor() as apart:
        apart.submit(asyncio.run, serve._send_slowly(part, receive, send)).result()
    assert [message["more_body"] for message in sent] == [True, True]
    assert body.closed
    assert "ends early for its listener: locked meanwhile" in caplog.text


def test_an_idle_box_locks_itself_with_nobody_there(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "WATCH_S", 0.02)
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    box = Box(seed.settings_for(state))
    keys: Keyring = box.server.config.app._keyring  # type: ignore[union-attr]
    now = [1000.0]
    keys._clock = lambda: now[0]
    keys.choose_passphrase(
        "five words without any link",
        0.0,
        {"time_cost": 1, "memory_kib": 8, "lanes": 1},
    )
    box.start()
    try:
        assert keys._keys
        now[0] += keys.idle_s + 1
        until(lambda: not keys._keys)
    finally:
        box.stop()
