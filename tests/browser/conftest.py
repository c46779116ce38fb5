"""Real services in processes of their own, and a real Chromium in front."""

import dataclasses
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.service import settings as settings_file
from firmware.service.settings import Consent, LineSettings, Settings
from tests.web import seed

ROOT = Path(__file__).resolve().parents[2]
#: Patience on a busy machine: for a service to start, s, and for a page to change, ms.
START_S = 60.0
expect.set_options(timeout=20_000)
#: Widths the pages are made for: a small phone and a desktop.
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        # Sound must play without a person's click, and Chromium's sandbox needs a user
        # other than root.
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def service(name: str, settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `linekeeper record` or `linekeeper web` until the block ends."""
    config = settings.state_dir / "config.toml"
    config.write_text(settings_file.to_toml(settings), "utf-8")
    log = (settings.state_dir / f"{name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware", name, "--config", str(config)],
        cwd=ROOT,
        stdout=log,
        stderr=log,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        finally:
            process.kill()
            process.wait()
            log.close()


def wait_for(url: str) -> None:
    """Wait until a page answers."""
    deadline = time.monotonic() + START_S
    pause = threading.Event()
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            pause.wait(0.1)
    pytest.fail(f"{url} does not answer")


@dataclasses.dataclass(frozen=True)
class Site:
    """A running web service on an archive."""

    url: str
    settings: Settings
    calls: list[Call]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A claimed box with one call of every kind."""
    state = tmp_path_factory.mktemp("site")
    with Archive(state) as archive:
        calls = seed.fill(archive)
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


@dataclasses.dataclass(frozen=True)
class LiveBox:
    """A new box whose simulated line is about to ring."""

    url: str
    settings: Settings
    code: str


@pytest.fixture
def live_box(tmp_path: Path) -> Iterator[LiveBox]:
    scenario = tmp_path / "one_call.toml"
    scenario.write_text(ONE_CALL, "utf-8")
    base = seed.settings_for(tmp_path / "state", free_port())
    settings = dataclasses.replace(
        base,
        line=LineSettings(source=f"sim:{scenario}", country="us"),
        consent=Consent(
            recording=True,
            own="US-NY",
            recorder="private",
            acknowledged=True,
            others_in="US-NY",
        ),
    )
    settings.state_dir.mkdir()
    Archive(settings.state_dir).close()
    with ExitStack() as running:
        running.enter_context(service("web", settings))
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        with Archive(settings.state_dir, write=False) as archive:
            code = archive.claim.code()
        assert code is not None
        running.enter_context(service("record", settings))
        yield LiveBox(url, settings, code)


#: Time to claim the box, then a short call, then silence until the test is done.
ONE_CALL = """
title = "One short call"
length = 120

[[call]]
at = 8
direction = "incoming"
number = "2125550123"
name = "CAROL REED"
rings = 2
talk_s = 6
end = "far"
"""


#: What Chromium says of answers that are as they should be.
EXPECTED = re.compile(r"status of 4|EventSource's response has a MIME type")


class Watcher:
    """Notes what a page must never do: errors, refused content, outside requests."""

    def __init__(self, page: Page, url: str) -> None:
        self.troubles: list[str] = []
        self._url = url
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.troubles.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self.troubles.append(f"asked outside: {request.url}")


@contextmanager
def visit(
    browser: Browser, url: str, width: str = "desktop", scheme: str = "light"
) -> Iterator[Page]:
    """Open a page; fail at its end if it did what no page may."""
    wide, high = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        color_scheme=scheme,  # type: ignore[arg-type]  # a plain string here
        locale="en-GB",
        timezone_id="America/New_York",
        accept_downloads=True,
        device_scale_factor=2 if width == "phone" else 1,
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    watcher = Watcher(page, url)
    try:
        yield page
    finally:
        context.close()
    assert watcher.troubles == []


def log_in(page: Page, url: str, path: str = "/calls") -> None:
    page.goto(url + path)
    page.get_by_label("Name").fill(seed.NAME)
    page.get_by_label("Password").fill(seed.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda where: "/login" not in where)
