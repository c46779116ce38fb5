"""Stretches of time: what is left of some without others, and whether they meet."""

from collections.abc import Iterable

Span = tuple[float, float]


def end_of(end: float | None, now: float) -> float:
    """Return when something ended; what goes on ends now."""
    return now if end is None else end


def minus(spans: Iterable[Span], without: Iterable[Span]) -> list[Span]:
    """Return what is left of `spans` without the others."""
    left = list(spans)
    for begin, end in without:
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, begin)), (max(a, end), b))
            if piece[1] > piece[0]
        ]
    return left


def meet(spans: Iterable[Span], one: Span, slack: float = 0.0) -> bool:
    """Tell whether any of `spans` comes as near to `one` as `slack`."""
    return any(a - slack < one[1] and one[0] < b + slack for a, b in spans)
