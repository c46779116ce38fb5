from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive
from tests.firmware.archive.helpers import Samples


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "state") as archive:
        yield archive


@pytest.fixture(scope="session")
def talk() -> Samples:
    """Ten seconds of something that is neither silence nor regular."""
    rng = np.random.default_rng(440)
    return rng.normal(0, 2000, 80_000).astype(np.int16)
