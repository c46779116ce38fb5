"""What is said through a sound card, heard again by the same card's other side."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.beep import PLANS, tone
from firmware.errors import HardwareError
from firmware.line import playback
from firmware.line.alsa import AlsaPlayer, open_alsa
from firmware.line.block import FS
from firmware.line.live import LiveLine
from firmware.line.playback import CardSpeaker
from firmware.line.speaker import active_power, at_level
from firmware.service.settings import Alsa, Consent, Settings
from tests.alsa.simcard import SimCard, build, describe

RATE = 48000
BEEP = np.asarray(tone(FS, PLANS["default"]) * 32767, np.int16)
SETTINGS = replace(
    Settings(),
    alsa=Alsa(buffer_ms=1000, retry_s=0.2),
    consent=Consent(can_inject=True),
)
#: No test listens longer than this, samples.
PATIENCE = 20 * FS


@pytest.fixture
def card(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SimCard:
    plugin = build(request.config.cache.mkdir("simcard"))
    np.zeros(RATE, np.int16).tofile(tmp_path / "in.raw")
    card, config = describe(
        plugin,
        tmp_path,
        rate=RATE,
        loop=1,
        path=str(tmp_path / "in.raw"),
        log=str(tmp_path / "log"),
    )
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    return card


class Ear:
    """Reads a line and remembers what it heard."""

    def __init__(self, line: LiveLine) -> None:
        self._blocks = line.blocks()
        self.heard = np.zeros(0, np.int16)

    @property
    def now(self) -> int:
        return len(self.heard)

    def listen(self, until: Callable[[], bool]) -> None:
        while not until():
            block = next(self._blocks)
            silence = np.zeros(block.lost, np.int16)
            self.heard = np.concatenate((self.heard, silence, block.samples))
            assert self.now < PATIENCE, "waited in vain"

    def sounding(self) -> tuple[int, int]:
        """Return the first sample of the sound heard, and the first after it."""
        loud = np.flatnonzero(np.abs(self.heard) > 300)
        return int(loud[0]), int(loud[-1]) + 1


@pytest.fixture
def line(card: SimCard) -> Iterator[LiveLine]:
    with open_alsa(card.device, SETTINGS) as line:
        yield line


def test_a_sound_is_on_the_line_where_and_as_loud_as_promised(line: LiveLine) -> None:
    ear = Ear(line)
    ear.listen(lambda: ear.now > FS // 2)
    assert line.speaker is not None
    at = line.speaker.play(BEEP, -25.0)
    assert line.speaker.playing
    assert at - ear.now < FS // 2
    ear.listen(lambda: ear.now > at + len(BEEP) + FS // 2)
    first, last = ear.sounding()
    assert abs(first - at) < 0.05 * FS
    assert abs(last - first - len(BEEP)) < 0.01 * FS
    sound = ear.heard[first:last].astype(np.float64) / 32768
    assert 10 * np.log10(active_power(sound)) == pytest.approx(-25.0, abs=0.3)
    assert not line.speaker.playing


def test_a_sound_begins_on_the_sample_it_was_asked_for(line: LiveLine) -> None:
    ear = Ear(line)
    ear.listen(lambda: ear.now > FS // 2)
    assert line.speaker is not None
    wanted = ear.now + FS
    assert abs(line.speaker.play(BEEP, -20.0, wanted) - wanted) <= 1
    ear.listen(lambda: ear.now > wanted + FS)
    assert abs(ear.sounding()[0] - wanted) < 0.05 * FS


def test_stop_is_heard_within_a_fifth_of_a_second(line: LiveLine) -> None:
    ear = Ear(line)
    ear.listen(lambda: ear.now > FS // 2)
    assert line.speaker is not None
    at = line.speaker.play(np.tile(BEEP, 10), -20.0)
    ear.listen(lambda: ear.now > at + FS // 2)
    line.speaker.stop()
    stopped = ear.now
    assert not line.speaker.playing
    ear.listen(lambda: ear.now > stopped + FS)
    assert ear.sounding()[1] < stopped + 0.2 * FS


def test_the_next_sound_takes_the_place_of_the_last(line: LiveLine) -> None:
    ear = Ear(line)
    ear.listen(lambda: ear.now > FS // 2)
    assert line.speaker is not None
    line.speaker.play(np.tile(BEEP, 10), -20.0)
    at = line.speaker.play(BEEP, -20.0, ear.now + FS)
    ear.listen(lambda: ear.now > at + FS)
    _, last = ear.sounding()
    assert abs(last - at - len(BEEP)) < 0.05 * FS


def test_a_card_that_cannot_play_is_told_of_and_the_line_goes_on(
    card: SimCard,
) -> None:
    alsa = replace(SETTINGS.alsa, playback_device="hw:CARD=Nowhere")
    with open_alsa(card.device, replace(SETTINGS, alsa=alsa)) as line:
        ear = Ear(line)
        assert line.speaker is not None
        line.speaker.play(BEEP, -20.0)
        ear.listen(lambda: "nothing can be said" in line.status().message)
        assert line.status().ok
        ear.listen(lambda: not line.speaker.playing)  # type: ignore[union-attr]  # it has one


def test_a_line_that_may_not_inject_has_no_speaker(card: SimCard) -> None:
    with open_alsa(card.device, replace(SETTINGS, consent=Consent())) as line:
        assert line.speaker is None


def test_a_player_that_is_closed_leaves_nothing_to_play(
    card: SimCard, tmp_path: Path
) -> None:
    player = AlsaPlayer(card.device, SETTINGS.alsa)
    assert player.write(np.ones(RATE, np.int16)) > 0
    began = time.monotonic()
    player.close()
    assert time.monotonic() - began < 0.1
    log = (tmp_path / "log").read_text("ascii")
    assert re.search(r"^stop ", log, re.M)


class Silent:
    """A player that takes nothing."""

    rate_hz = RATE

    def write(self, samples: NDArray[np.int16]) -> int:
        del samples
        return 0

    def close(self) -> None:
        pass


def test_a_speaker_can_be_closed_while_it_waits() -> None:
    speaker = CardSpeaker(Silent, lambda s: round(s * FS), lambda i: i / FS)
    speaker.play(BEEP, -20.0)
    began = time.monotonic()
    speaker.close()
    assert time.monotonic() - began < 2.0
    assert not speaker.playing


def test_a_card_that_takes_no_sound_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Event()

    class Stuck(Silent):
        def close(self) -> None:
            closed.set()

    monkeypatch.setattr(playback, "PATIENCE_S", 0.05)
    speaker = CardSpeaker(Stuck, lambda s: 0, lambda i: 0.0)
    speaker.play(BEEP[:80], -20.0)
    assert closed.wait(5)
    speaker.close()
    assert speaker.trouble == "the card opens but takes no sound"


def test_a_fault_of_the_thread_is_told_of() -> None:
    tried = Event()

    def open_player() -> Silent:
        tried.set()
        raise LookupError("a fault")

    speaker = CardSpeaker(open_player, lambda s: 0, lambda i: 0.0)
    speaker.play(BEEP, -20.0)
    assert tried.wait(5)
    speaker.close()
    assert speaker.trouble == "playback has ended: a fault"


def test_what_is_wrong_with_a_card_is_kept_until_it_plays_again() -> None:
    tried = Event()

    def open_player() -> Silent:
        tried.set()
        raise HardwareError("the card is gone")

    speaker = CardSpeaker(open_player, lambda s: 0, lambda i: 0.0)
    speaker.play(BEEP, -20.0)
    assert tried.wait(5)
    speaker.close()
    assert speaker.trouble == "the card is gone"


@pytest.mark.parametrize("level", [-40.0, -25.0, -12.0])
def test_a_level_is_that_of_the_sound_without_its_pauses(level: float) -> None:
    talk = np.concatenate((BEEP, np.zeros(3 * FS, np.int16), BEEP))
    x = at_level(talk, level).astype(np.float64) / 32768
    sound = np.concatenate((x[: len(BEEP)], x[-len(BEEP) :]))
    assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(level, abs=0.3)


def test_a_level_that_does_not_fit_is_not_cut_off() -> None:
    loud = at_level(BEEP, 6.0)
    assert 0.85 * 32768 < np.abs(loud.astype(int)).max() < 0.9 * 32768
    assert not at_level(np.zeros(FS, np.int16), -20.0).any()
    assert len(at_level(np.zeros(0, np.int16), -20.0)) == 0
