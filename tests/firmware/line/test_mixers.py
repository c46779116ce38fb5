"""Mixer profiles: which card gets which, and what reaches ALSA.

The kernel's mixer cannot be had without a card; `Card` stands for alsaaudio's Mixer
with the calls and errors of pyalsaaudio 0.11.
"""

from types import SimpleNamespace

import alsaaudio
import pytest

from firmware.line import alsa_mixer
from firmware.line.alsa_mixer import tune
from firmware.line.mixers import PROFILES, profile_for

#: Card's short and long name as the kernel gives them, and the profile's.
CARDS = (
    ("Device", "C-Media Electronics Inc. USB PnP Sound Device", "CM108-class"),
    ("Device_1", "C-Media USB Audio Device at usb-0000:01:00.0", "CM108-class"),
    ("sndrpihifiberry", "snd_rpi_hifiberry_dacplusadcpro", "PCM186x"),
    ("sndrpihifiberry", "snd_rpi_hifiberry_adc", "PCM186x"),
)


@pytest.mark.parametrize(("short", "long", "kind"), CARDS)
def test_a_known_card_has_a_profile(short: str, long: str, kind: str) -> None:
    profile = profile_for(short, long)
    assert profile is not None
    assert profile.name.startswith(kind)


@pytest.mark.parametrize(
    "long", ["bcm2835 Headphones", "snd_rpi_hifiberry_dacplus", "HDA Intel PCH", ""]
)
def test_another_card_is_left_alone(long: str) -> None:
    assert profile_for("card", long) is None


def test_no_profile_feeds_the_line_back_nor_pumps_it() -> None:
    dongle = {(k.control, k.sets): k.value for k in PROFILES[0].knobs}
    assert dongle["Auto Gain Control", "playback"] == 0
    assert dongle["Mic", "playback"] == 0
    for profile in PROFILES:
        assert any(knob.sets == "capture_db" for knob in profile.knobs)
        assert profile.source


class Card:
    """The mixer of one card: controls by name, and what was set."""

    def __init__(self, **controls: tuple[str, ...]) -> None:
        self.controls = controls
        self.told: list[tuple[object, ...]] = []

    def open(self, control: str, cardindex: int) -> SimpleNamespace:
        if control not in self.controls:
            raise alsaaudio.ALSAAudioError(f"Unable to find mixer control {control},0")
        assert cardindex == 1

        def note(name: str):  # type: ignore[no-untyped-def]
            return lambda *args: self.told.append((control, name, *args))

        return SimpleNamespace(
            setmute=note("setmute"), setrec=note("setrec"), setenum=note("setenum"),
            setvolume=note("setvolume"),
            getenum=lambda: ("", list(self.controls[control])),
        )  # fmt: skip


def fit(monkeypatch: pytest.MonkeyPatch, card: Card, long: str) -> None:
    monkeypatch.setattr(
        alsa_mixer,
        "alsaaudio",
        SimpleNamespace(
            Mixer=card.open,
            ALSAAudioError=alsaaudio.ALSAAudioError,
            PCM_PLAYBACK=alsaaudio.PCM_PLAYBACK,
            PCM_CAPTURE=alsaaudio.PCM_CAPTURE,
            VOLUME_UNITS_DB=alsaaudio.VOLUME_UNITS_DB,
            card_name=lambda index: ("Device", long),
            card_indexes=lambda: [0, 1],
            cards=lambda: ["vc4hdmi", "Device"],
        ),
    )


@pytest.mark.parametrize("device", ["hw:CARD=Device,DEV=0", "plughw:1,0", "hw:Device"])
def test_a_dongle_is_set(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    card = Card(**{"Auto Gain Control": (), "Mic": (), "Speaker": ()})
    fit(monkeypatch, card, "C-Media USB PnP Sound Device")
    assert tune(device) == "; mixer set as a CM108-class USB dongle"
    assert card.told[:2] == [
        ("Auto Gain Control", "setmute", 1),
        ("Mic", "setmute", 1),
    ]
    decibel = alsaaudio.VOLUME_UNITS_DB
    assert ("Mic", "setrec", 1) in card.told
    assert ("Mic", "setvolume", 2000, -1, alsaaudio.PCM_CAPTURE, decibel) in card.told
    assert ("Speaker", "setmute", 0) in card.told


def test_what_a_card_does_not_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = {"ADC Left Input": ("No Select", "VINL1[SE]"), "ADC Right Input": ("x",)}
    card = Card(**choices, ADC=(), Digital=())
    fit(monkeypatch, card, "snd_rpi_hifiberry_dacplusadcpro")
    assert tune("hw:1") == (
        "; mixer set as a PCM186x board, without ADC Right Input, ADC Mic Bias, "
        "Analogue"
    )
    assert ("ADC Left Input", "setenum", 1) in card.told


def test_a_device_that_names_no_card_is_left_alone() -> None:
    assert tune("default") == ""
    assert tune("simline") == ""
