"""`/api/v1` says what its document says."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive.model import Call
from tests.web import seed
from web.openapi import document


def test_document_and_routes_agree(app: Flask) -> None:
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert routes == set(document()["paths"])


def test_every_reference_in_the_document_resolves() -> None:
    made = document()
    wanted = set(re.findall(r"#/components/schemas/(\w+)", str(made)))
    assert wanted == set(made["components"]["schemas"])


def test_calls_page_by_cursor(client: FlaskClient, calls: list[Call]) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        answer = client.get(f"/api/v1/calls?limit=5&before={cursor}")
        seen += [call["id"] for call in answer.json["calls"]]
        cursor = answer.json["next"]
        if cursor is None:
            break
    assert seen == [call.id for call in calls]


def test_a_call_has_the_contract_fields(client: FlaskClient, calls: list[Call]) -> None:
    told = client.get(f"/api/v1/calls/{calls[0].id}").json
    contract = (
        "id line direction number name start_utc duration_s outcome flags audio_url"
    )
    assert set(contract.split()) <= set(told)
    assert told["start_utc"].endswith("Z")
    assert client.get(told["audio_url"]).status_code == 200
    assert set(document()["components"]["schemas"]["Call"]["properties"]) <= set(told)


def test_calls_without_sound_have_no_audio_url(
    client: FlaskClient, calls: list[Call]
) -> None:
    assert client.get(f"/api/v1/calls/{calls[1].id}").json["audio_url"] is None


def test_health_is_open_and_tells_nothing(nobody: FlaskClient) -> None:
    answer = nobody.get("/api/v1/health")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok"}


def test_status_has_what_the_document_says(app: Flask, client: FlaskClient) -> None:
    seed.write_status(app.extensions["linekeeper.settings"], phase="idle")
    told = client.get("/api/v1/status").json
    schemas = document()["components"]["schemas"]
    assert set(schemas["Status"]["properties"]) == set(told)
    assert set(schemas["Status"]["properties"]["line"]["properties"]) <= set(
        told["line"]
    )


@pytest.mark.parametrize(
    ("method", "address", "code"),
    [
        ("GET", "/api/v1/none", 404),
        ("GET", "/api/v1/calls/20260101-000000-aaaa", 404),
        ("POST", "/api/v1/calls", 405),
        ("DELETE", "/api/v1/health", 405),
        ("GET", "/api/v1/calls?limit=x", 400),
    ],
)
def test_errors_are_json(
    client: FlaskClient, method: str, address: str, code: int
) -> None:
    answer = client.open(address, method=method)
    assert answer.status_code == code
    assert answer.json["status"] == code
    assert answer.json["message"]


def test_the_interface_document_is_served(client: FlaskClient) -> None:
    assert client.get("/api/v1/openapi.json").json == document()


def test_without_an_event_loop_events_point_to_status(client: FlaskClient) -> None:
    answer = client.get("/api/v1/events")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "/api/v1/status" in answer.json["message"]
