"""A dialled number comes once, by the wires or, where there are none, by the ear."""

from dataclasses import replace

import pytest

from firmware.call.analyzer import Analyzer
from firmware.call.events import Kind
from firmware.line import open_line
from firmware.line.block import Block
from firmware.service.settings import Settings


def pulse_call() -> list[Block]:
    with open_line("sim:outgoing_pulse", Settings()) as line:
        return list(line.blocks())


@pytest.mark.parametrize("sensed", [True, False])
def test_a_pulsed_number_comes_once(sensed: bool) -> None:
    analyzer = Analyzer(Settings(), frozenset({"hook"} if sensed else ()))
    dialled = []
    for block in pulse_call():
        heard = block if sensed else replace(block, edges=())
        dialled += [e.text for e in analyzer.feed(heard) if e.kind is Kind.DIGIT]
    dialled += [e.text for e in analyzer.finish(0) if e.kind is Kind.DIGIT]
    assert "".join(dialled) == "5550130"
