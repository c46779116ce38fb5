"""From the settings to a repository that is ready to be used."""

import os
from collections.abc import Mapping
from pathlib import Path

from firmware.archive import disk, disks
from firmware.archive.backup import keys
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.archive.backup.target import Target, parse
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings

#: What the page was told of a server, beside the other keys of the box.
CREDENTIALS = Path("keys") / "backup.env"
#: Others may not read a file of credentials.
_OTHERS = 0o077


def repository(settings: Settings) -> Restic:
    """Return the repository of the settings, with the box's own password."""
    target = parse(settings.backup.target)
    password = keys.password_file(settings.state_dir)
    return Restic(
        target,
        password,
        credentials(credentials_file(settings)),
        settings.state_dir / states.FOLDER / "cache",
        disks.identity_of(settings.state_dir),
    )


def credentials_file(settings: Settings) -> str | None:
    """Return the file with credentials: the settings', or what the page has kept."""
    own = settings.state_dir / CREDENTIALS
    return settings.backup.credentials or (str(own) if own.exists() else None)


def keep_credentials(state_dir: Path, values: Mapping[str, str]) -> None:
    """Keep the credentials of a server where only the box reads them."""
    path = state_dir / CREDENTIALS
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    with disk.plainly(f"{path}: the credentials cannot be kept"):
        if disk.make_folder(path.parent):
            os.chmod(path.parent, 0o700)
        disk.replace_file(path, lines.encode(), 0o600)
        disk.sync_folder(path.parent)


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


def prepare(settings: Settings) -> tuple[str, bool]:
    """Try a target: return its password, and whether the repository is a new one.

    A repository of this box that is there already is taken up again; StoreError or
    ConfigError says why a target cannot be used.
    """
    target = parse(settings.backup.target)
    if target.is_local:
        _must_be_there(target)
    password = keys.make_password(settings.state_dir)
    opened = repository(settings)
    new = not opened.exists()
    if new:
        opened.create()
    if target.is_local:
        leave_password(settings, password)
    return password, new


def _must_be_there(target: Target) -> None:
    """Raise StoreError unless the disk is attached or the folder is there."""
    folder = target.folder()
    if target.text.startswith("/") and not folder.is_dir():
        raise StoreError(f"backup {target}: this folder is not there; is it mounted?")
    with disk.plainly(f"backup {target}: cannot be written"):
        folder.mkdir(exist_ok=True)


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
