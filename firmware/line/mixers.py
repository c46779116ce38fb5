"""Mixer profiles of sound cards that go with the line interface; data, and applying it.

A dongle comes with automatic gain on and its microphone fed back to its output: the
first pumps the noise of a call, the second sends the line back to itself while the beep
switch is closed.  Gains are where 0 dBm on the line, 48 mV at MIC_OUT, reaches about
-10 dBov: room for the near talker, who is the loudest.

Limits: names are those of the Linux drivers (snd-usb-audio, pcm186x and HiFiBerry's
cards); a control that a card does not have is told and passed over.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

#: What a knob of a profile sets, and the value's meaning: dB, 0/1, or a choice's name.
Sets = Literal["capture_db", "playback_db", "capture", "playback", "choice"]


@dataclass(frozen=True, slots=True)
class Knob:
    """One control and what it is set to."""

    control: str
    sets: Sets
    value: float | str


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of card: a pattern of its names, its knobs, and where they come from."""

    name: str
    cards: str
    knobs: tuple[Knob, ...]
    source: str


PROFILES = (
    Profile(
        "CM108-class USB dongle",
        r"USB PnP Sound Device|USB Audio Device|USB Advanced Audio|C-Media|CM10[0-9]",
        (
            Knob("Auto Gain Control", "playback", 0),
            Knob("Mic", "playback", 0),  # monitoring: the line back to the line
            Knob("Mic", "capture", 1),
            Knob("Mic", "capture_db", 20.0),
            Knob("Speaker", "playback", 1),
            Knob("Speaker", "playback_db", 0.0),
        ),
        "C-Media CM108AH data sheet: 1 V rms full scale, PGA and boost of 22.5 dB each",
    ),
    Profile(
        "PCM186x board",
        r"hifiberry_?dacplusadcpro|hifiberry_?adc|HiFiBerry (DAC2?\+?ADC|ADC)|pcm186",
        (
            Knob("ADC Left Input", "choice", "VINL1[SE]"),
            Knob("ADC Right Input", "choice", "VINR1[SE]"),
            Knob("ADC Mic Bias", "choice", "Mic Bias off"),
            Knob("ADC", "capture_db", 26.0),
            Knob("Digital", "playback_db", 0.0),
            Knob("Analogue", "playback_db", 0.0),
        ),
        "TI PCM186x data sheet: 2.1 V rms full scale, PGA -12 to 40 dB",
    ),
)


class Mixer(Protocol):
    """One open control of a card."""

    def set(self, sets: Sets, value: float | str) -> None:
        """Set it; LookupError if it has no such side or choice."""


def profile_for(*names: str) -> Profile | None:
    """Return the profile of a card by its short or long name, None if unknown."""
    for profile in PROFILES:
        if any(re.search(profile.cards, name, re.IGNORECASE) for name in names):
            return profile
    return None


def apply(profile: Profile, open_control: Callable[[str], Mixer]) -> Iterator[str]:
    """Set every knob; yield the controls that the card does not have."""
    for knob in profile.knobs:
        try:
            open_control(knob.control).set(knob.sets, knob.value)
        except LookupError:
            yield knob.control
