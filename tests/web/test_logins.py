"""People with a log-in: roles, lines of their own, and what that shuts."""

import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of

ROLES = ("manager", "agent", "reviewer", "auditor")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box with calls on line 1, and one person of each kind."""
    state = tmp_path_factory.mktemp("logins")
    with Archive(state) as archive:
        for ago in (300, 400):
            seed.add_call(archive, ago=ago, number="2125550123", name="REED", talk_s=3)
        archive.finish_pending()
        now = time.time()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", now)
        for role in ROLES:
            archive.users.add(role, seed.PASSWORD, role, now)
        archive.users.add("elsewhere", seed.PASSWORD, "agent", now, ["2"])
        archive.users.add("both", seed.PASSWORD, "agent", now, ["2", "1"])
    return state


@pytest.fixture
def box(made: Path) -> Flask:
    return make_app(made)


@pytest.fixture
def call(box: Flask) -> Call:
    archive: Archive = box.extensions["linekeeper.archive"]()
    return archive.calls.page()[0]


def enter(box: Flask, name: str) -> FlaskClient:
    client = box.test_client()
    assert log_in(client, name).status_code == 303
    return client


def post(client: FlaskClient, address: str, **form: str) -> int:
    data = {"csrf_token": token_of(client, "/me"), **form}
    return client.post(address, data=data).status_code


@pytest.mark.parametrize(
    ("role", "hears", "takes", "reads_log"),
    [
        (seed.NAME, 200, 200, 200),
        ("manager", 200, 200, 200),
        ("agent", 200, 403, 403),
        ("reviewer", 200, 403, 403),
        ("auditor", 403, 403, 200),
    ],
)
def test_what_a_role_hears_takes_out_and_reads(
    box: Flask, call: Call, role: str, hears: int, takes: int, reads_log: int
) -> None:
    client = enter(box, role)
    sound = f"/api/v1/calls/{call.id}/audio"
    assert client.get("/").status_code == 200
    assert client.get(sound, buffered=True).status_code == hears
    assert client.get(f"{sound}?version=original", buffered=True).status_code == hears
    assert client.get(f"/api/v1/calls/{call.id}/peaks").status_code == hears
    out = client.get(f"{sound}?download=1", buffered=True)
    assert out.status_code == takes
    assert client.get("/box/log").status_code == reads_log
    page = client.get(f"/calls/{call.id}").get_data(as_text=True)
    assert ("<audio" in page) == (hears == 200)
    assert "REED" in page


@pytest.mark.parametrize("role", ROLES)
def test_only_the_owner_manages_people_and_keys(box: Flask, role: str) -> None:
    client = enter(box, role)
    assert client.get("/box/people").status_code == 403
    made = {"name": "Eve", "secret": seed.PASSWORD, "role": "manager"}
    assert post(client, "/box/people", **made) == 403
    assert post(client, "/box/people/1/remove") == 403
    assert post(client, "/box/lock/passphrase", new="x" * 20, again="x" * 20) == 403
    assert "/box/people" not in client.get("/box").get_data(as_text=True)


def test_every_page_of_a_role_shows_only_what_it_may_do(box: Flask) -> None:
    for role in ROLES:
        client = enter(box, role)
        keeping = ("/keeping", "/keeping/held", "/keeping/bin")
        pages = ("/", "/calls", "/consent", *keeping, "/box")
        for address in (*pages, "/people", "/numbers", "/rules", "/papers", "/me"):
            answer = client.get(address)
            assert answer.status_code == 200, (role, address)


# lines of their own


def test_calls_of_another_line_do_not_exist(box: Flask, call: Call) -> None:
    client = enter(box, "elsewhere")
    assert client.get("/api/v1/calls").json["calls"] == []
    assert client.get("/api/v1/calls?q=0123").json["calls"] == []
    for address in (
        f"/calls/{call.id}",
        f"/api/v1/calls/{call.id}",
        f"/api/v1/calls/{call.id}/audio",
        f"/api/v1/calls/{call.id}/peaks",
    ):
        assert client.get(address).status_code == 404, address
    for verb in ("star", "note", "bin"):
        assert post(client, f"/calls/{call.id}/{verb}", reason="x", text="x") == 404
    assert enter(box, "both").get(f"/calls/{call.id}").status_code == 200


def test_lists_and_the_live_line_are_silent_about_other_lines(
    box: Flask, call: Call
) -> None:
    owner = enter(box, seed.NAME)
    assert post(owner, f"/calls/{call.id}/star") == 303
    seed.write_status(
        box.extensions["linekeeper.settings"],
        phase="talking",
        number="2125550123",
        name="REED",
        direction="incoming",
        call_id=call.id,
        consent_state="committed",
        level_dbov=-30.0,
        peak_dbov=-20.0,
    )
    client = enter(box, "elsewhere")
    for address in (
        *("/", "/calls", f"/calls?binned={call.id}"),
        *("/keeping", "/keeping/held", "/keeping/bin"),
        *("/line/card", "/api/v1/status", "/api/v1/calls"),
    ):
        for language in ("en", "sv"):
            answer = client.get(
                f"{address}{'&' if '?' in address else '?'}lang={language}"
            )
            assert answer.status_code == 200, address
            told = answer.get_data(as_text=True)
            for secret in ("REED", "0123", call.id):
                assert secret not in told, (address, secret)
    assert post(client, "/line/stop") == 403
    both = enter(box, "both").get("/api/v1/status").json
    assert both["line"]["detail"] == "REED"
    assert both["said"]["sv"]["words"] == "Samtal pågår"
    assert post(owner, f"/calls/{call.id}/unstar") == 303


# managing people


def test_somebody_gets_a_log_in_another_role_and_loses_it(box: Flask) -> None:
    owner = enter(box, seed.NAME)
    made = {"name": "Cleo", "secret": "a first password", "role": "reviewer"}
    assert post(owner, "/box/people", **made) == 303
    assert post(owner, "/box/people", **made) == 422  # the name is taken
    archive: Archive = box.extensions["linekeeper.archive"]()
    cleo = next(user for user in archive.users.list() if user.name == "Cleo")
    client = box.test_client()
    assert log_in(client, "Cleo", "a first password").status_code == 303
    assert client.get("/box/log").status_code == 403
    address = f"/box/people/{cleo.id}"
    assert post(owner, address, role="auditor", lines=" 1, 2,,1 ") == 303
    assert client.get("/box/log").status_code == 200  # it counts at once
    assert archive.users.get(cleo.id).lines == ("1", "2")  # type: ignore[union-attr]
    assert post(owner, f"{address}/password", secret="short") == 422
    assert post(owner, f"{address}/password", secret="another password") == 303
    assert client.get("/").status_code == 302
    assert log_in(client, "Cleo", "another password").status_code == 303
    assert post(owner, f"{address}/end") == 303
    assert client.get("/").status_code == 302
    assert post(owner, f"{address}/remove") == 303
    assert log_in(client, "Cleo", "another password").status_code == 401
    assert post(owner, f"{address}/remove") == 404


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": " ", "secret": "a long password"}, 422),
        ({"name": "x" * 65, "secret": "a long password"}, 422),
        ({"name": "Eve", "secret": "short"}, 422),
        ({"name": "Eve", "secret": "a long password", "role": "owner"}, 400),
        ({"name": "Eve", "secret": "a long password", "role": "root"}, 400),
    ],
)
def test_a_log_in_that_cannot_be_is_not_made(
    box: Flask, form: dict[str, str], code: int
) -> None:
    owner = enter(box, seed.NAME)
    assert post(owner, "/box/people", **{"role": "agent", **form}) == code
    archive: Archive = box.extensions["linekeeper.archive"]()
    assert "Eve" not in [user.name for user in archive.users.list()]


def test_the_owner_cannot_be_changed_here(box: Flask) -> None:
    owner = enter(box, seed.NAME)
    for what in ("", "/password", "/end", "/remove"):
        form = {"role": "auditor", "secret": "a long password"}
        assert post(owner, f"/box/people/1{what}", **form) == 409
    assert owner.get("/box/people").status_code == 200


def test_a_hostile_name_is_shown_as_text(box: Flask) -> None:
    owner = enter(box, seed.NAME)
    hostile = "<script>alert(1)</script>"
    made = {"name": hostile, "secret": "a long password", "role": "agent"}
    assert post(owner, "/box/people", **made) == 303
    page = owner.get("/box/people").get_data(as_text=True)
    assert hostile not in page
    assert "&lt;script&gt;alert(1)" in page
