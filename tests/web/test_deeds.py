"""Deeds on calls from their page: each done, refused, undone, and in the ledger."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import fresh
from web.security import COOKIE

DAY = 86_400.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose calls may be changed."""
    state = tmp_path_factory.mktemp("deeds")
    with Archive(state) as archive:
        for ago in (300, 400, 500):
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=4)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Bo", seed.PASSWORD, "agent", time.time())
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
def call(box: Flask) -> Call:
    return archive_of(box).calls.page()[0]


def kinds(box: Flask, call: Call) -> list[str]:
    """Return what happened to a call; being looked at has tests of its own."""
    found = [entry.kind for entry in archive_of(box).ledger.entries(call.id)]
    return [kind for kind in found if kind != "viewed"]


def deed(client: FlaskClient, call: Call, verb: str, **form: str):
    data = {"csrf_token": token_of(client, "/me"), **form}
    return client.post(f"/calls/{call.id}/{verb}", data=data)


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def day(ahead: float) -> str:
    return datetime.fromtimestamp(time.time() + ahead * DAY, UTC).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("verb", "form", "told"),
    [
        ("hold", {"owner": "Ada", "review": day(9)}, "Please write why."),
        ("hold", {"reason": "claim", "review": ""}, "Please write the day"),
        ("hold", {"reason": "claim", "review": "tomorrow"}, "Please write the day"),
        ("bin", {"reason": "  \t\u202e"}, "Please write why."),
        ("erase", {}, "Please write why."),
    ],
)
def test_a_deed_without_what_it_needs_is_not_done(
    ada: FlaskClient, call: Call, box: Flask, verb: str, form: dict[str, str], told: str
) -> None:
    before = kinds(box, call)
    answer = deed(ada, call, verb, **form)
    assert answer.status_code == 400
    assert told in answer.get_data(as_text=True)
    assert kinds(box, call) == before


@pytest.mark.parametrize(
    ("verb", "form", "told"),
    [
        ("hold", {"reason": "x", "review": day(-9)}, "review"),
        ("hold", {"reason": "x", "review": day(5000)}, "review"),
        ("release", {"reason": "x"}, "no hold"),
        ("restore", {}, "no bin"),
        ("purpose", {"reason": "x", "purpose": "fun"}, "purpose"),
    ],
)
def test_what_a_rule_forbids_is_told(
    ada: FlaskClient, call: Call, verb: str, form: dict[str, str], told: str
) -> None:
    answer = deed(ada, call, verb, **form)
    assert answer.status_code == 409
    assert told in answer.get_data(as_text=True)


def test_a_call_that_is_not_there_cannot_be_changed(ada: FlaskClient) -> None:
    data = {"csrf_token": token_of(ada, "/me")}
    assert ada.post("/calls/20200101-000000-zzzz/star", data=data).status_code == 404
    assert ada.post("/calls/../../etc/star", data=data).status_code in (404, 308)


def test_star_and_its_end(ada: FlaskClient, call: Call, box: Flask) -> None:
    assert deed(ada, call, "star").status_code == 303
    shown = page(ada, f"/calls/{call.id}?did=star")
    assert "It has a star now." in shown
    assert 'aria-pressed="true"' in shown
    assert call.id in page(ada, "/keeping/held")
    assert deed(ada, call, "unstar").status_code == 303
    assert 'aria-pressed="false"' in page(ada, f"/calls/{call.id}")
    assert kinds(box, call)[-2:] == ["starred", "unstarred"]
    last = archive_of(box).ledger.entries(call.id)[-1]
    assert last.by == seed.NAME


def test_hold_keeps_a_call_from_bin_and_erasure(
    ada: FlaskClient, call: Call, box: Flask
) -> None:
    form = {"reason": "Claim <b>of</b> 2026", "owner": "Bo", "review": day(30)}
    assert deed(ada, call, "hold", **form).status_code == 303
    shown = page(ada, f"/calls/{call.id}")
    assert "Claim &lt;b&gt;of&lt;/b&gt; 2026" in shown
    assert day(31)[:7] in shown or day(30)[:7] in shown
    assert f'action="/calls/{call.id}/bin"' not in shown
    for verb in ("bin", "erase"):
        answer = deed(ada, call, verb, reason="no reason is good enough")
        assert answer.status_code == 409
        assert "hold" in answer.get_data(as_text=True)
    assert "Claim" in page(ada, "/keeping/held")
    assert deed(ada, call, "release", reason="settled").status_code == 303
    assert f'action="/calls/{call.id}/hold"' in page(ada, f"/calls/{call.id}")
    assert kinds(box, call)[-2:] == ["held", "released"]


def test_bin_and_undo(ada: FlaskClient, call: Call, box: Flask) -> None:
    answer = deed(ada, call, "bin", choice="a private call")
    assert answer.location == f"/calls?binned={call.id}"
    shown = page(ada, answer.location)
    assert "is in the bin" in shown
    assert f'id="c{call.id}"' not in shown
    assert "a private call" in page(ada, "/keeping/bin")
    inside = page(ada, f"/calls/{call.id}")
    assert "In the bin" in inside
    assert "<audio" not in inside
    sound = ada.get(f"/api/v1/calls/{call.id}/audio")
    assert sound.status_code == 409
    assert deed(ada, call, "restore", **{"from": "list"}).location == "/calls"
    assert f'id="c{call.id}"' in page(ada, f"/calls?binned={call.id}")
    assert "is in the bin" not in page(ada, f"/calls?binned={call.id}")
    assert kinds(box, call)[-2:] == ["binned", "restored"]


def test_what_is_restricted_cannot_be_heard(
    ada: FlaskClient, call: Call, box: Flask
) -> None:
    assert deed(ada, call, "restrict", reason="they dispute it").status_code == 303
    assert "<audio" not in page(ada, f"/calls/{call.id}")
    for address in ("audio", "audio?version=original&download=1", "peaks"):
        answer = ada.get(f"/api/v1/calls/{call.id}/{address}")
        assert answer.status_code == 403, address
    assert deed(ada, call, "unrestrict", reason="settled").status_code == 303
    assert "<audio" in page(ada, f"/calls/{call.id}")


def test_a_note_and_an_order(ada: FlaskClient, call: Call) -> None:
    deed(ada, call, "note", text="Quoted <240>\u202e for the lock")
    deed(ada, call, "order", text="2026-1180")
    shown = page(ada, f"/calls/{call.id}")
    assert "Quoted &lt;240&gt; for the lock" in shown
    assert "2026-1180" in shown
    deed(ada, call, "note", text=" ")
    assert "Quoted" not in page(ada, f"/calls/{call.id}")


def test_a_user_does_not_hold_restrict_or_erase(box: Flask, call: Call) -> None:
    bo = box.test_client()
    log_in(bo, "Bo")
    shown = page(bo, f"/calls/{call.id}")
    for verb in ("hold", "restrict", "erase", "purpose"):
        assert f"/{verb}" not in shown
        assert deed(bo, call, verb, reason="x").status_code == 403
    assert deed(bo, call, "star").status_code == 303
    assert deed(bo, call, "unstar").status_code == 303


# who listened


def test_hearing_enters_the_ledger_once_taking_out_each_time(
    ada: FlaskClient, call: Call, box: Flask
) -> None:
    base = f"/api/v1/calls/{call.id}"
    before = kinds(box, call)
    ada.head(f"{base}/audio")
    ada.get(f"{base}/peaks")
    page(ada, f"/calls/{call.id}")
    assert kinds(box, call) == before
    for part in ("bytes=0-99", "bytes=100-199", "bytes=0-"):
        ada.get(f"{base}/audio", headers={"Range": part}, buffered=True)
    assert kinds(box, call) == [*before, "played"]
    ada.get(f"{base}/audio?version=original", buffered=True)
    for _ in range(2):
        ada.get(f"{base}/audio?version=original&download=1", buffered=True)
    assert kinds(box, call) == [*before, "played", "played", "exported", "exported"]
    shown = page(ada, f"/calls/{call.id}")
    assert f"Heard or taken by {seed.NAME}" in shown
    assert "Taken out of the box" in shown


def test_a_user_hears_but_takes_nothing_out(box: Flask, call: Call) -> None:
    bo = box.test_client()
    log_in(bo, "Bo")
    address = f"/api/v1/calls/{call.id}/audio"
    assert bo.get(address, buffered=True).status_code == 200
    assert bo.get(f"{address}?download=1").status_code == 403
    assert "download" not in page(bo, f"/calls/{call.id}")


def test_the_log_shows_who_did_what(ada: FlaskClient, call: Call, box: Flask) -> None:
    shown = page(ada, "/box/log")
    assert "Played" in shown
    heard = page(ada, "/box/log?show=heard")
    assert "Star given" not in heard
    assert call.id in heard
    assert "2125550123" not in page(ada, "/box/log?before=999999999")
    assert ada.get("/box/log?before=x").status_code == 400
    assert page(ada, "/box/log?before=0").count('class="item"') == 0
    bo = box.test_client()
    log_in(bo, "Bo")
    assert bo.get("/box/log").status_code == 403


# erasing, last


def test_erasing_wants_the_password_again_and_leaves_no_sound(
    ada: FlaskClient, call: Call, box: Flask
) -> None:
    archive = archive_of(box)
    cookie = ada.get_cookie(COOKIE)
    assert cookie is not None
    archive.sessions.prove(cookie.value, time.time() - fresh.FRESH_S - 1)
    shown = page(ada, f"/calls/{call.id}")
    assert re.search(r'id="erase-password"[^>]+type="password"', shown)
    answer = deed(ada, call, "erase", reason="they asked", back=f"/calls/{call.id}")
    assert answer.status_code == 401
    assert archive.calls.get(call.id).audio == "kept"
    answer = deed(ada, call, "erase", reason="they asked", password=seed.PASSWORD)
    assert answer.status_code == 303
    gone = archive.calls.get(call.id)
    assert gone.audio == "none"
    assert gone.number is None
    shown = page(ada, f"/calls/{call.id}")
    assert "Erased" in shown
    assert "2125550123" not in shown
    assert ada.get(f"/api/v1/calls/{call.id}/audio").status_code == 404
    assert kinds(box, call)[-1] == "erased"
