"""Every change leaves an entry with a name, and nobody can slip past."""

import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import access, audit, custody, deeds

NAME = seed.NAME


@pytest.fixture
def box(tmp_path: Path) -> Flask:
    with Archive(tmp_path / "state") as archive:
        seed.add_call(archive, ago=300, number="2125550123", outcome="missed")
        archive.users.add(NAME, seed.PASSWORD, "owner", time.time())
    return make_app(tmp_path / "state")


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    assert log_in(client, NAME.lower()).status_code == 303
    return client


def told(box: Flask) -> list[tuple[str, str, str]]:
    archive: Archive = box.extensions["linekeeper.archive"]()
    return [
        (entry.kind, entry.by, str(entry.data.get("what", "")))
        for entry in archive.ledger.walk()
        if entry.by not in ("recorder",)
    ]


def test_every_route_that_changes_something_leaves_an_entry() -> None:
    changing = {key for key in access.ROUTES if key.startswith("POST ")}
    by_deeds = {f"POST deeds.{verb}" for verb in deeds.DEEDS}
    assert changing == {*audit.CHANGES, *audit.OWN, *by_deeds}
    assert not set(audit.CHANGES) & audit.OWN
    assert set(audit.CHANGES.values()) <= set(custody._WHATS)
    assert set(access.ROUTES) >= audit.SEEN


def test_coming_in_and_being_refused_are_entered(box: Flask) -> None:
    client = box.test_client()
    assert log_in(client, password="not the password").status_code == 401
    assert log_in(client, "<b>my password</b>").status_code == 401
    assert log_in(client, f" {NAME.upper()} ").status_code == 303
    assert told(box) == [
        ("refused", "nobody", "log_in"),  # what was typed is nobody's business
        ("refused", "nobody", "log_in"),
        ("logged_in", NAME, ""),
    ]


def test_changes_are_entered_when_they_are_made(box: Flask, ada: FlaskClient) -> None:
    token = token_of(ada, "/me")

    def post(address: str, **form: str) -> int:
        return ada.post(address, data={"csrf_token": token, **form}).status_code

    before = len(told(box))
    assert post("/people", name=" ") == 422
    assert post("/numbers", number="x", kind="never") == 422
    assert post("/box/people", name="Bo", secret="short", role="agent") == 422
    assert len(told(box)) == before
    assert post("/people", name="Bo") == 303
    assert post("/numbers", number="2125550166", kind="never") == 303
    made = {"name": "Bo", "secret": "a long password", "role": "agent"}
    assert post("/box/people", **made) == 303
    assert told(box)[before:] == [
        ("changed", NAME, "people"),
        ("changed", NAME, "numbers"),
        ("changed", NAME, "log_ins"),
    ]
    page = ada.get("/box/log?show=people").get_data(as_text=True)
    assert "numbers" in page
    assert "5550166" not in page


def test_looking_at_a_call_is_entered_once_in_a_while(
    box: Flask, ada: FlaskClient
) -> None:
    archive: Archive = box.extensions["linekeeper.archive"]()
    call = archive.calls.page()[0]
    for _ in range(3):
        assert ada.get(f"/calls/{call.id}").status_code == 200
        assert ada.get(f"/api/v1/calls/{call.id}").status_code == 200
    assert ada.get("/calls/20200101-000000-zzzz").status_code == 404
    assert [kind for kind, _, _ in told(box)].count("viewed") == 1
    assert "Looked at" not in ada.get(f"/calls/{call.id}").get_data(as_text=True)
    assert "Looked at" in ada.get("/box/log").get_data(as_text=True)
