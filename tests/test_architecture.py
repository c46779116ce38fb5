"""The import rules of docs/design.md, read from the source with `ast`."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("dsp", "firmware", "web")
MODULES = sorted(p for name in PACKAGES for p in (ROOT / name).rglob("*.py"))

#: What a room may import of ours.  The longest matching prefix decides.
ALLOWED = {
    "dsp": ("dsp",),
    "firmware": ("dsp", "firmware"),
    "firmware.line": (
        "dsp",
        "firmware.line",
        "firmware.service",
        "firmware.closing",
        "firmware.errors",
    ),
    "firmware.consent": ("firmware.consent", "firmware.service", "firmware.errors"),
    "firmware.archive": (
        "dsp",
        "firmware.archive",
        "firmware.service",
        "firmware.closing",
        "firmware.errors",
        "firmware.__version__",
    ),
    "firmware.service": (
        "dsp",
        "firmware.service",
        "firmware.closing",
        "firmware.errors",
        "firmware.__version__",
    ),
    # The self-test tries the real card, pins and database.
    "firmware.service.check": (
        "firmware.service",
        "firmware.line",
        "firmware.archive",
        "firmware.errors",
    ),
    "firmware.cli.box": ("firmware", "web"),  # `linekeeper web`
    "web": (
        "dsp",
        "web",
        "firmware.archive",
        "firmware.consent",
        "firmware.service",
        "firmware.errors",
        "firmware.__version__",
    ),
}

#: Libraries with one home.
HOMES = {
    "alsaaudio": ("firmware.line.alsa", "firmware.line.alsa_mixer"),
    "gpiozero": ("firmware.line.gpio", "firmware.line.gpio_chip"),
    "serial": ("firmware.line.modem",),
    "sqlite3": ("firmware.archive",),
    "sqlite_utils": ("firmware.archive",),
    "flask": ("web",),
    "uvicorn": ("web.serve", "web.patience"),
}

#: Modules that compute and do nothing else: no files, clock, threads or logging.
PURE = (
    "dsp",
    "firmware.call.machine",
    "firmware.call.analyzer",
    "firmware.call.consent_states",
    "firmware.call.case",
    "firmware.call.keys",
    "firmware.call.cards",
    "firmware.call.hold",
    "firmware.consent",
    "firmware.archive.ledger.merkle",
    "firmware.archive.purposes",
    "firmware.archive.retention",
)
IMPURE_MODULES = {
    "io", "logging", "os", "pathlib", "queue", "random", "shutil", "socket",
    "subprocess", "tempfile", "threading", "time",
}  # fmt: skip

#: Statements that only a database understands.
SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "PRAGMA ")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_the_right_way(path: Path) -> None:
    module = name_of(path)
    rule = max((r for r in ALLOWED if within(module, (r,))), key=len)
    for name in imports(path):
        if name.split(".")[0] in (*PACKAGES, "tests"):
            assert within(name, ALLOWED[rule]), f"{module} must not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_libraries_stay_in_their_home(path: Path) -> None:
    module = name_of(path)
    for name in imports(path):
        homes = HOMES.get(name.split(".")[0])
        assert homes is None or within(module, homes), f"{module} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_pure_modules_do_no_io(path: Path) -> None:
    module = name_of(path)
    if not within(module, PURE):
        return
    for name in imports(path):
        assert name.split(".")[0] not in IMPURE_MODULES, f"{module} imports {name}"


@pytest.mark.parametrize(
    "path", [p for p in MODULES if name_of(p).startswith("dsp")], ids=name_of
)
def test_dsp_needs_only_numpy_and_scipy(path: Path) -> None:
    allowed = {"dsp", "numpy", "scipy", *sys.stdlib_module_names}
    assert {name.split(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_sql_lives_in_the_archive(path: Path) -> None:
    if within(name_of(path), ("firmware.archive",)):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.lstrip().startswith(SQL), f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_libraries_do_not_print(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno} prints"
