"""The telephone line on a sound card, with its wired signals and caller-ID modem.

The card runs at a rate of its own; the sound is brought to the master rate here, and
edges and messages of other threads are put on the block of their time.  Losses are
counted by `capture`; what this module adds is ALSA and the join.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Event
from types import TracebackType
from typing import Self

import alsaaudio
import numpy as np

from dsp.dc import DcBlocker
from dsp.resample import Resampler
from firmware.errors import HardwareError
from firmware.line import clock
from firmware.line.block import FS, Anchor, Block, LineStatus, Samples
from firmware.line.capture import Capture, Card, Chunk
from firmware.line.gpio import Pins, open_pins
from firmware.line.modem import CallerIdModem, open_modem
from firmware.line.signals import Signals
from firmware.service.settings import Alsa, Settings

#: What ALSA says, and what it means to the owner.
PLAIN_WORDS = {
    "No such device": "is not there",
    "No such file or directory": "is not there",
    "Device or resource busy": "is in use by another program",
    "Permission denied": "may not be opened: the user must be in the group audio",
    "File descriptor in bad state": "was unplugged",
    "Input/output error": "has stopped answering",
}
#: Device names that say which card they mean: hw:1,0, plughw:CARD=Device …
_NAMES_CARD = re.compile(r"(?:plug)?hw:(?:CARD=)?([^,]+)")
EPIPE = -32


def open_alsa(device: str, settings: Settings) -> "AlsaLine":
    """Open the line as the settings describe it: card, pins and modem.

    A card that is not there is waited for; a pin that cannot be had is a
    HardwareError, for without it calls would go unnoticed.
    """
    pins = open_pins(settings.gpio)
    modem = open_modem(settings.modem)
    return AlsaLine(lambda: AlsaCard(device, settings.alsa), settings.alsa, pins, modem)


class AlsaCard:
    """An open ALSA capture device: mono samples without waiting."""

    def __init__(self, device: str, settings: Alsa) -> None:
        self.name = f"sound card {device}"
        self.remark = ""
        _check_present(device)
        try:
            self._pcm = alsaaudio.PCM(
                alsaaudio.PCM_CAPTURE,
                alsaaudio.PCM_NONBLOCK,
                device=device,
                rate=settings.rate_hz,
                channels=settings.channels,
                format=alsaaudio.PCM_FORMAT_S16_LE,
                periodsize=settings.rate_hz * settings.period_ms // 1000,
                periods=max(2, settings.buffer_ms // settings.period_ms),
            )
        except alsaaudio.ALSAAudioError as error:
            raise self._plain(error) from error
        try:
            self._accept(settings)
        except HardwareError:
            self._pcm.close()
            raise

    def _accept(self, settings: Alsa) -> None:
        """Take the rate and channels the card chose, or say what it offers."""
        info = self._pcm.info()
        self.rate_hz = int(info["rate"])
        self._channels = int(info["channels"])
        self._channel = settings.channel
        self._period = int(info["period_size"])
        if info["format"] != alsaaudio.PCM_FORMAT_S16_LE:
            raise HardwareError(
                f"{self.name}: want 16-bit samples, it offers {info['format_name']}; "
                "name it plughw:… and ALSA converts"
            )
        if self.rate_hz < FS:
            raise HardwareError(
                f"{self.name}: want {settings.rate_hz} Hz or at least {FS} Hz, "
                f"it offers {self._pcm.getrates()} Hz"
            )
        if self._channel >= self._channels:
            raise HardwareError(
                f"{self.name}: want channel {self._channel}, it has {self._channels} "
                "counted from 0; see [alsa] channel"
            )
        if self.rate_hz != settings.rate_hz:
            self.remark = f" (it does not offer {settings.rate_hz} Hz)"

    def read(self) -> tuple[Samples, bool]:
        parts = []
        try:
            while True:
                frames, data = self._pcm.read()
                if frames > 0:
                    parts.append(data)
                if frames < self._period:
                    break
        except alsaaudio.ALSAAudioError as error:
            raise self._plain(error) from error
        x = np.frombuffer(b"".join(parts), "<i2").reshape(-1, self._channels)
        return np.ascontiguousarray(x[:, self._channel], np.int16), frames == EPIPE

    def close(self) -> None:
        self._pcm.close()

    def _plain(self, error: Exception) -> HardwareError:
        reason = str(error).split(" [")[0]
        return HardwareError(f"{self.name} {PLAIN_WORDS.get(reason, reason)}")


@dataclass(frozen=True, slots=True)
class Probe:
    """What a card did when it was tried.  `peak` is the largest sample, 0..32768."""

    rate_hz: int
    remark: str
    heard_s: float
    peak: int


def probe(device: str, settings: Alsa, seconds: float) -> Probe:
    """Listen to a card for a moment; HardwareError says why that cannot be."""
    heard, peak = 0, 0
    pause = Event()
    with closing(AlsaCard(device, settings)) as card:
        end_s = clock.read().monotonic_s + seconds
        while clock.read().monotonic_s < end_s:
            pause.wait(settings.period_ms / 1000)
            samples, _ = card.read()
            heard += len(samples)
            peak = max(peak, int(np.abs(samples.astype(np.int32)).max(initial=0)))
        return Probe(card.rate_hz, card.remark, heard / card.rate_hz, peak)


class AlsaLine:
    """A line on a sound card; blocks of about a period, in real time."""

    def __init__(
        self,
        open_card: Callable[[], Card],
        settings: Alsa,
        pins: Pins | None = None,
        modem: CallerIdModem | None = None,
        *,
        block_dc: bool = True,
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
        self._index = 0
        self._end_s = 0.0
        self._delay_s: float | None = None
        self._threads = ThreadPoolExecutor(1, "capture")
        self._running = self._threads.submit(self._capture.run)

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
        """Say what the card does and whether the modem answers."""
        status = self._capture.status()
        if self._modem is None or self._modem.status().ok:
            return status
        return LineStatus(
            status.ok, f"{status.message}; {self._modem.status().message}"
        )

    def indicate(self, *, recording: bool) -> None:
        """Show on the status LED, if there is one, that a call is being recorded."""
        self._recording = recording

    def close(self) -> None:
        """Stop the capture and let go of card, pins and modem."""
        self._stop.set()
        self._capture.backlog.discard()
        self._threads.shutdown()
        if self._modem is not None:
            self._modem.close()
        if self._pins is not None:
            self._pins.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _watch_pins(self) -> None:
        if self._pins is None:
            return
        self._pins.reconcile()
        if not self._capture.status().ok:
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


def _check_present(device: str) -> None:
    """Say which cards there are if `device` names one that is absent.

    Asking ALSA to open it would do, but costs memory at every failure.
    """
    named = _NAMES_CARD.fullmatch(device.split(",")[0])
    if named is None:
        return
    card = named[1]
    indexes = [str(i) for i in alsaaudio.card_indexes()]
    names = alsaaudio.cards()
    if card not in (*indexes, *names):
        present = ", ".join(names) or "none"
        raise HardwareError(f"sound card {device} is not there; present: {present}")
