"""Superframes: aligned to the index, whatever the cuts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.stream import BATCH, CONTEXT, SUPERFRAME, Framer, to_float, windows


@pytest.mark.parametrize(
    ("x", "complaint"),
    [
        (np.zeros((3, 2), np.int16), r"got shape \(3, 2\)"),
        (np.zeros(3, np.int32), "got int32"),
        (np.array(["a"]), "want int16 or float"),
    ],
)
def test_samples_of_another_kind_are_refused(x, complaint):
    with pytest.raises(ValueError, match=complaint):
        to_float(x)


def test_samples_that_are_no_numbers_become_silence_or_full_scale():
    x = to_float(np.array([np.nan, np.inf, -np.inf, 0.5]))
    assert x.tolist() == [0.0, 1.0, -1.0, 0.5]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_one_bad_sample_of_a_stream_leaves_the_others_as_they_were(bad):
    x = np.full(SUPERFRAME, 0.25)
    x[700] = bad
    (batch,) = Framer().feed(x)
    heard = batch.x[batch.context :]
    assert np.isfinite(heard).all()
    assert np.flatnonzero(heard != 0.25).tolist() == [700]


def test_int16_and_float_are_the_same_signal():
    x = np.array([-32768, -1, 0, 16384], np.int16)
    assert to_float(x).tolist() == to_float(x / 32768).tolist()


@given(st.lists(st.integers(0, 4000), max_size=12))
def test_batches_join_to_what_was_fed(sizes):
    x = np.arange(1, sum(sizes) + 1, dtype=np.float32)
    framer = Framer()
    batches = []
    at = 0
    for size in sizes:
        batches += framer.feed(x[at : at + size])
        at += size
    assert framer.index == x.size
    whole = x.size // SUPERFRAME
    assert sum(b.count for b in batches) == whole
    joined = [b.x[b.context :] for b in batches] or [np.zeros(0)]
    assert np.array_equal(np.concatenate(joined), x[: whole * SUPERFRAME])
    (rest,) = framer.flush()
    left = x[whole * SUPERFRAME :]
    assert np.array_equal(rest.x[rest.context :][: left.size], left)
    assert not rest.x[rest.context + left.size :].any()
    assert framer.index == x.size


def test_a_batch_carries_the_past():
    x = np.arange(SUPERFRAME * (BATCH + 5), dtype=np.float32)
    first, second, *_ = Framer().feed(x)
    assert first.count == BATCH
    assert not first.x[:CONTEXT].any()
    assert second.start == BATCH * SUPERFRAME
    assert np.array_equal(second.x, x[second.start - CONTEXT : second.end])
    assert np.array_equal(
        second.between(second.start - 10, second.start + 10).shape, (20,)
    )


def test_samples_out_of_reach_are_silence():
    (batch,) = Framer().feed(np.ones(SUPERFRAME))
    y = batch.between(-CONTEXT - 5, -CONTEXT + 5)
    assert not y.any()
    assert batch.between(SUPERFRAME - 2, SUPERFRAME + 2).tolist() == [1, 1, 0, 0]
    assert not batch.between(10**6, 10**6 + 4).any()


def test_a_restart_counts_on_from_a_new_index():
    framer = Framer()
    assert list(framer.feed(np.ones(1000))) == []
    framer.restart(5000)
    (batch,) = framer.feed(np.ones(SUPERFRAME))
    assert (batch.start, batch.end) == (5000, 5000 + SUPERFRAME)
    assert not batch.x[: batch.context].any()


def test_windows_share_the_samples():
    x = np.arange(10, dtype=np.float32)
    y = windows(x, 4, 3)
    assert y.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert np.shares_memory(x, y)
    assert windows(x[:3], 4, 3).shape == (0, 4)
