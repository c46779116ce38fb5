"""Passkeys and codes as their owner meets them, with Chromium's own authenticator."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from firmware.archive import Archive
from tests.browser.conftest import Site, free_port, log_in, service, visit, wait_for
from tests.web import seed


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A claimed box of one's own, open by a name: passkeys need one."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    with service("web", settings):
        url = f"http://localhost:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, [])


def authenticator(page: Page) -> CDPSession:
    """Give the browser a fingerprint reader."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def give_password(page: Page, site: Site) -> None:
    """Take the first step of logging in."""
    page.goto(site.url + "/me")
    page.get_by_label("Name").fill(seed.NAME)
    page.get_by_label("Password").fill(seed.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/login/second")


def test_a_passkey_is_made_by_keyboard_and_opens_the_account(
    chromium: Browser, own: Site
) -> None:
    with visit(chromium, own.url, "phone") as page:
        authenticator(page)
        log_in(page, own.url, "/me/second")
        page.get_by_label("What it is called").fill("My telephone")
        page.get_by_role("button", name="Add a passkey").press("Enter")
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        assert page.locator(".secret li").count() == 8
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360
        page.get_by_role("link", name="I have them on paper").click()
        expect(page.get_by_text("My telephone")).to_be_visible()
        # Again, as somebody who comes back.
        page.goto(own.url + "/me")
        page.get_by_role("button", name="Log out").click()
        give_password(page, own)
        page.get_by_role("button", name="With a passkey").press("Enter")
        page.wait_for_url("**/me")
        # It also proves who somebody is before something grave.
        page.goto(own.url + "/again?next=/me/second")
        page.get_by_role("button", name="With a passkey").click()
        page.wait_for_url("**/me/second")
        page.get_by_text("Change", exact=True).click()
        page.get_by_label("Name", exact=True).fill("Old telephone")
        page.get_by_role("button", name="Keep it so").click()
        expect(page.get_by_text("Old telephone")).to_be_visible()
        page.get_by_text("Change", exact=True).click()
        page.get_by_role("button", name="Remove this passkey").click()
        expect(page.get_by_text("Old telephone")).to_have_count(0)


def test_an_app_is_added_and_asked_for(chromium: Browser, own: Site) -> None:
    with visit(chromium, own.url) as page:
        log_in(page, own.url, "/me/second")
        page.get_by_role("link", name="Add an app").click()
        secret = page.locator(".code-text").inner_text().replace(" ", "")
        box = page.locator(".qr svg").bounding_box()
        assert box is not None
        assert box["width"] > 120
        page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Add the app").click()
        code = page.locator(".secret li").first.inner_text()
        page.goto(own.url + "/me")
        page.get_by_role("button", name="Log out").click()
        give_password(page, own)
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("alert")).to_contain_text("not right")
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/me")
