"""Coverage: each failure is injected, and the red row says which it was."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firmware.archive import Archive
from firmware.archive.coverage import of_day, to_json
from firmware.archive.retention import Rules
from firmware.call.recorder import Recorder
from firmware.call.rounds import Rounds
from firmware.cli import linekeeper
from firmware.errors import StoreError
from firmware.line import open_line
from firmware.line.block import FS, Block
from firmware.service import settings as settings_file
from firmware.service.coverage import Coverage
from firmware.service.settings import Settings

pytestmark = pytest.mark.system

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
DAY = START.astimezone().date()
SCENARIO = "incoming_answered"
Change = Callable[[Block], Block]


class Tampered:
    """A simulated line whose blocks something befalls on their way."""

    def __init__(self, line: Any, change: Change) -> None:
        self._line = line
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def blocks(self) -> Iterator[Block]:
        for block in self._line.blocks():
            yield self._change(block)


def settings_for(state: Path) -> Settings:
    return settings_file.load(settings_file.DEMO_PATH).with_state(state)


def record(
    state: Path,
    change: Change = lambda block: block,
    scenario: str = SCENARIO,
    before: Callable[[Archive], None] = lambda archive: None,
) -> None:
    settings = settings_for(state)
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    line = open_line(f"sim:{scenario}", settings, start_utc=START.timestamp())
    with line, Archive(state) as archive:
        before(archive)
        Recorder(Tampered(line, change), archive, settings).run()
        archive.finish_pending()


def coverage(state: Path, now_s: float = 7200.0) -> Coverage:
    with Archive(state, write=False) as archive:
        return of_day(archive, DAY, now=START.timestamp() + now_s)


def the_row(state: Path) -> tuple[str, str]:
    [row] = coverage(state).rows
    return row.state, row.reason


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("covered") / "state"
    record(state)
    return state


@pytest.fixture
def kept(recorded: Path, tmp_path: Path) -> Path:
    """A box with one call, to be broken."""
    return Path(shutil.copytree(recorded, tmp_path / "state"))


def the_master(state: Path) -> Path:
    [master] = (state / "recordings").rglob("master.flac.sealed")
    return master


def run(*args: str) -> Any:
    return CliRunner().invoke(linekeeper, args)


def test_a_call_and_its_recording(kept: Path) -> None:
    assert the_row(kept) == ("kept", "")
    done = run("coverage", "--state", str(kept), "--day", str(DAY))
    assert done.exit_code == 0
    assert "1 of 1 accounted for: 1 recorded" in done.output


def test_without_a_key_the_hash_vouches(kept: Path) -> None:
    shutil.move(kept / "keys", kept / "keys-elsewhere")
    assert the_row(kept) == ("kept", "")


def test_deleted_file(kept: Path) -> None:
    the_master(kept).unlink()
    assert the_row(kept) == ("red", "file_missing")
    done = run("coverage", "--state", str(kept), "--day", str(DAY), "--json")
    assert done.exit_code == 1
    assert '"red": 1' in done.output


@pytest.mark.parametrize("locked", [False, True])
def test_damaged_file(kept: Path, locked: bool) -> None:
    master = the_master(kept)
    data = bytearray(master.read_bytes())
    data[len(data) // 2] ^= 1
    master.write_bytes(data)
    if locked:
        shutil.move(kept / "keys", kept / "keys-elsewhere")
    assert the_row(kept) == ("red", "damaged")


def test_cut_file(kept: Path) -> None:
    master = the_master(kept)
    master.write_bytes(master.read_bytes()[:5000])
    assert the_row(kept) == ("red", "damaged")


def test_lost_row_and_folder(kept: Path) -> None:
    with Archive(kept) as archive:
        [call] = archive.calls.page()
        shutil.rmtree(archive.folder_of(call.id))
        archive.calls.remove({call.id})
    assert the_row(kept) == ("red", "no_record")


def test_erased_lawfully(kept: Path) -> None:
    with Archive(kept) as archive:
        [call] = archive.calls.page()
        now = START.timestamp() + 3600
        archive.eraser.erase([call.id], "Ada", now, reason="asked", rules=Rules())
    assert the_row(kept) == ("reason", "erased")


def test_silent_capture(tmp_path: Path) -> None:
    record(tmp_path, lambda block: replace(block, samples=block.samples * 0))
    assert the_row(tmp_path) == ("red", "silent")


def test_swapped_codec(tmp_path: Path) -> None:
    """Another card delivers: its own hiss, and nothing of the line."""
    rng = np.random.default_rng(1)

    def swap(block: Block) -> Block:
        hiss = rng.normal(0, 6, len(block.samples)).astype(np.int16)
        return replace(block, samples=hiss)

    record(tmp_path, swap)
    assert the_row(tmp_path) == ("red", "silent")


def test_dead_gpio(tmp_path: Path) -> None:
    def blind(block: Block) -> Block:
        edges = tuple(edge for edge in block.edges if not edge.level or not edge.at)
        return replace(block, edges=edges)

    def wire_off(block: Block) -> Block:
        edges = tuple(e for e in block.edges if e.signal == "line")
        return replace(block, edges=edges if block.start else blind(block).edges)

    record(tmp_path, wire_off, "outgoing_dtmf_answered")
    assert {(row.state, row.reason) for row in coverage(tmp_path).rows} == {
        ("red", "hook_blind")
    }


def test_full_disk(tmp_path: Path) -> None:
    """Nothing can be filed while the call goes on; the log is written afterwards."""

    def full(*_: object) -> None:
        raise StoreError("disk: full")

    def fill(archive: Archive) -> None:
        for name in ("begin", "open_master", "update", "end"):
            setattr(archive, name, full)

    record(tmp_path, before=fill)
    assert the_row(tmp_path) == ("red", "not_stored")


def test_unplugged_codec_is_a_reason(tmp_path: Path) -> None:
    def unplug(block: Block) -> Block:
        if not 8 * FS <= block.start < 45 * FS:
            return block
        gone = block.samples[:0]
        return Block(block.end, gone, block.edges, block.lost + len(block.samples))

    record(tmp_path, unplug)
    found = coverage(tmp_path)
    assert not found.red
    [gap] = found.gaps
    assert gap.end is not None
    assert gap.begin - START.timestamp() == pytest.approx(8, abs=1.1)
    assert gap.end - START.timestamp() == pytest.approx(45, abs=1.1)


def test_not_answered_is_a_reason(tmp_path: Path) -> None:
    record(tmp_path, scenario="incoming_missed")
    assert the_row(tmp_path) == ("reason", "not_answered")


CRASH = """
import os, signal, sys
from pathlib import Path
from tests.system.test_faults_coverage import FS, record
def crash(block):
    if block.start >= 20 * FS:
        os.kill(os.getpid(), signal.SIGKILL)
    return block
record(Path(sys.argv[1]), crash)
"""


def test_crash_in_a_call(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASH, tmp_path], check=False)
    assert done.returncode == -signal.SIGKILL
    settings = settings_for(tmp_path)
    line = open_line("sim:incoming_missed", settings, start_utc=START.timestamp() + 60)
    with line, Archive(tmp_path) as archive:
        Recorder(line, archive, settings, settings.status_path).run()
        archive.finish_pending()
    found = coverage(tmp_path)
    [red] = found.red
    assert red.reason == "recorder_away"
    assert found.unwatched_s > 30
    assert [row.reason for row in found.rows if row.state != "red"] == ["not_answered"]


def test_a_missed_call_alerts_once_and_is_over_when_mended(kept: Path) -> None:
    master, now = the_master(kept), START.timestamp() + 7200
    hidden = master.with_name("elsewhere")
    with Archive(kept) as archive:
        rounds = Rounds(archive, settings_for(kept))
        rounds.go(now)
        assert not archive.alerts.last()
        master.rename(hidden)
        rounds.go(now + 600)
        rounds.go(now + 1200)
        [alert] = archive.alerts.last()
        assert (alert.kind, alert.until_utc) == ("missed", None)
        assert alert.detail.startswith("2026-11-21T08:00:05")
        hidden.rename(master)
        rounds.go(now + 1800)
        assert archive.alerts.last()[0].until_utc == now + 1800


def test_a_night_goes_into_the_ledger_once(kept: Path) -> None:
    night = START.timestamp() + 86_400
    with Archive(kept) as archive:
        rounds = Rounds(archive, settings_for(kept))
        rounds.go(night)
        rounds.go(night + 600)
        Rounds(archive, settings_for(kept)).go(night + 1200)  # after a restart
        entries = [e for e in archive.ledger.entries() if e.kind == "verified"]
    [entry] = entries
    assert entry.data == {
        "what": "coverage",
        "name": f"{DAY}-1",
        "size": 1,
        "kept": 1,
        "reasoned": 0,
        "ok": True,
    }


def test_a_damaged_log_is_put_aside(kept: Path) -> None:
    (kept / "line.sqlite3").write_bytes(b"no database" * 500)
    for suffix in ("-wal", "-shm"):
        (kept / f"line.sqlite3{suffix}").unlink(missing_ok=True)
    record(kept)
    assert (kept / "line.damaged-1").exists()
    assert len(coverage(kept).rows) == 1


def test_json_names_every_row(kept: Path) -> None:
    told = to_json(coverage(kept))
    assert (told["total"], told["kept"], told["red"]) == (1, 1, 0)
    [row] = told["rows"]
    assert row["begin"].startswith("2026-11-21T08:00:05")
    assert row["calls"]


def test_a_bad_day_is_refused(kept: Path) -> None:
    done = run("coverage", "--state", str(kept), "--day", "yesterday")
    assert done.exit_code == 2
    assert "want a day such as 2026-11-21" in done.output


def test_an_empty_box_has_nothing_to_prove(tmp_path: Path) -> None:
    Archive(tmp_path).close()
    with Archive(tmp_path, write=False) as archive:
        found = of_day(archive, date(2026, 11, 21))
    assert (found.rows, found.watched) == ((), ())


def test_a_recorder_that_died_and_stays_dead(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASH, tmp_path], check=False)
    [row] = coverage(tmp_path, 60.0).rows
    assert row.running  # nobody knows yet
    [row] = coverage(tmp_path).rows
    assert (row.state, row.reason) == ("red", "recorder_away")
    assert row.end - START.timestamp() < 25
