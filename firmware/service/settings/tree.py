"""All settings: one frozen tree, a table of the file each."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from firmware.service.settings.consent import Consent
from firmware.service.settings.field import N_, About, about, titled
from firmware.service.settings.hardware import (
    Alsa,
    Box,
    Gpio,
    LineSettings,
    Modem,
    Recorder,
)
from firmware.service.settings.retention import Retention
from firmware.service.settings.service import Backup, Proof, Seal, Web


@dataclass(frozen=True, slots=True)
class Settings:
    box: Box = field(
        default_factory=Box,
        metadata=titled(
            N_("The box"), N_("What it is called and where it keeps things.")
        ),
    )
    line: LineSettings = field(
        default_factory=LineSettings,
        metadata=titled(N_("The line"), N_("The telephone line it listens to.")),
    )
    alsa: Alsa = field(
        default_factory=Alsa,
        metadata=titled(N_("Sound card"), N_("How the sound of the line comes in.")),
    )
    gpio: Gpio = field(
        default_factory=Gpio,
        metadata=titled(N_("Wires"), N_("Hook, ringing, button and lamp on the pins.")),
    )
    modem: Modem = field(
        default_factory=Modem,
        metadata=titled(
            N_("Caller-ID modem"), N_("A second ear for callers’ numbers.")
        ),
    )
    recorder: Recorder = field(
        default_factory=Recorder,
        metadata=titled(N_("Recorder"), N_("When a recording begins and ends.")),
    )
    consent: Consent = field(
        default_factory=Consent,
        metadata=titled(
            N_("Consent and notices"), N_("May it be kept, and who is told how.")
        ),
    )
    retention: Retention = field(
        default_factory=Retention,
        metadata=titled(N_("How long calls stay"), N_("What goes at night and when.")),
    )
    backup: Backup = field(
        default_factory=Backup,
        metadata=titled(
            N_("Copies elsewhere"), N_("Where to, how often, tried how often.")
        ),
    )
    proof: Proof = field(
        default_factory=Proof,
        metadata=titled(N_("Seen outside"), N_("Who outside sees the ledger.")),
    )
    seal: Seal = field(
        default_factory=Seal,
        metadata=titled(
            N_("Seal and lock"), N_("Who can hear, and when it locks itself.")
        ),
    )
    web: Web = field(
        default_factory=Web,
        metadata=titled(N_("This page"), N_("Where the page is reached.")),
    )

    @property
    def state_dir(self) -> Path:
        return Path(self.box.state_dir)

    @property
    def runtime_dir(self) -> Path:
        return Path(self.box.runtime_dir)

    @property
    def status_path(self) -> Path:
        return self.runtime_dir / "status.json"

    @property
    def socket_path(self) -> Path:
        return self.runtime_dir / "control.sock"

    def with_state(self, state_dir: Path) -> "Settings":
        """Return these settings for another state folder, runtime files inside it."""
        box = dataclasses.replace(
            self.box, state_dir=str(state_dir), runtime_dir=str(state_dir / "run")
        )
        return dataclasses.replace(self, box=box)


@dataclass(frozen=True, slots=True)
class Described:
    """One setting: where it stands, its type and default, and what is known of it."""

    table: str
    key: str
    hint: Any
    default: Any
    about: About

    @property
    def choice(self) -> str:
        """Return the name under which a page keeps what was chosen.

        Those of [consent] are older than the others and stand by themselves.
        """
        return self.key if self.table == "consent" else f"{self.table}.{self.key}"

    @property
    def chosen_on_page(self) -> bool:
        """May a person choose it on some page?"""
        return self.about.fixed in (None, "setup")


def _describe() -> Iterator[Described]:
    for table, kind in get_type_hints(Settings).items():
        hints = get_type_hints(kind)
        for key in dataclasses.fields(kind):
            yield Described(table, key.name, hints[key.name], key.default, about(key))


#: Every setting, in the order of the file.
DESCRIBED = tuple(_describe())


def sections() -> list[tuple[str, str, str]]:
    """Return each table of the file with its title and what it is about."""
    return [
        (table.name, table.metadata["title"], table.metadata["gist"])
        for table in dataclasses.fields(Settings)
    ]


def rows(settings: Settings) -> list[tuple[str, str, Any]]:
    """Return every setting as (table, key, value), in the order of the file."""
    return [
        (one.table, one.key, getattr(getattr(settings, one.table), one.key))
        for one in DESCRIBED
    ]
