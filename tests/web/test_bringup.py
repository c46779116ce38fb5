"""Trying out the line interface on a page: a walk that a fake recorder answers for."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.service import control
from firmware.service.bringup import Walk
from firmware.service.bringup_steps import Seen
from firmware.service.bringup_table import DIAGNOSES, STEPS
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import bringup

ALL = ("hook", "line", "ring", "button", "lamp", "speaker")


@pytest.fixture
def box(state: Path) -> Flask:
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Rae", seed.PASSWORD, "agent", time.time())
    return make_app(state)


@pytest.fixture
def client(box: Flask) -> FlaskClient:
    made = box.test_client()
    log_in(made)
    return made


def tell(box: Flask, walk: Walk | None) -> None:
    """Write the status as a recorder would."""
    told = None if walk is None else walk.told()
    settings = box.extensions["linekeeper.settings"]
    seed.write_status(settings, phase="idle", bringup=told)


def walked(*seen: Seen) -> Walk:
    walk = Walk(ALL)
    for one in seen:
        walk.feed(one)
    return walk


def part(client: FlaskClient) -> str:
    return client.get("/box/bringup/now").get_data(as_text=True)


def test_without_a_recorder_there_is_nothing_to_begin(client: FlaskClient) -> None:
    page = client.get("/box/bringup").get_data(as_text=True)
    assert "The recorder is not running" in page
    assert "Begin" not in page


def test_it_begins_with_what_is_needed(client: FlaskClient, box: Flask) -> None:
    tell(box, None)
    page = client.get("/box/bringup").get_data(as_text=True)
    assert "You need a telephone on the line" in page
    assert "/box/bringup/begin" in page
    assert "http-equiv" not in page


def test_a_step_says_what_to_do_and_what_is_seen(
    client: FlaskClient, box: Flask
) -> None:
    seen = [Seen(t / 4, 0, 1, 0, 0, 0.0, -71.0) for t in range(10)]
    tell(box, walked(*seen))
    page = client.get("/box/bringup").get_data(as_text=True)
    assert "Plug the line in and leave the handset down." in page
    assert '<noscript><meta http-equiv="refresh" content="2">' in page
    assert "-71 dBov" in page
    assert "on-hook" in page
    assert "aria-current=step" in page
    assert "/box/bringup/skip" in page
    assert "/box/bringup/again" not in page, "nothing has failed"


def test_a_question_has_yes_and_no(client: FlaskClient, box: Flask) -> None:
    seen = [Seen(t / 4, 0, 1, 0, 0, 0.0, -71.0) for t in range(20)]
    tell(box, walked(*seen))
    text = part(client)
    assert "does it blink fast?" in text
    assert "/box/bringup/yes" in text
    assert "<html" not in text


def test_the_end_shows_every_diagnosis(client: FlaskClient, box: Flask) -> None:
    walk = Walk(ALL)
    for t in range(0, 4000):
        walk.feed(Seen(t / 4, 0, 0, 0, 0, 0.0, -71.0))
    assert walk.done
    tell(box, walk)
    text = part(client)
    assert "Something is not right yet" in text
    assert "On-hook, but without voltage: that cannot be." in text
    assert "/box/bringup/again" in text


def test_all_well_is_said(client: FlaskClient, box: Flask) -> None:
    walk = Walk(())
    for _ in STEPS:
        walk.answer("skip")
    tell(box, walk)
    assert "All is well" in part(client)


class Fake(threading.Thread):
    """A recorder that notes what it is told, and says why not if there is a reason."""

    def __init__(self, path: Path, refuses: str | None = None) -> None:
        super().__init__()
        self._server = control.Server(path)
        self._refuses = refuses
        self.told: list[dict[str, Any]] = []
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            for command in self._server.poll():
                self.told.append({"verb": command.verb, **command.args})
                command.answer(self._refuses)
            self._over.wait(0.01)
        self._server.close()

    def end(self) -> None:
        self._over.set()
        self.join()


@pytest.fixture
def recorder(box: Flask) -> Iterator[Fake]:
    fake = Fake(box.extensions["linekeeper.settings"].socket_path)
    fake.start()
    yield fake
    fake.end()


def post(client: FlaskClient, what: str, **headers: str) -> Any:
    fields = {"csrf_token": token_of(client, "/box/bringup")}
    return client.post(f"/box/bringup/{what}", data=fields, headers=headers)


def test_what_is_pressed_reaches_the_recorder(
    client: FlaskClient, box: Flask, recorder: Fake
) -> None:
    tell(box, None)
    answer = post(client, "begin")
    assert (answer.status_code, answer.location) == (303, "/box/bringup")
    assert post(client, "yes", Accept="text/x-part").status_code == 200
    assert [(t["verb"], t["do"], t["by"]) for t in recorder.told] == [
        ("bringup", "begin", seed.NAME),
        ("bringup", "yes", seed.NAME),
    ]


def test_an_answer_that_came_too_late_is_no_error(
    client: FlaskClient, box: Flask
) -> None:
    tell(box, None)
    late = Fake(box.extensions["linekeeper.settings"].socket_path, "means nothing")
    late.start()
    try:
        assert post(client, "yes").status_code == 303
        assert post(client, "begin").status_code == 409
    finally:
        late.end()


def test_nobody_listening_is_said(client: FlaskClient, box: Flask) -> None:
    tell(box, None)
    answer = post(client, "begin")
    assert answer.status_code == 409
    assert "nothing can be tried" in answer.get_data(as_text=True)
    assert post(client, "dance").status_code == 404


def test_only_who_may_change_settings(box: Flask) -> None:
    other = box.test_client()
    log_in(other, name="Rae")
    for path in ("/box/bringup", "/box/bringup/now"):
        assert other.get(path).status_code == 403


def test_every_text_of_a_walk_has_its_words() -> None:
    assert set(bringup.STATES) == {"waiting", "now", "ok", "failed", "skipped"}
    assert set(bringup.DEEDS) == {"begin", "end", "yes", "no", "skip", "again"}
    assert all(DIAGNOSES.values())
