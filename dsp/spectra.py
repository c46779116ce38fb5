"""Power spectra shared by the detectors: two resolutions, computed once per batch.

*Short* frames (32 ms, every 10 ms) follow DTMF and speech, *long* frames (64 ms,
every 20 ms) tell call progress tones 50 Hz apart.  Both use a Hann window, whose
side lobes keep mains hum and DC out of the telephone band.  A frame ends where its
hop ends, so a superframe needs no samples of the future.
"""

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dsp.stream import FS, HOP, SUPERFRAME, Batch, Samples, windows

if TYPE_CHECKING:
    from dsp.tone_zones import Zones

Power = NDArray[np.float32]

#: Sound whose samples stay below this is quiet: a peak of -63 dBov, 13 dB below the
#: weakest tone that any detector looks for.
QUIET_PEAK = 0.0007
#: Samples of a short frame and of a long one.
SHORT, LONG = 256, 512
#: Samples from one long frame to the next, 20 ms.
LONG_HOP = 2 * HOP
#: Hertz per bin of the short and the long spectrum.
SHORT_BIN_HZ, LONG_BIN_HZ = FS / SHORT, FS / LONG
#: Frames per superframe.
SHORT_FRAMES, LONG_FRAMES = SUPERFRAME // HOP, SUPERFRAME // LONG_HOP


def hann(size: int) -> NDArray[np.float32]:
    """Return a periodic Hann window scaled so that bin powers add to mean square."""
    w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    scale = np.sqrt(2.0 / (size * np.sum(w * w)))
    return np.asarray(w * scale, np.float32)


_WINDOW = {SHORT: hann(SHORT), LONG: hann(LONG)}


@lru_cache(maxsize=64)
def _hann_of(size: int) -> NDArray[np.float32]:
    return hann(size)


def padded_power(x: Samples, size: int) -> Power:
    """Return the Hann-windowed power spectrum of `x` filled up with zeros to `size`.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        At most `size` samples.
    size : int
        Length of the transform.

    Returns
    -------
    ndarray of float32, shape (size // 2 + 1,)
    """
    z = np.fft.rfft(x * _hann_of(x.size), size)
    return np.square(z.real) + np.square(z.imag)


class Spectra:
    """The spectra of one batch, each computed when first asked for.

    Parameters
    ----------
    batch : Batch
        Superframes to analyse.

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.stream import Framer
    >>> x = np.sin(2 * np.pi * 1000 / 8000 * np.arange(1600))
    >>> spectra = Spectra(next(Framer().feed(x)))
    >>> int(spectra.short[10].argmax()) * SHORT_BIN_HZ
    1000.0
    >>> round(float(spectra.short[10].sum()), 3)
    0.5
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    @cached_property
    def short(self) -> Power:
        """Power per bin, shape (superframes * 20, 129), mean-square units."""
        return self._power(SHORT, HOP)

    @cached_property
    def long(self) -> Power:
        """Power per bin, shape (superframes * 10, 257), mean-square units."""
        return self._power(LONG, LONG_HOP)

    @cached_property
    def zones(self) -> "Zones":
        """Where the power of each long frame sits, see `dsp.tone_zones`."""
        from dsp.tone_zones import classify

        return classify(self.long)

    @cached_property
    def loud(self) -> bool:
        """Whether any sample of the batch or just before it exceeds `QUIET_PEAK`."""
        x = self.batch.x[self.batch.context - LONG :]
        return bool(max(x.max(), -x.min()) > QUIET_PEAK)

    def _power(self, size: int, hop: int) -> Power:
        batch = self.batch
        first = batch.context + hop - size
        z = np.fft.rfft(windows(batch.x[first:], size, hop) * _WINDOW[size])
        # Real and imaginary parts lie side by side.
        parts = np.square(z.view(np.float32))
        return parts[:, ::2] + parts[:, 1::2]
