"""Options that several commands share, and what they open."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from firmware.service import settings as settings_file
from firmware.service.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


def data_options(command: F) -> F:
    """Add `--config` and `--state`, as every command that touches data has them."""
    command = click.option(
        "--state",
        "state_dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="State folder; the settings say where it is otherwise.",
    )(command)
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Settings file (TOML).",
    )(command)


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines and nothing else."
)


def read_settings(
    config_path: Path | None, state_dir: Path | None, *, demo: bool = False
) -> Settings:
    """Return the settings a command shall use.

    With `demo`, a command without `--config` uses the shipped demo settings.
    """
    if demo and config_path is None:
        config_path = settings_file.DEMO_PATH
    settings = settings_file.load_or_default(config_path)
    return settings if state_dir is None else settings.with_state(state_dir)


def start_logging() -> None:
    """Log to stderr; systemd's journal adds the time."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s"
    )


def echo_json(data: dict[str, Any]) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(data, ensure_ascii=False))
