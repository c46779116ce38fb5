"""A few promises simulated, where ngspice is installed; all are in `./run hardware`."""

import numpy as np
import pytest

from hardware.spice import ngspice, onhook, report, sensing, voice
from hardware.spice.result import Result

needs_ngspice = pytest.mark.skipif(
    not ngspice.available(), reason="ngspice is not installed"
)


@needs_ngspice
def test_a_divider_is_what_ohm_says() -> None:
    sweep = ngspice.run("V1 a 0 10\nR1 a b 3k\nR2 b 0 2k\n.tran 1m 5m")
    assert sweep.real("b")[-1] == pytest.approx(4.0, rel=1e-6)


@needs_ngspice
def test_a_low_pass_is_3_db_down_at_its_corner() -> None:
    sweep = ngspice.run("V1 a 0 AC 1\nR1 a b 1k\nC1 b 0 159.155n\n.ac lin 3 500 1500")
    assert 20 * np.log10(abs(sweep.volts("b")[1])) == pytest.approx(-3.01, abs=0.01)


@needs_ngspice
def test_a_deck_that_is_none_is_an_error() -> None:
    with pytest.raises(ngspice.SimulationError):
        ngspice.run("Q1 what is this\n.tran 1m 2m")


@needs_ngspice
@pytest.mark.parametrize(
    "suite",
    [onhook.dc, onhook.balance, voice.bridging, voice.response, sensing.thresholds],
)
def test_promises_hold(suite: object) -> None:
    found = list(suite())  # type: ignore[operator]
    assert found
    assert all(result.holds for result in found), [r for r in found if not r.holds]


def test_a_promise_that_is_not_kept_is_marked() -> None:
    bad = Result("x", "resistance", 2.0, "Mohm", 5.0, None, "a rule")
    assert not bad.holds
    assert "**outside**" in report.table([bad])
    assert "≥ 5 Mohm" in report.table([bad])
