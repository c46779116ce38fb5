"""The Debian package as text: everything it needs is in it, nothing else."""

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "image-build/debian"


@pytest.fixture(scope="module")
def deb() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deb", ROOT / "image-build/deb.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_for_systemd_is_installed(deb: ModuleType) -> None:
    there = {path for path in (ROOT / "systemd").iterdir() if path.is_file()}
    found = {path for pattern in deb.FILES for path in ROOT.glob(pattern)}
    assert there <= found


def test_every_pattern_finds_something(deb: ModuleType) -> None:
    assert all(any(ROOT.glob(pattern)) for pattern in deb.FILES)


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_script_is_plain_sh_that_stops_at_an_error(name: str) -> None:
    text = (DEBIAN / name).read_text("utf-8")
    assert text.startswith("#!/bin/sh\nset -e\n")
    subprocess.run(["sh", "-n", DEBIAN / name], check=True)


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_script_names_only_units_that_there_are(name: str) -> None:
    text = (DEBIAN / name).read_text("utf-8")
    units = set(re.findall(r"linekeeper-[a-z]+\.(?:service|timer)", text))
    assert units
    assert all((ROOT / "systemd" / unit).exists() for unit in units)


def test_every_timer_and_standing_service_is_started() -> None:
    text = (DEBIAN / "postinst").read_text("utf-8")
    timers = {path.name for path in (ROOT / "systemd").glob("*.timer")}
    standing = {"linekeeper-recorder.service", "linekeeper-web.service"}
    assert all(unit in text for unit in timers | standing)


def test_package_is_for_the_python_its_wheels_were_made_for(
    deb: ModuleType, tmp_path: Path
) -> None:
    deb.describe(tmp_path)
    control = (tmp_path / "DEBIAN/control").read_text("utf-8")
    first, after = deb.python()
    assert f"python3 (>= {first}), python3 (<< {after})" in control
    assert "@" not in control.replace("@example.org", "")


def test_purge_leaves_the_recordings_alone() -> None:
    text = (DEBIAN / "postrm").read_text("utf-8")
    removed = [line for line in text.splitlines() if re.match(r"\s*rm ", line)]
    assert removed
    assert not any("/var/lib" in line for line in removed)


def test_shipped_settings_are_valid() -> None:
    from firmware.service import settings

    chosen = settings.load(DEBIAN / "config.toml")
    assert chosen.web.secure
    assert chosen.web.http_port == 80
    assert not chosen.consent.recording, "off until the owner has set it up"
