"""Removal of a codec's DC offset."""

import numpy as np
import pytest

from dsp.dc import CUTOFF_HZ, DcBlocker

FS = 8000


def tone(frequency_hz: float, level: float, seconds: float = 2.0) -> np.ndarray:
    t = np.arange(int(seconds * FS)) / FS
    return level * np.sin(2 * np.pi * frequency_hz * t)


def to_int16(x: np.ndarray) -> np.ndarray:
    return np.round(x).astype(np.int16)


@pytest.mark.parametrize("fs", [0, -8000, float("nan")])
def test_a_rate_that_is_none_is_refused(fs: float) -> None:
    with pytest.raises(ValueError, match="want above 0 Hz"):
        DcBlocker(fs)


def test_offset_is_removed_and_tone_kept_from_the_first_sample() -> None:
    x = tone(1000, 5000)
    y = DcBlocker(FS).feed(to_int16(x + 3000))
    assert np.max(np.abs(y[FS:] - x[FS:])) <= 25
    assert abs(y.mean()) < 10
    assert np.max(np.abs(y)) < 5300


@pytest.mark.parametrize(
    ("frequency_hz", "gain_db", "tolerance_db"),
    [(CUTOFF_HZ, -3.01, 0.1), (20, -0.1, 0.1), (300, 0.0, 0.001), (3400, 0.0, 0.01)],
)
def test_gain(frequency_hz: float, gain_db: float, tolerance_db: float) -> None:
    x = tone(frequency_hz, 20000, 8.0)
    y = DcBlocker(FS).feed(to_int16(x)).astype(float)[4 * FS :]
    measured_db = 20 * np.log10(y.std() / x[4 * FS :].std())
    assert measured_db == pytest.approx(gain_db, abs=tolerance_db)


@pytest.mark.parametrize("size", [1, 37, 80, 160])
def test_cuts_do_not_matter(size: int) -> None:
    rng = np.random.default_rng(440)
    x = rng.integers(-32768, 32768, 2000).astype(np.int16)
    whole = DcBlocker(FS).feed(x)
    stream = DcBlocker(FS)
    parts = [stream.feed(x[i : i + size]) for i in range(0, len(x), size)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_full_scale_steps_are_clipped_not_wrapped() -> None:
    x = np.repeat(np.array([-32768, 32767, -32768], np.int16), 4)
    y = DcBlocker(FS).feed(x)
    assert y[4] == 32767
    assert y[:4].tolist() == [0, 0, 0, 0]


def test_nothing_in_nothing_out() -> None:
    assert len(DcBlocker(FS).feed(np.zeros(0, np.int16))) == 0


def test_a_gap_in_the_middle_of_a_word_makes_no_thump() -> None:
    x = to_int16(tone(500, 5000) + 1000)
    stream = DcBlocker(FS)
    stream.feed(x[: FS + 4])
    stream.reset()
    after = stream.feed(x[FS + 100 :])
    assert np.max(np.abs(after - (x[FS + 100 :] - 1000.0))) < 100
