"""A disk is known by its identity; another one in its place is told apart."""

import json
import os
from pathlib import Path

import pytest

from firmware.archive import disks
from firmware.archive.disks import KNOWN, MARK


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    return tmp_path


def test_first_look_knows_no_disk(state: Path) -> None:
    found = disks.check(state)
    assert found.state == "new"
    assert not found.is_same


def test_adopted_disk_is_the_same_ever_after(state: Path) -> None:
    disks.adopt(state)
    assert disks.check(state).is_same
    disks.adopt(state)  # once more changes nothing
    assert disks.check(state).is_same


def test_first_start_adopts_but_never_an_empty_disk_of_a_full_catalogue(
    state: Path,
) -> None:
    assert disks.adopt_first(state, listed=7).state == "new"
    assert not (state / KNOWN).exists()
    assert disks.adopt_first(state, listed=0).is_same
    (state / "recordings" / MARK).unlink()
    assert disks.adopt_first(state, listed=0).state == "empty"


def test_archive_of_before_is_adopted_with_its_calls(state: Path) -> None:
    (state / "recordings/2027/01/15/20270115-080000-abcd").mkdir(parents=True)
    assert disks.adopt_first(state, listed=1).is_same


def test_folder_that_is_not_mounted_is_missing(state: Path) -> None:
    disks.adopt(state)
    (state / "recordings" / MARK).unlink()
    (state / "recordings").rmdir()
    assert disks.check(state).state == "missing"


def test_empty_disk_in_its_place_is_told(state: Path) -> None:
    disks.adopt(state)
    (state / "recordings" / MARK).unlink()
    assert disks.check(state).state == "empty"


@pytest.mark.parametrize("content", ["", "{", "[]", "nothing"])
def test_mark_that_cannot_be_read_counts_as_empty(state: Path, content: str) -> None:
    disks.adopt(state)
    (state / "recordings" / MARK).write_text(content)
    assert disks.check(state).state == "empty"


def test_disk_of_another_archive_is_swapped(state: Path) -> None:
    disks.adopt(state)
    (state / "recordings" / MARK).write_text(json.dumps({"id": "another"}))
    assert disks.check(state).state == "swapped"


def test_copy_on_another_file_system_is_swapped(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "filesystem_of", lambda folder: "AAAA-0001")
    disks.adopt(state)
    assert disks.check(state).is_same
    monkeypatch.setattr(disks, "filesystem_of", lambda folder: "AAAA-0002")
    assert disks.check(state).state == "swapped"
    disks.adopt(state)
    assert disks.check(state).is_same


def test_lost_memory_of_the_disk_allows_nothing(state: Path) -> None:
    disks.adopt(state)
    (state / KNOWN).write_text("{")
    assert not disks.check(state).is_same


def mountinfo(tmp_path: Path, device: str, place: str) -> tuple[Path, Path]:
    """A table of mounts, and a UUID that points to a device that is always there."""
    table, by_uuid = tmp_path / "mountinfo", tmp_path / "by-uuid"
    table.write_text(
        "22 1 0:5 / /proc rw - proc proc rw\n"
        f"40 22 {device} /sub /wrong rw - ext4 /dev/sdx1 rw\n"
        f"41 22 {device} / {place} rw,noatime shared:1 - ext4 /dev/sdx1 rw\n"
    )
    by_uuid.mkdir()
    (by_uuid / "AAAA-0001").symlink_to("/dev/null")
    return table, by_uuid


def test_disk_is_found_wherever_it_is_mounted(tmp_path: Path) -> None:
    number = os.stat("/dev/null").st_rdev
    device = f"{os.major(number)}:{os.minor(number)}"
    found = mountinfo(tmp_path, device, r"/media/my\040disk")
    assert disks.find("AAAA-0001", *found) == Path("/media/my disk")
    assert disks.attached(*found) == [("AAAA-0001", Path("/media/my disk"))]


def test_disk_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    found = mountinfo(tmp_path, "999:1", "/media/other")
    assert disks.find("AAAA-0001", *found) is None
    assert disks.find("BBBB-0002", *found) is None
    assert disks.find("../../etc/passwd", *found) is None
