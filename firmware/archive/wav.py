"""The header of a growing master: 8 kHz, 16 bit, mono PCM (RIFF/WAVE, 1991).

While a master grows its sizes are the placeholder of streaming writers, which
libsndfile and FFmpeg read as "to the end of the file"; so a master opens at any
instant, and the true sizes are put in from the length of the file.
"""

import os
import struct

from firmware.archive import disk

#: Master rate, Hz: the telephone band, as ITU-T G.711.
FS = 8000
SAMPLE_BYTES = 2
HEADER_BYTES = 44
#: Size fields of a file whose length is not known yet.
UNKNOWN_SIZE = 0xFFFFFFFF

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_PCM = 1


def header(samples: int | None) -> bytes:
    """Return the header for so many samples; None while the file grows."""
    data = UNKNOWN_SIZE if samples is None else samples * SAMPLE_BYTES
    riff = min(data + HEADER_BYTES - 8, UNKNOWN_SIZE)
    return _HEADER.pack(
        b"RIFF", riff, b"WAVE", b"fmt ", 16, _PCM, 1, FS, FS * SAMPLE_BYTES,
        SAMPLE_BYTES, 8 * SAMPLE_BYTES, b"data", min(data, UNKNOWN_SIZE),
    )  # fmt: skip


def samples_in(length: int) -> int:
    """Return the whole samples in a master of `length` bytes."""
    return max(0, length - HEADER_BYTES) // SAMPLE_BYTES


def offset_of(sample: int) -> int:
    """Return the byte at which a sample begins."""
    return HEADER_BYTES + sample * SAMPLE_BYTES


def repair(fd: int) -> int:
    """Make an open, cut-off master whole from its length; return its samples.

    Half a sample at the end is cut off; a header that was not written completely
    is written anew.  Safe to repeat.
    """
    length = os.fstat(fd).st_size
    samples = samples_in(length)
    if length != offset_of(samples):
        disk.truncate(fd, min(length, offset_of(samples)))
    disk.write_at(fd, header(samples), 0)
    disk.sync_data(fd)
    return samples
