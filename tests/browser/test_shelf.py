"""The folder that anybody can read, opened as a stranger does: no server, no net."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from firmware.archive import Archive
from firmware.archive.shelf import fill
from tests.firmware.archive.helpers import START, record

PLAYED = """() => new Promise((done, fail) => {
  const player = document.querySelector("audio");
  player.onerror = () => fail(player.error.message);
  const look = () => player.currentTime > 0.2
    ? done([player.duration, player.paused]) : requestAnimationFrame(look);
  look();
})"""


@pytest.mark.parametrize("kind", ["flac", "opus", "wav"])
def test_the_page_plays_from_the_folder_alone(
    chromium: Browser, tmp_path: Path, kind: Literal["flac", "opus", "wav"]
) -> None:
    """What Chromium plays has the length of the call; nothing else is fetched."""
    tone = (8000 * np.sin(np.arange(24_000) * 0.3)).astype(np.int16)
    shelf = tmp_path / "shelf"
    with Archive(tmp_path / "state") as archive:
        call = record(archive, tone, number="+12125550123", name="Ada Lind")
        fill(archive, [call], shelf, "ada", START, kind)
    page = chromium.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((shelf / "index.html").as_uri())
    page.get_by_role("searchbox").fill("lind 2027-01")
    page.get_by_role("button", name="Play the call").click()
    length, paused = page.evaluate(PLAYED)
    assert length == pytest.approx(3.0, abs=0.05)
    assert paused is False
    assert errors == []
    assert all(url.startswith(shelf.as_uri()) for url in asked)
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_text("0 of 1 calls")).to_be_visible()
    page.close()
