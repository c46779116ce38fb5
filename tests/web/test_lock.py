"""Sealed calls and their lock: 423, unlocking, passphrase, the recovery key once."""

import re
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.seal import Keyring, wraps
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from tests.web.test_keeping import waited
from web import lock
from web.store import LateArchive

PHRASE = "five words without any link"
OTHER = "quite another set of words"
RECOVERY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passphrases at the least cost; the cost itself is tested with the keys."""
    cheap = ({"time_cost": 1, "memory_kib": 64, "lanes": 1},)
    for change in (Keyring.choose_passphrase, Keyring.change_passphrase):
        monkeypatch.setattr(change, "__defaults__", cheap)


@pytest.fixture
def box(tmp_path: Path) -> Flask:
    state = tmp_path / "state"
    with Archive(state) as archive:
        seed.add_call(archive, ago=300, number="2125550123", talk_s=3)
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Bo", seed.PASSWORD, "agent", time.time())
    return make_app(state)


@pytest.fixture
def ada(box: Flask) -> FlaskClient:
    client = box.test_client()
    log_in(client)
    return client


@pytest.fixture
def call(box: Flask) -> Call:
    archive: Archive = box.extensions["linekeeper.archive"]()
    return archive.calls.page()[0]


def post(client: FlaskClient, address: str, **form: str):
    data = {"csrf_token": token_of(client, "/me"), **form}
    return client.post(address, data=data)


def choose(client: FlaskClient, phrase: str = PHRASE, again: str | None = None):
    form = {"new": phrase, "again": phrase if again is None else again}
    return post(client, "/box/lock/passphrase", **form)


def sound(client: FlaskClient, call: Call, **headers: str):
    address = f"/api/v1/calls/{call.id}/audio"
    return client.get(address, headers=headers, buffered=True)


def test_an_open_box_says_what_that_means_and_plays(
    ada: FlaskClient, call: Call
) -> None:
    page = ada.get("/box/lock").get_data(as_text=True)
    assert "the key lies beside the recordings" in page
    assert sound(ada, call).status_code == 200


@pytest.mark.parametrize(
    ("phrase", "again", "told"),
    [("short", None, "12 characters"), (PHRASE, OTHER, "passphrases differ")],
)
def test_a_passphrase_that_is_not_one_changes_nothing(
    ada: FlaskClient, box: Flask, phrase: str, again: str | None, told: str
) -> None:
    answer = choose(ada, phrase, again)
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert box.extensions["linekeeper.keyring"].mode == "open"


def test_the_recovery_key_is_shown_once_and_kept_nowhere(
    ada: FlaskClient, box: Flask, call: Call
) -> None:
    answer = choose(ada)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    key = RECOVERY.search(answer.get_data(as_text=True))
    assert key
    assert not RECOVERY.search(ada.get("/box/lock").get_data(as_text=True))
    state: Path = box.extensions["linekeeper.settings"].state_dir
    for path in state.rglob("*"):
        assert not path.is_file() or key[0].encode() not in path.read_bytes(), path
    # and it opens
    post(ada, "/box/lock/close")
    assert post(ada, "/box/lock/open", key=f" {key[0]}\n").status_code == 303
    assert sound(ada, call).status_code == 200


def test_locked_means_423_and_a_form_where_the_player_was(
    ada: FlaskClient, box: Flask, call: Call
) -> None:
    choose(ada)
    assert post(ada, "/box/lock/close").status_code == 303
    answer = sound(ada, call)
    assert answer.status_code == 423
    assert answer.json is not None
    assert answer.json["unlock"] == "/box/lock"
    assert sound(ada, call, Range="bytes=0-99").status_code == 423
    for address in ("audio?version=original", "audio?download=1", "peaks"):
        assert ada.get(f"/api/v1/calls/{call.id}/{address}").status_code == 423
    page = ada.get(f"/calls/{call.id}").get_data(as_text=True)
    assert "<audio" not in page
    assert "Unlock the recordings" in page
    assert "2125550123" in page.replace("(212) 555-0123", "2125550123")
    # what is known of a call can be read, and unlocking leads back to it
    answer = post(ada, "/box/lock/open", passphrase=PHRASE, next=f"/calls/{call.id}")
    assert answer.location == f"/calls/{call.id}"
    assert "<audio" in ada.get(f"/calls/{call.id}").get_data(as_text=True)
    assert sound(ada, call).status_code == 200


def test_a_sound_begun_before_locking_ends_with_it(
    ada: FlaskClient, call: Call
) -> None:
    choose(ada)
    assert sound(ada, call, Range="bytes=0-999").status_code == 206
    post(ada, "/box/lock/close")
    assert sound(ada, call, Range="bytes=1000-1999").status_code == 423


def test_nobody_listens_for_a_while_and_it_locks_itself(
    ada: FlaskClient, box: Flask, call: Call
) -> None:
    choose(ada)
    keys: Keyring = box.extensions["linekeeper.keyring"]
    now = time.monotonic()
    keys._clock = lambda: now + keys.idle_s + 1
    assert sound(ada, call).status_code == 423
    assert "Locked" in ada.get("/box").get_data(as_text=True)


def test_wrong_passphrases_are_counted(ada: FlaskClient, call: Call) -> None:
    choose(ada)
    post(ada, "/box/lock/close")
    codes = [
        post(ada, "/box/lock/open", passphrase=f"guess {n}").status_code
        for n in range(12)
    ]
    assert codes == [401] * 10 + [429] * 2
    assert post(ada, "/box/lock/open", passphrase=PHRASE).status_code == 429


def test_only_the_owner_changes_the_keys(box: Flask, ada: FlaskClient) -> None:
    choose(ada)
    bo = box.test_client()
    log_in(bo, "Bo")
    assert "Lock now" in bo.get("/box/lock").get_data(as_text=True)
    assert choose(bo, OTHER).status_code == 403
    assert post(bo, "/box/lock/recovery").status_code == 403
    assert post(bo, "/box/lock/close").status_code == 303
    assert post(bo, "/box/lock/open", passphrase=PHRASE).status_code == 303


def test_another_passphrase_and_another_recovery_key(
    ada: FlaskClient, call: Call
) -> None:
    first = RECOVERY.search(choose(ada).get_data(as_text=True))
    assert choose(ada, OTHER).status_code == 303
    second = RECOVERY.search(post(ada, "/box/lock/recovery").get_data(as_text=True))
    assert first
    assert second
    assert first[0] != second[0]
    post(ada, "/box/lock/close")
    assert post(ada, "/box/lock/open", passphrase=PHRASE).status_code == 401
    assert post(ada, "/box/lock/open", key=first[0]).status_code == 401
    assert post(ada, "/box/lock/open", key=second[0]).status_code == 303


def test_locking_and_unlocking_are_in_the_ledger(ada: FlaskClient, box: Flask) -> None:
    choose(ada)
    post(ada, "/box/lock/close")
    post(ada, "/box/lock/open", passphrase="wrong")
    post(ada, "/box/lock/open", passphrase=PHRASE)
    archive: Archive = box.extensions["linekeeper.archive"]()
    found = [(e.kind, e.by) for e in archive.ledger.walk() if "lock" in e.kind]
    unlocked, locked = ("unlocked", seed.NAME), ("locked", seed.NAME)
    assert found == [unlocked, locked, unlocked]


def test_unlocking_never_leads_outside(ada: FlaskClient) -> None:
    choose(ada)
    answer = post(
        ada, "/box/lock/open", passphrase=PHRASE, next="https://evil.example/"
    )
    assert answer.location == "/box/lock?done=unlocked"


def test_every_way_of_unlocking_has_a_name() -> None:
    assert {"passphrase", "recovery", "key_file", *wraps.BY_ITSELF} == set(lock.WAYS)


def test_what_a_crash_left_is_packed_once_somebody_unlocks(
    ada: FlaskClient, box: Flask
) -> None:
    choose(ada)
    post(ada, "/box/lock/close")
    state: Path = box.extensions["linekeeper.settings"].state_dir
    with Archive(state) as recorder:
        left = seed.add_call(recorder, ago=100, number="2125550124", talk_s=2)
        recorder.sealer.forget(left.id)  # as a crash does
        assert recorder.finish_pending() == 0
    post(ada, "/box/lock/open", passphrase=PHRASE)
    job = waited(box, "pack")
    archive: Archive = box.extensions["linekeeper.archive"]()
    assert archive.calls.get(left.id).audio == "kept"
    assert (job.result, job.problem) == (1, "")


def test_a_key_file_lets_the_page_in_by_itself(box: Flask, tmp_path: Path) -> None:
    state: Path = box.extensions["linekeeper.settings"].state_dir
    keys: Keyring = box.extensions["linekeeper.keyring"]
    keys.choose_passphrase(PHRASE, time.time())
    stick = tmp_path / "stick.key"
    stick.write_text(keys.add_key_file())
    for there in (True, False):
        late = LateArchive(state, Keyring.of(state), stick)
        assert late().keyring.locked is not there
        late.close()
        stick.unlink(missing_ok=True)


def test_the_settings_say_when_it_locks_itself(box: Flask) -> None:
    keys: Keyring = box.extensions["linekeeper.keyring"]
    minutes = box.extensions["linekeeper.settings"].seal.autolock_min
    assert keys.idle_s == 60 * minutes
