"""Every streaming detector hears the same however the samples were cut, for hours."""

import gc
import tracemalloc

import numpy as np
import pytest
from line_tapes import FS, cadence, dialled, fed, int16, melody, noise, silence, tone

from dsp import activity, alert_tone, answering, dtmf, progress, ring
from dsp.caller_id import encode
from dsp.chain import Chain
from tests.dsp.tapes.fax import answer, v21_flags

CUTS = (1, 37, 80, 160)
STREAMS = {
    "activity": activity.Decoder,
    "alert_tone": alert_tone.Decoder,
    "answering": answering.Decoder,
    "dtmf": dtmf.Decoder,
    "progress": progress.Decoder,
    "progress auto": lambda: progress.Decoder(FS, "auto"),
    "ring": ring.Decoder,
    "chain": Chain,
    "chain auto": lambda: Chain("auto"),
}


@pytest.fixture(scope="module")
def tape(voices):
    """Ringing, caller ID, dial tone in hum, digits, talk and a beep, busy, fax."""
    rng = np.random.default_rng(7)
    hum = np.sin(2 * np.pi * 150 / FS * np.arange(FS))
    parts = [tone([25], 600, -15), silence(300), encode(number="5550142")]
    parts += [silence(400), tone([350, 440], 1000) + 0.1 * hum, dialled("50#", 60, 60)]
    parts += [voices[: 3 * FS], tone([1000], 300), silence(700)]
    parts += [cadence([480, 620], [0.25, 0.25], 3)[: 2 * FS]]
    parts += [tone([950], 330), tone([1400], 330), tone([1800], 330), silence(500)]
    parts += [answer(2100, 2.6, -20), silence(75), v21_flags(0.9, -20), silence(300)]
    return int16(noise(np.concatenate(parts), rng, -60))


@pytest.fixture(scope="module")
def whole(tape):
    return {name: fed(make(), tape, tape.size) for name, make in STREAMS.items()}


def test_each_has_something_to_hear(whole):
    kinds = {getattr(e, "name", type(e).__name__) for e in whole["chain"]}
    wanted = {"dial_tone", "sit_info", "fax_ced", "fax_v21", "answering_beep", "Digit"}
    assert wanted <= kinds
    assert len(whole["ring"]) == 1


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", STREAMS)
def test_events_do_not_depend_on_cuts(name, cut, tape, whole):
    part = tape if cut > 1 else tape[: 5 * FS]
    events = fed(STREAMS[name](), part, cut)
    assert events == (whole[name] if cut > 1 else fed(STREAMS[name](), part, part.size))


def test_memory_does_not_grow(voices):
    """Talk, tones and music for minutes: what is kept of the past is bounded."""
    rng = np.random.default_rng(3)
    music = melody(rng, 4, 2, 1.0, 2.0)
    busy = cadence([480, 620], [0.5, 0.5], 4)
    dial = np.concatenate([tone([425], 4000), silence(800)])
    x = int16(np.concatenate([voices[: 6 * FS], busy, music, dial]))
    chain, bell = Chain("auto"), ring.Decoder()

    def hours(rounds):
        for _ in range(rounds):
            for at in range(0, x.size, 4000):
                chain.feed(x[at : at + 4000])
                bell.feed(x[at : at + 4000])

    hours(1)
    gc.collect()
    tracemalloc.start()
    hours(1)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    hours(3)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 100_000
