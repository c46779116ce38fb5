"""The line on a sound card, through ALSA and pyalsaaudio, at the pace of the clock.

The simulated card stamps each sample with the time it was captured, so that what the
line says of time and loss can be compared with the truth, in frames.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from firmware.errors import HardwareError
from firmware.line.alsa import AlsaCard, open_alsa, probe
from firmware.line.block import FS, Block
from firmware.line.gpio import open_pins
from firmware.line.live import LiveLine
from firmware.service.settings import Alsa, Gpio, Settings
from tests.alsa.simcard import SimCard, build, describe

#: A second in the card: a busy machine makes no overruns of its own.
SETTINGS = Alsa(rate_hz=8000, buffer_ms=1000, silent_after_s=0.4, retry_s=0.2)
#: No single test reads more sound than this.
PATIENCE = 30 * FS
#: Of the true time of a sample.  What is measured is 2 frames on a quiet machine.
CLOSE_FRAMES = 0.1 * FS

MakeCard = Callable[..., SimCard]


@pytest.fixture(scope="session")
def plugin(request: pytest.FixtureRequest) -> Path:
    return build(request.config.cache.mkdir("simcard"))


@pytest.fixture
def make_card(
    plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeCard:
    def make(**options: int | str) -> SimCard:
        card, config = describe(plugin, tmp_path, **options)
        monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
        return card

    return make


def open_line(card: SimCard, settings: Alsa = SETTINGS) -> LiveLine:
    """Open the line as `open_alsa` does, but leave the stamps as they are."""
    return LiveLine(lambda: AlsaCard(card.device, settings), settings, block_dc=False)


def until(blocks: Iterator[Block], wanted: Callable[[Block], object]) -> list[Block]:
    """Read blocks up to the first that is `wanted`, included."""
    taken: list[Block] = []
    for block in blocks:
        if taken:
            assert block.start == taken[-1].end + block.lost, "time must be seamless"
        for edge in block.edges:
            assert block.start - block.lost <= edge.at <= block.end
        taken.append(block)
        if wanted(block):
            return taken
        assert block.end - taken[0].start < PATIENCE, "waited in vain"
    raise AssertionError("the line ended")


def heard(frames: int) -> Callable[[Block], bool]:
    """Wanted: `frames` of sound since this was made."""
    left = frames

    def enough(block: Block) -> bool:
        nonlocal left
        left -= len(block.samples)
        return left <= 0

    return enough


def after_loss() -> Callable[[Block], bool]:
    """Wanted: the first sound after a loss."""
    lost = 0

    def sound(block: Block) -> bool:
        nonlocal lost
        lost += block.lost
        return bool(lost and len(block.samples))

    return sound


def offset(block: Block) -> int:
    """Return how far the index is from the card's time stamp, modulo 32768."""
    return (block.start - int(block.samples[0])) % 32768


def difference(a: int, b: int) -> int:
    return (a - b + 16384) % 32768 - 16384


def test_every_sample_arrives_once_and_in_order(make_card: MakeCard) -> None:
    with open_line(make_card()) as line:
        assert line.sensing == frozenset()
        blocks = until(line.blocks(), heard(2 * FS))
    x = np.concatenate([b.samples for b in blocks])
    assert set(np.unique(np.diff(x))) <= {1, -32767}
    assert sum(b.lost for b in blocks) == 0
    assert max(len(b.samples) for b in blocks) < FS


def test_the_first_block_comes_before_the_first_half_second_is_full(
    make_card: MakeCard,
) -> None:
    with open_line(make_card()) as line:
        [first, *_] = until(line.blocks(), heard(1))
    assert first.start == 0
    assert first.end < FS / 2


def test_overrun_is_measured(make_card: MakeCard) -> None:
    card = make_card()
    with open_line(card) as line:
        blocks = line.blocks()
        before = until(blocks, heard(FS // 4))[-1]
        card.make("xrun")
        after = until(blocks, after_loss())[-1]
        assert abs(difference(offset(after), offset(before))) < CLOSE_FRAMES
        assert line.status().ok
        assert "too busy" in line.status().message
        rest = until(blocks, heard(FS // 2))
        assert sum(b.lost for b in rest) == 0


#: A recorder in a process of its own, so that it can be stopped in its tracks.
RECORDER = """
import sys
from firmware.line.alsa import AlsaCard
from firmware.line.live import LiveLine
from firmware.service.settings import Alsa
settings = Alsa(rate_hz=8000, buffer_ms=300)
line = LiveLine(lambda: AlsaCard(sys.argv[1], settings), settings, block_dc=False)
for block in line.blocks():
    print(block.start, block.lost, *block.samples[:1], flush=True)
"""


def test_a_process_that_was_stopped_knows_what_it_missed(make_card: MakeCard) -> None:
    card = make_card()
    stopped_s = 1.0
    command = [sys.executable, "-c", RECORDER, card.device]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        lines = iter(recorder.stdout.readline, "")
        told = [[int(n) for n in next(lines).split()] for _ in range(10)]
        start, _, stamp = told[-1]
        recorder.send_signal(signal.SIGSTOP)
        Event().wait(stopped_s)
        recorder.send_signal(signal.SIGCONT)
        for text in lines:
            later, lost, *first = [int(n) for n in text.split()]
            if lost:
                break
        recorder.kill()
    assert lost > (stopped_s - 0.1) * FS
    assert abs(difference(later - first[0], start - stamp)) < CLOSE_FRAMES


def test_a_card_that_drops_sound_silently_is_found_out(make_card: MakeCard) -> None:
    card = make_card()
    with open_line(card) as line:
        blocks = line.blocks()
        before = until(blocks, heard(FS // 4))[-1]
        card.make("drop 0.3")
        after = until(blocks, after_loss())[-1]
        assert after.lost == pytest.approx(0.3 * FS, abs=CLOSE_FRAMES)
        assert abs(difference(offset(after), offset(before))) < CLOSE_FRAMES
        assert "the card left them out" in line.status().message


@pytest.mark.parametrize("skew", ["1.001", "0.999"])
def test_a_crystal_off_by_1000_ppm_is_no_loss(make_card: MakeCard, skew: str) -> None:
    card = make_card()
    with open_line(card) as line:
        card.make(f"skew {skew}")
        blocks = until(line.blocks(), heard(5 * FS // 2))
    assert sum(b.lost for b in blocks) == 0


def test_unplugging_and_plugging_in_again(make_card: MakeCard) -> None:
    card = make_card()
    with open_line(card) as line:
        blocks = line.blocks()
        before = until(blocks, heard(FS // 2))[-1]
        card.make("enodev")
        gone = until(blocks, lambda b: b.end - before.end >= FS)
        assert not line.status().ok
        assert "sound card simline" in line.status().message
        empty = [b for b in gone if not len(b.samples)]
        assert sum(b.lost for b in empty) > FS / 2
        assert max(b.lost for b in empty) <= FS / 2, "time must flow, not jump"
        card.mend()
        after = until(blocks, after_loss())[-1]
        assert abs(difference(offset(after), offset(before))) < CLOSE_FRAMES
        assert line.status().ok
        assert "it was away for" in line.status().message


def test_a_card_that_appears_late_at_boot(make_card: MakeCard) -> None:
    card = make_card()
    card.make("enodev")
    with open_line(card) as line:
        blocks = line.blocks()
        gone = until(blocks, lambda b: b.end >= FS // 2)
        assert all(not len(b.samples) for b in gone)
        assert "is not there" in line.status().message
        card.mend()
        until(blocks, heard(FS // 4))
        assert line.status().ok


def test_a_card_that_hangs(make_card: MakeCard) -> None:
    card = make_card()
    with open_line(card) as line:
        blocks = line.blocks()
        before = until(blocks, heard(FS // 2))[-1]
        card.make("hang")
        until(blocks, lambda b: b.end - before.end >= FS)
        assert not line.status().ok
        assert "has delivered nothing" in line.status().message
        card.mend()
        after = until(blocks, after_loss())[-1]
        assert abs(difference(offset(after), offset(before))) < CLOSE_FRAMES


@pytest.mark.parametrize("rate_hz", [16000, 44100, 48000])
def test_a_codec_of_another_rate_gives_the_master_rate(
    make_card: MakeCard, tmp_path: Path, rate_hz: int
) -> None:
    t = np.arange(rate_hz) / rate_hz
    tone = (8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
    (tmp_path / "in.raw").write_bytes(tone.tobytes())
    card = make_card(path=str(tmp_path / "in.raw"), rate=rate_hz, channels=1)
    with open_line(card, Alsa(rate_hz=rate_hz, buffer_ms=1000)) as line:
        blocks = until(line.blocks(), heard(5 * FS // 4 + FS // 8))
    x = np.concatenate([b.samples for b in blocks]).astype(float)[FS // 4 :][:FS]
    spectrum = np.abs(np.fft.rfft(x * np.hanning(FS)))
    assert int(spectrum.argmax()) == 440
    assert x.std() == pytest.approx(8000 / np.sqrt(2), rel=0.02)


def test_loss_at_another_rate_keeps_the_index_seamless(make_card: MakeCard) -> None:
    card = make_card(rate=44100)
    with open_line(card, Alsa(rate_hz=44100, buffer_ms=1000)) as line:
        blocks = line.blocks()
        until(blocks, heard(FS // 2))
        card.make("xrun")
        until(blocks, after_loss())
        card.make("drop 0.25")
        found = until(blocks, after_loss())
        lost = sum(b.lost for b in found)
        assert lost == pytest.approx(0.25 * FS, abs=CLOSE_FRAMES)


def test_the_line_of_the_settings_is_free_of_dc(
    make_card: MakeCard, tmp_path: Path
) -> None:
    (tmp_path / "in.raw").write_bytes(np.full(8000, 2000, "<i2").tobytes())
    card = make_card(path=str(tmp_path / "in.raw"))
    with open_alsa(card.device, Settings(alsa=SETTINGS)) as line:
        blocks = until(line.blocks(), heard(FS // 2))
        card.make("xrun")
        blocks += until(line.blocks(), after_loss())
    assert not np.any(np.concatenate([b.samples for b in blocks]))


def test_a_refused_rate_is_replaced_by_the_nearest(make_card: MakeCard) -> None:
    card = make_card(rate=44100)
    with open_line(card, Alsa(rate_hz=48000, buffer_ms=1000)) as line:
        until(line.blocks(), heard(FS // 4))
        assert line.status().message == (
            "sound card simline delivers at 44100 Hz (it does not offer 48000 Hz)"
        )


def test_a_stereo_card_gives_the_wanted_channel(make_card: MakeCard) -> None:
    card = make_card(channels=2)
    values = []
    for channel in (0, 1):
        card_settings = Alsa(rate_hz=8000, channel=channel, buffer_ms=1000)
        with open_line(card, card_settings) as line:
            block = until(line.blocks(), heard(1))[-1]
            anchor = line.anchor()
        true = anchor.boottime_at(block.start) * FS
        values.append(difference(int(block.samples[0]), int(true) % 32768))
    assert values[1] - values[0] == pytest.approx(1000, abs=CLOSE_FRAMES)


def test_a_channel_the_card_lacks_is_said(make_card: MakeCard) -> None:
    card = make_card(channels=1)
    with pytest.raises(HardwareError, match="want channel 1, it has 1"):
        AlsaCard(card.device, Alsa(channel=1))


def test_a_card_below_the_master_rate_is_refused(make_card: MakeCard) -> None:
    card = make_card(rate=4000)
    with pytest.raises(HardwareError, match="it offers 4000 Hz"):
        AlsaCard(card.device, Alsa(rate_hz=8000))


def test_a_card_by_name_that_is_absent_lists_those_present() -> None:
    with pytest.raises(
        HardwareError, match="hw:CARD=Absent,DEV=0 is not there; present: "
    ):
        AlsaCard("hw:CARD=Absent,DEV=0", Alsa())


def test_alsa_itself_prints_nothing(
    make_card: MakeCard, capfd: pytest.CaptureFixture[str]
) -> None:
    make_card()
    with pytest.raises(HardwareError, match="sound card absent is not there"):
        AlsaCard("absent", SETTINGS)
    assert capfd.readouterr() == ("", "")


def test_a_recorder_that_falls_behind_loses_the_measured_length(
    make_card: MakeCard,
) -> None:
    card = make_card()
    settings = Alsa(rate_hz=8000, buffer_ms=1000, queue_s=1.0)
    with open_line(card, settings) as line:
        blocks = line.blocks()
        before = until(blocks, heard(FS // 2))[-1]
        wait_for(lambda: "the recorder has fallen behind" in line.status().message)
        after = until(blocks, after_loss())[-1]
        assert abs(difference(offset(after), offset(before))) < CLOSE_FRAMES


def wait_for(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    pause = Event()
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        pause.wait(0.02)


def test_the_anchor_ties_the_index_to_the_clock(make_card: MakeCard) -> None:
    card = make_card()
    with open_line(card) as line:
        blocks = line.blocks()
        assert line.anchor().index == 0
        block = until(blocks, heard(FS))[-1]
        anchor = line.anchor()
        assert anchor.index == block.end
        # Boot clock and monotonic clock agree unless the machine has slept.
        captured = int(block.samples[-1]) + 1
        told = int(anchor.boottime_s * FS) % 32768
        assert abs(difference(captured, told)) < CLOSE_FRAMES
        card.make("xrun")
        until(blocks, after_loss())
        later = line.anchor()
        assert later.utc_at(block.end) == pytest.approx(anchor.utc, abs=0.1)


def test_edges_ride_on_the_block_of_their_time(make_card: MakeCard) -> None:
    card = make_card()
    factory = MockFactory()
    pins = open_pins(Gpio(hook_pin="GPIO17", hook_debounce_ms=0), factory)
    with LiveLine(lambda: AlsaCard(card.device, SETTINGS), SETTINGS, pins) as line:
        assert line.sensing == {"hook"}
        blocks = line.blocks()
        first = until(blocks, heard(FS // 2))[0]
        assert [(e.at, e.signal, e.level) for e in first.edges] == [(0, "hook", 0)]
        lifted_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        factory.pin("GPIO17").drive_low()
        [edge] = until(blocks, lambda b: b.edges)[-1].edges
        assert (edge.signal, edge.level) == ("hook", 1)
        told_s = line.anchor().boottime_at(edge.at)
        assert told_s == pytest.approx(lifted_s, abs=0.1)
        card.make("enodev")
        until(blocks, lambda b: not len(b.samples))
        factory.pin("GPIO17").drive_high()
        [edge] = until(blocks, lambda b: b.edges)[-1].edges
        assert (edge.signal, edge.level) == ("hook", 0), "no card, but a hook"
    factory.reset()


def test_closing_ends_a_blocked_reader(make_card: MakeCard) -> None:
    card = make_card()
    line = open_line(card)
    blocks = line.blocks()
    until(blocks, heard(1))
    with ThreadPoolExecutor(1) as reader:
        rest = reader.submit(list, blocks)
        line.close()
        assert sum(len(b.samples) for b in rest.result(timeout=10)) < 2 * FS


def test_probe_tells_rate_and_level(make_card: MakeCard) -> None:
    found = probe(make_card(rate=16000).device, Alsa(buffer_ms=1000), 0.3)
    assert found.rate_hz == 16000
    assert found.remark == " (it does not offer 48000 Hz)"
    assert 0.1 < found.heard_s < 5
    assert found.peak > 1000
