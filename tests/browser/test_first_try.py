"""Two things a new owner does on the first day, with nobody to ask and nothing to read.

Everything that is pressed is visible and found by its words.  Machine time is measured;
what a person adds is a model: words are read at `READ_WPS`, what is pressed is found
and pressed in `PRESS_S`, letters are typed at `TYPE_CPS`.  `pytest -s` prints both.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

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

#: Adults read 238 words a minute silently (Brysbaert 2019,
#: doi:10.1016/j.jml.2019.104047).
READ_WPS = 238 / 60
#: Keystroke-level model (Card, Moran, Newell 1980): point 1.1 s, press 0.2 s, think
#: 1.35 s; an average typist has 0.28 s a letter.
PRESS_S, TYPE_CPS = 1.1 + 0.2 + 1.35, 1 / 0.28
#: Nobody reads more of a page than this before trying something, words.
MOST_READ = 120


class Newcomer:
    """Somebody at the pages: counts presses, reading and typing."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0
        self.read_s = self.person_s = 0.0
        self._read: set[str] = set()
        self._began = time.monotonic()

    def read(self) -> None:
        """Read what is new on the page."""
        lines = set(self.page.locator("body").inner_text().splitlines()) - self._read
        self._read |= lines
        count = sum(len(line.split()) for line in lines)
        self.read_s += min(count, MOST_READ) / READ_WPS

    def press(self, what: Locator) -> None:
        """Press something that can be seen, and read what comes of it."""
        expect(what).to_be_visible()
        what.click()
        self.presses += 1
        self.person_s += PRESS_S
        self.page.wait_for_load_state("load")
        self.read()

    def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=label == "Password").first
        expect(field).to_be_visible()
        field.fill(text)
        self.presses += 1
        self.person_s += PRESS_S + len(text) / TYPE_CPS

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label).select_option(label=option)
        self.presses += 2
        self.person_s += 2 * PRESS_S

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name).first)

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name).first)

    def told(self, what: str) -> int:
        """Print how long it took; return the presses."""
        machine = time.monotonic() - self._began
        whole = machine + self.person_s + self.read_s
        print(
            f"\n{what}: {self.presses} presses, {whole:.0f} s: {machine:.0f} s the "
            f"machine, {self.read_s:.0f} s reading, {self.person_s:.0f} s the hand"
        )
        return self.presses


@pytest.fixture
def new_box(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A box fresh from its card: its address and its claim code."""
    settings = seed.settings_for(tmp_path / "state", free_port())
    settings.state_dir.mkdir()
    with Archive(settings.state_dir):
        pass
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        with Archive(settings.state_dir, write=False) as archive:
            code = archive.claim.code()
        assert code is not None
        yield url, code


@pytest.fixture
def day_after(tmp_path: Path) -> Iterator[Site]:
    """A box in use since yesterday; in one of its calls somebody named a price."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        calls = [
            seed.add_call(archive, ago=86_400.0 + 900 * i, talk_s=9.0, number=number)
            for i, number in enumerate(("2125550123", "2125550188", "2125550142"))
        ]
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.keeping.note(
            calls[1].id, seed.NAME, time.time(), text="Price quote: two locks, 480"
        )
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


def test_claim_and_set_up(chromium: Browser, new_box: tuple[str, str]) -> None:
    url, code = new_box
    with visit(chromium, url) as page:
        page.goto(url)
        me = Newcomer(page)
        me.read()
        me.fill("Claim code", code)
        me.fill("Your name", seed.NAME)
        me.fill("Password", seed.PASSWORD)
        me.fill("Password again", seed.PASSWORD)
        me.button("Claim")
        me.link("What is recorded")
        me.link("Office")
        me.choose("Where is this telephone line?", "New York")
        me.fill("Who records?", "Harbor Florist")
        me.fill("Where do people ask about their recordings?", "harbor.example")
        me.button("Show what will happen")
        me.press(page.get_by_role("checkbox").first)
        me.button("Switch recording on")
        expect(page.get_by_text("1 of 6")).to_be_visible()
        me.link("Start")
        expect(page.get_by_text("This box records nothing yet.")).to_have_count(0)
        assert me.told("claim and set up") <= 20


def test_find_yesterdays_price_quote_and_hear_it(
    chromium: Browser, day_after: Site
) -> None:
    with visit(chromium, day_after.url) as page:
        log_in(page, day_after.url, "/")
        me = Newcomer(page)
        me.read()
        search = page.get_by_role("searchbox")
        me.press(search)
        search.fill("quote yesterday")
        me.person_s += len("quote yesterday") / TYPE_CPS
        page.keyboard.press("Enter")
        rows = page.locator("#calls .call")
        expect(rows).to_have_count(1)
        me.read()
        me.press(rows.first.get_by_role("link"))
        me.button("Play")
        playing = (
            "(a => !a.paused && a.currentTime > 0.05)(document.querySelector('audio'))"
        )
        deadline = time.monotonic() + 20
        while not page.evaluate(playing):
            assert time.monotonic() < deadline
            page.wait_for_timeout(20)
        assert me.told("find the quote and hear it") <= 4
