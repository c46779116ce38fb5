"""A short round of the refusing disk; `python -m tests.system.refuse` is the whole."""

import shutil

import pytest

from tests.system.refuse import preloaded

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler"),
]


def test_refused_writes_lose_no_ended_call() -> None:
    done = preloaded(stride=151)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("wrong: 0")
    assert int(done.stdout.split()[0]) > 300


def test_disk_that_lies_is_found_out() -> None:
    """These checks can fail."""
    done = preloaded(stride=200, which="lie")
    assert done.returncode == 1
    assert "wrong: 0" not in done.stdout
