"""The owner's choices, scope rules and table put together: one answer for a call.

The recorder asks `House.decide` when a call begins and whenever something about it
changes; a preview asks the same of calls that are over.  `build` is given texts, not
paths, so that this stays free of files and clocks; a table or rules that cannot be
read are a ConfigError for the owner, and a recorder that must go on nevertheless puts
`table=None`, which denies every call.

Limits: `when` must already be the wall clock's time where the line is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from firmware.consent import engine, numbers, scope, scope_file, table_file
from firmware.consent.model import Config, Decision, Facts, Listed
from firmware.consent.scope import Match, Scope, ScopeCall
from firmware.consent.table import Table
from firmware.service.settings import Consent, Settings

#: Conn. Gen. Stat. 52-570d wants a tone about every 15 s; the FCC's tariffs took up to
#: 18 s for that.
RAREST_BEEP_S = 18.0
#: A number on several lists is on the first of these.
_FIRST_LISTED: tuple[Listed, ...] = ("never", "private", "emergency")


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for all calls.  Without `scope` every call is in scope."""

    facts: Facts
    config: Config
    table: Table | None
    scope: Scope | None = None
    sample_key: bytes = b""

    def __post_init__(self) -> None:
        rules = self.scope.rules if self.scope else ()
        if any(rule.record == "sample" for rule in rules):
            scope.draw("", self.sample_key)  # complains of a key that is too short

    def decide(
        self,
        facts: Facts,
        *,
        call_id: str,
        line: str,
        when: datetime,
        user: str | None = None,
    ) -> tuple[Decision, Match | None]:
        """Return the decision on a call and what the scope rules said about it.

        `facts` are `self.facts` with what is known of this call (number, direction,
        acknowledgement …); its scope is filled in here.
        """
        if self.scope is None:
            facts = replace(facts, in_scope=True)
            return engine.decide(facts, self.config, self.table), None
        number = numbers.canonical(facts.number, facts.own)
        call = ScopeCall(call_id, line, facts.direction, number, when, user)
        found = scope.match(self.scope, call, self.sample_key)
        listed = {facts.listed, found.listed}
        facts = replace(
            facts,
            in_scope=found.in_scope,
            listed=next((name for name in _FIRST_LISTED if name in listed), None),
            purpose=found.purpose or facts.purpose,
        )
        return engine.decide(facts, self.config, self.table), found


def notice_method(chosen: Consent) -> Literal["announcement", "beep_only"]:
    """Return what tells people; a tone of the owner's own that is rare tells nobody."""
    rare = chosen.beep == "custom" and chosen.beep_interval_s > RAREST_BEEP_S
    return "announcement" if rare else chosen.notice_method


def facts_of(settings: Settings) -> Facts:
    """Return what the settings know of every call."""
    chosen = settings.consent
    return Facts(
        own=chosen.own,
        recorder=chosen.recorder,
        purpose=chosen.purpose,
        can_inject=chosen.can_inject,
        recording=chosen.recording,
    )


def config_of(settings: Settings) -> Config:
    """Return the owner's choices."""
    chosen = settings.consent
    return Config(
        conservative=chosen.conservative,
        always_ask=chosen.always_ask,
        unknown_scope=chosen.unknown_scope,
        notice_method=notice_method(chosen),
        preroll_s=settings.recorder.preroll_s,
    )


def build(
    settings: Settings,
    *,
    scope_text: str | None = None,
    table_text: str | None = None,
    sample_key: bytes = b"",
) -> House:
    """Return the house of these settings; the texts are the files they name."""
    chosen = settings.consent
    table = (
        table_file.shipped()
        if table_text is None
        else table_file.parse(table_text, chosen.jurisdictions or "jurisdictions")
    )
    rules = (
        None
        if scope_text is None
        else scope_file.parse(
            scope_text, chosen.scope_rules or "scope rules", chosen.own, table
        )
    )
    return House(facts_of(settings), config_of(settings), table, rules, sample_key)
