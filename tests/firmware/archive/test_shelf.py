"""The folder that anybody can read: made, made again, and played in a browser."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.archive.shelf import fill, page
from firmware.errors import Refused, StoreError
from tests.firmware.archive.helpers import START, Samples, fast_folder, record

NOW = START + 3600.0


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        yield archive


@pytest.fixture
def calls(archive: Archive, talk: Samples) -> list[Call]:
    made = [
        record(archive, talk, START, number="+12125550123", name="Ada <b>Lind</b>"),
        record(archive, talk[:8000], START + 86_400, number=None),
    ]
    archive.finish_pending()
    return [archive.calls.get(call.id) for call in made]


@pytest.fixture
def shelf(archive: Archive, calls: list[Call], tmp_path: Path) -> Path:
    fill(archive, calls, tmp_path / "shelf", "ada", NOW)
    return tmp_path / "shelf"


def sounds(shelf: Path) -> list[Path]:
    return sorted(path for path in shelf.rglob("*") if path.suffix == ".flac")


def test_without_a_name_nothing_is_handed_out(
    archive: Archive, calls: list[Call], tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        fill(archive, calls, tmp_path / "shelf", " ", NOW)
    assert not (tmp_path / "shelf").exists()


def test_a_place_that_cannot_be_written(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        fill(archive, [], tmp_path / "file", "ada", NOW)


def test_each_day_has_its_folder_with_sound_and_record(
    shelf: Path, calls: list[Call], talk: Samples
) -> None:
    one, two = sounds(shelf)
    assert one.parent == shelf / "2027" / "2027-01-15"
    assert one.name == f"080000_incoming_+12125550123_{calls[0].id}.flac"
    assert two.parent == shelf / "2027" / "2027-01-16"
    samples, fs = soundfile.read(one, dtype="int16")
    assert fs == 8000
    assert (samples == talk).all()
    kept = json.loads(one.with_suffix(".json").read_text("utf-8"))
    assert kept["number"] == "+12125550123"


def test_the_list_opens_in_a_spreadsheet(shelf: Path) -> None:
    with (shelf / "index.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["+12125550123", ""]
    assert all((shelf / row["sound"]).is_file() for row in rows)


@pytest.mark.parametrize("name", ["=1+1", "@x", "-2", '</script><script>alert("x")'])
def test_names_do_no_harm(
    archive: Archive, talk: Samples, tmp_path: Path, name: str
) -> None:
    call = record(archive, talk[:800], number="+12125550123", name=name)
    fill(archive, [call], tmp_path / "shelf", "ada", NOW)
    text = (tmp_path / "shelf" / "index.csv").read_text("utf-8-sig")
    (row,) = csv.DictReader(text.splitlines())
    assert row["name"][0] not in "=@-"
    html = (tmp_path / "shelf" / "index.html").read_text("utf-8")
    assert html.count("<script") == page([]).count("<script")


def test_a_number_that_no_stick_can_spell(
    archive: Archive, talk: Samples, tmp_path: Path
) -> None:
    call = record(archive, talk[:800], number="*31#/../5550123?")
    fill(archive, [call], tmp_path / "shelf", "ada", NOW)
    (sound,) = sounds(tmp_path / "shelf")
    assert sound.name == f"080000_incoming_31#..5550123_{call.id}.flac"


def test_made_again_it_adds_and_takes_away(
    archive: Archive, calls: list[Call], shelf: Path, talk: Samples
) -> None:
    new = record(archive, talk[:800], START + 60)
    archive.eraser.erase([calls[0].id], "ada", NOW, reason="asked", rules=Rules())
    archive.keeping.restrict(calls[1].id, "ada", NOW, reason="disputed")
    (shelf / "2027" / "2027-01-15" / "my own notes.txt").touch()
    present = [archive.calls.get(call.id) for call in (*calls, new)]
    done = fill(archive, present, shelf, "ada", NOW)
    assert (done.added, done.removed, done.sounds) == (1, 3, 1)
    assert done.without == [calls[1].id]
    (left,) = sounds(shelf)
    assert new.id in left.name
    assert "5550123" not in "".join(path.name for path in shelf.rglob("*"))
    assert (shelf / "2027" / "2027-01-15" / "my own notes.txt").exists()


def test_the_ledger_tells_who_took_it(
    archive: Archive, calls: list[Call], shelf: Path
) -> None:
    (entry,) = [e for e in archive.ledger.entries(calls[0].id) if e.kind == "exported"]
    assert (entry.by, entry.data["what"]) == ("ada", "shelf")


@pytest.mark.parametrize("kind", ["opus", "wav"])
def test_other_formats(
    archive: Archive, calls: list[Call], tmp_path: Path, kind: str, talk: Samples
) -> None:
    fill(archive, calls, tmp_path / "shelf", "ada", NOW, kind)  # type: ignore[arg-type]
    path = next((tmp_path / "shelf" / "2027" / "2027-01-15").glob(f"*.{kind}"))
    samples, fs = soundfile.read(path, dtype="int16")
    assert (fs, len(samples)) == (8000, len(talk))
