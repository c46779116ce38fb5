"""Whatever is spoiled at random is found and named; what may be done is no alarm.

`./run bench ledger` does a thousand; here each deed once, and some more.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.ledger.problem import MEANING
from firmware.archive.verify import Report, verify
from tests.firmware.archive.helpers import fast_folder
from tests.firmware.archive.ledger.lawful import Life
from tests.firmware.archive.ledger.vandal import House, Vandal, Words, build


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


def checked(state: Path, vandal: Vandal | None = None, *, house: House) -> Report:
    others = vandal.others if vandal is not None else []
    with Archive(state, write=False) as archive:
        return verify(archive, trust=house.trust, others=others)


def assert_named(report: Report, words: Words, what: str) -> None:
    found = {problem.what for problem in report.problems}
    assert found & words, f"{what}: want one of {sorted(words)}, found {sorted(found)}"
    assert all(str(problem) for problem in report.problems)


def test_what_may_be_done_is_no_alarm(house: House) -> None:
    with Archive(house.now, write=False) as archive:
        report = verify(archive, trust=house.trust, others=[house.kept], deep=True)
    assert report.problems == []
    assert report.seen_utc is not None
    assert report.calls >= 9


@pytest.mark.parametrize("number", range(len(Vandal(None, Path(), 0).deeds)))  # type: ignore[arg-type]  # only its length
def test_each_deed_is_named(house: House, number: int) -> None:
    with fast_folder() as folder:
        state = Path(shutil.copytree(house.now, folder / "state"))
        vandal = Vandal(house, state, number)
        deed = vandal.deeds[number]
        words = deed()
        assert_named(checked(state, vandal, house=house), words, deed.__name__)


def test_random_deeds_are_named(house: House) -> None:
    done: Counter[str] = Counter()
    for seed in range(20):
        with fast_folder() as folder:
            state = Path(shutil.copytree(house.now, folder / "state"))
            vandal = Vandal(house, state, 1000 + seed)
            what, words = vandal.work()
            done[what] += 1
            assert_named(checked(state, vandal, house=house), words, f"{seed} {what}")
    assert done.total() == 20


@pytest.mark.parametrize("seed", [1, 2])
def test_a_lawful_life_gives_no_alarm(seed: int) -> None:
    with fast_folder() as folder:
        life = Life(folder / "state", seed)
        try:
            for _ in range(25):
                life.step()
                problems = verify(life.archive, deep=True).problems
                assert problems == [], life.done
        finally:
            life.close()
    assert sum("refused" not in what for what in life.done) > 12


def test_every_word_has_a_meaning() -> None:
    assert all(text and text[0].islower() for text in MEANING.values())
