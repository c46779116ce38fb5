"""The page that shows that nothing was missed, and the alerts."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.line_log import Note
from firmware.service.alert_words import ALERTS
from firmware.service.coverage import RED, Coverage
from tests.web import conftest, seed
from web import coverage, coverage_words
from web.security import limiter

BOOT = "boot"


@pytest.fixture
def watched(state: Path) -> Path:
    """A line that rang a minute ago, of which no call was filed."""
    now = time.time()
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", now)
        archive.line_log.save(
            [
                Note("1", "ear", BOOT, now - 600, 0.0, now, detail="hook ring"),
                Note("1", "ring", BOOT, now - 90, 510.0, now - 80, open=False),
            ]
        )
        archive.alerts.begin("1", "no_input", now - 60)
    return state


@pytest.fixture
def client(watched: Path) -> Iterator[FlaskClient]:
    made = conftest.make_app(watched).test_client()
    assert conftest.log_in(made).status_code == 303
    yield made
    limiter.reset()


def page_of(client: FlaskClient, path: str = "/box/coverage") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_ring_without_a_call_is_red(client: FlaskClient) -> None:
    page = page_of(client)
    assert "0 of 1" in page
    assert "No call was filed." in page
    assert 'class="red"' in page


def test_an_alert_is_told_and_seen_once(client: FlaskClient) -> None:
    page = page_of(client)
    assert "Nothing comes in from the line" in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    for _ in range(2):
        answer = client.post("/box/coverage/alerts/1/seen", data={"csrf_token": token})
        assert answer.status_code == 303
    page = page_of(client)
    assert page.count(f"seen by {seed.NAME}") == 1
    assert "/alerts/1/seen" not in page


def test_the_api_says_the_same(client: FlaskClient) -> None:
    told = client.get("/api/v1/coverage").get_json()
    assert (told["total"], told["kept"], told["red"]) == (1, 0, 1)
    assert told["rows"][0]["reason"] == "no_record"


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "1"])
def test_a_day_that_is_none_is_refused(client: FlaskClient, day: str) -> None:
    assert client.get(f"/box/coverage?day={day}").status_code == 400


def test_a_day_to_come_is_today(client: FlaskClient) -> None:
    assert "0 of 1" in page_of(client, "/box/coverage?day=2999-01-01")


def test_a_day_without_a_recorder_says_so(client: FlaskClient) -> None:
    page = page_of(client, "/box/coverage?day=2020-01-01")
    assert "Nobody watched the line that day." in page


def test_every_word_is_there() -> None:
    assert coverage_words.ALERTS == ALERTS
    assert set(coverage_words.RED) == set(RED)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Stockholm", (2026, 3, 29), 23),
        ("Europe/Stockholm", (2026, 10, 25), 25),
        ("Australia/Sydney", (2026, 10, 4), 23),
        ("Australia/Sydney", (2026, 4, 5), 25),
        ("America/New_York", (2026, 3, 8), 23),
        ("Asia/Kolkata", (2026, 3, 29), 24),
    ],
)
def test_days_on_which_the_clocks_change(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: tuple[int, int, int], hours: int
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        begin = datetime(*day, tzinfo=ZoneInfo(zone)).timestamp()
        from firmware.archive.coverage import day_bounds

        first, last = day_bounds(datetime(*day).date())
        found = Coverage("1", first, last, (), (), ())
        ticks = coverage.ticks(found)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert first == begin
    assert (last - first) / 3600 == hours
    assert [hour for _, hour in ticks] == [f"{h:02}" for h in range(0, 24, 3)]
    noon = next(x for x, hour in ticks if hour == "12")
    assert noon == pytest.approx(coverage.WIDTH * (hours - 12) / hours)
