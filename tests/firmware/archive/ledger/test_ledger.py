"""The ledger: what it refuses, that it only grows, and that it proves what it holds."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.archive.ledger import Entry, Ledger, merkle
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.entry import KINDS, EntryError
from firmware.archive.ledger.ledger import HEAD
from firmware.archive.ledger.note import Checkpoint
from firmware.archive.ledger.store import NAME
from firmware.errors import StoreError

CALL = "20270115-080000-abcd"
AT = 1_800_000_000.0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as ledger:
        yield ledger


def entry(number: int = 0, kind: str = "played", **data: Any) -> Entry:
    return Entry(kind, CALL, "anna", AT + number, data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"kind": "whispered"}, "kind: want one of"),
        ({"call_id": "../etc"}, "call: want a call's id"),
        ({"by": ""}, "by: want the name"),
        ({"by": "a\nb"}, "by: want the name"),
        ({"number": "+15550123456"}, "'number' is not for the ledger"),
        ({"reason": "+1 555 0123"}, "reason: want a code"),
        ({"reason": "he asked me to"}, "reason: want a code"),
        ({"facts": "abc"}, "facts: want a hash"),
        ({"samples": -1}, "samples: want a count"),
        ({"samples": True}, "samples: want a count"),
        ({"files": {"../x": None}}, "files: want a files"),
        ({"files": {"a.flac": "hash"}}, "files: want a files"),
        ({"heard": "yes"}, "heard: want a flag"),
        ({"lost_s": float("nan")}, "lost_s: want a seconds"),
        ({"until": "tomorrow"}, "until: want a time"),
        ({"kind": "packed"}, "packed: want files"),
    ],
)
def test_what_must_not_be_in_the_ledger(
    ledger: Ledger, data: dict[str, Any], problem: str
) -> None:
    given = {"kind": "played", "call_id": CALL, "by": "anna", "at_utc": AT, **data}
    with pytest.raises(StoreError, match=problem):
        ledger.add(**given)
    assert ledger.size == 0


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"at":"2027-01-15T08:00:00.000Z","by":"a","call":"","kind":"played"} ',
        b'{"by":"a","at":"2027-01-15T08:00:00.000Z","call":"","kind":"played"}',
        b'{"at":"2027-01-15T08:00:00.000Z","by":1,"call":"","kind":"played"}',
        b'{"at":"2027-01-15T08:00:00Z","by":"a","call":"","kind":"played"}',
    ],
)
def test_a_line_that_is_no_entry_is_refused(line: bytes) -> None:
    with pytest.raises(EntryError):
        Entry.parse(line)


def test_an_entry_is_read_back_to_the_byte() -> None:
    given = entry(1, "closed", samples=80_000, files={"hashes.dat": "0" * 64})
    assert Entry.parse(given.raw).raw == given.raw


@pytest.mark.parametrize("table", ["entries", "tiles"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET rowid = 9", "DELETE FROM {}"])
def test_the_file_refuses_changes(ledger: Ledger, table: str, deed: str) -> None:
    ledger.add_all([entry(number) for number in range(300)])
    deed = deed.replace("rowid", "id" if table == "entries" else "level")
    with (
        sqlite3.connect(ledger.state_dir / NAME) as db,
        pytest.raises(sqlite3.IntegrityError, match="the ledger only grows"),
    ):
        db.execute(deed.format(table))


def test_a_ledger_without_a_key_says_so(ledger: Ledger) -> None:
    ledger.add("played", CALL, "anna", AT)
    path = ledger.state_dir / signing.FOLDER / signing.NAME
    path.write_text("nonsense")
    with pytest.raises(StoreError, match="the signing key is damaged"):
        ledger.checkpoint()
    path.unlink()
    with pytest.raises(StoreError, match="the signing key cannot be read"):
        ledger.checkpoint()
    assert ledger.add("played", CALL, "anna", AT).index == 2, "adding goes on"


def test_an_empty_ledger_has_no_checkpoint(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="empty"):
        ledger.checkpoint()
    assert not ledger.head()


def test_the_key_is_for_the_box_alone(ledger: Ledger) -> None:
    ledger.add("played", CALL, "anna", AT)
    path = ledger.state_dir / signing.FOLDER / signing.NAME
    assert path.stat().st_mode & 0o777 == 0o600


def test_entries_have_their_places(ledger: Ledger) -> None:
    ledger.add("created", CALL, "recorder", AT, clock="synced", start=_time())
    ledger.add("unlocked", "", "anna", AT)
    played = ledger.add("played", CALL, "anna", AT + 5, reason="dispute")
    assert played.index == 3
    assert [e.kind for e in ledger.entries(CALL)] == ["created", "played"]
    assert [e.kind for e in ledger.entries()] == [
        *("begun", "created", "unlocked", "played")
    ]
    assert ledger.entries(CALL)[1] == played


def test_several_processes_add_at_once(tmp_path: Path) -> None:
    def work(number: int) -> None:
        with Ledger(tmp_path) as mine:
            for step in range(10):
                mine.add("played", CALL, f"user{number}", AT + step)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Ledger(tmp_path) as ledger:
        kinds = [e.kind for e in ledger.walk()]
    assert kinds == ["begun"] + ["played"] * 60


@pytest.mark.parametrize("count", [1, 255, 256, 600])
def test_roots_and_proofs_are_those_of_the_plain_tree(
    ledger: Ledger, count: int
) -> None:
    ledger.add_all([entry(number) for number in range(count)])
    leaves = [merkle.leaf_hash(line) for line in ledger.file.lines()]
    spans = merkle.spans_of(leaves)
    size = count + 1
    assert ledger.size == size
    assert Checkpoint.of(ledger.checkpoint()).root == merkle.root(leaves)
    for index in {0, 1, size // 2, size - 1}:
        proof = ledger.prove(index)
        assert proof.holds
        assert proof.path == merkle.inclusion(index, size, spans)
    for old in {1, size // 2, size - 1, size}:
        assert ledger.file.root(old) == merkle.root(leaves[:old])
        found = ledger.file.consistency(old, size)
        assert found == merkle.consistency(old, size, spans)


def test_roots_of_256_times_256_entries(ledger: Ledger) -> None:
    ledger.add_all([entry(number) for number in range(65_600)])
    leaves = [merkle.leaf_hash(line) for line in ledger.file.lines()]
    assert {level for level, _, _ in ledger.file.tiles()} == {1, 2}
    assert ledger.file.root(len(leaves)) == merkle.root(leaves)
    assert ledger.prove(70).holds


def test_the_head_is_the_newest_checkpoint(ledger: Ledger) -> None:
    for number in range(3):
        ledger.add("played", CALL, "anna", AT + number)
        head = ledger.head()
        assert head == ledger.checkpoint()
        assert ledger.public_key.check(head) is None


@pytest.mark.parametrize("damage", [b"", b"\0" * 512, b"\xff" * 512, b"text\n\n\n"])
def test_a_damaged_head_is_none(ledger: Ledger, damage: bytes) -> None:
    ledger.add("played", CALL, "anna", AT)
    (ledger.state_dir / HEAD).write_bytes(damage)
    assert ledger.head() is None


def test_a_ledger_with_a_hole_gives_no_root(ledger: Ledger) -> None:
    ledger.add_all([entry(number) for number in range(20)])
    with sqlite3.connect(ledger.state_dir / NAME) as db:
        db.execute("DROP TRIGGER entries_no_delete")
        db.execute("DELETE FROM entries WHERE id = 7")
    with pytest.raises((StoreError, IndexError), match="missing"):
        ledger.checkpoint()


def test_every_kind_has_a_word() -> None:
    assert all(kind.isidentifier() for kind in KINDS)


def _time() -> str:
    return "2027-01-15T08:00:00.000Z"
