"""Levels: dBov by ITU-T G.100.1, dBm0 only by a constant."""

import numpy as np
import pytest

from dsp import levels


@pytest.mark.parametrize(
    "x", [np.zeros(0, np.int16), np.zeros(160, np.int16), np.zeros(5)]
)
def test_silence_and_nothing_have_the_lowest_level(x):
    assert levels.block_levels(x) == (-100.0, -100.0)


def test_a_full_scale_square_wave_is_0_dbov():
    x = np.where(np.arange(160) % 8 < 4, 32767, -32768).astype(np.int16)
    rms, peak = levels.block_levels(x)
    assert rms == pytest.approx(0, abs=0.01)
    assert peak == pytest.approx(0, abs=0.01)


def test_a_full_scale_sine_is_3_01_db_lower_and_3_14_dbm0():
    x = np.sin(2 * np.pi * np.arange(800) / 8)
    rms, peak = levels.block_levels(x)
    assert rms == pytest.approx(-3.01, abs=0.01)
    assert peak == pytest.approx(0, abs=0.01)
    assert levels.dbm0_from_dbov(rms) == pytest.approx(3.14, abs=0.01)


@pytest.mark.parametrize("level", [-90.0, -40.0, 0.0])
def test_converters_are_inverse(level):
    power = levels.power_from_dbov(level)
    assert levels.dbov_from_power(power) == pytest.approx(level)
    assert levels.dbov_from_dbm0(levels.dbm0_from_dbov(level)) == pytest.approx(level)


def test_dc_offset():
    x = np.full(1000, 1000, np.int16)
    assert levels.dc_offset(x) == pytest.approx(1000 / 32768)
    assert levels.dc_offset(np.zeros(0)) == 0.0
