"""Call progress of every country, special information tones, fax, false alarms."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dsp import progress
from dsp.tone_plans import COUNTRIES
from tests.bench.hearing import talk
from tests.bench.hearing.hearers import OURS, front_end, measured
from tests.bench.hearing.row import HeardRow
from tests.bench.peers import spandsp, spandsp_tones
from tests.dsp.tapes import fax
from tests.dsp.tapes import progress as tapes
from tests.dsp.tapes.tape import Tape

Samples = NDArray[np.int16]
#: Hears a recording in a country and names the tones in it.
Listener = Callable[[Samples, str], list[str]]

#: What SpanDSP calls every special information tone.
SIT = "sit"


def rows() -> Iterator[HeardRow]:
    accept = [*tapes.accept(), *tapes.special(), *tapes.sit(), *tapes.realistic()]
    name = f"call progress must-accept, {len(COUNTRIES)} countries"
    yield _share(name, accept, 98.0)
    ours, peers = measured(everyone(), lambda hear: misnamed(accept, hear))
    name = "call progress wrong at first"
    yield HeardRow(name, ours, "%", at_most=1.0, peers=peers)
    yield _share("call progress on realistic lines", list(tapes.realistic()), 98.0)
    yield _share("call progress in hum up to 10 dB over", list(tapes.in_hum()), 98.0)
    begun = list(tapes.realistic(begun=True))
    yield _share("call progress begun before the tape", begun, None)
    yield _share("special information tones", list(tapes.sit()), 98.0)
    for snr_db, want in ((20, 95.0), (10, 85.0)):
        noisy = list(tapes.noisy(snr_db))
        yield _share(f"call progress at {snr_db} dB SNR", noisy, want)
    ours, peers = measured(everyone(), worst_false_alarms)
    name = f"false tones per hour, worst country, {talk.minutes(talk.speech()):.0f} min"
    yield HeardRow(name, ours, "tones", at_most=0.5, peers=peers)
    faxes = list(fax.tapes())
    ours, peers = measured(of_fax(), lambda hear: heard_rightly(faxes, hear))
    yield HeardRow(
        "fax and modem tones must-accept", ours, "%", at_least=99.0, peers=peers
    )


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
        "SpanDSP": (lambda x, _: spandsp_tones.modem_tones(x)) if there else None,
        "SpanDSP+": (lambda x, _: spandsp_tones.modem_tones(front_end(x)))
        if there
        else None,
    }


def ours(x: Samples, country: str) -> list[str]:
    """Return the names of the tones that Linekeeper hears."""
    return [tone.name for tone in progress.decode(x, 8000, country)]


def _behind_front_end(x: Samples, country: str) -> list[str]:
    return spandsp_tones.progress(front_end(x), country)


def right(tape: Tape, heard: Sequence[str]) -> bool:
    """Tell whether a tape's tone is among the names heard."""
    wanted = tape.truth.names
    if SIT in heard and any(name.startswith(SIT) for name in wanted):
        return True
    return any(name in wanted for name in heard)


def misnamed(tapes: Sequence[Tape], hear: Listener) -> float:
    """Return the share of tapes with a wrong name in their first place, in per cent."""
    wrong = 0
    for tape in tapes:
        heard = hear(tape.samples(), tape.truth.country)
        wrong += bool(heard) and not right(tape, heard[:1])
    return 100 * wrong / len(tapes)


def heard_rightly(tapes: Sequence[Tape], hear: Listener) -> float:
    """Return the share of tapes whose tone is heard, in per cent."""
    good = sum(right(t, hear(t.samples(), t.truth.country)) for t in tapes)
    return 100 * good / len(tapes)


def _share(name: str, tapes: Sequence[Tape], want: float | None) -> HeardRow:
    ours, peers = measured(everyone(), lambda hear: heard_rightly(tapes, hear))
    return HeardRow(name, ours, "%", at_least=want, peers=peers)


def false_alarms(hear: Listener, country: str) -> float:
    """Return how many tones an hour are heard in talk."""
    recordings = talk.speech()
    count = sum(len(hear(x, country)) for x in recordings)
    return 60 * count / talk.minutes(recordings)


#: Countries whose plans are unlike each other: steady, cadenced, modulated, two lines,
#: one line of 400, 425, 440 and 450 Hz.
UNLIKE = ("us", "gb", "de", "fr", "au", "jp", "it", "se", "in", "cn", "ro", "es", "nz")


def worst_false_alarms(hear: Listener) -> float:
    """Return the false tones an hour of the worst among unlike countries."""
    return max(false_alarms(hear, country) for country in UNLIKE)
