"""The line doctor's page: findings in words, a month as pictures."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from firmware.archive import Archive, line_days
from firmware.service.doctor import LIMITS, TURNS
from tests.web import conftest, seed
from web import doctor
from web.security import limiter


@pytest.fixture
def client(state: Path) -> Iterator[FlaskClient]:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        for past in range(12):
            day = (date.today() - timedelta(days=past)).isoformat()
            figures = {"noise_dbov": -66.0, "hum_dbov": -70.0, "rings": 4, "lifts": 6}
            if past < 2:
                figures["hum_dbov"] = -48.0
            line_days.put(archive.line_log, "1", day, figures)
    made = conftest.make_app(state).test_client()
    assert conftest.log_in(made).status_code == 303
    yield made
    limiter.reset()


def test_hum_is_named_with_its_day_and_drawn(client: FlaskClient) -> None:
    page = client.get("/box/doctor").get_data(as_text=True)
    assert "Hum from the mains" in page
    assert (date.today() - timedelta(days=1)).isoformat() in page
    assert "-48 dBov" in page.replace("−", "-")
    assert page.count("<polyline") == 3


def test_every_finding_has_words() -> None:
    assert set(doctor.WORDS) == {*LIMITS, *TURNS, "line_dead"}


def test_a_picture_leaves_out_what_was_not_measured() -> None:
    first = date(2026, 11, 1)
    days = {"2026-11-01": {"gap_s": 3.0}, "2026-11-30": {"gap_s": 0.0, "x": 1.0}}
    made = doctor.picture(days, first, ("gap_s",), "", "s", False)
    assert [(p.x, p.title) for p in made.points] == [
        (doctor.EDGE, "2026-11-01: 3 s"),
        (doctor.WIDTH - doctor.EDGE, "2026-11-30: 0 s"),
    ]
    assert doctor.picture(days, first, ("hum_dbov",), "", "", True).points == ()


def test_a_box_without_figures_says_so(state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    made = conftest.make_app(state).test_client()
    assert conftest.log_in(made).status_code == 303
    page = made.get("/box/doctor").get_data(as_text=True)
    limiter.reset()
    assert "There are no figures yet." in page
