"""Sound cards through ALSA: opened as they can be, read without waiting."""

import ctypes
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from threading import Event

import alsaaudio
import numpy as np

from firmware.errors import HardwareError
from firmware.line import clock
from firmware.line.alsa_mixer import NAMES_CARD, tune
from firmware.line.block import FS, Samples
from firmware.line.gpio import open_pins
from firmware.line.live import LiveLine
from firmware.line.modem import open_modem
from firmware.line.playback import Player
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
EPIPE = -32
#: What is handed to a card is played so much later, ms: enough for a busy machine.
PLAYED_AHEAD_MS = 80
#: snd_lib_error_handler_t: file, line, function, error and a format; its further
#: arguments are the caller's business in every ABI Linux has.
_ErrorHandler = ctypes.CFUNCTYPE(
    None,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_char_p,
)


def open_alsa(device: str, settings: Settings) -> LiveLine:
    """Open the line as the settings describe it: card, pins and modem.

    A card that is not there is waited for; a pin that cannot be had is a
    HardwareError, for without it calls would go unnoticed.
    """
    pins = open_pins(settings.gpio)
    modem = open_modem(settings.modem)
    alsa = settings.alsa
    return LiveLine(
        lambda: AlsaCard(device, alsa),
        alsa,
        pins,
        modem,
        open_player=_player(device, alsa) if settings.consent.can_inject else None,
    )


def _player(device: str, settings: Alsa) -> Callable[[], Player]:
    name = settings.playback_device or device
    return lambda: AlsaPlayer(name, settings)


class AlsaCard:
    """An open ALSA capture device: mono samples without waiting."""

    def __init__(self, device: str, settings: Alsa) -> None:
        self.name = f"sound card {device}"
        self.device = device
        self.remark = ""
        _hush_alsa()
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
        if settings.mixer == "auto":
            self.remark += tune(self.device)

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
        return _plain(self.name, error)


class AlsaPlayer:
    """An open ALSA playback device that takes mono samples without waiting."""

    def __init__(self, device: str, settings: Alsa) -> None:
        self._name = f"sound card {device}"
        _hush_alsa()
        _check_present(device)
        try:
            self._pcm = alsaaudio.PCM(
                alsaaudio.PCM_PLAYBACK,
                alsaaudio.PCM_NONBLOCK,
                device=device,
                rate=settings.rate_hz,
                channels=settings.channels,
                format=alsaaudio.PCM_FORMAT_S16_LE,
                periodsize=settings.rate_hz * settings.period_ms // 1000,
                periods=PLAYED_AHEAD_MS // settings.period_ms + 1,
            )
        except alsaaudio.ALSAAudioError as error:
            raise _plain(self._name, error) from error
        info = self._pcm.info()
        self.rate_hz = int(info["rate"])
        self._channels = int(info["channels"])
        if info["format"] != alsaaudio.PCM_FORMAT_S16_LE or self.rate_hz < FS:
            self._pcm.close()
            raise HardwareError(
                f"{self._name}: want 16-bit samples at {FS} Hz or more, it plays "
                f"{info['format_name']} at {self.rate_hz} Hz; name it plughw:…"
            )

    def write(self, samples: Samples) -> int:
        """Hand over what the card has room for; an underrun takes nothing."""
        part = samples[: self.rate_hz // 10]
        data = np.repeat(part, self._channels).astype("<i2").tobytes()
        try:
            return max(0, int(self._pcm.write(data)))
        except alsaaudio.ALSAAudioError as error:
            raise _plain(self._name, error) from error

    def close(self) -> None:
        """Throw away what is not played yet."""
        with suppress(alsaaudio.ALSAAudioError):
            self._pcm.drop()
        self._pcm.close()


def _plain(name: str, error: Exception) -> HardwareError:
    reason = str(error).split(" [")[0]
    return HardwareError(f"{name} {PLAIN_WORDS.get(reason, reason)}")


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


def probe_player(device: str, settings: Alsa) -> int:
    """Return the rate at which a card plays; HardwareError says why it does not."""
    with closing(AlsaPlayer(device, settings)) as player:
        return player.rate_hz


@cache
def _hush_alsa() -> object:
    """Keep ALSA from printing its own half dozen lines at every failure.

    What it says reaches the owner as a HardwareError.  The handler is returned, and so
    kept alive, because ALSA holds its address.
    """
    handler = _ErrorHandler(lambda *_: None)
    ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
    return handler


def _check_present(device: str) -> None:
    """Say which cards there are if `device` names one that is absent.

    Asking ALSA to open it would do, but costs memory at every failure.
    """
    named = NAMES_CARD.fullmatch(device.split(",")[0])
    if named is None:
        return
    card = named[1]
    indexes = [str(i) for i in alsaaudio.card_indexes()]
    names = alsaaudio.cards()
    if card not in (*indexes, *names):
        present = ", ".join(names) or "none"
        raise HardwareError(f"sound card {device} is not there; present: {present}")
