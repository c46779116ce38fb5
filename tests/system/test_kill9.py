"""A short round of the kill loop; `python -m tests.system.kill9` is the long one."""

from pathlib import Path

import pytest

from tests.system.kill9 import MAX_LOSS_S, run


@pytest.mark.system
def test_five_kills_lose_nothing_that_matters(tmp_path: Path) -> None:
    report = run(5, seed=4, folder=tmp_path)
    assert report.kills == 5
    assert report.running >= 2
    assert max(report.losses_s) <= MAX_LOSS_S
