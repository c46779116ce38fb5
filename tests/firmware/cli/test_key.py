"""`linekeeper key`: refusals, then a box from open to closed and back in."""

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware.archive.seal import Keyring, wraps
from firmware.cli import linekeeper
from tests.firmware.archive.seal.box import CHEAP, PASSPHRASE

Run = Callable[..., Result]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def run(state: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(wraps, "ARGON2", CHEAP)
    real = wraps.by_passphrase
    monkeypatch.setattr(
        wraps, "by_passphrase", lambda key, text, _: real(key, text, CHEAP)
    )

    def run(*words: str, says: str = "") -> Result:
        command = [*words, "--state", str(state)]
        return CliRunner().invoke(linekeeper, command, input=says)

    return run


@pytest.fixture
def recovery(run: Run) -> str:
    done = run("key", "init", says=f"{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    found = re.search(r"AGE-SECRET-KEY-1\w+", done.output)
    assert found
    return found[0]


def one_line(result: Result) -> str:
    assert result.exit_code == 1
    assert result.exception is not None
    (line,) = result.output.splitlines()
    return line


@pytest.mark.parametrize(
    "words", [("passphrase",), ("renew",), ("new-recovery",), ("remove", "tpm"),
              ("tang", "http://127.0.0.1:9", "x"), ("tpm",)],
)  # fmt: skip
def test_nothing_to_change_before_there_is_a_passphrase(
    run: Run, words: tuple[str, ...]
) -> None:
    assert "no keys yet" in one_line(run("key", *words))


def test_passphrase_that_is_too_short(run: Run, state: Path) -> None:
    assert "at least 8" in one_line(run("key", "init", says="short\n"))
    assert Keyring.of(state).mode == "open"


def test_wrong_passphrase_changes_nothing(run: Run, state: Path, recovery: str) -> None:
    before = (state / "keys/office.json").read_bytes()
    for command in ("passphrase", "renew", "new-recovery"):
        told = one_line(run("key", command, says="wrong wrong\nnew passphrase\n"))
        assert told == "this is not the passphrase"
    assert "not a key" in one_line(run("key", "recover", says="wrong\n"))
    assert (state / "keys/office.json").read_bytes() == before
    assert "there is a passphrase" in one_line(run("key", "init", says="x" * 9))


def test_a_box_is_closed_and_opened(run: Run, recovery: str) -> None:
    status = json.loads(run("key", "status", "--json").output)
    assert status["mode"] == "closed"
    assert status["ways"] == ["passphrase", "recovery"]
    assert status["recovery"].startswith("age1")
    done = run("key", "passphrase", says=f"{PASSPHRASE}\nanother passphrase\n")
    assert done.exit_code == 0
    assert recovery not in done.output
    done = run("key", "recover", says=f"{recovery}\nthird passphrase\n")
    assert done.exit_code == 0
    assert run("key", "renew", says="third passphrase\n").exit_code == 0
    assert "closed" in run("key", "status").output


def test_status_of_a_new_box(run: Run) -> None:
    assert "no keys yet" in run("key", "status").output
    run("reindex")
    assert json.loads(run("key", "status", "--json").output)["mode"] == "open"


def test_sealed_recordings_want_a_passphrase(run: Run, tmp_path: Path) -> None:
    made = run("simulate", "incoming_answered", "--json")
    call_id = json.loads(made.stdout)["id"]
    assert "opens, 8000 samples" in run("key", "unlock-test").output
    assert "OPEN" in run("key", "status").output
    assert run("key", "init", says=f"{PASSPHRASE}\n").exit_code == 0
    assert "passphrase" in one_line(run("key", "unlock-test"))
    target = tmp_path / "out"
    assert "sealed" in one_line(run("calls", "export", call_id, "--to", str(target)))
    assert not target.exists()


def test_key_file_unlocks_while_it_is_there(
    run: Run, state: Path, tmp_path: Path, recovery: str
) -> None:
    run("reindex")  # makes the catalogue
    stick = tmp_path / "stick.key"
    assert run("key", "file", str(stick), says=f"{PASSPHRASE}\n").exit_code == 0
    assert stat.S_IMODE(os.stat(stick).st_mode) == 0o600
    again = one_line(run("key", "file", str(stick), says=f"{PASSPHRASE}\n"))
    assert "File exists" in again
    config = tmp_path / "config.toml"
    config.write_text(f'[seal]\nkey_file = "{stick}"\n')
    done = run("key", "unlock-test", "--config", str(config))
    assert "the keys open" in done.output
    assert run("key", "remove", "key_file", says=f"{PASSPHRASE}\n").exit_code == 0
    assert run("key", "unlock-test", "--config", str(config)).exit_code == 1


def test_rewrapping_lets_go_of_the_key_that_lay_open(run: Run, state: Path) -> None:
    run("simulate", "incoming_answered")
    opened = Keyring.of(state).keystore.private_keys()
    (seal,) = state.glob("recordings/*/*/*/*/seal.key")
    before = seal.read_bytes()
    assert run("key", "init", says=f"{PASSPHRASE}\n").exit_code == 0
    keyring = Keyring.of(state)
    keyring.unlock(PASSPHRASE)
    file_key = keyring.unwrap(before)
    from firmware.archive import Archive
    from firmware.archive.seal import header
    from firmware.errors import SealBroken

    with Archive(state, keyring=keyring) as archive:
        assert archive.sealer.rewrap(seal.parent.name)
        assert not archive.sealer.rewrap(archive.new_id(0.0))
    assert keyring.unwrap(seal.read_bytes()) == file_key
    with pytest.raises(SealBroken):
        header.unwrap(seal.read_bytes(), opened)
