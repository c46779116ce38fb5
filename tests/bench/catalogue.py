"""How long the catalogue's questions take once there are many calls."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.archive.model import Call, Mark

NAMES = ("Ann", "Ben", "Carol", "Dieter", "Erika", "Farid", "Giulia", "Hana")
FAMILIES = ("Archer", "Baker", "Carter", "Dyer", "Fletcher", "Mason", "Smith", "Žák")
BATCH = 5000
#: Rounds per question; the median counts.
ROUNDS = 15


def query_times(calls: int) -> dict[str, float]:
    """Return milliseconds per question over so many calls."""
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder)) as archive:
        began = time.perf_counter()
        fill(archive, calls)
        filled = time.perf_counter() - began
        middle = archive.calls.get(_id(calls // 2))
        old = archive.calls.get(_id(calls // 100))
        page = archive.calls.page
        questions: dict[str, Callable[[], object]] = {
            "newest page": page,
            "page in the middle": lambda: page(before=(middle.start_utc, middle.id)),
            "page at the end": lambda: page(before=(old.start_utc, old.id)),
            "number, whole": lambda: page(q=str(middle.number)),
            "number, last 4 digits": lambda: page(q=str(middle.number)[-4:]),
            "number, first digits": lambda: page(q="555"),
            "name, common": lambda: page(q="ann"),
            "name, rare": lambda: page(q="zebedee"),
            "two words": lambda: page(q="ann zebedee"),
            "no match": lambda: page(q="nobody"),
            "direction": lambda: page(direction="outgoing"),
            "rare outcome": lambda: page(outcome="fax"),
            "rare outcome, common name": lambda: page(q="ann", outcome="fax"),
            "one call": lambda: archive.calls.get(middle.id),
            "count": archive.calls.count,
            "latest change": archive.calls.latest_change,
        }
        times = {name: _median_ms(ask) for name, ask in questions.items()}
        times["store a call"] = _median_ms(
            lambda: archive.calls.store(_changed(middle), unsettled=False)
        )
        times["check at start"] = _median_ms(archive._catalogue.check, rounds=1)
        times["fill, per 1000"] = filled * 1e6 / calls
        return times


def fill(archive: Archive, calls: int) -> None:
    """Store rows of calls as a busy office of ten years would have them."""
    rng = np.random.default_rng(5)
    for first in range(0, calls, BATCH):
        numbers = range(first, min(first + BATCH, calls))
        batch = [_call(number, rng) for number in numbers]
        archive.calls.store(*batch, unsettled=False)


def _id(number: int) -> str:
    day, second = divmod(number, 86_400)
    hour, minute = second // 3600, second // 60 % 60
    return f"202701{day + 1:02}-{hour:02}{minute:02}{second % 60:02}-0000"


def _call(number: int, rng: np.random.Generator) -> Call:
    kind = rng.random()
    name = f"{rng.choice(NAMES)} {rng.choice(FAMILIES)}"
    if number % 5000 == 7:
        name = "Zebedee Archer"
    return Call(
        _id(number),
        "1",
        1_800_000_000.0 + number * 3600,
        direction="incoming" if kind < 0.6 else "outgoing",
        outcome="fax" if kind > 0.999 else "missed" if kind < 0.2 else "answered",
        number=f"+1{rng.integers(200, 990)}555{rng.integers(0, 10_000):04}",
        name=name if kind < 0.5 else None,
        end_s=90.0,
        duration_s=80.0,
        audio="kept",
        sha256="0" * 64,
        marks=[Mark(float(at), "digit", "5") for at in range(10)],
    )


def _changed(call: Call) -> Call:
    call.ring_count += 1
    return call


def _median_ms(ask: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1e3)
    return float(np.median(times))


if __name__ == "__main__":
    for name, ms in query_times(100_000).items():
        print(f"{name:28} {ms:9.2f} ms")
