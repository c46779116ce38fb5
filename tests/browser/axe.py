"""axe-core on a page: what stands in the way of people, by WCAG's own numbers."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
#: WCAG 2.2 AA and all it builds upon.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
GRAVE = ("serious", "critical")
RUN = """async (tags) => (await axe.run(document, {
    runOnly: { type: "tag", values: tags }, resultTypes: ["violations"],
})).violations.map((v) => [v.impact, v.id, v.nodes.map((n) =>
    `${n.html.slice(0, 160)} | ${n.failureSummary}`)])"""
#: By how much a page is wider than its window.
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: WCAG 2.2, 2.5.8: 24 CSS pixels, but for links in a sentence and what fills a row.
SMALL = """[...document.querySelectorAll('a[href], button, select, input, summary')]
  .filter((e) => e.type !== 'hidden')
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => e.matches('button')
    || !e.closest('p, li, dd, td, .notice, .away, .skip, .hint, .muted'))
  .map((e) => [e.outerHTML.slice(0, 120), e.closest('label') ?? e])
  .map(([html, e]) => [html, e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < 23.9 || box.height < 23.9))
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""


@cache
def _source() -> str:
    return SOURCE.read_text("utf-8")


def violations(page: Page) -> list[Any]:
    """Return what is grave on the page that is open."""
    page.evaluate(_source())
    found = page.evaluate(RUN, list(TAGS))
    return [each for each in found if each[0] in GRAVE]
