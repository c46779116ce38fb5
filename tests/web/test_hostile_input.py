"""What visitors send: parameters, hosts, ids of others, archives and sounds."""

import io
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict

from firmware.archive import Archive
from firmware.archive.backup import stage
from firmware.archive.evidence.check import MAX_TEXT, check
from firmware.archive.model import Call
from firmware.errors import SourceError, StoreError
from firmware.service import studio
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from tests.web.test_doors import routes
from web.security import limiter

EVIL = "evil.example"
#: Ends a header line and begins another, in all the ways that are taken for it.
SPLITS = ("\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\u560a\u560dX-Evil: 1")
ELSEWHERE = (f"//{EVIL}", f"https://{EVIL}/", f"/\\{EVIL}", f"\t//{EVIL}")


class Watched(ImmutableMultiDict):  # type: ignore[type-arg]  # werkzeug's own use of it
    """Remembers which names were asked for."""

    asked: ClassVar[defaultdict[str, set[str]]] = defaultdict(set)
    now = ""

    def __getitem__(self, key):
        self.asked[self.now].add(key)
        return super().__getitem__(key)

    def get(self, key, default=None, type=None):
        self.asked[self.now].add(key)
        return super().get(key, default, type)

    def getlist(self, key, type=None):
        self.asked[self.now].add(key)
        return super().getlist(key, type)

    def __contains__(self, key):
        self.asked[self.now].add(str(key))
        return super().__contains__(key)


class WatchedRequest(Request):
    parameter_storage_class = Watched


def test_no_parameter_reaches_a_header(
    app: Flask, client: FlaskClient, calls: list[Call]
) -> None:
    app.request_class = WatchedRequest
    walked = [
        (endpoint, address)
        for endpoint, method, address in routes(app, calls[0].id)
        if method == "GET" and endpoint not in ("live.events", "disk.test")
    ]
    for endpoint, address in walked:
        Watched.now = endpoint
        client.get(address, buffered=True)
    known = {name for names in Watched.asked.values() for name in names} | {"next"}
    assert {"q", "lang", "next"} <= known
    tried = 0
    hostile = (*SPLITS, *ELSEWHERE)
    for turn, (endpoint, address) in enumerate(walked):
        for bad in (hostile[turn % 8], hostile[(turn + 4) % 8]):
            names = Watched.asked[endpoint] | {"next"}
            answer = client.get(address, query_string=dict.fromkeys(names, bad))
            assert answer.status_code < 500, (endpoint, bad)
            for name, value in answer.headers:
                assert "x-evil" not in name.lower(), (endpoint, bad)
                assert "\r" not in value, (endpoint, bad)
                assert "\n" not in value, (endpoint, bad)
            where = answer.headers.get("Location", "/")
            assert where.startswith("/"), (endpoint, bad)
            assert not where.startswith(("//", "/\\")), (endpoint, bad)
            answer.close()
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("bad", [*SPLITS, *ELSEWHERE])
def test_no_form_leads_elsewhere(client: FlaskClient, bad: str) -> None:
    token = token_of(client, "/me")
    names = ("next", "back", "where", "return")
    data = {**dict.fromkeys(names, bad), "csrf_token": token}
    for address in ("/again", "/logout"):
        answer = client.post(address, data={**data, "password": seed.PASSWORD})
        assert answer.location.startswith("/")
        assert not answer.location.startswith(("//", "/\\"))
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "Referer"]
)
def test_no_header_of_a_visitor_is_reflected(client: FlaskClient, header: str) -> None:
    for address in ("/", "/trust", "/no/such", "/calls/x", "/me"):
        answer = client.get(address, headers={header: EVIL})
        assert EVIL not in str(answer.headers)
        assert EVIL not in answer.get_data(as_text=True)


@pytest.mark.parametrize("override", ["DELETE", "PUT", "POST"])
def test_a_method_cannot_be_overridden(
    client: FlaskClient, calls: list[Call], override: str
) -> None:
    address = f"/calls/{calls[0].id}"
    headers = {"X-HTTP-Method-Override": override, "X-Method-Override": override}
    plain = client.get(address)
    given = client.get(address, headers=headers, query_string={"_method": override})
    assert given.status_code == plain.status_code == 200


# the ids of others


@pytest.fixture
def two_agents(tmp_path: Path) -> Iterator[tuple[Flask, list[Call]]]:
    """A box with a call on each of two lines, and an agent for each."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        made = [
            seed.add_call(archive, ago=900, number="2125550161", name="OF LINE ONE"),
            seed.add_call(archive, ago=500, number="2125550162", name="OF LINE TWO"),
        ]
        made[1] = replace(made[1], line="2")
        archive.update(made[1])
        archive.finish_pending()
        archive.users.add("one", seed.PASSWORD, "agent", time.time(), ["1"])
        archive.users.add("two", seed.PASSWORD, "agent", time.time(), ["2"])
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    yield make_app(state), made
    limiter.reset()


def test_no_address_shows_an_agent_the_call_of_another_line(
    two_agents: tuple[Flask, list[Call]],
) -> None:
    app, (mine, other) = two_agents
    client = app.test_client()
    assert log_in(client, "one").status_code == 303
    token = token_of(client, "/me")
    walked = 0
    for endpoint, method, address in routes(app, other.id):
        if endpoint in ("auth.logout", "me.end_others", "live.events"):
            continue
        data = {"csrf_token": token} if method == "POST" else None
        answer = client.open(address, method=method, data=data, buffered=True)
        body = answer.get_data()
        for secret in (b"OF LINE TWO", b"5550162"):
            assert secret not in body, (endpoint, method)
        if other.id in address:
            assert answer.status_code in (403, 404), (endpoint, method)
            walked += 1
    assert walked > 10
    assert client.get(f"/calls/{mine.id}").status_code == 200
    for query in ("OF LINE TWO", "5550162", other.id):
        for address in ("/calls", "/api/v1/calls"):
            page = client.get(address, query_string={"q": query})
            assert f"/calls/{other.id}" not in page.get_data(as_text=True)


def test_nobody_ends_the_session_of_another(
    two_agents: tuple[Flask, list[Call]],
) -> None:
    app, _ = two_agents
    one, two = app.test_client(), app.test_client()
    log_in(one, "one")
    log_in(two, "two")
    archive: Archive = app.extensions["linekeeper.archive"]()
    user = next(u for u in archive.users.list() if u.name == "two")
    key = archive.sessions.list(user.id)[0].key
    data = {"csrf_token": token_of(one, "/me")}
    assert one.post(f"/me/sessions/{key}/end", data=data).status_code == 404
    assert two.get("/me").status_code == 200


# archives and sounds that unpack to more than there is room for


def test_a_bundle_that_claims_too_much_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("key.txt", bytes(MAX_TEXT + 1))
        bomb.writestr("../../escape.txt", b"x")
    assert path.stat().st_size < 200_000
    found = check(path)
    assert found.problem is not None
    assert "too large" in found.problem.detail
    assert not (tmp_path.parent / "escape.txt").exists()


@pytest.mark.parametrize("name", ["../key", "/etc/key", "a/b", ".."])
def test_keys_of_a_backup_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    packed = _tar(name, b"x")
    with pytest.raises(StoreError, match="does not belong"):
        stage.unpack(packed, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_far_too_large_is_none(tmp_path: Path) -> None:
    packed = _tar("office.json", bytes(stage.LARGEST_KEY + 1))
    with pytest.raises(StoreError, match="does not belong"):
        stage.unpack(packed, tmp_path)


def _tar(name: str, content: bytes) -> bytes:
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def test_a_sound_that_unpacks_to_hours_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hours.flac"
    hour = np.zeros(48_000 * 60, np.int16)
    with soundfile.SoundFile(path, "w", 48_000, 1) as file:
        for _ in range(20):
            file.write(hour)
    read: list[int] = []
    original = soundfile.SoundFile.read

    def reading(self, frames=-1, *args, **more):
        read.append(frames)
        return original(self, frames, *args, **more)

    monkeypatch.setattr(soundfile.SoundFile, "read", reading)
    assert path.stat().st_size < 300_000
    with pytest.raises(SourceError, match=r"want 1\.\.60 s"):
        studio.Studio(tmp_path).read(path)
    assert read == [61 * 48_000]


def test_a_sound_of_absurd_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    soundfile.write(path, np.zeros((100, 60), np.int16), 8000)
    with pytest.raises(SourceError, match="channels"):
        studio.Studio(tmp_path).read(path)
