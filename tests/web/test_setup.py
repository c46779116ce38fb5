"""The first choice: refused while something is missing, told before it is applied."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.consent import scope_file, table_file
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web.presets import PRESETS

FORM = {
    "own": "SE",
    "owner": "Lind Lås",
    "purpose": "orders",
    "period": "6 months",
    "rights_url": "lindlas.example",
    "notice_language": "sv",
    "notice_method": "announcement",
    "beep": "default",
}


@pytest.fixture
def owner(state: Path) -> Iterator[FlaskClient]:
    """The owner of a box that nobody has set up."""
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Bo", seed.PASSWORD, "agent", time.time())
    app = make_app(state)
    client = app.test_client()
    log_in(client)
    yield client
    app.extensions["linekeeper.archive"].close()


def send(client: FlaskClient, preset: str, step: str, **changes: str) -> Any:
    data = {"csrf_token": token_of(client, f"/setup/{preset}"), "step": step}
    data |= {key: value for key, value in {**FORM, **changes}.items() if value}
    return client.post(f"/setup/{preset}", data=data)


def chosen(state: Path) -> dict[str, Any]:
    with Archive(state, write=False) as archive:
        return archive.choices.all()


@pytest.mark.parametrize("key", ["own", "owner", "purpose", "period", "rights_url"])
def test_what_is_missing_is_named_and_nothing_kept(
    owner: FlaskClient, state: Path, key: str
) -> None:
    answer = send(owner, "trades", "on", told="1", **{key: ""})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert f'id="{key}-problem"' in page
    assert FORM["owner"] in page or key == "owner"  # what was typed is still there
    assert chosen(state) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("own", "Sweden"),
        ("own", "US"),
        ("notice_language", "xx"),
        ("beep", "loud"),
        ("notice_method", "silence"),
    ],
)
def test_what_is_not_on_the_lists_is_refused(
    owner: FlaskClient, state: Path, key: str, value: str
) -> None:
    answer = send(owner, "trades", "on", told="1", **{key: value})
    assert answer.status_code == 422
    assert chosen(state) == {}


def test_nothing_is_kept_before_the_sentences_are_confirmed(
    owner: FlaskClient, state: Path
) -> None:
    answer = send(owner, "trades", "on")
    assert answer.status_code == 422
    assert "Please confirm" in answer.get_data(as_text=True)
    assert chosen(state) == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_told_in_words_before_it_is_applied(
    owner: FlaskClient, state: Path, preset: str
) -> None:
    answer = send(owner, preset, "review")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for line in PRESETS[preset].told:
        assert line.replace("’", "’") in page
    for told in ("Sweden", "California", "Number withheld", "Samtalet spelas in av"):
        assert told in page
    assert "not legal advice" in page
    assert chosen(state) == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_rules_of_every_preset_can_be_read(preset: str) -> None:
    text = PRESETS[preset].rules
    assert scope_file.parse(text, "rules", "SE", table_file.shipped()).rules


def test_a_locksmith_in_sweden(owner: FlaskClient, state: Path) -> None:
    answer = send(owner, "trades", "on", told="1")
    assert (answer.status_code, answer.location) == (303, "/consent")
    kept = chosen(state)
    assert kept["recording"] is True
    assert (kept["own"], kept["recorder"], kept["preset"]) == ("SE", "org", "trades")
    assert 'record = "all"' in kept["rules"]
    with Archive(state, write=False) as archive:
        (person,) = archive.staff.people("1")
        assert (person.name, person.told_by) == (seed.NAME, seed.NAME)
        assert archive.choices.history()[0].by == seed.NAME
    page = owner.get("/consent").get_data(as_text=True)
    assert "Recording is on" in page
    assert 'class="notice warn"' not in page  # nothing is missing


def test_an_office_in_california_left_off(owner: FlaskClient, state: Path) -> None:
    send(owner, "office", "off", told="1", own="US-CA")
    assert chosen(state)["recording"] is False
    page = owner.get("/consent").get_data(as_text=True)
    assert "Recording is off" in page
    assert "California" in page
    assert page.count("Tell first") >= 3


def test_profiles_carry_their_duties(owner: FlaskClient, state: Path) -> None:
    send(owner, "mifid", "on", told="1")
    kept = chosen(state)
    assert kept["legal_duty"] is True
    assert 'purpose = "regulated"' in kept["rules"]
    assert "sample" not in kept["rules"]
    send(owner, "health", "on", told="1", always_ask="1")
    kept = chosen(state)
    assert (kept["confidential"], kept["legal_duty"], kept["always_ask"]) == (
        True,
        False,
        True,
    )


def test_choosing_the_same_preset_again_keeps_the_rules(
    owner: FlaskClient, state: Path
) -> None:
    send(owner, "trades", "on", told="1")
    mine = '[[rule]]\nid = "mine"\nrecord = "manual"\n'
    with Archive(state, write=False) as archive:
        archive.choices.set({"rules": mine}, seed.NAME, time.time())
    send(owner, "trades", "on", told="1", period="1 year")
    assert (chosen(state)["rules"], chosen(state)["period"]) == (mine, "1 year")
    send(owner, "office", "on", told="1")
    assert chosen(state)["rules"] == PRESETS["office"].rules


def test_the_switch(owner: FlaskClient, state: Path) -> None:
    send(owner, "trades", "on", told="1")
    token = token_of(owner, "/consent")
    for value, is_on in (("off", False), ("on", True), ("nonsense", False)):
        data = {"csrf_token": token, "recording": value}
        assert owner.post("/consent/recording", data=data).status_code == 303
        assert chosen(state)["recording"] is is_on


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/consent/recording", {"recording": "on"}),
        ("/setup/trades", {**FORM, "step": "on", "told": "1"}),
        ("/rules", {"text": "", "step": "keep"}),
        ("/people", {"name": "Cy"}),
        ("/numbers/1/end", {}),
    ],
)
def test_another_user_chooses_nothing(
    owner: FlaskClient, state: Path, address: str, data: dict[str, str]
) -> None:
    other = make_app(state).test_client()
    log_in(other, "Bo")
    token = token_of(other, "/numbers")
    answer = other.post(address, data={**data, "csrf_token": token})
    assert answer.status_code == 403
    assert "owner" in answer.get_data(as_text=True)
    assert chosen(state) == {}


def test_hostile_words_stay_words(owner: FlaskClient) -> None:
    hostile = '"><script>alert(1)</script>'
    page = send(owner, "trades", "review", owner=hostile).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_new_box_says_where_to_begin(owner: FlaskClient) -> None:
    page = owner.get("/").get_data(as_text=True)
    assert re.search(r'href="/setup">Set up recording', page)
    send(owner, "trades", "on", told="1")
    assert "/setup" not in owner.get("/").get_data(as_text=True)


def test_a_purpose_not_said_holds_nothing_back(owner: FlaskClient, state: Path) -> None:
    send(owner, "trades", "on", told="1")
    with Archive(state, write=False) as archive:
        archive.choices.set({"purpose": None}, seed.NAME, time.time())
    page = owner.get("/consent").get_data(as_text=True)
    assert "Nobody has said what the recordings are for." in page
    assert "Calls that the rules and the law allow are recorded." in page
    with Archive(state, write=False) as archive:
        archive.staff.add("1", "Cy", seed.NAME, time.time())
    page = owner.get("/consent").get_data(as_text=True)
    assert "But nothing is recorded" in page
