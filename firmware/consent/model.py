"""What goes into a consent decision and what comes out of it."""

from dataclasses import dataclass
from typing import Any, Literal

from firmware.consent.table import Recorder

Action = Literal["DENY", "RECORD", "RECORD_WITH_NOTICE", "CONFIRM_FIRST"]
Direction = Literal["in", "out", "unknown"]
Trigger = Literal["auto", "manual"]
Listed = Literal["never", "private", "emergency"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the box and the call.  Whatever is not stated is not so."""

    own: str | None = None
    recorder: Recorder | None = None
    number: str | None = None
    direction: Direction = "out"
    override: str | None = None
    parties: int = 2
    purpose: str | None = None
    trigger: Trigger = "auto"
    can_inject: bool = False
    acknowledged: bool = False
    listed: Listed | None = None
    in_scope: bool = False
    legal_duty: bool = False
    standing_consent: bool = False
    threat: bool = False
    recording: bool = False
    disk_low: bool = False
    clock_lost: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """What the owner chose once for all calls."""

    conservative: bool = True
    always_ask: bool = False
    unknown_scope: Literal["world", "own_country"] = "world"
    notice_method: Literal["announcement", "beep_only"] = "announcement"
    preroll_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with the call; the fields after `references` are for the record."""

    level: int
    action: Action
    reason: str
    confirm: Literal["informed", "agreed"] | None = None
    on_failure: Literal["keep", "quarantine", "discard"] | None = None
    beep: bool = False
    preroll_s: float = 0.0
    references: tuple[str, ...] = ()
    notice: Literal["announcement", "reminder", "script", "question"] | None = None
    alarm: bool = False
    places: tuple[str, ...] = ()
    place_source: str = ""
    table_version: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields that every caller of `linekeeper consent` relies on."""
        return {
            "level": self.level,
            "action": self.action,
            "confirm": self.confirm,
            "on_failure": self.on_failure,
            "beep": self.beep,
            "preroll_s": self.preroll_s,
            "reason": self.reason,
            "references": list(self.references),
        }
