"""The edges file beside a recording: CSV rows of ``sample,signal,level``.

Sample counts at the rate of the audio file, from its first sample; signal and level
are those of `dsp.types.Edge`.  Rows are in order of time.  A header line, empty lines
and lines beginning with ``#`` may be there.  Before its first row a signal had the
other level.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from dsp.types import Edge
from firmware.errors import SourceError

SIGNALS = ("hook", "ring", "line", "polarity", "button")
HEADER = ["sample", "signal", "level"]


def read_edges(path: Path, frames: int) -> list[Edge]:
    """Read the edges of a recording of `frames` samples, at the recording's rate."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SourceError(
            f"{path}: edges file cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}: edges file: want text rows sample,signal,level, got binary data"
        ) from error
    edges: list[Edge] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not edges and [cell.lower() for cell in cells] == HEADER:
            continue
        try:
            edges.append(_row(cells, edges[-1].at if edges else 0, frames))
        except ValueError as error:
            raise SourceError(f"{path}: line {number}: {error}") from error
    return edges


def write_edges(path: Path, edges: Iterable[Edge]) -> None:
    """Write edges beside a recording at the master rate."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((edge.at, edge.signal, edge.level) for edge in edges)


def opening(edges: list[Edge]) -> list[Edge]:
    """Return `edges` with the level of every signal told at sample 0."""
    levels: dict[str, int] = {}
    for edge in edges:
        if edge.at == 0:
            levels[edge.signal] = edge.level
        else:
            levels.setdefault(edge.signal, 1 - edge.level)
    first = [Edge(0, signal, level) for signal, level in levels.items()]
    return first + [edge for edge in edges if edge.at > 0]


def _row(cells: list[str], earliest: int, frames: int) -> Edge:
    if len(cells) != len(HEADER):
        raise ValueError(f"want sample,signal,level, got {','.join(cells)!r}")
    sample, signal, level = cells
    if not (sample.isascii() and sample.isdigit() and int(sample) <= frames):
        raise ValueError(f"sample: want 0..{frames}, got {sample!r}")
    if int(sample) < earliest:
        raise ValueError(
            f"sample: want rows in order, {earliest} or later, got {sample}"
        )
    if signal not in SIGNALS:
        raise ValueError(f"signal: want one of {', '.join(SIGNALS)}, got {signal!r}")
    if level not in ("0", "1"):
        raise ValueError(f"level: want 0 or 1, got {level!r}")
    return Edge(int(sample), signal, int(level))
