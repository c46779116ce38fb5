"""Every setting on a page: shown, checked as the file is, kept, taken back, undone."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive, disks
from firmware.archive.purposes import PURPOSES
from firmware.archive.retention import Rules, period
from firmware.archive.rules import rules_of
from firmware.service import control, settings
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import settings as page
from web import settings_words
from web.security import limiter


@pytest.fixture
def box(state: Path) -> Iterator[Flask]:
    with Archive(state, write=False) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Mo", seed.PASSWORD, "manager", time.time())
    made = make_app(state)
    seed.write_status(made.extensions["linekeeper.settings"], phase="idle")
    yield made
    limiter.reset()


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    assert log_in(client).status_code == 303
    return client


def post(client: FlaskClient, path: str, **form: str):
    data = {"csrf_token": token_of(client, "/me"), **form}
    return client.post(path, data=data)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def choices(box: Flask) -> dict[str, object]:
    found: dict[str, object] = box.extensions["linekeeper.archive"]().choices.all()
    return found


def test_every_setting_is_on_the_page_of_its_group(ada: FlaskClient) -> None:
    for table, title, _gist in settings.sections():
        if table in page.ELSEWHERE:
            continue
        shown = text_of(ada, f"/box/settings/{table}")
        assert title in shown
        for one in settings.DESCRIBED:
            if one.table == table:
                assert f'id="at-{one.key}"' in shown, one


def test_what_does_not_fit_is_told_beside_the_field_and_nothing_is_lost(
    ada: FlaskClient, box: Flask
) -> None:
    form = {"recorder.preroll_s": "77", "recorder.hangover_s": "12"}
    answer = post(ada, "/box/settings/recorder", **form)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "a number from 0 to 30" in shown
    assert 'value="77"' in shown
    assert 'value="12"' in shown
    assert choices(box) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("recorder.release_ms", "900,5"),
        ("recorder.release_ms", "nan"),
        ("recorder.release_ms", "inf"),
        ("recorder.preroll_s", ""),
        ("recorder.trigger", "always"),
    ],
)
def test_bad_values_are_refused(
    ada: FlaskClient, box: Flask, name: str, text: str
) -> None:
    assert post(ada, "/box/settings/recorder", **{name: text}).status_code == 422
    assert choices(box) == {}


def test_a_kept_value_is_in_force_with_who_and_when(
    ada: FlaskClient, box: Flask
) -> None:
    answer = post(ada, "/box/settings/recorder", **{"recorder.preroll_s": "7,5"})
    assert answer.status_code == 303
    assert choices(box) == {"recorder.preroll_s": 7.5}
    shown = text_of(ada, answer.location)
    assert "A recording begins 7.5 seconds earlier." in shown
    assert "chosen here" in shown
    assert seed.NAME in shown
    ledger = box.extensions["linekeeper.archive"]().ledger
    last = list(ledger.walk())[-1]
    assert (last.kind, last.by, last.data["what"]) == ("changed", seed.NAME, "settings")


def test_back_to_the_file_takes_the_choice_back(ada: FlaskClient, box: Flask) -> None:
    post(ada, "/box/settings/recorder", **{"recorder.preroll_s": "7"})
    form = {"recorder.preroll_s": "9", "recorder.hangover_s": "11"}
    form["reset"] = "recorder.preroll_s"
    assert post(ada, "/box/settings/recorder", **form).status_code == 303
    assert choices(box) == {"recorder.hangover_s": 11.0}
    assert "as in the settings file" in text_of(ada, "/box/settings/history")


def test_the_last_change_is_undone_unless_somebody_was_faster(
    ada: FlaskClient, box: Flask
) -> None:
    post(ada, "/box/settings/line", **{"line.country": "se"})
    kept = box.extensions["linekeeper.archive"]()
    seen = str(kept.choices.changed())
    post(ada, "/box/settings/line", **{"line.country": "de"})
    assert post(ada, "/box/settings/undo", newest=seen).status_code == 409
    newest = str(kept.choices.changed())
    assert post(ada, "/box/settings/undo", newest=newest).status_code == 303
    assert choices(box) == {"line.country": "se"}


def test_a_manager_changes_the_recorder_but_not_the_lock(
    box: Flask, ada: FlaskClient
) -> None:
    mo = box.test_client()
    log_in(mo, "Mo")
    form = {"seal.autolock_min": "5"}
    assert post(mo, "/box/settings/seal", **form).status_code == 403
    assert choices(box) == {}
    assert post(ada, "/box/settings/seal", **form).status_code == 303
    assert box.extensions["linekeeper.keyring"].idle_s == 300.0
    newest = str(box.extensions["linekeeper.archive"]().choices.changed())
    assert post(mo, "/box/settings/undo", newest=newest).status_code == 403


def test_what_the_file_alone_may_set_cannot_be_sent(
    ada: FlaskClient, box: Flask
) -> None:
    form = {"web.port": "1", "web.host": "0.0.0.0"}
    assert post(ada, "/box/settings/web", **form).status_code == 303
    assert choices(box) == {}
    assert "only the settings file has it" in text_of(ada, "/box/settings/web")


def test_a_setting_is_found_by_what_it_is_called_and_does(ada: FlaskClient) -> None:
    assert 'settings/recorder#at-preroll_s"' in text_of(ada, "/box/settings?q=before")
    assert "No setting is called so" in text_of(ada, "/box/settings?q=zebra")
    odd = text_of(ada, "/box/settings?q=<b>x")
    assert "<b>x" not in odd


def test_the_page_says_what_the_recorder_does_not_know_yet(
    ada: FlaskClient, box: Flask
) -> None:
    assert "still works with the old values" not in text_of(ada, "/box/settings")
    post(ada, "/box/settings/line", **{"line.country": "se"})
    shown = text_of(ada, "/box/settings")
    assert "still works with the old values of: Country of the line" in shown
    answer = post(ada, "/box/settings/restart")
    assert answer.status_code == 409
    assert "It takes the new values when it starts" in answer.get_data(as_text=True)


def test_the_restart_is_asked_of_the_recorder(
    ada: FlaskClient, box: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def send(_path: Path, verb: str) -> dict[str, object]:
        asked.append(verb)
        return {"ok": True, "waits": True}

    monkeypatch.setattr(control, "send", send)
    assert post(ada, "/box/settings/restart").status_code == 303
    assert asked == ["restart"]


def test_an_unknown_group_does_not_exist(ada: FlaskClient) -> None:
    assert ada.get("/box/settings/nonsense").status_code == 404


def test_every_effect_and_every_reason_belongs_to_a_setting() -> None:
    names = {f"{one.table}.{one.key}" for one in settings.DESCRIBED}
    assert set(settings_words.EFFECTS) <= names
    used = {one.about.fixed for one in settings.DESCRIBED if one.about.fixed}
    assert used <= set(settings_words.FIXED)


# how long calls stay


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[FlaskClient]:
    """Twenty calls, one a month back."""
    with Archive(tmp_path / "state") as archive:
        for n in range(20):
            ago = 1000.0 + n * 30 * 86_400
            seed.add_call(archive, ago=ago, number="2125550123", talk_s=2)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    disks.adopt(tmp_path / "state")
    made = make_app(tmp_path / "state")
    seed.write_status(made.extensions["linekeeper.settings"], phase="idle")
    client = made.test_client()
    log_in(client)
    yield client
    limiter.reset()


def test_the_preview_tells_what_would_go_and_changes_nothing(
    shop: FlaskClient,
) -> None:
    shown = text_of(shop, "/keeping/rules")
    assert "The oldest recording is of" in shown
    assert "would go tonight" not in shown
    shown = text_of(shop, "/keeping/rules?retention.site_months=24")
    assert "Nothing would go tonight" in shown
    kept = shop.application.extensions["linekeeper.archive"]()
    assert kept.choices.all() == {}


def test_rules_by_which_a_tenth_goes_want_a_word_more(shop: FlaskClient) -> None:
    form = {"retention.site_months": "3", "retention.sweep": "1"}
    answer = post(shop, "/keeping/rules", **form)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Please confirm that so much is meant to go." in shown
    assert "calls would go tonight" in shown
    answer = post(shop, "/keeping/rules", **form, sure="1")
    assert answer.status_code == 303
    kept = shop.application.extensions["linekeeper.archive"]()
    assert kept.choices.all() == {"retention.site_months": 3}
    assert "recording is of" in text_of(shop, answer.location)


def test_a_purpose_keeps_at_least_what_its_law_demands(shop: FlaskClient) -> None:
    answer = post(shop, "/keeping/rules", **{"period.mifid": "12"})
    assert answer.status_code == 422
    assert "a whole number from 60 to 1200" in answer.get_data(as_text=True)
    form = {"period.mifid": "72", "period.service": "9", "period.quality": ""}
    assert post(shop, "/keeping/rules", **form).status_code == 303
    kept = shop.application.extensions["linekeeper.archive"]()
    assert kept.choices.get("retention.periods") == "service=9 mifid=72"
    rules = rules_of(settings.overlay(settings.Settings(), kept.choices.all()))
    assert period(PURPOSES["service"], rules) == 9
    assert period(PURPOSES["mifid"], rules) == 72
    assert period(PURPOSES["quality"], rules) == 6


def test_a_period_in_a_file_below_the_law_is_the_laws() -> None:
    rules = Rules(periods=(("mifid", 3),))
    assert period(PURPOSES["mifid"], rules) == 60
