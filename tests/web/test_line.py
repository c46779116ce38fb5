"""The card while somebody talks, its buttons, and what a call says of its consent."""

import threading
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.call.consent_states import Event, State
from firmware.consent.model import Action
from firmware.service import control
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import consent_view, consent_words, line

CHOSEN = {
    "own": "US-NY",
    "recorder": "org",
    "purpose": "orders",
    "period": "1 year",
    "owner": "Harbor Florist",
    "rights_url": "harbor.example",
    "recording": True,
}


@pytest.fixture
def box(state: Path) -> Flask:
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.choices.set(CHOSEN, seed.NAME, time.time())
    return make_app(state)


@pytest.fixture
def client(box: Flask) -> FlaskClient:
    made = box.test_client()
    log_in(made)
    return made


def card(client: FlaskClient, box: Flask, state: str, **fields: Any) -> str:
    told = {"phase": "talking", "call_id": "x", "consent_state": state, **fields}
    seed.write_status(box.extensions["linekeeper.settings"], **told)
    return client.get("/line/card").get_data(as_text=True)


def test_every_recording_state_and_action_has_words() -> None:
    assert {state.value for state in State} == set(consent_words.STATES)
    assert set(get_args(Action)) == set(consent_words.ACTIONS)
    assert set(line.VERBS) <= set(consent_words.STATES)
    verbs = {verb for verbs in line.VERBS.values() for verb in verbs} - {"confirm"}
    assert verbs | {"pause", "agreed"} <= set(line.BUTTONS)
    assert set(line.BUTTONS) <= set(control.VERBS)


def test_every_cause_of_a_state_has_words() -> None:
    silent = {Event.OPEN.value, Event.WAIT.value}
    assert {event.value for event in Event} - silent <= set(consent_view.CAUSES)


@pytest.mark.parametrize("phase", ["idle", "ringing", "closed", ""])
def test_there_is_no_card_when_there_is_nothing_to_do(
    client: FlaskClient, box: Flask, phase: str
) -> None:
    assert card(client, box, phase).strip() == ""


def test_tell_first(client: FlaskClient, box: Flask) -> None:
    page = card(client, box, "asking", consent_confirm="informed",
                consent_reason="tell_first", notice_language="en")  # fmt: skip
    for told in ("Harbor Florist", "orders", "1 year", "harbor.example"):
        assert told in page
    assert "I have told them" in page
    assert "No, stop" in page
    assert "They said yes" not in page
    assert 'lang="en"' in page


def test_ask_first_in_the_callers_language(client: FlaskClient, box: Flask) -> None:
    page = card(client, box, "asking", consent_confirm="agreed",
                consent_reason="ask_first", notice_language="sv")  # fmt: skip
    assert "They said yes" in page
    assert "Får vi spela in samtalet" in page
    assert 'lang="sv"' in page
    assert page.count("<li>") == 6  # the benefits


def test_a_call_out_of_scope_can_be_recorded_by_hand(
    client: FlaskClient, box: Flask
) -> None:
    page = card(client, box, "denied", consent_reason="out_of_scope")
    assert "/line/record" in page
    page = card(client, box, "denied", consent_reason="never_record")
    assert "/line/record" not in page
    assert "never recorded" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"consent_confirm": "nonsense"},
        {"consent_reason": "<script>"},
        {"notice_language": "xx"},
        {"paused_until_utc": 0.0},
    ],
)
def test_a_strange_status_is_no_trouble(
    client: FlaskClient, box: Flask, fields: dict[str, Any]
) -> None:
    for state in ("asking", "paused", "something_new"):
        assert "<script>" not in card(client, box, state, **fields)


def test_the_card_is_fetched_anew_when_something_changes() -> None:
    first = {"call_id": "x", "consent_state": "asking", "level_dbov": -20.0}
    assert line.key_of(first) == line.key_of({**first, "level_dbov": -30.0})
    for key, value in (("consent_state", "committed"), ("prompt", True)):
        assert line.key_of(first) != line.key_of({**first, key: value})


class Recorder(threading.Thread):
    """Takes one command as the recorder would."""

    def __init__(self, path: Path, error: str | None = None) -> None:
        super().__init__(daemon=True)
        self.server = control.Server(path)
        self.error = error
        self.got: list[tuple[str, dict[str, Any]]] = []

    def run(self) -> None:
        deadline = time.monotonic() + 10
        pause = threading.Event()
        while not self.got and time.monotonic() < deadline:
            for command in self.server.poll():
                self.got.append((command.verb, dict(command.args)))
                command.answer(self.error)
            pause.wait(0.01)
        self.server.close()


def press(client: FlaskClient, verb: str, **data: str) -> int:
    token = token_of(client, "/numbers")
    answer = client.post(f"/line/{verb}", data={"csrf_token": token, **data})
    return answer.status_code


@pytest.mark.parametrize("verb", sorted(set(line.BUTTONS) - {"pause"}))
def test_a_button_says_who_pressed_it(
    client: FlaskClient, box: Flask, verb: str
) -> None:
    recorder = Recorder(box.extensions["linekeeper.settings"].socket_path)
    recorder.start()
    assert press(client, verb) == 303
    recorder.join()
    assert recorder.got == [(verb, {"by": seed.NAME})]


def test_a_pause_has_its_minutes(client: FlaskClient, box: Flask) -> None:
    for wrong in ("", "5", "x", "-15"):
        assert press(client, "pause", minutes=wrong) == 400
    recorder = Recorder(box.extensions["linekeeper.settings"].socket_path)
    recorder.start()
    assert press(client, "pause", minutes="30") == 303
    recorder.join()
    assert recorder.got == [("pause", {"by": seed.NAME, "minutes": 30})]


def test_a_recorder_that_refuses_or_is_not_there(
    client: FlaskClient, box: Flask
) -> None:
    assert press(client, "informed") == 409
    path = box.extensions["linekeeper.settings"].socket_path
    recorder = Recorder(path, "there is no call to confirm")
    recorder.start()
    assert press(client, "informed") == 409
    recorder.join()


@pytest.mark.parametrize("verb", ["keep", "ping", "erase", "../status"])
def test_other_verbs_have_no_button(client: FlaskClient, verb: str) -> None:
    assert press(client, verb) in (404, 405)


# a call's page

RECORD = {
    "level": 3,
    "action": "RECORD_WITH_NOTICE",
    "reason": "announcement",
    "confirm": None,
    "on_failure": "discard",
    "beep": True,
    "references": ["US-CA: Cal. Penal Code 632", "<script>"],
    "places": ["US-CA"],
    "table_version": "2026-11-21",
    "states": [
        {"at_s": 0.0, "state": "ringing", "cause": "call begins", "actor": ""},
        {"at_s": 9.0, "state": "announcing", "cause": "may be recorded with a notice",
         "actor": "rules"},
        {"at_s": 21.5, "state": "committed", "cause": "time over", "actor": "rules"},
    ],
    "notice": {"id": "announcement-en", "language": "en", "sha256": "0" * 64,
               "at_s": 9.4, "heard": True},
    "beeps": {"expected": 4, "heard": 4, "times_s": [22.0], "level_dbov": -21.0},
    "attested": {"kind": "informed", "by": "user:Ada", "at_s": 12.0,
                 "utc": "2026-11-21T12:00:00.000Z"},
}  # fmt: skip


def kept(state: Path, **fields: Any) -> str:
    with Archive(state) as archive:
        return seed.add_call(archive, talk_s=3.0, **fields).id


def test_a_call_tells_what_became_of_consent(client: FlaskClient, state: Path) -> None:
    address = f"/calls/{kept(state, consent=RECORD)}"
    page = client.get(address).get_data(as_text=True)
    for told in ("Recorded, with notice", "4 of 4 heard", "-21.0 dBov", "California",
                 "heard on the line", "Cal. Penal Code 632", "I have told them",
                 "Ada, 0:12",
                 "The box is telling them", "0:22"):  # fmt: skip
        assert told in page, told
    assert "<script>" not in page.replace('<script type="module"', "")
    swedish = client.get(f"{address}?lang=sv").get_data(as_text=True)
    for told in ("Spelas in med besked", "4 av 4 hördes", "Lagen bakom"):
        assert told in swedish


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"action": "NONSENSE"},
        {"action": "DENY"},
        {"action": "DENY", "reason": "new_reason", "states": [{}], "notice": {}},
        {"action": "CONFIRM_FIRST", "confirm": "agreed", "level": 9, "beeps": None},
        {"action": "RECORD", "attested": {"kind": "new"}, "beeps": {}},
    ],
)
def test_a_record_that_lacks_or_has_more_is_no_trouble(
    client: FlaskClient, state: Path, record: dict[str, Any]
) -> None:
    address = f"/calls/{kept(state, consent=record)}"
    assert client.get(address).status_code == 200


def test_what_is_set_aside_is_kept_for_a_reason_alone(
    client: FlaskClient, box: Flask, state: Path
) -> None:
    locked = {
        "reason": "withdrawn",
        "since_utc": "2026-11-21T12:00:00.000Z",
        "until_utc": "2026-11-24T12:00:00.000Z",
    }
    with Archive(state) as archive:
        call: Call = seed.add_call(archive, talk_s=3.0, consent=RECORD)
        archive.finish_pending()
        call = archive.calls.get(call.id)
        call.audio, call.consent = "quarantined", {**RECORD, "quarantine": locked}
        archive.update(call)
    address = f"/calls/{call.id}"
    page = client.get(address).get_data(as_text=True)
    assert "The recording is set aside" in page, page
    assert 'id="player"' not in page
    assert client.get(f"/api/v1{address}/audio").status_code == 404
    token = token_of(client, address)
    data = {"csrf_token": token, "reason": " "}
    assert client.post(f"{address}/keep", data=data).status_code == 400
    recorder = Recorder(box.extensions["linekeeper.settings"].socket_path)
    recorder.start()
    data["reason"] = "a claim of 3 May"
    assert client.post(f"{address}/keep", data=data).status_code == 303
    recorder.join()
    asked = {"by": seed.NAME, "call_id": call.id, "reason": "a claim of 3 May"}
    assert recorder.got == [("keep", asked)]
