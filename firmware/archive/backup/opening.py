"""From the settings to a repository that is ready to be used."""

from pathlib import Path

from firmware.archive import disks
from firmware.archive.backup import keys
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.archive.backup.target import parse
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings

#: Others may not read a file of credentials.
_OTHERS = 0o077


def repository(settings: Settings) -> Restic:
    """Return the repository of the settings, with the box's own password."""
    target = parse(settings.backup.target)
    password = keys.password_file(settings.state_dir)
    return Restic(
        target,
        password,
        credentials(settings.backup.credentials),
        settings.state_dir / states.FOLDER / "cache",
        disks.identity_of(settings.state_dir),
    )


def credentials(name: str | None) -> dict[str, str]:
    """Read the NAME=value lines for a server; nobody else may be able to."""
    if name is None:
        return {}
    path = Path(name)
    try:
        if path.stat().st_mode & _OTHERS:
            raise ConfigError(f"{path}: others can read it; chmod 600 {path}")
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    pairs = [line.partition("=") for line in lines if line.strip() and line[0] != "#"]
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def set_up(settings: Settings) -> str:
    """Make the repository and return its password, to be written down."""
    target = parse(settings.backup.target)
    password = keys.make_password(settings.state_dir)
    opened = repository(settings)
    if opened.exists():
        raise StoreError(f"backup {target}: there is a repository already")
    opened.create()
    if target.is_local:
        leave_password(settings, password)
    return password


def leave_password(settings: Settings, password: str) -> bool:
    """Put the password beside a local repository, sealed for the recovery key."""
    sealer = keys.recovery_seal(settings.state_dir)
    if sealer is None:
        return False
    folder = parse(settings.backup.target).folder()
    path = folder / keys.SEALED_PASSWORD
    try:
        path.write_bytes(sealer(password.encode()))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return True
