"""Copies of a call, calls on a stick, and what people ask for, on their pages."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive, derived, disks
from firmware.archive.verify import verify
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from tests.web.test_keeping import waited
from web import asked, backup, copies, shelf
from web.security import limiter


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Flask]:
    state = tmp_path / "state"
    with Archive(state) as archive:
        seed.add_call(archive, ago=900, number="2125550123", talk_s=4)
        seed.add_call(archive, ago=90_000, number="2125550188", talk_s=1)
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


def archive_of(box: Flask) -> Archive:
    found: Archive = box.extensions["linekeeper.archive"]()
    return found


def post(client: FlaskClient, address: str, **form: str):
    return client.post(address, data={"csrf_token": token_of(client, "/me"), **form})


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


# copies


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90", 90.0),
        ("1:30", 90.0),
        ("1:02:03,5", 3723.5),
        (" 0:07.25 ", 7.25),
        ("", None),
        ("-1", None),
        ("1:-2", None),
        ("a minute", None),
        ("1e9", None),
    ],
)
def test_times_as_people_type_them(text: str, wanted: float | None) -> None:
    assert copies.seconds(text) == wanted


def test_a_copy_is_made_heard_taken_and_removed(ada: FlaskClient, box: Flask) -> None:
    call = archive_of(box).calls.page()[0]
    address = f"/calls/{call.id}/copies"
    form = {"kind": "cut", "from-0": "0:01", "to-0": "0:03", "reason": "the price"}
    assert post(ada, address, **form).status_code == 303
    shown = text_of(ada, address)
    assert "0:01–0:03" in shown
    assert "the price" in shown
    heard = ada.get(f"{address}/cut-1.flac", headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.data) == (206, b"fLaC")
    taken = ada.get(f"{address}/cut-1.flac/take")
    assert "attachment" in taken.headers["Content-Disposition"]
    kinds = [entry.kind for entry in archive_of(box).ledger.walk()]
    assert kinds.count("edited_copy") == 1
    assert {"played", "exported"} <= set(kinds)
    assert post(ada, f"{address}/cut-1.flac/remove").status_code == 303
    assert "No copy yet" in text_of(ada, address)
    assert ada.get(f"{address}/cut-1.flac").status_code == 404
    assert post(ada, f"{address}/cut-1.flac/remove").status_code == 404
    kept = archive_of(box)
    assert derived.copies(kept.calls.get(call.id)) == []
    assert not list(kept.folder(kept.calls.get(call.id)).glob("cut-1*"))
    assert verify(kept, [call.id]).good
    assert post(ada, address, **form).status_code == 303  # its name is free again
    assert verify(kept, [call.id]).good


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"kind": "cut", "from-0": "0:03", "to-0": "0:01"}, "From has to be before to"),
        ({"kind": "cut", "from-0": "0:01", "to-0": "9:00"}, "From has to be before to"),
        ({"kind": "cut", "from-0": "x", "to-0": ""}, "Please write times as 1:30."),
        ({"kind": "mute"}, "at least one stretch"),
        ({"kind": "cut", "from-0": "0", "to-0": "1", "from-1": "2", "to-1": "3"},
         "One stretch only"),
        ({"kind": "erase", "from-0": "0", "to-0": "1"}, "choose from the list"),
    ],
)  # fmt: skip
def test_a_copy_that_cannot_be_is_told_and_nothing_typed_is_lost(
    ada: FlaskClient, box: Flask, form: dict[str, str], told: str
) -> None:
    call = archive_of(box).calls.page()[0]
    answer = post(ada, f"/calls/{call.id}/copies", **form, reason="my own words")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in shown
    assert 'value="my own words"' in shown
    assert derived.copies(archive_of(box).calls.get(call.id)) == []


# on a stick


def test_calls_are_put_on_a_stick_that_is_attached(
    ada: FlaskClient, box: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No stick is attached" in text_of(ada, "/keeping/shelf")
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setattr(backup, "attached", lambda: [("ABCD-1234", str(stick))])
    assert post(ada, "/keeping/shelf", disk="/etc").status_code == 400
    form = {"disk": "ABCD-1234", "format": "flac"}
    assert post(ada, "/keeping/shelf", **form, since="soon").status_code == 400
    assert post(ada, "/keeping/shelf", **form).status_code == 303
    assert waited(box, shelf.JOB).problem == ""
    assert "2 calls are on the stick" in text_of(ada, "/keeping/shelf")
    folder = stick / shelf.FOLDER
    assert (folder / "index.html").exists()
    assert len(list(folder.rglob("*.flac"))) == 2


def test_only_calls_of_the_days_that_were_asked_for(box: Flask) -> None:
    kept, now = archive_of(box), time.time()
    late = list(shelf._chosen(kept, now - 3600, None, frozenset()))
    early = list(shelf._chosen(kept, None, now - 3600, frozenset()))
    assert [len(late), len(early)] == [1, 1]
    assert list(shelf._chosen(kept, None, None, frozenset({"7"}))) == []


# requests


def test_a_request_runs_a_month_and_its_name_goes_with_the_answer(
    ada: FlaskClient, box: Flask
) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 27 * 86_400))
    form = {"who": "Klara Berg", "kind": "access", "day": day}
    assert post(ada, "/keeping/requests", **form).status_code == 303
    shown = text_of(ada, "/keeping/requests")
    assert "Klara Berg" in shown
    assert re.search(r"\d days? left", shown)
    number = archive_of(box).requests.open()[0].id
    assert post(ada, f"/keeping/requests/{number}", answer=" ").status_code == 400
    answer = post(ada, f"/keeping/requests/{number}", answer="sent by letter")
    assert answer.status_code == 303
    shown = text_of(ada, "/keeping/requests")
    assert "Klara Berg" not in shown
    assert "sent by letter" in shown
    again = post(ada, f"/keeping/requests/{number}", answer="twice")
    assert again.status_code == 409


def test_a_late_request_is_told_in_red(ada: FlaskClient, box: Flask) -> None:
    kept = archive_of(box)
    kept.requests.add("erase", "Cy", time.time() - 40 * 86_400, "Ada")
    assert "should have been answered" in text_of(ada, "/keeping/requests")


@pytest.mark.parametrize("day", ["", "tomorrow", "2999-01-01"])
def test_a_request_wants_a_day_that_has_been(ada: FlaskClient, day: str) -> None:
    form = {"who": "<b>Cy</b>", "kind": "access", "day": day}
    answer = post(ada, "/keeping/requests", **form)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "&lt;b&gt;Cy" in shown
    assert "the day on which it came" in shown


def test_every_kind_of_request_has_words() -> None:
    from firmware.archive.requests import KINDS

    assert set(asked.WANTS) == set(KINDS)
