"""Unlocking by a real TPM and a real Tang server, where Debian's tools are there."""

import contextlib
import shutil
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.archive.seal import Keyring, wraps
from firmware.errors import Locked, SealBroken, StoreError
from tests.firmware.archive.seal.box import CHEAP, NOW, PASSPHRASE

TANGD = Path("/usr/libexec/tangd")
#: A simulated TPM or a local server is ready within this, s.
READY_S = 20.0


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {missing}")


@pytest.fixture
def closed(keyring: Keyring) -> Keyring:
    keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    return keyring


# what goes wrong


def answers(data: bytes) -> wraps.Run:
    return lambda command, given: data


def test_program_that_is_missing() -> None:
    with pytest.raises(StoreError, match="no-such-tool: is not installed"):
        wraps.run(["no-such-tool"], b"")


def test_program_that_refuses() -> None:
    with pytest.raises(StoreError, match="sh: no TPM here"):
        wraps.run(["sh", "-c", "echo first >&2; echo no TPM here >&2; exit 1"], b"")
    with pytest.raises(StoreError, match="false: refused"):
        wraps.run(["false"], b"")


def test_program_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wraps, "PATIENCE_S", 0.2)
    with pytest.raises(StoreError, match="no answer"):
        wraps.run(["sleep", "30"], b"")


@pytest.mark.parametrize("data", [b"", b"short", bytes(17)])
def test_store_key_of_the_wrong_size(data: bytes) -> None:
    with pytest.raises(SealBroken, match="store key"):
        wraps.open_tang({"kind": "tang", "body": "x"}, answers(data))
    with pytest.raises(SealBroken, match="store key"):
        wraps.open_tpm({"kind": "tpm", "device": "auto", "body": "x"}, answers(data))


def test_secret_goes_by_standard_input_only() -> None:
    seen: list[list[str]] = []

    def noted(command: list[str], data: bytes) -> bytes:
        seen.append(command)
        assert data == b"0123456789abcdef"
        return b"sealed"

    wraps.by_tpm(b"0123456789abcdef", "auto", noted)  # type: ignore[arg-type]
    wraps.by_tang(b"0123456789abcdef", "http://tang", "thp", noted)  # type: ignore[arg-type]
    assert not any("0123456789abcdef" in word for words in seen for word in words)


def test_ways_that_fail_leave_the_box_locked(
    closed: Keyring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wraps, "by_tpm", lambda key, device: {"kind": "tpm"})
    closed.add_tpm()

    def refuse(wrap: wraps.Wrap) -> bytes:
        raise StoreError("systemd-creds: no TPM here")

    monkeypatch.setitem(wraps.BY_ITSELF, "tpm", refuse)
    closed.lock()
    assert closed.unlock_by_itself() is None
    assert closed.unlock_by_itself(closed.keystore.folder / "no-stick") is None
    assert "no TPM here" in caplog.text
    assert closed.locked


# the real ones


def free_pair() -> int:
    """Return a port that is free, as is the next."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[str]:
    """A simulated TPM 2.0, as systemd names it."""
    state, port = tmp_path / "tpm", free_pair()
    state.mkdir()
    server = "type=tcp,bindaddr=127.0.0.1,port={}"
    process = subprocess.Popen(
        ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
         "--server", server.format(port), "--ctrl", server.format(port + 1),
         "--flags", "not-need-init,startup-clear"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_S
        while not listens(port + 1):
            assert process.poll() is None, "swtpm ended by itself"
            assert time.monotonic() < deadline, "swtpm is not ready"
        yield f"swtpm:host=127.0.0.1,port={port}"
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    table = Path("/proc/net/tcp").read_text()
    return f":{port:04X} 00000000:0000 0A" in table


@needs("swtpm", "systemd-creds")
def test_a_tpm_unlocks_and_another_does_not(closed: Keyring, tpm: str) -> None:
    try:
        closed.add_tpm(tpm)
    except StoreError as error:
        pytest.skip(f"no TPM can be used here: {error}")
    closed.lock()
    assert closed.unlock_by_itself() == "tpm"
    assert not closed.locked
    closed.remove_way("tpm")
    closed.lock()
    assert closed.unlock_by_itself() is None
    with pytest.raises(Locked):
        closed.unwrap(b"")


class _Tang(socketserver.StreamRequestHandler):
    """tangd as inetd would start it, once a connection."""

    def handle(self) -> None:
        folder = self.server.folder  # type: ignore[attr-defined]  # see below
        fd = self.connection.fileno()
        subprocess.run([TANGD, folder], stdin=fd, stdout=fd, check=False,
                       stderr=subprocess.DEVNULL)  # fmt: skip


@pytest.fixture
def tang(tmp_path: Path) -> Iterator[tuple[str, str, Callable[[], None]]]:
    folder = tmp_path / "tang"
    folder.mkdir()
    subprocess.run(["/usr/libexec/tangd-keygen", str(folder)], check=True)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Tang) as server:
        server.folder = folder  # type: ignore[attr-defined]
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join(10)
            server.server_close()

        try:
            yield (
                f"http://127.0.0.1:{server.server_address[1]}",
                thumbprint(folder),
                stop,
            )
        finally:
            stop()


def thumbprint(folder: Path) -> str:
    """Return what tang-show-keys prints: the thumbprint of the signing key."""
    for path in folder.glob("*.jwk"):
        if '"ES512"' in path.read_text():
            done = subprocess.run(
                ["jose", "jwk", "thp", "-i", str(path), "-a", "S256"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            return done.stdout.strip()
    raise AssertionError("tang has made no signing key")


@pytest.mark.skipif(not TANGD.exists(), reason="tang is not installed")
@needs("clevis", "jose")
def test_a_tang_server_unlocks_while_it_is_in_reach(
    closed: Keyring, tang: tuple[str, str, Callable[[], None]]
) -> None:
    url, thumb, stop = tang
    with pytest.raises(StoreError, match="clevis"):
        closed.add_tang(url, "A" * 43)
    closed.add_tang(url, thumb)
    closed.lock()
    assert closed.unlock_by_itself() == "tang"
    closed.lock()
    stop()
    assert closed.unlock_by_itself() is None
    assert closed.locked
    closed.unlock(PASSPHRASE)
