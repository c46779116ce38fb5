"""Backups from the page: a place tried before it is kept, a password shown once."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive, disks
from firmware.archive.backup import opening
from firmware.archive.backup import state as states
from firmware.archive.backup.target import parse
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from tests.web.test_keeping import waited
from web import backup
from web.jobs import Jobs
from web.security import limiter


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Flask]:
    state = tmp_path / "state"
    with Archive(state) as archive:
        seed.add_call(archive, ago=900, number="2125550123", talk_s=1)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    disks.adopt(state)
    yield make_app(state)
    limiter.reset()


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    log_in(client)
    return client


def post(client: FlaskClient, where: str, **form: str):
    return client.post(where, data={"csrf_token": token_of(client, "/me"), **form})


def text_of(client: FlaskClient) -> str:
    answer = client.get("/box/backup")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_folder_is_tried_kept_and_filled(
    ada: FlaskClient, box: Flask, tmp_path: Path
) -> None:
    place = tmp_path / "nas"
    place.mkdir()
    form = {"kind": "folder", "path": str(place)}
    assert post(ada, "/box/backup/target", **form).status_code == 303
    assert waited(box, backup.JOB).problem == ""
    shown = text_of(ada)
    password = re.search(r'class="secret"[^>]*>([^<]+)<', shown)
    assert password
    kept = (tmp_path / "state" / states.PASSWORD).read_text().strip()
    assert password[1].replace("-", "") == kept
    assert post(ada, "/box/backup/written").status_code == 303
    assert kept[:4] + "-" not in text_of(ada)
    answer = post(ada, "/box/disk/backup", **{"from": "backup"})
    assert answer.location == "/box/backup"
    assert waited(box, "backup").problem == ""
    shown = text_of(ada)
    assert "1 calls" in shown
    assert "Next" in shown


def test_a_folder_that_is_not_there_is_not_made_and_nothing_changes(
    ada: FlaskClient, box: Flask, tmp_path: Path
) -> None:
    form = {"kind": "folder", "path": str(tmp_path / "none")}
    post(ada, "/box/backup/target", **form)
    assert "is not there; is it mounted?" in waited(box, backup.JOB).problem
    assert "so nothing was changed" in text_of(ada)
    assert not (tmp_path / "none").exists()
    assert box.extensions["linekeeper.archive"]().choices.all() == {}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "folder", "path": "relative/folder"}, "path"),
        ({"kind": "folder", "path": "/with a space"}, "path"),
        ({"kind": "sftp", "user": "-oProxyCommand=x", "host": "a", "folder": "/b"},
         "user"),
        ({"kind": "sftp", "user": "box", "host": "-a", "folder": "/b"}, "host"),
        ({"kind": "sftp", "user": "box", "host": "a;rm", "folder": "/b"}, "host"),
        ({"kind": "s3", "address": "file:///etc", "key_id": "a", "secret": "b"},
         "address"),
        ({"kind": "s3", "address": "https://s3.example/b", "key_id": "a\nX=1",
          "secret": "b"}, "key_id"),
        ({"kind": "disk", "uuid": "not-attached-here"}, "uuid"),
        ({"kind": "ftp"}, "kind"),
        ({}, "kind"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_told_beside_its_field(
    ada: FlaskClient, box: Flask, form: dict[str, str], field: str
) -> None:
    answer = post(ada, "/box/backup/target", **form)
    assert answer.status_code == 422
    with box.test_request_context():
        place, problems = backup.read(form)
    assert place is None
    assert field in problems


def test_places_are_what_restic_takes(box: Flask) -> None:
    forms = (
        ({"kind": "sftp", "user": "box", "host": "nas.example", "folder": "/b"},
         "sftp:box@nas.example:/b"),
        ({"kind": "s3", "address": "https://s3.example/b", "key_id": "a",
          "secret": "c"}, "s3:https://s3.example/b"),
    )  # fmt: skip
    for form, target in forms:
        place, problems = backup.read(form)
        assert problems == {}
        assert place is not None
        assert place.target == target == str(parse(target))


def test_credentials_are_read_by_the_box_alone(tmp_path: Path) -> None:
    opening.keep_credentials(tmp_path, {"AWS_ACCESS_KEY_ID": "a"})
    path = tmp_path / opening.CREDENTIALS
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert opening.credentials(str(path)) == {"AWS_ACCESS_KEY_ID": "a"}


def test_how_often_is_changed_and_checked(ada: FlaskClient, box: Flask) -> None:
    form = {"backup.every_hours": "0", "backup.keep_days": "20"}
    assert post(ada, "/box/backup/settings", **form).status_code == 422
    form = {"backup.every_hours": "12", "backup.target": "/etc"}
    assert post(ada, "/box/backup/settings", **form).status_code == 303
    kept = box.extensions["linekeeper.archive"]().choices.all()
    assert kept == {"backup.every_hours": 12}


def test_work_tells_how_much_is_done_until_it_ends() -> None:
    jobs = Jobs()
    jobs.tell("none", 0.5)
    assert jobs.last("none") is None
    jobs.keep("x", "Ada", 1)
    jobs.tell("x", 0.5)
    found = jobs.last("x")
    assert found is not None
    assert found.part is None
    jobs.drop("x")
    assert jobs.last("x") is None
    jobs.close()
