"""Take the README's screenshots anew: `./run shot`.

`./run shot --all FOLDER [--only WORD]` takes every page instead, as desktop and phone,
light and dark, in English and German, for people to look at.
"""

import argparse
import functools
import itertools
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from firmware.archive import Archive
from firmware.service.settings import Settings
from tests.browser.conftest import WIDTHS, free_port, log_in, service, visit, wait_for
from tests.web import seed
from web.presets import PRESETS

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
CALL, MISSED = 2, 1  # the one with the most to see, and one without sound

#: name -> width, colour scheme, which page.
SHOTS = {
    "start": ("desktop", "light", "start"),
    "calls": ("desktop", "light", "calls"),
    "call": ("desktop", "dark", "call"),
    "phone": ("phone", "light", "start"),
    "phone-call": ("phone", "dark", "call"),
    "consent": ("desktop", "light", "consent"),
    "box": ("desktop", "light", "box"),
}
#: The line's first news, the waveform, the end of every transition, ms.
SETTLE_MS = 1200
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


#: Every page there is to look at; {call} and {missed} are calls.
PAGES = (
    *("/", "/calls", "/calls?q=0123", "/calls?q=nobody", "/calls/{call}"),
    *("/calls/{missed}", "/consent", "/setup", "/setup/office", "/rules", "/people"),
    *("/numbers", "/agreements", "/papers", "/papers/policy", "/law", "/keeping"),
    *("/keeping/held", "/keeping/bin", "/keeping/rights", "/box", "/box/disk"),
    *("/box/lock", "/box/proof", "/box/log", "/box/people", "/me", "/no-such-page"),
)
LANGUAGES = ("en", "de")


def main() -> None:
    """Fill a box, let its line talk, take the pictures."""
    parser = argparse.ArgumentParser(prog="./run shot", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="take every page")
    parser.add_argument("--only", default="", help="pictures whose name has this")
    wanted = parser.parse_args()
    take = functools.partial(_gallery, wanted.all, wanted.only) if wanted.all else _take
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = seed.settings_for(Path(folder), free_port())
        with Archive(settings.state_dir) as archive:
            calls = seed.fill(archive)
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
                url = f"http://127.0.0.1:{settings.web.port}"
                wait_for(f"{url}/api/v1/health")
                take(url, {"call": calls[CALL].id, "missed": calls[MISSED].id})
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


@contextmanager
def _browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        yield made
        made.close()


def _gallery(folder: Path, only: str, url: str, ids: dict[str, str]) -> None:
    """Take every page in every dress."""
    folder.mkdir(parents=True, exist_ok=True)
    dresses = itertools.product(WIDTHS, ("light", "dark"), LANGUAGES)
    with _browser() as browser:
        for width, scheme, language in dresses:
            with visit(browser, url, width, scheme) as page:
                log_in(page, url, "/")
                page.goto(f"{url}/?lang={language}")
                for where in PAGES:
                    name = re.sub(r"\W+", "-", where).strip("-") or "start"
                    name = f"{name}.{width}.{scheme}.{language}.png"
                    if only in name:
                        page.goto(url + where.format(**ids))
                        page.wait_for_timeout(SETTLE_MS)
                        page.screenshot(path=folder / name, full_page=True)


def _take(url: str, ids: dict[str, str]) -> None:
    with _browser() as browser:
        with visit(browser, url) as page:
            log_in(page, url, "/box/lock")
            for label in ("New passphrase", "New passphrase again"):
                page.get_by_label(label, exact=True).fill(PHRASE)
            page.get_by_role("button", name="Lock with this passphrase").click()
            page.get_by_role("link", name="I have it on paper").click()
        for name, (width, scheme, what) in SHOTS.items():
            with visit(browser, url, width, scheme) as page:
                where = {"call": "/calls/{call}", "start": "/"}.get(what, f"/{what}")
                log_in(page, url, where.format(**ids))
                if what == "call":
                    wave = page.locator("#wave")
                    frame = wave.bounding_box()
                    assert frame is not None
                    wave.click(position={"x": frame["width"] * 0.24, "y": 90})
                    page.mouse.move(0, 0)
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
