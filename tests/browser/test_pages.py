"""The pages as people meet them, in a real browser."""

import dataclasses
import io
import re
import time

import pytest
import soundfile
from playwright.sync_api import Browser, Page, Route, expect

from firmware.service.settings import Web
from tests.browser.conftest import (
    LiveBox,
    Site,
    free_port,
    log_in,
    service,
    visit,
    wait_for,
)
from tests.web import seed

OUTGOING, LONG, MISSED = 2, 9, 1  # indices of the seeded calls
WIDTHS = ("phone", "desktop")
WAIT_S = 15.0


AUDIO = "document.querySelector('audio')"


def seconds(page: Page) -> float:
    at: float = page.evaluate(f"{AUDIO}.currentTime")
    return at


def until(page: Page, condition: str) -> None:
    """Wait for a condition on the audio element `a`.

    Playwright's own wait evaluates a string in the page, which the page forbids.
    """
    deadline = time.monotonic() + WAIT_S
    while not page.evaluate(f"(a => {condition})({AUDIO})"):
        assert time.monotonic() < deadline, f"in vain: {condition}"
        page.wait_for_timeout(20)


def playing(page: Page) -> None:
    """Wait until sound is running."""
    until(page, "!a.paused && a.readyState > 2 && a.currentTime > 0.05")


def test_claim_log_in_see_a_live_call_play_seek_download(
    chromium: Browser, live_box: LiveBox
) -> None:
    with visit(chromium, live_box.url) as page:
        # claim
        page.goto(live_box.url)
        expect(page.get_by_role("heading", name="Make this box yours")).to_be_visible()
        page.get_by_label("Claim code").fill(live_box.code.lower())
        page.get_by_label("Your name").fill(seed.NAME)
        page.get_by_label("Password", exact=True).fill(seed.PASSWORD)
        page.get_by_label("Password again").fill(seed.PASSWORD)
        page.get_by_role("button", name="Claim").click()
        expect(page.get_by_text("No calls yet")).to_be_visible()
        # log out and in again
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("You are logged out.")).to_be_visible()
        log_in(page, live_box.url)
        # the live call, without reloading
        line = page.locator("#line")
        expect(line).to_contain_text("Ringing", timeout=20_000)
        expect(line).to_contain_text("Talking", timeout=20_000)
        expect(line).to_contain_text("CAROL REED")
        expect(line.get_by_text("Recording")).to_be_visible()
        row = page.locator("#calls .call").first
        expect(row).to_contain_text("CAROL REED")
        expect(row).to_contain_text("In progress")
        expect(row).to_contain_text("Answered", timeout=20_000)
        expect(line).to_contain_text("On-hook", timeout=20_000)
        # hear it
        row.get_by_role("link").click()
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        page.keyboard.press("ArrowRight")
        assert seconds(page) > 4
        with page.expect_download() as download:
            page.get_by_role("link", name="Original").click()
        name = download.value.suggested_filename
        assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d{6}Z_incoming_2125550123\.\w+", name)
        samples, rate = soundfile.read(io.BytesIO(download.value.path().read_bytes()))
        assert rate == 8000
        assert len(samples) > 6 * rate


@pytest.mark.parametrize("width", WIDTHS)
def test_search_and_filters_act_at_once(
    chromium: Browser, site: Site, width: str
) -> None:
    with visit(chromium, site.url, width) as page:
        log_in(page, site.url)
        rows = page.locator("#calls .call")
        expect(rows).to_have_count(len(site.calls))
        page.get_by_role("searchbox").fill("0188")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)
        assert page.url.endswith("/calls?q=0188")
        expect(page.locator("html.script")).to_be_attached()  # filters act from here on
        page.get_by_text("Filters", exact=True).click()
        page.get_by_label("Outcome").select_option("Busy")
        expect(page.get_by_text("No call matches")).to_be_visible()
        page.get_by_role("link", name="show all calls").click()
        expect(rows).to_have_count(len(site.calls))


@pytest.mark.parametrize("width", WIDTHS)
def test_times_are_the_readers_own_and_days_are_named(
    chromium: Browser, site: Site, width: str
) -> None:
    with visit(chromium, site.url, width) as page:
        log_in(page, site.url)
        expect(page.locator(".day").first).to_have_text(re.compile("Today|Yesterday"))
        shown = page.locator("#calls time").first
        expect(shown).to_have_text(re.compile(r"^\d{1,2}:\d\d$"))
        expect(shown).to_have_attribute("title", re.compile("UTC$"))
        page.locator("#calls .call a").first.click()
        expect(page.locator(".facts time").first).to_have_text(re.compile(r"20\d\d"))


def test_the_player_by_keyboard(chromium: Browser, site: Site) -> None:
    with visit(chromium, site.url) as page:
        log_in(page, site.url, f"/calls/{site.calls[OUTGOING].id}")
        expect(page.locator("#wave")).to_be_visible()
        page.keyboard.press("Space")
        playing(page)
        page.keyboard.press("Space")
        until(page, "a.paused")
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        end = site.calls[OUTGOING].audio_s
        assert seconds(page) == pytest.approx(end - 5, abs=0.1)
        page.keyboard.press("Home")
        assert seconds(page) == 0
        for _ in range(9):
            page.keyboard.press(">")
        assert page.evaluate(f"{AUDIO}.playbackRate") == 2
        for _ in range(9):
            page.keyboard.press("<")
        assert page.evaluate(f"{AUDIO}.playbackRate") == 0.75
        assert page.evaluate(f"{AUDIO}.preservesPitch") is True
        slider = page.get_by_role("slider", name="Position")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", "0:05")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_player_by_pointer(chromium: Browser, site: Site, width: str) -> None:
    with visit(chromium, site.url, width) as page:
        log_in(page, site.url, f"/calls/{site.calls[OUTGOING].id}")
        wave = page.locator("#wave")
        frame = wave.bounding_box()
        assert frame is not None
        length = site.calls[OUTGOING].audio_s
        wave.click(position={"x": frame["width"] / 2, "y": 60})
        assert seconds(page) == pytest.approx(length / 2, abs=length / 100)
        page.mouse.move(frame["x"] + 20, frame["y"] + 60)
        page.mouse.down()
        page.mouse.move(frame["x"] + frame["width"] * 0.75, frame["y"] + 60, steps=5)
        page.mouse.up()
        assert seconds(page) == pytest.approx(0.75 * length, abs=length / 100)
        expect(wave.locator(".tip")).to_be_visible()
        page.locator("#events").get_by_role("button", name="Second caller").click()
        playing(page)
        assert seconds(page) == pytest.approx(92.0, abs=2.0)


def test_half_an_hour_sounds_at_once_and_far_seeks_work(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url) as page:
        log_in(page, site.url, f"/calls/{site.calls[LONG].id}")
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        page.evaluate(f"{AUDIO}.currentTime = 1500")
        until(page, "a.currentTime > 1500.2 && a.readyState > 2")


def test_playing_goes_on_beyond_the_first_piece_of_the_recording(
    chromium: Browser, site: Site
) -> None:
    # One piece is 65 s of the copy: be before its end, and hear the next.
    with visit(chromium, site.url) as page:
        log_in(page, site.url, f"/calls/{site.calls[LONG].id}")
        page.get_by_label("Speed").select_option("2")
        page.evaluate(f"{AUDIO}.currentTime = 64")
        page.get_by_role("button", name="Play", exact=True).click()
        until(page, "a.currentTime > 67")


def test_switching_to_the_original_keeps_the_place(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url) as page:
        log_in(page, site.url, f"/calls/{site.calls[OUTGOING].id}")
        fetched: list[str] = []
        page.on("request", lambda r: "/audio" in r.url and fetched.append(r.url))
        page.evaluate(f"{AUDIO}.currentTime = 100")
        page.get_by_label("Speed").select_option("1.5")
        page.get_by_text("Original", exact=True).first.click()
        moved = "a.src.includes('original') && a.currentTime === 100"
        until(page, f"{moved} && a.playbackRate === 1.5")
        # nothing was fetched, and so nothing was heard
        until(page, "a.networkState === a.NETWORK_IDLE")
        assert fetched == []
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        assert seconds(page) == pytest.approx(100, abs=3)
        page.get_by_text("Listening copy", exact=True).first.click()
        until(page, "a.src.includes('listening') && !a.paused && a.currentTime > 100")
        assert page.evaluate(f"{AUDIO}.playbackRate") == 1.5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "path", ["/login", "/", "/calls", "/calls/{}", "/calls/{missed}", "/calls?q=z"]
)
def test_no_page_scrolls_sideways(
    chromium: Browser, site: Site, width: str, path: str
) -> None:
    with visit(chromium, site.url, width) as page:
        if path == "/login":
            page.goto(site.url + path)
        else:
            ids = {"missed": site.calls[MISSED].id}
            log_in(page, site.url, path.format(site.calls[5].id, **ids))
            expect(page.locator("time, .empty").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= page.evaluate("document.documentElement.clientWidth")


def test_the_player_says_when_it_waits_for_the_box(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url) as page:
        asked: list[Route] = []  # what the box does not answer yet
        page.route("**/audio?*", lambda route: asked.append(route))
        log_in(page, site.url, f"/calls/{site.calls[0].id}")
        button = page.locator("[data-do=toggle]")
        button.click()
        expect(button).to_have_attribute("aria-busy", "true")
        for route in asked:
            route.continue_()
        page.unroute("**/audio?*")
        playing(page)
        expect(button).to_have_attribute("aria-busy", "false")


def test_a_phone_has_when_and_whom_to_call_in_one_look(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url, "phone") as page:
        log_in(page, site.url, f"/calls/{site.calls[0].id}")
        ring_up = page.get_by_role("link", name="Call (212) 555-0123")
        expect(ring_up).to_have_attribute("href", "tel:2125550123")
        expect(page.locator("#when")).to_contain_text(
            re.compile("^(Today|Yesterday), ")
        )
        # The header stays one line, play is within the thumb's reach.
        high = page.locator("header").evaluate("e => e.clientHeight")
        assert high <= 60
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport()


def test_a_lost_session_leads_to_the_door(chromium: Browser, site: Site) -> None:
    with visit(chromium, site.url) as page:
        with page.expect_response("**/api/v1/events"):
            log_in(page, site.url)
        page.context.clear_cookies()
        page.locator("#calls .call a").first.click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_where_event_streams_do_not_get_through_the_page_asks(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url) as page:
        page.route("**/api/v1/events", lambda route: route.fulfill(body="not a stream"))
        with page.expect_request("**/api/v1/status"):
            log_in(page, site.url)
        seed.write_status(site.settings, phase="ringing", ring_count=3)
        expect(page.locator("#line")).to_contain_text("Ringing 3×")


def test_the_page_says_when_the_recorder_stops(chromium: Browser, site: Site) -> None:
    with visit(chromium, site.url) as page:
        seed.write_status(site.settings, phase="idle")
        log_in(page, site.url)
        site.settings.status_path.unlink()
        expect(page.locator("#line")).to_contain_text("The recorder is not running")


def test_the_page_says_when_the_box_is_out_of_reach(
    chromium: Browser, site: Site
) -> None:
    settings = dataclasses.replace(site.settings, web=Web(port=free_port()))
    url = f"http://127.0.0.1:{settings.web.port}"
    config = site.settings.state_dir / "config.toml"
    before = config.read_text("utf-8")
    context = chromium.new_context()
    page = context.new_page()
    try:
        with service("web", settings):
            wait_for(f"{url}/api/v1/health")
            seed.write_status(settings, phase="talking", name="CAROL REED")
            log_in(page, url)
            expect(page.locator("#line")).to_contain_text("CAROL REED")
        line = page.locator("#line")
        expect(line).to_contain_text("No connection to the box", timeout=15_000)
        expect(line).not_to_contain_text("CAROL REED")
        expect(line.locator("[data-is=clock]")).to_be_hidden()
        with service("web", settings):
            seed.write_status(settings, phase="idle")
            expect(line).to_contain_text("On-hook", timeout=15_000)
    finally:
        context.close()
        config.write_text(before, "utf-8")


def test_every_control_has_a_name_and_shows_focus(
    chromium: Browser, site: Site
) -> None:
    with visit(chromium, site.url) as page:
        log_in(page, site.url, f"/calls/{site.calls[OUTGOING].id}")
        expect(page.locator("#wave")).to_be_visible()
        nameless = page.evaluate(
            """[...document.querySelectorAll('a, button, input, select, [tabindex]')]
            .filter(e => e.type !== 'hidden' && !e.closest('[hidden]'))
            .filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
            .map(e => e.outerHTML)"""
        )
        assert nameless == []
        page.keyboard.press("Tab")
        seen = []
        for _ in range(12):
            page.keyboard.press("Tab")
            seen.append(
                page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            )
        assert seen.count("solid") >= 10
