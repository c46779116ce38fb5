"""Nobody sees anything: the guard, claim, login, CSRF, limits, headers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, token_of
from web.security import COOKIE, HEADERS, PUBLIC

#: What routes take in their addresses.
VALUES = {
    "alert_id": 1,
    "token": "none",
    "view_id": 1,
    "kind": "announcement",
    "table": "recorder",
    "step": "line",
    "copy": "cut-1.flac",
    "request_id": 1,
    "code": "en",
    "filename": "base.css",
    "verb": "informed",
    "preset_id": "trades",
    "person_id": 1,
    "what": "know",
    "wish_id": 1,
    "agreement_id": 1,
    "key": "0" * 64,
    "user_id": 999,
    "key_id": "AAAA",
    "number": "E20261121-0000",
}


def routes(app: Flask, call_id: str) -> list[tuple[str, str, str]]:
    """Return (endpoint, method, address) of every route."""
    found = []
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: {"call_id": call_id, **VALUES}[name] for name in rule.arguments}
        address = urls.build(rule.endpoint, values, method=None)
        found += [
            (rule.endpoint, method, address)
            for method in sorted((rule.methods or set()) - {"OPTIONS"})
        ]
    return found


def test_nobody_is_served_anything_but_the_doors(
    app: Flask, nobody: FlaskClient, calls: list[Call]
) -> None:
    walked = routes(app, calls[0].id)
    assert len(walked) > 20
    for endpoint, method, address in walked:
        if endpoint in PUBLIC:
            continue
        answer = nobody.open(address, method=method)
        if method == "POST" or address.startswith("/api/"):
            assert answer.status_code in (302, 401), (endpoint, method)
        else:
            assert answer.status_code == 302, (endpoint, method)
            assert answer.location.startswith("/login"), endpoint
        body = answer.get_data(as_text=True)
        for secret in ("CAROL", "5550123", "RIFF", "fLaC"):
            assert secret not in body, (endpoint, method)


def test_public_endpoints_are_those_agreed(app: Flask) -> None:
    agreed = {"auth.claim", "auth.login", "static", "api.health"}
    trust = {f"trust.{name}" for name in ("index", "download", "check", "security_txt")}
    second = {f"second.{name}" for name in ("step", "options", "passkey")}
    shell = {f"install.{name}" for name in ("manifest", "worker", "offline")}
    assert agreed | shell | trust | second == PUBLIC
    assert {r.endpoint for r in app.url_map.iter_rules()} >= PUBLIC


@pytest.mark.parametrize("address", ["/no/such/page", "/api/v1/nothing", "/calls/x"])
def test_an_unknown_address_tells_nobody_that_it_is_unknown(
    nobody: FlaskClient, address: str
) -> None:
    assert nobody.get(address).status_code == (401 if "api" in address else 302)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_open_nothing(nobody: FlaskClient, method: str) -> None:
    assert nobody.open("/", method=method).status_code in (302, 401)
    assert nobody.open("/api/v1/calls", method=method).status_code == 401


def test_the_api_answers_401_not_a_redirect(nobody: FlaskClient) -> None:
    answer = nobody.get("/api/v1/calls")
    assert answer.status_code == 401
    assert answer.json == {
        "error": "Unauthorized",
        "message": "Log in first.",
        "status": 401,
    }


@pytest.mark.parametrize(
    "address", ["/", "/login", "/api/v1/calls", "/static/base.css"]
)
def test_every_answer_carries_the_strict_headers(
    client: FlaskClient, address: str
) -> None:
    answer = client.get(address, buffered=True)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    if "static" not in address:
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_session_cookie_is_out_of_reach(app: Flask) -> None:
    answer = log_in(app.test_client())
    cookie = next(
        c for c in answer.headers.getlist("Set-Cookie") if c[:11] == COOKIE + "="
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # plain http here


def test_over_https_all_cookies_are_secure(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/login", base_url="https://localhost")
    token = page.get_data(as_text=True).split('csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": token, "name": seed.NAME, "password": seed.PASSWORD}
    answer = client.post(
        "/login",
        data=data,
        base_url="https://localhost",
        headers={"Referer": "https://localhost/login"},
    )
    assert answer.status_code == 303
    for cookie in page.headers.getlist("Set-Cookie") + answer.headers.getlist(
        "Set-Cookie"
    ):
        assert "Secure" in cookie


def test_logging_out_ends_the_session_on_the_server(client: FlaskClient) -> None:
    stolen = client.get_cookie(COOKIE)
    assert stolen is not None
    answer = client.post("/logout", data={"csrf_token": token_of(client, "/")})
    assert answer.status_code == 303
    client.set_cookie(COOKIE, stolen.value)
    assert client.get("/api/v1/calls").status_code == 401


@pytest.mark.parametrize("path", ["/login", "/logout", "/claim"])
def test_no_form_is_taken_without_its_token(
    client: FlaskClient, fresh_app: Flask, path: str
) -> None:
    who = fresh_app.test_client() if path == "/claim" else client
    answer = who.post(path, data={"name": seed.NAME, "password": seed.PASSWORD})
    assert answer.status_code == 400
    assert "no longer valid" in answer.get_data(as_text=True)


def test_a_forged_token_is_not_taken(client: FlaskClient) -> None:
    answer = client.post("/logout", data={"csrf_token": "IjEyMyI.aaaa.bbbb"})
    assert answer.status_code == 400
    assert client.get("/").status_code == 200


def test_wrong_password_says_so_and_keeps_the_name(nobody: FlaskClient) -> None:
    answer = log_in(nobody, password="not this one at all")
    assert answer.status_code == 401
    page = answer.get_data(as_text=True)
    assert "Name or password is wrong." in page
    assert f'value="{seed.NAME}"' in page


@pytest.mark.parametrize("name", ["", "nobody", "a" * 5000, "\x00", "' OR 1=1 --"])
def test_odd_names_are_just_wrong(nobody: FlaskClient, name: str) -> None:
    assert log_in(nobody, name=name).status_code == 401


def test_ten_wrong_tries_from_one_address_pause_the_door(app: Flask) -> None:
    client = app.test_client()
    codes = [
        log_in(client, name=f"n{i}", password="x" * 12).status_code for i in range(10)
    ]
    assert codes == [401] * 10
    answer = log_in(client)
    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.get_data(as_text=True)


def test_ten_wrong_tries_pause_an_account_from_any_address_but_not_its_owner(
    app: Flask,
) -> None:
    def attempt(address: str, password: str, client: FlaskClient | None = None) -> int:
        client = client or app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return log_in(client, password=password).status_code

    own = app.test_client()
    assert attempt("192.0.2.7", seed.PASSWORD, own) == 303
    own.post("/logout", data={"csrf_token": token_of(own, "/")})
    assert {attempt(f"192.0.2.{i}", "x" * 12) for i in range(10, 20)} == {401}
    assert attempt("192.0.2.99", seed.PASSWORD) == 429
    assert attempt("192.0.2.10", seed.PASSWORD, own) == 303  # a browser it knows
    own.post("/logout", data={"csrf_token": token_of(own, "/")})
    codes = [attempt("192.0.2.7", "x" * 12, own) for _ in range(11)]
    assert codes == [401] * 10 + [429]  # which may not guess for ever, either


def test_a_household_with_many_addresses_is_one(app: Flask) -> None:
    def attempt(number: int) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"fd00::1:{number:x}"
        return log_in(client, name=f"n{number}", password="x" * 12).status_code

    assert [attempt(i) for i in range(11)] == [401] * 10 + [429]


def test_strangers_together_have_an_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(number: int) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number // 250}.{number % 250}"
        return log_in(client, name=f"n{number}", password="short").status_code

    codes = [wrong(i) for i in range(125)]
    assert codes == [401] * 120 + [429] * 5


@pytest.mark.parametrize("forged", ["x", "WyJhZGEiLCJ4Il0.AAAA", "é", ""])
def test_no_browser_is_known_by_a_forged_cookie(app: Flask, forged: str) -> None:
    client = app.test_client()
    client.set_cookie("linekeeper_known", forged)
    assert [log_in(client, password="x" * 12).status_code for _ in range(11)] == [
        401
    ] * 10 + [429]


def test_right_passwords_are_not_counted(app: Flask) -> None:
    for _ in range(25):
        assert log_in(app.test_client()).status_code == 303


@pytest.mark.parametrize(
    "where",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/api/v1/calls",
        "/\nx",
    ],
)
def test_logging_in_never_leads_outside(nobody: FlaskClient, where: str) -> None:
    data = {
        "csrf_token": token_of(nobody, "/login"),
        "name": seed.NAME,
        "password": seed.PASSWORD,
        "next": where,
    }
    assert nobody.post("/login", data=data).location == "/"


def test_logging_in_leads_to_the_page_asked_for(
    nobody: FlaskClient, calls: list[Call]
) -> None:
    asked = f"/calls/{calls[0].id}"
    door = nobody.get(asked)
    page = nobody.get(door.location).get_data(as_text=True)
    assert f'name="next" value="{asked}"' in page


# claiming


def claim(client: FlaskClient, code: str, password: str = seed.PASSWORD, **more: str):
    data = {
        "csrf_token": token_of(client, "/claim"),
        "code": code,
        "name": seed.NAME,
        "password": password,
        "again": password,
        **more,
    }
    return client.post("/claim", data=data)


def code_of(app: Flask) -> str:
    archive: Archive = app.extensions["linekeeper.archive"]()
    code = archive.claim.code()
    assert code is not None
    return code


def test_an_unclaimed_box_shows_only_the_claim(fresh_app: Flask) -> None:
    client = fresh_app.test_client()
    assert client.get("/").location == "/claim"
    assert client.get("/login").location == "/claim"
    assert client.get("/api/v1/calls").status_code == 401
    page = client.get("/claim").get_data(as_text=True)
    assert code_of(fresh_app) not in page


def test_the_code_makes_one_owner_and_dies(fresh_app: Flask) -> None:
    client, code = fresh_app.test_client(), code_of(fresh_app)
    answer = claim(client, code.lower())
    assert answer.status_code == 303
    assert client.get("/").status_code == 200
    late = fresh_app.test_client()
    assert late.get("/claim").location == "/login"
    assert late.post("/claim", data={"code": code}).status_code == 400  # no token
    assert log_in(fresh_app.test_client()).status_code == 303


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"code": "0000-0000"}, "This is not the code"),
        ({"code": ""}, "This is not the code"),
        ({"again": "something else"}, "passwords differ"),
        ({"password": "short", "again": "short"}, "password of 8 to 256"),
        ({"name": " "}, "name of 1 to 64"),
    ],
)
def test_a_wrong_claim_says_what_is_wrong(
    fresh_app: Flask, more: dict[str, str], told: str
) -> None:
    data = {"code": code_of(fresh_app), "password": seed.PASSWORD, **more}
    answer = claim(fresh_app.test_client(), **data)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


def test_five_wrong_codes_close_the_claim(fresh_app: Flask) -> None:
    client, code = fresh_app.test_client(), code_of(fresh_app)
    for _ in range(5):
        assert claim(client, "AAAA-AAAA").status_code == 422
    answer = claim(client, code)
    assert answer.status_code == 422
    assert "waits 15 minutes" in answer.get_data(as_text=True)
    assert client.get("/").location == "/claim"


def test_of_many_claims_at_once_one_wins(fresh_app: Flask) -> None:
    code = code_of(fresh_app)

    data = {"code": code, "password": seed.PASSWORD, "again": seed.PASSWORD}

    def attempt(visitor: tuple[FlaskClient, str]) -> bool:
        client, token = visitor
        answer = client.post(
            "/claim", data={**data, "name": f"user {token[:9]}", "csrf_token": token}
        )
        return answer.status_code == 303 and f"{COOKIE}=" in str(answer.headers)

    visitors = [fresh_app.test_client() for _ in range(16)]
    ready = [(client, token_of(client, "/claim")) for client in visitors]
    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(attempt, ready))
    assert won == 1
    archive: Archive = fresh_app.extensions["linekeeper.archive"]()
    assert len(archive.users.list()) == 1


def test_without_an_archive_the_pages_say_so(tmp_path) -> None:
    from tests.web.conftest import make_app

    client = make_app(tmp_path / "nothing").test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "archive does not answer" in answer.get_data(as_text=True)
    assert client.get("/api/v1/health").status_code == 503


def test_only_assets_addressed_by_content_live_long(nobody: FlaskClient) -> None:
    page = nobody.get("/login").get_data(as_text=True)
    named = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert (
        "max-age=31536000" in nobody.get(named, buffered=True).headers["Cache-Control"]
    )
    plain = nobody.get("/static/js/live.js", buffered=True)
    assert plain.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": plain.headers["ETag"]}
    again = nobody.get("/static/js/live.js", headers=known, buffered=True)
    assert again.status_code == 304
