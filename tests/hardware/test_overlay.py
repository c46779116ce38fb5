"""What the Raspberry Pi is told of the board."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from firmware.line.boards import BOARDS
from hardware import checks, circuit, overlay
from hardware.__main__ import HERE

needs_dtc = pytest.mark.skipif(
    shutil.which("dtc") is None, reason="dtc (device-tree-compiler) is not installed"
)


@needs_dtc
def test_the_overlay_compiles_without_a_word_and_says_the_pins(tmp_path: Path) -> None:
    blob = tmp_path / "linekeeper-line.dtbo"
    source = HERE / "linekeeper-line.dts"
    made = subprocess.run(
        ["dtc", "-@", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stderr == ""
    told = subprocess.run(
        ["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    cells = {
        key: [int(cell, 16) for cell in re.findall(r"0x[0-9a-f]+", found)]
        for key, found in re.findall(r"brcm,(\w+) = <([^>]+)>", told)
    }
    assert cells["pins"] == sorted(circuit.GPIO.values())
    by_pin = dict(zip(cells["pins"], cells["function"], strict=True))
    assert {pin for pin, output in by_pin.items() if output} == {23, 24}
    assert "LK_HOOK_N" in told


def test_the_beep_switch_is_pulled_down_and_the_senses_up() -> None:
    assert overlay.pull_of("BEEP") == "down"
    assert circuit.GPIO["BEEP"] in checks.PULLED_DOWN
    for net in ("HOOK_N", "LINE_N", "RING_N", "BUTTON_N"):
        assert overlay.pull_of(net) == "up"
    assert "setgpio  23     OUTPUT    DOWN" in overlay.eeprom()


def test_names_are_unique_and_at_their_pins() -> None:
    names = overlay.names()
    assert len(set(names)) == 28
    for net, gpio in circuit.GPIO.items():
        assert names[gpio] == f"LK_{net}"


def test_the_eeprom_says_who_and_what_within_its_limits() -> None:
    text = overlay.eeprom()
    fields = dict(re.findall(r'^(vendor|product) "(.+)"$', text, re.MULTILINE))
    assert all(0 < len(value) <= 255 for value in fields.values())
    assert fields["product"] == overlay.PRODUCT
    assert re.search(r"^back_power 0$", text, re.MULTILINE)
    used = {int(gpio) for gpio in re.findall(r"^setgpio +(\d+)", text, re.MULTILINE)}
    assert used == set(circuit.GPIO.values())
    assert not used & {0, 1, *BOARDS["R1"].free}


def test_the_custom_data_are_the_settings_of_the_board() -> None:
    told = dict(line.split("=") for line in overlay.custom().splitlines())
    board = BOARDS["R1"]
    assert {signal: told[signal] for signal in board.pins} == board.pins
    assert told["hook_active"] == "high"
    assert len(overlay.custom()) < 1024, "there is room in 4 kB for the overlay, too"
