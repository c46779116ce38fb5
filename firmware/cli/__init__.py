"""The commands of `linekeeper`, one module per room they speak for."""

import importlib
import sys
from typing import Any

import click

from firmware import __version__
from firmware.errors import ConfigError, LinekeeperError, SourceError

#: Exit status for what the user can mend in the command or a file; click uses it too.
BAD_USE = 2

#: command: the module that defines it under the same name
MODULES = {
    "record": "firmware.cli.line",
    "idle": "firmware.cli.line",
    "replay": "firmware.cli.line",
    "simulate": "firmware.cli.line",
    "decode": "firmware.cli.decode",
    "learn": "firmware.cli.learn",
    "consent": "firmware.cli.consent",
    "notice": "firmware.cli.notice",
    "calls": "firmware.cli.calls",
    "reindex": "firmware.cli.calls",
    "key": "firmware.cli.key",
    "sweep": "firmware.cli.keeping",
    "subject": "firmware.cli.subject",
    "backup": "firmware.cli.backup",
    "restore": "firmware.cli.backup",
    "disk": "firmware.cli.disk",
    "coverage": "firmware.cli.watch",
    "alerts": "firmware.cli.watch",
    "verify": "firmware.cli.proof",
    "anchor": "firmware.cli.proof",
    "witness": "firmware.cli.proof",
    "web": "firmware.cli.box",
    "certificate": "firmware.cli.box",
    "user": "firmware.cli.user",
    "check": "firmware.cli.box",
    "support": "firmware.cli.box",
    "settings": "firmware.cli.settings",
}


class Commands(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        # Commands stay light: `settings` must not load scipy, nor `record` Flask.
        module = importlib.import_module(MODULES[cmd_name])
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LinekeeperError as error:
            for line in str(error).splitlines():
                click.echo(line, err=True)
            sys.exit(BAD_USE if isinstance(error, ConfigError | SourceError) else 1)


@click.command(cls=Commands)
@click.version_option(__version__)
def linekeeper() -> None:
    """Record the calls on an analog telephone line, lawfully and provably."""
