"""The start page in a real browser: who waits, the line shared by windows, an app."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from firmware.archive import Archive
from tests.browser.conftest import (
    Site,
    free_port,
    log_in,
    service,
    visit,
    wait_for,
)
from tests.web import seed

#: More windows than a browser has connections to one host.
WINDOWS = 10


@contextmanager
def serve(state: Path) -> Iterator[Site]:
    """Serve a box with two missed calls of one number, and one without a number."""
    missed = {"direction": "incoming", "outcome": "missed"}
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", 0.0)
        calls = [
            seed.add_call(archive, ago=500.0, number_absence="private", **missed),
            seed.add_call(archive, ago=400.0, number="2125550123", **missed),
            seed.add_call(
                archive, ago=300.0, number="+12125550123", name="CAROL REED", **missed
            ),
        ]
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A box that nobody changes."""
    with serve(tmp_path_factory.mktemp("small")) as site:
        yield site


@contextmanager
def telling(site: Site) -> Iterator[dict[str, Any]]:
    """Be the recorder: tell what is in the mapping, again and again."""
    line: dict[str, Any] = {"phase": "idle"}
    done = threading.Event()

    def tell() -> None:
        while not done.wait(0.5):
            seed.write_status(site.settings, **line)

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield line
    finally:
        done.set()
        thread.join()


def test_the_missed_are_done_put_off_brought_back_and_closed_by_themselves(
    chromium: Browser, tmp_path: Path
) -> None:
    with (
        serve(tmp_path) as small_site,
        visit(chromium, small_site.url, "phone") as page,
    ):
        log_in(page, small_site.url, "/")
        rows = page.locator(".waiting .item")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("CAROL REED")
        expect(rows.first).to_contain_text(re.compile(r"2 times, last (\w+ )?\d+:\d\d"))
        expect(rows.last).to_contain_text("Number withheld")
        expect(rows.last.locator("[href^='tel:']")).to_have_count(0)
        expect(page).to_have_title(re.compile(r"^\(2\) Start"))
        # put off, and brought back
        rows.first.get_by_text("Later").click()
        page.get_by_role("button", name="Tomorrow morning").click()
        expect(page.get_by_text("CAROL REED comes back to the list")).to_be_visible()
        expect(rows).to_have_count(1)
        page.get_by_role("button", name="Undo").click()
        expect(rows).to_have_count(2)
        # done by hand
        page.get_by_role("button", name="Number withheld: done").click()
        expect(rows).to_have_count(1)
        expect(page.get_by_text("Number withheld is done.")).to_be_visible()
        # closed by a talk, while the page is open
        with Archive(small_site.settings.state_dir) as archive:
            seed.add_call(
                *(archive,),
                ago=10.0,
                direction="outgoing",
                number="12125550123",
                talk_s=2.0,
            )
        expect(rows).to_have_count(0)
        expect(page).to_have_title(re.compile("^Start"))
        expect(page.locator("#calls .call").first).to_contain_text("Answered")


def test_a_phone_rings_up_with_one_press(chromium: Browser, small_site: Site) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    log_in(page, small_site.url, "/")
    ring_up = page.get_by_role("link", name="Call (212) 555-0123", exact=True)
    expect(ring_up).to_be_visible()
    expect(ring_up).to_have_attribute("href", "tel:+12125550123")
    context.close()


def count_streams(context: BrowserContext) -> list[str]:
    """Return a list that grows by one for each stream that is opened."""
    opened: list[str] = []
    context.on(
        "request", lambda r: opened.append(r.url) if "/api/v1/events" in r.url else None
    )
    return opened


def test_ten_windows_share_one_stream_and_another_takes_over(
    chromium: Browser, small_site: Site
) -> None:
    with telling(small_site) as line, visit(chromium, small_site.url) as page:
        log_in(page, small_site.url, "/")
        opened = count_streams(page.context)
        pages: list[Page] = [page]
        for _ in range(WINDOWS - 1):
            pages.append(page.context.new_page())
            pages[-1].goto(small_site.url)
            expect(pages[-1].locator("#line")).to_contain_text("On-hook")
        line.update(phase="ringing", ring_count=2)
        for each in pages:
            expect(each.locator("#line")).to_contain_text("Ringing 2×")
        assert len(opened) <= 2
        # Pages are still served, and the rest goes on when the first has gone.
        page.goto(f"{small_site.url}/calls")
        page.close()
        line.update(ring_count=3)
        for each in pages[1:]:
            expect(each.locator("#line")).to_contain_text("Ringing 3×")


def test_what_changed_while_the_box_was_away_is_there_when_it_is_back(
    chromium: Browser, small_site: Site
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    with telling(small_site):
        log_in(page, small_site.url, "/")
        line = page.locator("#line")
        expect(line).to_contain_text("On-hook")
        context.set_offline(True)
        expect(line).to_contain_text("No connection to the box", timeout=30_000)
        expect(line).to_contain_text(re.compile(r"Since \d+:\d\d"))
        with Archive(small_site.settings.state_dir) as archive:
            seed.add_call(archive, ago=5.0, name="M. OKAFOR", outcome="missed")
        context.set_offline(False)
        expect(line).to_contain_text("On-hook", timeout=30_000)
        expect(page.locator("#calls")).to_contain_text("M. OKAFOR")
    context.close()


#: Everything any cache of this origin holds: addresses, and all their text.
CACHED = """async () => { const all = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      all.push([path, await (await cache.match(request)).text()]);
    }
  } return all; }"""


def test_offline_nothing_of_a_call_is_left_in_the_browser(
    chromium: Browser, small_site: Site
) -> None:
    url = small_site.url
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, url, "/")
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    for address in ("/", "/calls", f"/calls/{small_site.calls[2].id}", "/"):
        page.goto(url + address)
    expect(page.locator("#waiting")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    cached = page.evaluate(CACHED)
    assert "/offline" in [path for path, _text in cached]
    for path, text in cached:
        assert path == "/offline" or path.startswith("/static/"), path
        for secret in ("CAROL", "5550123", small_site.calls[2].id, seed.NAME, "csrf"):
            assert secret not in text, path
    context.set_offline(True)
    page.goto(f"{url}/calls/{small_site.calls[2].id}")
    told = page.locator("#offline")
    expect(told).to_contain_text(re.compile(r"No connection to the box since \d+:\d\d"))
    assert "CAROL" not in page.content()
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=30_000)
    context.close()


def test_the_manifest_names_the_box_and_its_pictures(
    chromium: Browser, small_site: Site
) -> None:
    with visit(chromium, small_site.url) as page:
        page.goto(f"{small_site.url}/login")
        where = page.locator("link[rel=manifest]").get_attribute("href")
        told = page.request.get(f"{small_site.url}{where}")
        assert told.headers["content-type"].startswith("application/manifest+json")
        manifest = told.json()
        assert manifest["name"] == "Linekeeper"
        assert manifest["display"] == "standalone"
        for icon in manifest["icons"]:
            answer = page.request.get(small_site.url + icon["src"])
            width, height = (
                int.from_bytes(answer.body()[at : at + 4], "big") for at in (16, 20)
            )
            assert f"{width}x{height}" == icon["sizes"]  # as the PNG itself says


def ground(page: Page, theme: str) -> str:
    """Return the colour behind a page that is dressed in a theme."""
    expect(page.locator(f"html[data-theme={theme}] footer")).to_be_visible()
    page.wait_for_load_state("load")
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_dark_light_or_as_the_device_is_remembered(
    chromium: Browser, small_site: Site
) -> None:
    with visit(chromium, small_site.url) as page:
        page.goto(f"{small_site.url}/login")
        light = ground(page, "auto")
        page.get_by_role("link", name="Dark").click()
        dark = ground(page, "dark")
        assert dark != light
        page.goto(f"{small_site.url}/offline")
        assert ground(page, "dark") == dark
        page.emulate_media(color_scheme="dark")
        page.goto(f"{small_site.url}/login")
        page.get_by_role("link", name="Light").click()
        assert ground(page, "light") == light
        page.get_by_role("link", name="As the device").click()
        assert ground(page, "auto") == dark
