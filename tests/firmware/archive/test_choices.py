"""Choices and the registers of consent: kept, ended, never overwritten."""

from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.choices import TAKEN_BACK
from firmware.archive.inforce import in_force
from firmware.archive.register import Agreement, Step
from firmware.archive.salvage import open_catalogue
from firmware.errors import StoreError
from firmware.service.settings import Settings, at_start

NOW = 1_800_000_000.0


def test_a_choice_that_was_not_made_is_the_default(archive: Archive) -> None:
    assert archive.choices.get("own") is None
    assert archive.choices.get("own", "SE") == "SE"
    assert archive.choices.all() == {}
    assert archive.choices.changed() == 0


def test_the_last_choice_holds_and_the_others_stay(archive: Archive) -> None:
    archive.choices.set({"own": "SE", "recording": True}, "Ada", NOW)
    before = archive.choices.changed()
    archive.choices.set({"own": "US-CA"}, "Ada", NOW + 1)
    assert archive.choices.all() == {"own": "US-CA", "recording": True}
    assert archive.choices.changed() > before
    told = [(c.key, c.value, c.by, c.at_utc) for c in archive.choices.history()]
    assert told[0] == ("own", "US-CA", "Ada", NOW + 1)
    assert ("own", "SE", "Ada", NOW) in told


def test_another_process_sees_a_choice(archive: Archive) -> None:
    with Archive(archive.state_dir, write=False) as page:
        page.choices.set({"recording": True}, "Ada", NOW)
    assert archive.choices.get("recording") is True


def test_people_on_a_line(archive: Archive) -> None:
    ada = archive.staff.add("1", "Ada", "Ada", NOW)
    bo = archive.staff.add("1", "Bo", "Ada", NOW)
    archive.staff.add("2", "Cy", "Ada", NOW)
    archive.staff.acknowledge(ada, "Ada", NOW + 5, language="sv", text_sha256="ab")
    archive.staff.leave(bo, NOW + 9)
    archive.staff.acknowledge(bo, "Bo", NOW + 10, language="sv", text_sha256="ab")
    assert [p.name for p in archive.staff.people("1")] == ["Ada"]
    gone = archive.staff.people("1", gone=True)[1]
    assert (gone.name, gone.left_utc, gone.told_utc) == ("Bo", NOW + 9, None)
    told = archive.staff.get(ada)
    assert told is not None
    assert (told.told_utc, told.language, told.text_sha256) == (NOW + 5, "sv", "ab")


def test_a_wish_replaces_the_one_of_its_kind(archive: Archive) -> None:
    number = "+12125550123"
    archive.wishes.add(number, "place", "Ada", NOW, value="US-FL")
    archive.wishes.add(number, "place", "Ada", NOW + 1, value="US-GA")
    archive.wishes.add(number, "never", "Ada", NOW + 2, note="by letter")
    assert [(w.kind, w.value) for w in archive.wishes.held(number)] == [
        ("never", ""),
        ("place", "US-GA"),
    ]
    assert archive.wishes.held("+12125550124") == []
    archive.wishes.end(archive.wishes.held(number)[0].id, "Ada", NOW + 3)
    assert [w.kind for w in archive.wishes.held()] == ["place"]


def agreement(**fields: object) -> Agreement:
    known = {"number": "+12125550123", "party": "Cy", "purposes": ("training",)}
    return Agreement(**{**known, "by": "Ada", "created_utc": NOW, **fields})  # type: ignore[arg-type]  # any fields


def test_an_agreement_keeps_its_fields_and_steps(archive: Archive) -> None:
    at = archive.register.add(agreement(place="Luleå", access="Ada"), "asked by letter")
    step = Step(NOW + 60, "granted", "Ada", "signed")
    archive.register.move(at, "requested", step, kind="written", given_utc=NOW + 50)
    kept = archive.register.get(at)
    assert kept is not None
    assert (kept.state, kept.kind, kept.given_utc) == ("granted", "written", NOW + 50)
    assert (kept.place, kept.access, kept.purposes) == ("Luleå", "Ada", ("training",))
    assert [(s.state, s.note) for s in archive.register.steps(at)] == [
        ("requested", "asked by letter"),
        ("granted", "signed"),
    ]


def test_a_step_from_a_state_that_is_over_is_refused(archive: Archive) -> None:
    at = archive.register.add(agreement())
    archive.register.move(at, "requested", Step(NOW, "refused", "Ada", ""))
    with pytest.raises(StoreError, match="not requested any more"):
        archive.register.move(at, "requested", Step(NOW, "granted", "Ada", ""))
    assert [s.state for s in archive.register.steps(at)] == ["requested", "refused"]


def test_a_field_that_is_none_is_refused(archive: Archive) -> None:
    at = archive.register.add(agreement())
    with pytest.raises(ValueError, match="want fields"):
        archive.register.move(at, "requested", Step(NOW, "refused", "", ""), nonsense=1)


def test_the_papers_outlive_a_damaged_catalogue(archive: Archive) -> None:
    archive.choices.set({"own": "SE"}, "Ada", NOW)
    archive.wishes.add("+12125550123", "never", "Ada", NOW)
    archive.register.add(agreement())
    path = archive.state_dir / "catalogue.sqlite3"
    archive.close()
    # The header's freelist pages are of no use to a reader, but damage all the same.
    data = bytearray(path.read_bytes())
    data[32:40] = b"\xff" * 8
    path.write_bytes(bytes(data))
    catalogue, told = open_catalogue(path)
    catalogue.close()
    assert told is not None
    with Archive(archive.state_dir) as mended:
        assert mended.choices.get("own") == "SE"
        assert [w.kind for w in mended.wishes.held()] == ["never"]
        assert [s.state for s in mended.register.steps(1)] == ["requested"]


def test_a_choice_taken_back_leaves_the_file_in_force(archive: Archive) -> None:
    archive.choices.set({"own": "SE"}, "Ada", NOW)
    archive.choices.set({"own": TAKEN_BACK}, "Bo", NOW + 1)
    assert archive.choices.all() == {}
    assert archive.choices.get("own", "none") == "none"
    assert archive.choices.last() == {}
    first, second = archive.choices.changes(["own"])
    assert (first.before, first.after, first.by) == ("SE", TAKEN_BACK, "Bo")
    assert (second.before, second.after) == (TAKEN_BACK, "SE")


def test_the_last_choice_is_undone_whole_and_once(archive: Archive) -> None:
    archive.choices.set({"own": "SE", "beep": "fcc"}, "Ada", NOW)
    archive.choices.set({"own": "NO", "beep": "australia"}, "Ada", NOW + 1)
    newest = archive.choices.changed()
    assert archive.choices.undo(newest - 1, "Bo", NOW + 2) == []
    assert set(archive.choices.undo(newest, "Bo", NOW + 2)) == {"own", "beep"}
    assert archive.choices.all() == {"own": "SE", "beep": "fcc"}
    assert archive.choices.undo(newest, "Bo", NOW + 3) == []


def test_settings_in_force_without_an_archive_are_the_files(tmp_path: Path) -> None:
    settings = Settings().with_state(tmp_path / "none")
    assert in_force(settings) == settings


def test_a_recorder_starts_with_what_it_will_not_ask_for_again(
    archive: Archive,
) -> None:
    chosen = {"recorder.preroll_s": 9.0, "own": "SE"}
    archive.choices.set(chosen, "Ada", NOW)
    settings = Settings().with_state(archive.state_dir)
    laid = in_force(settings, at_start)
    assert (laid.recorder.preroll_s, laid.consent.own) == (9.0, None)
    assert in_force(settings).consent.own == "SE"
