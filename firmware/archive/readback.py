"""Reads recordings back: do they open to the last sample, and is anything on them?

What was found is kept with the hash of the file as it lies on the disk, sealed or not.
While the hash is the same the verdict holds, so that a locked archive can be proved
without its key, and nothing is decoded twice.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from firmware.archive import wav
from firmware.archive.ledger.facts import hash_file
from firmware.archive.line_log import LineLog, Verdict
from firmware.archive.opening import GetKey, open_master
from firmware.archive.reader import MasterReader, Samples, chunks
from firmware.errors import Locked, StoreError

#: Sound is measured in pieces of 100 ms, and is some from this level on, dBov: a
#: telephone line hisses at -65 and below, and quiet talk lies above -50.
PIECE = wav.FS // 10
HEARD_DBOV = -58.0
#: A recording with less sound than this is silent, s; a click is none.
LEAST_S = 0.5
#: ... or with less than this part of it, if it is short.
LEAST_PART = 0.1


def sound_s(pieces: Samples) -> float:
    """Return for how long there is anything but silence in some samples."""
    count = len(pieces) // PIECE
    if not count:
        return 0.0
    frames = pieces[: count * PIECE].reshape(count, PIECE).astype(np.float32) / 32768
    # What stays the same is no sound: a frozen input.
    power = frames.var(axis=1)
    return float(np.count_nonzero(power > 10 ** (HEARD_DBOV / 10))) * PIECE / wav.FS


def is_silent(found: Verdict) -> bool:
    """Tell whether there is nothing on a recording."""
    return found.heard_s < min(LEAST_S, LEAST_PART * found.samples / wav.FS)


def listen(reader: MasterReader) -> tuple[int, float]:
    """Return the samples that a master really yields, and the seconds of sound."""
    samples, heard_s = 0, 0.0
    for piece in chunks(reader):
        samples += len(piece)
        heard_s += sound_s(piece)
    return samples, heard_s


def read_back(call_id: str, path: Path, key: GetKey) -> Verdict:
    """Decode a recording whole and say what was found; Locked without its key."""
    stat, digest = path.stat(), hash_file(path)
    try:
        with open_master(path, key) as reader:
            samples, heard_s = listen(reader)
            good = samples == reader.frames
    except Locked:
        raise
    except StoreError:
        samples, heard_s, good = 0, 0.0, False
    size, mtime = stat.st_size, stat.st_mtime_ns
    return Verdict(call_id, path.name, size, mtime, digest, samples, heard_s, int(good))


def verdict(
    log: LineLog,
    call_id: str,
    path: Path,
    key: GetKey,
    vouched: Callable[[], str | None],
) -> Verdict | None:
    """Return what is known of a recording as it lies there now; None: nothing yet.

    `vouched` is the hash that the ledger has of the file.  It was read back before it
    was entered, so a sealed file that is still the same is good, though how much sound
    is on it was not noted then.
    """
    known, stat = log.verdict(call_id), path.stat()
    if known is not None and known.file == path.name:
        if (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            return known
        if known.sha256 == hash_file(path):
            return known
    with contextlib.suppress(Locked):
        found = read_back(call_id, path, key)
        with contextlib.suppress(StoreError):  # asked again the next time
            log.judge(found)
        return found
    digest = hash_file(path)
    same = digest == vouched()
    length = known.samples if known is not None else 0
    size, mtime = stat.st_size, stat.st_mtime_ns
    return Verdict(call_id, path.name, size, mtime, digest, length, LEAST_S, int(same))
