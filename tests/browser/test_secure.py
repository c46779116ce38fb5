"""HTTPS in a real browser: which trusts the box's key, and is told so."""

import base64
import hashlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, expect

from firmware.archive import Archive
from tests.browser.conftest import free_port, service, wait_for
from tests.web import seed
from web import certificate


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A box by HTTPS; its address, and the name of its key."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    settings = replace(settings, web=replace(settings.web, https="on"))
    with service("web", settings):
        address = f"localhost:{settings.web.port}"
        wait_for(f"http://{address}/trust")
        made = certificate.read(state)
        assert made is not None
        key = made.served.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        yield address, base64.b64encode(hashlib.sha256(key).digest()).decode()


def test_a_browser_that_trusts_the_box_is_safe_and_one_that_does_not_is_told_how(
    chromium: Browser, secure: tuple[str, str]
) -> None:
    address, key = secure
    page = chromium.new_page()
    page.goto(f"http://{address}/trust", wait_until="networkidle")
    expect(page.get_by_role("link", name="Download the")).to_be_visible()
    expect(page.get_by_text("This browser trusts the box already.")).to_be_hidden()
    page.close()
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    known = [f"--ignore-certificate-errors-spki-list={key}", "--no-sandbox"]
    trusting = chromium.browser_type.launch(executable_path=path, args=known)
    try:
        page = trusting.new_page()
        page.goto(f"http://{address}/trust")
        expect(page.get_by_text("This browser trusts the box already.")).to_be_visible()
        page.goto(f"http://{address}/me")
        page.get_by_label("Name").fill(seed.NAME)
        page.get_by_label("Password").fill(seed.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"https://{address}/me")
        assert page.evaluate("isSecureContext && !!navigator.mediaDevices")
        cookies = {c["name"]: c for c in page.context.cookies()}
        assert cookies["__Host-linekeeper"]["secure"]
        assert cookies["__Host-linekeeper"]["httpOnly"]
    finally:
        trusting.close()
