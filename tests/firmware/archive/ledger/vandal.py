"""An archive full of life, and every way to spoil it that a random choice can find.

A spoiler changes files on the disk as an intruder would, some of them with the box's
own signing key.  It returns the words by which the check may name what it did.
"""

import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from firmware.archive import Archive
from firmware.archive.ledger import Ledger, minisign
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.anchoring import anchor
from firmware.archive.ledger.anchors import Trust
from firmware.archive.ledger.entry import Entry
from firmware.archive.ledger.note import Note
from firmware.archive.model import Call, iso
from firmware.archive.retention import Rules
from firmware.service.settings import Proof
from tests.firmware.archive.helpers import new_call, record
from tests.firmware.archive.ledger.authority import Authority

DAY = 86_400.0
Words = set[str]
RECORD = {"record_altered", "record_damaged", "signature_altered", "record_missing"}
FILE = {"file_altered", "file_missing", "file_unknown", "file_back", "hashes_altered"}
LEDGER = {
    *("ledger_damaged", "entry_missing", "entry_altered", "tree_altered"),
    *("rolled_back", "rewritten", "head_altered", "head_missing", "entry_late"),
    "ledger_missing",
}
ROW = {"row_missing", "row_altered", "row_unknown"}
ANCHOR = {"anchor_altered", "stamp_altered"}
UNKNOWN = {"record_unknown"}


@dataclass(frozen=True)
class House:
    """The archive as it is, as it was at two moments before, and who saw it."""

    now: Path
    before_anchor: Path
    after_anchor: Path
    trust: Trust
    kept: Note  # a checkpoint on paper, of just now


def build(folder: Path) -> House:
    """Live through some days of calls, with an anchor on the way."""
    rng = np.random.default_rng(17)
    authority = Authority(folder / "tsa")
    start = time.time() - 40 * DAY
    state = folder / "state"
    with Archive(state) as archive, authority.serve() as url:
        proof = Proof(tsa_url=url, tsa_certificates=str(authority.roots))
        calls = [_call(archive, rng, start + n * 3600) for n in range(6)]
        _missed(archive, start + 9 * 3600)
        archive.ledger.add("played", calls[0].id, "anna", start + DAY)
        archive.finish_pending()
        before = shutil.copytree(state, folder / "before")
        assert anchor(archive.ledger, proof, time.time()).how == ["tsa"]
        after = shutil.copytree(state, folder / "after")
        _legal(archive, calls, rng)
        archive.finish_pending()
        archive.ledger.add("played", calls[0].id, "bert", time.time())
        kept = archive.ledger.checkpoint()
    return House(state, before, after, Trust(authority.roots), kept)


def _call(archive: Archive, rng: np.random.Generator, at_utc: float) -> Call:
    sound = rng.normal(0, 2000, int(rng.integers(9_000, 20_000))).astype(np.int16)
    number = f"+1555010{rng.integers(100, 200)}"
    return record(archive, sound, at_utc, number=number, clock="synced")


def _missed(archive: Archive, at_utc: float) -> None:
    call = new_call(archive, at_utc, clock="synced", direction="incoming")
    archive.begin(call)
    call.outcome, call.end_s, call.no_audio_reason = "missed", 18.0, "not_answered"
    archive.end(call)


def _legal(archive: Archive, calls: list[Call], rng: np.random.Generator) -> None:
    """Do what may be done: none of it is an alarm."""
    now = time.time()
    archive.keeping.star(calls[0].id, "anna", now)
    archive.keeping.bin(calls[1].id, "anna", now, reason="noise",
                        rules=Rules(), days=7)  # fmt: skip
    archive.keeping.restore(calls[1].id, "anna", now)
    archive.eraser.erase([calls[2].id], "anna", now, reason="asked", rules=Rules())
    archive.eraser.remove(calls[3].id, "audio", "purpose_over", "sweep", now)
    _call(archive, rng, now - 600)
    _missed(archive, now - 300)


class Vandal:
    """Spoils a copy of the house at random; `deeds` are all it can do."""

    def __init__(self, house: House, state: Path, seed: int) -> None:
        self.house = house
        self.state = state
        self.rng = np.random.default_rng(seed)
        self.others: list[Note] = []
        self.deeds: list[Callable[[], Words]] = [
            self.flip_a_bit,
            self.truncate_a_file,
            self.delete_a_file,
            self.swap_two_files,
            self.add_a_file,
            self.delete_a_call,
            self.redate_a_record,
            self.edit_a_record_and_sign_it,
            self.swap_two_records,
            self.put_back_an_old_record,
            self.edit_an_entry,
            self.redate_an_entry,
            self.swap_two_entries,
            self.delete_an_entry,
            self.cut_the_ledger,
            self.insert_an_entry,
            self.edit_a_stored_root,
            self.roll_back_the_ledger,
            self.roll_back_ledger_and_head,
            self.roll_back_the_catalogue,
            self.roll_back_everything,
            self.edit_a_row,
            self.delete_a_row,
            self.spoil_an_anchor,
            self.delete_an_anchor,
            self.sign_another_head,
            self.enter_a_call_of_yesterday,
            self.write_the_ledger_anew,
            self.plant_a_call,
        ]

    def work(self) -> tuple[str, Words]:
        """Do one thing; return its name and the words that may name it."""
        deed = self.deeds[self.rng.integers(len(self.deeds))]
        return deed.__name__, deed()

    # what lies in the folders

    def flip_a_bit(self) -> Words:
        path = self.pick(self.files())
        data = bytearray(path.read_bytes())
        data[self.rng.integers(len(data))] ^= 1 << int(self.rng.integers(8))
        path.write_bytes(data)
        return RECORD | FILE

    def truncate_a_file(self) -> Words:
        path = self.pick(self.files())
        data = path.read_bytes()
        path.write_bytes(data[: self.rng.integers(len(data))])
        return RECORD | FILE | {"signature_altered"}

    def delete_a_file(self) -> Words:
        self.pick(self.files()).unlink()
        return RECORD | FILE | {"signature_missing"}

    def swap_two_files(self) -> Words:
        name = self.pick(["master.flac.sealed", "seal.key", "hashes.dat", "call.json"])
        first, second = self.two([p for p in self.files() if p.name == name])
        _swap(first, second)
        return RECORD | FILE

    def add_a_file(self) -> Words:
        folder = self.pick(self.files()).parent
        (folder / self.pick(["master.opus", "notes.txt", "copy-1.flac"])).write_bytes(
            b"x"
        )
        return {"file_unknown"}

    def delete_a_call(self) -> Words:
        shutil.rmtree(self.pick(self.files()).parent)
        return {"record_missing"}

    def plant_a_call(self) -> Words:
        folder = self.pick(self.files()).parent
        other = folder.with_name(folder.name[:-4] + "zzzz")
        shutil.copytree(folder, other)
        self.edit(other / "call.json", id=other.name)
        return UNKNOWN

    # records

    def redate_a_record(self) -> Words:
        path = self.record()
        at = time.time() - float(self.rng.uniform(1, 300)) * DAY
        self.edit(path, start_utc=iso(at))
        return RECORD

    def edit_a_record_and_sign_it(self) -> Words:
        """As somebody does who has copied the box's key."""
        path = self.record()
        change = self.pick(
            [
                {"number": "+15550199999"},
                {"decision": "RECORD"},
                {"name": "Nobody"},
                {"duration_s": 4.5},
                {"start_utc": iso(time.time() - 99 * DAY)},
                {"marks": [{"at_s": 1.0, "kind": "gap", "text": "", "length_s": 3.0}]},
                {"consent": {"notice": {"heard": True}}},
                {"clock": "unknown"},
            ]
        )
        record = json.loads(path.read_bytes())
        if all(record[key] == value for key, value in change.items()):
            change = {"line": "9"}
        raw = self.edit(path, **change)
        key = signing.load(self.state)
        text = minisign.sign(raw, key, f"call:{path.parent.name}")
        path.with_name("call.json.minisig").write_text(text)
        return {"record_altered"}

    def swap_two_records(self) -> Words:
        first, second = self.two([p for p in self.files() if p.name == "call.json"])
        _swap(first, second)
        for each in ("call.json.minisig",):
            _swap(first.with_name(each), second.with_name(each))
        return RECORD

    def put_back_an_old_record(self) -> Words:
        """The call that was erased since gets its record back, signature and all."""
        name = "call.json"
        for path in sorted(self.house.after_anchor.glob(f"recordings/*/*/*/*/{name}")):
            now = self.state / path.relative_to(self.house.after_anchor)
            if (
                json.loads(now.read_bytes())["audio"]
                == "none"
                != json.loads(path.read_bytes())["audio"]
            ):
                shutil.copy(path, now)
                shutil.copy(path.with_name(f"{name}.minisig"), now.parent)
                return RECORD | ROW
        raise AssertionError("nothing was erased")

    # the ledger

    def edit_an_entry(self) -> Words:
        place, line = self.entry()
        data = json.loads(line)
        key = self.pick([key for key in data if key != "at"])
        data[key] = "something else"
        self.sql("UPDATE entries SET line = ? WHERE id = ?", _line(data), place)
        return LEDGER | RECORD | FILE | UNKNOWN

    def redate_an_entry(self) -> Words:
        place, line = self.entry()
        data = json.loads(line)
        data["at"] = iso(time.time() - float(self.rng.uniform(50, 400)) * DAY)
        self.sql("UPDATE entries SET line = ? WHERE id = ?", _line(data), place)
        return LEDGER

    def swap_two_entries(self) -> Words:
        (a, first), (b, second) = self.two(self.entries())
        sql = "UPDATE entries SET line = ?, call_id = ? WHERE id = ?"
        self.sql(sql, second, json.loads(second)["call"], a)
        self.sql(sql, first, json.loads(first)["call"], b)
        return LEDGER | RECORD | FILE

    def delete_an_entry(self) -> Words:
        place, _ = self.entry()
        self.sql("DELETE FROM entries WHERE id = ?", place)
        return LEDGER | RECORD | FILE | UNKNOWN

    def cut_the_ledger(self) -> Words:
        size = len(self.entries())
        keep = int(self.rng.integers(0, size))
        self.sql("DELETE FROM entries WHERE id >= ?", keep)
        return LEDGER | RECORD | FILE | UNKNOWN

    def insert_an_entry(self) -> Words:
        size = len(self.entries())
        place = int(self.rng.integers(1, size))
        for number in range(size - 1, place - 1, -1):
            self.sql("UPDATE entries SET id = ? WHERE id = ?", number + 1, number)
        entry = Entry("verified", "", "anna", time.time(), {"ok": True})
        sql = "INSERT INTO entries (id, call_id, line) VALUES (?, '', ?)"
        self.sql(sql, place, entry.raw.decode())
        return LEDGER

    def edit_a_stored_root(self) -> Words:
        sql = "INSERT OR REPLACE INTO tiles (level, number, root) VALUES (1, 0, ?)"
        self.sql(sql, self.rng.bytes(32))
        return {"tree_altered"}

    def sign_another_head(self) -> Words:
        path = self.state / "ledger.head"
        data = bytearray(path.read_bytes())
        end = len(bytes(data).rstrip(b"\n"))
        data[self.rng.integers(end)] ^= 1
        path.write_bytes(data)
        return {"head_altered", "head_missing", "rewritten", "rolled_back"}

    def enter_a_call_of_yesterday(self) -> Words:
        """With the key, by our own program: a call that claims to be older."""
        rng = np.random.default_rng(3)
        with Archive(self.state) as archive:
            at = time.time() - float(self.rng.uniform(2, 30)) * DAY
            _call(archive, rng, at)
            archive.finish_pending()
        return {"entry_late"}

    def write_the_ledger_anew(self) -> Words:
        """With the key: one entry is left out, and everything signed again."""
        lines = [line for _, line in self.entries()]
        played = [n for n, line in enumerate(lines) if '"kind":"played"' in line]
        lines.pop(played[0])
        for suffix in ("", "-wal", "-shm"):
            (self.state / f"ledger.sqlite3{suffix}").unlink(missing_ok=True)
        (self.state / "ledger.head").unlink()
        with Ledger(self.state) as ledger:
            ledger.file.add([Entry.parse(line) for line in lines])
            ledger._write_head(ledger.size, ledger.file.root(ledger.size))
        return {"rewritten", "rolled_back"}

    # going back

    def roll_back_the_ledger(self) -> Words:
        source = self.pick([self.house.before_anchor, self.house.after_anchor])
        self.copy(source, "ledger.sqlite3")
        return {"rolled_back"}

    def roll_back_ledger_and_head(self) -> Words:
        source = self.pick([self.house.before_anchor, self.house.after_anchor])
        self.copy(source, "ledger.sqlite3")
        self.copy(source, "ledger.head")
        return {"rolled_back", *RECORD, *FILE, *UNKNOWN}

    def roll_back_the_catalogue(self) -> Words:
        source = self.pick([self.house.before_anchor, self.house.after_anchor])
        self.copy(source, "catalogue.sqlite3")
        return ROW

    def roll_back_everything(self) -> Words:
        """Only somebody outside can know: here a checkpoint on paper."""
        shutil.rmtree(self.state)
        shutil.copytree(self.house.after_anchor, self.state)
        self.others = [self.house.kept]
        return {"rolled_back"}

    # the catalogue and the shelf

    def edit_a_row(self) -> Words:
        call_id, data = self.pick(
            self.sql("SELECT id, data FROM calls", where="catalogue")
        )
        record = {**json.loads(data), "number": "+15550188888"}
        sql = "UPDATE calls SET data = ? WHERE id = ?"
        self.sql(sql, json.dumps(record), call_id, where="catalogue")
        return ROW

    def delete_a_row(self) -> Words:
        (call_id,) = self.pick(self.sql("SELECT id FROM calls", where="catalogue"))
        self.sql("DELETE FROM calls WHERE id = ?", call_id, where="catalogue")
        return ROW

    def spoil_an_anchor(self) -> Words:
        path = self.pick(sorted(self.state.glob("anchors/*")))
        data = bytearray(path.read_bytes())
        data[self.rng.integers(len(data))] ^= 1 << int(self.rng.integers(8))
        path.write_bytes(data)
        return ANCHOR | {"rewritten", "rolled_back"}

    def delete_an_anchor(self) -> Words:
        self.pick(sorted(self.state.glob("anchors/*"))).unlink()
        return ANCHOR

    # tools

    def pick(self, things: Iterable[Any]) -> Any:
        found = list(things)
        return found[self.rng.integers(len(found))]

    def two(self, things: list[Any]) -> tuple[Any, Any]:
        first, second = self.rng.choice(len(things), 2, replace=False)
        return things[first], things[second]

    def files(self) -> list[Path]:
        found = sorted(self.state.glob("recordings/*/*/*/*/*"))
        return [path for path in found if path.stat().st_size]

    def record(self) -> Path:
        """Return the record of a call that was not erased."""
        found = [path for path in self.files() if path.name == "call.json"]
        return Path(self.pick(p for p in found if b'"salt"' in p.read_bytes()))

    def edit(self, path: Path, **changes: Any) -> bytes:
        raw = json.dumps({**json.loads(path.read_bytes()), **changes}).encode()
        path.write_bytes(raw)
        return raw

    def entries(self) -> list[tuple[int, str]]:
        return self.sql("SELECT id, line FROM entries ORDER BY id")

    def entry(self) -> tuple[int, str]:
        place, line = self.pick(self.entries())
        return int(place), str(line)

    def sql(self, sql: str, *values: Any, where: str = "ledger") -> list[Any]:
        db = sqlite3.connect(self.state / f"{where}.sqlite3")
        try:
            for table in ("entries", "tiles"):
                for deed in ("update", "delete"):
                    db.execute(f"DROP TRIGGER IF EXISTS {table}_no_{deed}")
            rows = db.execute(sql, values).fetchall()
            db.commit()
        finally:
            db.close()
        return rows

    def copy(self, source: Path, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.state / f"{name}{suffix}").unlink(missing_ok=True)
            if (source / f"{name}{suffix}").exists():
                shutil.copy(source / f"{name}{suffix}", self.state)


def _swap(first: Path, second: Path) -> None:
    a, b = first.read_bytes(), second.read_bytes()
    assert hashlib.sha256(a).digest() != hashlib.sha256(b).digest()
    first.write_bytes(b)
    second.write_bytes(a)


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
