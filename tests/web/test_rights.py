"""The rights desk: find, hand out, restrict, erase with a certificate, object."""

import csv
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import fresh, rights
from web.security import COOKIE

THEIRS, OTHERS = "2125550123", "2125550188"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("rights")
    with Archive(state) as archive:
        for ago, number in ((300, THEIRS), (400, THEIRS), (500, OTHERS), (600, THEIRS)):
            seed.add_call(archive, ago=ago, number=number, name="REED", talk_s=3)
        seed.add_call(archive, ago=700, number=THEIRS, outcome="missed")
        archive.finish_pending()
        archive.choices.set({"own": "US-NY"}, "Ada", time.time())
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    return state


@pytest.fixture
def box(made: Path) -> Flask:
    return make_app(made)


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    assert log_in(client).status_code == 303
    return client


def theirs(box: Flask) -> list[Call]:
    """Return this person's calls that still have sound, the oldest first."""
    archive: Archive = box.extensions["linekeeper.archive"]()
    found = [c for c in archive.calls.page() if c.number == THEIRS and c.audio_s]
    return found[::-1]


def post(client: FlaskClient, what: str, calls: list[str] | None = None, **form: str):
    data: dict[str, object] = {"csrf_token": token_of(client, "/me"), **form}
    if calls is not None:
        data["call"] = calls
    return client.post(f"/keeping/rights/{what}", data=data)


def look(client: FlaskClient, query: str) -> str:
    answer = client.get(f"/keeping/rights?{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("number=12", "at least 5 digits"),
        ("number=%2A%2A%2A%2A%2A%2A", "at least 5 digits"),
        ("name=%20%20-", "want a name"),
        ("since=yesterday", "Please write the day"),
        ("number=2125550199", "No call is theirs"),
    ],
)
def test_a_search_that_finds_nothing_says_why(
    ada: FlaskClient, query: str, told: str
) -> None:
    page = look(ada, query)
    assert told in page
    assert 'name="call"' not in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("number=(212)+555-0123", 4),
        ("number=%2B1+212+555+0123", 4),
        ("name=reed", 4),
        ("name=reed&number=2125550188", 1),
        ("name=reed&until=2020-01-01", 0),
        ("name=reed&since=2020-01-01", 4),
    ],
)
def test_a_person_is_found_by_what_is_known(
    ada: FlaskClient, query: str, count: int
) -> None:
    assert look(ada, query).count('name="call"') == count


@pytest.mark.parametrize("what", ["package", "restrict", "erase"])
def test_nothing_is_done_without_calls_and_a_reason(
    ada: FlaskClient, box: Flask, what: str
) -> None:
    assert post(ada, what, [], reason="x", sure="yes").status_code == 400
    wrong = ["../../etc/passwd"]
    assert post(ada, what, wrong, reason="x", sure="yes").status_code == 404
    many = [f"20200101-000000-{n:04d}" for n in range(rights.MOST_CALLS + 1)]
    assert post(ada, what, many, reason="x", sure="yes").status_code == 400
    if what != "package":
        ids = [call.id for call in theirs(box)]
        assert post(ada, what, ids, reason=" ", sure="yes").status_code == 400


def test_a_copy_holds_sound_records_and_who_listened(
    ada: FlaskClient, box: Flask
) -> None:
    calls = theirs(box)
    answer = post(ada, "package", [call.id for call in calls])
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as bundle:
        assert bundle.testzip() is None
        rows = list(csv.DictReader(io.StringIO(bundle.read("calls.csv").decode())))
        assert [row["id"] for row in rows] == [call.id for call in calls]
        sounds = [name for name in bundle.namelist() if name.endswith(".flac")]
        assert len(sounds) == len(calls)
        assert all(bundle.read(name)[:4] == b"fLaC" for name in sounds)
        record = json.loads(bundle.read(f"{calls[0].id}/call.json"))
        assert record["number"] == THEIRS
    archive: Archive = box.extensions["linekeeper.archive"]()
    assert archive.ledger.entries(calls[0].id)[-1].kind == "exported"


def test_handing_out_and_erasing_want_the_password_again(
    ada: FlaskClient, box: Flask
) -> None:
    archive: Archive = box.extensions["linekeeper.archive"]()
    cookie = ada.get_cookie(COOKIE)
    assert cookie is not None
    archive.sessions.prove(cookie.value, time.time() - fresh.FRESH_S - 1)
    ids = [call.id for call in theirs(box)]
    for what in ("package", "erase"):
        assert post(ada, what, ids, reason="x", sure="yes").status_code == 401
    assert len(theirs(box)) == len(ids)
    assert post(ada, "package", ids, password=seed.PASSWORD).status_code == 200


def test_restricting_shuts_all_that_were_ticked(ada: FlaskClient, box: Flask) -> None:
    call = theirs(box)[0]
    answer = post(ada, "restrict", [call.id], reason="they dispute it")
    assert answer.location == "/keeping/rights?restricted=1"
    assert "1 call is restricted." in look(ada, "restricted=1")
    sound = ada.get(f"/api/v1/calls/{call.id}/audio")
    assert sound.status_code == 403


def test_erasing_a_person_gives_a_certificate(ada: FlaskClient, box: Flask) -> None:
    calls = theirs(box)[1:]
    ids = [call.id for call in calls]
    assert post(ada, "erase", ids, reason="asked by letter").status_code == 400
    data = {"csrf_token": token_of(ada, "/me"), "reason": "a claim <i>"}
    hold = {**data, "owner": "Ada", "review": "2027-01-31"}
    assert ada.post(f"/calls/{ids[0]}/hold", data=hold).status_code == 303
    answer = post(ada, "erase", ids, reason="asked by letter", sure="yes")
    assert answer.status_code == 303
    assert answer.location.startswith("/keeping/rights/certificates/E")
    page = ada.get(answer.location).get_data(as_text=True)
    assert "asked by letter" in page
    assert ids[1] in page
    assert "Not erased" in page  # what is held stays, and the certificate says so
    assert THEIRS not in page.replace(" ", "")
    archive: Archive = box.extensions["linekeeper.archive"]()
    assert archive.calls.get(ids[0]).audio == "kept"
    assert archive.calls.get(ids[1]).audio == "none"
    number = answer.location.rsplit("/", 1)[1]
    assert number in look(ada, "")
    assert ada.get("/keeping/rights/certificates/E1").status_code == 404


def test_an_objection_holds_from_the_next_call_on(ada: FlaskClient, box: Flask) -> None:
    assert post(ada, "object", number="nothing").status_code == 400
    answer = post(ada, "object", number="(212) 555-0123", note="by telephone")
    assert answer.status_code == 303
    assert "recorded no more" in ada.get(answer.location).get_data(as_text=True)
    archive: Archive = box.extensions["linekeeper.archive"]()
    wish = archive.wishes.held("+12125550123")[0]
    assert (wish.kind, wish.by, wish.note) == ("never", seed.NAME, "by telephone")


def test_too_much_sound_is_not_made_in_memory(
    ada: FlaskClient, box: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "MOST_SOUND_S", 1.0)
    answer = post(ada, "package", [call.id for call in theirs(box)])
    assert answer.status_code == 400
    assert "Choose fewer calls" in answer.get_data(as_text=True)
