"""What people read of the board says what the board is."""

import re
from pathlib import Path

import pytest

from hardware import __main__ as build
from hardware import circuit, pcb
from hardware.bom import bom
from hardware.spice import plots, report
from hardware.spice.result import Result

ROOT = build.HERE.parent
PAGES = (
    ROOT / "docs" / "build-it.md",
    ROOT / "docs" / "bring-up.md",
    build.HERE / "README.md",
)
UNCONFIRMED = [part.ref for part in circuit.PARTS if part.unconfirmed]


def test_three_parts_are_not_confirmed() -> None:
    assert UNCONFIRMED == ["T1", "PS1", "T2"]


@pytest.mark.parametrize("ref", UNCONFIRMED)
def test_bom_board_guide_and_release_note_say_check_before_ordering(ref: str) -> None:
    rows = {row.split(",")[0]: row for row in bom().splitlines()}
    row = next(row for refs, row in rows.items() if ref in refs.split())
    assert "check the maker's drawing" in row
    assert bom().splitlines()[0].split(",").count("check_before_ordering") == 1
    sheet = pcb.layout([], [])
    assert f'(fp_text reference "{ref}?"' in sheet
    assert '"? = check outline before ordering"' in sheet
    for page in (PAGES[0], PAGES[2], ROOT / "CHANGELOG.md"):
        warned = re.search(
            r"(?:check\s+before\s+ordering.{0,80}\bX\b|"
            r"\bX\b.{0,80}check\s+before\s+ordering)".replace("X", ref),
            page.read_text("utf-8"),
            re.IGNORECASE | re.DOTALL,
        )
        assert warned, f"{page.name} says nothing of {ref}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_page_that_is_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target


def test_every_part_the_guides_name_is_on_the_board() -> None:
    refs = {part.ref for part in circuit.PARTS}
    gone = {"BR1"}
    for page in PAGES:
        text = page.read_text("utf-8")
        named = set(re.findall(r"\b(?:R|C|U|T|D|DZ|J|K|PS|DS|SW)\d{1,2}\b", text))
        assert named - refs - {"R1"} <= gone, page.name


def test_every_chart_is_in_the_readme() -> None:
    text = PAGES[2].read_text("utf-8")
    for path in (build.HERE / "plots").glob("*.svg"):
        assert f"(plots/{path.name})" in text


def test_a_figure_outside_its_limit_fails_the_run(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "README.md").write_text(f"{report.BEGIN}\n{report.END}\n", "utf-8")
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(plots, "charts", dict)
    good = Result("x", "current", 3.0, "uA", None, 8.0, "a rule")
    bad = Result("x", "resistance", 2.0, "Mohm", 5.0, None, "a rule")
    for found, code in (([good], 0), ([good, bad], 1)):
        monkeypatch.setattr(report, "results", lambda found=found: iter(found))
        assert build.main(["simulate"]) == code
    assert "OUTSIDE ITS LIMIT" in capsys.readouterr().out
    assert "**outside**" in (tmp_path / "README.md").read_text("utf-8")


def test_an_unknown_command_is_refused() -> None:
    assert build.main(["solder"]) == 2
