"""The record of one call, as the sidecar, the catalogue and the API know it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Direction = Literal["incoming", "outgoing", "unknown"]
Outcome = Literal[
    "in_progress",
    "answered",  # both sides could talk
    "missed",  # it rang, nobody lifted
    "busy",
    "congestion",
    "failed",  # special information tone: number unobtainable and its kin
    "no_answer",  # ringback until the caller hung up
    "abandoned",  # lifted, hung up again before a number was complete
    "fax",
    "unknown",
]
AudioState = Literal[
    "none",  # no audio was ever kept: see `no_audio_reason`
    "recording",  # master.wav is growing
    "closing",  # master.wav is complete, FLAC not made yet
    "kept",  # master.flac, verified
    "quarantined",  # the same, locked: see `consent["quarantine"]`
]
#: Audio is in its final form.
PACKED = ("kept", "quarantined")

#: Decisions by which calls are found again.
KEPT_AS = ("star", "hold", "restricted", "bin")

#: Version of the sidecar's layout.
SIDECAR_VERSION = 1


def iso(utc: float) -> str:
    """Return UTC seconds as people and programs read them: 2026-11-21T18:47:13.250Z."""
    text = datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """Return UTC seconds of an ISO 8601 time."""
    return datetime.fromisoformat(text).timestamp()


@dataclass(slots=True)
class Mark:
    """Something that happened `at_s` seconds into the master (or the call)."""

    at_s: float
    kind: str  # digit, tone, hook_flash, gap, call_waiting, caller_id, answer, …
    text: str = ""
    length_s: float = 0.0


@dataclass(slots=True)
class ClockCorrection:
    """One visible step in the history of a call's start time, UTC seconds."""

    at_utc: float
    was_utc: float
    now_utc: float
    reason: str


@dataclass(slots=True)
class Call:
    """One call.  Times `_utc` are seconds since 1970; `_s` are seconds.

    `start_utc` is the first ring or the lifted handset.  `duration_s` is the time
    off-hook (0 for a missed call).  `audio_offset_s` says where the master begins
    relative to `start_utc` (negative with pre-roll), `audio_s` how long it is.
    """

    id: str
    line: str
    start_utc: float
    direction: Direction = "unknown"
    number: str | None = None
    number_absence: str | None = None  # private, unavailable
    name: str | None = None
    outcome: Outcome = "in_progress"
    ring_count: int = 0
    answer_s: float | None = None  # from start_utc
    end_s: float | None = None  # from start_utc; None while in progress
    duration_s: float = 0.0
    trigger: str = "hook"  # hook, activity, manual
    flags: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    # the clock
    clock: str = "unknown"  # synced, free-running, unknown
    clock_source: str = ""  # network, server, rtc, caller_id
    clock_error_s: float | None = None  # how far off at most, where that is known
    boot_id: str = ""
    start_boottime_s: float = 0.0
    clock_corrections: list[ClockCorrection] = field(default_factory=list)
    # consent
    decision: str = "DENY"
    decision_reason: str = ""
    #: What became of consent: the decision, its states, notice, beeps, attestation.
    consent: dict[str, Any] = field(default_factory=dict)
    # audio
    audio: AudioState = "none"
    no_audio_reason: str | None = None
    audio_offset_s: float = 0.0
    audio_s: float = 0.0
    audio_bytes: int = 0
    sha256: str | None = None  # of the master's samples as little-endian int16
    lost_s: float = 0.0  # gaps filled with silence, and what a crash took
    recovered: str | None = None  # plain words: when, what was lost
    #: What people decided about keeping it: see `keeping`.
    keeping: dict[str, Any] = field(default_factory=dict)
    #: What ties it to the ledger: see `ledger.facts`.
    proof: dict[str, Any] = field(default_factory=dict)

    @property
    def kept_as(self) -> tuple[str, ...]:
        """Return how it is kept: any of `KEPT_AS`."""
        return tuple(word for word in KEPT_AS if word in self.keeping)

    @property
    def held(self) -> bool:
        """Is there a legal hold on it?"""
        return "hold" in self.keeping

    @property
    def restricted(self) -> bool:
        """May it be neither heard nor handed out?"""
        return "restricted" in self.keeping

    @property
    def binned(self) -> bool:
        """Is it in the bin, until it is restored or erased?"""
        return "bin" in self.keeping

    @property
    def quarantined(self) -> bool:
        """Is its audio locked away?"""
        locked = self.consent.get("quarantine")
        return locked is not None and "kept" not in locked

    def to_json(self) -> dict[str, Any]:
        """Return the sidecar's content; times are ISO 8601, to the millisecond."""
        data = {"version": SIDECAR_VERSION, **_values(self)}
        data["start_utc"] = iso(self.start_utc)
        data["flags"] = list(self.flags)
        data["consent"] = dict(self.consent)
        data["keeping"] = dict(self.keeping)
        data["proof"] = dict(self.proof)
        data["marks"] = [_values(mark) for mark in self.marks]
        data["clock_corrections"] = steps = [
            _values(step) for step in self.clock_corrections
        ]
        for step in steps:
            step.update({key: iso(step[key]) for key in _CORRECTION_TIMES})
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Call":
        """Rebuild a call from its sidecar; unknown keys of later versions are left."""
        known = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        known["start_utc"] = from_iso(data["start_utc"])
        known["marks"] = [Mark(**m) for m in data.get("marks", [])]
        known["clock_corrections"] = [
            ClockCorrection(**{**c, **{k: from_iso(c[k]) for k in _CORRECTION_TIMES}})
            for c in data.get("clock_corrections", [])
        ]
        return cls(**known)


def _values(record: Mark | ClockCorrection | Call) -> dict[str, Any]:
    """Return the fields of one record; `asdict` copies deeply, 20 times slower."""
    return {name: getattr(record, name) for name in record.__slots__}


_CORRECTION_TIMES = ("at_utc", "was_utc", "now_utc")
