"""Waveform peaks."""

import numpy as np
import pytest

from dsp.peaks import Peaks, peaks


@pytest.mark.parametrize("per_pixel", [0, -1])
def test_per_pixel_below_one_is_refused(per_pixel):
    with pytest.raises(ValueError, match="want at least 1"):
        Peaks(per_pixel)


def test_nothing_gives_nothing():
    assert peaks(np.zeros(0, np.int16), 100).shape == (0, 2)


def test_a_single_click_is_seen():
    x = np.zeros(1000, np.int16)
    x[505] = 1
    x[706] = -1
    y = peaks(x, 100)
    assert y[5].tolist() == [0, 1]
    assert y[7].tolist() == [-1, 0]
    assert not y[[0, 1, 2, 3, 4, 6, 8, 9]].any()


def test_full_scale_fits_into_8_bits():
    y = peaks(np.array([-32768, 32767], np.int16), 2)
    assert y.dtype == np.int8
    assert y.tolist() == [[-128, 127]]


def test_unfinished_pixel_is_kept():
    assert peaks(np.array([512, 512, -512], np.int16), 2).tolist() == [[2, 2], [-2, -2]]


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_stream_equals_whole(cut, rng):
    x = rng.integers(-32768, 32767, 4001).astype(np.int16)
    stream = Peaks(73)
    parts = [stream.feed(x[i : i + cut]) for i in range(0, len(x), cut)]
    parts.append(stream.flush())
    assert np.array_equal(np.concatenate(parts), peaks(x, 73))


def test_float_and_16_bit_agree(rng):
    x = rng.integers(-32768, 32767, 4000).astype(np.int16)
    assert np.array_equal(peaks((x / 32768).astype(np.float32), 80), peaks(x, 80))
