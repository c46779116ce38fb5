from collections.abc import Callable
from typing import Any

import pytest

from firmware.archive.model import Call
from firmware.call.recorder import Recorder
from firmware.service.settings import Settings
from tests.firmware.call.world import OPEN, FakeArchive, FakeLine, Strangers


@pytest.fixture
def settings() -> Settings:
    return Settings(consent=OPEN)


@pytest.fixture
def archive() -> FakeArchive:
    return FakeArchive()


@pytest.fixture
def record(settings: Settings, archive: FakeArchive) -> Callable[..., list[Call]]:
    """Run a line through a recorder; return the calls that came out."""

    def run(line: FakeLine, settings: Settings = settings, **more: Any) -> list[Call]:
        more.setdefault("people", Strangers(settings))
        Recorder(line, archive, settings, **more).run()  # type: ignore[arg-type]  # the fake stands in for the archive
        return archive.ended

    return run
