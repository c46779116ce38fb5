"""A box under siege: recorder and page as processes of their own, a call going on.

`besieged` starts both on a simulated line in real time and watches the recorder all
the while.  `Watch.verdict` says afterwards whether the recording has kept up with the
clock and whether a sample was lost.
"""

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.service import settings as settings_file
from firmware.service import status
from firmware.service.settings import Settings
from tests.web import seed
from web.security import COOKIE

FS = 8000
#: Patience of a busy machine, s.
READY_S = 90.0
ANSWER_S = 60.0
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ONE_LONG_CALL = """
title = "One call that lasts"
length = {length}

[[call]]
at = 0.5
direction = "incoming"
number = "2125550123"
name = "CAROL REED"
rings = 1
talk_s = {talk}
end = "near"
near = "joe"
far = "carol"
"""


@dataclass
class Watch:
    """What the recorder said of itself during the siege."""

    settings: Settings
    first: tuple[float, int] | None = None
    last: tuple[float, int] | None = None
    lost_s: float = 0.0
    behind_s: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look ten times a second until it is over."""
        while not self.done.wait(0.1):
            self.look()

    def look(self) -> None:
        """Note how much is stored, and how far that is behind the clock."""
        told = status.read(self.settings.status_path) or {}
        line = next(iter(told.get("lines", ())), {})
        if not line.get("recording"):
            return
        now, stored = time.monotonic(), int(line["stored_samples"])
        self.lost_s = max(self.lost_s, float(line["lost_s"]))
        if self.first is None and stored:
            self.first = (now, stored)
        if self.first is not None:
            self.last = (now, stored)
            due = (now - self.first[0]) - (stored - self.first[1]) / FS
            self.behind_s = max(self.behind_s, due)

    def verdict(self) -> dict[str, float]:
        """Return seconds recorded, lost, and the most that writing was behind."""
        assert self.first is not None, "nothing was recorded"
        assert self.last is not None
        return {
            "recorded_s": (self.last[1] - self.first[1]) / FS,
            "lost_s": self.lost_s,
            "behind_s": self.behind_s,
        }


@dataclass(frozen=True)
class Box:
    """The page under siege, and a session of its owner."""

    port: int
    settings: Settings
    calls: list[Call]
    token: str
    watch: Watch
    web: "subprocess.Popen[bytes]"

    def connect(self, address: str = "127.0.0.1") -> http.client.HTTPConnection:
        """Return a connection from one of the addresses of this machine."""
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=ANSWER_S, source_address=(address, 0)
        )

    def socket(self) -> socket.socket:
        """Return a plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_S)

    def say(self, raw: bytes, patience_s: float = 0.5) -> bytes:
        """Send bytes as they are; return what comes until it ends or pauses."""
        with self.socket() as each:
            each.settimeout(patience_s)
            parts: list[bytes] = []
            try:
                each.sendall(raw)
                while part := each.recv(1 << 16):
                    parts.append(part)
            except OSError:
                pass  # it hung up or waits for more, which is an answer
            return b"".join(parts)

    def times(self, count: int, path: str = "/calls") -> list[float]:
        """Load a page so often as its owner; return how long each took, s."""
        took = []
        for _ in range(count):
            connection = self.connect()
            began = time.monotonic()
            connection.request(
                "GET", path, headers={"Cookie": f"{COOKIE}={self.token}"}
            )
            answer = connection.getresponse()
            body = answer.read()
            took.append(time.monotonic() - began)
            connection.close()
            assert answer.status == 200, body[:200]
            assert b"CAROL REED" in body or path != "/calls"
        return sorted(took)

    def rss_mb(self) -> float:
        """Return the resident memory of the page's process."""
        told = Path(f"/proc/{self.web.pid}/status").read_text("ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", told)
        assert found is not None
        return int(found[1]) / 1024


class Visitor:
    """A browser of a kind: keeps cookies, fills the log-in form."""

    def __init__(self, box: Box, address: str = "127.0.0.1") -> None:
        self._connection = box.connect(address)
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    def open(self, path: str = "/login") -> int:
        """Fetch a form."""
        status, body = self._ask("GET", path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', body)
        self._csrf = found[1] if found else ""
        return status

    def send(self, path: str = "/login", **form: str) -> int:
        """Send the form."""
        data = urlencode({"csrf_token": self._csrf, **form})
        return self._ask("POST", path, data)[0]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, data: str | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body=data, headers=headers)
        answer = self._connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode("utf-8", "replace")


@contextmanager
def besieged(folder: Path, *, claimed: bool = True, talk_s: int = 300) -> Iterator[Box]:
    """Run recorder and page until the block ends; a call of `talk_s` goes on."""
    scenario = folder / "long_call.toml"
    text = ONE_LONG_CALL.format(length=talk_s + 30, talk=talk_s)
    scenario.write_text(text, "utf-8")
    state = folder / "state"
    demo = settings_file.load(settings_file.DEMO_PATH).with_state(state)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = replace(
        demo,
        line=replace(demo.line, source=f"sim:{scenario}"),
        web=replace(demo.web, port=port),
    )
    with Archive(state) as archive:
        calls = [seed.add_call(archive, **dict(kind)) for kind in seed.KINDS[:3]]
        archive.finish_pending()
        token = ""
        if claimed:
            user = archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
            token = archive.sessions.open(user.id, time.time())
    config = state / "config.toml"
    config.write_text(settings_file.to_toml(settings), "utf-8")
    watch = Watch(settings)
    with ExitStack() as running:
        running.enter_context(_process("record", config))
        web = running.enter_context(_process("web", config))
        box = Box(port, settings, calls, token, watch, web)
        _until(lambda: _answers(box), "the page does not answer")
        _until(lambda: (watch.look(), watch.first is not None)[1], "no recording")
        watching = threading.Thread(target=watch.run)
        watching.start()
        try:
            yield box
        finally:
            watch.done.set()
            watching.join()
        assert web.poll() is None, "the page has ended"


@contextmanager
def _process(name: str, config: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "firmware", name, "--config", str(config)]
    with (config.parent / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(box: Box) -> bool:
    try:
        return b'"ok"' in box.say(HEALTH, patience_s=5.0)
    except OSError:
        return False


def _until(holds, what: str) -> None:  # type: ignore[no-untyped-def]  # any condition
    deadline, pause = time.monotonic() + READY_S, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, what
        pause.wait(0.1)
