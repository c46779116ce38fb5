"""Keeping calls and a person's rights, from the shell."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.cli import linekeeper
from tests.firmware.archive.helpers import START, fast_folder, record

ADA = "+12125550123"


@pytest.fixture
def state() -> Iterator[Path]:
    with fast_folder() as folder:
        yield folder / "state"


@pytest.fixture
def calls(state: Path) -> list[Call]:
    talk = np.arange(8000, dtype=np.int16)
    with Archive(state) as archive:
        made = [
            record(archive, talk, START + n, number=number, name=name)
            for n, (number, name) in enumerate(
                [(ADA, "Ada Lind"), (ADA, None), ("+12125550177", "Bo Ek")]
            )
        ]
        archive.finish_pending()
    return made


@pytest.fixture
def run(state: Path) -> Callable[..., Result]:
    def run(*words: str, status: int = 0) -> Result:
        command = [*words, "--state", str(state)]
        result = CliRunner().invoke(linekeeper, command, prog_name="linekeeper")
        assert result.exit_code == status, result.output
        return result

    return run


Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["calls", "star", "20270115-080000-zzzz"], 1, "no such call"),
        (["calls", "hold", "{0}", "--owner", "E", "--reason", "r"], 2, "--review"),
        (
            ["calls", "hold", "{0}", "--owner", "E", "--reason", "r", "--review", "x"],
            2,
            "want a day such as",
        ),
        (["calls", "release", "{0}", "--reason", "r"], 1, "there is no hold"),
        (["calls", "bin", "{0}"], 2, "--reason"),
        (["calls", "erase", "--reason", "r"], 2, "CALL_IDS"),
        (["calls", "purpose", "{0}", "fun", "--reason", "r"], 1, "want one of"),
        (["subject", "find"], 1, "want a number"),
        (["subject", "find", "--number", "12"], 1, "at least 5 digits"),
        (["subject", "erase", "--number", "99999999", "--reason", "r"], 1, "no call"),
        (["subject", "object", "--number", "12"], 1, "international form"),
        (["subject", "certificate", "E20270115-zzzz"], 1, "no such certificate"),
    ],
)
def test_bad_use_is_told_in_a_line(
    run: Run, calls: list[Call], words: list[str], status: int, told: str
) -> None:
    result = run(*[word.format(calls[0].id) for word in words], status=status)
    assert told in result.output
    assert "Traceback" not in result.output


def test_decisions_are_taken_and_taken_back(
    run: Run, calls: list[Call], state: Path
) -> None:
    call_id = calls[0].id
    review = ["--owner", "E. Ek", "--reason", "claim", "--review", "2027-03-01"]
    run("calls", "star", call_id, "--by", "ada")
    run("calls", "hold", call_id, *review)
    run("calls", "note", call_id, "two keys")
    run("calls", "erase", call_id, "--reason", "r", "--yes", status=1)
    run("calls", "release", call_id, "--reason", "settled")
    run("calls", "star", call_id, "--off")
    run("calls", "bin", call_id, "--reason", "wrong number")
    listed = run("calls", "list", "--json").output
    assert call_id not in listed
    run("calls", "restore", call_id)
    with Archive(state, write=False) as archive:
        assert set(archive.calls.get(call_id).keeping) == {"note"}


def test_an_erasure_asks_and_gives_a_certificate(run: Run, calls: list[Call]) -> None:
    run("calls", "erase", calls[0].id, "--reason", "asked", status=1)  # nobody said yes
    done = run(
        "calls", "erase", calls[0].id, "--reason", "asked", "--yes", "--json"
    ).output
    number = json.loads(done)["certificate"]
    shown = run("subject", "certificate", number).output
    assert f"erased  {calls[0].id}" in shown
    assert "asked" in shown
    assert ADA not in shown


def test_a_person_from_the_first_question_to_the_certificate(
    run: Run, calls: list[Call], tmp_path: Path
) -> None:
    found = run("subject", "find", "--number", "212 555 0123", "--json").output
    assert len(found.splitlines()) == 2
    made = tmp_path / "ada.zip"
    told = run("subject", "export", "--number", ADA, "--to", str(made)).output
    assert "2 calls, 2 with sound" in told
    with zipfile.ZipFile(made) as bundle:
        assert bundle.testzip() is None
    assert (
        "2 calls restricted"
        in run("subject", "restrict", "--number", ADA, "--reason", "disputed").output
    )
    run("subject", "object", "--number", ADA, "--note", "by letter")
    done = run(
        "subject", "erase", "--number", ADA, "--reason", "asked", "--yes", "--json"
    )
    assert json.loads(done.output)["erased"] == 2
    assert run("subject", "find", "--number", ADA).output == ""


def test_a_request_has_its_month(run: Run, calls: list[Call]) -> None:
    run("subject", "asked", "forget", "Ada Lind", status=2)
    told = run("subject", "asked", "access", "Ada Lind", "--on", "2020-01-31").output
    assert told == "request 1: answer until 2020-02-29\n"
    assert "LATE" in run("subject", "open", status=1).output
    run("subject", "answered", "1", "package sent")
    assert run("subject", "open").output == ""
    assert "Ada" not in run("subject", "open", "--all").output
    run("subject", "answered", "1", "again", status=1)


def test_a_package_that_cannot_be_written_leaves_nothing(
    run: Run, calls: list[Call], tmp_path: Path
) -> None:
    target = tmp_path / "no" / "ada.zip"
    assert (
        "No such file"
        in run(
            "subject", "export", "--number", ADA, "--to", str(target), status=1
        ).output
    )


def test_copies_are_made_of_stretches_and_taken_out(
    run: Run, calls: list[Call], state: Path, tmp_path: Path
) -> None:
    call_id = calls[0].id
    words = ["calls", "cut", call_id, "--reason", "claim"]
    assert "want seconds" in run(*words, "--span", "a-b", status=2).output
    assert "want from..to" in run(*words, "--span", "3-4", status=1).output
    assert run(*words, "--span", "0.25-0.75").output.startswith("cut-1.flac  0.5 s")
    words[1] = "mute"
    told = run(*words, "--span", "0-0.25", "--span", "0.5-0.75").output
    assert told.startswith("muted-1.flac  1.0 s")
    assert run("calls", "copies", calls[1].id).output == ""
    out = tmp_path / "out"
    listed = run("calls", "copies", call_id, "--to", str(out), "--json").output
    rows = [json.loads(line) for line in listed.splitlines()]
    assert [row["name"] for row in rows] == ["cut-1.flac", "muted-1.flac"]
    samples, _ = soundfile.read(out / f"{call_id}-cut-1.flac", dtype="int16")
    assert (samples == np.arange(2000, 6000)).all()
    with Archive(state, write=False) as archive:
        kinds = [entry.kind for entry in archive.ledger.entries(call_id)]
    assert kinds.count("exported") == 2


def test_a_shelf_of_a_day(run: Run, calls: list[Call], tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    told = run(
        "calls", "shelf", "--to", str(shelf), "--since", "2027-01-15", "--search", "ek"
    ).output
    assert "1 calls, 1 with sound" in told
    assert len(list(shelf.rglob("*.flac"))) == 1
    none = run("calls", "shelf", "--to", str(tmp_path / "b"), "--until", "2027-01-15")
    assert "0 calls" in none.output


def test_a_sweep_is_shown_and_the_clock_stops_it(
    run: Run,
    calls: list[Call],
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[retention]\npurpose = "feedback"\n')
    words = ["sweep", "--config", str(config)]
    shown = run(*words, "--dry-run", "--at", "2028-01-01").output
    assert "3 of 3 calls are due" in shown
    assert "purpose_over" in shown
    monkeypatch.setattr("firmware.cli.keeping.clock_state", lambda: "unknown")
    told = run(*words, status=1).output
    assert "the clock is not synchronized" in told
    with Archive(state, write=False) as archive:
        assert all(call.audio == "kept" for call in archive.calls.page())
