"""The far end of a modem's serial cable."""

import os
import select
import tty
from threading import Event


class FakeModem:
    """A modem of which the test is the brain; `device` is what to open."""

    def __init__(self) -> None:
        self.end, near = os.openpty()
        tty.setraw(near)
        self.device = os.ttyname(near)
        os.close(near)

    def expect(self, command: bytes) -> None:
        """Wait until the recorder has sent `command`."""
        heard = b""
        while command not in heard:
            ready, _, _ = select.select([self.end], [], [], 10)
            assert ready, f"waited for {command!r}, got {heard!r}"
            try:
                heard += os.read(self.end, 100)
            except OSError:  # nobody has opened the other end yet
                Event().wait(0.02)

    def say(self, text: bytes) -> None:
        os.write(self.end, text)

    def unplug(self) -> None:
        if self.end >= 0:
            os.close(self.end)
        self.end = -1

    def answer(self, command: bytes, text: bytes) -> None:
        """Wait for `command`, then say `text`."""
        self.expect(command)
        self.say(text)
