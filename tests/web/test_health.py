"""Health, the support bundle and the version, as the pages tell them."""

import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from firmware.service import installed, journal
from firmware.service.settings import Settings
from tests.web import seed
from tests.web.conftest import token_of
from tests.web.test_keeping import waited
from web import health, support, update

MEMORY = "MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: {} kB\n"


def board(root: Path, *, millidegrees: int, low: str, free: int = 800_000) -> Path:
    """Lay out what the board and the kernel tell."""
    zone = root / "sys/class/thermal/thermal_zone0"
    supply = root / "sys/class/hwmon/hwmon1"
    for folder in (zone, supply, root / "proc"):
        folder.mkdir(parents=True)
    (zone / "temp").write_text(f"{millidegrees}\n")
    (supply / "in0_lcrit_alarm").write_text(f"{low}\n")
    (root / "proc/meminfo").write_text(MEMORY.format(free))
    return root


def parts_of(app: Flask, root: Path) -> dict[str, health.Part]:
    with app.test_request_context():
        g.user = app.extensions["linekeeper.archive"]().users.list()[0]
        return {part.name: part for part in health.everything(root)}


def test_a_well_box_is_green_where_it_can_be(
    client: FlaskClient, settings: Settings
) -> None:
    seed.write_status(settings, phase="idle")
    page = client.get("/box/health").get_data(as_text=True)
    for name in ("Recorder", "Line", "Disk", "Room", "Clock", "Memory", "Database",
                 "Seal", "Backup", "Proof", "Certificate", "Keeping"):  # fmt: skip
        assert f"<strong>{name}</strong>" in page, name
    assert "Set and kept by a time server." in page


def test_a_hot_box_on_a_weak_supply_says_what_to_do(app: Flask, tmp_path: Path) -> None:
    root = board(tmp_path, millidegrees=84_000, low="1", free=30_000)
    parts = parts_of(app, root)
    assert parts["Temperature"].tone == "bad"
    assert parts["Temperature"].told == "84 °C"
    assert "air" in parts["Temperature"].do
    assert parts["Supply"].tone == "bad"
    assert "stronger supply" in parts["Supply"].do
    assert parts["Memory"].tone == "bad"


def test_a_cool_board_is_well_and_what_nobody_tells_is_left_out(
    app: Flask, tmp_path: Path
) -> None:
    parts = parts_of(app, board(tmp_path, millidegrees=48_500, low="0"))
    assert (parts["Temperature"].tone, parts["Supply"].tone) == ("good", "good")
    (tmp_path / "proc/meminfo").unlink()
    (tmp_path / "sys/class/thermal/thermal_zone0/temp").unlink()
    parts = parts_of(app, tmp_path)
    assert "Temperature" not in parts
    assert parts["Memory"].tone == "bad"  # it cannot be read, and says so


def test_without_a_recorder_the_first_thing_said_is_how_to_start_it(
    client: FlaskClient, settings: Settings
) -> None:
    settings.status_path.unlink(missing_ok=True)
    page = client.get("/box/health").get_data(as_text=True)
    assert "Something has to be mended" in page
    assert "systemctl start" in page


def test_a_bundle_is_made_looked_at_and_taken_as_it_was_shown(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "last_lines", lambda _count: ["call 2125550123"])
    assert client.get("/box/support/bundle.zip").status_code == 404
    token = token_of(client, "/box/support")
    assert client.post("/box/support", data={"csrf_token": token}).status_code == 303
    assert waited(app, support.JOB).problem == ""
    page = client.get("/box/support").get_data(as_text=True)
    answer = client.get("/box/support/bundle.zip")
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        names = {name.rpartition("/")[2] for name in file.namelist()}
        whole = "".join(file.read(name).decode() for name in file.namelist())
    assert names == set(support.TOLD)
    assert "2125550123" not in whole + page
    assert "CAROL REED" not in whole + page
    assert "a_bundle" not in page


@pytest.mark.parametrize(
    ("image", "listed", "tree", "way"),
    [
        ("linekeeper", False, False, "image"),
        ("", True, False, "deb"),
        ("", False, True, "tree"),
        ("", False, False, "pip"),
    ],
)
def test_how_it_was_installed_is_found_out(
    tmp_path: Path, image: str, *, listed: bool, tree: bool, way: str
) -> None:
    home, dpkg = tmp_path / "home", tmp_path / "linekeeper.list"
    home.mkdir()
    if listed:
        dpkg.write_text(f"/usr\n{home}/firmware/__init__.py\n")
    if tree:
        (home / "pyproject.toml").touch()
    assert installed.look(home, dpkg, image).way == way


def test_the_update_page_tells_the_truth_of_this_installation(
    client: FlaskClient,
) -> None:
    page = client.get("/box/update").get_data(as_text=True)
    assert "A folder with the source" in page
    assert "./run setup" in page
    assert installed.look().version in page
    assert "Unreleased" in page
    assert set(update.WAYS) == {"image", "deb", "tree", "pip"}


def test_a_changelog_that_is_missing_or_odd_is_no_trouble(tmp_path: Path) -> None:
    assert installed.changelog((tmp_path / "none.md",)) == []
    (tmp_path / "odd.md").write_bytes(b"\xff\xfe")
    assert installed.changelog((tmp_path / "odd.md",)) == []
    text = "# Changelog\n\n## 2.0\n\n- One [thing](x.md)\n  more\n- `Two`\n"
    assert installed.parse(text) == [
        installed.Release("2.0", ("One thing more", "Two"))
    ]
