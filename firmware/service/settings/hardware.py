"""Settings of what the box is, hangs on, and listens with."""

from dataclasses import dataclass
from typing import Any, Literal

from firmware.service.settings.field import N_, number, setting

#: The words of a debouncing time, the same for every pin.
_BOUNCE = N_("Changes shorter than this are contact bounce.")
_BOUNCE_LABEL = N_("Bounce")
_LEVEL_LABEL = N_("Active level")


def _pin(label: str, help: str) -> Any:
    return setting(None, label, help, fixed="wiring")


def _level(help: str) -> Any:
    return setting("low", _LEVEL_LABEL, help, fixed="wiring")


def _bounce(default: int, high: int, help: str = _BOUNCE) -> Any:
    return number(default, 0, high, _BOUNCE_LABEL, help, fixed="wiring")


@dataclass(frozen=True, slots=True)
class Box:
    name: str = setting(
        "Linekeeper",
        N_("Name of the box"),
        N_("What the page and the notices call this box."),
        pattern=r".{1,60}",
        wanted=N_("a name of 1 to 60 characters"),
    )
    state_dir: str = setting(
        "/var/lib/linekeeper",
        N_("Folder of the recordings"),
        N_("Recordings, catalogue and users. `--state` moves it."),
        fixed="folder",
    )
    runtime_dir: str = setting(
        "/run/linekeeper",
        N_("Folder of the live state"),
        N_(
            "Live status and control socket; should be in RAM. `--state` moves it to "
            "`run/` inside the state folder."
        ),
        fixed="folder",
    )


@dataclass(frozen=True, slots=True)
class LineSettings:
    id: str = setting(
        "1",
        N_("Name of the line"),
        N_("Name of the line, stored with each call."),
        fixed="wiring",
    )
    source: str = setting(
        "alsa:default",
        N_("Where the line comes from"),
        N_(
            "`alsa:DEVICE` (card and pins; prefer `alsa:hw:CARD=NAME`, which stays the "
            "same card when others come and go), `wav:FILE` (a recorded line), "
            "`sim:SCENARIO` (the simulator)."
        ),
        fixed="wiring",
    )
    country: str = setting(
        "us",
        N_("Country of the line"),
        N_("Tone plan, ring cadence and number format: two letters, ISO 3166."),
        pattern=r"[a-z]{2}",
        wanted=N_("two small letters such as us"),
        restart="recorder",
    )


@dataclass(frozen=True, slots=True)
class Alsa:
    rate_hz: Literal[8000, 16000, 44100, 48000] = setting(
        48000,
        N_("Rate"),
        N_(
            "The codec's own rate: 8000, 16000, 44100 or 48000. A card that refuses it "
            "is opened at its nearest rate."
        ),
        fixed="wiring",
    )
    channels: Literal[1, 2] = setting(
        1,
        N_("Channels"),
        N_("How many channels the card is opened with."),
        fixed="wiring",
    )
    channel: int = number(
        *(0, 0, 1),
        N_("Channel of the line"),
        N_("Which of them carries the line."),
        fixed="wiring",
    )
    period_ms: int = number(
        *(20, 5, 100), N_("Period"), N_("Length of one read."), fixed="wiring"
    )
    buffer_ms: int = number(
        *(500, 40, 5000),
        N_("Buffer"),
        N_("The card's buffer. Longer survives longer stalls of the machine."),
        fixed="wiring",
    )
    queue_s: float = number(
        *(20.0, 1.0, 120.0),
        N_("Queue"),
        N_("Queue between the card and the recorder: how long the disk may stall."),
        fixed="wiring",
    )
    silent_after_s: float = number(
        *(1.0, 0.2, 60.0),
        N_("Silent after"),
        N_("A card that delivers nothing for this long is reported and opened again."),
        fixed="wiring",
    )
    retry_s: float = number(
        *(1.0, 0.1, 60.0),
        N_("Try again after"),
        N_("Pause between attempts to open a missing card."),
        fixed="wiring",
    )
    playback_device: str | None = setting(
        None,
        N_("Card that speaks"),
        N_(
            "Card that speaks on the line, where `[consent] can_inject` is true. Not "
            "set: the one that listens."
        ),
        fixed="wiring",
    )
    playback_gain_db: float = number(
        *(0.0, -40.0, 40.0),
        N_("Gain to the line"),
        N_(
            "How much louder the line hears a sound than the card was given it; sounds "
            "are played so much quieter."
        ),
        fixed="wiring",
    )
    mixer: Literal["auto", "off"] = setting(
        "auto",
        N_("Mixer of the card"),
        N_(
            "`auto` sets the mixer of a card that is known (CM108-class USB dongles, "
            "PCM186x boards) when it is opened: gain, no automatic gain, no "
            "monitoring. `off` leaves it as it is."
        ),
        fixed="wiring",
    )


@dataclass(frozen=True, slots=True)
class Gpio:
    board: Literal["none", "R1"] = setting(
        "none",
        N_("Line interface"),
        N_(
            "`R1` for the line interface of hardware/README.md: all its pins at once. "
            "A pin named below goes before the board's."
        ),
        fixed="wiring",
    )
    hook_pin: str | None = _pin(N_("Hook pin"), N_("Input: handset lifted."))
    hook_active: Literal["low", "high"] = _level(
        N_("Level of the pin when the handset is off-hook.")
    )
    hook_debounce_ms: int = _bounce(
        5,
        100,
        N_(
            "Changes shorter than this are contact bounce. Dial pulses are 33 ms and "
            "longer."
        ),
    )
    ring_pin: str | None = _pin(
        N_("Ring pin"),
        N_(
            "Input: ringing current. An optocoupler that follows each half-wave and "
            "one with an envelope both work."
        ),
    )
    ring_active: Literal["low", "high"] = _level(
        N_("Level of the pin while ringing current flows.")
    )
    ring_debounce_ms: int = _bounce(
        0, 100, N_("Keep 0 for an input that follows the half-waves.")
    )
    line_pin: str | None = _pin(N_("Voltage pin"), N_("Input: line voltage present."))
    line_active: Literal["low", "high"] = _level(
        N_("Level of the pin while the line has voltage.")
    )
    line_debounce_ms: int = _bounce(
        50, 1000, N_("Shorter interruptions are not reported.")
    )
    polarity_pin: str | None = _pin(
        N_("Polarity pin"),
        N_("Input: line polarity reversed (answer signal on some lines)."),
    )
    polarity_active: Literal["low", "high"] = _level(
        N_("Level of the pin while polarity is reversed.")
    )
    polarity_debounce_ms: int = _bounce(5, 100)
    button_pin: str | None = _pin(
        N_("Button pin"),
        N_("Push-button from the pin to ground: start or stop recording by hand."),
    )
    button_debounce_ms: int = _bounce(30, 500)
    led_pin: str | None = _pin(
        N_("Lamp pin"),
        N_(
            "Output: steady when ready, slow blinking while recording, a short flash "
            "every two seconds while the line is dead, fast blinking when card or "
            "interface are at fault."
        ),
    )
    beep_pin: str | None = _pin(
        N_("Beep switch pin"),
        N_(
            "Output: connects beep and announcements to the line while high. Closed "
            "20 ms before a sound until 20 ms after it, only off-hook with voltage on "
            "the line."
        ),
    )


@dataclass(frozen=True, slots=True)
class Modem:
    device: str | None = setting(
        None,
        N_("Serial port"),
        N_("Serial port, such as `/dev/ttyUSB0`."),
        fixed="wiring",
    )
    baud: int = number(
        *(115200, 300, 921600),
        N_("Rate of the port"),
        N_("Rate of the port."),
        fixed="wiring",
    )
    format: Literal["formatted", "raw"] = setting(
        "formatted",
        N_("Messages"),
        N_("`formatted` (AT+VCID=1) or `raw` (AT+VCID=2)."),
        fixed="wiring",
    )
    retry_s: float = number(
        *(5.0, 0.1, 300.0),
        N_("Try again after"),
        N_("Pause between attempts to open a missing modem."),
        fixed="wiring",
    )


@dataclass(frozen=True, slots=True)
class Recorder:
    trigger: Literal["hook", "activity", "manual"] = setting(
        "hook",
        N_("What starts a recording"),
        N_(
            "`hook` (lifted handset), `activity` (sound on the line), `manual` (button "
            "or page)."
        ),
        words={
            "hook": N_("the handset is lifted"),
            "activity": N_("sound on the line"),
            "manual": N_("the button or the page"),
        },
        restart="recorder",
    )
    preroll_s: float = number(
        *(5.0, 0.0, 30.0),
        N_("Kept from before"),
        N_(
            "Audio kept from before the trigger. It waits in RAM and reaches the disk "
            "only if the call may be kept."
        ),
        restart="recorder",
    )
    min_duration_s: float = number(
        *(0.0, 0.0, 60.0),
        N_("Shortest call with sound"),
        N_("Shorter calls keep their row and lose their audio."),
        restart="recorder",
    )
    hangover_s: float = number(
        *(8.0, 1.0, 120.0),
        N_("Silence that ends a call"),
        N_("With `activity`: silence that ends a call."),
        restart="recorder",
    )
    release_ms: int = number(
        *(900, 200, 3000),
        N_("Hung up after"),
        N_("On-hook for longer is a hang-up; shorter is a hook flash."),
        restart="recorder",
    )
    ring_timeout_s: float = number(
        *(7.0, 2.0, 20.0),
        N_("Missed after the last ring"),
        N_(
            "Silence after the last ring that ends an unanswered call. Must exceed the "
            "pause between rings."
        ),
        restart="recorder",
    )
    fax: Literal["keep", "skip"] = setting(
        "keep",
        N_("Calls of fax machines"),
        N_(
            "`keep` or `skip` the sound of a call in which a fax machine is heard; its "
            "row stays."
        ),
        words={"keep": N_("sound kept"), "skip": N_("sound not kept")},
        restart="recorder",
    )
    card_guard: Literal["master", "copies", "off"] = setting(
        "master",
        N_("Card numbers that are pressed"),
        N_(
            "Card numbers pressed within a call are silenced: `master` (never stored, "
            "as PCI DSS wants it), `copies` (in all that is heard or handed out), "
            "`off`."
        ),
        words={
            "master": N_("never stored"),
            "copies": N_("silenced in every copy"),
            "off": N_("kept"),
        },
        restart="recorder",
    )
    sync_s: float = number(
        *(1.25, 0.2, 10.0),
        N_("Audio onto the card every"),
        N_(
            "How often audio is forced onto the card, to the nearest page of 0.255 s. "
            "A power cut takes at most this, one page and the time of one sync."
        ),
        restart="recorder",
    )
