"""Rules with their preview, people, numbers, agreements, papers and the law."""

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import house, rules

NOW = time.time()
CHOSEN = {
    "own": "US-NY",
    "recorder": "private",
    "purpose": "my own notes",
    "period": "1 year",
    "owner": "Ada Lind",
    "rights_url": "ada.example",
    "recording": True,
}


@pytest.fixture
def box(state: Path) -> Flask:
    """A box in New York with two calls of this week and one of last month."""
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", NOW)
        archive.choices.set(CHOSEN, seed.NAME, NOW)
        seed.add_call(archive, ago=3600, number="2125550142", talk_s=3.0)
        out = {"direction": "outgoing", "number": "4155550123", "talk_s": 3.0}
        seed.add_call(archive, ago=7200, **out)
        seed.add_call(archive, ago=30 * 86_400, number="2125550188", talk_s=3.0)
    return make_app(state)


@pytest.fixture
def owner(box: Flask) -> FlaskClient:
    client = box.test_client()
    log_in(client)
    return client


def post(client: FlaskClient, address: str, page: str = "", **data: Any) -> Any:
    token = token_of(client, page or address)
    return client.post(address, data={"csrf_token": token, **data})


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


# rules


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rule]", "not valid TOML"),
        ('[[rule]]\nid = "a"\nrecord = "some"\n', "want one of"),
        ('[[rule]]\nid = "a"\nrecord = "sample"\n', "percent"),
        ('[[rule]]\nid = "a"\nrecord = "all"\ntimes = ["25:00"]\n', "want a time"),
        ("rule = 3\n", "want a table"),
        ("x" * 30_000, "not valid TOML"),
    ],
)
def test_rules_that_cannot_be_read_are_not_kept(
    owner: FlaskClient, box: Flask, text: str, told: str
) -> None:
    answer = post(owner, "/rules", text=text, step="keep")
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert box.extensions["linekeeper.archive"]().choices.get("rules") is None


def test_last_week_under_the_rules(owner: FlaskClient) -> None:
    page = text_of(owner, "/rules")
    assert "2 of the 2 calls of the last seven days" in page
    assert "Tell first" in page  # California
    form = {"count": "1", "id-0": "in", "record-0": "all", "direction-0": "in",
            "days-0": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}  # fmt: skip
    page = post(owner, "/rules", step="try", **form).get_data(as_text=True)
    assert "1 of the 2 calls" in page
    assert "no rule covers it" in page
    assert "tried, not kept" in page


def test_trying_keeps_nothing_and_keeping_does(owner: FlaskClient, box: Flask) -> None:
    archive = box.extensions["linekeeper.archive"]()
    text = '[[rule]]\nid = "none"\nrecord = "none"\n'
    post(owner, "/rules", text=text, step="try")
    assert archive.choices.get("rules") is None
    assert post(owner, "/rules", text=text, step="keep").status_code == 303
    assert archive.choices.get("rules") == text
    assert "0 of the 2 calls" in text_of(owner, "/rules")


def test_a_rule_is_added_and_dropped(owner: FlaskClient) -> None:
    page = post(owner, "/rules", step="add", text=rules.ALL_CALLS).get_data(
        as_text=True
    )
    assert 'value="rule-1"' in page
    form = {"count": "2", "id-0": "a", "record-0": "all", "id-1": "b",
            "record-1": "none", "drop-0": "1"}  # fmt: skip
    page = post(owner, "/rules", step="try", **form).get_data(as_text=True)
    assert 'value="b"' in page
    assert 'value="a"' not in page


def test_a_form_says_the_same_as_its_text(box: Flask) -> None:
    text = """[lists]
never = ["+12125550199"]

[[rule]]
id = "office"
record = "sample"
percent = 12.5
weekdays = ["mon", "tue", "wed"]
times = ["08:00-12:00", "13:00-17:00"]
not_times = ["10:00-10:15"]
numbers = ["+1212*"]
direction = "in"
purpose = "orders"
"""
    raw = rules.parsed(text)
    assert raw is not None
    (card,) = (rules.card(rule) for rule in raw["rule"])
    with box.test_request_context(
        method="POST",
        data={
            "count": "1",
            "list-never": "+12125550199",
            "days-0": card["days"],
            **{f"{key}-0": str(card[key]) for key in
               ("id", "record", "percent", "times", "not_times", "numbers",
                "direction", "purpose")},
        },
    ):  # fmt: skip
        from flask import request

        assert rules.parsed(rules.written(request.form)) == raw


def test_the_preview_asks_no_more_than_it_needs(box: Flask) -> None:
    # 500 calls are decided while a person waits.
    archive = box.extensions["linekeeper.archive"]()
    with box.test_request_context():
        built = house.build(house.settings(), rules.ALL_CALLS)
        call = archive.calls.page(limit=1)[0]
        began = time.perf_counter()
        for _ in range(100):
            house.would(call, built)
        assert time.perf_counter() - began < 1.0


# people


def test_a_line_waits_for_everybody(owner: FlaskClient, box: Flask) -> None:
    assert "Nobody is on the list" in text_of(owner, "/people")
    assert "Not everybody on this line" in text_of(owner, "/consent")
    for name in ("Bo", "Cy"):
        assert post(owner, "/people", name=name).status_code == 303
    post(owner, "/people/1/know", "/people")
    assert "Not everybody on this line" in text_of(owner, "/consent")
    post(owner, "/people/2/leave", "/people")
    assert "Not everybody on this line" not in text_of(owner, "/consent")
    (bo,) = box.extensions["linekeeper.archive"]().staff.people("1")
    assert (bo.name, bo.told_by, len(bo.text_sha256 or "")) == ("Bo", seed.NAME, 64)


@pytest.mark.parametrize("name", ["", " \x00 ", "Bo"])
def test_a_person_needs_a_name_of_their_own(owner: FlaskClient, name: str) -> None:
    post(owner, "/people", name="Bo")
    assert post(owner, "/people", name=name).status_code == 422


def test_people_acknowledge_for_themselves_alone(
    owner: FlaskClient, state: Path
) -> None:
    with Archive(state, write=False) as archive:
        archive.users.add("Bo", seed.PASSWORD, "agent", NOW)
        mine = archive.staff.add("1", "Bo", "Ada", NOW)
        other = archive.staff.add("1", "Cy", "Ada", NOW)
    bo = make_app(state).test_client()
    log_in(bo, "Bo")
    assert post(bo, f"/people/{other}/know", "/people").status_code == 403
    assert post(bo, f"/people/{mine}/know", "/people").status_code == 303
    assert post(bo, "/people/99/know", "/people").status_code == 404


# numbers


@pytest.mark.parametrize(
    "data",
    [
        {"number": "", "kind": "never"},
        {"number": "no number", "kind": "never"},
        {"number": "+12125550142", "kind": "nonsense"},
        {"number": "+12125550142", "kind": "place", "place": "XX"},
        {"number": "+12125550142", "kind": "place"},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    owner: FlaskClient, box: Flask, data: dict[str, str]
) -> None:
    assert post(owner, "/numbers", **data).status_code == 422
    assert box.extensions["linekeeper.archive"]().wishes.held() == []


def test_an_objection_reaches_the_preview(owner: FlaskClient) -> None:
    wish = {"number": "(212) 555-0142", "kind": "never", "name": "Cy"}
    assert post(owner, "/numbers", **wish).status_code == 303
    assert "never recorded" in text_of(owner, "/numbers")
    assert "1 of the 2 calls" in text_of(owner, "/rules")
    post(owner, "/numbers/1/end", "/numbers")
    assert "2 of the 2 calls" in text_of(owner, "/rules")


def test_an_address_beats_the_number(owner: FlaskClient) -> None:
    post(owner, "/numbers", number="2125550142", kind="place", place="DE")
    assert "is in Germany" in text_of(owner, "/numbers")
    assert "Ask first" in text_of(owner, "/rules")


# agreements

ASKED = {"party": "Cy Reed", "number": "4155550123", "purposes": "my own notes"}


def ask(owner: FlaskClient, **changes: str) -> Any:
    return post(owner, "/agreements/new", **{**ASKED, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"party": ""}, {"number": "x"}, {"purposes": " ; "}, {"expires": "2027-13-40"}],
)
def test_a_request_that_lacks_something_is_refused(
    owner: FlaskClient, changes: dict[str, str]
) -> None:
    assert ask(owner, **changes).status_code == 422


def test_silence_is_no_consent_and_a_signature_is(owner: FlaskClient) -> None:
    address = ask(owner).location
    assert "Asked, no answer yet" in text_of(owner, address)
    assert "Tell first" in text_of(owner, "/rules")
    grant = {"event": "grant", "kind": "written"}
    assert post(owner, address, **grant, evidence="").status_code == 422
    assert post(owner, address, **grant, evidence="in the binder").status_code == 303
    assert "Agreed" in text_of(owner, address)
    assert "Recorded, with notice" in text_of(owner, "/rules")
    post(owner, address, event="withdraw", note="by telephone")
    assert "Withdrawn" in text_of(owner, address)
    assert "Tell first" in text_of(owner, "/rules")
    # what is over stays over
    token = token_of(owner, "/numbers")
    again = {**grant, "evidence": "x", "csrf_token": token}
    assert owner.post(address, data=again).status_code == 422


def test_an_exchange_of_mail_needs_everybodys_answer(owner: FlaskClient) -> None:
    address = ask(owner).location
    one = "Please answer: I agree to these terms\n> I agree to these terms\n"
    mail = {"event": "grant", "kind": "email", "parties": "2"}
    answer = post(owner, address, **mail, evidence=one + "I agree to these terms\n")
    assert answer.status_code == 422
    assert "Only 1 of 2" in answer.get_data(as_text=True)
    both = "I agree to these terms\n\nJag godkänner dessa villkor.\n"
    assert post(owner, address, **mail, evidence=both).status_code == 303
    assert "an exchange of e-mail" in text_of(owner, address)


def test_an_agreement_expires(owner: FlaskClient) -> None:
    address = ask(owner, expires="2020-01-01").location
    post(owner, address, event="grant", kind="attested")
    assert "Expired" in text_of(owner, address)
    assert "Tell first" in text_of(owner, "/rules")


def test_there_is_no_agreement_that_was_not_made(owner: FlaskClient) -> None:
    assert owner.get("/agreements/99").status_code == 404
    assert owner.get("/papers/form?agreement=99").status_code == 404


# papers


@pytest.mark.parametrize("code", ["en", "sv"])
def test_papers_name_owner_purpose_period_and_rights(
    owner: FlaskClient, code: str
) -> None:
    for address in ("/papers", "/papers/policy", "/papers/form"):
        page = text_of(owner, f"{address}?in={code}")
        for told in ("Ada Lind", "my own notes", "1 year", "ada.example"):
            assert told in page, (address, told)
        assert f'lang="{code}"' in page


def test_a_form_is_filled_from_its_agreement(owner: FlaskClient) -> None:
    ask(owner, place="Malmö, by letter", access="Ada and Bo")
    page = text_of(owner, "/papers/form?agreement=1")
    for told in ("Cy Reed", "+14155550123", "Malmö, by letter", "Ada and Bo"):
        assert told in page


def test_papers_say_what_is_missing(state: Path) -> None:
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", NOW)
    client = make_app(state).test_client()
    log_in(client)
    for address in ("/papers", "/papers/policy", "/papers/form"):
        assert "who records, what for" in text_of(client, address)


# the law


def test_every_place_has_its_statute_and_a_warning(owner: FlaskClient) -> None:
    page = text_of(owner, "/law")
    assert "not legal advice" in page
    assert page.count('<details class="law"') >= 110
    for told in ("Penal Code 632", "StGB s. 201", "RCW 9.73.030"):
        assert told in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("+14155550123", "belongs to California"),
        ("0812345678", "no telling where"),
        ("+4930123456", "belongs to Germany"),
        ("washington", "RCW 9.73.030"),
        ("zzz", "No place matches"),
        ("<script>", "No place matches"),
    ],
)
def test_a_place_or_number_is_looked_up(
    owner: FlaskClient, asked: str, told: str
) -> None:
    answer = owner.get("/law", query_string={"q": asked})
    assert told in answer.get_data(as_text=True)


def test_the_table_can_be_taken_away(owner: FlaskClient) -> None:
    answer = owner.get("/law/jurisdictions.json")
    assert "jurisdictions.json" in answer.headers["Content-Disposition"]
    assert answer.json is not None
    assert "US-CA" in answer.json["jurisdictions"]


# confidential


def test_only_the_owner_hears_what_is_confidential(
    owner: FlaskClient, box: Flask
) -> None:
    archive = box.extensions["linekeeper.archive"]()
    archive.users.add("Bo", seed.PASSWORD, "agent", NOW)
    archive.choices.set({"confidential": True}, seed.NAME, NOW)
    call = archive.calls.page(limit=1)[0]
    bo = box.test_client()
    log_in(bo, "Bo")
    assert bo.get(f"/api/v1/calls/{call.id}/audio").status_code == 403
    assert bo.get(f"/api/v1/calls/{call.id}/peaks").status_code == 403
    page = text_of(bo, f"/calls/{call.id}")
    assert "Your log-in does not let you hear recordings." in page
    assert 'id="player"' not in page
    assert 'id="player"' in text_of(owner, f"/calls/{call.id}")
