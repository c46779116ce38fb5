"""What the register of consents means for a call: pure rules over its rows.

Silence never becomes consent: the only way to `granted` is the step `grant`, and that
wants evidence (docs/law.md).  A later refusal or withdrawal of the same number beats
an earlier consent; a consent counts for its own purposes, until it expires.

Limits: it trusts what it is given.  Whether a signature is genuine, or the person who
answered an e-mail is the one on the line, is for the owner to judge.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.consent.model import Listed

State = Literal["requested", "granted", "refused", "withdrawn", "expired"]

#: How consent was given -> whether there must be something to show for it.
KINDS = {
    "written": True,  # a signed form
    "email": True,
    "spoken": False,  # in a call: the recording or the attestation shows it
    "key": False,
    "attested": False,  # somebody of the own side says so
}
#: state: step -> the state after it.  There is no step for time that passes.
STEPS: dict[str, dict[str, State]] = {
    "requested": {"grant": "granted", "refuse": "refused"},
    "granted": {"withdraw": "withdrawn"},
    "refused": {},
    "withdrawn": {},
}
#: Beginnings of lines that quote somebody else, as mail programs write them.
_QUOTE = re.compile(r"^\s*[>|]")


class Agreement(Protocol):
    """A row of the register, as far as the rules need it."""

    @property
    def number(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def purposes(self) -> tuple[str, ...]: ...
    @property
    def given_utc(self) -> float | None: ...
    @property
    def expires_utc(self) -> float | None: ...
    @property
    def created_utc(self) -> float: ...


class Wish(Protocol):
    """A wish kept of a number."""

    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str: ...


class Person(Protocol):
    """Somebody on a line."""

    @property
    def told_utc(self) -> float | None: ...
    @property
    def left_utc(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What the registers say of one call, in the words of `consent.model.Facts`."""

    acknowledged: bool = False
    standing_consent: bool = False
    listed: Listed | None = None
    override: str | None = None
    ask_first: bool = False


def step(state: str, event: str, kind: str, evidence: str) -> State:
    """Return the state after a step; ValueError says why there is none."""
    after = STEPS.get(state, {}).get(event)
    if after is None:
        raise ValueError(f"{event}: not possible when {state}")
    if after == "granted":
        if kind not in KINDS:
            raise ValueError(f"kind: want one of {', '.join(KINDS)}, got {kind!r}")
        if KINDS[kind] and not evidence.strip():
            raise ValueError(f"a {kind} consent needs its text or document")
    return after


def state_at(agreement: Agreement, now_utc: float) -> str:
    """Return the state with expiry looked at."""
    ends = agreement.expires_utc
    over = agreement.state == "granted" and ends is not None and now_utc >= ends
    return "expired" if over else agreement.state


def stands(agreements: Iterable[Agreement], purpose: str | None, now: float) -> bool:
    """Do these agreements of one number cover a call for `purpose` now?

    What is decided last counts: a refusal or withdrawal after a consent ends it.
    A call without a purpose is covered by nothing.
    """
    decided = [a for a in agreements if a.state != "requested"]
    if not decided or not purpose:
        return False
    last = max(decided, key=lambda a: (a.given_utc or a.created_utc, a.created_utc))
    if last.state != "granted":
        return False
    wanted = _plain(purpose)
    return any(
        state_at(a, now) == "granted" and wanted in map(_plain, a.purposes)
        for a in decided
    )


def known(
    people: Iterable[Person],
    wishes: Iterable[Wish],
    agreements: Iterable[Agreement],
    purpose: str | None,
    now_utc: float,
) -> Known:
    """Return what the registers know: people of the line, the rest of the number."""
    present = [p for p in people if p.left_utc is None]
    kinds = {wish.kind: wish.value for wish in wishes}
    listed: Listed | None = None
    if "never" in kinds:
        listed = "never"
    elif "private" in kinds:
        listed = "private"
    return Known(
        acknowledged=bool(present) and all(p.told_utc is not None for p in present),
        standing_consent="ask_first" not in kinds
        and stands(agreements, purpose, now_utc),
        listed=listed,
        override=kinds.get("place") or None,
        ask_first="ask_first" in kinds,
    )


def answers(text: str, phrases: Iterable[str]) -> int:
    """Count the lines of an e-mail exchange that answer with one of `phrases`.

    A line that quotes another mail is nobody's answer, and neither is a sentence
    that only mentions it.
    """
    wanted = {_plain(phrase) for phrase in phrases}
    return sum(
        _plain(line) in wanted for line in text.splitlines() if not _QUOTE.match(line)
    )


def _plain(text: str) -> str:
    kept = "".join(c if c.isalnum() else " " for c in text.casefold())
    return " ".join(kept.split())
