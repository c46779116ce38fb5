"""The units as systemd reads them, and what their sandboxes leave open."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click import Context

from firmware.cli import linekeeper

FOLDER = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
#: Of 100; systemd calls up to 1.9 "OK", what has no sandbox has 96.
MOST_EXPOSED = 15


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the sections of a unit; a key may stand there more than once."""
    sections: dict[str, dict[str, list[str]]] = {}
    keys: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            keys = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            keys.setdefault(key, []).append(value)
    return sections


def service(name: str) -> dict[str, list[str]]:
    return unit(FOLDER / f"linekeeper-{name}.service")["Service"]


def analyze(*args: str | Path) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("systemd-analyze")
    assert tool, "systemd-analyze is in Debian's package systemd"
    return subprocess.run([tool, *args], capture_output=True, text=True, check=False)


def test_all_are_here() -> None:
    names = {path.stem.removeprefix("linekeeper-") for path in SERVICES}
    assert names == {"recorder", "web", "backup", "anchor", "verify"}
    assert {p.stem for p in TIMERS} < {p.stem for p in SERVICES}


@pytest.mark.parametrize("path", SERVICES + TIMERS, ids=lambda path: path.name)
def test_systemd_understands_every_line(path: Path, tmp_path: Path) -> None:
    copies = [shutil.copy(p, tmp_path) for p in FOLDER.glob("linekeeper*.*")]
    for copy in map(Path, copies):  # the command need not be installed here
        text = copy.read_text("utf-8").replace("/usr/bin/linekeeper", "/bin/true")
        copy.write_text(text, "utf-8")
    done = analyze("verify", "--man=no", tmp_path / path.name)
    said = [line for line in done.stderr.splitlines() if "linekeeper" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_exposure_is_small(path: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", path)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_runs_a_command_that_there_is_and_not_as_root(path: Path) -> None:
    keys = unit(path)["Service"]
    (command,) = keys["ExecStart"]
    program, verb, *_ = command.split()
    assert program == "/usr/bin/linekeeper"
    assert linekeeper.get_command(Context(linekeeper), verb) is not None
    assert keys["User"] == keys["Group"] == ["linekeeper"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_callbacks_of_cffi_are_left_possible(path: Path) -> None:
    # soundfile's FLAC in memory is made through them: a recorder that may not make
    # them could not close a call.
    assert "MemoryDenyWriteExecute" not in unit(path)["Service"]


def test_recorder_comes_back_for_ever_and_is_watched() -> None:
    path = FOLDER / "linekeeper-recorder.service"
    assert unit(path)["Unit"]["StartLimitIntervalSec"] == ["0"]
    keys = service("recorder")
    assert keys["Type"] == ["notify"]
    assert keys["Restart"] == ["always"]
    assert int(keys["WatchdogSec"][0]) <= 15


def test_recorder_comes_before_everything_else() -> None:
    def number(name: str, key: str) -> int:
        return int(service(name)[key][0])

    others = [p.stem.removeprefix("linekeeper-") for p in SERVICES]
    others.remove("recorder")
    for key in ("Nice", "OOMScoreAdjust"):
        assert all(number("recorder", key) < number(name, key) for name in others)


def test_recorder_has_the_line_and_no_network() -> None:
    keys = service("recorder")
    assert keys["PrivateNetwork"] == ["yes"]
    assert keys["RestrictAddressFamilies"] == ["AF_UNIX"]
    devices = {value.split()[0] for value in keys["DeviceAllow"]}
    assert devices == {"char-alsa", "char-gpiochip", "char-ttyACM", "char-ttyUSB"}


@pytest.mark.parametrize("name", ["web", "backup", "anchor", "verify"])
def test_nobody_else_has_a_device(name: str) -> None:
    keys = service(name)
    assert keys["DevicePolicy"] == ["closed"]
    assert "DeviceAllow" not in keys


def test_page_is_for_the_local_network() -> None:
    keys = service("web")
    assert keys["IPAddressDeny"] == ["any"]
    allowed = " ".join(keys["IPAddressAllow"]).split()
    assert "any" not in allowed
    assert "0.0.0.0/0" not in allowed


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_timer_starts_with_the_box(path: Path) -> None:
    sections = unit(path)
    assert sections["Install"]["WantedBy"] == ["timers.target"]
    assert {"OnCalendar", "OnUnitActiveSec"} & sections["Timer"].keys()


def test_user_of_the_services_has_no_shell_and_the_groups_it_needs() -> None:
    lines = (FOLDER / "linekeeper.sysusers").read_text("utf-8").splitlines()
    fields = [line.split() for line in lines if not line.startswith("#")]
    (user,) = [f for f in fields if f[0] == "u"]
    assert user[1] == "linekeeper"
    assert user[-1] == "/usr/sbin/nologin"
    groups = {f[2] for f in fields if f[0] == "m"}
    assert groups == set(" ".join(service("recorder")["SupplementaryGroups"]).split())


def test_rules_of_udev_are_well_formed() -> None:
    tool = shutil.which("udevadm")
    assert tool, "udevadm is in Debian's package udev"
    path = FOLDER / "90-linekeeper.rules"
    for line in path.read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        assert line.count('"') % 2 == 0, line
        keys = [part.split('"')[0] for part in line.split(", ")]
        assert all(key.rstrip("+!=") for key in keys), line
        assert any(key.endswith("==") for key in keys), "a rule that matches all"
