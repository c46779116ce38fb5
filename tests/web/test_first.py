"""The first steps: shown, left out, taken up again, ended; done is what the box has."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import first
from web.security import limiter


@pytest.fixture
def box(state: Path) -> Iterator[Flask]:
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    made = make_app(state)
    seed.write_status(made.extensions["linekeeper.settings"], phase="idle")
    yield made
    limiter.reset()


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    log_in(client)
    return client


def post(client: FlaskClient, where: str, **form: str):
    return client.post(where, data={"csrf_token": token_of(client, "/me"), **form})


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def test_a_claimed_box_begins_with_the_first_steps(fresh_app: Flask) -> None:
    client = fresh_app.test_client()
    code = fresh_app.extensions["linekeeper.archive"]().claim.code()
    form = {"code": code, "name": "Ada", "password": seed.PASSWORD}
    token = token_of(client, "/claim")
    data = {"csrf_token": token, "again": seed.PASSWORD, **form}
    answer = client.post("/claim", data=data)
    assert answer.location == "/first"
    shown = text_of(client, "/first")
    assert "0 of 6" in shown
    assert "Next: Name, language, clock" in shown


def test_steps_are_done_left_out_and_ended(ada: FlaskClient) -> None:
    assert "Back to the first steps" not in text_of(ada, "/box/lock")
    text_of(ada, "/first")
    assert "Back to the first steps" in text_of(ada, "/box/lock")
    assert post(ada, "/first/box", name="").status_code == 422
    assert post(ada, "/first/box", name="x" * 61).status_code == 422
    assert post(ada, "/first/box", name="Harbor & Sons").status_code == 303
    shown = text_of(ada, "/first")
    assert "1 of 6" in shown
    assert "Harbor &amp; Sons" in shown
    assert post(ada, "/first/skip/backup").status_code == 303
    assert post(ada, "/first/skip/nonsense").status_code == 303
    assert "2 of 6" in text_of(ada, "/first")
    post(ada, "/first/skip/backup", again="1")
    assert "1 of 6" in text_of(ada, "/first")
    assert post(ada, "/first/end").status_code == 303
    assert "Back to the first steps" not in text_of(ada, "/box/lock")


def test_a_lifted_handset_is_seen_and_stays_seen(ada: FlaskClient, box: Flask) -> None:
    settings = box.extensions["linekeeper.settings"]
    assert "Lift the handset now" in text_of(ada, "/first/line")
    seed.write_status(settings, phase="seized")
    assert "I see it" in text_of(ada, "/first/line")
    seed.write_status(settings, phase="idle")
    assert "I see it" in text_of(ada, "/first/line")
    assert "1 of 6" in text_of(ada, "/first")


def test_without_a_recorder_the_line_step_says_so(ada: FlaskClient, box: Flask) -> None:
    box.extensions["linekeeper.settings"].status_path.unlink()
    assert "The recorder is not running" in text_of(ada, "/first/line")


def test_every_step_leads_to_a_page(ada: FlaskClient, box: Flask) -> None:
    with box.test_request_context():
        for step in first.STEPS:
            assert step.endpoint in box.view_functions
