"""Draw what is heard against noise, and renew the table of docs/hearing.md.

`python -m tests.bench.hearing_plots` needs the peers (libspandsp2, multimon-ng,
espeak-ng, libspeexdsp1, sox); `--no-table` leaves the table, which takes minutes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import click

from dsp.tone_plans import COUNTRIES
from tests.bench import hearing_bench
from tests.bench.hearing import caller_id, messages, progress, turns
from tests.bench.hearing import dtmf as digits
from tests.bench.hearing.hearers import of_digits, shares
from tests.bench.hearing.row import HeardRow, plain
from tests.bench.row import Row
from tests.bench.svg import Chart, Line
from tests.dsp.tapes import dtmf, fsk
from tests.dsp.tapes import progress as progress_tapes

DOCS = Path(__file__).parents[2] / "docs"
#: White noise over 0..4 kHz, dB below the signal.
SNR_DB = tuple(range(-2, 21))
X_LABEL = "signal to noise, dB (white noise over 0..4 kHz)"
#: Call progress is dear to measure: every fifth tone at every other step.
PROGRESS_SNR_DB = tuple(range(0, 31, 3))
PROGRESS_STEP = 5
#: Where the table of the page begins and ends.
MARKS = ("<!-- table -->", "<!-- end of table -->")

H = TypeVar("H")


@click.command()
@click.option("--table/--no-table", default=True, help="Measure the table anew.")
def draw(table: bool) -> None:
    """Write docs/images/hearing-*.svg and the table of docs/hearing.md."""
    for name, chart in charts():
        path = DOCS / "images" / f"hearing-{name}.svg"
        path.write_text(chart.to_svg(), encoding="utf-8")
        click.echo(path)
    if table:
        page = DOCS / "hearing.md"
        text = "\n".join(markdown(hearing_bench.rows()))
        page.write_text(between(page.read_text("utf-8"), text), encoding="utf-8")
        click.echo(page)


def charts() -> Iterator[tuple[str, Chart]]:
    yield (
        "dtmf",
        Chart(
            "DTMF: digits of 50 ms found",
            X_LABEL,
            "digits found",
            curves(of_digits(), SNR_DB, _digits_found),
            (7, "wanted: 99 % from here"),
        ),
    )
    for standard, title in (("bell202", "Bell 202"), ("v23", "V.23")):
        yield (
            f"caller-id-{standard}",
            Chart(
                f"Caller ID, {title}: messages read whole",
                X_LABEL,
                "messages read",
                curves(
                    messages.everyone(),
                    SNR_DB,
                    lambda read, snr_db, standard=standard: caller_id.decoded(
                        fsk.noise(standard, snr_db, 40), standard, read
                    ),
                ),
                (9, "wanted: all from here"),
            ),
        )
    yield (
        "progress",
        Chart(
            f"Call progress: tones of {len(COUNTRIES)} countries named",
            X_LABEL,
            "tones named",
            _progress_lines(),
            (10, "wanted: 85 % from here"),
        ),
    )

    yield "turns", _turns()


def _turns() -> Chart:
    """Draw who spoke over how much louder one of them is."""
    judged = {apart: turns.judged(apart) for apart in turns.APART_DB}
    lines = tuple(
        Line(name, tuple((apart, figure(told)) for apart, told in judged.items()))
        for name, figure in (
            ("frames of speech told right", turns.share),
            ("told for sure", turns.sure),
            ("right of what is told for sure", turns.sure_right),
        )
    )
    return Chart(
        "Who spoke: near and far told apart",
        "near talker over far talker, dB",
        "frames of speech",
        lines,
        (6, "wanted: 90 % from here"),
    )


def curves(
    hearers: Mapping[str, H | None],
    steps: tuple[int, ...],
    measure: Callable[[H, float], float],
) -> tuple[Line, ...]:
    """Return a curve for each hearer that is there."""
    return tuple(
        Line(name, tuple((float(s), measure(hear, s)) for s in steps))
        for name, hear in hearers.items()
        if hear is not None
    )


def _digits_found(hear: Callable[..., str], snr_db: float) -> float:
    return 100 * digits.share(digits.snr_tape(snr_db, 15 * dtmf.ALL), hear)


def _progress_lines() -> tuple[Line, ...]:
    points: dict[str, list[tuple[float, float]]] = {}
    for snr_db in PROGRESS_SNR_DB:
        tapes = list(progress_tapes.noisy(snr_db))[::PROGRESS_STEP]
        ((ours, peers),) = shares(
            progress.everyone(),
            tapes,
            lambda hear, tape, x: hear(x, tape.truth.country),
            progress.right,
        )
        for name, figure in (("Linekeeper", ours), *peers):
            if not isinstance(figure, str):
                points.setdefault(name, []).append((float(snr_db), figure))
    return tuple(Line(name, tuple(p)) for name, p in points.items())


def markdown(rows: Iterator[Row]) -> Iterator[str]:
    """Yield the lines of a table, peers beside ours."""
    yield "| measure | wanted | Linekeeper | peers |"
    yield "|---|---|---|---|"
    for row in rows:
        peers = row.peers if isinstance(row, HeardRow) else ()
        beside = ", ".join(f"{name} {plain(figure)}" for name, figure in peers)
        ours = f"{row.value:.4g} {row.unit}"
        if row.missed:
            ours = f"{ours} (missed)"
        yield f"| {row.name} | {row.target} | {ours} | {beside} |"


def between(page: str, text: str) -> str:
    """Return `page` with `text` between its marks."""
    first, last = (re.escape(mark) for mark in MARKS)
    new = f"{MARKS[0]}\n{text}\n{MARKS[1]}"
    return re.sub(f"{first}.*{last}", lambda _: new, page, flags=re.DOTALL)


if __name__ == "__main__":
    draw()
