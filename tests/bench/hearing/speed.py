"""Speed and memory of hearing, as ratios to SpanDSP in chunks of 20 ms."""

import ctypes
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dsp import dtmf
from dsp.chain import Chain
from tests.bench.chain_bench import TALK_S, TALK_SCENARIO, line_audio, speed, timed
from tests.bench.hearing.row import MISSING, HeardRow
from tests.bench.peers import spandsp, spandsp_tones
from tests.bench.row import Row
from tests.dsp.tapes import dtmf as dtmf_tapes
from tests.dsp.tapes.tape import voices

Samples = NDArray[np.int16]

#: Runs a program that imports `dsp` and prints seconds and megabytes.
IMPORT = """
import time
began = time.perf_counter()
import dsp.chain
seconds = time.perf_counter() - began
status = open("/proc/self/status").read()
print(seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""
#: Hours after which memory must not have grown, and what it may by chance.
GROWTH_H, GROWTH_MB = 2, 1.0


def rows() -> Iterator[Row]:
    x = line_audio(TALK_SCENARIO, TALK_S)
    blocks, files = speed(x, 160), speed(x, 10 * 8000)
    peer = _times(x, _all_of_spandsp)
    yield _row("whole chain, 20 ms blocks", blocks, 250, peer)
    yield _row("whole chain, files", files, 1500, peer)
    for name, least, tape in (("a line", 1.0, x), *_tapes()):
        ours, alone = _side_by_side(tape)
        yield _row(f"DTMF alone, files, {name}", ours, None, alone)
        if isinstance(alone, float):
            row = f"DTMF alone / SpanDSP, {name}"
            yield Row(row, ours / alone, "ratio", at_least=least)
    seconds, megabytes = _import()
    yield Row("import of the chain", seconds, "s", at_most=0.6)
    name = f"growth over {GROWTH_H} h of talk"
    yield Row(name, _growth(x), "MB", at_most=GROWTH_MB)
    yield Row("memory with the chain imported", megabytes, "MB", at_most=60)


def _row(name: str, value: float, want: float | None, peer: float | str) -> HeardRow:
    peers = (("SpanDSP", peer),)
    return HeardRow(name, value, "x real time", at_least=want, peers=peers)


def _times(x: Samples, work: Callable[[Samples], object]) -> float | str:
    """Return how many times faster than real time SpanDSP is."""
    if spandsp.library() is None:
        return MISSING
    return x.size / 8000 / timed(lambda: work(x))


def _tapes() -> Iterator[tuple[str, float | None, Samples]]:
    """Yield what DTMF finds dear: talk without a pause, and digits on end.

    Eight digits a second have no target: each costs a close look, a call of numpy or
    a hundred, and nobody dials so for long.
    """
    talk = np.concatenate(list(voices().values()))[: TALK_S * 8000]
    yield "talk", None, (talk * 32767).astype(np.int16)
    how = dtmf_tapes.Keying(on_ms=60, off_ms=60)
    digits = dtmf_tapes.dialled(np.random.default_rng(3), 30 * dtmf_tapes.ALL, how)
    yield "8 digits/s", None, (digits * 32767).astype(np.int16)


def _side_by_side(x: Samples) -> tuple[float, float | str]:
    """Return how many times real time DTMF is read by us and by SpanDSP."""
    both = [
        (timed(lambda: dtmf.decode(x, 8000)), _times(x, _dtmf_of_spandsp))
        for _ in range(3)
    ]
    seconds = min(ours for ours, _ in both)
    peers = [peer for _, peer in both if isinstance(peer, float)]
    return x.size / 8000 / seconds, max(peers) if peers else MISSING


def _dtmf_of_spandsp(x: Samples) -> None:
    """Run SpanDSP on slices of 20 ms, as a program with arrays would."""
    lib = spandsp.library()
    assert lib is not None
    pointer = ctypes.POINTER(ctypes.c_int16)
    with spandsp.Handle("dtmf_rx", None, None) as receiver:
        for at in range(0, x.size, spandsp.CHUNK):
            chunk = x[at : at + spandsp.CHUNK]
            lib.dtmf_rx(receiver.pointer, chunk.ctypes.data_as(pointer), chunk.size)


def _growth(x: Samples) -> float:
    """Return by how many megabytes Python's memory grows over hours of talk."""
    chain = Chain()
    for at in range(0, x.size, 160):
        chain.feed(x[at : at + 160])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(round(GROWTH_H * 3600 * 8000 / x.size)):
        for at in range(0, x.size, 8000):
            chain.feed(x[at : at + 8000])
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / 2**20


def _all_of_spandsp(x: Samples) -> None:
    """Run what our chain does: digits, both caller IDs, call progress, fax."""
    spandsp.dtmf(x)
    spandsp.messages(x, "bell202")
    spandsp.messages(x, "v23")
    spandsp_tones.progress(x, "us")
    spandsp_tones.modem_tones(x)


def _import() -> tuple[float, float]:
    """Return seconds and megabytes of the best of three fresh interpreters."""
    runs = []
    for _ in range(3):
        command = [sys.executable, "-c", IMPORT]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, megabytes = done.stdout.split()
        runs.append((float(seconds), float(megabytes)))
    return min(runs)
