"""`consent`: what the consent rules say about a call, without a line or an archive."""

from typing import Any

import click

from firmware.cli.options import echo_json, json_option
from firmware.consent import table_file
from firmware.consent.engine import decide
from firmware.consent.model import Config, Decision, Facts

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
@json_option
def consent(as_json: bool, **options: Any) -> None:
    """Say whether a call may be recorded, and what has to be said first."""
    facts = Facts(
        in_scope=not options.pop("out_of_scope"),
        acknowledged=not options.pop("not_acknowledged"),
        recording=True,
        **{key: options.pop(key) for key in _FACTS},
    )
    config = Config(conservative=not options.pop("no_conservative"), **options)
    decision = decide(facts, config, table_file.shipped())
    if as_json:
        echo_json(decision.to_json())
        return
    for line in describe(decision):
        click.echo(line)


#: Options that are facts of the call under the same name; the rest are the owner's.
_FACTS = (
    *("own", "recorder", "number", "direction", "override", "parties", "purpose"),
    *("trigger", "can_inject", "standing_consent", "threat", "legal_duty"),
)


def describe(decision: Decision) -> list[str]:
    """Return the decision as lines for people."""
    fields = decision.to_json()
    references = fields.pop("references")
    shown = {
        key: {True: "yes", False: "no", None: "-"}.get(value, value)
        if value is None or isinstance(value, bool)
        else value
        for key, value in fields.items()
    }
    return [
        *(f"{key:12}{value}" for key, value in shown.items()),
        *(f"{'law':12}{reference}" for reference in references),
        "This is not legal advice.",
    ]
