"""Call progress of every country, special information tones, fax, false alarms."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dsp import answering, progress, ring
from dsp.tone_country import same_tones
from dsp.tone_plans import COUNTRIES
from tests.bench.hearing import talk
from tests.bench.hearing.hearers import OURS, front_end, measured, shares
from tests.bench.hearing.row import HeardRow
from tests.bench.peers import spandsp, spandsp_tones
from tests.dsp.tapes import fax, signals
from tests.dsp.tapes import progress as tapes
from tests.dsp.tapes.tape import Tape

Samples = NDArray[np.int16]
#: Hears a recording in a country and names the tones in it.
Listener = Callable[[Samples, str], list[str]]

#: What SpanDSP calls every special information tone.
SIT = "sit"


def rows() -> Iterator[HeardRow]:
    def accept() -> Iterator[Tape]:
        yield from tapes.accept()
        yield from tapes.special()
        yield from tapes.sit()
        yield from tapes.realistic()

    good, bad = shares(everyone(), accept(), _hear, right, misnamed)
    name = f"call progress must-accept, {len(COUNTRIES)} countries"
    yield HeardRow(name, good[0], "%", at_least=98.0, peers=good[1])
    name = "call progress with a wrong name first"
    yield HeardRow(name, bad[0], "%", at_most=1.0, peers=bad[1])
    yield _share("call progress on realistic lines", tapes.realistic(), 98.0)
    yield _share("call progress in hum up to 10 dB over", tapes.in_hum(), 98.0)
    good, bad = shares(everyone(), tapes.realistic(begun=True), _hear, right, misnamed)
    name = "call progress begun before the tape"
    yield HeardRow(name, good[0], "%", at_least=98.0, peers=good[1])
    name = "call progress begun, with a wrong name first"
    yield HeardRow(name, bad[0], "%", at_most=1.0, peers=bad[1])
    yield _share("special information tones", tapes.sit(), 98.0)
    for snr_db, want in ((20, 95.0), (10, 85.0)):
        name = f"call progress at {snr_db} dB SNR"
        yield _share(name, tapes.noisy(snr_db), want)
    ours, peers = measured(everyone(), worst_false_alarms)
    name = f"false tones per hour, worst country, {talk.minutes(_talk()):.0f} min"
    yield HeardRow(name, ours, "tones", at_most=0.5, peers=peers)
    name = "false tones per hour, country unknown"
    yield HeardRow(name, false_alarms(anywhere, "auto"), "tones", at_most=0.5)
    name = f"country learned from its main tones, of {len(COUNTRIES)}"
    yield HeardRow(name, 100 * learned(), "%", at_least=98.0)
    ((ours, peers),) = shares(of_fax(), fax.tapes(), _hear, right)
    name = "fax and modem tones must-accept"
    yield HeardRow(name, ours, "%", at_least=99.0, peers=peers)
    yield from other_signals()


def other_signals() -> Iterator[HeardRow]:
    """Yield what no peer hears: modem data, answering machines, ringing."""
    for name, some, hear in (
        ("modem data heard", signals.modems(), ours),
        ("beeps of answering machines heard", signals.beeps(), beeps),
        ("ringing heard in the audio", signals.rings(), rings),
    ):
        ((figure, _),) = shares({OURS: hear}, some, _hear, right)
        yield HeardRow(name, figure, "%", at_least=98.0)
    talk_s = _talk()
    for name, listener in (("beeps", beeps), ("rings", rings)):
        count = sum(len(listener(x, "us")) for x in talk_s)
        per_hour = 60 * count / talk.minutes(talk_s)
        yield HeardRow(f"false {name} per hour of talk", per_hour, name, at_most=0.5)


def beeps(x: Samples, country: str) -> list[str]:
    """Return a name for each beep of an answering machine."""
    return [tone.name for tone in answering.decode(x, 8000, country)]


def rings(x: Samples, country: str) -> list[str]:
    """Return a name for each burst of ringing."""
    return ["ring" for _ in ring.decode(x, 8000)]


def learned() -> float:
    """Return the share of countries believed after one tape of each main tone."""
    good = 0
    for country in COUNTRIES:
        decoder = progress.Decoder(country="auto")
        for tape in tapes.main_tones(country):
            decoder.feed(tape.samples())
            decoder.flush()
        belief = decoder.country.country
        good += belief is not None and same_tones(belief, country)
    return good / len(COUNTRIES)


def everyone() -> dict[str, Listener | None]:
    """Return everyone who listens to call progress, told the same plans."""
    there = spandsp.library() is not None
    return {
        OURS: ours,
        "SpanDSP": spandsp_tones.progress if there else None,
        "SpanDSP+": _behind_front_end if there else None,
    }


def of_fax() -> dict[str, Listener | None]:
    """Return everyone who listens to fax tones."""
    there = spandsp.library() is not None
    return {
        OURS: ours,
        "SpanDSP": _fax_by_spandsp if there else None,
        "SpanDSP+": _fax_behind_front_end if there else None,
    }


def anywhere(x: Samples, country: str) -> list[str]:
    """Return the tones heard by who has not been told where it is."""
    return [tone.name for tone in progress.decode(x, 8000, "auto")]


def ours(x: Samples, country: str) -> list[str]:
    """Return the names of the tones that Linekeeper hears."""
    return [tone.name for tone in progress.decode(x, 8000, country)]


def _behind_front_end(x: Samples, country: str) -> list[str]:
    return spandsp_tones.progress(front_end(x), country)


def _fax_by_spandsp(x: Samples, country: str) -> list[str]:
    return spandsp_tones.modem_tones(x)


def _fax_behind_front_end(x: Samples, country: str) -> list[str]:
    return spandsp_tones.modem_tones(front_end(x))


def _hear(hear: Listener, tape: Tape, x: Samples) -> list[str]:
    return hear(x, tape.truth.country)


def right(tape: Tape, heard: list[str]) -> bool:
    """Tell whether a tape's tone is among the names heard."""
    return any(_wanted(tape, name) for name in heard)


def misnamed(tape: Tape, heard: list[str]) -> bool:
    """Tell whether the first name heard is a wrong one."""
    return bool(heard) and not _wanted(tape, heard[0])


def _wanted(tape: Tape, name: str) -> bool:
    names = tape.truth.names
    return name in names or (name == SIT and any(n.startswith(SIT) for n in names))


def _share(name: str, some: Iterator[Tape], want: float | None = None) -> HeardRow:
    ((ours, peers),) = shares(everyone(), some, _hear, right)
    return HeardRow(name, ours, "%", at_least=want, peers=peers)


def _talk() -> tuple[Samples, ...]:
    """Return half of the talk: every talker and every language."""
    return talk.speech()[::2]


def false_alarms(hear: Listener, country: str) -> float:
    """Return how many tones an hour are heard in talk."""
    count = sum(len(hear(x, country)) for x in _talk())
    return 60 * count / talk.minutes(_talk())


#: Countries whose plans are unlike each other: steady, cadenced, modulated, two lines,
#: one line of 400, 425, 440 and 450 Hz.
UNLIKE = ("us", "gb", "de", "fr", "au", "jp", "it", "in", "ro")


def worst_false_alarms(hear: Listener) -> float:
    """Return the false tones an hour of the worst among unlike countries."""
    return max(false_alarms(hear, country) for country in UNLIKE)
