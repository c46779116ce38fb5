"""A few cuts of each kind of file; `python -m tests.system.truncate` is the whole."""

import pytest

from tests.firmware.archive.helpers import fast_folder
from tests.system.truncate import KINDS, Kind, cut


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_cut_file_gives_its_sound_or_says_so(kind: Kind) -> None:
    with fast_folder() as work:
        report = cut(kind, 5, work, seed=3)
    assert report.wrong == []
    assert report.cuts == 5
    if kind.growing:
        assert max(report.losses_s) > 0 or not kind.sealed
    else:
        assert report.whole + report.told == 5
