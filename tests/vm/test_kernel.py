"""Without a kernel the lab says what is missing; a given one is used."""

from pathlib import Path

import pytest

from tests.vm import kernel
from tests.vm.kernel import NoKernel


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINEKEEPER_UML", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kernel, "SOURCES", tmp_path / "src")
    (tmp_path / "src").mkdir()


def test_without_a_source_it_says_what_to_install() -> None:
    with pytest.raises(NoKernel, match="apt install linux-source gcc make flex"):
        kernel.kernel()


def test_newest_source_is_taken_and_its_kernel_cached_by_content(
    tmp_path: Path,
) -> None:
    for version in ("6.9", "6.12", "6.1"):
        (tmp_path / f"src/linux-source-{version}.tar.xz").write_bytes(b"x")
    assert kernel.source().name == "linux-source-6.12.tar.xz"
    first = kernel.wanted()
    assert first.parent == tmp_path / "cache" / "linekeeper-vm"
    (tmp_path / "src/linux-source-6.12.tar.xz").write_bytes(b"another")
    assert kernel.wanted() != first


def test_nothing_is_built_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "src/linux-source-6.1.tar.xz").write_bytes(b"x")
    with pytest.raises(NoKernel, match=r"\./run vm"):
        kernel.kernel(build=False)
    kernel.wanted().parent.mkdir(parents=True)
    kernel.wanted().touch()
    assert kernel.kernel(build=False) == kernel.wanted()


def test_missing_tools_and_a_broken_source_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src/linux-source-6.1.tar.xz").write_bytes(b"x")
    with pytest.raises(NoKernel, match="tar xf"):
        kernel.kernel()
    monkeypatch.setattr(kernel.shutil, "which", lambda name: None)
    with pytest.raises(NoKernel, match=r"gcc, make, flex.* missing: apt install"):
        kernel.kernel()


def test_given_kernel_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEKEEPER_UML", "/opt/linux")
    assert kernel.kernel(build=False) == Path("/opt/linux")
