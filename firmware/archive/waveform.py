"""peaks.dat: the outline of a master, small enough for a phone.

Layout, little-endian: ``LKP1``, u32 samples per pixel, u32 samples in the master,
then one pair int8 (min, max) per pixel, full scale ±127.
"""

import struct

from dsp.peaks import Peaks
from firmware.archive.reader import MasterReader, chunks

MAGIC = b"LKP1"
HEADER = struct.Struct("<4sII")
#: Pixels of a long call: 60 kB at most, whatever its length.
MAX_PIXELS = 30_000
#: Finest resolution, samples: 10 ms.
MIN_PER_PIXEL = 80


def is_whole(data: bytes) -> bool:
    """Tell whether a peaks.dat came through the last power cut."""
    if len(data) < HEADER.size:
        return False
    magic, per_pixel, samples = HEADER.unpack_from(data)
    if magic != MAGIC or per_pixel < 1:
        return False
    pixels = -(-int(samples) // int(per_pixel))
    return len(data) == HEADER.size + 2 * pixels


def outline(reader: MasterReader) -> bytes:
    """Return the content of peaks.dat for a master."""
    per_pixel = max(MIN_PER_PIXEL, -(-reader.frames // MAX_PIXELS))
    peaks = Peaks(per_pixel)
    body = [peaks.feed(piece).tobytes() for piece in chunks(reader)]
    body.append(peaks.flush().tobytes())
    return HEADER.pack(MAGIC, per_pixel, reader.frames) + b"".join(body)
