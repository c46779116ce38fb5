"""Searching among calls: hostile questions first, then every way to find one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.archive import Archive, finder, index, search, tags
from firmware.archive.catalogue import NAME
from firmware.archive.conditions import Wanted
from firmware.archive.model import Call
from firmware.archive.rules import Rules
from firmware.errors import Refused
from tests.firmware.archive.helpers import START, fast_folder, new_call, record

DAY = 86_400.0


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive whose owner lets calls be found by what was said."""
    with Archive(tmp_path / "state") as archive:
        archive.texts.allow("Ada", START, allowed=True)
        yield archive


def store(archive: Archive, at: float = 0.0, **fields: Any) -> Call:
    fields = {"outcome": "answered", **fields}
    call = new_call(archive, START + at, **fields)
    archive.calls.store(call, unsettled=False)
    return call


def ids(archive: Archive, **wanted: Any) -> list[str]:
    return [call.id for call in archive.finder.page(Wanted(**wanted), 100)]


HOSTILE = [
    *("'", '"', '""', "'; DROP TABLE calls; --", "1 OR 1=1", "%", "_", "\\", "*"),
    *("NEAR(a b)", "a AND", "NOT", "^a", "a*b", "(", "col:x", "-a", '"a" OR "b"'),
    *("\x00", "a\x00b", "🔑", "\u202eabc", "أحمد", "e\u0301" * 50, "9" * 10_000),
    *("x " * 5_000, "²", "ﬃ", "٣٤٥", "\ud800", "!gap", "^1212", " ! ", "=", "!=price"),
]


@pytest.mark.parametrize("q", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("common", [0, 10_000])
def test_hostile_questions_find_nothing_and_break_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, q: str, common: int
) -> None:
    monkeypatch.setattr(finder, "COMMON", common)
    call = store(archive, name="Nobody", number="+12125550123", flags=["gap"])
    archive.texts.put(call.id, "transcript", "what a lovely day")
    assert ids(archive, q=q) == ([call.id] if q in ("-a", "^a", "^1212") else [])
    assert archive.calls.count() == 1


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_text_is_found_by_itself(text: str) -> None:
    with fast_folder() as state, Archive(state) as archive:
        call = store(archive, keeping={"note": {"text": text}})
        found = ids(archive, q=text)
        assert found == ([call.id] if search.words(text) or not text.strip() else [])


@pytest.mark.parametrize("common", [0, 10_000])
@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("0702", True),  # trunk 0 typed, +46 stored
        ("021", True),
        ("555", True),
        ("5501", True),
        ("4670", True),
        ("0701", False),
        ("46 70 21", True),
        ("berg 0702", True),
        ("berg 070-21", True),
        ("anna 0702", False),
        ("bergström", True),
        ("STROM", False),
        ("kista", True),  # pinned
        ("ordernr", True),
        ("77", True),  # the order's number
        ("återbud", True),  # tag
        ("lock", True),  # spoken
        ("locksmith berg 555", True),
        ("locksmith nobody", False),
    ],
)
def test_what_a_person_types(
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    q: str,
    is_found: bool,
    common: int,
) -> None:
    monkeypatch.setattr(finder, "COMMON", common)
    call = store(
        archive,
        name="Maja Bergström",
        number="+46702155501",
        keeping={
            "order": {"text": "Ordernr 77-B", "by": "Ada"},
            "pins": [{"id": "1", "at_s": 3.0, "text": "Kista gränd 4", "by": "Ada"}],
            "tags": ["Återbud"],
        },
    )
    archive.texts.put(call.id, "transcript", "You need a LOCKSMITH, don't you?")
    store(archive, 60, name="Somebody Else", number="+12029870198")
    assert ids(archive, q=q) == ([call.id] if is_found else [])


FILTERS: list[tuple[dict[str, Any], set[int]]] = [
    ({"direction": "outgoing"}, {1}),
    ({"outcome": "fax"}, {2}),
    ({"outcome": "missed"}, {3}),
    ({"lines": ("2",)}, {1}),
    ({"since_utc": START + DAY}, {1, 2, 3}),
    ({"since_utc": START + DAY, "until_utc": START + 2 * DAY}, {1}),
    ({"min_s": 60.0}, {0, 2}),
    ({"max_s": 59.0}, {1, 3}),
    ({"marks": ("!gap",)}, {2}),
    ({"marks": ("!star",)}, {0}),
    ({"marks": ("!mute",)}, {3}),
    ({"marks": ("!no_*",)}, set()),
    ({"marks": (search.tag_mark("Price  QUOTE"),)}, {0}),
    ({"by": "ada"}, {0}),
    ({"by": "Ben"}, {1}),
    ({"unheard": True}, {0, 2}),
    ({"unheard_by": "Ada"}, {0, 1, 2}),
    ({"unheard_by": "Ben"}, {0, 2}),
    ({"number": "12125550101"}, {0, 2}),
    ({"q": "0101", "outcome": "fax", "min_s": 10.0}, {2}),
    ({"marks": ("!bin",)}, {4}),
    ({"binned": True, "q": "thrown"}, {4}),
    ({"q": "thrown"}, set()),
]


@pytest.mark.parametrize("common", [0, 10_000])
def test_every_filter(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr(finder, "COMMON", common)
    quote = {"tags": ["price quote"], "star": {"by": "Ada"}}
    sound: dict[str, Any] = {"audio": "kept", "audio_s": 9.0}
    one = "+12125550101"
    made = [
        store(archive, 0, number=one, duration_s=90.0, keeping=quote, **sound),
        store(archive, DAY, direction="outgoing", duration_s=5.0, **sound),
        store(
            archive, 2 * DAY, number=one, outcome="fax", duration_s=60.0, lost_s=1.0,
            **sound,
        ),
        store(archive, 3 * DAY, outcome="missed", no_audio_reason="not_answered"),
        store(archive, 4 * DAY, name="Thrown", keeping={"bin": {"by": "Eve"}}),
    ]  # fmt: skip
    made[1].line = "2"
    archive.calls.store(made[1], unsettled=False)
    archive.listeners.note(made[1].id, "Ben", START)
    for wanted, found in FILTERS:
        names = [made[i].id for i in sorted(found, reverse=True)]
        assert ids(archive, **wanted) == names, wanted


def test_pages_of_every_search_join_without_a_gap(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "CHUNK", 7)
    for i in range(60):
        number = f"+1212555{i % 9:04}"
        store(archive, i // 4, number=number, name="Ann", flags=["gap"] * (i % 2))
    for common in (0, 10_000):
        monkeypatch.setattr(finder, "COMMON", common)
        for wanted in (Wanted(q="ann"), Wanted(marks=("!gap",)), Wanted(q="555 ann")):
            whole = list(archive.finder.each(wanted))
            got: list[Call] = []
            while page := archive.finder.page(
                wanted, 11, (got[-1].start_utc, got[-1].id) if got else None
            ):
                got += page
            assert got == whole
            keys = [(call.start_utc, call.id) for call in got]
            assert keys == sorted(keys, reverse=True)
            assert len(got) in (30, 60)


@pytest.mark.parametrize("common", [0, 10_000])
def test_one_row_per_caller_with_counts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr(finder, "COMMON", common)
    for i in range(12):
        outcome = "missed" if i % 4 == 0 else "answered"
        sound = {"audio": "kept", "audio_s": 2.0} if i % 4 else {}
        store(archive, i, number=f"+1212555010{i % 3}", name="Ann B", outcome=outcome,
              **sound)  # fmt: skip
    store(archive, 99, number=None, name="Ann withheld")
    found = archive.finder.callers(Wanted(q="ann"), 2, None)
    assert [c.number[-1] for c in found] == ["2", "1"]
    assert [(c.calls, c.missed, c.unheard) for c in found] == [(4, 1, 3), (4, 1, 3)]
    last = found[-1].latest
    rest = archive.finder.callers(Wanted(q="ann"), 5, (last.start_utc, last.id))
    assert [c.number[-1] for c in rest] == ["0"]
    assert archive.finder.callers(Wanted(outcome="fax"), 5, None) == []


def test_a_changed_number_leaves_no_ends_of_the_old_one(archive: Archive) -> None:
    call = store(archive, number="+12125550111")
    other = store(archive, 5, number="+12125550111")
    call.number = "+12125550199"
    archive.calls.store(call, unsettled=False)
    assert ids(archive, q="50111") == [other.id]
    archive.calls.remove({other.id})
    assert archive.calls._catalogue.value(
        "SELECT count(*) FROM endings WHERE number = '12125550111'"
    ) == 0  # fmt: skip
    assert ids(archive, q="50199") == [call.id]


def test_a_corrected_clock_moves_a_call_wholly(archive: Archive) -> None:
    call = store(archive, name="Ann", number="+12125550123")
    archive.texts.put(call.id, "transcript", "hello there")
    call.start_utc += 10 * DAY
    archive.calls.store(call, unsettled=False)
    for q in ("ann", "0123", "hello"):
        assert ids(archive, q=q, since_utc=START + 9 * DAY) == [call.id]
        assert ids(archive, q=q, until_utc=START + 9 * DAY) == []


# What was erased is gone


def erased_bytes(archive: Archive) -> bytes:
    archive.close()
    return (archive.state_dir / NAME).read_bytes()


def test_nothing_of_an_erased_call_is_left_in_any_index(
    tmp_path: Path, talk: Any
) -> None:
    with Archive(tmp_path) as archive:
        archive.texts.allow("Ada", START, allowed=True)
        gone = record(archive, talk[:8000], number="+12125550177", name="Quixotina Zed")
        for i in range(30):
            kept = store(archive, i + 60, number=f"+1202555{i:04}", name="Ann")
            archive.texts.put(kept.id, "transcript", f"ordinary talk number {i}")
        archive.finish_pending()
        archive.texts.put(gone.id, "transcript", "my secret is xylophonic")
        tags.tag(archive.keeping, gone.id, "Ada", START, "wunderkammer")
        archive.eraser.erase([gone.id], "Ada", START, reason="asked", rules=Rules())
        for q in ("0177", "quixotina", "xylophonic", "wunderkammer"):
            assert ids(archive, q=q) == []
    left = (tmp_path / NAME).read_bytes()
    for text in (b"12125550177", b"125550177", b"quixotina", b"xylophonic", b"wunder"):
        assert text not in left
    # FTS5 stores a word by what differs from the one before: ask it for its words.
    db = sqlite3.connect(tmp_path / NAME)
    db.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, texts_index, row)")
    known = {row[0] for row in db.execute("SELECT term FROM temp.v")}
    pieces = db.execute("SELECT count(DISTINCT segid) FROM texts_index_idx")
    assert pieces.fetchone()[0] == 1  # one piece: no deletions wait in another
    db.close()
    assert {"ordinary", "talk"} <= known
    assert "xylophonic" not in known


def test_a_restricted_call_is_not_found_by_what_was_said(
    archive: Archive, talk: Any
) -> None:
    call = record(archive, talk[:8000], name="Ann")
    archive.finish_pending()
    archive.texts.put(call.id, "transcript", "the price is 40")
    archive.keeping.restrict(call.id, "Ada", START, reason="asked")
    archive.texts.put(call.id, "summary", "a price")
    assert (ids(archive, q="price"), ids(archive, q="ann")) == ([], [call.id])
    assert archive.texts.count() == 0


def test_no_word_is_kept_unless_the_owner_chose_so(archive: Archive) -> None:
    call = store(archive)
    archive.texts.put(call.id, "transcript", "hello there")
    archive.texts.allow("Ada", START, allowed=False)
    assert archive.texts.count() == 0
    archive.texts.put(call.id, "transcript", "hello there")
    assert (archive.texts.count(), ids(archive, q="hello")) == (0, [])


# A catalogue of before


def test_calls_of_before_are_indexed_newest_first(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        calls = [store(archive, i, number="+12125550123", name="A") for i in range(450)]
    db = sqlite3.connect(tmp_path / NAME)
    for table in ("facets", "terms", "endings"):
        db.execute(f"DELETE FROM {table}")
    db.execute("INSERT INTO to_index VALUES (1e15, '')")
    db.execute("CREATE TABLE old_terms (call_id TEXT, term TEXT)")
    db.execute("INSERT INTO old_terms SELECT id, 'a' FROM calls")
    db.commit()
    db.close()
    with Archive(tmp_path) as archive:
        assert archive.finder.pending
        assert len(ids(archive)) == 100  # the list itself is whole at once
        assert archive.index_more()
        assert len(list(archive.finder.each(Wanted(q="0123")))) == index.BATCH
        assert ids(archive, q="0123")[0] == calls[-1].id
        calls[3].name = "Changed"
        archive.calls.store(calls[3], unsettled=False)  # meanwhile
        while archive.index_more():
            pass
        assert not archive.finder.pending
        assert len(list(archive.finder.each(Wanted(q="0123")))) == 450
        assert ids(archive, q="changed") == [calls[3].id]
        rows = archive.calls._catalogue.rows
        assert rows("SELECT 1 FROM sqlite_master WHERE name = 'old_terms'") == []


def test_tags_live_in_the_record(tmp_path: Path, talk: Any) -> None:
    with Archive(tmp_path) as archive:
        call = record(archive, talk[:8000])
        archive.finish_pending()
        for text in ("Price quote", "price  QUOTE", "#urgent"):
            tags.tag(archive.keeping, call.id, "Ada", START, text)
        assert archive.record_of(call.id).keeping["tags"] == ["Price quote", "urgent"]
        for bad in ("", " ", "x" * 31, "🔑", "--"):
            with pytest.raises(Refused):
                tags.tag(archive.keeping, call.id, "Ada", START, bad)
        assert archive.finder.tags() == ["!=price_quote", "!=urgent"]
    (tmp_path / NAME).unlink()
    with Archive(tmp_path) as archive:
        archive.reindex()
        assert ids(archive, marks=("!=urgent",)) == [call.id]
        tags.untag(archive.keeping, call.id, "Ada", START, "URGENT")
        tags.untag(archive.keeping, call.id, "Ada", START, "price quote")
        assert "tags" not in archive.calls.get(call.id).keeping
        assert archive.finder.tags() == []
        with pytest.raises(Refused, match="no such tag"):
            tags.untag(archive.keeping, call.id, "Ada", START, "urgent")


def test_views_are_ones_own_unless_shared(archive: Archive) -> None:
    ada, ben = (
        archive.users.add(name, "four quiet words", role, START).id
        for name, role in (("Ada", "owner"), ("Ben", "agent"))
    )
    first = archive.views.keep(ada, "Faxes", "outcome=fax", shared=True)
    archive.views.keep(ben, "Mine", "by=Ben", shared=False)
    assert [v.name for v in archive.views.seen_by(ada)] == ["Faxes"]
    assert [v.name for v in archive.views.seen_by(ben)] == ["Faxes", "Mine"]
    again = archive.views.keep(ada, "Faxes", "outcome=busy", shared=False)
    assert [v.query for v in archive.views.seen_by(ada)] == ["outcome=busy"]
    assert archive.views.get(first) is None or again == first
    for name in ("", "x" * 41):
        with pytest.raises(Refused):
            archive.views.keep(ada, name, "", shared=False)


def test_who_heard_what_comes_back_from_the_ledger(tmp_path: Path, talk: Any) -> None:
    with Archive(tmp_path) as archive:
        call = record(archive, talk[:8000])
        other = record(archive, talk[:8000], START + 60)
        archive.finish_pending()
        archive.ledger.add("played", call.id, "Ada", START, version="listening")
    (tmp_path / NAME).unlink()
    with Archive(tmp_path) as archive:
        archive.reindex()
        assert archive.listeners.of(call.id) == ["Ada"]
        assert ids(archive, unheard=True) == [other.id]
        assert ids(archive, by="Ada") == [call.id]
