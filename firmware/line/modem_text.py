"""What a caller-ID modem says, from bytes to rings and messages.

Pure: bytes and the time go in, values come out.  No input makes it raise, loop or
grow: lines and messages have a longest length, and what does not parse is dropped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dsp.caller_id_message import ABSENCE, Message, clean_text, parse
from dsp.types import CallerId

#: Longest line kept: a message of 258 bytes (EN 300 659-3) in hexadecimal and a word
#: before it.
LINE_LIMIT = 600
#: Formatted lines of one message follow each other within this time, s.
MESSAGE_GAP_S = 1.0
#: An answer to a command comes within this time, s.
ANSWER_S = 3.0
#: The question is asked again in this interval, s: a modem that has lost its supply
#: for a moment has forgotten it, and does not say so.
RENEW_S = 600.0

#: ITU-T V.253 (+VCID), then the older dialect of Rockwell chips (#CID); then give up.
DIALECTS = {
    "formatted": (b"AT+VCID=1\r", b"AT#CID=1\r"),
    "raw": (b"AT+VCID=2\r", b"AT#CID=2\r"),
}
INITIAL = (True, "is being asked for caller ID")
#: Keys of formatted lines as makers write them.
KEYS = {
    "DATE": "date",
    "TIME": "time",
    "NMBR": "number",
    "DDN_NMBR": "number",
    "NAME": "name",
}
#: What stands in place of a number or a name that is withheld or not known.
ABSENCE_WORDS = {
    **ABSENCE,
    "PRIVATE": "private",
    "ANONYMOUS": "private",
    "UNAVAILABLE": "unavailable",
    "OUT OF AREA": "unavailable",
}
_FORMATTED = re.compile(r"([A-Z_]{4,8})\s*=\s*(.*)")
_RAW = re.compile(r"(?:MESG\s*=\s*)?((?:[0-9A-F]{2} ?){4,258})", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9*#+() A-D-]{1,24}")
_DATE = re.compile(r"(\d\d)\D?(\d\d)")


@dataclass(frozen=True, slots=True)
class Ring:
    """The modem says RING."""


Heard = Ring | CallerId


class Lines:
    """Cuts bytes into lines; of a line that is too long nothing is kept."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the complete lines, cleaned, empty ones left out."""
        for part in re.split(rb"([\r\n])", data):
            if part in (b"\r", b"\n"):
                text = "" if self._overlong else clean_line(bytes(self._line))
                self._line.clear()
                self._overlong = False
                if text:
                    yield text
            elif len(self._line) + len(part) > LINE_LIMIT:
                self._line.clear()
                self._overlong = True
            elif not self._overlong:
                self._line += part


def clean_line(data: bytes) -> str:
    """Keep what can be printed."""
    text = data.decode("latin-1")
    return "".join(c for c in text if c.isprintable()).strip()


class Dialogue:
    """Asks the modem for caller ID and understands what it says."""

    def __init__(self, form: Literal["formatted", "raw"]) -> None:
        self.state: tuple[bool, str] = INITIAL
        self._lines = Lines()
        self._dialects = DIALECTS[form]
        self._dialect = 0
        self._asked_s: float | None = None
        self._answered = False
        self._fields: dict[str, str] = {}
        self._field_s = 0.0

    def commands(self, now_s: float) -> list[bytes]:
        """Return what to send now; mostly nothing."""
        if self._asked_s is not None:
            waited_s = now_s - self._asked_s
            if self._answered and waited_s < RENEW_S:
                return []
            if not self._answered and waited_s < ANSWER_S:
                return []
            if not self._answered:
                self.state = (False, "does not answer")
        self._asked_s, self._answered = now_s, False
        return [self._dialects[self._dialect]]

    def feed(self, data: bytes, now_s: float) -> list[Heard]:
        """Take bytes, possibly none, and return what has become known."""
        heard: list[Heard] = []
        for line in self._lines.feed(data):
            heard += self._line(line, now_s)
        if self._fields and now_s - self._field_s >= MESSAGE_GAP_S:
            heard += self._finish()
        return heard

    def _line(self, line: str, now_s: float) -> list[Heard]:
        upper = line.upper()
        if upper == "RING":
            return [*self._finish(), Ring()]
        if upper in ("OK", "ERROR"):
            self._answer(upper == "OK")
            return []
        raw = _RAW.fullmatch(line)
        if raw:
            message = parse(bytes.fromhex(raw[1]))
            usable = message is not None and message.kind == "call_setup"
            return [_from_message(message)] if message and usable else []
        formatted = _FORMATTED.fullmatch(line)
        key = KEYS.get(formatted[1]) if formatted else None
        if formatted is None or key is None:
            return []
        before = self._finish() if key in self._fields else []
        self._fields[key] = formatted[2].strip()
        self._field_s = now_s
        return before

    def _answer(self, ok: bool) -> None:
        if self._answered or self._asked_s is None:
            return
        self._answered = ok
        if ok:
            self.state = (True, "reports caller ID")
        elif self._dialect + 1 < len(self._dialects):
            self._dialect += 1
            self._asked_s = None
        else:
            self._dialect, self._answered = 0, True
            self.state = (False, "refuses to report caller ID")

    def _finish(self) -> list[Heard]:
        fields, self._fields = self._fields, {}
        caller_id = from_fields(fields)
        return [caller_id] if caller_id else []


def from_fields(fields: dict[str, str]) -> CallerId | None:
    """Make a message of formatted lines; None if they say nothing of a caller."""
    number, number_absence = _value(fields.get("number", ""))
    name, name_absence = _value(clean_text(fields.get("name", "").encode("latin-1")))
    if number is not None and not _NUMBER.fullmatch(number):
        number = None
    absence = number_absence if number is None else None
    if number is None and name is None and absence is None:
        absence = name_absence
    if number is None and name is None and absence is None:
        return None
    return CallerId(
        number=number,
        name=name,
        date_time=_date_time(fields.get("date", ""), fields.get("time", "")),
        absence=absence,
        standard="modem",
        checksum_ok=True,
        start=0,
        end=0,
        fields={
            key: clean_text(text.encode("latin-1")) for key, text in fields.items()
        },
    )


def _value(text: str) -> tuple[str | None, str | None]:
    """Return (value, absence) of a field, either None."""
    absence = ABSENCE_WORDS.get(text.upper())
    return (None, absence) if absence else (text or None, None)


def _date_time(date: str, time: str) -> str | None:
    """Return ``MM-DD HH:MM`` of MMDD and HHMM, with or without signs between."""
    day, hour = _DATE.fullmatch(date), _DATE.fullmatch(time)
    if day is None or hour is None:
        return None
    fits = int(day[1]) <= 12 and int(day[2]) <= 31 and int(hour[1]) < 24
    if not fits or int(hour[2]) > 59:
        return None
    return f"{day[1]}-{day[2]} {hour[1]}:{hour[2]}"


def _from_message(message: Message) -> CallerId:
    return CallerId(
        number=message.number,
        name=message.name,
        date_time=message.date_time,
        absence=message.absence,
        standard="modem",
        checksum_ok=True,
        start=0,
        end=0,
        fields=message.fields,
    )
