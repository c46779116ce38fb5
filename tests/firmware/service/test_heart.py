"""What systemd is told, and when."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from firmware.service.heart import Heart, Notifier, Pulse

PID = 4711


def snapshot(*indices: int, pid: int = PID) -> dict[str, Any]:
    lines = [{"id": f"line{i}", "sample_index": at} for i, at in enumerate(indices)]
    return {"pid": pid, "lines": lines}


def test_beats_only_while_every_line_goes_on() -> None:
    pulse = Pulse(PID)
    assert pulse.beats(snapshot(8000, 8000))
    assert pulse.beats(snapshot(16000, 16000))
    assert not pulse.beats(snapshot(24000, 16000)), "the second line stands still"
    assert pulse.beats(snapshot(32000, 16160)), "both went on"


@pytest.mark.parametrize(
    "said",
    [None, {}, {"pid": PID, "lines": []}, snapshot(0), snapshot(8000, pid=PID + 1)],
    ids=["no file", "empty", "no line", "no sample yet", "of the run before"],
)
def test_is_not_ready_before_the_line_is_heard(said: dict[str, Any] | None) -> None:
    pulse = Pulse(PID)
    assert not pulse.beats(said)
    assert not pulse.ready


def listener(path: Path) -> socket.socket:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(path))
    heard.settimeout(5)
    return heard


def test_ready_once_then_alive_then_silent(tmp_path: Path) -> None:
    with listener(tmp_path / "notify") as systemd:
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        indices = iter((8000, 16000, 16000, 24000))
        heart = Heart(lambda: snapshot(next(indices), pid=os.getpid()), notifier)
        for _ in range(4):
            heart.look()
        systemd.setblocking(False)
        told = [systemd.recv(100).decode() for _ in range(3)]
        assert told == ["READY=1\nWATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]
        with pytest.raises(BlockingIOError):
            systemd.recv(100)


def test_the_thread_tells_of_its_start_and_its_end(tmp_path: Path) -> None:
    with listener(tmp_path / "notify") as systemd:
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000"}
        counter = iter(range(1, 1_000_000))
        heart = Heart(
            lambda: snapshot(next(counter), pid=os.getpid()), Notifier(environ)
        )
        with heart.start():
            assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"
            assert systemd.recv(100) == b"WATCHDOG=1"
        told = b""
        while told != b"STOPPING=1":
            told = systemd.recv(100)


def test_the_abstract_name_space_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        name = f"linekeeper-test-{os.getpid()}"
        systemd.bind("\0" + name)
        systemd.settimeout(5)
        Notifier({"NOTIFY_SOCKET": "@" + name}).tell("READY=1")
        assert systemd.recv(100) == b"READY=1"


def test_without_systemd_nothing_runs() -> None:
    notifier = Notifier({})
    assert notifier.watchdog_s is None
    with Heart(lambda: pytest.fail("nobody listens"), notifier).start():
        notifier.tell("READY=1")


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    theirs = {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}
    assert Notifier(theirs).watchdog_s is None
    mine = theirs | {"WATCHDOG_PID": str(os.getpid())}
    assert Notifier(mine).watchdog_s == 2.0
