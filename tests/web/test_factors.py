"""Second factors: codes of an app, recovery codes, who needs one, who takes it away."""

import time
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.factors import RECOVERY_CODES, Passkey
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import accounts, codes
from web.security import COOKIE, limiter

NOW = 1_800_000_000.0


@pytest.fixture
def own(state: Path) -> Flask:
    """A box of its own with an owner and an agent."""
    made = make_app(state)
    archive: Archive = made.extensions["linekeeper.archive"]()
    archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    archive.users.add("Bo", seed.PASSWORD, "agent", time.time())
    yield made
    limiter.reset()


def kept(app: Flask) -> Archive:
    found: Archive = app.extensions["linekeeper.archive"]()
    return found


def enter(app: Flask, name: str = seed.NAME) -> FlaskClient:
    client = app.test_client()
    assert log_in(client, name).status_code == 303
    return client


def secret_for(app: Flask, user_id: int = 1, used: int = 0) -> pyotp.TOTP:
    """Give somebody an app without the page."""
    secret = codes.new_secret()
    kept(app).factors.set_secret(user_id, secret, used, time.time())
    return pyotp.TOTP(secret)


def second(client: FlaskClient, code: str):
    data = {"csrf_token": token_of(client, "/login/second"), "code": code}
    return client.post("/login/second", data=data)


def is_in(client: FlaskClient) -> bool:
    return client.get_cookie(COOKIE) is not None


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_counts_one_step_before_and_after(steps: int, good: bool) -> None:
    secret = codes.new_secret()
    code = pyotp.TOTP(secret).at(int(NOW) + steps * codes.STEP_S)
    assert (codes.step_of(secret, code, NOW) is not None) is good


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert codes.step_of(codes.new_secret(), typed, NOW) is None


def test_adding_an_app_shows_a_picture_and_recovery_codes_once(own: Flask) -> None:
    client = enter(own)
    page = client.get("/me/second/app").get_data(as_text=True)
    assert "<svg" in page
    secret = page.split('code-text">')[1].split("<")[0].replace(" ", "")
    token = token_of(client, "/me/second/app")
    wrong = client.post("/me/second/app", data={"csrf_token": token, "code": "000000"})
    assert wrong.status_code == 422
    assert not kept(own).factors.has(1)
    code = pyotp.TOTP(secret).now()
    done = client.post("/me/second/app", data={"csrf_token": token, "code": code})
    shown = done.get_data(as_text=True).split('class="secret">')[1].split("</ol>")[0]
    assert shown.count("<li>") == RECOVERY_CODES
    first = shown.split("<li>")[1].split("<")[0]
    assert first not in client.get("/me/second").get_data(as_text=True)
    raw = (Path(kept(own).state_dir) / "catalogue.sqlite3").read_bytes()
    assert first.encode() not in raw
    assert first.replace("-", "").lower().encode() not in raw
    # Logging in takes the second step now; the code that proved the app is used up.
    other = own.test_client()
    answer = log_in(other)
    assert answer.location == "/login/second"
    assert not is_in(other)
    assert second(other, code).status_code == 401
    assert second(other, first).status_code == 303
    assert is_in(other)
    again = own.test_client()
    log_in(again)
    assert second(again, first).status_code == 401  # each counts once


def test_the_password_alone_opens_nothing(own: Flask) -> None:
    app = secret_for(own)
    client = own.test_client()
    answer = log_in(client)
    assert answer.location == "/login/second"
    for address in ("/", "/calls", "/me", "/me/second"):
        assert client.get(address).location.startswith("/login")
    assert client.get("/api/v1/calls").status_code == 401
    assert second(client, app.now()).status_code == 303
    assert client.get("/calls").status_code == 200


def test_a_code_is_not_taken_twice(own: Flask) -> None:
    app = secret_for(own)
    code = app.now()
    codes_seen = []
    for _ in range(2):
        client = own.test_client()
        log_in(client)
        codes_seen.append(second(client, code).status_code)
    assert codes_seen == [303, 401]


def test_guessing_codes_has_an_end_wherever_it_comes_from(own: Flask) -> None:
    app = secret_for(own)
    client = own.test_client()
    log_in(client)
    assert [second(client, "000000").status_code for _ in range(10)] == [401] * 10
    other = own.test_client()
    other.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    log_in(other)
    assert second(other, app.now()).status_code == 429
    entries = [e.data for e in kept(own).ledger.entries() if e.kind == "refused"]
    assert {"what": "second_factor"} in [
        {k: v for k, v in d.items() if k == "what"} for d in entries
    ]


def test_waiting_for_the_second_step_has_an_end(
    own: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = secret_for(own)
    client = own.test_client()
    log_in(client)
    token = token_of(client, "/login/second")
    monkeypatch.setattr("web.second.WAIT_S", 0.0)
    data = {"csrf_token": token, "code": app.now()}
    assert client.post("/login/second", data=data).location == "/login"
    assert not is_in(client)
    for path in ("/login/passkey/options", "/login/passkey"):
        headers = {"X-CSRFToken": token}
        assert client.post(path, json={}, headers=headers).status_code == 401


def test_who_must_have_one_gets_nowhere_without(
    own: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "RULES_S", 0.0)
    kept(own).choices.set({"web.second_factor": "managers"}, seed.NAME, time.time())
    ada, bo = enter(own), enter(own, "Bo")
    assert ada.get("/calls").location == "/me/second"
    assert ada.get("/api/v1/calls").status_code == 403
    assert "wants a second factor" in ada.get("/me/second").get_data(as_text=True)
    assert bo.get("/calls").status_code == 200
    secret_for(own)
    assert ada.get("/calls").status_code == 200


def test_the_owner_takes_a_lost_factor_away(own: Flask) -> None:
    secret_for(own, 2)
    kept(own).factors.new_codes(2)
    ada = enter(own)
    page = ada.get("/box/people").get_data(as_text=True)
    assert "second factor" in page
    data = {"csrf_token": token_of(ada, "/me")}
    assert ada.post("/box/people/2/second", data=data).status_code == 303
    assert not kept(own).factors.has(2)
    assert kept(own).factors.codes_left(2) == 0
    assert is_in(enter(own, "Bo"))
    assert any(
        e.kind == "changed" and e.data.get("what") == "second_factor"
        for e in kept(own).ledger.entries()
    )


def test_one_cannot_touch_the_passkey_of_another(own: Flask) -> None:
    key = Passkey("AAAA", 2, "Bo's", "localhost", b"x", 0, 1.0, None)
    kept(own).factors.add_passkey(key)
    ada = enter(own)
    data = {"csrf_token": token_of(ada, "/me"), "name": "mine"}
    for verb in ("name", "remove"):
        answer = ada.post(f"/me/second/passkeys/AAAA/{verb}", data=data)
        assert answer.status_code == 404
    assert kept(own).factors.passkey("AAAA") == key


def test_a_counter_that_goes_back_is_a_copy(own: Flask) -> None:
    factors = kept(own).factors
    factors.add_passkey(Passkey("AAAA", 1, "k", "localhost", b"x", 0, 1.0, None))
    assert [factors.used_passkey("AAAA", n, 2.0) for n in (0, 0, 5, 5, 4, 6, 0)] == [
        *(True, True, True, False, False, True, False)
    ]


@pytest.mark.parametrize("sent", [None, [], {}, {"rawId": 5}, {"response": {}}])
def test_what_is_no_passkey_is_refused(own: Flask, sent: object) -> None:
    kept(own).factors.add_passkey(
        Passkey("AAAA", 1, "k", "localhost", b"x", 0, 1.0, None)
    )
    client = own.test_client()
    log_in(client)
    headers = {"X-CSRFToken": token_of(client, "/login/second")}
    answer = client.post("/login/passkey", json=sent, headers=headers)
    assert answer.status_code in (400, 401)
    assert not is_in(client)


def test_how_long_a_log_in_lasts_is_a_setting(
    own: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "RULES_S", 0.0)
    client = enter(own)
    chosen = {"web.idle_min": 1.0, "web.session_h": 0.5}
    kept(own).choices.set(chosen, seed.NAME, time.time())
    real = time.time()
    monkeypatch.setattr("web.accounts.time.time", lambda: real + 59)
    assert client.get("/me").status_code == 200
    monkeypatch.setattr("web.accounts.time.time", lambda: real + 200)
    assert client.get("/me").status_code == 302
    enter(own)
    session = kept(own).sessions.list(1)[0]
    assert session.expires_utc - session.created_utc == 1800
