"""Caller ID by FSK: found in a stream, read and checked.

A stream is looked at in steps of 200 ms; a step costs one short Fourier transform and
is forgotten unless it holds a mark tone.  From a mark tone on, sound is kept while it
stays in the band of FSK, then read as a whole.

Limits: a message is reported up to 400 ms after its last byte.  A message whose
checksum fails is reported as such, without fields, and only if it looked like one.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.caller_id_read import read_burst
from dsp.fsk import BELL202, V23, Modem
from dsp.fsk_receive import receive
from dsp.types import CallerId

__all__ = ["FskForm"]

Audio = NDArray[np.int16] | NDArray[np.float32]
Frames = NDArray[np.float32]

MODEMS: tuple[Modem, ...] = (BELL202, V23)

#: A step of the carrier check, and its frames of 25 ms, in samples at 8 kHz.
STEP = 1600
FRAME = 200
FRAMES = STEP // FRAME
#: Samples checked at once: more leave the processor's cache.
BATCH = 64 * STEP
#: Longest stretch read at once, and what is read again with the next, in steps: the
#: longest message (258 bytes with stuffing and preamble) lasts 4.7 s.
LONGEST, AGAIN = 40, 24
#: Least level of a frame with carrier, dBov.  GR-30-CORE: -48.24 dBm shall be ignored.
FLOOR_DBOV = -52.0
#: Part of the energy above hum that lies in the band of FSK, or is mark; both hold
#: down to 4 dB of signal to noise.
IN_BAND = 0.72
IS_MARK = 0.5
#: Data hold some space, even 10 dB below mark, for the 83 ms of ten bytes.
HAS_SPACE = 0.03
DATA_FRAMES = 3
#: Lines of hum up to 540 Hz are steady for 400 ms, but for beats.
HUM_SWING = 2.0
#: How far a mark tone, measured in 25 ms, may seem off.
MARK_WITHIN_HZ = 60.0


def _gate_columns() -> NDArray[np.float32]:
    """Return the sums over 40 Hz bins: all above hum, FSK, mark, space, low."""
    hz = np.arange(FRAME // 2 + 1) * 8000 / FRAME
    limits = ((320, 3800), (960, 2440), (1120, 1360), (1960, 2320), (320, 560))
    columns = [(hz >= low) & (hz <= high) for low, high in limits]
    return np.asarray(columns, np.float32).T


_WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
_COLUMNS = _gate_columns()
_MARK_BINS = np.flatnonzero(_COLUMNS[:, 2])
#: Energy of a Hann-windowed frame at the floor: level * N * sum of squares / 2.
_FLOOR = 10 ** (FLOOR_DBOV / 10) * FRAME * FRAME * 0.375 / 2


def _power(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the power of every frame in bins of 40 Hz."""
    spectrum = np.fft.rfft(x.reshape(-1, FRAME) * _WINDOW, axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def _total(sums: NDArray[np.float32], steady: Frames | np.float32) -> Frames:
    """Return the energy of each frame above hum, steady high lines of hum left out."""
    low = sums[:, 4]
    return np.maximum(sums[:, 0] - np.minimum(low, HUM_SWING * steady), _FLOOR)


def _gate(
    x: NDArray[np.float32], steady: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Tell which steps begin with a mark tone, and which hold FSK of any kind.

    Parameters
    ----------
    x : ndarray of float32, shape (n * STEP,)
        Whole steps.
    steady : float
        Least low energy in the step before.

    Returns
    -------
    mark, band : ndarray of bool, shape (n,)
        Per step.
    steady : float
        Least low energy in the last step.
    """
    steps = len(x) // STEP
    sums = _power(x) @ _COLUMNS
    least = np.append(np.float32(steady), sums[:, 4].reshape(steps, FRAMES).min(axis=1))
    lasting = np.repeat(np.minimum(least[:-1], least[1:]), FRAMES)
    total = _total(sums, lasting)
    mark = (sums[:, 2] > IS_MARK * total).reshape(steps, FRAMES)
    band = (sums[:, 1] > IN_BAND * total).reshape(steps, FRAMES)
    begins = np.asarray(mark.any(axis=1), bool)
    return begins, band.sum(axis=1) >= 2, float(least[-1])


def _plausible(x: NDArray[np.float32]) -> list[Modem]:
    """Return the modems that a run of steps may come from, mostly none or one."""
    power = _power(x)
    sums = power @ _COLUMNS
    total = _total(sums, sums[:, 4].min())
    both = (sums[:, 1] > IN_BAND * total) & (sums[:, 3] > HAS_SPACE * total)
    if both.sum() < DATA_FRAMES:
        return []
    best = power[int(np.argmax(sums[:, 2] / total))]
    peak = _MARK_BINS[int(np.argmax(best[_MARK_BINS]))]
    left, right = np.sqrt(best[peak - 1]), np.sqrt(best[peak + 1])
    ratio = max(left, right) / np.sqrt(best[peak])
    shift = (2 * ratio - 1) / (1 + ratio)
    hz = (peak + (shift if right > left else -shift)) * 8000 / FRAME
    return [modem for modem in MODEMS if abs(hz - modem.mark_hz) < MARK_WITHIN_HZ]


class FskForm:
    """Streaming reader of caller ID by FSK at 8 kHz.

    Parameters
    ----------
    fs : float
        Must be 8000.

    References
    ----------
    GR-30-CORE; EN 300 659-1; SIN 227; ITU-T V.23.

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.caller_id_send import encode
    >>> form = FskForm()
    >>> x = np.pad(encode(number="5550123", name="EVE"), 4000)
    >>> [(c.number, c.name, c.standard) for c in form.feed(x) + form.flush()]
    [('5550123', 'EVE', 'bell202')]
    """

    def __init__(self, fs: float = 8000) -> None:
        if fs != 8000:
            raise ValueError(f"fs: want 8000 Hz, got {fs!r}")
        self._index = 0
        self._reported = 0
        #: When each message of the last `feed` or `flush` became known.
        self.known: list[int] = []
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far, as after a gap; positions go on counting."""
        self._parts: list[NDArray[np.float32]] = []
        self._held = 0
        self._before = np.zeros(0, np.float32)
        self._steady = 0.0
        self._run: list[NDArray[np.float32]] = []

    def restart(self, index: int) -> None:
        """Forget the sound so far, and go on counting from `index`."""
        self.reset()
        self._index, self._reported = index, min(self._reported, index)

    def skip(self, n: int) -> None:
        """Count `n` lost samples, and forget what came before them."""
        self._index += self._held + n
        self.reset()

    def feed(self, x: Audio) -> list[CallerId]:
        """Take samples, return the messages that have become known.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples at 8 kHz.

        Returns
        -------
        list of CallerId
            `start` and `end` count from the first sample fed.
        """
        new = np.array(x, np.float32)
        if x.dtype == np.int16:
            new = new * np.float32(1 / 32768)
        self._parts.append(new)
        self._held += len(new)
        self.known = []
        if self._held < STEP:
            return []
        samples = np.concatenate(self._parts) if len(self._parts) > 1 else new
        whole = self._held // STEP * STEP
        rest = samples[whole:]
        self._parts, self._held = [rest], len(rest)
        found = []
        for at in range(0, whole, BATCH):
            found += self._steps(samples[at : min(at + BATCH, whole)])
        return found

    def flush(self) -> list[CallerId]:
        """Return what the end of the stream cut off.

        Returns
        -------
        list of CallerId
            As from `feed`; positions go on counting.
        """
        end = self._index + self._held
        found = self.feed(np.zeros(3 * STEP, np.float32))
        self.reset()
        self._index = end
        return found

    def _steps(self, x: NDArray[np.float32]) -> list[CallerId]:
        """Take whole steps."""
        base, self._index = self._index, self._index + len(x)
        mark, band, self._steady = _gate(x, self._steady)
        found: list[CallerId] = []
        if self._run or mark.any():
            for i in range(len(mark)):
                step = x[i * STEP : (i + 1) * STEP]
                end = base + (i + 1) * STEP
                found += self._step(step, bool(mark[i]), bool(band[i]), end)
                self.known += [end] * (len(found) - len(self.known))
        self._before = x[-STEP:].copy()
        return found

    def _step(
        self, step: NDArray[np.float32], mark: bool, band: bool, end: int
    ) -> list[CallerId]:
        """Start, go on with or read a run of steps; `end` is the sample after it."""
        before, self._before = self._before, step
        if not self._run and not mark:
            return []
        self._run += [step] if self._run else [before, step]
        if mark or band:
            if len(self._run) < LONGEST:
                return []
            found = self._read(end, last=False)
            self._run = self._run[-AGAIN:]
            return found
        found = self._read(end, last=True)
        self._run = []
        return found

    def _read(self, end: int, *, last: bool) -> list[CallerId]:
        """Read the run, which ends at sample `end`."""
        x = np.concatenate(self._run)
        at = end - len(x)
        limit = end if last else end - STEP
        found = []
        for modem in _plausible(x):
            for burst in receive(x, modem):
                message = read_burst(burst, modem, at)
                if message and message.start >= self._reported and message.end <= limit:
                    found.append(message)
        found.sort(key=lambda message: message.start)
        if found:
            self._reported = found[-1].end
        return found
