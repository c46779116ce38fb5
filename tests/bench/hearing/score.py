"""Figures over many tapes, for any number of hearers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.dsp.tapes.tape import Tape

#: Hears a tape and says what is on it.
Hearer = Callable[[NDArray[np.int16]], str]


def matched(sent: str, heard: str) -> int:
    """Return how many digits of `sent` are in `heard`, in their order."""
    row = np.zeros(len(heard) + 1, int)
    for symbol in sent:
        hits = np.concatenate(
            ([0], row[:-1] + np.array([c == symbol for c in heard], int))
        )
        row = np.maximum.accumulate(np.maximum(row, hits)) if len(heard) else row
    return int(row[-1])


@dataclass
class Tally:
    """Hits out of tries, by group of tapes, with the tapes that were not perfect."""

    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    extra: int = 0
    bad: list[str] = field(default_factory=list)

    def add(self, group: str, hits: int, tries: int) -> None:
        self.hits[group] += hits
        self.tries[group] += tries

    def percent(self, groups: Iterable[str] | None = None) -> float:
        """Return the share of hits in some groups, or in all."""
        chosen = list(self.tries) if groups is None else list(groups)
        tries = sum(self.tries[g] for g in chosen)
        return 100 * sum(self.hits[g] for g in chosen) / max(tries, 1)


def digits_found(tapes: Sequence[Tape], hear: Hearer) -> Tally:
    """Count the digits found on must-accept tapes."""
    tally = Tally()
    for tape in tapes:
        heard = hear(tape.samples())
        found = matched(tape.truth, heard)
        tally.add(tape.group, found, len(tape.truth))
        tally.extra += len(heard) - found
        if heard != tape.truth:
            tally.bad.append(f"{tape}: {found} of {len(tape.truth)}, heard {heard}")
    return tally


def digits_taken(tapes: Sequence[Tape], tries: int, hear: Hearer) -> Tally:
    """Count the digits accepted on must-reject tapes."""
    tally = Tally()
    for tape in tapes:
        heard = hear(tape.samples())
        tally.add(tape.group, len(heard), tries)
        if heard:
            tally.bad.append(f"{tape}: heard {heard}")
    return tally


def reach(steps: Iterable[float], good: Callable[[float], bool]) -> float:
    """Return the last step, going from easy to hard, up to which all are good.

    Not a number if not even the first is.
    """
    last = float("nan")
    for step in steps:
        if not good(step):
            break
        last = float(step)
    return last
