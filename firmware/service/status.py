"""Live state: one small JSON file, replaced atomically in the runtime directory.

The recorder is its only writer.  Readers see either the old or the new state, never
half of one.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: A recorder that has not written for this long is not running, s.
STALE_S = 5.0
#: The recorder writes, its group (the web service) reads; it says who is calling.
MODE = 0o640


@dataclass(slots=True)
class LineState:
    """What one line is doing now.  `since_utc` is when `phase` began."""

    id: str
    phase: str = "starting"  # idle, ringing, dialling, calling, talking, releasing …
    since_utc: float = 0.0
    ok: bool = True
    message: str = ""
    call_id: str | None = None
    direction: str | None = None
    number: str | None = None
    name: str | None = None
    ring_count: int = 0
    recording: bool = False
    level_dbov: float = -120.0
    peak_dbov: float = -120.0
    sample_index: int = 0
    stored_samples: int = 0  # of the call being recorded, written to disk
    lost_s: float = 0.0  # since the recorder started
    masked: int = 0  # card numbers silenced in the present call
    # consent of the present call
    consent_state: str = "idle"
    consent_action: str | None = None
    consent_level: int | None = None
    consent_confirm: str | None = None
    consent_reason: str | None = None
    notice_language: str | None = None
    paused_until_utc: float | None = None
    prompt: bool = False  # the operator should say something
    bringup: dict[str, Any] | None = None  # the interface being tried out, if it is


@dataclass(slots=True)
class DiskState:
    """The disk with the recordings: `level` is ok, warn or alarm; sizes are bytes."""

    level: str
    total: int
    free: int
    reserve: int  # put aside for calls
    hours: float  # of one line that still find room


@dataclass(slots=True)
class AlertState:
    """Something wrong with line or box; `grave`: calls may not be recorded."""

    kind: str
    since_utc: float
    grave: bool


@dataclass(slots=True)
class Status:
    """The whole box, as the recorder sees it."""

    pid: int
    started_utc: float
    updated_utc: float
    recording_allowed: bool
    clock: str
    calls_today: int = 0
    last_call_id: str | None = None
    lines: list[LineState] = field(default_factory=list)
    disk: DiskState | None = None
    alerts: list[AlertState] = field(default_factory=list)
    version: int = 1


def write(path: Path, status: Status) -> None:
    """Replace the status file; no sync, the runtime directory is in RAM."""
    scratch = path.with_suffix(".tmp")
    text = json.dumps(asdict(status))
    fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
    with open(fd, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(scratch, path)


def read(path: Path) -> dict[str, Any] | None:
    """Return the last status written, or None if there is none."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data
