"""A box with cheap passphrases; RFC 9106's cost would only slow the tests."""

from pathlib import Path

import pytest

from firmware.archive.seal import Keyring, Keystore
from tests.firmware.archive.seal.box import NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keyring(tmp_path: Path, clock: Clock) -> Keyring:
    keystore = Keystore(tmp_path / "state")
    keystore.ensure(NOW)
    return Keyring(keystore, idle_s=600.0, clock=clock)
