import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from firmware.errors import ControlError
from firmware.service import control


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "control.sock"


@pytest.fixture
def recorder(path: Path) -> Iterator[None]:
    """A recorder that answers each verb until the test ends."""
    done = threading.Event()

    def serve(server: control.Server) -> None:
        while not done.wait(0.005):
            for command in server.poll():
                error = "no call to stop" if command.verb == "stop" else None
                command.answer(error, verb=command.verb)

    with control.Server(path) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield
        done.set()
        thread.join()


@pytest.mark.usefixtures("recorder")
def test_verb_is_answered(path: Path) -> None:
    assert control.send(path, "ping") == {"ok": True, "verb": "ping"}


@pytest.mark.usefixtures("recorder")
def test_refusal_carries_the_reason(path: Path) -> None:
    with pytest.raises(ControlError, match="no call to stop"):
        control.send(path, "stop")


@pytest.mark.usefixtures("recorder")
def test_unknown_verb_is_refused_by_name(path: Path) -> None:
    with pytest.raises(ControlError, match=r"want one of ping, .*, got 'fly'"):
        control.send(path, "fly")


@pytest.mark.parametrize(
    "junk",
    [b"", b"\n", b"{", b"[1]\n", b"\xff\xfe\n", b"x" * 9999, b"[" * 4000 + b"\n"],
)
@pytest.mark.usefixtures("recorder")
def test_junk_does_not_disturb_the_next_command(path: Path, junk: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        peer.sendall(junk)
        peer.shutdown(socket.SHUT_WR)
    assert control.send(path, "ping")["ok"]


@pytest.mark.parametrize("sent", [b"", b'{"verb"'])
def test_client_that_does_not_go_on_is_dropped(path: Path, sent: bytes) -> None:
    now = [0.0]
    with (
        control.Server(path, lambda: now[0]) as server,
        socket.socket(socket.AF_UNIX) as peer,
    ):
        peer.connect(str(path))
        peer.sendall(sent)
        assert server.poll() == []
        now[0] += control.PEER_TIMEOUT_S
        assert server.poll() == []
        peer.settimeout(5)
        assert peer.recv(1) == b""


def test_slow_client_holds_up_nobody(path: Path) -> None:
    """The recorder's own time does not pass while it polls."""
    with control.Server(path, lambda: 0.0) as server, ExitStack() as stack:
        slow = stack.enter_context(socket.socket(socket.AF_UNIX))
        slow.connect(str(path))
        slow.sendall(b'{"verb": ')
        assert server.poll() == []
        quick = stack.enter_context(socket.socket(socket.AF_UNIX))
        quick.connect(str(path))
        quick.sendall(b'{"verb": "ping"}\n')
        (command,) = server.poll()
        assert command.verb == "ping"
        command.answer()
        slow.sendall(b'"stop"}\n')
        (command,) = server.poll()
        assert command.verb == "stop"
        command.answer()


def test_path_too_long_for_a_socket_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="want a path of at most 107 bytes"):
        control.Server(tmp_path / ("x" * 110) / "control.sock")


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ControlError, match="cannot be made: File exists"):
        control.Server(tmp_path / "file" / "control.sock")


def test_client_that_left_is_no_matter(path: Path) -> None:
    with control.Server(path) as server:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(path))
            peer.sendall(json.dumps({"verb": "ping"}).encode() + b"\n")
        (command,) = server.poll()
        command.answer()


def test_no_recorder_is_said_plainly(path: Path) -> None:
    with pytest.raises(ControlError, match="is it running"):
        control.send(path, "ping")
