"""The month that the law gives for an answer: bad input first."""

from datetime import UTC, datetime

import pytest

from firmware.archive import Archive
from firmware.errors import Refused
from tests.firmware.archive.test_erase import left_in

DAY = 86_400.0


def utc(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("kind", "who", "by", "told"),
    [
        ("forget", "Ada Lind", "bo", "want one of access"),
        ("erase", " ", "bo", "who asks"),
        ("erase", "Ada Lind", "", "a name"),
    ],
)
def test_what_is_missing_is_named(
    archive: Archive, kind: str, who: str, by: str, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        archive.requests.add(kind, who, 0.0, by)
    assert archive.requests.all() == []


def test_only_what_is_open_can_be_answered(archive: Archive) -> None:
    with pytest.raises(Refused, match="none that is open"):
        archive.requests.close(7, "sent", "bo", 0.0)
    number = archive.requests.add("access", "Ada Lind", 0.0, "bo")
    with pytest.raises(Refused, match="what was answered"):
        archive.requests.close(number, " ", "bo", 1.0)
    archive.requests.close(number, "package sent", "bo", 1.0)
    with pytest.raises(Refused, match="none that is open"):
        archive.requests.close(number, "again", "bo", 2.0)


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-21", "2026-12-21"),
        ("2027-01-31", "2027-02-28"),
        ("2027-12-15", "2028-01-15"),
    ],
)
def test_an_answer_is_due_within_a_month(
    archive: Archive, asked: str, due: str
) -> None:
    archive.requests.add("erase", "Ada Lind", utc(asked), "bo")
    (waiting,) = archive.requests.open()
    assert waiting.due_utc == utc(due)
    assert not waiting.is_late(utc(due))
    assert waiting.is_late(utc(due) + 1)


def test_the_most_urgent_comes_first(archive: Archive) -> None:
    for day in (3, 1, 2):
        archive.requests.add("access", f"person {day}", day * DAY, "bo")
    assert [one.who[-1] for one in archive.requests.open()] == ["1", "2", "3"]


def test_who_asked_is_forgotten_with_the_answer(archive: Archive) -> None:
    number = archive.requests.add("erase", "Ada Lind-Marker", 0.0, "bo")
    archive.requests.close(number, "E20261121-abcd", "bo", DAY)
    (done,) = archive.requests.all()
    assert (done.who, done.answer, done.done_by) == ("", "E20261121-abcd", "bo")
    assert archive.requests.open() == []
    assert not done.is_late(1e10)
    archive.eraser.clean({"Ada Lind-Marker"})
    assert left_in(archive.state_dir, [b"Lind-Marker"]) == []
