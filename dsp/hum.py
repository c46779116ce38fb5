"""Mains hum: found, followed and taken out, only where it is.

Sound is seen in frames of about a second that overlap by half.  In each, the lines at
multiples of 50 or 60 Hz that stand out of their surroundings give the exact mains
frequency; hum is then a sum of steady sines, whose sizes and phases are read off the
frame and which are subtracted.  Frames fade into each other, so hum that wanders in
frequency or level is followed.  Nothing but those sines changes: speech next to them
stays as it was.

Limits: hum must last for two frames; mains drifting faster than 0.3 Hz per second is
only weakened.  A steady service tone on a multiple of the mains frequency is kept
where it is stronger than the hum below 300 Hz.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.hum_measure import INNER, LINE_DB, Hum, drifting, measure, wave

__all__ = ["Hum", "Notch", "measure", "remove"]

#: Length of a frame, s.
FRAME_S = 1.024
#: Change of the mains frequency between neighbouring frames.
DRIFT = 0.005
#: Fastest drift that is believed, Hz per second; slower than this does not matter.
FASTEST_DRIFT, SLOWEST_DRIFT = 0.3, 0.004


def _agreed(
    hum: Hum | None, before: Hum | None, after: Hum | None, turns: tuple[float, float]
) -> Hum | None:
    """Average a frame's hum with its neighbours'.

    `turns` says by how many seconds the frame began after each neighbour.  Each frame
    counts as much as it is undisturbed, so that what speech hides is taken from where
    nobody spoke.  A line stays if it stands out of the average.
    """
    candidates = ((hum, 0.0), (before, turns[0]), (after, turns[1]))
    parts = [(part, turn) for part, turn in candidates if part]
    if len(parts) < 2:
        return None
    own = parts[0][0]
    parts = [(p, t) for p, t in parts if abs(p.mains_hz / own.mains_hz - 1) < DRIFT]
    if len(parts) < 2:
        return None
    mains = own.mains_hz
    if hum is None:
        mains = sum(part.mains_hz for part, _ in parts) / len(parts)
    count = min(len(part.amplitudes) for part, _ in parts)
    k = np.arange(1, count + 1)
    total = np.zeros(count, np.complex64)
    weights = np.zeros(count, np.float32)
    for part, turn in parts:
        hz = (part.mains_hz + mains) / 2
        weight = 1 / (part.noise[:count] + np.float32(1e-12))
        total += weight * part.amplitudes[:count] * np.exp(2j * np.pi * hz * turn * k)
        weights += weight
    average = total / weights
    stands = np.abs(average) ** 2 * weights > 10 ** (LINE_DB / 10)
    kept = np.where(stands, average, 0).astype(np.complex64)
    noise = np.asarray(1 / weights, np.float32)
    return Hum(mains, kept, noise, own.level_dbov, own.drift)


def _drift(before: Hum | None, own: Hum, after: Hum | None, hop_s: float) -> float:
    """Return how fast the mains frequency changes about a frame, Hz per second."""
    past = before or own
    future = after or own
    steps = (before is not None) + (after is not None)
    far = abs(past.mains_hz / own.mains_hz - 1), abs(future.mains_hz / own.mains_hz - 1)
    if not steps or max(far) > DRIFT:
        return 0.0
    drift = (future.mains_hz - past.mains_hz) / (steps * hop_s)
    if abs(drift) < SLOWEST_DRIFT:
        return 0.0
    return float(np.clip(drift, -FASTEST_DRIFT, FASTEST_DRIFT))


class Notch:
    """Streaming remover of hum, which follows the mains.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz.

    Notes
    -----
    As many samples come out as went in, one to one and a half seconds later; `flush`
    returns the rest.  `mains_hz` is the frequency last seen, or None.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(40000) / 8000
    >>> notch = Notch(8000)
    >>> x = (0.01 * np.sin(2 * np.pi * 50.2 * t)).astype(np.float32)
    >>> y = np.concatenate((notch.feed(x), notch.flush()))
    >>> bool(np.std(y) < np.std(x) / 30), len(y)
    (True, 40000)
    """

    def __init__(self, fs: float) -> None:
        self.fs = fs
        self._hop = round(FRAME_S * fs / 2 / INNER) * INNER
        self._fade = np.hanning(2 * self._hop + 1)[: self._hop].astype(np.float32)
        self._start()

    def _start(self) -> None:
        """Begin anew."""
        self.mains_hz: float | None = None
        self._x = np.zeros(0, np.float32)
        self._past = np.zeros(0, np.float32)
        self._seen: list[Hum | None] = []
        self._before: Hum | None = None
        self._old: NDArray[np.float32] | None = None

    def feed(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples, return cleaned ones.

        Parameters
        ----------
        x : ndarray of float32, shape (n,)
            Full scale 1.0.

        Returns
        -------
        ndarray of float32, shape (m,)
            The next samples without hum, a whole number of half frames.
        """
        self._x = np.concatenate((self._x, x))
        hop = self._hop
        out = []
        at = 0
        while len(self._x) - at >= (len(self._seen) + 2) * hop:
            begin = at + len(self._seen) * hop
            self._seen.append(measure(self._x[begin : begin + 2 * hop], self.fs))
            if len(self._seen) == 2:
                out.append(self._emit(self._x[at : at + hop], self._seen[1], hop))
                at += hop
        if not out:
            return np.zeros(0, np.float32)
        self._x = self._x[at:]
        return np.concatenate(out)

    def flush(self) -> NDArray[np.float32]:
        """Return what is left, and begin anew.

        Returns
        -------
        ndarray of float32, shape (m,)
            The last samples.
        """
        hop = self._hop
        out = []
        known = np.concatenate((self._past, self._x))[-2 * hop :]
        known = known[len(known) % INNER :]
        last = measure(known, self.fs) if len(known) >= hop // 2 else None
        if self._seen:
            lead = len(self._x) - len(known)
            out.append(self._emit(self._x[:hop], last, lead))
            self._x = self._x[hop:]
        rest = self._x
        if self._old is not None:
            since = (len(rest) - len(known) + hop) / self.fs
            last = _agreed(last, self._before, None, (since, 0.0))
        lines = wave(last, len(known), self.fs)
        lines = np.pad(lines, (max(len(rest) - len(lines), 0), 0))
        out.append(rest - self._blend(lines[len(lines) - len(rest) :]))
        self._start()
        return np.concatenate(out)

    def _emit(
        self, segment: NDArray[np.float32], after: Hum | None, lead: int
    ) -> NDArray[np.float32]:
        """Clean half a frame, whose own hum is the oldest that was seen.

        The frame of `after` begins `lead` samples later than that one.
        """
        own = self._seen.pop(0)
        turns = (self._hop / self.fs, -lead / self.fs)
        if own and lead == self._hop:
            drift = _drift(self._before, own, after, turns[0])
            own = drifting(own, drift, 2 * lead, self.fs) if drift else own
            after = after and drifting(after, drift, 2 * lead, self.fs)
        hum = _agreed(own, self._before, after, turns)
        self._before = own
        if hum:
            self.mains_hz = hum.mains_hz
        lines = wave(hum, 2 * self._hop, self.fs)
        clean = segment - self._blend(lines[: self._hop])
        self._old, self._past = lines[self._hop :], segment
        return clean

    def _blend(self, new: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fade from the last frame's hum to the next one's."""
        if self._old is None:
            return new
        n = min(len(new), self._hop)
        mixed = new.copy()
        mixed[:n] = self._old[:n] + (new[:n] - self._old[:n]) * self._fade[:n]
        return mixed


def remove(x: NDArray[np.float32], fs: float) -> NDArray[np.float32]:
    """Take the hum out of a whole recording.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Full scale 1.0.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    ndarray of float32, shape (n,)
        The same sound without hum.

    References
    ----------
    See `measure`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).normal(size=16000).astype(np.float32)
    >>> bool(np.array_equal(remove(x, 8000), x))
    True
    """
    notch = Notch(fs)
    return np.concatenate((notch.feed(np.asarray(x, np.float32)), notch.flush()))
