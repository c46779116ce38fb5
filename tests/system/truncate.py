"""Every file that the archive keeps, cut at random bytes.

    python -m tests.system.truncate [CUTS]

A power cut shortens what grows: there the bytes that are left must give all their
sound, but for one page.  Damage shortens what is complete: there the archive must say
so or show that nothing is missing, and never give out sound that was not recorded.
"""

import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from firmware.archive import Archive
from firmware.archive.folder import growing_master, packed_master
from firmware.archive.model import Call
from firmware.archive.seal import page
from firmware.errors import LinekeeperError
from tests.firmware.archive.helpers import START, Samples, feed, new_call, record

FS = 8000
#: Most sound that may be missing of what the bytes of a growing file hold, s (R4).
MAX_LOSS_S = 0.3
#: Sound in each file, s.
LENGTH_S = 20.0


@dataclass
class Report:
    """What the cuts of one kind of file showed."""

    kind: str
    cuts: int = 0
    whole: int = 0  # nothing was missing for whoever listens
    told: int = 0  # the archive said that it is damaged
    losses_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        loss = f", lost at most {max(self.losses_s):.3f} s" if self.losses_s else ""
        return (
            f"{self.kind}: {self.cuts} cuts, {self.whole} heard whole, "
            f"{self.told} told{loss}, wrong: {len(self.wrong)}"
        )


def sound() -> Samples:
    rng = np.random.default_rng(7)
    return rng.normal(0, 2000, round(LENGTH_S * FS)).astype(np.int16)


@dataclass(frozen=True)
class Kind:
    """A file to cut: in which archive, under which name."""

    name: str
    sealed: bool
    growing: bool


KINDS = (
    Kind("master.pcm.sealed", sealed=True, growing=True),
    Kind("master.wav", sealed=False, growing=True),
    Kind("master.flac.sealed", sealed=True, growing=False),
    Kind("master.flac", sealed=False, growing=False),
    Kind("peaks.sealed", sealed=True, growing=False),
    Kind("peaks.dat", sealed=False, growing=False),
    Kind("hashes.dat", sealed=True, growing=False),
    Kind("seal.key", sealed=True, growing=False),
    Kind("call.json", sealed=True, growing=False),
    Kind("call.json.minisig", sealed=True, growing=False),
)


def make(state: Path, kind: Kind, talk: Samples) -> Call:
    """One call whose file is to be cut; a growing one is left as by a power cut."""
    with Archive(state, seal=kind.sealed) as archive:
        if not kind.growing:
            call = record(archive, talk)
            archive.finish_pending()
            return call
        call = new_call(archive, START)
        archive.begin(call)
        feed(archive.open_master(call), talk)
        # What a power cut leaves: the file as it is while the call runs.
        path = growing_master(archive.folder(call))
        assert path is not None
        shutil.copyfile(path, state / "growing")
        folder = archive.folder(call)
    for name in ("growing",):
        shutil.move(state / name, folder / kind.name)
    return call


def cut(kind: Kind, cuts: int, work: Path, seed: int = 1) -> Report:
    """Cut one kind of file so many times."""
    report, talk = Report(kind.name), sound()
    rng = np.random.default_rng(seed)
    template = work / kind.name
    call = make(template, kind, talk)
    name = next(template.glob(f"recordings/*/*/*/*/{kind.name}")).relative_to(template)
    size = (template / name).stat().st_size
    for number in range(cuts):
        state = work / "now"
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(template, state)
        length = int(rng.integers(0, size))
        with (state / name).open("r+b") as file:
            file.truncate(length)
        report.cuts += 1
        try:
            _judge(report, kind, state, call.id, length, talk, check=number % 25 == 0)
        except AssertionError as error:
            report.wrong.append(f"{kind.name} cut to {length} of {size}: {error}")
        except Exception as error:  # whatever it is, it must not come out
            report.wrong.append(f"{kind.name} cut to {length} of {size}: {error!r}")
    return report


def _judge(
    report: Report,
    kind: Kind,
    state: Path,
    call_id: str,
    length: int,
    talk: Samples,
    *,
    check: bool,
) -> None:
    with Archive(state, seal=kind.sealed) as archive:
        archive.recover(time.time(), None)
        archive.reindex()
        archive.finish_pending()
        call = archive.calls.get(call_id)
        try:
            archive.peaks(call)
            heard = archive.read_samples(call)
        except LinekeeperError:
            heard = None
        if kind.growing:
            left = np.empty(0, np.int16) if heard is None else heard
            report.losses_s.append(max(0.0, held_s(kind, length) - len(left) / FS))
            assert np.array_equal(left, talk[: len(left)]), "other sound"
            assert report.losses_s[-1] <= MAX_LOSS_S, f"{report.losses_s[-1]} s lost"
            if len(left):
                assert call.audio == "kept", call.audio
                assert call.recovered, "nobody is told"
            if check and len(left):
                _opens_elsewhere(archive, call, left)
        elif heard is None:
            report.told += 1
        else:
            assert np.array_equal(heard, talk), f"other sound: {len(heard)} samples"
            report.whole += 1


def held_s(kind: Kind, length: int) -> float:
    """The sound in so many bytes of a growing file, s."""
    if kind.sealed:
        if length < page.PAGE:
            return 0.0
        bytes_of_sound = (length - page.PAGE) * page.PCM / page.PAGE
    else:
        bytes_of_sound = max(0, length - 44)
    return min(LENGTH_S, bytes_of_sound / 2 / FS)


def _opens_elsewhere(archive: Archive, call: Call, left: Samples) -> None:
    """What came of it is a FLAC that libsndfile reads by itself."""
    original = archive.open_original(call)
    try:
        data = original.read_at(0, original.size)
    finally:
        original.close()
    with tempfile.NamedTemporaryFile(suffix=".flac") as file:
        file.write(data)
        file.flush()
        read, rate = soundfile.read(file.name, dtype="int16")
    assert rate == FS
    assert np.array_equal(read, left), "another program hears other sound"
    assert packed_master(archive.folder(call)) is not None


def run(cuts: int) -> Iterator[Report]:
    """Cut every kind of file so many times."""
    memory = Path("/dev/shm")
    for kind in KINDS:
        with tempfile.TemporaryDirectory(
            dir=memory if memory.is_dir() else None
        ) as work:
            yield cut(kind, cuts, Path(work))


def main() -> int:
    logging.disable(logging.CRITICAL)
    wrong = 0
    for report in run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        print(report, flush=True)
        for problem in report.wrong[:5]:
            print(f"  {problem}")
        wrong += len(report.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
