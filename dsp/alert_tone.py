"""The alert tone that announces caller ID: 2130 and 2750 Hz at once, for 75..110 ms.

Exchanges send it to a line at rest (DT-AS, before the message and the first ring) and
during a call (CAS, for a caller who waits).  Every 10 ms the shared short spectrum is
asked whether both tones stand alone in their surroundings; a run of such frames of
the right length, steady in level, is an alert.

Limits: an alert under louder talk is missed, as by telephones, which mute the talk only
once they have heard it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.levels import dbov_from_power, power_from_dbov
from dsp.spectra import SHORT, SHORT_BIN_HZ, Power, Spectra
from dsp.stream import FS, HOP
from dsp.types import Tone

__all__ = ["NAME", "Decoder", "Detector", "decode"]

#: What the tone is called among `dsp.types.Tone`.
NAME = "alert_tone"
#: EN 300 659-1 and -2, GR-30-CORE 2.5, SIN 227: both tones of the alert.
TONES_HZ = (2130.0, 2750.0)
#: SIN 227: 1.1 %; and the error of a frame's estimate.
DEVIATION = 0.016
#: Surroundings of each tone, in bins: 1900..2400 Hz and 2500..3050 Hz.
GROUPS = (slice(61, 78), slice(80, 99))
#: Share of its surroundings that a tone holds, and of all between 300 and 3800 Hz
#: that both hold together.
GROUP_SHARE, TOTAL_SHARE = 0.8, 0.7
TOTAL = slice(10, 122)
#: High over low tone: 7 dB either way (Zarlink MT88E45).
TWIST_DB = 7.0
#: Weakest tone, dBov: -38 dBm (Zarlink MT88E45: -37.78 dBm).
FLOOR = power_from_dbov(-44.5)
#: CAS lasts 75..85 ms, DT-AS 88..110 ms; one product takes 40..120 ms.
SHORTEST_S, LONGEST_S = 0.055, 0.135
#: A frame counts while it lies within 6 dB of the strongest: an edge is half filled.
EDGE = 0.25


def _sieve() -> NDArray[np.float32]:
    """Return the sums over bins that tell most frames apart: low, high, all."""
    columns = np.zeros((SHORT // 2 + 1, 3), np.float32)
    columns[66:71, 0] = columns[86:91, 1] = columns[TOTAL, 2] = 1
    return columns


_SIEVE = _sieve()


@dataclass
class _Run:
    """Frames on end that may be an alert: middle of the first, and their power."""

    first: int
    power: list[float]


def _alike(power: Power) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Tell which short frames hold both tones alone; and how strong these are."""
    tones = []
    good = np.ones(len(power), bool)
    for hz, group in zip(TONES_HZ, GROUPS, strict=True):
        band = power[:, group]
        peak = band[:, 1:-1].argmax(axis=1) + 1
        at = np.arange(len(band))
        below, top, above = band[at, peak - 1], band[at, peak], band[at, peak + 1]
        tone = below + top + above
        # A Hann window's peak lies (2r - 1) / (r + 1) bins towards the higher
        # neighbour, r the ratio of their amplitudes.
        r = np.sqrt(np.maximum(below, above) / (top + np.float32(1e-12)))
        shift = np.where(above > below, 1, -1) * (2 * r - 1) / (r + 1)
        found = (peak + group.start + shift) * SHORT_BIN_HZ
        good &= tone > GROUP_SHARE * band.sum(axis=1)
        good &= (np.abs(found - hz) < DEVIATION * hz) & (tone > FLOOR)
        tones.append(tone)
    low, high = tones
    ratio = np.float32(10 ** (TWIST_DB / 10))
    good &= (high < ratio * low) & (low < ratio * high)
    return good, low + high


class Detector:
    """The detector of alert tones on shared spectra."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the alerts that ended in this batch."""
        noticed: list[Noticed] = []
        if not spectra.loud and self._run is None:
            return noticed
        low, high, every = (spectra.short @ _SIEVE).T
        both = (np.minimum(low, high) > FLOOR) & (low + high > TOTAL_SHARE * every)
        if self._run is None and not both.any():
            return noticed
        good, power = _alike(spectra.short)
        good &= both
        # A frame belongs to its middle.
        middle = spectra.batch.start + HOP - SHORT // 2
        for alike, level in zip(good.tolist(), power.tolist(), strict=True):
            if alike and self._run is None:
                self._run = _Run(middle, [level])
            elif alike and self._run is not None:
                self._run.power.append(level)
            elif self._run is not None:
                noticed += self._close(middle)
            middle += HOP
        return noticed

    def finish(self) -> list[Noticed]:
        """Close an alert that still sounds."""
        if self._run is None:
            return []
        return self._close(self._run.first + len(self._run.power) * HOP)

    def _close(self, now: int) -> list[Noticed]:
        run, self._run = self._run, None
        assert run is not None
        strong = np.flatnonzero(np.array(run.power) > EDGE * max(run.power))
        first, last = int(strong[0]), int(strong[-1])
        start = run.first + first * HOP - HOP // 2
        end = run.first + last * HOP + HOP // 2
        if not SHORTEST_S * FS <= end - start <= LONGEST_S * FS:
            return []
        level = dbov_from_power(float(np.median(np.array(run.power)[strong])))
        return [(now, Tone(NAME, max(start, 0), end, round(level, 1)))]


class Decoder(StreamDecoder):
    """Find alert tones in a stream at 8 kHz; see `decode`."""

    def __init__(self, fs: int = FS) -> None:
        super().__init__(Detector(), fs)


def decode(x: ArrayLike, fs: float) -> list[Tone]:
    """Find the alert tones of a whole recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.

    Returns
    -------
    list of Tone
        Named ``alert_tone``; `start` and `end` in samples at `fs`.

    References
    ----------
    EN 300 659-1 and -2 (dual tone alerting signal); GR-30-CORE 2.5 (customer premises
    equipment alerting signal); SIN 227.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(640) / 8000
    >>> x = sum(0.05 * np.sin(2 * np.pi * hz * t) for hz in (2130, 2750))
    >>> [(tone.name, tone.level_dbov) for tone in decode(np.pad(x, 4000), 8000)]
    [('alert_tone', -26.0)]
    """
    decoder = Decoder()
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    return [rescaled(e, fs / FS) for e in events if isinstance(e, Tone)]
