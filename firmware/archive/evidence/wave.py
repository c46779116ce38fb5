"""A recording as Broadcast Wave: EBU Tech 3285 `bext`, and `iXML`, before the samples.

Both chunks say what, when and by what; they are text that anybody can edit, and
therefore help to find one's way, and prove nothing.
"""

import struct
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from firmware import __version__
from firmware.archive.model import Call
from firmware.archive.wav import FS, SAMPLE_BYTES

#: EBU Tech 3285, 2.3: fixed lengths of the text fields.
_DESCRIPTION, _ORIGINATOR, _REFERENCE = 256, 32, 32
_RESERVED = 190 + 64  # UMID and what is reserved, all zero: version 1
_HISTORY = (
    f"A=PCM,F={FS},W=16,M=mono,T=telephone line as heard;Linekeeper {__version__}"
)


def header(call: Call, samples: int) -> bytes:
    """Return all of a WAV file that stands before its samples."""
    start = datetime.fromtimestamp(call.start_utc + call.audio_offset_s, UTC)
    chunks = (
        _chunk(b"bext", _bext(call, start))
        + _chunk(b"iXML", _ixml(call, start))
        + _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, FS, FS * 2, 2, 16))
    )
    size = samples * SAMPLE_BYTES
    data = b"data" + struct.pack("<I", size)
    riff = len(chunks) + len(data) + size + 4
    return b"RIFF" + struct.pack("<I", riff) + b"WAVE" + chunks + data


def since_midnight(start: datetime) -> int:
    """Return the samples from midnight, UTC, to the first sample."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return round((start - midnight).total_seconds() * FS)


def _bext(call: Call, start: datetime) -> bytes:
    said = f"Telephone call {call.id}, line {call.line}; times are UTC"
    return (
        _text(said, _DESCRIPTION)
        + _text("Linekeeper", _ORIGINATOR)
        + _text(call.id, _REFERENCE)
        + start.strftime("%Y-%m-%d%H:%M:%S").encode()
        + struct.pack("<QH", since_midnight(start), 1)
        + bytes(_RESERVED)
        + f"{_HISTORY}\r\n".encode()
    )


def _ixml(call: Call, start: datetime) -> bytes:
    samples = since_midnight(start)
    stamp = "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT"
    speed = {
        "FILE_SAMPLE_RATE": FS,
        "AUDIO_BIT_DEPTH": 16,
        "DIGITIZER_SAMPLE_RATE": FS,
        f"{stamp}_HI": samples >> 32,
        f"{stamp}_LO": samples & 0xFFFFFFFF,
        "TIMESTAMP_SAMPLE_RATE": FS,
    }
    note = f"Telephone line {call.line}, clock {call.clock}, UTC"
    rows = {"IXML_VERSION": "2.10", "PROJECT": "Linekeeper", "TAPE": call.id}
    body = _tags({**rows, "NOTE": note}) + f"<SPEED>{_tags(speed)}</SPEED>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML>{body}</BWFXML>\n'
    return text.encode()


def _tags(rows: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in rows.items()
    )


def _text(text: str, length: int) -> bytes:
    return text.encode("ascii", "replace")[:length].ljust(length, b"\0")


def _chunk(name: bytes, data: bytes) -> bytes:
    pad = b"\0" * (len(data) % 2)
    return name + struct.pack("<I", len(data)) + data + pad


def samples_at(data: bytes) -> tuple[int, int]:
    """Return where a WAV's samples begin and how many bytes they are; ValueError."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    at = 12
    while at + 8 <= len(data):
        name, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if name == b"data":
            if at + 8 + size > len(data):
                break
            return at + 8, size
        at += 8 + size + size % 2
    raise ValueError("a WAV file without its samples")
