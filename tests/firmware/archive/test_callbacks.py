"""Who still waits for a call back: what closes it, what opens it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.callbacks import Mark, Missed, Talk, Waiting, waiting
from firmware.archive.model import Call

NOW = 1_800_000_000.0


def miss(
    call_id: str, ago: float, number: str | None = "5550123", line: str = "1"
) -> Missed:
    return Missed(call_id, line, NOW - ago, number, None if number else "private")


def form(number: str) -> str:
    return number.removeprefix("+1212")


def alike(one: str, two: str) -> bool:
    return form(one) == form(two)


def ask(
    missed: list[Missed],
    talks: list[Talk] | None = None,
    marks: dict[str, Mark] | None = None,
) -> list[list[str]]:
    """Return the ids of the calls of each who waits."""
    found = waiting(missed, talks or [], marks or {}, NOW, form, alike)
    return [[call.call_id for call in each.calls] for each in found]


def test_nobody_missed_nobody_waits() -> None:
    assert ask([]) == []


def test_calls_of_one_number_fold_however_it_was_sent() -> None:
    calls = [miss("c", 60), miss("b", 90, "+12125550123"), miss("a", 120, "5550199")]
    assert ask(calls) == [["c", "b"], ["a"]]


def test_withheld_numbers_fold_and_no_talk_ends_them() -> None:
    calls = [miss("b", 60, None), miss("a", 120, None), miss("o", 130, None, line="2")]
    assert ask(calls, [Talk("5550123", NOW)]) == [["b", "a"], ["o"]]


@pytest.mark.parametrize(
    ("talk", "left"),
    [
        (Talk("5550123", NOW - 30), []),
        (Talk("+12125550123", NOW - 30), []),
        (Talk("5550123", NOW - 90), [["b"]]),  # between the two: the newer one waits
        (Talk("5550123", NOW - 300), [["b", "a"]]),  # before both
        (Talk("5550124", NOW - 30), [["b", "a"]]),  # somebody else
        (Talk("+1313 5550123", NOW - 30), [["b", "a"]]),  # only the end is the same
    ],
)
def test_a_later_talk_ends_it(talk: Talk, left: list[list[str]]) -> None:
    assert ask([miss("b", 60), miss("a", 120)], [talk]) == left


def test_done_holds_until_they_ring_again() -> None:
    done = {"b": Mark("b", "Ada", NOW - 50)}
    assert ask([miss("b", 60), miss("a", 120)], marks=done) == []
    again = [miss("c", 10), miss("b", 60), miss("a", 120)]
    assert ask(again, marks=done) == [["c"]]


def test_later_comes_back_whole_when_its_time_is_over() -> None:
    calls = [miss("b", 60), miss("a", 120)]
    for until, left in ((NOW + 1, []), (NOW, [["b", "a"]]), (NOW - 9, [["b", "a"]])):
        assert ask(calls, marks={"b": Mark("b", "Ada", NOW - 50, until)}) == left


def test_the_newest_name_is_told() -> None:
    calls = (
        Missed("b", "1", 2.0, "5550123"),
        Missed("a", "1", 1.0, "5550123", name="C"),
    )
    assert Waiting(calls).name == "C"
    assert Waiting(calls).last.call_id == "b"


# the store


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path) as made:
        yield made


def keep(archive: Archive, ago: float, **fields: object) -> Call:
    start = NOW - ago
    known = {"direction": "incoming", "outcome": "missed", "number": "5550123"}
    call = Call(archive.new_id(start), "1", start, **{**known, **fields})  # type: ignore[arg-type]
    archive.calls.store(call, unsettled=False)
    return call


def test_the_store_tells_missed_calls_and_talks(archive: Archive) -> None:
    old = keep(archive, 9000.0)
    new = keep(archive, 60.0, name="CAROL")
    keep(archive, 50.0, outcome="abandoned")
    keep(archive, 40.0, outcome="missed", keeping={"bin": {}})
    keep(archive, 30.0, direction="outgoing", outcome="answered", number="5550177")
    keep(archive, 20.0, direction="outgoing", outcome="no_answer", number="5550178")
    keep(archive, 10.0, outcome="answered", number=None)
    found = archive.callbacks.missed(NOW - 1e5)
    assert [call.call_id for call in found] == [new.id, old.id]
    assert found[0] == Missed(new.id, "1", NOW - 60, "5550123", None, "CAROL")
    assert archive.callbacks.missed(NOW - 1e3) == found[:1]
    assert archive.callbacks.missed(NOW - 1e5, ["2"]) == []
    assert archive.callbacks.missed(NOW - 1e5, ["2", "1"]) == found
    assert archive.callbacks.talks(found) == []
    keep(archive, 5.0, direction="outgoing", outcome="answered", number="15550123")
    keep(archive, 99_000.0, outcome="answered")
    assert archive.callbacks.talks(found) == [Talk("15550123", NOW - 5)]
    assert archive.callbacks.talks([]) == []


def test_marks_are_kept_taken_back_and_go_with_their_call(archive: Archive) -> None:
    one, two = keep(archive, 60.0), keep(archive, 30.0)
    store = archive.callbacks
    assert store.marks() == {}
    store.mark(one.id, "Ada", NOW)
    store.mark(two.id, "Ada", NOW)
    store.mark(two.id, "Ben", NOW + 1, until_utc=NOW + 60)
    assert store.marks()[one.id] == Mark(one.id, "Ada", NOW)
    assert store.marks()[two.id] == Mark(two.id, "Ben", NOW + 1, NOW + 60)
    store.unmark(two.id)
    archive.calls.remove({one.id})
    assert store.marks() == {}


def test_figures_count_calls_where_they_began(archive: Archive) -> None:
    for ago in (10.0, 20.0, 5000.0):
        keep(archive, ago)
    figures = archive.figures
    counted = figures.pieces(NOW - 6000, NOW)
    assert sum(counted.values()) == 3
    assert counted[int((NOW - 10) // 900)] == 2
    assert figures.pieces(NOW - 6000, NOW, ["2"]) == {}
    assert sum(figures.pieces(NOW - 6000, NOW - 15).values()) == 2


def test_what_nobody_has_heard_is_counted_until_somebody_does(
    archive: Archive,
) -> None:
    call = keep(archive, 10.0, outcome="answered", audio="kept", audio_s=9.0)
    keep(archive, 20.0)
    assert archive.figures.unheard(NOW - 60) == 1
    assert archive.figures.unheard(NOW - 5) == 0
    assert archive.figures.unheard(NOW - 60, ["2"]) == 0
    archive.listeners.note(call.id, "Ada", NOW)
    assert archive.figures.unheard(NOW - 60) == 0


def test_kept_is_sound_or_a_reason(archive: Archive) -> None:
    keep(archive, 10.0, audio="kept", outcome="answered")
    keep(archive, 20.0, no_audio_reason="not_answered")
    keep(archive, 30.0, outcome="answered")  # neither
    keep(archive, 40.0, outcome="in_progress")
    found = archive.figures.kept(NOW - 100, NOW)
    assert (found.calls, found.kept) == (3, 2)
