"""Call progress and fax tones: dial tone, ringback, busy, congestion and others.

`dsp.tone_bursts` finds steady bursts, `dsp.tone_train` compares their lines and lengths
with the country's plan, `dsp.sit`, `dsp.fax_flags` and `dsp.modem` look for what
has no cadence.

Limits: where dial tone and ringback have the same frequency, the first long burst
after a start (or `Detector.expect_dial_tone`) is announced as dial tone and taken back
when it turns out to be a burst of ringback; later ones wait until they are too long
for ringback.  Where busy and congestion are the same tone it is called busy.
"""

from numpy.typing import ArrayLike

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.fax_flags import FlagFinder
from dsp.modem import ModemFinder
from dsp.sit import SitFinder
from dsp.spectra import Spectra
from dsp.stream import FS
from dsp.tone_bursts import BurstFinder, Moment
from dsp.tone_country import Belief, Country, country_of
from dsp.tone_train import Train
from dsp.types import Tone


class Detector:
    """The call progress detector on shared spectra.

    Parameters
    ----------
    country : str or Country, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`, or ``auto`` to learn it.
    """

    def __init__(self, country: str | Country = "us") -> None:
        known = country_of(country) if isinstance(country, str) else country
        self._country: Country = known
        self._reset()

    def _reset(self) -> None:
        self._bursts = BurstFinder()
        self._sit = SitFinder()
        self._flags = FlagFinder()
        self._modem = ModemFinder()
        self._train = Train(self._country)

    @property
    def country(self) -> Belief:
        """Whose tones are heard; what was learned outlasts `finish`."""
        return self._country.belief

    def expect_dial_tone(self) -> None:
        """Say that the handset has just been lifted."""
        self._train.expect_dial_tone()

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the tones recognised and ended in this batch."""
        train = self._train
        finders = (self._bursts, self._flags, self._modem)
        if not (spectra.loud or train or any(f.busy for f in finders)):
            self._bursts.pass_over(spectra.batch)
            return []
        zones = spectra.zones
        noticed = self._flags.scan(spectra.batch, zones)
        noticed += self._modem.scan(spectra.batch, zones)
        for moment in self._bursts.scan(spectra.batch, zones, bool(train)):
            burst = moment.burst
            if burst is not None:
                if not burst.open:
                    noticed += self._sit.ended(burst, moment.at)
                noticed += train.heard(burst, moment)
            elif train.paused and not self._bursts.busy:
                noticed += train.pause(moment)
        return noticed

    def finish(self) -> list[Noticed]:
        """Close a tone still sounding."""
        noticed = self._flags.finish() + self._modem.finish()
        burst = self._bursts.finish()
        now = burst.end if burst else self._train.end
        if burst is not None:
            noticed += self._sit.ended(burst, now)
            noticed += self._train.heard(burst, Moment(now, 0.0, burst))
        noticed += self._train.cut(now)
        self._reset()
        return noticed


class Decoder(StreamDecoder):
    """Find call progress and fax tones in a stream at 8 kHz; see `decode`.

    Parameters
    ----------
    fs : int, optional
        Sampling rate, 8000.
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`, or ``auto`` to learn it.
    """

    def __init__(self, fs: int = FS, country: str = "us") -> None:
        self._progress = Detector(country)
        super().__init__(self._progress, fs)

    @property
    def country(self) -> Belief:
        """Whose tones are heard."""
        return self._progress.country


def decode(x: ArrayLike, fs: float, country: str = "us") -> list[Tone]:
    """Return the call progress and fax tones of a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`, or ``auto`` to learn it.

    Returns
    -------
    list of Tone
        In order of their start; positions in samples at `fs`.

    References
    ----------
    .. [1] ITU-T E.180, Technical characteristics of tones for the telephone service.
    .. [2] ITU-T T.30, clause 4: CED and CNG.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(4000) / 8000
    >>> on = 0.05 * (np.sin(2 * np.pi * 480 * t) + np.sin(2 * np.pi * 620 * t))
    >>> x = np.concatenate([np.zeros(800)] + 4 * [on, np.zeros(4000)])
    >>> [(tone.name, round(tone.start, -2)) for tone in decode(x, 8000)]
    [('busy', 800)]
    """
    decoder = Decoder(country=country)
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    tones = [rescaled(e, fs / FS) for e in events if isinstance(e, Tone)]
    return sorted(tones, key=lambda tone: tone.start)
