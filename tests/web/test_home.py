"""The start page: what wants doing, who waits, how the box fares; events of lines."""

import asyncio
import json
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import callbacks, glance, notices
from web.box import Card
from web.events import Hub


@pytest.fixture
def box(state: Path) -> Flask:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Ben", seed.PASSWORD, "agent", time.time(), ["2"])
        archive.users.add("Aud", seed.PASSWORD, "auditor", time.time())
    return make_app(state)


def enter(box: Flask, name: str = seed.NAME) -> FlaskClient:
    made = box.test_client()
    assert log_in(made, name).status_code == 303
    return made


def miss(state: Path, ago: float = 600.0, **fields: Any) -> Call:
    known = {"direction": "incoming", "outcome": "missed", "number": "2125550123"}
    with Archive(state) as archive:
        return seed.add_call(archive, ago=ago, **{**known, **fields})


def waiting(client: FlaskClient) -> list[str]:
    return re.findall(r'id="w(\d[^"]+)"', client.get("/").get_data(as_text=True))


def say(client: FlaskClient, call: Call, verb: str, **data: str) -> Any:
    data["csrf_token"] = token_of(client, "/me")
    return client.post(f"/callbacks/{call.id}/{verb}", data=data)


@pytest.mark.parametrize("query", ["q=0188", "before=1_a", "outcome=missed&q=%26"])
def test_old_addresses_of_the_list_lead_on(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 302
    assert answer.location.startswith("/calls?")
    assert answer.location.count("=") == query.count("=")


def test_the_missed_are_folded_called_and_closed_by_a_talk(
    box: Flask, state: Path
) -> None:
    miss(state, 900, number="+12125550123")
    last = miss(state, 600)
    hidden = miss(state, 500, number=None, number_absence="private")
    ada = enter(box)
    assert waiting(ada) == [hidden.id, last.id]
    page = ada.get("/").get_data(as_text=True)
    assert "2 times, last" in page
    assert page.count('href="tel:') == 1
    assert 'href="tel:2125550123"' in page
    miss(state, 60, direction="outgoing", outcome="answered", talk_s=1.0)
    assert waiting(ada) == [hidden.id]


def test_done_later_and_undo(box: Flask, state: Path) -> None:
    call = miss(state, name='"><script>')
    ada = enter(box)
    answer = say(ada, call, "done")
    assert answer.location == f"/?said={call.id}"
    page = ada.get(answer.location).get_data(as_text=True)
    assert "&#34;&gt;&lt;script&gt; is done." in page
    assert waiting(ada) == []
    assert say(ada, call, "undo").location == "/"
    assert waiting(ada) == [call.id]
    assert "is done" not in ada.get(answer.location).get_data(as_text=True)
    assert say(ada, call, "later", until="tomorrow").status_code == 303
    assert waiting(ada) == []
    for until in ("", "never", "1e9"):
        assert say(ada, call, "later", until=until).status_code == 400


def test_nobody_says_anything_of_a_line_that_is_not_theirs(
    box: Flask, state: Path
) -> None:
    call = miss(state)
    ben, auditor = enter(box, "Ben"), enter(box, "Aud")
    assert waiting(ben) == []
    for verb in ("done", "later", "undo"):
        assert say(ben, call, verb, until="hour").status_code == 404
        assert say(auditor, call, verb, until="hour").status_code == 403
    assert say(enter(box), call, "done").status_code == 303
    for secret in ("0123", call.id):
        assert secret not in ben.get(f"/?said={call.id}").get_data(as_text=True)
    assert waiting(auditor) == []
    with Archive(state, write=False) as archive:
        assert archive.callbacks.marks()[call.id].by == seed.NAME


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("2125550123", "+12125550123", True),
        ("5550123", "+12125550123", True),  # dialled without the area code
        ("2125550123", "3125550123", False),
        ("+442079460018", "02079460018", False),  # seen from New York
        ("*69", "*69", True),
        ("", "2125550123", False),
    ],
)
def test_numbers_are_one_however_they_are_written(
    one: str, two: str, same: bool
) -> None:
    assert callbacks.alike(one, two, "US") is same


def test_tomorrow_is_the_next_morning_of_the_box() -> None:
    now = datetime(2026, 12, 31, 23, 59).timestamp()
    assert datetime.fromtimestamp(callbacks.tomorrow(now)) == datetime(2027, 1, 1, 8)


# notices


def card(tone: str, endpoint: str = "disk.index", permission: str = "see") -> Card:
    return Card(tone, "", "disk", tone, endpoint, permission)


def tones(*cards: Card, role: tuple[str, ...] = ("see", "settle")) -> list[str]:
    found = notices.worth_telling(cards, lambda permission: permission in role)
    return [each.tone for each in found]


def test_the_gravest_first_and_nothing_that_is_well() -> None:
    assert tones() == []
    assert tones(card("good"), card("")) == []
    assert tones(card("todo"), card("warn"), card("bad")) == ["bad", "warn", "todo"]


def test_only_what_somebody_can_do_something_about() -> None:
    assert tones(card("bad", permission="rule"), card("warn")) == ["warn"]


def test_before_the_set_up_only_what_is_bad_stands_beside_it() -> None:
    first = card("todo", "setup.index", "settle")
    assert tones(card("warn"), first, card("bad")) == ["bad", "todo"]
    assert tones(card("warn"), first, role=("see",)) == ["warn"]


def test_every_notice_has_one_way_on(box: Flask) -> None:
    page = enter(box).get("/").get_data(as_text=True)
    found = re.findall(r'class="notice act-now.*?</a></div>', page)
    assert len(found) == 1  # nothing is set up yet: that comes first
    assert found[0].count("<a ") == 1
    assert 'href="/setup"' in found[0]
    assert "All is well" in enter(box, "Ben").get("/").get_data(as_text=True)


# how the box fares


@pytest.mark.parametrize(
    ("per_day", "leaving", "days"),
    [
        (None, 0, None),
        (10.0, 0, 100),
        (10.0, 150, 200),
        (10.0, 300, None),  # as much leaves as comes
        (0.001, 0, None),  # nobody plans for centuries
    ],
)
def test_when_the_disk_is_full(
    per_day: float | None, leaving: int, days: int | None
) -> None:
    assert glance.full_in(1000, per_day, leaving) == days


def test_a_memo_makes_a_sum_once_an_hour() -> None:
    memo, made = glance.Memo(), iter(range(9))
    assert [memo.get("a", now, lambda: next(made)) for now in (0, 9, 3599)] == [0, 0, 0]
    assert memo.get("a", 3600, lambda: next(made)) == 1
    assert memo.get("a", 0, lambda: next(made)) == 2  # the clock was set back
    assert memo.get("b", 0, lambda: next(made)) == 3


def test_an_empty_box_and_a_box_of_somebody_elses_line_say_so(
    box: Flask, state: Path
) -> None:
    assert "No calls in the last seven days" in enter(box).get("/").text
    miss(state)
    assert "No calls in the last seven days" not in enter(box).get("/").text
    assert "No calls in the last seven days" in enter(box, "Ben").get("/").text


# events for lines of one's own


def frames(hub: Hub, token: str, count: int) -> list[dict[str, Any]]:
    """Return what the first `count` status events tell."""

    async def run() -> list[dict[str, Any]]:
        sent: list[bytes] = []
        enough = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            body = message.get("body", b"")
            if body.startswith(b"event: status"):
                sent.append(body.split(b"data: ")[1])
            if len(sent) >= count:
                enough.set()

        async def receive() -> dict[str, Any]:
            await enough.wait()
            return {"type": "http.disconnect"}

        await asyncio.wait_for(hub(token, receive, send), 20)
        return [json.loads(each) for each in sent]

    return asyncio.run(run())


def test_events_of_lines_are_told_to_those_who_may_see_them() -> None:
    level = iter(range(10_000))

    def snapshot() -> dict[str, Any]:
        return {
            "change": 1,
            "now_utc": next(level),
            "lines": {"1": next(level), "2": 7},
        }

    def own(taken: dict[str, Any], lines: tuple[str, ...]) -> dict[str, Any]:
        mine = {k: v for k, v in taken["lines"].items() if not lines or k in lines}
        return {**taken, "lines": mine}

    admitted = {"owner": (), "two": ("2",)}.get
    hub = Hub(snapshot, admitted, own, [])  # type: ignore[arg-type]
    first, second = frames(hub, "owner", 2)
    assert first["lines"].keys() == {"1", "2"}
    assert second["lines"]["1"] > first["lines"]["1"]
    (only,) = frames(hub, "two", 1)
    assert only["lines"] == {"2": 7}
    assert hub.clients == 0
