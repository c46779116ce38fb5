"""What goes tonight and why, proof, disk and backup, evidence: as the pages tell it."""

import dataclasses
import io
import threading
import time
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive, disks
from firmware.archive.model import Call
from firmware.archive.rules import rules_of
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import disk, evidence, keeping, keeping_words, log, proof_words
from web.jobs import MANY, Jobs

YEAR = 366 * 86_400.0
WAIT_S = 30.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box with eleven new calls and one that is too old."""
    state = tmp_path_factory.mktemp("keeping")
    with Archive(state) as archive:
        for n in range(11):
            ago = 1000.0 * (n + 1)
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=2)
        seed.add_call(archive, ago=2 * YEAR, number="2125550188", talk_s=2)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    disks.adopt(state)
    return state


@pytest.fixture
def box(made: Path) -> Flask:
    app = make_app(made)
    seed.write_status(app.extensions["linekeeper.settings"], phase="idle")
    return app


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    assert log_in(client).status_code == 303
    return client


def archive_of(box: Flask) -> Archive:
    found: Archive = box.extensions["linekeeper.archive"]()
    return found


def calls_of(box: Flask) -> list[Call]:
    return archive_of(box).calls.page()


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def post(client: FlaskClient, address: str, **form: str):
    data = {"csrf_token": token_of(client, "/me"), **form}
    return client.post(address, data=data)


def waited(box: Flask, name: str):
    """Return a job when it has ended."""
    jobs: Jobs = box.extensions["linekeeper.jobs"]
    end, pause = time.monotonic() + WAIT_S, threading.Event()
    while (job := jobs.last(name)) is None or job.ended_utc is None:
        assert time.monotonic() < end, f"{name} takes too long"
        pause.wait(0.01)
    return job


# what goes


def test_the_page_names_what_goes_and_why(ada: FlaskClient) -> None:
    shown = page(ada, "/keeping")
    assert "Going at" in shown
    assert "(212) 555-0188" in shown
    assert "the longest time of this box is over" in shown
    assert "(212) 555-0123" not in shown
    assert "1 year" in shown
    assert "Let these go now" not in shown


def test_without_a_right_clock_nothing_goes(ada: FlaskClient, box: Flask) -> None:
    box.extensions["linekeeper.settings"].status_path.unlink()
    shown = page(ada, "/keeping")
    assert "Nothing goes until somebody has looked" in shown
    assert "clock" in shown


def test_with_many_calls_the_page_waits_for_the_preview(
    ada: FlaskClient, box: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 3)
    shown = page(ada, "/keeping")
    assert "Looking through all calls" in shown
    assert 'http-equiv="refresh"' in shown
    jobs: Jobs = box.extensions["linekeeper.jobs"]
    waited(box, next(name for name in jobs._jobs if name.startswith("plan")))
    shown = page(ada, "/keeping")
    assert "(212) 555-0188" in shown
    assert 'http-equiv="refresh"' not in shown


def test_the_next_sweep_is_at_its_hour_and_ahead() -> None:
    for hour in range(24):
        at = keeping.next_sweep(hour)
        assert time.localtime(at).tm_hour == hour
        assert 0 < at - time.time() <= 25 * 3600


def test_more_than_a_tenth_goes_only_as_the_list_that_was_shown(tmp_path: Path) -> None:
    with Archive(tmp_path / "state") as archive:
        for ago in (1000.0, 1.5 * YEAR, 1.5 * YEAR + 500):
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=2)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    disks.adopt(tmp_path / "state")
    box = make_app(tmp_path / "state")
    seed.write_status(box.extensions["linekeeper.settings"], phase="idle")
    ada = box.test_client()
    log_in(ada)
    shown = page(ada, "/keeping")
    assert "More than a tenth of everything would go at once" in shown
    answer = post(ada, "/keeping/sweep", token="0" * 16)
    assert answer.status_code == 409
    assert "more than a tenth" in answer.get_data(as_text=True)
    token = shown.split('name="token" value="')[1].split('"')[0]
    assert post(ada, "/keeping/sweep", token=token).status_code == 303
    assert [call.audio for call in calls_of(box)] == ["kept", "none", "none"]
    assert "Nothing goes tonight" in page(ada, "/keeping")


def test_every_reason_and_stop_has_words() -> None:
    from typing import get_args

    from firmware.archive.ledger.problem import MEANING
    from firmware.archive.purposes import PURPOSES
    from firmware.archive.retention import Action, Reason
    from firmware.archive.stops import Code

    assert set(get_args(Reason)) == set(keeping_words.REASONS)
    assert set(get_args(Action)) == set(keeping_words.ACTIONS)
    assert set(get_args(Code)) == set(keeping_words.STOPS)
    assert set(PURPOSES) == set(keeping_words.PURPOSE_NAMES)
    assert set(MEANING) == set(proof_words.MEANING)


def test_every_kind_of_entry_has_words() -> None:
    from firmware.archive.ledger.entry import KINDS
    from web import custody

    assert set(KINDS) == set(custody.KINDS)


# proof


def test_a_check_of_everything_finds_nothing_wrong(
    ada: FlaskClient, box: Flask
) -> None:
    assert "nobody yet" in page(ada, "/box/proof")
    assert post(ada, "/box/proof/verify").status_code == 303
    job = waited(box, "verify")
    assert job.problem == ""
    shown = page(ada, "/box/proof")
    assert "Everything is as it was recorded" in shown
    last = list(archive_of(box).ledger.walk())[-1]
    assert (last.kind, last.by, last.data["ok"]) == ("verified", seed.NAME, True)


def test_a_changed_file_is_named(ada: FlaskClient, box: Flask) -> None:
    call = calls_of(box)[0]
    path = archive_of(box).master_path(call)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        answer = post(ada, f"/box/proof/calls/{call.id}")
        assert "checked=file_altered" in answer.location
        assert "a file is not what was stored" in page(ada, answer.location)
        post(ada, "/box/proof/verify")
        waited(box, "verify")
        shown = page(ada, "/box/proof")
        assert "Something is not as it was recorded" in shown
        assert call.id in shown
    finally:
        path.write_bytes(whole)
    answer = post(ada, f"/box/proof/calls/{call.id}")
    assert "everything is as it was recorded" in page(ada, answer.location)


def test_a_made_up_result_of_a_check_is_not_shown(ada: FlaskClient, box: Flask) -> None:
    call = calls_of(box)[0]
    shown = page(ada, f"/calls/{call.id}?checked=<b>fine</b>")
    assert "Checked just now" not in shown
    assert "<b>fine" not in shown


def test_a_checkpoint_can_be_kept_elsewhere(ada: FlaskClient, box: Flask) -> None:
    answer = ada.get("/box/proof/checkpoint.txt")
    lines = answer.get_data(as_text=True).split("\n")
    assert lines[0].startswith("linekeeper/")
    assert int(lines[1]) == archive_of(box).ledger.size
    assert "attachment" in answer.headers["Content-Disposition"]


# disk and backup


def test_a_box_without_backup_says_what_that_means(ada: FlaskClient) -> None:
    shown = page(ada, "/box/disk")
    assert "its recordings are gone" in shown
    assert "Back up now" not in shown
    assert "It is the disk this box knows." in shown
    assert "No backup" in page(ada, "/box")


def test_the_pace_of_a_month_tells_how_long_the_room_lasts(tmp_path: Path) -> None:
    with Archive(tmp_path / "state") as archive:
        for ago in (1.0, 20 * 86_400.0, 2 * YEAR):
            seed.add_call(archive, ago=ago, talk_s=2)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        sizes = [call.audio_bytes for call in archive.calls.page()]
    box = make_app(tmp_path / "state")
    with box.test_request_context():
        room, days = disk.room(), disk.lasts_days()
    assert days is not None
    pace = sum(sizes[:2]) / 20
    assert days == pytest.approx((room.free + room.reserve) / pace, rel=0.05)
    client = box.test_client()
    log_in(client)
    assert "At the pace of the last month" in page(client, "/box/disk")


def test_a_backup_that_cannot_be_made_says_why(ada: FlaskClient, box: Flask) -> None:
    assert post(ada, "/box/disk/backup").status_code == 303
    assert waited(box, "backup").problem
    assert post(ada, "/box/disk/test").status_code == 303
    assert waited(box, "drill").problem


def test_a_swapped_disk_is_on_the_start_page(ada: FlaskClient, made: Path) -> None:
    mark = made / "recordings" / disks.MARK
    kept = mark.read_bytes()
    mark.write_text('{"id": "another"}')
    try:
        assert "This is not the disk this box knows" in page(ada, "/")
    finally:
        mark.write_bytes(kept)
    assert "This is not the disk this box knows" not in page(ada, "/")


def test_one_job_of_a_name_runs_at_a_time() -> None:
    jobs, gate = Jobs(), threading.Event()
    assert jobs.start("slow", "Ada", lambda: gate.wait(WAIT_S))
    assert not jobs.start("slow", "Bo", lambda: None)
    gate.set()
    jobs._pool.shutdown(wait=True)
    job = jobs.last("slow")
    assert job is not None
    assert (job.by, job.result, job.problem) == ("Ada", True, "")


def test_jobs_that_ended_are_forgotten_in_time() -> None:
    jobs = Jobs()
    for number in range(3 * MANY):
        assert jobs.start(f"job {number}", "Ada", lambda: None)
        end, pause = time.monotonic() + WAIT_S, threading.Event()
        while (job := jobs.last(f"job {number}")) is None or job.ended_utc is None:
            assert time.monotonic() < end
            pause.wait(0.001)
    assert jobs.last("job 0") is None
    assert jobs.last(f"job {3 * MANY - 1}") is not None
    jobs.close()


def test_the_log_walks_a_long_ledger_piece_by_piece(
    ada: FlaskClient, box: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MOST", 10)
    monkeypatch.setattr(log, "ROWS", 5)
    address, seen, pages = "/box/log?show=kept", 0, 0
    while address:
        shown = page(ada, address)
        seen += shown.count('class="item"')
        pages += 1
        found = shown.split('rel="next" href="')
        address = found[1].split('"')[0].replace("&amp;", "&") if len(found) > 1 else ""
        assert pages < 100
    held = [e for e in archive_of(box).ledger.walk() if e.kind in log.CHOICES["kept"]]
    assert seen == len(held)


# evidence


def test_evidence_is_a_bundle_and_is_entered_before_it_leaves(
    ada: FlaskClient, box: Flask
) -> None:
    call = calls_of(box)[1]
    answer = post(ada, f"/calls/{call.id}/evidence", choice="authority")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    name = f'filename="evidence-{call.id}.zip"'
    assert name in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as bundle:
        assert bundle.testzip() is None
        assert {"manifest.json", "original.wav", "verify.html"} <= {*bundle.namelist()}
    last = archive_of(box).ledger.entries(call.id)[-1]
    assert (last.kind, last.by) == ("exported", seed.NAME)
    assert last.data == {"format": "evidence", "reason": "authority"}
    shown = page(ada, f"/calls/{call.id}")
    assert "a court or the police asks for it" in shown


def test_evidence_wants_a_reason_and_a_call_that_may_leave(
    ada: FlaskClient, box: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = calls_of(box)[2]
    base = f"/api/v1/calls/{call.id}/evidence.zip"
    assert post(ada, f"/calls/{call.id}/evidence").status_code == 400
    assert ada.get(f"{base}?reason=fun").status_code == 400
    monkeypatch.setattr(evidence, "MOST_S", 0.5)
    assert ada.get(base).status_code == 413
    monkeypatch.undo()
    post(ada, f"/calls/{call.id}/restrict", reason="they dispute it")
    assert ada.get(base).status_code == 409


def test_the_rules_of_a_box_under_a_law_are_told_in_words(box: Flask) -> None:
    settings = box.extensions["linekeeper.settings"]
    strict = dataclasses.replace(
        settings,
        consent=dataclasses.replace(settings.consent, legal_duty=True),
        retention=dataclasses.replace(
            settings.retention,
            purpose="dispute",
            lossless_months=6,
            low_value_days=14,
            extended=True,
        ),
    )
    with box.test_request_context():
        told = keeping_words.rules(rules_of(strict), strict)
    lengths = {what: length for what, length, _why in told}
    assert lengths["Sound of a call"] == "2 years"
    assert lengths["Recorded because a law demands it"] == "at least 7 years"
    assert lengths["Without loss"] == "6 months"
    assert lengths["Unwanted calls"] == "14 days"
