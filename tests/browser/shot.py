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
from firmware.archive.model import Call
from firmware.service.settings import Settings
from tests.browser import everyday
from tests.browser.conftest import WIDTHS, free_port, log_in, service, visit, wait_for
from tests.web import seed
from web import create_app

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"

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
            calls = everyday.fill(archive)
        done = threading.Event()
        talking = threading.Thread(target=_talk, args=(settings, done))
        talking.start()
        try:
            with service("web", settings):
                url = f"http://127.0.0.1:{settings.web.port}"
                wait_for(f"{url}/api/v1/health")
                take(url, settings, calls)
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


def _gallery(
    folder: Path, only: str, url: str, settings: Settings, calls: list[Call]
) -> None:
    """Take every page in every dress."""
    rules = create_app(settings, testing=True).url_map.iter_rules()
    pages = everyday.addresses(rules, calls)
    folder.mkdir(parents=True, exist_ok=True)
    dresses = itertools.product(WIDTHS, ("light", "dark"), LANGUAGES)
    with _browser() as browser:
        for width, scheme, language in dresses:
            with visit(browser, url, width, scheme) as page:
                log_in(page, url, "/")
                page.goto(f"{url}/?lang={language}")
                for where in pages:
                    name = re.sub(r"[^a-z?=]+", "-", where).strip("-") or "start"
                    name = f"{name}.{width}.{scheme}.{language}.png"
                    if only in name:
                        page.goto(url + where)
                        page.wait_for_timeout(SETTLE_MS)
                        page.screenshot(path=folder / name, full_page=True)


def _take(url: str, _settings: Settings, calls: list[Call]) -> None:
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
                log_in(page, url, where.format(call=calls[everyday.CALL].id))
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
