"""Settings, first steps, health, backup and copies as people meet them."""

import re
import time
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
from tests.web import seed

WIDTHS = ("phone", "desktop")
PAGES = (
    "/box/settings",
    "/box/settings/consent",
    "/box/settings/gpio",
    "/box/settings/history",
    "/keeping/rules?retention.site_months=3",
    "/keeping/requests",
    "/keeping/shelf",
    "/box/health",
    "/box/backup",
    "/box/support",
    "/box/update",
    "/first",
    "/first/box",
    "/first/line",
    "/calls/CALL/copies",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small box whose settings may be changed."""
    state = tmp_path_factory.mktemp("office")
    with Archive(state) as archive:
        for n in range(5):
            ago = 900 + n * 90 * 86_400.0
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=4)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        calls = archive.calls.page()
    disks.adopt(state)
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


def is_narrow(page: Page) -> bool:
    """Say whether nothing of a page lies outside of the window."""
    script = "document.documentElement.scrollWidth <= innerWidth"
    return bool(page.evaluate(script))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_its_window_in_a_long_language(
    chromium: Browser, office: Site, width: str
) -> None:
    with visit(chromium, office.url, width) as page:
        log_in(page, office.url)
        page.goto(f"{office.url}/me?lang=de")
        for path in PAGES:
            page.goto(office.url + path.replace("CALL", office.calls[0].id))
            expect(page.locator("main h1").first).to_be_attached()
            assert is_narrow(page), path


def test_a_setting_is_found_changed_mended_and_undone(
    chromium: Browser, office: Site
) -> None:
    with visit(chromium, office.url, "phone") as page:
        log_in(page, office.url, "/box/settings")
        page.get_by_label("Search the settings").fill("before")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=re.compile("Kept from before")).click()
        page.get_by_label("Kept from before").fill("99")
        page.keyboard.press("Enter")
        expect(page.get_by_text("a number from 0 to 30")).to_be_visible()
        expect(page.get_by_label("Kept from before")).to_have_value("99")
        page.get_by_label("Kept from before").fill("9")
        page.get_by_role("button", name="Keep", exact=True).click()
        expect(
            page.get_by_text("A recording begins 9 seconds earlier.")
        ).to_be_visible()
        page.get_by_role("link", name="All changes, and the way back").click()
        page.get_by_role("button", name="Undo the last change").click()
        page.goto(f"{office.url}/box/settings/recorder")
        expect(page.get_by_label("Kept from before")).to_have_value("5")


def test_rules_show_what_would_go_before_they_count(
    chromium: Browser, office: Site
) -> None:
    seed.write_status(office.settings, phase="idle")
    with visit(chromium, office.url) as page:
        log_in(page, office.url, "/keeping/rules")
        page.get_by_label("Longest time of this box").fill("4")
        page.get_by_role("button", name="Show what would go").last.click()
        expect(page.get_by_text("calls would go tonight")).to_be_visible()
        page.get_by_role("button", name="Keep these rules").click()
        expect(page.get_by_text("Please confirm")).to_be_visible()
        expect(page.get_by_label("Longest time of this box")).to_have_value("4")
        page.get_by_label("Yes, so much is meant to go.").check()
        page.get_by_role("button", name="Keep these rules").click()
        expect(page.get_by_text("It counts from now on.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_part_of_a_call_is_copied_from_where_the_player_stands(
    chromium: Browser, office: Site, width: str
) -> None:
    call = office.calls[WIDTHS.index(width)]
    with visit(chromium, office.url, width) as page:
        log_in(page, office.url, f"/calls/{call.id}/copies")
        page.get_by_label("From").first.fill("0:01")
        page.get_by_label("to", exact=True).first.fill("0:03")
        page.get_by_label("Why, in a few words").fill("the price")
        page.get_by_role("button", name="Make the copy").click()
        expect(page.get_by_text("The copy is made.")).to_be_visible()
        expect(page.get_by_text("0:01–0:03")).to_be_visible()
        page.get_by_role("button", name=re.compile("Remove the copy")).click()
        expect(page.get_by_text("No copy yet")).to_be_visible()


def test_a_backup_goes_where_it_was_tried(
    chromium: Browser, office: Site, tmp_path: Path
) -> None:
    with visit(chromium, office.url) as page:
        log_in(page, office.url, "/box/backup")
        folder = page.get_by_label("Folder", exact=True)
        if not folder.is_visible():
            page.get_by_text("A folder or a share of a NAS").click()
        folder.fill(str(tmp_path))
        page.get_by_role("button", name="Try it and use it").locator(
            "visible=true"
        ).click()
        expect(page.get_by_text("Password of the backup")).to_be_visible()
        page.get_by_role("button", name="I have it on paper").click()
        expect(page.locator(".secret")).to_have_count(0)


def test_a_bundle_is_looked_through_before_it_is_taken(
    chromium: Browser, office: Site
) -> None:
    with visit(chromium, office.url, "phone") as page:
        log_in(page, office.url, "/box/support")
        page.get_by_role("button", name="Put it together").click()
        expect(page.get_by_role("link", name="Take it")).to_be_visible()
        page.get_by_text("calls.json", exact=True).click()
        expect(page.get_by_text('"direction"').last).to_be_visible()
        assert "2125550123" not in page.content()
        with page.expect_download() as download:
            page.get_by_role("link", name="Take it").click()
        assert download.value.suggested_filename.endswith(".zip")


def test_a_new_box_is_set_up_step_by_step(chromium: Browser, live_box: LiveBox) -> None:
    with visit(chromium, live_box.url, "phone") as page:
        page.goto(f"{live_box.url}/claim?code={live_box.code}")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("Password", exact=True).fill(seed.PASSWORD)
        page.get_by_label("Password again").fill(seed.PASSWORD)
        page.get_by_role("button", name="Claim").click()
        page.wait_for_url(lambda where: "/claim" not in where)
        page.goto(f"{live_box.url}/first")
        page.get_by_role("link", name="Next: Name, language, clock").click()
        page.get_by_label("Name of the box").fill("Harbor Florist")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("2 of 6")).to_be_visible()
        page.get_by_role("link", name="Next: The telephone line").click()
        expect(page.get_by_text("I see it")).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="Go on").click()
        for step in ("Passphrase and recovery key", "A copy elsewhere"):
            page.get_by_role("button", name=f"Leave out: {step}").click()
        page.get_by_role("button", name="Leave out: A second person").click()
        page.get_by_role("button", name="Done: to the calls").click()
        page.wait_for_url(f"{live_box.url}/")
        expect(page.get_by_text("Harbor Florist").first).to_be_visible()
