"""The telephone line as it is: a sound card, wired signals and a caller-ID modem.

The card runs at a rate of its own; the sound is brought to the master rate here, and
edges and messages of other threads are put on the block of their time.  Losses are
counted by `capture`; this module is the join.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from dsp.dc import DcBlocker
from dsp.resample import Resampler
from firmware.closing import Closing
from firmware.line import clock
from firmware.line.block import FS, Anchor, Block, LineStatus, Samples
from firmware.line.capture import Capture, Card, Chunk
from firmware.line.gpio import Pins
from firmware.line.modem import CallerIdModem
from firmware.line.playback import CardSpeaker, Player
from firmware.line.sense import WORDS, Sense
from firmware.line.signals import Signals
from firmware.line.speaker import Speaker
from firmware.service.settings import Alsa


class LiveLine(Closing):
    """A line on a sound card; blocks of about a period, in real time."""

    def __init__(
        self,
        open_card: Callable[[], Card],
        settings: Alsa,
        pins: Pins | None = None,
        modem: CallerIdModem | None = None,
        *,
        block_dc: bool = True,
        open_player: Callable[[], Player] | None = None,
    ) -> None:
        self._pins = pins
        self._modem = modem
        self._signals = Signals(pins, modem)
        self.sensing = self._signals.sensing
        self._stop = Event()
        self._capture = Capture(open_card, settings, wait=self._stop.wait)
        self._resampler: Resampler | None = None
        self._dc = DcBlocker(FS) if block_dc else None
        self._recording = False
        self._fault = False
        self._lamp_tried = False
        self._index = 0
        self._end_s = 0.0
        self._delay_s: float | None = None
        self._speaker: CardSpeaker | None = None
        if open_player is not None:
            self._speaker = CardSpeaker(
                open_player,
                self._index_at,
                self._time_at,
                gain_db=settings.playback_gain_db,
                switch=None if pins is None else pins.beep_switch,
            )
        self._threads = ThreadPoolExecutor(1, "capture")
        self._running = self._threads.submit(self._capture.run)

    @property
    def speaker(self) -> Speaker | None:
        """What it says on the line with; None = it can only listen."""
        return self._speaker

    def blocks(self) -> Iterator[Block]:
        """Yield blocks until closed; an error of the capture thread is raised here."""
        while (chunk := self._capture.backlog.take()) is not None:
            self._watch_pins()
            yield from self._blocks_of(chunk)
        if not self._stop.is_set():
            self._running.result()

    def anchor(self) -> Anchor:
        """Tie the end of the last block to the wall clock."""
        if self._delay_s is None:
            return clock.anchor(0, clock.read().monotonic_s)
        return clock.anchor(self._index, self._delay_s + self._index / FS)

    def status(self) -> LineStatus:
        """Say what the card does, and what modem or speaker do not do."""
        status = self._capture.status()
        message = status.message
        if self._modem is not None and not self._modem.status().ok:
            message += f"; {self._modem.status().message}"
        if self._speaker is not None and self._speaker.trouble:
            message += f"; nothing can be said on the line: {self._speaker.trouble}"
        sense = None if self._pins is None else self._pins.sense
        if sense in WORDS:
            message += f"; {WORDS[sense]}"
        return LineStatus(status.ok and sense is not Sense.FAULT, message)

    def indicate(self, *, recording: bool, fault: bool = False) -> None:
        """Show on the status LED, if there is one, that a call is being recorded.

        A `fault` that keeps calls from being recorded shows instead.
        """
        self._recording, self._fault = recording, fault

    def try_lamp(self, *, on: bool) -> None:
        """Make the lamp blink fast for a try, or end that."""
        self._lamp_tried = on

    def close(self) -> None:
        """Stop the capture and let go of card, pins and modem."""
        self._stop.set()
        if self._speaker is not None:
            self._speaker.close()
        self._capture.backlog.discard()
        self._threads.shutdown()
        if self._modem is not None:
            self._modem.close()
        if self._pins is not None:
            self._pins.close()

    def _index_at(self, monotonic_s: float) -> int:
        """Return the index of an instant; what is not known yet is the beginning."""
        return round((monotonic_s - self._delay_s) * FS) if self._delay_s else 0

    def _time_at(self, index: int) -> float:
        return (self._delay_s or 0.0) + index / FS

    def _watch_pins(self) -> None:
        if self._pins is None:
            return
        self._pins.reconcile()
        if self._lamp_tried or not self.status().ok:
            self._pins.indicate("fault")
        elif self._pins.sense is Sense.DEAD:
            self._pins.indicate("cut")
        elif self._fault:
            self._pins.indicate("fault")
        elif self._recording:
            self._pins.indicate("recording")
        else:
            self._pins.indicate("ready")

    def _blocks_of(self, chunk: Chunk) -> Iterator[Block]:
        lost = 0
        if chunk.start_s - self._end_s > 0.5 / FS:
            tail = self._resampler.flush() if self._resampler else None
            if tail is not None and len(tail):
                yield self._block(tail, 0)
            lost = max(0, round(chunk.start_s * FS) - self._index)
            if self._dc is not None:
                self._dc.reset()
        self._end_s = chunk.end_s
        self._delay_s = chunk.delay_s
        if lost and not len(chunk.samples):
            yield self._block(chunk.samples, lost)
        elif len(chunk.samples):
            samples = self._converted(chunk)
            if len(samples) or lost:
                yield self._block(samples, lost)

    def _converted(self, chunk: Chunk) -> Samples:
        if self._resampler is None or self._resampler.fs_in != chunk.rate_hz:
            self._resampler = Resampler(chunk.rate_hz)
        return self._resampler.feed(chunk.samples)

    def _block(self, samples: Samples, lost: int) -> Block:
        assert self._delay_s is not None
        start = self._index + lost
        end = start + len(samples)
        if self._dc is not None:
            samples = self._dc.feed(samples)
        edges, caller_ids = self._signals.between(self._index, end, self._delay_s)
        self._index = end
        return Block(start, samples, edges, lost, caller_ids)
