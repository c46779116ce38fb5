"""`country="auto"`: whose tones are heard, learned from the tones."""

import numpy as np
import pytest
from line_tapes import FS, cadence, fed, int16, silence, tone

from dsp import progress
from dsp.chain import Chain
from dsp.tone_country import Belief, LearnedCountry, country_of, same_tones
from dsp.tone_plans import COUNTRIES, MAIN_NAMES, plan
from dsp.types import Tone
from tests.dsp.tapes.progress import pattern_wave
from tests.dsp.tapes.tape import silence as pause
from tests.dsp.tapes.tape import white


def tape_set(code, rng):
    """Every main tone of a country, one tape each."""
    for p in plan(code).patterns:
        if p.name in MAIN_NAMES:
            x = np.concatenate([pause(500), pattern_wave(p, rng), pause(5000)])
            yield p.name, x + white(rng, x.size, -60)


def test_an_unknown_country_is_refused():
    with pytest.raises(ValueError, match="want one of"):
        country_of("nowhere")
    with pytest.raises(ValueError, match="want one of"):
        progress.Decoder(FS, "")


def test_nothing_is_believed_before_anything_is_heard(voices):
    decoder = progress.Decoder(FS, "auto")
    assert decoder.country == Belief(None, 0.0)
    assert fed(decoder, voices[: 20 * FS], 8000) == []
    assert decoder.country == Belief(None, 0.0)


def test_a_country_that_was_said_is_sure():
    decoder = progress.Decoder(FS, "GB")
    assert decoder.country == Belief("gb", 1.0)
    decoder.feed(cadence([425], [0.5, 0.5], 5))
    assert decoder.country == Belief("gb", 1.0)


@pytest.mark.parametrize("code", COUNTRIES[::5])
def test_the_country_is_learned_from_its_tones(code, rng):
    decoder = progress.Decoder(FS, "auto")
    for name, x in tape_set(code, rng):
        events = decoder.feed(int16(x)) + decoder.flush()
        tones = [e.name for e in events if isinstance(e, Tone)]
        assert len(tones) == 1
        assert name in tones or {name, *tones} == {"busy", "congestion"}
    belief = decoder.country
    assert same_tones(belief.country, code)
    assert belief.score > 0.15


def test_one_dial_tone_leaves_many_countries_and_another_tone_fewer(rng):
    decoder = progress.Decoder(FS, "auto")
    fed(decoder, np.concatenate([silence(500), tone([425], 3000), silence(1000)]), 8000)
    first = decoder.country
    assert first.score < 0.5
    fed(decoder, cadence([425], [1.2, 4.7], 3), 8000)
    second = decoder.country
    assert second.country == "is"
    assert second.score > first.score


def test_names_follow_the_country():
    """425 Hz of .25 s is busy in Mexico, congestion in most countries."""
    quick = cadence([425], [0.25, 0.25], 8)
    decoder = progress.Decoder(FS, "auto")
    assert [e.name for e in fed(decoder, quick, 8000) if isinstance(e, Tone)] == [
        "congestion"
    ]
    swede = progress.Decoder(FS, "auto")
    for seconds in ((1, 5), (0.25, 0.75), (1, 5), (0.25, 0.75)):
        fed(swede, cadence([425], seconds, 5), 8000)
    assert swede.country.country == "se"
    assert [e.name for e in fed(swede, quick, 8000) if isinstance(e, Tone)] == ["busy"]


def test_what_was_learned_outlasts_a_flush(rng):
    decoder = progress.Decoder(FS, "auto")
    for _, x in tape_set("us", rng):
        fed(decoder, int16(x), 8000)
    before = decoder.country
    assert before.country in ("us", "ca")
    decoder.flush()
    assert decoder.country == before


def test_the_chain_learns_and_a_gap_does_not_make_it_forget(rng):
    chain = Chain("auto")
    assert chain.country == Belief(None, 0.0)
    for _, x in tape_set("gb", rng):
        chain.feed(int16(x))
        chain.skip(80000)
    chain.reset()
    assert chain.country.country == "gb"
    assert chain.country.score > 0.9


def test_what_no_country_has_teaches_nothing():
    country = LearnedCountry()
    decoder = progress.Decoder(FS, "auto")
    fed(decoder, cadence([1100], [0.5, 3.0], 3), 8000)
    assert decoder.country == country.belief


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_learning_does_not_depend_on_cuts(cut):
    x = int16(
        np.concatenate([cadence([440], [0.5, 0.5], 2)[: 3 * FS], tone([440], 900)])
    )
    one, other = progress.Decoder(FS, "auto"), progress.Decoder(FS, "auto")
    assert fed(one, x, cut) == fed(other, x, x.size)
    assert one.country == other.country
