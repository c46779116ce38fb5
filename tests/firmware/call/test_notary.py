"""The recorder's daily anchor: when it is due, when it fails, and that nobody waits."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.archive.ledger import Ledger, anchoring
from firmware.archive.ledger.anchors import Anchors
from firmware.call.notary import AGAIN_S, Notary
from firmware.service.settings import Proof

CALL = "20270115-080000-abcd"
NOW = 1_800_000_000.0
DAY = 86_400.0


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path) as ledger:
        ledger.add("played", CALL, "anna", NOW)
        yield ledger


def look(notary: Notary, now_utc: float) -> None:
    notary.look(now_utc)
    notary.close()


def sizes(ledger: Ledger) -> list[int]:
    return [anchor.size for anchor in Anchors(ledger.state_dir).all()]


def test_nobody_outside_is_named(ledger: Ledger) -> None:
    look(Notary(ledger, Proof()), NOW)
    assert sizes(ledger) == []


def test_once_a_day_if_something_is_new(ledger: Ledger, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    notary = Notary(ledger, Proof(checkpoint_folder=str(stick)))
    look(notary, NOW)
    assert sizes(ledger) == [2]
    look(notary, NOW + 2 * DAY)
    assert sizes(ledger) == [2], "nothing is new"
    ledger.add("played", CALL, "bert", NOW)
    look(notary, NOW + DAY / 2)
    assert sizes(ledger) == [2], "too soon"
    look(notary, NOW + 3 * DAY)
    assert sizes(ledger) == [2, 4]
    assert len(list(stick.iterdir())) == 2


def test_what_failed_is_tried_again_after_an_hour(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []
    real = anchoring.anchor

    def anchor(ledger: Ledger, proof: Proof, now_utc: float) -> Any:
        tried.append(now_utc)
        return real(ledger, proof, now_utc)

    monkeypatch.setattr(anchoring, "anchor", anchor)
    notary = Notary(ledger, Proof(checkpoint_folder=str(tmp_path / "none")))
    for now in (NOW, NOW + 60, NOW + AGAIN_S):
        look(notary, now)
    assert tried == [NOW, NOW + AGAIN_S]


def test_the_line_does_not_wait(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, begun = threading.Event(), threading.Event()

    def slow(*_: object) -> anchoring.Done:
        begun.set()
        assert go_on.wait(30)
        return anchoring.Done()

    monkeypatch.setattr(anchoring, "anchor", slow)
    notary = Notary(ledger, Proof(checkpoint_folder="/nowhere"))
    notary.look(NOW)
    assert begun.wait(30)
    notary.look(NOW + DAY)  # returns: one is under way
    go_on.set()
    notary.close()
