"""Ringing in the audio: 15..68 Hz, cadences, ring trip, crosstalk, and what is none."""

import numpy as np
import pytest
from line_tapes import FS, dialled, int16, noise, silence, tone

from dsp import ring
from tests.dsp.tapes.tape import hum


def ringing(hz, seconds, level_dbov=-25.0, clip=1.0):
    """Bursts of ringing; `clip` cuts them off at that share of their peak."""
    parts = [silence(1000)]
    for i, s in enumerate(seconds):
        x = silence(1000 * s) if i % 2 else tone([hz], 1000 * s, level_dbov)
        if clip < 1 and x.any():
            x = np.clip(x, -clip * x.max(), clip * x.max())
        parts.append(x)
    return np.concatenate([*parts, silence(3000)])


def spans(x, fs=FS):
    return [(r.start / fs, r.end / fs) for r in ring.decode(x, fs)]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="want 8000"):
        ring.Decoder(fs=16000)
    with pytest.raises(ValueError, match="one dimension"):
        ring.decode(np.zeros((3, 3)), FS)
    with pytest.raises(ValueError, match="0 or more"):
        ring.Decoder().skip(-1)
    assert ring.decode(np.zeros(0), FS) == []
    assert ring.decode(np.full(8000, np.nan), FS) == []


@pytest.mark.parametrize("hz", [15.5, 16.67, 20, 25, 30, 50, 60, 67])
def test_from_15_to_68_hz(hz):
    (burst,) = ring.decode(int16(ringing(hz, [2])), FS)
    assert burst.start / FS == pytest.approx(1, abs=0.05)
    assert burst.end / FS == pytest.approx(3, abs=0.05)
    assert burst.frequency_hz == pytest.approx(hz, abs=2.5)
    assert burst.level_dbov == pytest.approx(-25, abs=1.5)


@pytest.mark.parametrize(
    "cadence",
    [(2, 4, 2), (1, 4, 1), (0.4, 0.2, 0.4, 2, 0.4, 0.2, 0.4), (0.25, 4, 1), (1, 2, 1)],
)
def test_cadences(cadence):
    found = spans(ringing(25, cadence))
    at, wanted = 1.0, []
    for i, s in enumerate(cadence):
        if i % 2 == 0:
            wanted.append((at, at + s))
        at += s
    assert found == [pytest.approx(w, abs=0.06) for w in wanted]


@pytest.mark.parametrize("level_dbov", [-33, -3.01])
@pytest.mark.parametrize("clip", [0.3, 1.0])
def test_weak_strong_and_clipped(level_dbov, clip):
    assert len(spans(int16(ringing(20, [2, 4, 2], level_dbov, clip)))) == 2


def test_ring_trip_ends_the_burst(rng):
    """Lifted 0.7 s into the burst: a step of current, then dial tone."""
    burst = tone([20], 700, -15)
    step = 0.5 * np.exp(-np.arange(FS) / 400)
    dial = tone([350, 440], 1000, -25)
    x = np.concatenate([silence(1000), burst, step + dial, dial])
    ((start, end),) = spans(noise(x, rng, -60))
    assert start == pytest.approx(1, abs=0.06)
    assert end == pytest.approx(1.7, abs=0.2)


def test_crosstalk_of_a_neighbouring_pair_is_none():
    assert spans(ringing(25, [1, 4, 1], level_dbov=-52)) == []
    weak = ring.decode(ringing(25, [1, 4, 1], level_dbov=-52), FS, level_dbov=-60)
    assert len(weak) == 2


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_under_steady_hum(mains_hz, rng):
    x = ringing(25, [1, 4, 1], level_dbov=-25)
    x = np.concatenate([silence(3000), x])
    x = noise(x + hum(x.size, mains_hz, -25, 3), rng, -55)
    assert len(spans(x)) == 2


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_steady_hum_is_none(mains_hz):
    assert spans(hum(20 * FS, mains_hz, -15, 4)) == []
    assert spans(np.concatenate([silence(5000), hum(20 * FS, mains_hz, -15, 4)])) == []


def test_talk_digits_noise_and_direct_current_are_none(voices, rng):
    assert spans(voices) == []
    assert spans(dialled(on_ms=80, level_dbov=-8)) == []
    assert spans(0.1 * rng.standard_normal(20 * FS)) == []
    steps = np.repeat(np.array([0, 0.4, 0, -0.4, 0.2]), FS)
    assert spans(steps) == []
    assert (
        spans(np.concatenate([silence(900), 0.6 * np.exp(-np.arange(FS) / 800)])) == []
    )


def test_dial_pulses_are_none():
    """Ten breaks of 60 ms, seen through a coupling capacitor."""
    loop = np.repeat(np.tile([1.0, 0.0], 10), [480, 320] * 10)
    x = np.concatenate([np.ones(FS), loop, np.ones(FS)])
    y = np.zeros_like(x)
    for i in range(1, x.size):
        y[i] = 0.95 * (y[i - 1] + x[i] - x[i - 1])
    assert spans(0.3 * y) == []


@pytest.mark.parametrize("cut", [1, 37, 80, 160, 1000])
def test_bursts_do_not_depend_on_cuts(cut):
    x = int16(ringing(25, [0.4, 0.2, 0.4, 2, 0.4]))[: 5 * FS]
    one, whole = ring.Decoder(), ring.Decoder()
    found = []
    for at in range(0, x.size, cut):
        found += one.feed(x[at : at + cut])
    assert found + one.flush() == whole.feed(x) + whole.flush()


def test_a_gap_closes_a_burst_and_moves_the_index():
    decoder = ring.Decoder()
    assert decoder.feed(ringing(25, [1])[: 3 * FS // 2]) == []
    (burst,) = decoder.skip(8000)
    assert burst.end == pytest.approx(3 * FS // 2, abs=400)
    assert decoder.index == 3 * FS // 2 + 8000
    after = decoder.feed(ringing(25, [1])) + decoder.flush()
    assert after[0].start == pytest.approx(decoder.index - 4 * FS, abs=400)


def test_known_no_earlier_than_ended_and_soon_after():
    decoder = ring.Decoder()
    x = ringing(25, [1])
    for at in range(0, x.size, 160):
        for burst in decoder.feed(x[at : at + 160]):
            (known,) = decoder.known
            assert burst.end < known <= at + 160
            assert known - burst.end <= 0.3 * FS
            return
    raise AssertionError("not heard")


def test_other_rates_keep_positions():
    from dsp.resample import resample

    x = resample(ringing(25, [1]).astype(np.float32), 8000, 48000)
    assert spans(x, 48000) == [pytest.approx((1, 2), abs=0.06)]
