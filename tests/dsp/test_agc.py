"""The listening copy: loudness, pauses, peaks, cuts."""

from dataclasses import replace

import numpy as np
import pytest

from dsp.agc import ListeningCopy, listening_copy
from dsp.agc_levels import gains_db
from dsp.agc_limiter import CEILING, limit
from tests.dsp.tapes import talk as tapes

FS = 8000


def active_dbov(x):
    """Return the level over frames within 30 dB of the loudest, dBov."""
    power = np.mean(
        x[: len(x) // 160 * 160].reshape(-1, 160).astype(float) ** 2, axis=1
    )
    return 10 * np.log10(power[power > power.max() / 1000].mean())


def conversation(near, far, near_dbov, far_dbov, noise_dbov, rng, turns=12):
    """Return a talk in turns, and (start, end, talker) of turns and pauses (0)."""
    parts, spans, at = [], [], 0
    for turn in range(turns):
        voice, level = ((near, near_dbov), (far, far_dbov))[turn % 2]
        n = int(FS * rng.uniform(1.5, 4))
        first = rng.integers(0, len(voice) - n)
        speech = voice[first : first + n]
        speech = speech * 10 ** ((level - active_dbov(speech)) / 20)
        gap = int(FS * rng.uniform(0.5, 1.2))
        parts += [speech, np.zeros(gap)]
        spans += [(at, at + n, 1 + turn % 2), (at + n, at + n + gap, 0)]
        at += n + gap
    x = np.concatenate(parts)
    x = x + rng.normal(size=len(x)) * 10 ** (noise_dbov / 20)
    return x.astype(np.float32), spans


@pytest.fixture(
    scope="module", params=[(-15, -36, -60), (-36, -15, -60), (-12, -32, -52)]
)
def talk(request, talkers):
    rng = np.random.default_rng(3)
    x, spans = conversation(talkers["anna"], talkers["ben"], *request.param, rng)
    return x, listening_copy(x, FS), spans


def levels(y, spans, talker, skip_s=0.0):
    skip = int(skip_s * FS)
    return [active_dbov(y[s + skip : e]) for s, e, who in spans if who == talker]


def test_impossible_rate_is_refused():
    with pytest.raises(ValueError, match="at least 4000"):
        ListeningCopy(0)


@pytest.mark.parametrize("n", [0, 1, 159, 160, 161, 1000, 8000, 30000])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_same_length_and_type(n, dtype):
    y = listening_copy(np.zeros(n, dtype), FS)
    assert (len(y), y.dtype) == (n, dtype)


def test_talkers_21_db_apart_come_out_within_2_db(talk):
    _, y, spans = talk
    near, far = (np.mean(levels(y, spans, who)) for who in (1, 2))
    assert abs(near - far) < 2


def test_equal_within_half_a_second_of_each_turn(talk):
    _, y, spans = talk
    near, far = (np.mean(levels(y, spans, who, 0.5)) for who in (1, 2))
    assert abs(near - far) < 2


def test_every_turn_is_near_the_target(talk):
    _, y, spans = talk
    for who in (1, 2):
        assert np.max(np.abs(np.array(levels(y, spans, who)) + 25.2)) < 3


def test_noise_in_pauses_rises_by_6_db_at_most(talk):
    x, y, spans = talk
    for start, end, who in spans:
        if who == 0:
            inner = slice(start + 400, end - 400)
            rise = 10 * np.log10(np.mean(y[inner] ** 2) / np.mean(x[inner] ** 2))
            assert rise < 6


def test_nothing_clips(talk):
    _, y, _ = talk
    assert np.abs(y).max() <= CEILING + 1e-6


def test_noise_alone_is_left_alone(rng):
    x = (rng.normal(size=10 * FS) * 0.003).astype(np.float32)
    y = listening_copy(x, FS)
    assert abs(20 * np.log10(np.std(y) / np.std(x))) < 0.5


def test_silence_stays_silence():
    assert not listening_copy(np.zeros(40000, np.int16), FS).any()


def test_a_steady_tone_does_not_pump():
    t = np.arange(10 * FS) / FS
    x = (0.02 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    y = listening_copy(x, FS).astype(float)
    frames = np.sqrt(np.mean(y.reshape(-1, 400) ** 2, axis=1))
    assert 20 * np.log10(frames.max() / frames.min()) < 1


def test_a_click_between_words_does_not_turn_the_talk_down(talkers):
    speech = talkers["carol"][: 6 * FS] * np.float32(0.05)
    hit = speech.copy()
    hit[3 * FS : 3 * FS + 8] = 0.9
    calm, clicked = listening_copy(speech, FS), listening_copy(hit, FS)
    after = slice(3 * FS + 2400, 5 * FS)
    assert abs(active_dbov(clicked[after]) - active_dbov(calm[after])) < 1


def test_hum_is_gone():
    rng = np.random.default_rng(0)
    t = np.arange(8 * FS) / FS
    x = rng.normal(size=len(t)) * 0.001 + 0.01 * np.sin(2 * np.pi * 50.2 * t)
    y = listening_copy(x.astype(np.float32), FS)
    assert np.std(y) < 0.0012


def test_gain_stays_within_20_db():
    power = np.full(400, 1e-9, np.float32)
    power[100:200] = 2e-6
    power[250:350] = 0.5
    gain, _, _ = gains_db(power)
    assert np.abs(gain).max() <= 20


@pytest.mark.parametrize("cut", [1, 37, 80, 160, 7777])
def test_stream_equals_whole(cut, talkers):
    x = (talkers["emma"][: 3 * FS if cut == 1 else 9 * FS] * 9000).astype(np.int16)
    stream = ListeningCopy(FS)
    parts = [stream.feed(x[i : i + cut]) for i in range(0, len(x), cut)]
    parts.append(stream.flush())
    assert np.array_equal(np.concatenate(parts), listening_copy(x, FS))


def test_other_rates(talkers):
    x = np.repeat(talkers["ben"][: 6 * FS], 2) * np.float32(0.2)
    y = listening_copy(x, 2 * FS)
    assert len(y) == len(x)
    assert active_dbov(y) == pytest.approx(-25.2, abs=2)


def test_full_scale_16_bit_does_not_wrap_round(rng):
    x = (rng.choice([-32768, 32767], 3 * FS) * (np.arange(3 * FS) > FS)).astype(
        np.int16
    )
    y = listening_copy(x, FS).astype(int)
    assert np.all(np.sign(y[FS + 10 :]) == np.sign(x[FS + 10 :]))


def test_limiter_leaves_what_is_below_the_ceiling(rng):
    x = rng.uniform(-0.5, 0.5, (10, 160)).astype(np.float32)
    assert np.array_equal(limit(x), x[2:-2])


def test_limiter_turns_down_before_the_peak():
    x = np.full((10, 160), 0.5, np.float32)
    x[5, 80] = 4.0
    y = limit(x)
    assert y.max() <= CEILING + 1e-6
    assert np.abs(np.diff(y.ravel()[:550])).max() < 0.02


@pytest.mark.parametrize("x", [np.zeros((2, 800), np.int16), np.zeros(8, np.int32)])
def test_what_is_no_mono_sound_is_refused(x):
    with pytest.raises(ValueError, match="samples: want"):
        listening_copy(x, FS)


def test_nan_and_infinity_are_survived(talkers):
    x = talkers["anna"][: 4 * FS].copy()
    x[::997] = np.nan
    x[1::4001] = np.inf
    assert np.isfinite(listening_copy(x, FS)).all()


def left_apart(conversation, y):
    """Return how far apart both talkers come out after 0.5 s of each turn, dB."""
    means = []
    for who in (1, 2):
        turns = [t for t in conversation.turns if t.talker == who]
        cuts = [slice(t.start + FS // 2, t.end) for t in turns]
        means.append(np.mean([tapes.active_dbov(y[c]) for c in cuts]))
    return abs(means[0] - means[1])


def rises(conversation, y):
    """Return by how much the noise of each pause rises, dB, its edges left out."""
    x = conversation.x
    found = []
    for t in conversation.turns:
        edge = min(800, (t.end - t.start) // 4)
        inner = slice(t.start + edge, t.end - edge)
        if t.talker == 0:
            before, after = np.mean(x[inner] ** 2), np.mean(y[inner] ** 2)
            found.append(10 * np.log10(after / before))
    return np.array(found)


def copies(conversations):
    return [(c, listening_copy(c.x.astype(np.float32), FS)) for c in conversations]


@pytest.mark.parametrize("noise_dbov", tapes.NOISE_DBOV)
@pytest.mark.parametrize("apart_db", tapes.APART_DB)
def test_talkers_0_to_26_db_apart_and_their_pauses(apart_db, noise_dbov):
    for conversation, y in copies(tapes.apart(apart_db, noise_dbov)):
        # The quiet talker is at -16 dBov - apart_db, and drowns in loud noise.
        heard = -16 - apart_db - noise_dbov > 15
        assert left_apart(conversation, y) <= (2.0 if heard else 3.0)
        assert rises(conversation, y).max() < 6
        assert np.abs(y).max() <= CEILING + 1e-6


@pytest.mark.parametrize("apart_db", tapes.APART_DB)
def test_quick_turns_with_pauses_of_150_to_500_ms(apart_db):
    for conversation, y in copies(tapes.lively(apart_db, -62)):
        assert left_apart(conversation, y) <= 2
        assert np.mean(rises(conversation, y)) < 3
        assert np.median(rises(conversation, y)) < 5.1


def test_a_short_pause_takes_the_lower_gain_of_both_talkers():
    loud, soft, noise = 1e-2, 1e-4, 1e-7
    power = np.full(1200, noise, np.float32)
    power[300:400], power[416:520] = loud, soft
    gain, _, _ = gains_db(power)
    pause = gain[402:414]
    assert pause.max() <= gain[390] + 0.1 < gain[470] - 15


def test_a_breath_is_not_turned_up_further_than_the_talk_around_it():
    power = np.full(1200, 1e-7, np.float32)
    power[300:400] = power[430:530] = 1e-3
    power[412:418] = 3e-6
    gain, _, _ = gains_db(power)
    assert gain[412:418].max() <= gain[350] + 0.5


def test_lopsided_talk_with_hum_comes_out_level_without_hum():
    rng = np.random.default_rng(9)
    (conversation, *_) = tapes.apart(20, -66)
    hum = tapes.wandering_hum(conversation.x.size, 50.0, -34, rng, 0.002)
    with_hum = replace(conversation, x=conversation.x + hum)
    ((_, y),) = copies([with_hum])
    assert left_apart(conversation, y) <= 2
    assert rises(with_hum, y).max() < 0


def test_the_master_is_not_touched(talkers):
    x = (talkers["anna"][: 4 * FS] * 9000).astype(np.int16)
    kept = x.copy()
    listening_copy(x, FS)
    assert np.array_equal(x, kept)


def test_one_talker_alone_keeps_the_stress_of_words(talkers):
    for name in ("anna", "graham", "zofia"):
        x = tapes.at_level(talkers[name][: 8 * FS].astype(float), -24)
        y = listening_copy(x.astype(np.float32), FS).astype(float)
        frames = x[: x.size // 1600 * 1600].reshape(-1, 1600)
        after = y[: frames.size].reshape(-1, 1600)
        before = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
        change = 10 * np.log10(np.mean(after**2, axis=1) + 1e-12) - before
        loud = before > before.max() - 15
        assert np.std(change[loud]) < 1.0
