"""All detectors over one stream in one pass.

The chain cuts the stream into superframes once, computes each spectrum once and hands
both to DTMF, call progress, alert tones and activity; caller ID brings its own
filters and gets the samples of the same superframes.  A superframe in which nothing
exceeds -63 dBov skips the spectra as long as no detector is waiting for an end.
"""

from collections.abc import Iterable

from numpy.typing import ArrayLike

from dsp import activity, alert_tone, answering, caller_id, dtmf, progress, pulse_audio
from dsp.detector import Detector, Noticed, in_order
from dsp.spectra import Spectra
from dsp.stream import FS, Batch, Framer
from dsp.tone_country import Belief, country_of
from dsp.types import CallerId, Digit, Event


class Chain:
    """Hear a line: digits, tones, caller ID and activity.

    Parameters
    ----------
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`, or ``auto`` to learn it.
    fs : int, optional
        Sampling rate; 8000 only, see `dsp.resample.Resampler`.
    pulses : bool, optional
        Whether to hear pulse dialling: not where edges of the hook tell of it.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(800) / 8000
    >>> two = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1336 * t))
    >>> chain = Chain()
    >>> events = chain.feed(np.concatenate([np.zeros(4000), two, np.zeros(4000)]))
    >>> [type(e).__name__ for e in events + chain.flush()]
    ['ActivityOnset', 'Digit', 'Activity']
    """

    def __init__(self, country: str = "us", fs: int = FS, pulses: bool = True) -> None:
        if fs != FS:
            raise ValueError(f"fs: want {FS} Hz for a stream, got {fs}; resample first")
        self._fs = fs
        self._country = country_of(country)
        self._pulses = pulses
        self._framer = Framer()
        self._restart()

    def _restart(self) -> None:
        self._progress = progress.Detector(self._country)
        self._detectors: tuple[Detector, ...] = (
            dtmf.Detector(),
            self._progress,
            answering.Detector(self._country),
            alert_tone.Detector(),
            activity.Detector(),
            *([pulse_audio.Detector()] if self._pulses else []),
        )
        self._caller_id = caller_id.FskForm(self._fs)
        self._caller_id.skip(self._framer.index)
        self._dtmf_form = caller_id.DtmfForm(self._fs)

    @property
    def index(self) -> int:
        """Number of samples fed and skipped so far."""
        return self._framer.index

    @property
    def country(self) -> Belief:
        """Whose tones are heard; what was learned outlasts gaps and resets."""
        return self._country.belief

    def expect_dial_tone(self) -> None:
        """Say that the handset has just been lifted; see `dsp.progress`."""
        self._progress.expect_dial_tone()

    def feed(self, x: ArrayLike) -> list[Event]:
        """Take samples and return what they make known.

        Parameters
        ----------
        x : array_like, shape (n,)
            int16, or float with full scale 1.0; any number of samples.

        Returns
        -------
        list of Event
            In order of the sample at which they became known.
        """
        if self._framer.hold(x):
            return []
        return in_order(self._scan(self._framer.feed(x)))

    def flush(self) -> list[Event]:
        """Close everything open at the end of the line; indices go on counting."""
        end = self._framer.index
        noticed: list[Noticed] = []
        for batch in self._framer.flush():
            noticed += self._scan([batch])
            last = [n for detector in self._detectors for n in detector.finish()]
            noticed += last + self._spelt(last, batch)
        noticed += self._read(self._caller_id.flush())
        self._restart()
        return in_order(noticed, end)

    def reset(self) -> None:
        """Forget everything heard, keeping the index."""
        self._framer.restart(self._framer.index)
        self._restart()

    def skip(self, lost: int) -> list[Event]:
        """Go `lost` samples on without hearing them; return what the gap closed.

        Raises
        ------
        ValueError
            If `lost` is negative.
        """
        if lost < 0:
            raise ValueError(f"lost: want 0 or more samples, got {lost}")
        events = self.flush()
        self._framer.restart(self._framer.index + lost)
        self._restart()
        return events

    def _scan(self, batches: Iterable[Batch]) -> list[Noticed]:
        noticed: list[Noticed] = []
        for batch in batches:
            spectra = Spectra(batch)
            fresh = [n for detector in self._detectors for n in detector.scan(spectra)]
            samples = batch.x[batch.context :]
            fresh += self._read(self._caller_id.feed(samples))
            noticed += fresh + self._spelt(fresh, batch)
        return noticed

    def _read(self, messages: Iterable[CallerId]) -> list[Noticed]:
        """Return the messages just read by FSK with the time they became known."""
        return list(zip(self._caller_id.known, messages, strict=True))

    def _spelt(self, noticed: Iterable[Noticed], batch: Batch) -> list[Noticed]:
        """Return the caller IDs that the digits among `noticed` complete."""
        found: list[Noticed] = []
        for known, event in noticed:
            if isinstance(event, Digit) and event.method == "dtmf":
                found += ((known, c) for c in self._dtmf_form.feed([event], batch))
        return found
