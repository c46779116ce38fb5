"""Consent as people meet it: a newcomer sets up, somebody talks, in two languages."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.archive import Archive
from firmware.service.settings import LineSettings
from tests.browser.conftest import (
    Site,
    free_port,
    log_in,
    service,
    visit,
    wait_for,
)
from tests.web import seed

WIDTHS = ("phone", "desktop")
LANGUAGES = ("en", "sv")
#: Longer than this is too long for somebody who has not read a word about it, s.
NEWCOMER_S = 120.0
#: What people need for one field or page: to read, to think, to type, s.
FIELD_S, PAGE_S = 10.0, 20.0
PAGES = (
    "/setup",
    "/setup/trades",
    "/consent",
    "/rules",
    "/people",
    "/numbers",
    "/agreements",
    "/agreements/new",
    "/agreements/1",
    "/papers",
    "/papers/policy",
    "/papers/form",
    "/law",
    "/law?q=%2B14155550123",
)
CHOSEN = {
    "own": "US-NY",
    "recorder": "org",
    "purpose": "orders",
    "period": "1 year",
    "owner": "Harbor Florist",
    "rights_url": "harbor.example",
    "recording": True,
    "preset": "office",
}


@pytest.fixture
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A claimed box that nobody has set up."""
    state = tmp_path_factory.mktemp("new")
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, [])


@pytest.fixture(scope="module")
def chosen_site(site: Site) -> Site:
    """The filled box after its set-up, with an agreement, a wish and two people."""
    now = time.time()
    with Archive(site.settings.state_dir, write=False) as archive:
        archive.choices.set(CHOSEN, seed.NAME, now)
        archive.staff.add("1", "Bo", seed.NAME, now)
        archive.wishes.add("+12125550188", "never", seed.NAME, now, name="Cy Reed")
    return site


def agreed(page: Page, url: str) -> None:
    """Make the first agreement if there is none yet."""
    page.goto(f"{url}/agreements/new?party=Cy+Reed&number=4155550123")
    page.locator("form .main").click()
    page.wait_for_url("**/agreements/*")


class Newcomer:
    """Somebody at the pages, whose reading and typing takes its time."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seconds = PAGE_S

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)
        self.seconds += FIELD_S

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label).select_option(label=option)
        self.seconds += FIELD_S

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()
        self.seconds += PAGE_S / 2


def test_a_locksmith_in_sweden_is_done_in_two_minutes(
    chromium: Browser, new_site: Site
) -> None:
    with visit(chromium, new_site.url, "phone") as page:
        page.goto(f"{new_site.url}/login?lang=sv")
        page.get_by_label("Namn").fill(seed.NAME)
        page.get_by_label("Lösenord").fill(seed.PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        newcomer = Newcomer(page)
        page.get_by_role("link", name="Ställ in inspelning").click()
        page.get_by_role("link", name="Hantverkare, låssmed").click()
        expect(page.get_by_label("Var finns telefonlinjen?")).to_have_value("SE")
        newcomer.fill("Vem spelar in?", "Lind Lås")
        newcomer.fill("Var frågar man om sina inspelningar?", "lindlas.example")
        newcomer.press("Visa vad som händer")
        expect(page.get_by_text("Samtalet spelas in av Lind Lås")).to_be_visible()
        page.get_by_role("checkbox").check()
        newcomer.press("Slå på inspelningen")
        expect(page.get_by_text("Inspelningen är på")).to_be_visible()
        expect(page.locator(".notice.warn")).to_have_count(0)
        assert newcomer.seconds < NEWCOMER_S


def test_an_office_in_california_is_done_in_two_minutes(
    chromium: Browser, new_site: Site
) -> None:
    with visit(chromium, new_site.url) as page:
        log_in(page, new_site.url)
        newcomer = Newcomer(page)
        page.get_by_role("link", name="Set up recording").click()
        page.get_by_role("link", name="Office", exact=False).click()
        newcomer.choose("Where is this telephone line?", "California")
        newcomer.fill("Who records?", "Harbor Florist")
        newcomer.fill("Where do people ask", "harbor.example")
        newcomer.press("Show what will happen")
        expect(page.get_by_text("Tell first").first).to_be_visible()
        expect(page.get_by_text("Monday to Friday from 8 to 17")).to_be_visible()
        # Nobody switches on what they have not confirmed.
        page.get_by_role("button", name="Switch recording on").click()
        expect(page.get_by_text("Please confirm")).to_be_visible()
        page.get_by_role("checkbox").check()
        newcomer.press("Switch recording on")
        expect(page.get_by_text("Recording is on")).to_be_visible()
        assert newcomer.seconds < NEWCOMER_S


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_no_consent_page_scrolls_sideways_or_hides_a_name(
    chromium: Browser, chosen_site: Site, width: str, code: str
) -> None:
    with visit(chromium, chosen_site.url, width) as page:
        log_in(page, chosen_site.url)
        agreed(page, chosen_site.url)
        page.goto(f"{chosen_site.url}/?lang={code}")
        for path in PAGES:
            page.goto(chosen_site.url + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= page.evaluate("document.documentElement.clientWidth"), path
            assert page.locator("html").get_attribute("lang") == code, path
            nameless = page.evaluate(
                """[...document.querySelectorAll('a, button, input, select, textarea')]
                .filter(e => e.type !== 'hidden' && !e.closest('[hidden]'))
                .filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
                .map(e => e.outerHTML)"""
            )
            assert nameless == [], path


def test_the_card_follows_the_call(chromium: Browser, chosen_site: Site) -> None:
    talk = {"phase": "talking", "call_id": "x", "number": "4155550123"}
    ask = {"consent_confirm": "informed", "consent_reason": "tell_first"}
    with visit(chromium, chosen_site.url) as page:
        seed.write_status(chosen_site.settings, phase="idle")
        log_in(page, chosen_site.url)
        card = page.locator(".script-card")
        expect(card).to_have_count(0)
        seed.write_status(chosen_site.settings, consent_state="asking", **talk, **ask)
        expect(card).to_contain_text("Not recorded before you confirm")
        expect(card.locator("blockquote")).to_contain_text("Harbor Florist")
        # Nobody listens at the recorder's socket here: the page says so.
        card.get_by_role("button", name="I have told them").click()
        expect(card.get_by_role("alert")).to_contain_text("did not answer")
        seed.write_status(chosen_site.settings, consent_state="committed", **talk)
        expect(card).to_contain_text("Being recorded")
        expect(card.get_by_role("button", name="Pause for 30 minutes")).to_be_visible()
        seed.write_status(chosen_site.settings, phase="idle")
        expect(card).to_have_count(0)


def test_the_line_speaks_swedish_as_it_changes(
    chromium: Browser, chosen_site: Site
) -> None:
    with visit(chromium, chosen_site.url) as page:
        seed.write_status(chosen_site.settings, phase="idle")
        log_in(page, chosen_site.url)
        page.get_by_role("link", name="Svenska").click()
        expect(page.locator("#line")).to_contain_text("Luren på")
        expect(page.locator("#calls .day").first).to_have_text("I dag")
        seed.write_status(chosen_site.settings, phase="ringing", ring_count=2)
        expect(page.locator("#line")).to_contain_text("Ringer 2×")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_on_consent_pages_has_contrast(
    chromium: Browser, chosen_site: Site, scheme: str
) -> None:
    # WCAG 2.2, 1.4.3: 4.5 to 1 for text.
    with visit(chromium, chosen_site.url, "desktop", scheme) as page:
        log_in(page, chosen_site.url)
        for path in ("/setup", "/consent", "/rules", "/law?q=germany"):
            page.goto(chosen_site.url + path)
            assert page.evaluate(PALE) == [], path


PALE = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      const p = parse(c);
      if (!c.startsWith('color(') && (p.length < 4 || p[3] === 1)) return p;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const e of document.querySelectorAll('main *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility() || e.closest('.away')) continue;
    const a = light(parse(getComputedStyle(e).color));
    const b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const words = e.textContent.trim().slice(0, 40);
    if (ratio < 4.5) pale.push(`${ratio.toFixed(2)} ${words}`);
  }
  return pale;
}"""


#: Somebody in California calls; what they say is kept once they have been told.
CALL = """
title = "A call from California"
length = 120

[[call]]
at = 6
direction = "incoming"
number = "4155550123"
rings = 2
talk_s = 25
end = "far"
"""


def test_telling_them_begins_the_recording(chromium: Browser, tmp_path: Path) -> None:
    scenario = tmp_path / "california.toml"
    scenario.write_text(CALL, "utf-8")
    base = seed.settings_for(tmp_path / "state", free_port())
    source = LineSettings(source=f"sim:{scenario}", country="us")
    settings = dataclasses.replace(base, line=source)
    now = time.time()
    with Archive(settings.state_dir) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", now)
        archive.choices.set({**CHOSEN, "recorder": "private"}, seed.NAME, now)
        person = archive.staff.add("1", seed.NAME, seed.NAME, now)
        archive.staff.acknowledge(
            person, seed.NAME, now, language="en", text_sha256="0" * 64
        )
    url = f"http://127.0.0.1:{settings.web.port}"
    with ExitStack() as running:
        running.enter_context(service("web", settings))
        wait_for(f"{url}/api/v1/health")
        page = running.enter_context(visit(chromium, url))
        log_in(page, url)
        running.enter_context(service("record", settings))
        card = page.locator(".script-card")
        expect(card).to_contain_text("Not recorded before you confirm", timeout=45_000)
        expect(page.locator("#line .rec")).to_be_hidden()
        card.get_by_role("button", name="I have told them").click()
        expect(card).to_contain_text("Being recorded")
        expect(page.locator("#line .rec")).to_be_visible()
        expect(card).to_have_count(0, timeout=45_000)
        page.locator("#calls .call a").first.click()
        consent = page.locator("section.consent")
        expect(consent).to_contain_text("Tell first")
        expect(consent).to_contain_text("California")
        expect(consent).to_contain_text(f"{seed.NAME},")
        expect(page.locator("#player")).to_be_visible(timeout=20_000)
    with Archive(settings.state_dir, write=False) as archive:
        (call,) = archive.calls.page()
    said = call.consent["attested"]
    assert said["kind"] == "informed"
    # The file begins with the confirmation: what was said before is nowhere.
    assert call.audio_offset_s >= said["at_s"] - 0.1
