"""Does the box hear its own beeps under speech, and none where there are none?

Ten hours of speech without a beep are asked for one every half second, so that every
place in them is looked at; real calls ask every 15 s.
"""

import time
from collections.abc import Iterator

import numpy as np

from dsp.beep import tone
from firmware.call.proof import SEARCH, Expected, Heard, Proof, SoundKind, judge
from firmware.line.block import FS, Block
from firmware.line.speaker import at_level
from tests.bench.row import Row
from tests.firmware.call.talk import Samples, level_of, mixed, pcm, talk, turns

BEEPS = 2000
HOURS = 10
ASKED_EVERY = FS // 2
ANNOUNCEMENTS = 200
#: Speech that sounds are hidden under, s.
UNDER_S = 1200


def rows() -> Iterator[Row]:
    speech = talk(UNDER_S, seed=21)
    level = level_of(speech)
    for plan in ("default", "fcc"):
        beep = at_level(pcm(tone(FS, plan).astype(np.float64)), level)
        rate, late_s = found("beep", [beep], speech, BEEPS)
        name = f"beeps found under speech at 0 dB, {plan}"
        yield Row(name, 100 * rate, "%", at_least=99.5, note=f"of {BEEPS}")
        yield Row(f"their place, {plan}", 1000 * late_s, "ms off", at_most=100)
    said = [at_level(talk(12, seed=30 + n), level) for n in range(10)]
    rate, _ = found("announcement", said, speech, ANNOUNCEMENTS)
    name = "announcements found under speech at 0 dB"
    yield Row(name, 100 * rate, "%", at_least=97, note=f"of {ANNOUNCEMENTS}")
    began = time.process_time()
    heard, asked = in_plain_speech(HOURS)
    seconds = time.process_time() - began
    name = f"beeps found in {HOURS} h of speech without"
    yield Row(name, heard, "beeps", at_most=0, note=f"asked for {asked} times")
    yield Row("one of these questions", 1000 * seconds / asked, "ms")
    yield Row("an announcement of 12 s judged", 1000 * judging(said[0]), "ms")


def found(
    kind: SoundKind, sounds: list[Samples], speech: Samples, count: int
) -> tuple[float, float]:
    """Return the part of the sounds that is found, and the 99th part's error, s."""
    rng = np.random.default_rng(5)
    errors: list[float] = []
    for number in range(count):
        sent = sounds[number % len(sounds)]
        at = int(rng.integers(SEARCH, len(speech) - len(sent) - SEARCH))
        late = int(rng.integers(-SEARCH, SEARCH))
        start = at - SEARCH
        window = speech[start : at + len(sent) + SEARCH]
        line = mixed(window, sent, at + late - start)
        verdict = judge(Expected(kind, at, sent), line, start)
        if isinstance(verdict, Heard):
            errors.append(abs(verdict.at - at - late) / FS)
    return len(errors) / count, float(np.percentile(errors, 99))


def in_plain_speech(hours: float) -> tuple[int, int]:
    """Return how many beeps are heard in speech that has none, and of how many."""
    proof = Proof()
    beep = at_level(pcm(tone(FS).astype(np.float64)), -25.0)
    at, asked, heard = 0, SEARCH, 0
    for samples in turns(seed=40):
        end = at + len(samples)
        while asked < end:
            proof.expect("beep", asked, beep)
            asked += ASKED_EVERY
        heard += len(proof.feed(Block(at, samples)))
        proof.missing(end)
        at = end
        if at >= hours * 3600 * FS:
            return heard, asked // ASKED_EVERY
    raise AssertionError("speech has an end")


def judging(sent: Samples) -> float:
    """Return the seconds it takes to look for one sound."""
    line = np.pad(sent, SEARCH)
    began = time.process_time()
    judge(Expected("announcement", SEARCH, sent), line, 0)
    return time.process_time() - began
