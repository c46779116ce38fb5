"""The self-test, on machines that are well and machines that are not."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from gpiozero import Device

from firmware.archive import Archive, space
from firmware.archive.backup import state as backup_state
from firmware.archive.backup.state import State
from firmware.archive.ledger import Ledger
from firmware.archive.model import Call
from firmware.archive.seal import Keyring
from firmware.archive.space import Room
from firmware.service import check, status
from firmware.service.check import CheckResult, run_checks
from firmware.service.settings import (
    Alsa,
    Backup,
    Consent,
    Gpio,
    LineSettings,
    Modem,
    Proof,
    Seal,
    Settings,
)
from tests.alsa.simcard import SimCard, build, describe
from tests.firmware.line.fakemodem import FakeModem


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    state = tmp_path / "state"
    state.mkdir()
    line = LineSettings(source="sim:office_day")
    return dataclasses.replace(Settings(), line=line).with_state(state)


def result(settings: Settings, name: str, root: Path = Path("/nowhere")) -> CheckResult:
    [found] = [r for r in run_checks(settings, root) if r.name == name]
    assert "\n" not in found.message
    return found


def test_a_simulated_line_on_a_fresh_box_is_well_but_for_its_clock(
    settings: Settings,
) -> None:
    results = run_checks(settings, Path("/nowhere"))
    names = ["sound card", "speaker", "notice", "pins", "modem", "disk", "clock"]
    assert [r.name for r in results] == [
        *names,
        "database",
        "seal",
        "keeping",
        "backup",
        "ledger",
        "alerts",
    ]
    assert all(r.ok for r in results if r.name != "clock")


@pytest.mark.parametrize(
    ("state", "ok", "words"),
    [
        (State(), False, "none has been made yet to /mnt/nas"),
        (State(last_ok_utc=-7200.0, calls=7, tested_utc=1.0), True, "7 calls 2 h ago"),
        (State(last_ok_utc=-3 * 86400.0), False, "is its timer running?"),
        (State(last_ok_utc=-60.0, problem="not attached"), False, "not attached"),
        (State(last_ok_utc=-60.0, test_problem="it differs"), False, "it differs"),
    ],
)
def test_backup_that_is_late_or_failed_is_told(
    settings: Settings, state: State, ok: bool, words: str
) -> None:
    """`last_ok_utc` is given from now."""
    if state.last_ok_utc:
        state = dataclasses.replace(state, last_ok_utc=time.time() + state.last_ok_utc)
    backup_state.write(settings.state_dir, state)
    chosen = dataclasses.replace(settings, backup=Backup(target="/mnt/nas"))
    found = result(chosen, "backup")
    assert found.ok is ok
    assert words in found.message


@pytest.mark.parametrize(
    ("url", "days", "ok", "words"),
    [
        (None, 9, True, "nobody outside: see"),
        ("http://127.0.0.1:9", 1, True, "nobody outside has seen them yet"),
        ("http://127.0.0.1:9", 3, False, "nobody outside has seen them for two days"),
    ],
)
def test_a_ledger_that_nobody_has_seen(
    settings: Settings, url: str | None, days: int, ok: bool, words: str
) -> None:
    assert result(settings, "ledger").message == "nothing yet"
    with Ledger(settings.state_dir) as ledger:
        ledger.add("unlocked", "", "anna", time.time() - days * 86_400.0)
    found = result(dataclasses.replace(settings, proof=Proof(tsa_url=url)), "ledger")
    assert found.ok is ok
    assert words in found.message


def test_seal_that_cannot_be_read(settings: Settings) -> None:
    keys = settings.state_dir / "keys"
    keys.mkdir()
    (keys / "office.json").write_text("{")
    found = result(settings, "seal")
    assert not found.ok
    assert "damaged" in found.message


def test_an_open_seal_is_told(settings: Settings) -> None:
    assert "first recording" in result(settings, "seal").message
    keyring = Keyring.of(settings.state_dir)
    keyring.keystore.ensure(0.0)
    assert "OPEN" in result(settings, "seal").message
    cheap = {"time_cost": 1, "memory_kib": 8, "lanes": 1}
    keyring.choose_passphrase("some passphrase", 0.0, cheap)
    assert "closed" in result(settings, "seal").message
    off = dataclasses.replace(settings, seal=Seal(enabled=False))
    assert "plain" in result(off, "seal").message


@pytest.fixture
def simulated(
    settings: Settings,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Settings, SimCard]:
    """Settings with a card that plays the file `in.raw`."""
    plugin = build(request.config.cache.mkdir("simcard"))
    card, config = describe(plugin, tmp_path, path=str(tmp_path / "in.raw"))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(config))
    monkeypatch.setattr(check, "LISTEN_S", 0.5)
    tried = dataclasses.replace(
        settings,
        line=LineSettings(source=f"alsa:{card.device}"),
        alsa=Alsa(rate_hz=8000, buffer_ms=1000),
    )
    return tried, card


@pytest.mark.parametrize(
    ("frame", "ok", "words"),
    [
        (b"\x00\x10", True, "delivers at 8000 Hz, peak -18 dBov"),
        (b"\x00\x00", False, "but only zeros; is the input muted or unplugged?"),
        (b"\xff\x7f", False, "but overdriven (peak -0.0 dBov); lower its gain"),
    ],
)
def test_a_card_is_listened_to(
    simulated: tuple[Settings, SimCard],
    tmp_path: Path,
    frame: bytes,
    ok: bool,
    words: str,
) -> None:
    (tmp_path / "in.raw").write_bytes(frame * 800)
    found = result(simulated[0], "sound card")
    assert found.ok is ok
    assert words in found.message


@pytest.mark.parametrize(
    ("fault", "words"),
    [("hang", "0.00 s of sound came in 0.5 s"), ("enodev", "is not there")],
)
def test_a_card_that_does_not_deliver(
    simulated: tuple[Settings, SimCard], fault: str, words: str
) -> None:
    tried, card = simulated
    card.make(fault)
    found = result(tried, "sound card")
    assert not found.ok
    assert words in found.message


TOLD = Consent(
    can_inject=True,
    owner="Hill Street Locksmiths",
    purpose="keeping track of orders",
    period="three months",
    rights_url="example.org/rights",
)


def test_a_card_that_speaks_is_tried(simulated: tuple[Settings, SimCard]) -> None:
    tried, card = simulated
    speaking = dataclasses.replace(tried, consent=TOLD)
    found = result(speaking, "speaker")
    assert found.ok
    assert "plays at 8000 Hz" in found.message
    card.make("enodev")
    assert not result(speaking, "speaker").ok
    assert result(tried, "speaker").message.startswith("none: whoever talks")


@pytest.mark.parametrize("missing", ["owner", "purpose", "period", "rights_url"])
def test_a_notice_that_lacks_a_setting_is_told_of(
    settings: Settings, missing: str
) -> None:
    consent = dataclasses.replace(TOLD, **{missing: None})
    found = result(dataclasses.replace(settings, consent=consent), "notice")
    assert not found.ok
    assert found.message == f"cannot be said: set [consent] {missing}"


def test_a_notice_needs_a_voice_or_a_recording(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = dataclasses.replace(settings, consent=TOLD)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = result(told, "notice")
    assert not found.ok
    assert "install espeak-ng" in found.message
    (tmp_path / "espeak-ng").write_text("#!/bin/sh\n", "ascii")
    (tmp_path / "espeak-ng").chmod(0o755)
    assert result(told, "notice").message == "read by espeak-ng, language en"
    recording = settings.state_dir / "notices" / "announcement-en.wav"
    recording.parent.mkdir()
    wave = 0.2 * np.sin(np.arange(24_000) / 5)
    soundfile.write(recording, wave, 8000)
    assert result(told, "notice").message == "announcement-en.wav, 3 s"
    recording.write_bytes(b"oops")
    assert not result(told, "notice").ok


def running(settings: Settings, ok: bool, message: str) -> None:
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    line = status.LineState("1", ok=ok, message=message)
    now = time.time()
    state = status.Status(1, now, now, True, "synced", lines=[line])
    status.write(settings.status_path, state)


def test_a_running_recorder_is_asked_instead_of_its_card(settings: Settings) -> None:
    busy = dataclasses.replace(
        settings,
        line=LineSettings(source="alsa:hw:CARD=Device"),
        gpio=Gpio(hook_pin="GPIO17"),
        modem=Modem(device="/dev/ttyACM0"),
    )
    running(busy, True, "sound card delivers")
    found = result(busy, "sound card")
    assert found == CheckResult(
        "sound card", True, "the recorder says: sound card delivers"
    )
    assert result(busy, "pins").message == "in use by the recorder: hook on GPIO17"
    assert "in use by the recorder" in result(busy, "modem").message
    running(busy, False, "sound card was unplugged")
    assert not result(busy, "sound card").ok


def test_pins_are_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wired = dataclasses.replace(
        settings, gpio=Gpio(hook_pin="GPIO17", ring_pin="GPIO27")
    )
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setattr(Device, "pin_factory", None)
    assert result(wired, "pins") == CheckResult("pins", True, "hook = 0, ring = 0")
    wrong = dataclasses.replace(settings, gpio=Gpio(hook_pin="GPIO99"))
    assert "want a name such as GPIO17" in result(wrong, "pins").message


def test_a_modem_is_asked(settings: Settings) -> None:
    fake = FakeModem()
    tried = dataclasses.replace(settings, modem=Modem(device=fake.device))
    with ThreadPoolExecutor(1) as far_end:
        answering = far_end.submit(fake.answer, b"AT\r", b"\r\nOK\r\n")
        answer = result(tried, "modem")
        answering.result()
    fake.unplug()
    gone = result(tried, "modem")
    assert (answer.ok, gone.ok) == (True, False)
    assert "is not there" in gone.message


@pytest.mark.parametrize(
    ("free_gb", "total_gb", "ok"),
    [(20, 32, True), (1.0, 32, False), (0.1, 0.2, False), (0.3, 1, True)],
)
def test_a_disk_that_fills_up_is_an_alarm(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    free_gb: float,
    total_gb: float,
    ok: bool,
) -> None:
    total, free = round(total_gb * 1e9), round(free_gb * 1e9)
    room = Room(total, free, 0, space.wanted_reserve(total, 1))
    monkeypatch.setattr(space, "measure", lambda folder: room)
    found = result(settings, "disk")
    assert found.ok is ok
    assert ("make room" in found.message) is not ok


def test_a_disk_that_cannot_be_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(descriptor: int) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(check.os, "fsync", read_only)
    found = result(settings, "disk")
    assert not found.ok
    assert "Read-only file system" in found.message
    assert list(settings.state_dir.glob(".check-*")) == []


def test_a_disk_without_the_folder(settings: Settings, tmp_path: Path) -> None:
    found = result(settings.with_state(tmp_path / "absent"), "disk")
    assert not found.ok
    assert "absent is not there" in found.message


def test_the_database_opens(settings: Settings) -> None:
    assert result(settings, "database").message == "none yet: the first call makes it"
    with Archive(settings.state_dir):
        pass
    assert result(settings, "database") == CheckResult(
        "database", True, "opens; 0 calls"
    )


def test_what_waits_for_a_person_is_told(settings: Settings) -> None:
    assert result(settings, "keeping") == CheckResult("keeping", True, "nothing yet")
    now = time.time()
    with Archive(settings.state_dir) as archive:
        call = Call(archive.new_id(now), "1", now)
        archive.begin(call)
        call.outcome = "missed"
        archive.end(call)
        assert result(settings, "keeping").message == "never swept; 0 calls are held"
        archive.keeping.hold(
            call.id, "ada", now - 20, owner="E", reason="r", review_utc=now - 10
        )
        archive.requests.add("access", "Ada Lind", now - 40 * 86_400, "bo")
        archive.erasures.swept(now, 0, 0, ["too_much"])
    found = result(settings, "keeping")
    assert not found.ok
    assert found.message == (
        "the last sweep removed nothing: too_much; 1 holds are to be reviewed; "
        "1 requests should have been answered"
    )


def test_a_database_that_is_none(settings: Settings) -> None:
    (settings.state_dir / "catalogue.sqlite3").write_text("not a database")
    assert not result(settings, "database").ok


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "ascii")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("48312\n", (True, "48 °C")),
        ("81000\n", (False, "81 °C; the processor is being slowed down, give it air")),
    ],
)
def test_temperature(
    settings: Settings, tmp_path: Path, text: str, found: tuple[bool, str]
) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", text)
    got = result(settings, "temperature", tmp_path)
    assert (got.ok, got.message) == found


def test_a_thermometer_that_cannot_be_read_is_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "warm")
    assert "temperature" not in [r.name for r in run_checks(settings, tmp_path)]


@pytest.mark.parametrize(("alarm", "ok"), [("0\n", True), ("1\n", False)])
def test_low_voltage(settings: Settings, tmp_path: Path, alarm: str, ok: bool) -> None:
    write(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert result(settings, "supply", tmp_path).ok is ok


@pytest.mark.parametrize(
    ("state", "ok"), [("synced", True), ("free-running", True), ("unknown", False)]
)
def test_clock(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, state: str, ok: bool
) -> None:
    monkeypatch.setattr("firmware.line.clock.state", lambda: state)
    assert result(settings, "clock").ok is ok
