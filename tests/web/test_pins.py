"""Pinned notes, reasons for listening, turns and the next unheard call, by HTTP."""

import dataclasses
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call, Mark
from firmware.archive.pins import pins_of
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import create_app, custody, why
from web.pins import second

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("pins")
    with Archive(state) as archive:
        seed.add_call(archive, ago=300, number="2125550123", talk_s=40)
        for ago in (400, 500):
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=4)
        seed.add_call(archive, ago=600, number="2125550124", talk_s=4, line="2")
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Rae", seed.PASSWORD, "reviewer", time.time())
    return state


@pytest.fixture
def box(made: Path) -> Flask:
    return make_app(made)


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    assert log_in(client).status_code == 303
    return client


def archive_of(box: Flask) -> Archive:
    found: Archive = box.extensions["linekeeper.archive"]()
    return found


@pytest.fixture
def calls(box: Flask) -> list[Call]:
    return archive_of(box).calls.page()


def send(client: FlaskClient, call: Call, verb: str, *, json: bool = True, **form: str):
    data = {"csrf_token": token_of(client, "/me"), **form}
    headers = JSON if json else {}
    return client.post(f"/calls/{call.id}/{verb}", data=data, headers=headers)


@pytest.mark.parametrize(
    ("text", "value"),
    [("95", 95.0), ("1:35", 95.0), ("1:02:03.5", 3723.5), (" 0:07,25 ", 7.25)],
)
def test_a_place_is_read_as_people_write_it(text: str, value: float) -> None:
    assert second(text) == value


@pytest.mark.parametrize(
    ("verb", "form", "code", "told"),
    [
        ("pins/pin", {"at_s": "soon", "text": "x"}, 400, "1:35"),
        ("pins/pin", {"at_s": "-1", "text": "x"}, 400, "1:35"),
        ("pins/pin", {"at_s": "", "text": "x"}, 400, "1:35"),
        ("pins/pin", {"at_s": "9:59", "text": "x"}, 400, "not that long"),
        ("pins/pin", {"at_s": "1", "text": " \u202e\t"}, 400, "write a note"),
        ("pins/repin", {"pin_id": "nope", "text": "x"}, 409, "no such"),
        ("pins/unpin", {"pin_id": "nope"}, 409, "no such"),
        ("pins/back", {"pin_id": "nope"}, 410, "too long ago"),
        ("why", {}, 400, "write why"),
        ("why", {"reason": "fun"}, 400, "write why"),
        ("why", {"reason": "own_words", "own": " "}, 400, "write why"),
    ],
)
def test_what_makes_no_sense_is_refused_and_said(
    ada: FlaskClient,
    calls: list[Call],
    verb: str,
    form: dict[str, str],
    code: int,
    told: str,
) -> None:
    answer = send(ada, calls[0], verb, **form)
    assert answer.status_code == code
    assert told in answer.json["message"]


def test_a_note_by_plain_forms_and_back(
    box: Flask, ada: FlaskClient, calls: list[Call]
) -> None:
    call = calls[0]
    answer = send(ada, call, "pins/pin", json=False, at_s="0:02", text="<i>keys</i>")
    assert answer.status_code == 303
    page = ada.get(answer.headers["Location"]).get_data(as_text=True)
    assert "The note is pinned." in page
    assert "&lt;i&gt;keys&lt;/i&gt;" in page
    assert "<i>keys" not in page
    pin = pins_of(archive_of(box).calls.get(call.id))[0]
    gone = send(ada, call, "pins/unpin", json=False, pin_id=pin["id"])
    page = ada.get(gone.headers["Location"]).get_data(as_text=True)
    assert "Undo" in page
    assert send(ada, call, "pins/back", pin_id=pin["id"]).json["pin"] == pin
    assert send(ada, call, "pins/back", pin_id=pin["id"]).status_code == 410
    assert pins_of(archive_of(box).calls.get(call.id)) == [pin]


def test_a_reviewer_reads_notes_and_pins_none(
    box: Flask, ada: FlaskClient, calls: list[Call]
) -> None:
    pin = send(ada, calls[1], "pins/pin", at_s="1", text="seen by all").json["pin"]
    rae = box.test_client()
    log_in(rae, "Rae")
    assert "seen by all" in rae.get(f"/calls/{calls[1].id}").get_data(as_text=True)
    for verb in ("pin", "repin", "unpin", "back"):
        answer = send(rae, calls[1], f"pins/{verb}", pin_id=pin["id"], text="x")
        assert answer.status_code == 403


def test_consent_and_notes_are_among_what_happened(
    box: Flask, ada: FlaskClient, calls: list[Call]
) -> None:
    call = dataclasses.replace(
        calls[2],
        audio_offset_s=-5.0,
        marks=[Mark(1.0, "answer"), Mark(3.0, "gap", "", 0.5)],
        consent={
            "notice": {"at_s": -3.0, "heard": True},
            "beeps": {"heard": 3, "times_s": [0.5, 1.5, 2.5]},
            "attested": {"kind": "agreed", "by": "user:Ada", "at_s": 2.0},
            "masks": [{"from_s": 1.0, "to_s": 1.8}],
            "states": [
                {"at_s": 0.0, "state": "committed"},
                {"at_s": 3.0, "state": "paused"},
            ],
        },
        keeping={"pins": [{**_PIN, "at_s": 2.5}]},
    )
    from web import moments  # needs a language, which a request brings

    with box.test_request_context("/"):
        found = moments.moments(call)
        drawn = moments.symbols(found)
    told = [(each.at_s, each.kind) for each in found]
    assert told == [
        *[(1.0, "answer"), (2.0, "notice"), (2.5, "pin"), (3.0, "gap")],
        *[(5.5, "beep"), (6.0, "mask"), (7.0, "attested"), (8.0, "state")],
    ]
    assert [each["kind"] for each in drawn] == [kind for _at, kind in told]
    assert found[4].words == "3 recording beeps"
    assert drawn[2]["words"] == "price"


_PIN = {"id": "a", "text": "price", "by": "Bo", "at_utc": "2027-01-15T08:00:00.000Z"}


def test_turns_are_told_to_those_who_may_listen(
    ada: FlaskClient, calls: list[Call]
) -> None:
    told = ada.get(f"/api/v1/calls/{calls[0].id}/turns").json
    assert set(told) == {"turns", "near_share"}
    assert {turn["who"] for turn in told["turns"]} >= {"near", "far"}
    for turn in told["turns"]:
        assert set(turn) == {"start_s", "end_s", "who", "sure"}
        assert 0 <= turn["start_s"] < turn["end_s"] <= calls[0].audio_s


def test_the_next_unheard_goes_round_and_leaves_out_what_was_heard(
    ada: FlaskClient, calls: list[Call]
) -> None:
    def after(call_id: str, order: str = "newest") -> str:
        address = f"/calls/next?after={call_id}&order={order}"
        url = ada.get(address, headers=JSON).json["url"]
        return str(url or "").rpartition("/")[2]

    ids = [call.id for call in calls]
    assert after(ids[0]) == ids[1]
    assert after(ids[3]) == ids[0]
    assert after(ids[1], "oldest") == ids[0]
    assert after(ids[0], "oldest") == ids[3]
    assert ada.get(f"/api/v1/calls/{ids[1]}/audio").status_code == 200
    assert after(ids[0]) == ids[2]
    assert ada.get("/calls/next?order=any").status_code == 400
    assert ada.get("/calls/next").status_code == 303


def asking(made: Path) -> Flask:
    settings = seed.settings_for(made)
    web = dataclasses.replace(settings.web, ask_reason=True)
    return create_app(dataclasses.replace(settings, web=web), testing=True)


def test_no_sound_without_a_reason_where_the_owner_asks(made: Path) -> None:
    app = asking(made)
    archive = archive_of(app)
    try:
        client = app.test_client()
        log_in(client)
        call = archive.calls.page()[3]
        address = f"/api/v1/calls/{call.id}/audio"
        for method in (client.get, client.head):
            answer = method(address)
            assert answer.status_code == 428
        told = client.get(address).json
        assert told["reasons"] == list(why.REASONS)
        assert told["say"] == f"/calls/{call.id}/why"
        assert client.get(f"{address}?download=1").status_code == 428
        assert client.get(f"{address}?reason=fun").status_code == 400
        assert "Why do you listen?" in client.get(f"/calls/{call.id}").text
        said = send(client, call, "why", reason="complaint", own="she was <b>angry</b>")
        assert said.json == {"reason": "own_words"}
        assert client.get(address).status_code == 200
        assert "Why do you listen?" not in client.get(f"/calls/{call.id}").text
        played = [e for e in archive.ledger.entries(call.id) if e.kind == "played"]
        assert [e.data["reason"] for e in played] == ["own_words"]
        assert "angry" not in repr([e.data for e in archive.ledger.entries(call.id)])
        with app.test_request_context("/"):
            links = custody.chain(played, archive.calls.get(call.id))
        assert links[0].detail.endswith("she was <b>angry</b>")
        # Another call is asked for anew; a program may give a code at once.
        other = archive.calls.page()[0]
        address = f"/api/v1/calls/{other.id}/audio"
        assert client.get(address).status_code == 428
        assert client.get(f"{address}?reason=training").status_code == 200
    finally:
        archive.close()


def test_an_answer_holds_while_somebody_goes_on_listening() -> None:
    reasons = why.Reasons()
    reasons.say(1, "a", "complaint", 1000.0)
    assert reasons.get(1, "a", 1000.0 + why.HOLDS_S - 1) == "complaint"
    assert reasons.get(1, "a", 1000.0 + why.HOLDS_S) is None
    assert reasons.get(2, "a", 1000.0) is None
    assert reasons.get(1, "b", 1000.0) is None
