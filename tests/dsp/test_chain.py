"""The chain: one pass, one index, the same events for every cut."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_tapes import FS, dialled, digit, fed, int16, melody, noise, silence, tone

from dsp.caller_id import encode
from dsp.chain import Chain
from dsp.types import Activity, ActivityOnset, CallerId, Digit, Tone, ToneOnset


def incoming(voices):
    """Caller ID between rings, then talk, then busy."""
    parts = [silence(700), encode(number="5550142", name="ANN EXAMPLE")]
    parts += [silence(1500), voices[: 4 * FS]]
    for _ in range(4):
        parts += [tone([480, 620], 500), silence(500)]
    return np.concatenate([*parts, silence(500)])


def outgoing():
    """Dial tone, digits, ringback, SIT."""
    dial = tone([350, 440], 1600, -22)
    parts = [silence(300), dial, dialled("5550123", 60, 60, level_dbov=-17)]
    parts += [tone([440, 480], 2000, -24), silence(1200)]
    parts += [tone([950], 330), tone([1400], 330), tone([1800], 330), silence(900)]
    return np.concatenate([*parts, digit("0", 300)])


@pytest.fixture(scope="module")
def tape(voices):
    rng = np.random.default_rng(5)
    x = np.concatenate([incoming(voices), outgoing()])
    return int16(noise(x, rng, -58))


@pytest.fixture(scope="module")
def whole(tape):
    chain = Chain()
    return chain.feed(tape) + chain.flush()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="want 8000"):
        Chain(fs=44100)
    with pytest.raises(ValueError, match="want one of"):
        Chain("xx")
    with pytest.raises(ValueError, match="one dimension"):
        Chain().feed(np.zeros((10, 2), np.int16))
    with pytest.raises(ValueError, match="0 or more"):
        Chain().skip(-1)


def test_everything_is_heard_in_one_pass(whole):
    digits = "".join(e.symbol for e in whole if isinstance(e, Digit))
    assert digits == "5550123" + "0"
    tones = [e.name for e in whole if isinstance(e, Tone)]
    assert tones == ["busy", "dial_tone", "ringback", "sit_info"]
    onsets = [e.name for e in whole if isinstance(e, ToneOnset)]
    assert onsets == tones
    (caller,) = [e for e in whole if isinstance(e, CallerId)]
    assert (caller.number, caller.name) == ("5550142", "ANN EXAMPLE")
    assert any(isinstance(e, ActivityOnset) for e in whole)
    assert any(isinstance(e, Activity) for e in whole)


def test_parts_agree_with_the_chain(tape, whole):
    from dsp import activity, dtmf, progress

    for module, kind in ((dtmf, Digit), (progress, Tone), (activity, Activity)):
        alone = module.decode(tape, FS)
        assert alone == sorted(
            (e for e in whole if isinstance(e, kind)), key=lambda e: e.start
        )


@pytest.mark.parametrize("cut", [37, 80, 160, 1000])
def test_events_do_not_depend_on_cuts(cut, tape, whole):
    assert fed(Chain(), tape, cut) == whole


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 9000), min_size=1, max_size=40))
def test_digital_silence_between_sounds_does_not_matter(cuts):
    """Quiet superframes are passed over; whether they are alone depends on cuts."""
    parts = []
    for ms in (333, 777, 1234, 2101):
        parts += [silence(ms), tone([480, 620], 500, -30), silence(500)]
        parts += [tone([480, 620], 500, -30), silence(ms), digit("8", 60)]
    x = int16(np.concatenate(parts))
    chain, events, at = Chain(), [], 0
    while at < x.size:
        cut = cuts[at % len(cuts)]
        events += chain.feed(x[at : at + cut])
        at += cut
    assert events + chain.flush() == fed(Chain(), x, x.size)


def test_events_do_not_depend_on_cuts_of_one_sample(tape):
    part = tape[: 4 * FS]
    assert fed(Chain(), part, 1) == fed(Chain(), part, part.size)


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=40))
def test_events_do_not_depend_on_random_cuts(cuts, tape, whole):
    chain = Chain()
    events, at = [], 0
    for cut in cuts:
        events += chain.feed(tape[at : at + cut])
        at = min(at + cut, tape.size)
    events += chain.feed(tape[at:])
    assert events + chain.flush() == whole


def test_float_and_int16_are_heard_alike(tape, whole):
    assert fed(Chain(), tape / 32768, 8000) == whole


def test_a_gap_closes_what_is_open_and_moves_the_index():
    chain = Chain()
    chain.feed(np.concatenate([silence(300), tone([350, 440], 1500)]))
    closed = chain.skip(8000)
    (dial,) = [e for e in closed if isinstance(e, Tone)]
    assert dial.name == "dial_tone"
    assert dial.end <= 1800 * 8
    assert chain.index == 1800 * 8 + 8000
    events = chain.feed(dialled("7")) + chain.flush()
    (seven,) = [e for e in events if isinstance(e, Digit)]
    assert abs(seven.start - (1800 * 8 + 8000 + 1600)) <= 24


def test_caller_id_after_a_gap_has_its_place():
    chain = Chain()
    chain.feed(silence(1000))
    chain.skip(16000)
    burst = np.concatenate([silence(500), encode(number="5550142"), silence(1000)])
    events = chain.feed(burst) + chain.flush()
    (caller,) = [e for e in events if isinstance(e, CallerId)]
    assert 24000 + 4000 - 200 <= caller.start <= 24000 + 4000 + 4000


def test_reset_forgets_but_keeps_the_index():
    chain = Chain()
    chain.feed(np.concatenate([silence(300), tone([350, 440], 1500)]))
    chain.reset()
    assert chain.index == 1800 * 8
    assert not any(isinstance(e, Tone) for e in chain.flush())


def test_a_stream_goes_on_after_flush():
    chain = Chain()
    first = chain.feed(dialled("1")) + chain.flush()
    at = chain.index
    second = chain.feed(dialled("1")) + chain.flush()
    (a,) = [e for e in first if isinstance(e, Digit)]
    (b,) = [e for e in second if isinstance(e, Digit)]
    assert b.start - a.start == at


def test_dtmf_caller_id_is_spelt_out():
    x = np.concatenate([dialled("D5550142C", 70, 70), silence(500)])
    events = fed(Chain("dk"), x, 160)
    assert [e.number for e in events if isinstance(e, CallerId)] == ["5550142"]


def test_expected_dial_tone_is_announced_at_once():
    chain = Chain("de")
    dial = np.concatenate([tone([425], 1500), silence(1000)])
    chain.feed(np.concatenate([dial, dial[: 8 * 100]]))
    chain.feed(silence(3000))
    chain.expect_dial_tone()
    at = chain.index
    events = []
    for start in range(0, 8000, 160):
        events += chain.feed(dial[start : start + 160])
        if any(isinstance(e, ToneOnset) for e in events):
            break
    assert chain.index - at <= 0.8 * FS


@pytest.mark.parametrize("steepness", [0.7, 1.0, 1.5])
@pytest.mark.parametrize("voices", [1, 2])
def test_talk_off_music_on_hold(steepness, voices, rng):
    for decay in (0.5, 5):
        x = int16(melody(rng, 20, voices, steepness, decay))
        heard = [e for e in fed(Chain(), x, 8000) if isinstance(e, Digit | Tone)]
        assert heard == []


def test_importing_the_chain_loads_no_heavy_module():
    code = "import dsp.chain, sys; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = set(run.stdout.decode().split())
    assert not loaded & {"scipy.signal", "scipy.stats", "scipy.optimize", "soundfile"}
