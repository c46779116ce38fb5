"""verify, anchor, witness and the evidence bundle from the shell."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from firmware.archive import Archive
from firmware.archive.ledger import witness as witnessing
from firmware.archive.ledger.note import NoteKey
from firmware.archive.model import Call
from firmware.cli import linekeeper
from tests.firmware.archive.helpers import START, Samples, record

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def talk() -> Samples:
    rng = np.random.default_rng(3)
    return rng.normal(0, 2000, 20_000).astype(np.int16)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def call(state: Path, talk: Samples) -> Call:
    with Archive(state) as archive:
        call = record(archive, talk, number="+15550123456", clock="synced")
        archive.finish_pending()
        return call


@pytest.fixture
def run(state: Path) -> Run:
    def run(*words: str, config: Path | None = None) -> Result:
        more = ["--config", str(config)] if config else []
        runner = CliRunner()
        return runner.invoke(linekeeper, [*words, "--state", str(state), *more])

    return run


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("verify", "none.zip"), 2, "none.zip: there is no such file"),
        (("verify", "20270115-080000-zzzz"), 1, "no such call"),
        (("verify", "nonsense"), 1, "no such call"),
        (("verify", "--key", "none"), 2, "does not exist"),
        (("verify", "--witness", "x"), 1, "not a public key of a note"),
        (("anchor",), 2, "nobody outside is named"),
        (("witness", "--listen", "here"), 2, "want ADDRESS:PORT, got 'here'"),
        (("witness", "--listen", "a:99999"), 2, "want ADDRESS:PORT"),
        (("witness", "none"), 2, "does not exist"),
        (("calls", "export", "20270115-080000-zzzz", "--evidence"), 1, "no such call"),
    ],
)
@pytest.mark.usefixtures("call")
def test_bad_use(run: Run, words: tuple[str, ...], status: int, said: str) -> None:
    result = run(*words)
    assert result.exit_code == status
    assert said in result.output


@pytest.mark.parametrize("option", ["--key", "--against"])
@pytest.mark.usefixtures("call")
def test_a_file_that_is_not_one(run: Run, tmp_path: Path, option: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xff nonsense")
    result = run("verify", option, str(path))
    assert result.exit_code == 2
    assert "x: " in result.output


def test_a_good_archive(run: Run, call: Call) -> None:
    result = run("verify", "--deep")
    assert result.exit_code == 0
    assert "1 calls, 5 entries: good" in result.output
    assert "nobody outside has seen this ledger" in result.output
    (found,) = lines(run("verify", call.id, "--json"))
    assert found["good"] is True
    assert found["entries"] == 6, "that it was checked is an entry, too"


def test_an_archive_that_was_spoiled(run: Run, call: Call, state: Path) -> None:
    (folder,) = state.glob("recordings/*/*/*/*")
    sound = folder / "master.flac.sealed"
    data = bytearray(sound.read_bytes())
    data[100] ^= 1
    sound.write_bytes(data)
    result = run("verify")
    assert result.exit_code == 1
    assert f"{call.id}, master.flac.sealed: a file is not what was stored" in (
        result.output
    )
    assert "NOT good" in result.output
    first, last = lines(run("verify", "--json"))
    assert (first["what"], first["call"]) == ("file_altered", call.id)
    assert last["good"] is False


def test_a_checkpoint_on_paper(run: Run, call: Call, tmp_path: Path) -> None:
    paper = tmp_path / "paper.txt"
    paper.write_text(run("anchor", "--print").stdout)
    assert run("verify", "--against", str(paper)).exit_code == 0
    paper.write_text(paper.read_text().replace("\n5\n", "\n4\n"))
    result = run("verify", "--against", str(paper))
    assert result.exit_code == 1
    assert "the checkpoint given" in result.output


def test_an_anchor_in_a_folder(run: Run, call: Call, tmp_path: Path) -> None:
    stick, config = tmp_path / "stick", tmp_path / "config.toml"
    config.write_text(f'[proof]\ncheckpoint_folder = "{stick}"\n')
    result = run("anchor", config=config)
    assert result.exit_code == 1
    assert "the checkpoint cannot be laid there" in result.output
    stick.mkdir()
    assert "5 entries seen by: folder" in run("anchor", config=config).output
    assert [path.suffix for path in stick.iterdir()] == [".checkpoint"]
    (found,) = lines(run("anchor", "--json", config=config))
    assert found["how"] == ["folder"]


def test_evidence_from_the_shell(run: Run, call: Call, tmp_path: Path) -> None:
    result = run("calls", "export", call.id, "--evidence", "--to", str(tmp_path / "o"))
    assert result.exit_code == 0
    path = result.output.strip()
    good = run("verify", path)
    assert good.exit_code == 0
    assert f"{call.id}: good; 5 entries, 2.5 s" in good.output
    (found,) = lines(run("verify", path, "--json"))
    key = tmp_path / "key.txt"
    key.write_text(str(found["key"]))
    assert run("verify", path, "--key", str(key)).exit_code == 0
    data = bytearray(Path(path).read_bytes())
    data[len(data) // 2] ^= 1
    Path(path).write_bytes(data)
    bad = run("verify", path)
    assert bad.exit_code == 1
    assert "is not what was stored" in bad.output
    assert not list((tmp_path / "o").glob("*.part"))


def test_two_boxes_by_files(
    run: Run, call: Call, state: Path, tmp_path: Path, talk: Samples
) -> None:
    other, known = tmp_path / "other", tmp_path / "known.txt"
    config = tmp_path / "config.toml"
    config.write_text(f'[proof]\nwitness_for = "{known}"\n')
    with Archive(other) as archive:
        record(archive, talk[:8000], START)
        known.write_text(archive.ledger.public_key.text + "\n")
        ledger = archive.ledger
        note = ledger.checkpoint()
        question = tmp_path / "question"
        question.write_text(witnessing.request(0, [], note))
    key = NoteKey.parse(run("witness", "--key").stdout)
    refused = run("witness", str(question))
    assert refused.exit_code == 2
    assert "this ledger is not known here" in refused.output
    signed = run("witness", str(question), config=config)
    assert signed.exit_code == 0
    assert signed.stdout.startswith(f"— {key.name} ")
    known.unlink()
    missing = run("witness", "--key", config=config)
    assert "witness_for" in missing.output
    assert missing.exit_code == 2
