"""Every page full of hostile texts, read by its owner: nothing runs or leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import Site, log_in
from tests.browser.everyday import addresses
from tests.browser.hostile import hostile
from tests.web.conftest import make_app

#: Told in a page's console when its policy stops something.
REPORT = """
window.reports = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.reports.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with hostile(tmp_path_factory.mktemp("hostile") / "state") as made:
        yield made


def listen(page: Page, url: str, troubles: list[str]) -> None:
    """Note whatever a page must not do."""
    page.add_init_script(REPORT)
    page.on("dialog", lambda told: (troubles.append("dialog"), told.dismiss()))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((url, "data:", "blob:"))
            else troubles.append(f"outside: {asked.url}")
        ),
    )


def test_no_page_runs_or_loads_what_a_caller_sent(
    chromium: Browser, site: Site, tmp_path: Path
) -> None:
    app = make_app(site.settings.state_dir)
    walked, shown, troubles = 0, 0, []
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    listen(page, site.url, troubles)
    try:
        log_in(page, site.url)
        for address in addresses(app.url_map.iter_rules(), site.calls):
            told: list[str] = []
            page.on("console", lambda said, told=told: told.append(said.text))
            try:
                answer = page.goto(site.url + address, wait_until="load")
            except Error as error:
                if "Download is starting" in error.message:
                    continue  # a file is no page
                raise
            assert answer is not None
            assert answer.status < 500, address
            if "html" not in answer.headers.get("content-type", ""):
                continue
            found = page.evaluate(
                "[window.reports, window.stolen || 0,"
                " document.querySelectorAll('[data-evil]').length]"
            )
            assert found == [[], 0, 0], address
            assert not [t for t in told if "Content Security Policy" in t], address
            assert troubles == [], address
            walked += 1
            shown += "data-evil" in page.inner_text("body")
    finally:
        context.close()
    assert walked > 30
    assert shown > 10  # as the text it is
