"""Verbs on finished calls, from the socket to the archive and back."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.archive import Archive
from firmware.archive.acting import act
from firmware.archive.model import Call
from firmware.call.clerk import MAX_WAITING, Clerk, is_due
from firmware.errors import ControlError, NoSuchCall, Refused
from firmware.service import control
from firmware.service.settings import Settings

START = 1_800_000_000.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings().with_state(tmp_path / "state")


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    with Archive(settings.state_dir) as archive:
        yield archive


@pytest.fixture
def call(archive: Archive) -> Call:
    call = Call(archive.new_id(START), "1", START, number="+12125550123")
    archive.begin(call)
    call.outcome, call.no_audio_reason = "missed", "not_answered"
    archive.end(call)
    return call


@pytest.fixture
def ask(archive: Archive, settings: Settings) -> Iterator[Callable[..., Any]]:
    """Ask as a page does, while a recorder polls its socket."""
    done = threading.Event()
    clerk = Clerk(archive, settings)

    def poll(server: control.Server) -> None:
        while not done.wait(0.01):
            for command in server.poll():
                clerk.give(command, START + 60, "synced")

    with control.Server(settings.socket_path) as server, ThreadPoolExecutor() as pool:
        polling = pool.submit(poll, server)
        yield lambda verb, **args: act(settings, verb, by="ada", **args)
        done.set()
        clerk.close()
        polling.result()


Ask = Callable[..., Any]


def test_a_verb_is_done_by_the_recorder(ask: Ask, archive: Archive, call: Call) -> None:
    reply = ask("star", call_id=call.id)
    assert reply["keeping"]["star"]["by"] == "ada"
    assert "star" in archive.calls.get(call.id).keeping


def test_an_erasure_names_its_certificate(
    ask: Ask, archive: Archive, call: Call
) -> None:
    reply = ask("erase", call_id=call.id, reason="asked")
    assert archive.erasures.certificate(reply["certificate"]) is not None
    assert archive.calls.get(call.id).number is None


def test_a_refusal_comes_back_as_what_it_was(ask: Ask, call: Call) -> None:
    with pytest.raises(Refused, match=r"^want a reason$"):
        ask("bin", call_id=call.id)
    with pytest.raises(NoSuchCall) as missing:
        ask("star", call_id="20270115-080000-zzzz")
    assert missing.value.call_id == "20270115-080000-zzzz"


def test_an_unknown_verb_is_refused_by_the_recorder(ask: Ask) -> None:
    with pytest.raises(ControlError, match="want one of ping"):
        ask("fly")


class Waiting:
    """Somebody who asks and never goes away."""

    def __init__(self) -> None:
        self.verb = "star"
        self.args: dict[str, Any] = {}
        self.told: list[str | None] = []

    def answer(self, error: str | None = None, **fields: Any) -> None:
        self.told.append(error)


def test_no_more_than_a_hundred_wait(archive: Archive, settings: Settings) -> None:
    clerk = Clerk(archive, settings)
    with archive._writer.guard:  # nothing can be done meanwhile
        asked = [Waiting() for _ in range(MAX_WAITING + 20)]
        for one in asked:
            one.args = {"call_id": "20270115-080000-zzzz", "by": "ada"}
            clerk.give(one, START)
    clerk.close()
    assert all(len(one.told) == 1 for one in asked)
    refused = [one for one in asked if "too much" in str(one.told[0])]
    assert 19 <= len(refused) <= 20  # one may be in hand already


# The night


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        ("2026-11-21T02:59", None, False),
        ("2026-11-21T03:00", None, True),
        ("2026-11-21T23:00", None, True),  # the box was off at three
        ("2026-11-21T03:00", "2026-11-20T03:00", True),
        ("2026-11-21T23:59", "2026-11-21T03:00", False),
        ("2026-11-22T00:01", "2026-11-21T03:00", False),
        ("2026-11-22T03:01", "2026-11-21T23:00", True),
    ],
)
def test_a_sweep_a_night(now: str, last: str | None, due: bool) -> None:
    def utc(text: str) -> float:
        return datetime.fromisoformat(text).timestamp()

    assert is_due(utc(now), last and utc(last), 3) == due


def test_the_clerk_sweeps_by_itself_and_once(
    archive: Archive, settings: Settings, call: Call
) -> None:
    clerk = Clerk(archive, settings)
    late = START + 900 * 86_400.0
    clerk.look(late, "free-running")
    clerk.look(late, "synced")
    clerk.close()
    assert archive.erasures.last_sweep() == (late, 1, 0, [])
    assert archive.calls.get(call.id).number is None
    again = Clerk(archive, settings)
    again.look(late + 60, "synced")
    again.close()
    assert archive.erasures.last_sweep() == (late, 1, 0, [])


def test_who_switched_the_sweep_off_keeps_everything(
    archive: Archive, settings: Settings, call: Call
) -> None:
    retention = replace(settings.retention, sweep=False)
    clerk = Clerk(archive, replace(settings, retention=retention))
    clerk.look(START + 900 * 86_400.0, "synced")
    clerk.close()
    assert archive.erasures.last_sweep() is None


def test_a_sweep_that_is_asked_for_tells_what_it_did(ask: Ask) -> None:
    assert ask("sweep", confirm="") == {
        "swept": 0,
        "bytes": 0,
        "left": 0,
        "certificate": None,
        "stops": [],
        "token": "",
    }
