"""Activity: talk is sound; silence, hum, hiss and clicks are none."""

import numpy as np
import pytest
from line_tapes import FS, fed, int16, noise, silence, tone

from dsp import activity
from dsp.types import Activity, ActivityOnset

HUM = ((50, -15), (100, -35), (150, -25), (200, -45), (250, -40))


def hum(ms):
    return sum(tone([hertz], ms, level) for hertz, level in HUM)


@pytest.fixture
def sentence(voices):
    """Four seconds of talk at -26 dBov between two seconds of silence."""
    x = voices[: 4 * FS]
    x = x * 10 ** (-26 / 20) / np.std(x)
    return np.concatenate([silence(2000), x, silence(3000)])


def test_bad_samples_are_refused():
    with pytest.raises(ValueError, match="one dimension"):
        activity.decode(np.zeros((2, 100)), FS)


@pytest.mark.parametrize("name", ["silence", "dither", "hum", "hiss", "hum and hiss"])
def test_no_activity_in(name, rng):
    x = {
        "silence": silence(20_000),
        "dither": noise(silence(20_000), rng, -90),
        "hum": hum(20_000),
        "hiss": noise(silence(20_000), rng, -40),
        "hum and hiss": noise(hum(20_000), rng, -50),
    }[name]
    assert activity.decode(int16(x), FS) == []


def test_clicks_of_a_relay_are_no_activity(rng):
    x = noise(silence(20_000), rng, -65)
    for at in range(4000, x.size - 100, 9000):
        x[at : at + 40] += rng.uniform(-0.9, 0.9, 40)
    assert activity.decode(x, FS) == []


@pytest.mark.parametrize("gain_db", [0, -10, -20])
def test_talk_is_found_with_its_hangover(sentence, gain_db, rng):
    x = noise(sentence * 10 ** (gain_db / 20), rng, -66)
    found = activity.decode(x, FS)
    assert 1 <= len(found) <= 2
    assert 1.9 <= found[0].start / FS <= 2.6
    assert 5.5 <= found[-1].end / FS <= 6.0 + activity.HANGOVER_S + 0.1
    assert found[0].level_dbov == pytest.approx(-26 + gain_db, abs=4)


def test_talk_over_hum_and_hiss(sentence, rng):
    x = noise(sentence + hum(sentence.size / 8), rng, -50)
    found = activity.decode(x, FS)
    assert found
    talk = sum(a.end - a.start for a in found) / FS
    assert 3.0 <= talk <= 5.0


def test_all_voices_are_heard(talkers):
    for name, x in talkers.items():
        padded = np.concatenate([silence(1000), x, silence(1000)])
        heard = sum(a.end - a.start for a in activity.decode(padded, FS))
        assert heard > 0.7 * x.size, name


def test_steady_noise_that_begins_dies_down_within_4_s(rng):
    x = np.concatenate([silence(3000), 0.03 * rng.standard_normal(20 * FS)])
    (found,) = activity.decode(x, FS)
    assert abs(found.start / FS - 3) < 0.1
    assert found.end / FS < 7


def test_onset_comes_before_the_end_and_on_time(sentence):
    events = fed(activity.Decoder(), int16(sentence), 160)
    onset, found = events[:2]
    assert isinstance(onset, ActivityOnset)
    assert isinstance(found, Activity)
    assert onset.start == found.start
    assert 0 < onset.at - onset.start <= 0.15 * FS


def test_sound_up_to_the_last_sample_is_closed_by_flush(voices):
    (*_, last) = activity.decode(voices[: 3 * FS], FS)
    assert last.end <= 3 * FS


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_events_do_not_depend_on_cuts(cut, sentence):
    x = int16(sentence[FS : 7 * FS])
    assert fed(activity.Decoder(), x, cut) == fed(activity.Decoder(), x, x.size)
