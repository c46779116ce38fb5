"""The consent rules as the pages ask them: settings, choices, table, scope rules.

The recorder decides on calls; the pages only tell what it would decide.
"""

import functools
import secrets
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flask import current_app, g

from firmware.archive.model import Call
from firmware.consent import house, numbers, register, scope_file, table_file
from firmware.consent.house import House
from firmware.consent.model import Decision, Direction, Facts
from firmware.consent.scope import MIN_KEY_BYTES, Match
from firmware.consent.table import Table
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings, overlay
from web import access
from web.store import archive

#: Where the recorder keeps the key that samples are drawn with.
KEY_NAME = "sample.key"
#: What the preview draws with until there is one.
_ANY_KEY = secrets.token_bytes(MIN_KEY_BYTES)

#: How the call model names directions -> how the consent rules do.
DIRECTIONS: dict[str, Direction] = {"incoming": "in", "outgoing": "out"}


def base() -> Settings:
    """Return the settings of the file."""
    found: Settings = current_app.extensions["linekeeper.settings"]
    return found


def settings() -> Settings:
    """Return the settings in force: the file with what was chosen on the page."""
    return overlay(base(), archive().choices.all())


def box_name() -> str:
    """Return what the box is called, also while there is no archive yet."""
    try:
        return settings().box.name
    except StoreError:
        return base().box.name


def is_set_up() -> bool:
    """Say whether somebody has chosen how this box is used."""
    chosen = settings().consent
    return bool(chosen.own and chosen.recorder) or chosen.recording


def table() -> Table:
    """Return the table of jurisdictions in force."""
    path = base().consent.jurisdictions
    return _table(path, _age(path))


def rules_text(inforce: Settings) -> str | None:
    """Return the scope rules: chosen on the page, or the file of the settings."""
    chosen = archive().choices.get("rules")
    if chosen is not None:
        return str(chosen)
    path = inforce.consent.scope_rules
    return Path(path).read_text("utf-8") if path else None


def build(inforce: Settings, rules: str | None) -> House:
    """Return the rules put together; ConfigError if they cannot be read."""
    law = table()
    scope = None
    if rules is not None:
        scope = scope_file.parse(rules, "rules", inforce.consent.own, law)
    known, choices = house.facts_of(inforce), house.config_of(inforce)
    known = replace(known, legal_duty=inforce.consent.legal_duty)
    return House(known, choices, law, scope, _sample_key())


def _sample_key() -> bytes:
    try:
        key = (base().state_dir / KEY_NAME).read_bytes()
    except OSError:
        return _ANY_KEY
    return key if len(key) >= MIN_KEY_BYTES else _ANY_KEY


def example(
    place: str | None, inforce: Settings, number: str | None = None
) -> Decision:
    """Return the decision on a call with a place or number, the own side being told."""
    built = build(inforce, None)
    facts = replace(
        built.facts,
        override=place,
        number=number,
        acknowledged=True,
        recording=True,
    )
    return built.decide(facts, call_id="", line="", when=datetime.now())[0]


def would(call: Call, built: House) -> tuple[Decision, Match | None]:
    """Return what the rules say of a call that is over, everything else being right."""
    facts = facts_of(call.number, built.facts, call.line, call.start_utc)
    facts = replace(
        facts,
        direction=DIRECTIONS.get(call.direction, "in"),
        trigger="manual" if call.trigger == "manual" else "auto",
        recording=True,
        acknowledged=True,
    )
    when = datetime.fromtimestamp(call.start_utc)
    return built.decide(facts, call_id=call.id, line=call.line, when=when)


def facts_of(number: str | None, facts: Facts, line: str, at_utc: float) -> Facts:
    """Return facts with what the registers know of a number and a line."""
    kept = archive()
    shape = numbers.canonical(number, facts.own) if number else ""
    known = register.known(
        kept.staff.people(line),
        kept.wishes.held(shape) if shape else (),
        kept.register.agreements(shape) if shape else (),
        facts.purpose,
        at_utc,
    )
    return replace(
        facts,
        number=number,
        acknowledged=known.acknowledged or base().consent.acknowledged,
        standing_consent=known.standing_consent,
        listed=known.listed,
        override=known.override or base().consent.others_in,
    )


def missing(inforce: Settings) -> list[str]:
    """Return what nobody has said yet, as keys of words."""
    chosen = inforce.consent
    lacking = [
        key for key in ("own", "recorder", "purpose") if not getattr(chosen, key)
    ]
    people = archive().staff.people(inforce.line.id)
    if not base().consent.acknowledged and (
        not people or any(person.told_utc is None for person in people)
    ):
        lacking.append("acknowledged")
    try:
        build(inforce, rules_text(inforce))
    except (ConfigError, OSError):
        lacking.append("rules")
    return lacking


def may_listen() -> bool:
    """Say whether whoever is logged in may hear recordings."""
    if settings().consent.confidential and g.user.role != "owner":
        return False
    return access.may("listen")


def now() -> float:
    """Return the wall clock, UTC seconds."""
    return time.time()


def _age(path: str | None) -> float:
    return Path(path).stat().st_mtime if path else 0.0


@functools.lru_cache(maxsize=2)
def _table(path: str | None, age: float) -> Table:
    del age  # only tells one version of the file from the next
    if path is None:
        return table_file.shipped()
    return table_file.parse(Path(path).read_text("utf-8"), path)
