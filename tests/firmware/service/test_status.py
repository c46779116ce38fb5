import json
from pathlib import Path

from firmware.service import status


def test_reader_sees_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    state = status.Status(7, 1.0, 2.0, True, "synced")
    state.lines.append(status.LineState("1", phase="ringing", ring_count=2))
    status.write(path, state)
    read = status.read(path)
    assert read is not None
    assert read["pid"] == 7
    assert read["lines"][0]["phase"] == "ringing"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_or_torn_file_is_no_state(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    assert status.read(path) is None
    path.write_text(json.dumps({"pid": 1})[:-3])
    assert status.read(path) is None
