"""Talk of many mouths, in which there is nothing to detect."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.bench.peers import espeak
from tests.dsp.tapes import talkoff, talkoff_more
from tests.dsp.tapes.tape import at_level

Samples = NDArray[np.int16]


@cache
def speech() -> tuple[Samples, ...]:
    """Return recordings of talk only: shipped voices, and eSpeak NG if installed."""
    voices = [tape.samples() for tape in talkoff.voice_tapes()]
    return (*voices, *_languages(espeak.LANGUAGES))


def _languages(languages: tuple[str, ...]) -> Iterator[Samples]:
    if not espeak.installed():
        return
    for language in languages:
        for voice in range(len(espeak.VOICES)):
            x = at_level(espeak.speech(language, voice), -14 - 3 * voice)
            yield (np.clip(x, -1, 0.999) * 32768).astype(np.int16)


@cache
def talk_off() -> tuple[Samples, ...]:
    """Return talk in more languages, vowels, music, whistles, an office."""
    tapes = (*talkoff.adversarial_tapes(), *talkoff_more.tapes())
    more = _languages(espeak.MORE_LANGUAGES)
    return (*speech(), *more, *(tape.samples() for tape in tapes))


def minutes(recordings: tuple[Samples, ...]) -> float:
    return sum(x.size for x in recordings) / 8000 / 60
