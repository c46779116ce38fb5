"""The archive as people meet it: unlock, hold, bin, erase, hand out, prove."""

import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.archive import Archive, disks
from tests.browser.conftest import (
    LiveBox,
    Site,
    free_port,
    log_in,
    service,
    visit,
    wait_for,
)
from tests.browser.test_consent import PALE
from tests.browser.test_pages import playing
from tests.web import seed

WIDTHS = ("phone", "desktop")
LANGUAGES = ("en", "sv")
PHRASE = "seven quiet words nobody guesses"
PAGES = (
    "/keeping",
    "/keeping/held",
    "/keeping/bin",
    "/keeping/rights?number=2125550123",
    "/box",
    "/box/lock",
    "/box/disk",
    "/box/proof",
    "/box/log",
    "/box/people",
    "/me",
    "/again",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Site]:
    """A box of its own with a few short calls, whose archive may be changed."""
    settings = seed.settings_for(tmp_path / "state", free_port())
    with Archive(settings.state_dir) as archive:
        calls = [
            seed.add_call(archive, ago=ago, number=number, name=name, talk_s=4)
            for ago, number, name in (
                (300, "2125550123", "CAROL REED"),
                (400, "2125550188", "M. OKAFOR"),
                (500, "2125550123", "CAROL REED"),
            )
        ]
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    disks.adopt(settings.state_dir)
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


def choose_passphrase(page: Page, url: str) -> str:
    """Close the box and return its recovery key, read from the page."""
    page.goto(f"{url}/box/lock")
    page.get_by_label("New passphrase", exact=True).fill(PHRASE)
    page.get_by_label("New passphrase again").fill(PHRASE)
    page.get_by_role("button", name="Lock with this passphrase").click()
    key = page.locator(".secret")
    expect(key).to_have_text(re.compile("^AGE-SECRET-KEY-1[0-9A-Z]{58}$"))
    expect(page.get_by_role("button", name="Print it")).to_be_visible()
    found: str = key.inner_text()
    page.get_by_role("link", name="I have it on paper").click()
    expect(page.get_by_role("heading", name="Unlocked")).to_be_visible()
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_choose_a_passphrase_lock_unlock_and_hear(
    chromium: Browser, shelf: Site, width: str
) -> None:
    with visit(chromium, shelf.url, width) as page:
        log_in(page, shelf.url)
        key = choose_passphrase(page, shelf.url)
        page.get_by_role("button", name="Lock now").click()
        expect(page.get_by_text("Nobody can hear a recording.")).to_be_visible()
        # a call asks for the passphrase where its player was, and leads back
        page.goto(f"{shelf.url}/calls/{shelf.calls[0].id}")
        expect(page.locator("#player")).to_have_count(0)
        page.get_by_label("Passphrase", exact=True).fill("something else altogether")
        page.get_by_role("button", name="Unlock", exact=True).click()
        expect(page.get_by_text("This is not the passphrase.")).to_be_visible()
        page.get_by_label("Passphrase", exact=True).fill(PHRASE)
        page.get_by_role("button", name="Unlock", exact=True).click()
        expect(page.locator("#player")).to_be_visible()
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        # forgotten: the paper opens it
        page.goto(f"{shelf.url}/box/lock")
        page.get_by_role("button", name="Lock now").click()
        page.get_by_text("The passphrase is forgotten").click()
        page.get_by_label("Recovery key").fill(key)
        page.get_by_role("button", name="Unlock with the recovery key").click()
        expect(page.get_by_role("heading", name="Unlocked")).to_be_visible()


def test_locking_elsewhere_shows_in_a_page_that_plays(
    chromium: Browser, shelf: Site
) -> None:
    with visit(chromium, shelf.url) as page:
        log_in(page, shelf.url)
        choose_passphrase(page, shelf.url)
        page.goto(f"{shelf.url}/calls/{shelf.calls[0].id}")
        expect(page.locator("#player")).to_be_visible()
        other = page.context.new_page()
        other.goto(f"{shelf.url}/box/lock")
        other.get_by_role("button", name="Lock now").click()
        expect(other.get_by_role("heading", name="Locked")).to_be_visible()
        other.close()
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_label("Passphrase", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_star_note_hold_and_release(chromium: Browser, shelf: Site, width: str) -> None:
    with visit(chromium, shelf.url, width) as page:
        log_in(page, shelf.url, f"/calls/{shelf.calls[1].id}")
        star = page.get_by_role("button", name="Star")
        expect(star).to_have_attribute("aria-pressed", "false")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")
        page.locator(".acts summary", has_text="Note").click()
        page.locator("#note-text").fill("Quoted 240 for the lock")
        page.get_by_role("button", name="Keep the note").click()
        expect(page.get_by_text("Quoted 240 for the lock")).to_be_visible()
        page.locator(".acts summary", has_text="Hold").click()
        page.locator("#hold-reason").fill("Claim of M. Okafor")
        page.get_by_role("button", name="Hold it").click()
        expect(page.get_by_text("Claim of M. Okafor")).to_be_visible()
        expect(page.locator(".acts summary", has_text="Bin")).to_have_count(0)
        page.goto(f"{shelf.url}/keeping/held")
        expect(page.get_by_text("Claim of M. Okafor")).to_be_visible()
        page.get_by_role("link", name="M. OKAFOR").first.click()
        page.locator("summary", has_text="Release").click()
        page.get_by_label("Why is the hold over?").fill("settled")
        page.get_by_role("button", name="Release it").click()
        expect(page.get_by_text("The hold is over.")).to_be_visible()
        expect(page.locator("#custody")).to_contain_text("Hold released")


@pytest.mark.parametrize("width", WIDTHS)
def test_bin_undo_and_out_of_the_bin(
    chromium: Browser, shelf: Site, width: str
) -> None:
    with visit(chromium, shelf.url, width) as page:
        log_in(page, shelf.url, f"/calls/{shelf.calls[0].id}")
        for way in ("undo", "bin"):
            page.locator(".acts summary", has_text="Bin").click()
            page.locator("#bin-choice").select_option("a private call")
            page.get_by_role("button", name="Into the bin").click()
            expect(page.get_by_text("is in the bin.")).to_be_visible()
            expect(page.locator("#calls .call")).to_have_count(2)
            if way == "undo":
                page.get_by_role("button", name="Undo").click()
            else:
                page.goto(f"{shelf.url}/keeping/bin")
                expect(page.get_by_text("a private call")).to_be_visible()
                page.get_by_role("button", name="Take it out").click()
                expect(page.get_by_text("The bin is empty")).to_be_visible()
                page.goto(shelf.url)
            expect(page.locator("#calls .call")).to_have_count(3)
            page.locator("#calls .call a").first.click()


def test_deeds_while_the_recorder_runs(chromium: Browser, live_box: LiveBox) -> None:
    with visit(chromium, live_box.url) as page:
        page.goto(f"{live_box.url}/claim?code={live_box.code}")
        page.get_by_label("Your name").fill(seed.NAME)
        page.get_by_label("Password", exact=True).fill(seed.PASSWORD)
        page.get_by_label("Password again").fill(seed.PASSWORD)
        page.get_by_role("button", name="Claim").click()
        row = page.locator("#calls .call").first
        expect(row).to_contain_text("Answered", timeout=45_000)
        row.get_by_role("link").click()
        expect(page.locator("#player")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Star").click()
        expect(page.get_by_text("It has a star now.")).to_be_visible()
        page.locator(".acts summary", has_text="Bin").click()
        page.get_by_role("button", name="Into the bin").click()
        expect(page.get_by_text("is in the bin.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        page.locator("#calls .call a").first.click()
        chain = page.locator("#custody")
        expect(chain).to_contain_text("Taken out of the bin")
        expect(chain).to_contain_text("The call began")
        page.get_by_role("button", name="Check this call now").click()
        expect(chain).to_contain_text("everything is as it was recorded")


def test_erasing_for_good(chromium: Browser, shelf: Site) -> None:
    with visit(chromium, shelf.url) as page:
        log_in(page, shelf.url, f"/calls/{shelf.calls[1].id}")
        page.locator(".acts summary", has_text="More").click()
        page.locator("#erase-choice").select_option("they asked for it")
        page.get_by_role("button", name="Erase it").click()  # not without the tick
        expect(page.locator("#erase-choice")).to_be_visible()
        page.get_by_text("I know that this cannot be undone.").click()
        page.get_by_role("button", name="Erase it").click()
        expect(page.get_by_text("It is erased.")).to_be_visible()
        expect(page.locator("#player")).to_have_count(0)
        expect(page.locator("main")).not_to_contain_text("OKAFOR")
        expect(page.locator("#custody")).to_contain_text("Erased")


def test_evidence_and_who_took_it(chromium: Browser, shelf: Site) -> None:
    call = shelf.calls[0].id
    with visit(chromium, shelf.url) as page:
        log_in(page, shelf.url, f"/calls/{call}")
        page.locator(".acts summary", has_text="Evidence").click()
        page.locator("#evidence-choice").select_option("for a dispute")
        with page.expect_download() as download:
            page.get_by_role("button", name="Get the evidence").click()
        assert download.value.suggested_filename == f"evidence-{call}.zip"
        data = download.value.path().read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            assert "verify.html" in bundle.namelist()
        page.reload()
        chain = page.locator("#custody")
        expect(chain).to_contain_text(f"Heard or taken by {seed.NAME}")
        expect(chain).to_contain_text("for a dispute")
        page.get_by_role("button", name="Check this call now").click()
        expect(chain).to_contain_text("everything is as it was recorded")


@pytest.mark.parametrize("width", WIDTHS)
def test_rights_of_somebody_who_asks(
    chromium: Browser, shelf: Site, width: str
) -> None:
    with visit(chromium, shelf.url, width) as page:
        log_in(page, shelf.url, "/keeping/rights")
        page.get_by_label("Their number").first.fill("(212) 555-0123")
        page.get_by_role("button", name="Find their calls").click()
        expect(page.get_by_role("checkbox", name="CAROL REED")).to_have_count(2)
        page.get_by_role("checkbox", name="CAROL REED").first.uncheck()
        with page.expect_download() as download:
            page.get_by_role("button", name="Hand out a copy").click()
        assert download.value.suggested_filename.startswith("calls-")
        page.get_by_label("Why, in a few words").fill("asked by letter")
        page.get_by_text("To erase: I know that this cannot be undone.").click()
        page.get_by_role("button", name="Erase").click()
        expect(
            page.get_by_role("heading", name="Certificate of erasure")
        ).to_be_visible()
        expect(page.locator(".paper")).to_contain_text("asked by letter")
        expect(page.locator(".paper")).to_contain_text("1 call")


def test_check_everything_from_the_proof_page(chromium: Browser, shelf: Site) -> None:
    with visit(chromium, shelf.url) as page:
        log_in(page, shelf.url, "/box/proof")
        page.get_by_role("button", name="Check now").click()
        expect(
            page.get_by_role("heading", name="Everything is as it was recorded")
        ).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="A checkpoint to keep elsewhere").click()
        assert download.value.suggested_filename == "checkpoint.txt"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_the_archive_overflows_or_fails(
    chromium: Browser, shelf: Site, width: str, language: str
) -> None:
    with visit(chromium, shelf.url, width) as page:
        log_in(page, shelf.url)
        page.goto(f"{shelf.url}/?lang={language}")
        for path in (*PAGES, f"/calls/{shelf.calls[0].id}"):
            answer = page.goto(shelf.url + path)
            assert answer is not None
            assert answer.status == 200, path
            for fold in page.locator(".acts summary").all():
                fold.click()
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= page.viewport_size["width"], path  # type: ignore[index]
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= page.viewport_size["width"], path  # type: ignore[index]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_on_pages_of_the_archive_has_contrast(
    chromium: Browser, shelf: Site, scheme: str
) -> None:
    with visit(chromium, shelf.url, "desktop", scheme) as page:
        log_in(page, shelf.url)
        for path in (*PAGES, f"/calls/{shelf.calls[0].id}"):
            page.goto(shelf.url + path)
            assert page.evaluate(PALE) == [], path
