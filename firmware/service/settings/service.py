"""Settings of copies elsewhere, proof, the lock and the page."""

from dataclasses import dataclass
from pathlib import Path

from firmware.service.settings.field import N_, number, setting


@dataclass(frozen=True, slots=True)
class Backup:
    target: str | None = setting(
        None,
        N_("Where to"),
        N_(
            "Where to: `disk:UUID`, `/a/mounted/share`, `sftp:user@host:/folder`, "
            "`s3:https://host/bucket`."
        ),
    )
    credentials: str | None = setting(
        None,
        N_("File of credentials"),
        N_(
            "File with `NAME=value` lines for the server, such as `AWS_ACCESS_KEY_ID`; "
            "readable by its owner alone."
        ),
        fixed="secret",
    )
    every_hours: int = number(
        *(24, 1, 168), N_("How often"), N_("A backup is due after so many hours.")
    )
    keep_days: int = number(
        *(30, 1, 31),
        N_("Old backups stay"),
        N_(
            "Older backups are forgotten; what was erased leaves with the next backup "
            "in any case."
        ),
    )
    test_days: int = number(
        *(30, 0, 366),
        N_("Way back tried every"),
        N_("A restore test is due after so many days; 0 = never."),
        zero=N_("never"),
    )


@dataclass(frozen=True, slots=True)
class Proof:
    tsa_url: str | None = setting(
        None,
        N_("Time authority"),
        N_("Address of a time authority (RFC 3161). It gets a hash and nothing else."),
        pattern=r"https?://[^\s]{3,200}",
        wanted="an address such as https://tsa.example/tsr",
        restart="recorder",
    )
    tsa_certificates: str | None = setting(
        None,
        N_("Its certificates"),
        N_(
            "PEM file with the authority's certificates; without it a timestamp is "
            "kept but cannot be checked here."
        ),
        fixed="folder",
    )
    witness_url: str | None = setting(
        None,
        N_("Second box as witness"),
        N_(
            "Address of a second box that witnesses with `linekeeper witness "
            "--listen`: `http://OTHER:8090`."
        ),
        pattern=r"https?://[^\s]{3,200}",
        wanted="an address such as http://other:8090",
        restart="recorder",
    )
    witness_key: str | None = setting(
        None,
        N_("Key of the witness"),
        N_(
            "That box's public witness key, one line, as `linekeeper witness --key` "
            "prints it there."
        ),
        restart="recorder",
    )
    witness_for: str | None = setting(
        None,
        N_("Witness for"),
        N_(
            "File with the public keys of ledgers that this box witnesses for, one a "
            "line."
        ),
        fixed="folder",
    )
    checkpoint_folder: str | None = setting(
        None,
        N_("Folder of checkpoints"),
        N_(
            "Folder into which each checkpoint is copied: a stick, a share, a folder "
            "that is mailed."
        ),
        fixed="folder",
    )
    anchor_hours: int = number(
        *(24, 1, 168),
        N_("How often"),
        N_("How often, if something is new."),
        restart="recorder",
    )


@dataclass(frozen=True, slots=True)
class Seal:
    enabled: bool = setting(
        True,
        N_("Sealed on the disk"),
        N_(
            "Audio lies sealed on the disk. `false`: new calls lie plain; sealed ones "
            "stay sealed."
        ),
        fixed="secret",
    )
    autolock_min: float = number(
        *(30.0, 0.0, 1440.0),
        N_("Locks itself after"),
        N_(
            "The page locks the recordings after so long without listening. 0: never "
            "by itself."
        ),
        zero=N_("never by itself"),
    )
    key_file: str | None = setting(
        None,
        N_("Key file"),
        N_(
            "File that unlocks by itself while it is there, as on a USB stick; made "
            "with `linekeeper key file`."
        ),
        fixed="secret",
    )

    @property
    def key_path(self) -> Path | None:
        return Path(self.key_file) if self.key_file else None


@dataclass(frozen=True, slots=True)
class Web:
    host: str = setting(
        "127.0.0.1",
        N_("Address"),
        N_("Address the page listens on. `0.0.0.0` for the whole network."),
        fixed="reach",
    )
    port: int = number(8080, 1, 65535, N_("Port"), N_("Its port."), fixed="reach")
    threads: int = number(
        *(8, 2, 64),
        N_("Pages at the same time"),
        N_("Pages served at the same time. Live streams do not use these."),
        fixed="reach",
    )
