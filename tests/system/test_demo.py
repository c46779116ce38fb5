"""The demo as a newcomer runs it, with a library that is already there."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 30.0


@contextmanager
def demo(state: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "firmware.demo", "--state", str(state)]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_S)


def address(process: "subprocess.Popen[str]") -> str:
    """Return the address that the demo prints."""
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if line.startswith("  Open  "):
            return line.split()[1]
    pytest.fail("".join(told))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    return tmp_path


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_then_leaves_nothing_running(filled: Path, stop: int) -> None:
    port = free_port()
    with demo(filled, "--port", str(port)) as process:
        where = address(process)
        assert where.startswith(f"http://127.0.0.1:{port}/claim?code=")
        with urllib.request.urlopen(where, timeout=WAIT_S) as page:
            assert page.status == 200
        process.send_signal(stop)
        rest, _ = process.communicate(timeout=WAIT_S)
        assert "demo: stopped" in rest
        assert process.returncode == 0
    assert not answers(port)
    # The recorder has let go of the archive and of its socket.
    assert not _processes_with(os.fsencode(filled))


def _processes_with(words: bytes) -> list[int]:
    """Return the processes whose command line has these words."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        if words in line:
            found.append(int(entry.name))
    return found


def test_a_taken_port_leads_to_the_next(filled: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demo(filled, "--port", str(port)) as process:
            assert f":{port}/" not in address(process)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--host", "203.0.113.7"), "cannot listen on 203.0.113.7:8080"),
        (("--port", "70000"), "70000 is not in the range"),
    ],
)
def test_what_cannot_be_is_one_line(
    filled: Path, arguments: tuple[str, ...], told: str
) -> None:
    with demo(filled, *arguments) as process:
        said, _ = process.communicate(timeout=WAIT_S)
        assert told in said
        assert "Traceback" not in said
        assert process.returncode != 0


def test_a_service_that_ends_ends_the_demo_with_its_last_words(filled: Path) -> None:
    web = b"\0web\0--config\0" + os.fsencode(filled)
    with demo(filled, "--port", str(free_port())) as process:
        address(process)
        (process_id,) = _processes_with(web)
        os.kill(process_id, signal.SIGKILL)
        said, _ = process.communicate(timeout=WAIT_S)
        assert "the web service ended with status -9" in said
        assert "web.log" in said
        assert process.returncode == 1
    assert not _processes_with(os.fsencode(filled))


def test_a_library_left_half_filled_is_begun_anew(tmp_path: Path) -> None:
    with demo(tmp_path, "--port", str(free_port())) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "full speed" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=WAIT_S)
    assert "demo: stopped" in rest
    assert (tmp_path / "filling").exists()
    (tmp_path / "recordings").mkdir(exist_ok=True)
    with demo(tmp_path, "--port", str(free_port())) as process:
        assert process.stdout is not None
        assert any("full speed" in line for line in process.stdout)
