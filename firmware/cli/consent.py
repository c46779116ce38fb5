"""`consent`: what the consent rules say about a call, without a line or an archive."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from firmware.cli.options import echo_json, json_option
from firmware.consent import table_file
from firmware.consent.engine import decide
from firmware.consent.house import House, build
from firmware.consent.model import Config, Decision, Facts
from firmware.errors import ConfigError
from firmware.service import settings as settings_file

#: What `--parties` calls three and more.
MORE = "more"


def _parties(ctx: click.Context, param: click.Parameter, value: str) -> int:
    if value == MORE:
        return 3
    if not (value.isascii() and value.isdigit() and int(value) >= 2):
        raise click.BadParameter(f"want 2 or more, or the word {MORE}, got {value!r}")
    return int(value)


def _code(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return a jurisdiction's code in capitals; an empty text is none."""
    code = (value or "").strip().upper()
    if code and not table_file.CODE.fullmatch(code):
        raise click.BadParameter(f"want a code such as SE or US-NY, got {value!r}")
    return code or None


@click.command()
@click.option(
    "--own",
    metavar="CODE",
    callback=_code,
    help="Where the line is, such as US-NY or SE.",
)
@click.option(
    "--as",
    "recorder",
    type=click.Choice(["private", "org"]),
    help="Who records; unsaid, the stricter of both.",
)
@click.option("--number", help="The other party's number; without it, withheld.")
@click.option(
    "--direction",
    type=click.Choice(["in", "out"]),
    default="out",
    show_default=True,
    help="Who called: in for a call received, out for one made.",
)
@click.option(
    "--override",
    metavar="CODE",
    callback=_code,
    help="Where the other party really is; beats the number.",
)
@click.option(
    "--parties",
    metavar="2|more",
    default="2",
    show_default=True,
    callback=_parties,
    help="How many are on the line, this side included.",
)
@click.option("--purpose", help="What the recording is for.")
@click.option(
    "--trigger",
    type=click.Choice(["auto", "manual"]),
    default="auto",
    show_default=True,
    help="Whether a rule or a hand starts the recording.",
)
@click.option("--can-inject", is_flag=True, help="The box can speak on the line.")
@click.option("--standing-consent", is_flag=True, help="They agreed in writing before.")
@click.option("--threat", is_flag=True, help="The call is a threat.")
@click.option("--legal-duty", is_flag=True, help="The law demands the recording.")
@click.option("--out-of-scope", is_flag=True, help="No scope rule covers the call.")
@click.option(
    "--not-acknowledged", is_flag=True, help="The own side was not told of recording."
)
@click.option("--always-ask", is_flag=True, help="Ask or announce on every call.")
@click.option("--no-conservative", is_flag=True, help="Drop the cautious readings.")
@click.option(
    "--unknown-scope",
    type=click.Choice(["world", "own_country"]),
    default="world",
    show_default=True,
    help="Where a party is taken to be who cannot be placed.",
)
@click.option(
    "--notice-method",
    type=click.Choice(["announcement", "beep_only"]),
    default="announcement",
    show_default=True,
    help="How notice is given, where a tone alone suffices.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file (TOML) that says what the options leave open.",
)
@json_option
@click.pass_context
def consent(
    ctx: click.Context, /, config_path: Path | None, as_json: bool, **options: Any
) -> None:
    """Say whether a call may be recorded, and what has to be said first."""
    house = _house(config_path)
    given = {
        key: value
        for key, value in options.items()
        if ctx.get_parameter_source(key) == ParameterSource.COMMANDLINE
    }
    facts = replace(
        house.facts,
        in_scope="out_of_scope" not in given,
        acknowledged="not_acknowledged" not in given,
        **{key: given[key] for key in _FACTS if key in given},
    )
    config = replace(
        house.config, **{key: given[key] for key in _CHOICES if key in given}
    )
    if "no_conservative" in given:
        config = replace(config, conservative=False)
    decision = decide(facts, config, house.table)
    if as_json:
        echo_json(decision.to_json())
        return
    for line in describe(decision):
        click.echo(line)


#: Options that are facts of the call, and those that are the owner's choices.
_FACTS = (
    *("own", "recorder", "number", "direction", "override", "parties", "purpose"),
    *("trigger", "can_inject", "standing_consent", "threat", "legal_duty"),
)
_CHOICES = ("always_ask", "unknown_scope", "notice_method")


def _house(config_path: Path | None) -> House:
    """Return the house of a settings file, or one that knows nothing yet."""
    if config_path is None:
        return House(Facts(recording=True), Config(), table_file.shipped())
    settings = settings_file.load(config_path)
    table_path = settings.consent.jurisdictions
    return build(settings, table_text=_read(table_path) if table_path else None)


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def describe(decision: Decision) -> list[str]:
    """Return the decision as lines for people."""
    words = {True: "yes", False: "no"}
    fields = decision.to_json()
    references = fields.pop("references")
    return [
        *(
            f"{key:12}{words[value] if isinstance(value, bool) else value}"
            for key, value in fields.items()
            if value is not None
        ),
        *(f"{'law':12}{reference}" for reference in references),
        "This is not legal advice.",
    ]
