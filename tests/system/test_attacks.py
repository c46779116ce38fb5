"""A short round of the attacks; `./run bench attacks` is the long one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.attacks import ATTACKS, claims
from tests.system.siege import Box, Visitor, besieged
from tests.web import seed

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with besieged(tmp_path_factory.mktemp("siege")) as made:
        yield made
        told = made.watch.verdict()
        assert told["lost_s"] == 0
        assert told["recorded_s"] > 3


@pytest.mark.parametrize("name", ATTACKS)
def test_pages_are_served_all_through_an_attack(box: Box, name: str) -> None:
    attack, count, _ = ATTACKS[name]
    with attack(box, count):  # type: ignore[attr-defined]  # a context, each of them
        assert box.times(3)


def test_the_owner_comes_in_after_all_of_it(box: Box) -> None:
    visitor = Visitor(box, "127.0.0.90")
    assert visitor.open() == 200
    # Guessed at from elsewhere, the account is closed to browsers it does not know.
    assert visitor.send(name=seed.NAME, password=seed.PASSWORD) in (303, 429)
    visitor.close()
    assert box.times(1)


def test_of_many_claims_at_once_one_makes_an_owner(tmp_path: Path) -> None:
    with besieged(tmp_path, claimed=False) as new:
        claims(new, 12)
