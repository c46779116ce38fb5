"""Settings of copies elsewhere, proof, the lock and the page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
        wanted=N_("an address such as https://tsa.example/tsr"),
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
        wanted=N_("an address such as http://other:8090"),
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
    port: int = number(
        *(8080, 1, 65535),
        N_("Port"),
        N_(
            "Its port, for HTTPS and for those who come without: these are sent on, or "
            "shown how to trust the box."
        ),
        fixed="reach",
    )
    http_port: int = number(
        *(0, 0, 65535),
        N_("Port that sends on"),
        N_(
            "One port more that only sends on to `port`: `80` where `port` is `443`. "
            "0: none."
        ),
        fixed="reach",
        zero=N_("none"),
    )
    threads: int = number(
        *(8, 2, 64),
        N_("Pages at the same time"),
        N_("Pages served at the same time. Live streams do not use these."),
        fixed="reach",
    )
    https: Literal["auto", "on", "off"] = setting(
        "auto",
        N_("HTTPS"),
        N_(
            "`auto`: HTTPS, unless the page can be opened on the box alone (`host` is "
            "its own address). `on`, `off`: always, never."
        ),
        words={"auto": N_("on the network"), "on": N_("always"), "off": N_("never")},
        fixed="reach",
    )
    names: str = setting(
        "",
        N_("More names"),
        N_(
            "More names and addresses of the box, with commas between: "
            "`box.example.org`. Requests for a name it does not know are refused."
        ),
        pattern=r"[A-Za-z0-9.:, -]*",
        wanted=N_("names and addresses with commas between, such as box.example.org"),
        fixed="reach",
    )
    certificate: str | None = setting(
        None,
        N_("Certificate of your own"),
        N_(
            "A PEM file with private key and certificates of your own, instead of "
            "those the box makes. It is read again when it changes."
        ),
        fixed="secret",
    )
    idle_min: float = number(
        *(30.0, 1.0, 720.0),
        N_("Log out when idle"),
        N_(
            "Whoever does nothing for so long is logged out. A tablet on a counter may "
            "need more."
        ),
    )
    session_h: float = number(
        *(12.0, 0.5, 24.0),
        N_("Log in again after"),
        N_("Whoever logged in has to do so again after this time."),
    )
    second_factor: Literal["optional", "managers", "everybody"] = setting(
        "optional",
        N_("Second factor"),
        N_(
            "Who needs a passkey or a code of an app besides the password: nobody has "
            "to, owner and managers, or everybody."
        ),
        words={
            "optional": N_("whoever wants one"),
            "managers": N_("owner and managers"),
            "everybody": N_("everybody"),
        },
    )
    ask_reason: bool = setting(
        False,
        N_("Ask why somebody listens"),
        N_(
            "Whoever plays a recording says why first. The log keeps the reason beside "
            "their name; programs that give none are refused."
        ),
    )
    security_contact: str = setting(
        "mailto:security@example.org",
        N_("Where holes are told"),
        N_(
            "Where `/.well-known/security.txt` sends those who found a hole: "
            "`mailto:…` or `https://…`."
        ),
        pattern=r"(mailto:|https://)[!-~]{3,200}",
        wanted=N_("mailto:… or https://…"),
        fixed="reach",
    )

    @property
    def secure(self) -> bool:
        """Whether pages are served by HTTPS only."""
        if self.https == "auto":
            local = self.host in ("127.0.0.1", "::1", "localhost")
            return self.certificate is not None or not local
        return self.https == "on"
