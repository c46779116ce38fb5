"""Runs every simulation and writes the table of promises."""

from collections.abc import Callable, Iterable, Iterator

from hardware.spice import crosscheck, hazards, onhook, sensing, spread, voice
from hardware.spice.result import Result

SUITES: tuple[Callable[[], Iterable[Result]], ...] = (
    onhook.dc,
    onhook.ringing,
    onhook.stuck_beep_switch,
    onhook.balance,
    voice.bridging,
    voice.insertion_loss,
    voice.response,
    voice.overload,
    voice.beep,
    sensing.thresholds,
    spread.monte_carlo,
    sensing.timing,
    sensing.steady_while_ringing,
    sensing.ring_detector,
    hazards.surge,
    hazards.mains_contact,
    crosscheck.crosschecks,
)
BEGIN = "<!-- simulated; begin -->"
END = "<!-- simulated; end -->"


def results() -> Iterator[Result]:
    """Yield every figure, suite by suite."""
    for suite in SUITES:
        yield from suite()


def table(found: Iterable[Result]) -> str:
    """Return the figures as a Markdown table."""
    rows = [
        "| quantity | simulated | limit | where the limit comes from |",
        "|---|--:|--:|---|",
    ]
    for result in found:
        mark = "" if result.holds else " **outside**"
        value = f"{result.value:.3g} {result.unit}".strip()
        limit = f"{result.limit} {result.unit}".strip()
        rows.append(f"| {result.name} | {value}{mark} | {limit} | {result.source} |")
    return "\n".join(rows)


def renewed(document: str, found: Iterable[Result]) -> str:
    """Return a document with the table between the markers made anew."""
    before, rest = document.split(BEGIN)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{table(found)}\n{END}{after}"
