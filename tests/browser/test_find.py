"""Finding a call as people do: by a few digits and a day, by keys, many at once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.archive import Archive
from tests.browser.conftest import Site, free_port, log_in, service, visit, wait_for
from tests.web import seed

#: Names of the callers of the box, the newest first; the last two are of yesterday.
CALLERS = ("MAJA BERG", "ANN ARCHER", "BO CARTER", "MAJA BERG", "CY DYER")
AGO_S = (60, 120, 180, 90_000, 91_000)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Site]:
    """A box with a few calls that may be changed."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        calls = [
            seed.add_call(
                archive, ago=ago, talk_s=1.0, name=name,
                number="+46702155501" if "BERG" in name else f"21255501{ago % 89:02}",
            )
            for name, ago in zip(CALLERS, AGO_S, strict=True)
        ]  # fmt: skip
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


def names(page: Page) -> list[str]:
    return page.locator("#calls .call .who > bdi").all_inner_texts()


def fits(page: Page) -> None:
    """Nothing makes the page wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_find_filter_select_tag_bin_undo(
    chromium: Browser, office: Site, width: str
) -> None:
    with visit(chromium, office.url, width) as page:
        log_in(page, office.url)
        page.goto(f"{office.url}/calls")
        # a few digits and a name
        page.get_by_role("searchbox").fill("berg 0702")
        page.keyboard.press("Enter")
        expect(page.locator("#calls .call")).to_have_count(2)
        assert set(names(page)) == {"MAJA BERG"}
        fits(page)
        # a chip takes its wish away
        page.locator(".chip", has_text="berg 0702").click()
        expect(page.locator("#calls .call")).to_have_count(5)
        # filters act at once, and are in the address
        expect(page.locator("html.script")).to_be_attached()  # filters act from here on
        page.get_by_text("Filters").click()
        page.get_by_label("Heard", exact=True).select_option("all")
        expect(page.locator(".chip", has_text="Nobody has heard it")).to_be_visible()
        assert "unheard=all" in page.url
        fits(page)
        # callers, and into one
        page.get_by_role("link", name="By caller").click()
        expect(page.locator("#calls .call")).to_have_count(4)
        page.locator("#calls .call", has_text="MAJA BERG").locator("a").click()
        expect(page.locator("#calls .call")).to_have_count(2)
        # tag both
        page.goto(f"{office.url}/calls")
        for row in page.locator("#calls .call", has_text="MAJA BERG").all():
            row.get_by_role("checkbox").check()
        expect(page.locator("#count")).to_have_text("2 selected")
        page.locator(".bar").get_by_role("button", name="Tag").click()
        expect(page.get_by_role("heading", name="2 calls selected")).to_be_visible()
        fits(page)
        page.get_by_label("Tag").fill("price quote")
        page.get_by_role("button", name="Put it on").click()
        expect(page.get_by_text("2 of 2")).to_be_visible()
        # the bin, and back
        page.locator("summary", has_text="Bin").click()
        page.get_by_role("button", name="Put 2 calls into the bin").click()
        expect(page.get_by_text("They are in the bin.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("They are back.")).to_be_visible()
        page.get_by_role("link", name="Back to the list").click()
        expect(page.get_by_text("#price quote")).to_have_count(2)
        # the search under a name
        page.goto(f"{office.url}/calls?tag=price+quote")
        page.get_by_text("Keep as a view").click()
        page.get_by_label("Name", exact=True).fill("Quotes")
        page.get_by_role("button", name="Keep it").click()
        tab = page.get_by_role("navigation", name="Views").get_by_text("Quotes")
        expect(tab).to_be_visible()
        # a zip of them
        page.locator("#calls").get_by_role("checkbox").first.check()
        page.locator(".bar").get_by_role("button", name="Take out").click()
        page.get_by_role("button", name="Put it together").click()
        with page.expect_download() as got:
            page.get_by_role("link", name="Download").click()
        assert got.value.suggested_filename.endswith(".zip")


def test_keys_move_select_open(chromium: Browser, office: Site) -> None:
    with visit(chromium, office.url) as page:
        log_in(page, office.url)
        page.goto(f"{office.url}/calls")
        page.keyboard.press("j")
        page.keyboard.press("j")
        focused = page.locator("#calls .call a:focus")
        expect(focused).to_contain_text("ANN ARCHER")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Shift+X")
        expect(page.locator("#count")).to_have_text("3 selected")
        page.keyboard.press("Escape")
        expect(page.locator(".bar")).to_be_hidden()
        page.keyboard.press("k")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("jxk")
        expect(page.get_by_role("searchbox")).to_have_value("jxk")
        page.keyboard.press("Escape")
        page.locator("#calls .call a").nth(2).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="BO CARTER")).to_be_visible()


def test_it_works_without_scripts(chromium: Browser, office: Site) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    log_in(page, office.url)
    page.goto(f"{office.url}/calls")
    page.get_by_role("searchbox").fill("0702")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#calls .call")).to_have_count(2)
    page.locator("#calls").get_by_role("checkbox").first.check()
    page.locator(".bar").get_by_role("button", name="Star").click()
    expect(page.get_by_text("They have a star now.")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".starred")).to_have_count(1)
    context.close()
