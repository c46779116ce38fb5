"""May this call be recorded, and what has to be said first?

`decide` is a pure, total function: facts, the owner's choices and the table of
jurisdictions go in, one decision comes out, and whatever goes wrong inside it comes
out as DENY.  The rules are those of docs/law.md, in its order and with its numbers;
the first that applies decides.

How the recorder uses it: once before a call may be kept (ring or off-hook, with what
is known then), and again whenever the facts change: the number becomes known, a third
person joins, somebody presses the record button.  Until the first answer samples stay
in RAM.  RECORD keeps the call; RECORD_WITH_NOTICE plays `notice` (and the tone, if
`beep`) and does `on_failure` to the audio if the notice was not heard; CONFIRM_FIRST
keeps nothing before somebody confirms, `informed` or `agreed`; DENY keeps nothing and
leaves the row of the call with its reason.  `preroll_s` is the most that may be kept
from before the decision.  `firmware.consent.house` fills in what the settings and the
scope rules know.

Limits: it knows only what it is told.  `standing_consent` and `threat` are true when
they hold for every other party; whether a consent has expired is its register's matter.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware.consent import numbers
from firmware.consent.model import Config, Decision, Facts
from firmware.consent.table import STRICTEST, Jurisdiction, Table

#: From this class on the other party has to know before anything is kept.
NOTICE_CLASS = 2
#: What "always ask" lifts every call to.
ASK_CLASS = 3


def decide(facts: Facts, config: Config, table: Table | None) -> Decision:
    """Return the decision on a call; `table` is None if it could not be read."""
    try:
        if table is None:
            return Decision(STRICTEST, "DENY", "rules_unreadable", alarm=True)
        case = _examine(facts, config, table)
        outcomes = (rule(case) for rule in RULES)
        outcome = next(outcome for outcome in outcomes if outcome is not None)
        return _documented(outcome, case)
    # Deliberately all errors: whatever fails here, a call that was not decided on must
    # not be kept, and a recorder that died of it would lose the next calls as well.
    except Exception:
        return Decision(STRICTEST, "DENY", "internal_error", alarm=True)


@dataclass(frozen=True, slots=True)
class _Case:
    """The facts, and what follows from them before any rule is asked."""

    facts: Facts
    config: Config
    table: Table
    purpose: str | None
    place: numbers.Place
    parties: tuple[tuple[Jurisdiction, int], ...]  # own side first, each with its class
    level: int

    @property
    def own_class(self) -> int:
        return self.parties[0][1]

    def deny(self, reason: str, level: int | None = None) -> Decision:
        return Decision(self.level if level is None else level, "DENY", reason)

    def preroll_s(self, level: int) -> float:
        """Nothing is kept from before the decision where people must know first."""
        return self.config.preroll_s if level < NOTICE_CLASS else 0.0


def _examine(facts: Facts, config: Config, table: Table) -> _Case:
    """Rule 6: who is on the line, under which law, and how strict that is together."""
    purpose = table.purpose(facts.purpose)
    place = _place(facts, table)
    unknown = table.unknown(
        facts.own if config.unknown_scope == "own_country" else None
    )
    others = [table.row(code) for code in place.codes] or [unknown]
    if facts.parties > 2:
        others.append(unknown)
    own = table.row(facts.own) if facts.own else unknown
    parties = tuple(
        (
            row,
            row.class_for(
                facts.recorder, conservative=config.conservative, purpose=purpose
            ),
        )
        for row in (own, *others)
    )
    level = max(strictness for _, strictness in parties)
    if config.always_ask:
        level = max(level, ASK_CLASS)
    return _Case(facts, config, table, purpose, place, parties, level)


def _place(facts: Facts, table: Table) -> numbers.Place:
    """The contact's address beats the number."""
    if facts.override:
        return numbers.Place((facts.override,), "override")
    return numbers.locate(facts.number, facts.own, table)


def _unfit(case: _Case) -> Decision | None:
    """Rule 1: a box that cannot do it properly records nothing."""
    facts = case.facts
    unfit = {
        "recording_off": not facts.recording,
        "own_jurisdiction_not_set": not facts.own,
        "disk_low": facts.disk_low,
        "clock_lost": facts.clock_lost,
    }
    reason = next((reason for reason, holds in unfit.items() if holds), None)
    if reason is None:
        return None
    return Decision(case.level, "DENY", reason, alarm=case.purpose == "regulated")


def _own_side_not_informed(case: _Case) -> Decision | None:
    """Rule 2: whoever talks on the owner's side has to know."""
    return None if case.facts.acknowledged else case.deny("own_side_not_informed")


def _never_record(case: _Case) -> Decision | None:
    """Rule 3: numbers the owner never records, and calls marked private."""
    listed = case.facts.listed in ("never", "private")
    return case.deny("never_record") if listed else None


def _emergency(case: _Case) -> Decision | None:
    """Rule 4: nothing sounds on an emergency call, so only the own law can allow it."""
    facts, level = case.facts, case.own_class
    listed = facts.listed == "emergency"
    if not (listed or numbers.is_emergency(facts.number, facts.own)):
        return None
    own = case.parties[0][0]
    if level < NOTICE_CLASS or "emergency_call" in own.exceptions:
        return Decision(level, "RECORD", "emergency", preroll_s=case.preroll_s(level))
    return case.deny("emergency_not_permitted", level)


def _out_of_scope(case: _Case) -> Decision | None:
    """Rule 5: outside the owner's schedule only a hand or a legal duty records."""
    facts = case.facts
    if facts.in_scope or facts.trigger == "manual" or facts.legal_duty:
        return None
    return case.deny("out_of_scope")


def _threat(case: _Case) -> Decision | None:
    """Rule 7: threats may be recorded where every law on the line says so."""
    excused = all(
        strictness < NOTICE_CLASS or "threat_call" in row.exceptions
        for row, strictness in case.parties
    )
    if not (case.facts.threat and excused):
        return None
    preroll_s = case.preroll_s(case.level)
    return Decision(case.level, "RECORD", "statutory_exception", preroll_s=preroll_s)


def _standing_consent(case: _Case) -> Decision | None:
    """Rule 8: they have agreed before; a short reminder is played all the same."""
    if not case.facts.standing_consent or case.level == 0:
        return None
    return Decision(
        case.level,
        "RECORD_WITH_NOTICE",
        "standing_consent",
        on_failure="keep",
        preroll_s=case.preroll_s(case.level),
        notice="reminder",
    )


def _one_party(case: _Case) -> Decision | None:
    """Rule 9: one side's consent suffices; an organisation informs."""
    preroll_s = case.preroll_s(case.level)
    if case.level == 0:
        return Decision(0, "RECORD", "one_party_consent", preroll_s=preroll_s)
    if case.level == 1:
        return Decision(
            1,
            "RECORD_WITH_NOTICE",
            "organisation_informs",
            on_failure="quarantine",
            preroll_s=preroll_s,
            notice="announcement" if case.facts.can_inject else "script",
        )
    return None


def _all_know(case: _Case) -> Decision | None:
    """Rule 10: everybody is told before anything is kept."""
    if case.level >= STRICTEST:
        return None
    if not case.facts.can_inject:
        return Decision(
            case.level,
            "CONFIRM_FIRST",
            "tell_first",
            confirm="informed",
            notice="script",
        )
    beep_alone = _beep_suffices(case)
    return Decision(
        case.level,
        "RECORD_WITH_NOTICE",
        "beep" if beep_alone else "announcement",
        on_failure="discard",
        beep=True,
        notice=None if beep_alone else "announcement",
    )


def _beep_suffices(case: _Case) -> bool:
    """A tone asks nobody, so an owner who always asks cannot rely on it."""
    if case.config.notice_method != "beep_only" or case.config.always_ask:
        return False
    return all(
        "beep_15s" in row.satisfied_by
        for row, strictness in case.parties
        if strictness >= NOTICE_CLASS
    )


def _all_agree(case: _Case) -> Decision:
    """Rule 11: nothing is kept before a spoken yes or a key."""
    return Decision(
        case.level,
        "CONFIRM_FIRST",
        "ask_first",
        confirm="agreed",
        beep=case.facts.can_inject,
        notice="question",
    )


#: The rules in their order; the first that returns a decision is the decision.
RULES: tuple[Callable[[_Case], Decision | None], ...] = (
    _unfit,
    _own_side_not_informed,
    _never_record,
    _emergency,
    _out_of_scope,
    _threat,
    _standing_consent,
    _one_party,
    _all_know,
    _all_agree,
)


def _documented(decision: Decision, case: _Case) -> Decision:
    """Add the law behind the decision, the strictest first, and what it rests on."""
    ranked = sorted(case.parties, key=lambda party: -party[1])
    laws = [f"{row.code}: {law}" for row, _ in ranked for law in row.statutes]
    floors = {row.code.partition("-")[0]: None for row, _ in ranked}
    for country in floors:
        if floor := case.table.floors.get(country):
            also = floor.purpose_statutes.get(case.purpose or "", ())
            laws += [f"{country}: {law}" for law in (*floor.statutes, *also)]
    return replace(
        decision,
        references=tuple(dict.fromkeys(laws)),
        places=tuple(row.code for row, _ in case.parties[1:]),
        place_source=case.place.source,
        table_version=case.table.version,
    )
