"""Commands on the keys: key init, status, passphrase, recover, unlock-test and more."""

import os
import time
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.seal import Keyring
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.unlock import ask, let_in
from firmware.errors import AccessError, StoreError

_RECOVERY = """\
Recovery key, shown this once:

    {}

Write it down or print it and keep it away from the box. With it every recording from
now on can be opened without the box, and the passphrase replaced; without both nothing
can. age reads it as it is."""
_MODES = {
    "none": "no keys yet: the first recording makes them",
    "open": "OPEN: the private key lies beside the recordings; "
    "`linekeeper key init` closes them with a passphrase",
    "closed": "closed with a passphrase",
}


@click.group()
def key() -> None:
    """Whom the recordings are sealed for, and who can open them."""


def _keyring(config_path: Path | None, state_dir: Path | None) -> Keyring:
    return Keyring.of(read_settings(config_path, state_dir).state_dir)


def _unlocked(config_path: Path | None, state_dir: Path | None) -> Keyring:
    settings = read_settings(config_path, state_dir)
    keyring = Keyring.of(settings.state_dir)
    if keyring.mode != "closed":
        raise StoreError(f"keys: {_MODES[keyring.mode]}")
    keyring.unlock(ask("Passphrase"))
    return keyring


@key.command()
@data_options
def init(config_path: Path | None, state_dir: Path | None) -> None:
    """Choose the passphrase; prints the recovery key, once."""
    keyring = _keyring(config_path, state_dir)
    keyring.keystore.ensure(time.time())
    if keyring.mode == "closed":
        raise AccessError("closed", "there is a passphrase; see `key passphrase`")
    recovery = keyring.choose_passphrase(ask("New passphrase", twice=True), time.time())
    click.echo(_RECOVERY.format(recovery))


@key.command()
@data_options
@json_option
def status(config_path: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Say whether the recordings are closed, and what opens them."""
    keyring = _keyring(config_path, state_dir)
    office = keyring.keystore.office()
    recipient = office.public if office else None
    if as_json:
        echo_json(
            {"mode": keyring.mode, "ways": keyring.ways, "recipient": recipient,
             "recovery": office.recovery if office else None}
        )  # fmt: skip
        return
    click.echo(_MODES[keyring.mode])
    if office:
        click.echo(f"new calls are sealed for {recipient}")
    if keyring.ways:
        click.echo(f"opens with: {', '.join(keyring.ways)}")


@key.command()
@data_options
def passphrase(config_path: Path | None, state_dir: Path | None) -> None:
    """Change the passphrase."""
    keyring = _unlocked(config_path, state_dir)
    keyring.change_passphrase(ask("New passphrase", twice=True))
    click.echo("changed; log in and unlock anew where the page is open")


@key.command()
@data_options
def recover(config_path: Path | None, state_dir: Path | None) -> None:
    """Set a new passphrase with the recovery key or a key file's."""
    keyring = _keyring(config_path, state_dir)
    keyring.unlock_with_key(ask("Recovery key"))
    keyring.change_passphrase(ask("New passphrase", twice=True))
    click.echo("the new passphrase opens the recordings")


@key.command("unlock-test")
@data_options
def unlock_test(config_path: Path | None, state_dir: Path | None) -> None:
    """Open the newest sealed recording, and say how that went."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        let_in(archive.keyring, settings)
        for call in archive.calls.page(limit=200):
            if call.audio in ("kept", "closing") and archive.sealer.sealed(call.id):
                with archive.open_audio(call) as reader:
                    count = len(reader.read(0, 8000))
                click.echo(f"{call.id}: opens, {count} samples read")
                return
    click.echo("the keys open; there is no sealed recording yet")


@key.command("new-recovery")
@data_options
def new_recovery(config_path: Path | None, state_dir: Path | None) -> None:
    """Replace the recovery key; calls of before keep the old one until `rewrap`."""
    keyring = _unlocked(config_path, state_dir)
    click.echo(_RECOVERY.format(keyring.renew_recovery()))


@key.command()
@data_options
def renew(config_path: Path | None, state_dir: Path | None) -> None:
    """Seal the calls to come for a new key; the passphrase stays."""
    keyring = _unlocked(config_path, state_dir)
    keyring.renew_office_key(time.time())
    click.echo("new calls are sealed for a new key; `key rewrap` renews the old calls")


@key.command()
@data_options
def rewrap(config_path: Path | None, state_dir: Path | None) -> None:
    """Wrap the seals of all calls for the keys now in force; the recorder must rest."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir) as archive:
        let_in(archive.keyring, settings)
        done = sum(archive.rewrap(call_id, "shell") for call_id in archive.folder_ids())
    click.echo(f"{done} seals renewed")


@key.command("file")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@data_options
def key_file(path: Path, config_path: Path | None, state_dir: Path | None) -> None:
    """Make a key file, as on a USB stick, that unlocks while it is there."""
    keyring = _unlocked(config_path, state_dir)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    with os.fdopen(fd, "w") as file:
        file.write(keyring.add_key_file())
    click.echo(f"{path}: name it as `key_file` in [seal] of the settings")


@key.command()
@click.option("--device", default="auto", show_default=True, help="The TPM 2.0 to use.")
@data_options
def tpm(device: str, config_path: Path | None, state_dir: Path | None) -> None:
    """Let this machine's TPM unlock by itself (systemd-creds)."""
    _unlocked(config_path, state_dir).add_tpm(device)
    click.echo("the TPM of this machine unlocks; on another the passphrase is needed")


@key.command()
@click.argument("url")
@click.argument("thumbprint")
@data_options
def tang(
    url: str, thumbprint: str, config_path: Path | None, state_dir: Path | None
) -> None:
    """Let a Tang server in the office unlock (clevis); `tang-show-keys` names it."""
    _unlocked(config_path, state_dir).add_tang(url, thumbprint)
    click.echo("unlocks by itself wherever the server answers")


@key.command()
@click.argument("way", type=click.Choice(["key_file", "tpm", "tang"]))
@data_options
def remove(way: str, config_path: Path | None, state_dir: Path | None) -> None:
    """Take a way of unlocking away."""
    _unlocked(config_path, state_dir).remove_way(way)
    click.echo(f"{way}: unlocks no more")
