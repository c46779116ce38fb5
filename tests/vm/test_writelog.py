"""The log of writes is read as the kernel writes it; a cut loses what may be lost."""

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.vm.truth import Truth, parse
from tests.vm.writelog import (
    DISCARD,
    FLUSH,
    FUA,
    MAGIC,
    MARK,
    SECTOR,
    Disk,
    WriteLog,
    cut,
)


def entry(sector: int, sectors: int, flags: int, data: bytes = b"") -> bytes:
    """One entry of drivers/md/dm-log-writes.c with its data."""
    length = len(data) if flags & MARK else 0
    head = struct.pack("<QQQQ", sector, sectors, flags, length)
    if flags & MARK:
        return (head + data).ljust(SECTOR, b"\0")
    return head.ljust(SECTOR, b"\0") + data


def make(tmp_path: Path, *entries: bytes) -> WriteLog:
    base, log = tmp_path / "base", tmp_path / "log"
    base.write_bytes(b"." * 8 * SECTOR)
    head = struct.pack("<QQQI", MAGIC, 1, len(entries), SECTOR)
    log.write_bytes(head.ljust(SECTOR, b"\0") + b"".join(entries))
    return WriteLog(base, log)


def sectors(path: Path) -> str:
    data = path.read_bytes()
    return "".join(chr(data[at]) for at in range(0, len(data), SECTOR))


def test_something_else_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(bytes(SECTOR))
    (tmp_path / "base").write_bytes(b"")
    with pytest.raises(ValueError, match="not a log"):
        WriteLog(tmp_path / "base", tmp_path / "log")


def test_disk_follows_writes_discards_and_marks(tmp_path: Path) -> None:
    log = make(
        tmp_path,
        entry(1, 2, 0, b"a" * 2 * SECTOR),
        entry(0, 0, MARK, b"17"),
        entry(2, 1, DISCARD),
        entry(5, 1, 0, b"b" * SECTOR),
    )
    assert [e.mark for e in log.entries] == ["", "17", "", ""]
    disk = Disk(log, tmp_path / "now")
    disk.forward(2)
    assert sectors(disk.image) == ".aa....."
    disk.forward(4)
    assert sectors(disk.image) == ".a\0..b.."


def test_cut_keeps_what_was_flushed_or_forced(tmp_path: Path) -> None:
    log = make(
        tmp_path,
        entry(0, 1, 0, b"a" * SECTOR),
        entry(0, 0, FLUSH),
        entry(1, 1, 0, b"b" * SECTOR),
        entry(2, 1, FUA, b"c" * SECTOR),
    )
    seen = set()
    for seed in range(20):
        lost = cut(log, tmp_path / "cut", 4, np.random.default_rng(seed))
        seen.add((sectors(tmp_path / "cut"), lost))
    assert seen == {("abc.....", 0), ("a.c.....", 1)}


def test_write_that_flushes_first_may_itself_be_lost(tmp_path: Path) -> None:
    """A flush with data covers what came before, not the data it carries."""
    log = make(
        tmp_path,
        entry(0, 1, 0, b"a" * SECTOR),
        entry(1, 1, FLUSH, b"b" * SECTOR),
    )
    results = set()
    for seed in range(20):
        cut(log, tmp_path / "cut", 2, np.random.default_rng(seed))
        results.add(sectors(tmp_path / "cut"))
    assert results == {"ab......", "a......."}


def test_promises_are_heard_in_order() -> None:
    said, trouble = parse(
        [
            'LAB {"n": 1, "what": "begin", "call": "x", "number": 3}\n',
            'LAB {"n": 2, "what": "begun", "call": "x"}\n',
            'LAB {"n": 3, "what": "audio", "call": "x", "given": 640, "safe": 160}\n',
            "LAB failed 1\n",
        ]
    )
    truth = Truth()
    for line in said:
        truth.hear(line)
    assert (truth.calls["x"].given, truth.calls["x"].safe) == (640, 160)
    assert truth.calls["x"].begun
    assert trouble == ["LAB failed 1"]


def test_call_that_stepped_down_is_not_exact_ever_after() -> None:
    truth = Truth()
    for number, what in enumerate(["ended", "stepping", "stepped", "erasing"]):
        truth.hear({"n": number, "what": what, "call": "x", "samples": 8})
        assert truth.calls["x"].smaller is (number > 0)
    assert truth.calls["x"].state == "erasing"
