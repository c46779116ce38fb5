"""Routes have a permission, roles their limits, grave deeds want a password."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.users import ROLES, Role
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from tests.web.test_doors import routes
from web import access, fresh
from web.security import COOKIE, PUBLIC


def keys(app: Flask) -> set[str]:
    """Return every route as the table of access names it."""
    found = set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            found.add(rule.endpoint if method == "GET" else f"{method} {rule.endpoint}")
    return found


def test_every_route_is_in_the_table_and_every_entry_is_a_route(app: Flask) -> None:
    public = {key for key in keys(app) if key.split()[-1] in PUBLIC}
    assert keys(app) - public == set(access.ROUTES)
    assert set(access.ROUTES.values()) <= {*access.PERMISSIONS, access.ANYBODY}
    assert set(access.ROUTES) >= fresh.GRAVE


def test_a_route_that_is_in_no_table_is_closed_to_the_owner(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "ROUTES", {"calls.show": "see"})
    assert client.get("/").status_code == 403
    assert access.needed(None, "GET") is None
    assert access.needed("calls.index", "TRACE") is None
    assert not access.permits("owner", None)
    assert not access.permits("nobody", "see")


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_role_is_refused_all_that_its_table_does_not_permit(
    app: Flask, calls: list[Call], role: Role
) -> None:
    archive: Archive = app.extensions["linekeeper.archive"]()
    name = f"one {role}"
    if name not in [user.name for user in archive.users.list()]:
        archive.users.add(name, seed.PASSWORD, role, time.time())
    client = app.test_client()
    assert log_in(client, name).status_code == 303
    token = token_of(client, "/me")
    refused = 0
    for endpoint, method, address in routes(app, calls[0].id):
        if endpoint in PUBLIC or endpoint in ("auth.logout", "me.end_others"):
            continue
        wanted = access.needed(endpoint, method)
        if access.permits(role, wanted):
            continue
        answer = client.open(address, method=method, data={"csrf_token": token})
        assert answer.status_code == 403, (endpoint, method)
        refused += 1
    assert refused >= 5, role


def test_no_route_is_changed_without_the_token_of_its_form(
    app: Flask, client: FlaskClient, calls: list[Call]
) -> None:
    walked = 0
    for endpoint, method, address in routes(app, calls[0].id):
        if method in ("GET", "HEAD"):
            continue
        answer = client.open(address, method=method, data={"reason": "forged"})
        assert answer.status_code == 400, (endpoint, method)
        assert "no longer valid" in answer.get_data(as_text=True), endpoint
        walked += 1
    assert walked > 40


# the password again


def stale(app: Flask, client: FlaskClient) -> None:
    """Let the last proof of a session be of long ago."""
    archive: Archive = app.extensions["linekeeper.archive"]()
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    archive.sessions.prove(cookie.value, time.time() - fresh.FRESH_S - 1)


def change(client: FlaskClient, **more: str):
    data = {"csrf_token": token_of(client, "/me"), "new": "x", "again": "y", **more}
    return client.post("/me/password", data=data)


def test_something_grave_needs_the_password_again(
    app: Flask, client: FlaskClient
) -> None:
    assert 'name="password"' not in client.get("/me").get_data(as_text=True)
    assert change(client).status_code == 422  # let in; the two differ
    stale(app, client)
    assert 'name="password"' in client.get("/me").get_data(as_text=True)
    for wrong in ({}, {"password": ""}, {"password": "nearly right"}):
        answer = change(client, back="/me", **wrong)
        assert answer.status_code == 401
        assert "Is it you?" in answer.get_data(as_text=True)
        assert 'name="next" value="/me"' in answer.get_data(as_text=True)
    assert change(client, password=seed.PASSWORD).status_code == 422
    assert change(client).status_code == 422  # for a while it counts


def test_guessing_the_password_again_has_an_end(
    app: Flask, client: FlaskClient
) -> None:
    stale(app, client)
    token = token_of(client, "/me")
    data = {"csrf_token": token, "next": "/me", "password": "a guess too many"}
    codes = [client.post("/again", data=data).status_code for _ in range(12)]
    assert codes[:10] == [401] * 10
    assert codes[10:] == [429] * 2
    right = {**data, "password": seed.PASSWORD}
    assert client.post("/again", data=right).status_code == 429


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example/", "/again"])
def test_proving_oneself_never_leads_outside(client: FlaskClient, where: str) -> None:
    data = {
        "csrf_token": token_of(client, "/me"),
        "next": where,
        "password": seed.PASSWORD,
    }
    assert client.post("/again", data=data).location == "/"


# one's own log-ins


@pytest.fixture
def own(state) -> Flask:
    """A box of its own, whose log-ins and passwords may be changed."""
    made = make_app(state)
    archive: Archive = made.extensions["linekeeper.archive"]()
    archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    archive.users.add("Bo", seed.PASSWORD, "agent", time.time())
    return made


def test_a_log_in_elsewhere_can_be_ended(own: Flask) -> None:
    here, there = own.test_client(), own.test_client()
    log_in(here)
    log_in(there)
    page = here.get("/me").get_data(as_text=True)
    assert page.count("/end") == 2  # that one, and all others
    address = page.split('action="/me/sessions/')[2].split('"')[0]
    data = {"csrf_token": token_of(here, "/me")}
    answer = here.post(f"/me/sessions/{address}", data=data)
    assert answer.status_code == 303
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert here.post(f"/me/sessions/{address}", data=data).status_code == 404


def test_nobody_ends_the_log_in_of_another(own: Flask) -> None:
    ada, bo = own.test_client(), own.test_client()
    log_in(ada)
    log_in(bo, "Bo")
    archive: Archive = own.extensions["linekeeper.archive"]()
    hers = archive.sessions.list(1)[0].key
    data = {"csrf_token": token_of(bo, "/me")}
    assert bo.post(f"/me/sessions/{hers}/end", data=data).status_code == 404
    bo.post("/me/sessions/end", data=data)
    assert ada.get("/").status_code == 200


def test_a_new_password_ends_every_other_log_in(own: Flask) -> None:
    here, there = own.test_client(), own.test_client()
    log_in(here)
    log_in(there)
    fresh_words = "four other quiet words"
    answer = change(here, new=fresh_words, again=fresh_words)
    assert answer.status_code == 303
    assert here.get("/me?done=1").status_code == 200
    assert there.get("/").status_code == 302
    assert log_in(own.test_client()).status_code == 401
    assert log_in(own.test_client(), password=fresh_words).status_code == 303
