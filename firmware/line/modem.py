"""A caller-ID modem on a serial port: RING, and who is calling.

The modem is asked for caller ID, formatted (`AT+VCID=1`: DATE, TIME, NMBR, NAME) or
raw (`AT+VCID=2`: the exchange's message in hexadecimal).  What it sends is bounded,
cleaned and believed only where it parses; a modem that vanishes is opened again.
"""

import logging
import termios
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Any

import serial

from firmware.errors import HardwareError
from firmware.line.block import LineStatus
from firmware.line.modem_text import INITIAL, Dialogue, Heard, Ring
from firmware.line.timeline import TimedCallerId, TimedEdge, Timeline
from firmware.service.settings import Modem

#: How long one read waits, s: also the longest time `close` takes.
READ_S = 0.2
#: A RING says that the phone rings, not for how long.  Modems report one per cycle of
#: the cadence, of which none is shorter than 3 s; so 1 s keeps the cycles apart.
RING_S = 1.0
#: Bytes taken at once; a modem sends far fewer.
READ_BYTES = 4096

_log = logging.getLogger(__name__)


def open_modem(settings: Modem) -> "CallerIdModem | None":
    """Start listening to the modem of the settings; None if they name none."""
    return CallerIdModem(settings) if settings.device else None


class CallerIdModem:
    """Listens in a thread of its own, through unplugging, until closed."""

    signals = frozenset({"ring"})

    def __init__(
        self,
        settings: Modem,
        open_port: Callable[[Modem], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.edges: Timeline[TimedEdge] = Timeline()
        self.caller_ids: Timeline[TimedCallerId] = Timeline()
        self.edges.put(TimedEdge(clock(), "ring", 0))
        self._settings = settings
        self._open_port = open_port or _open_port
        self._clock = clock
        self._state = LineStatus(False, self._says("not opened yet"))
        self._ring_end_s = 0.0
        self._stop = Event()
        self._threads = ThreadPoolExecutor(1, "modem")
        self._running = self._threads.submit(self._run)

    def status(self) -> LineStatus:
        """Say whether the modem answers."""
        if self._running.done() and (error := self._running.exception()):
            # A fault of ours: the calls go on being recorded, without their numbers.
            return LineStatus(False, self._says(f"is no longer heard: {error!r}"))
        return self._state

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._threads.shutdown()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(self._open_port(self._settings)) as port:
                    self._listen(port)
            except (OSError, termios.error) as error:  # SerialException is an OSError
                self._tell(False, f"is not there, trying again: {error}")
                self._stop.wait(self._settings.retry_s)

    def _listen(self, port: Any) -> None:
        dialogue = Dialogue(self._settings.format)
        self._tell(*INITIAL)
        while not self._stop.is_set():
            now_s = self._clock()
            for command in dialogue.commands(now_s):
                port.write(command)
            data = port.read(1)
            data += port.read(min(port.in_waiting, READ_BYTES))
            now_s = self._clock()
            for heard in dialogue.feed(data, now_s):
                self._put(heard, now_s)
            self._tell(*dialogue.state)

    def _put(self, heard: Heard, now_s: float) -> None:
        if not isinstance(heard, Ring):
            self.caller_ids.put(TimedCallerId(now_s, heard))
        elif now_s >= self._ring_end_s:
            self._ring_end_s = now_s + RING_S
            self.edges.put(TimedEdge(now_s, "ring", 1))
            self.edges.put(TimedEdge(self._ring_end_s, "ring", 0))

    def _tell(self, ok: bool, message: str) -> None:
        state = LineStatus(ok, self._says(message))
        if state != self._state:
            _log.log(logging.INFO if ok else logging.WARNING, state.message)
            self._state = state

    def _says(self, message: str) -> str:
        return f"caller-ID modem {self._settings.device} {message}"


def probe(settings: Modem) -> None:
    """Ask the modem whether it is there; HardwareError says what it did instead."""
    says = f"caller-ID modem {settings.device}"
    try:
        with closing(_open_port(settings)) as port:
            port.write(b"AT\r")
            answer = port.read_until(b"OK", READ_BYTES)
    except (OSError, termios.error) as error:
        raise HardwareError(f"{says} is not there: {error}") from error
    if b"OK" not in answer:
        raise HardwareError(f"{says} does not answer AT; got {answer[:40]!r}")


def _open_port(settings: Modem) -> Any:
    return serial.Serial(
        settings.device, settings.baud, timeout=READ_S, write_timeout=1.0
    )
