"""The loss meter: drift is not loss, waiting is not loss, loss is loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.line.loss import DRIFT, TOLERANCE_S, WINDOW_S, LossMeter

PERIOD_S = 0.02


class TrueCard:
    """A card whose crystal is off by `drift`, read about every period."""

    def __init__(self, drift: float = 0.0, start_s: float = 100.0) -> None:
        self.meter = LossMeter()
        self.drift = drift
        self.now_s = start_s
        self.read_s = start_s

    def run(self, seconds: float, waits: list[float] | None = None) -> float:
        """Read for some time; `waits` are lengths of the machine's absences."""
        lost = 0.0
        end_s = self.now_s + seconds
        pending = list(waits or [])
        while self.now_s < end_s:
            self.now_s += PERIOD_S + (pending.pop() if pending else 0.0)
            length_s = (self.now_s - self.read_s) * (1 + self.drift)
            self.read_s = self.now_s
            lost += self.meter.delivered(self.now_s, length_s)
        return lost

    def silence(self, seconds: float) -> None:
        """The card captures nothing for a while, and says nothing."""
        self.now_s += seconds
        self.read_s = self.now_s


@pytest.mark.parametrize("ppm", [-1000, -500, -50, 0, 50, 500, 999])
def test_an_hour_of_drift_is_no_loss(ppm: int) -> None:
    assert TrueCard(ppm * 1e-6).run(3600) == 0.0


@given(st.lists(st.floats(0, 0.9), max_size=40), st.floats(-DRIFT, DRIFT * 0.99))
def test_waiting_is_no_loss(waits: list[float], drift: float) -> None:
    assert TrueCard(drift).run(60, waits) == 0.0


@given(
    st.floats(TOLERANCE_S + 0.01, 30), st.sampled_from([-1e-3, -1e-4, 0, 1e-4, 9e-4])
)
def test_unannounced_loss_is_found_and_measured(gap_s: float, drift: float) -> None:
    card = TrueCard(drift)
    card.run(10)
    card.silence(gap_s)
    found = card.run(2 * WINDOW_S + 0.1)
    assert found == pytest.approx(gap_s, abs=(gap_s + 2.5 * WINDOW_S) * DRIFT)
    assert card.run(60) == 0.0


@given(st.floats(0.001, 30))
def test_announced_loss_counts_at_once_however_short(gap_s: float) -> None:
    card = TrueCard()
    card.run(10)
    card.silence(gap_s)
    card.meter.break_off()
    assert card.run(PERIOD_S) == pytest.approx(gap_s, abs=1e-4)
    assert card.run(60) == 0.0


def test_time_without_a_card_is_lost_as_it_passes() -> None:
    card = TrueCard()
    card.run(10)
    lost = 0.0
    for _ in range(50):
        card.silence(0.1)
        lost += card.meter.missing(card.now_s)
    assert lost == pytest.approx(5.0, abs=1e-3)
    card.silence(0.05)
    assert card.run(60) == pytest.approx(0.05, abs=1e-3)


def test_a_card_late_at_boot_is_missed_from_the_first_attempt() -> None:
    meter = LossMeter()
    assert meter.missing(50.0) == 0.0
    assert meter.missing(53.0) == 3.0
    assert meter.delivered(54.0, 0.02) == pytest.approx(0.98)
    assert meter.accounted_s == pytest.approx(4.0)
    assert meter.delay_s == pytest.approx(50.0)


def test_a_hundred_outages_do_not_add_up_to_an_error() -> None:
    rng = np.random.default_rng(440)
    card = TrueCard(-1e-4)
    for _ in range(100):
        card.run(float(rng.uniform(0.1, 3)))
        card.silence(float(rng.uniform(0.01, 2)))
        if rng.random() < 0.5:
            card.meter.break_off()
    card.run(5)
    error_s = card.meter.delay_s + card.meter.accounted_s - card.now_s
    assert abs(error_s) < 0.01
