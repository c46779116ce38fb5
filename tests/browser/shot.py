"""Take the README's screenshots anew: `./run shot`."""

import shutil
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from firmware.archive import Archive
from firmware.service.settings import Settings
from tests.browser.conftest import free_port, log_in, service, visit, wait_for
from tests.web import seed
from web.presets import PRESETS

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
CALL = 2  # the one with the most to see

#: name -> width, colour scheme, which page.
SHOTS = {
    "calls": ("desktop", "light", "list"),
    "call": ("desktop", "dark", "call"),
    "phone": ("phone", "light", "list"),
    "phone-call": ("phone", "dark", "call"),
    "consent": ("desktop", "light", "consent"),
    "box": ("desktop", "light", "box"),
}
PHRASE = "seven quiet words nobody guesses"
#: What the owner of the pictured box has chosen.
CHOSEN = {
    "own": "US-NY",
    "recorder": "org",
    "purpose": "orders and what was agreed",
    "period": "6 months",
    "owner": "Harbor Florist",
    "rights_url": "harbor.example",
    "recording": True,
    "preset": "office",
    "rules": PRESETS["office"].rules,
}


def main() -> None:
    """Fill a box, let its line talk, take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = seed.settings_for(Path(folder), free_port())
        with Archive(settings.state_dir) as archive:
            call = seed.fill(archive)[CALL]
            archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
            archive.choices.set(CHOSEN, seed.NAME, time.time())
            person = archive.staff.add("1", seed.NAME, seed.NAME, time.time())
            archive.staff.acknowledge(
                person, seed.NAME, time.time(), language="en", text_sha256="0" * 64
            )
        done = threading.Event()
        talking = threading.Thread(target=_talk, args=(settings, done))
        talking.start()
        try:
            with service("web", settings):
                _take(f"http://127.0.0.1:{settings.web.port}", f"/calls/{call.id}")
        finally:
            done.set()
            talking.join()


def _talk(settings: Settings, done: threading.Event) -> None:
    since = time.time() - 83
    while not done.is_set():
        seed.write_status(
            settings,
            since_utc=since,
            phase="talking",
            direction="incoming",
            number="2125550188",
            name="HARBOR FLORIST",
            call_id="now",
            recording=True,
            consent_state="committed",
            level_dbov=-21.0,
            peak_dbov=-9.0,
        )
        done.wait(0.25)


def _take(url: str, call: str) -> None:
    wait_for(f"{url}/api/v1/health")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        with visit(browser, url) as page:
            log_in(page, url, "/box/lock")
            for label in ("New passphrase", "New passphrase again"):
                page.get_by_label(label, exact=True).fill(PHRASE)
            page.get_by_role("button", name="Lock with this passphrase").click()
            page.get_by_role("link", name="I have it on paper").click()
        for name, (width, scheme, what) in SHOTS.items():
            with visit(browser, url, width, scheme) as page:
                where = {"call": call, "list": "/calls"}.get(what, f"/{what}")
                log_in(page, url, where)
                if what == "call":
                    wave = page.locator("#wave")
                    frame = wave.bounding_box()
                    assert frame is not None
                    wave.click(position={"x": frame["width"] * 0.24, "y": 90})
                    page.mouse.move(0, 0)
                # The line's first news, the waveform, the end of every transition.
                page.wait_for_timeout(1500)
                page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
