"""Write any line to an audio file with its edges beside it, as `wav:` reads them."""

from pathlib import Path

import numpy as np
import soundfile

from dsp.types import Edge
from firmware.line.block import FS, Line
from firmware.line.edges import write_edges


def save(line: Line, path: Path) -> None:
    """Play `line` to its end into `path`; lost samples become silence."""
    edges: list[Edge] = []
    with soundfile.SoundFile(path, "w", FS, 1, "PCM_16") as file:
        for block in line.blocks():
            file.write(np.zeros(block.lost, np.int16))
            file.write(block.samples)
            edges += block.edges
    if edges:
        write_edges(path.with_suffix(".edges.csv"), edges)
