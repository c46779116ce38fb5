"""Letting a command at sealed recordings: by itself if set up, else by asking."""

import sys

import click

from firmware.archive.seal import Keyring
from firmware.errors import Locked
from firmware.service.settings import Settings


def let_in(keyring: Keyring, settings: Settings) -> None:
    """Unlock, or raise Locked where nobody can be asked; AccessError if refused."""
    if not keyring.locked or keyring.mode == "none":
        return
    if keyring.unlock_by_itself(settings.seal.key_path):
        return
    if not sys.stdin.isatty():
        raise Locked(
            "the recordings are sealed; run this in a terminal to be asked for the "
            "passphrase"
        )
    keyring.unlock(ask("Passphrase"))


def ask(what: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it; from a pipe, one line each."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = click.prompt(what, hide_input=True, confirmation_prompt=twice)
    return answer
