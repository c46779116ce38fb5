"""`linekeeper user`: a way back in from the shell of the box."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware.archive import Archive
from firmware.cli import linekeeper


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with Archive(tmp_path / "state") as archive:
        ada = archive.users.add("Ada", "four quiet words here", "owner", time.time())
        archive.factors.set_secret(ada.id, "A" * 32, 1, time.time())
        archive.factors.new_codes(ada.id)
        archive.sessions.open(ada.id, time.time())
    return tmp_path / "state"


def run(state: Path, *words: str, says: str = "") -> Result:
    command = ["user", *words, "--state", str(state)]
    return CliRunner().invoke(linekeeper, command, input=says)


def test_nobody_of_that_name_is_told_who_there_is(state: Path) -> None:
    done = run(state, "reset", "Eve")
    assert done.exit_code == 1
    assert "known: Ada" in done.output
    with Archive(state, write=False) as archive:
        assert archive.factors.has(1)


def test_a_password_that_is_too_short_changes_nothing(state: Path) -> None:
    assert run(state, "reset", "Ada", "--password", says="short\n").exit_code == 1
    with Archive(state, write=False) as archive:
        assert archive.factors.has(1)


def test_the_owner_gets_back_in(state: Path) -> None:
    done = run(state, "reset", "ada", "--password", says="another four words here\n")
    assert done.exit_code == 0, done.output
    with Archive(state, write=False) as archive:
        assert not archive.factors.has(1)
        assert archive.factors.codes_left(1) == 0
        assert archive.sessions.list(1) == []
        assert archive.users.verify("Ada", "another four words here") is not None
        last = list(archive.ledger.entries())[-1]
        assert (last.kind, last.data["what"]) == ("changed", "second_factor")
    told = json.loads(run(state, "list", "--json").output)
    assert told == {
        "name": "Ada",
        "role": "owner",
        "second_factor": False,
        "lines": [],
    }
