"""Notes pinned to seconds: bad ones first, then made, changed, undone, erased."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.archive import Archive, pins
from firmware.archive.acting import perform
from firmware.archive.model import Call
from firmware.archive.rules import facts_of
from firmware.errors import Refused
from firmware.service.settings import Settings
from tests.web import seed

NOW = 1_800_000_000.0


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def call(archive: Archive) -> Call:
    made = seed.add_call(archive, start_utc=NOW - 600, number="2125550123", talk_s=3)
    archive.finish_pending()
    return made


def do(archive: Archive, call: Call, verb: str, **args: Any) -> dict[str, Any]:
    args = {"call_id": call.id, "by": "ada", **args}
    return perform(archive, Settings(), verb, args, NOW)


@pytest.mark.parametrize(
    ("verb", "args", "told"),
    [
        ("pin", {"text": "x"}, "at_s: want a number"),
        ("pin", {"text": "x", "at_s": "3"}, "at_s: want a number"),
        ("pin", {"text": "x", "at_s": True}, "at_s: want a number"),
        ("pin", {"text": "x", "at_s": -0.1}, "within 0..8"),
        ("pin", {"text": "x", "at_s": 8.1}, "within 0..8"),
        ("pin", {"text": "x", "at_s": float("nan")}, "within 0..8"),
        ("pin", {"text": "x", "at_s": float("inf")}, "within 0..8"),
        ("pin", {"text": " \n", "at_s": 1}, "want a note"),
        ("pin", {"text": ["x"], "at_s": 1}, "want a text"),
        ("repin", {"text": "x", "pin_id": "nope"}, "no such pinned note"),
        ("repin", {"text": "x"}, "no such pinned note"),
        ("unpin", {"pin_id": None}, "no such pinned note"),
        ("reason", {"text": ""}, "want a reason"),
    ],
)
def test_what_is_no_note_is_refused(
    archive: Archive, call: Call, verb: str, args: dict[str, Any], told: str
) -> None:
    with pytest.raises(Refused, match=told):
        do(archive, call, verb, **args)
    assert "pins" not in archive.calls.get(call.id).keeping


def test_notes_are_kept_by_their_seconds_in_record_and_row(
    archive: Archive, call: Call
) -> None:
    before = facts_of(archive.calls.get(call.id)).worth
    late = do(archive, call, "pin", at_s=6, text="  the   price ")["pin"]
    do(archive, call, "pin", at_s=2.345, text="her address", by="bo")
    for kept in (archive.calls.get(call.id), archive._folders.read(call.id)):
        found = pins.pins_of(kept)
        assert [(p["at_s"], p["text"], p["by"]) for p in found] == [
            (2.35, "her address", "bo"),
            (6, "the price", "ada"),
        ]
        assert found[0]["at_utc"] == "2027-01-15T08:00:00.000Z"
    assert facts_of(archive.calls.get(call.id)).worth > before
    do(archive, call, "repin", pin_id=late["id"], text="the old price", by="cy")
    changed = pins.pins_of(archive.calls.get(call.id))[1]
    assert changed == {**late, "text": "the old price", "by": "cy"}


def test_a_note_that_comes_back_is_as_it_was(archive: Archive, call: Call) -> None:
    made = do(archive, call, "pin", at_s=1.5, text="two keys", by="bo")["pin"]
    taken = do(archive, call, "unpin", pin_id=made["id"])["pin"]
    assert taken == made
    assert "pins" not in archive.calls.get(call.id).keeping
    do(archive, call, "pin", at_s=taken["at_s"], text=taken["text"], pin=taken)
    assert pins.pins_of(archive.calls.get(call.id)) == [made]


def test_the_ledger_knows_who_and_when_not_what(archive: Archive, call: Call) -> None:
    pin = do(archive, call, "pin", at_s=1, text="Ada Lind, 2125550123")["pin"]
    do(archive, call, "repin", pin_id=pin["id"], text="Lind")
    do(archive, call, "unpin", pin_id=pin["id"])
    do(archive, call, "reason", text="Lind asked")
    entries = [e for e in archive.ledger.entries(call.id) if e.by == "ada"]
    assert [e.data["what"] for e in entries] == ["pin", "repin", "unpin", "reason"]
    assert "Lind" not in repr([e.data for e in entries])
    assert "5550123" not in repr([e.data for e in entries])


def test_a_restricted_call_takes_no_note_and_a_full_one_no_more(
    archive: Archive, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = do(archive, call, "pin", at_s=1, text="one")["pin"]
    monkeypatch.setattr(pins, "MOST", 1)
    with pytest.raises(Refused, match="which is most"):
        do(archive, call, "pin", at_s=2, text="two")
    do(archive, call, "restrict", reason="disputed")
    for verb in ("pin", "repin", "unpin"):
        with pytest.raises(Refused, match="restricted"):
            do(archive, call, verb, at_s=2, text="two", pin_id=pin["id"])


def test_an_erasure_takes_the_notes_along(archive: Archive, call: Call) -> None:
    do(archive, call, "pin", at_s=1, text="MELKWEG seventeen")
    do(archive, call, "reason", text="ZANDPAD eleven")
    do(archive, call, "erase", reason="they asked")
    kept = archive.calls.get(call.id)
    assert set(kept.keeping) == {"erased"}
    archive.close()
    for path in (archive.state_dir).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"MELKWEG" not in data, path
            assert b"ZANDPAD" not in data, path
    with pytest.raises(Refused, match="erased"), Archive(archive.state_dir) as again:
        do(again, call, "pin", at_s=0, text="x")
