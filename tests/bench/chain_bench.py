"""The whole detector chain on one core: an hour of mixed line audio."""

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dsp.agc import listening_copy
from dsp.chain import Chain
from firmware.line import open_line
from firmware.line.block import FS
from firmware.service.settings import Settings
from tests.bench.row import Row

#: Talk is the dearest thing the chain meets; idle line the cheapest.
TALK_SCENARIO = "long_hold"
TALK_S = 240
IDLE_S = 600


def rows() -> Iterator[Row]:
    talk = line_audio(TALK_SCENARIO, TALK_S)
    idle = np.random.default_rng(1).normal(0, 8, IDLE_S * FS).astype(np.int16)
    floor = len(talk) / FS / spectra_floor(talk)
    blocks = speed(talk, 160)
    yield Row("chain, talk, 20 ms blocks", blocks, "x real time", at_least=150)
    files = speed(talk, 10 * FS)
    yield Row("chain, talk, 10 s blocks", files, "x real time", at_least=600)
    yield Row("chain, idle line, 20 ms blocks", speed(idle, 160), "x real time")
    note = "256-point spectra every 10 ms, numpy alone"
    yield Row("floor: one spectrum a frame", floor, "x real time", note=note)
    yield Row("chain, files / floor", files / floor, "of the floor")
    seconds = timed(lambda: listening_copy(talk, FS))
    copies = len(talk) / FS / seconds
    yield Row("listening copy", copies, "x real time")


def line_audio(scenario: str, seconds: int) -> NDArray[np.int16]:
    """Return the loudest stretch of a simulated call."""
    blocks = []
    total = 0
    with open_line(f"sim:{scenario}", Settings()) as line:
        for block in line.blocks():
            blocks.append(block.samples)
            total += len(block.samples)
            if total >= (seconds + 60) * FS:
                break
    return np.concatenate(blocks)[-seconds * FS :]


def speed(x: NDArray[np.int16], block: int) -> float:
    def run() -> None:
        chain = Chain(country="us", fs=FS)
        for at in range(0, len(x), block):
            chain.feed(x[at : at + block])
        chain.flush()

    run()  # the first pass fills the caches
    return len(x) / FS / timed(run)


def spectra_floor(x: NDArray[np.int16]) -> float:
    """Return seconds for a spectrum every 10 ms, the least a detector could do."""
    frames = np.lib.stride_tricks.sliding_window_view(x.astype(np.float32), 256)[::80]
    return timed(lambda: np.abs(np.fft.rfft(frames)))


def timed(work: Callable[[], object]) -> float:
    """Return the best of three runs, in seconds of processor time."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best
