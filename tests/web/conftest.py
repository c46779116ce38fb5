"""A box with calls of every kind, and people at its door."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.service.settings import Settings
from tests.web import seed
from web import create_app
from web.security import limiter


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Call]]:
    """A state folder with one call of every kind; not to be changed."""
    state = tmp_path_factory.mktemp("filled")
    with Archive(state) as archive:
        calls = seed.fill(archive)
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    return state, calls


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder as the recorder leaves it at its first start."""
    Archive(tmp_path / "state").close()
    return tmp_path / "state"


_made: list[Flask] = []


def make_app(state: Path) -> Flask:
    """Return an application that is closed when the test ends."""
    _made.append(create_app(seed.settings_for(state), testing=True))
    return _made[-1]


@pytest.fixture(autouse=True)
def _close_apps() -> Iterator[None]:
    yield
    while _made:
        _made.pop().extensions["linekeeper.archive"].close()


@pytest.fixture
def app(filled: tuple[Path, list[Call]]) -> Iterator[Flask]:
    made = make_app(filled[0])
    yield made
    limiter.reset()


@pytest.fixture
def fresh_app(state: Path) -> Iterator[Flask]:
    """The application of a box nobody has claimed."""
    made = make_app(state)
    yield made
    limiter.reset()


@pytest.fixture
def settings(app: Flask) -> Settings:
    found: Settings = app.extensions["linekeeper.settings"]
    return found


@pytest.fixture
def calls(filled: tuple[Path, list[Call]]) -> list[Call]:
    """The calls, newest first."""
    return filled[1]


@pytest.fixture
def nobody(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is logged in."""
    made = app.test_client()
    answer = log_in(made)
    assert answer.status_code == 303
    return made


def token_of(client: FlaskClient, path: str) -> str:
    """Return the CSRF token of a form."""
    page = client.get(path).get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def log_in(client: FlaskClient, name: str = seed.NAME, password: str = seed.PASSWORD):
    data = {
        "csrf_token": token_of(client, "/login"),
        "name": name,
        "password": password,
    }
    return client.post("/login", data=data)
