"""What is said of a call that was interrupted: what was lost, when and how it ended.

Pure: the call is changed, no file is looked at.
"""

import time
from dataclasses import dataclass
from typing import Any

from firmware.archive import wav
from firmware.archive.model import Call, Mark, iso

#: Most that a power cut takes: one interval between syncs and its sync, s.
POWER_CUT_LOSS_S = 2.0


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What the recorder said of itself before it stopped."""

    updated_utc: float
    stored_samples: dict[str, int]  # by call

    @classmethod
    def of(
        cls, status: dict[str, Any] | None, now_utc: float, boottime_s: float | None
    ) -> "LastSeen | None":
        """Return it if the status is readable and of this boot, else None."""
        if boottime_s is None:
            boottime_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        try:
            if status is None or status["updated_utc"] < now_utc - boottime_s:
                return None
            stored = {
                line["call_id"]: int(line["stored_samples"])
                for line in status["lines"]
                if line["call_id"]
            }
            return cls(float(status["updated_utc"]), stored)
        except (KeyError, TypeError, ValueError):
            return None


def tell_loss(call: Call, samples: int, seen: LastSeen | None) -> None:
    """State what the interruption took."""
    audio_s = samples / wav.FS
    call.marks.append(Mark(audio_s, "interrupted"))
    at = iso(call.start_utc + call.audio_offset_s + audio_s)
    if call.audio == "closing":  # ended in order, then shortened: the disk's doing
        lost_s = max(0.0, call.audio_s - audio_s)
        text = f"The disk lost the last {lost_s:.1f} s of the recording."
    elif seen is not None:
        lost_s = max(0, seen.stored_samples.get(call.id, 0) - samples) / wav.FS
        what = (
            f"{lost_s:.1f} s of stored audio were lost"
            if lost_s
            else "nothing stored was lost"
        )
        text = f"The recorder was interrupted at {at}; {what}."
    else:
        lost_s = POWER_CUT_LOSS_S
        text = (
            f"The box stopped at about {at}; at most the last {lost_s:.0f} s before "
            "that were lost."
        )
    call.lost_s += lost_s
    tell(call, "recovered", text)


def conclude(call: Call) -> None:
    """End a call whose end nobody saw, at the last thing known of it."""
    call.outcome = "answered" if call.answer_s is not None else "unknown"
    if call.end_s is None:
        known = [mark.at_s for mark in call.marks] + [call.answer_s or 0.0]
        call.end_s = max(known, default=0.0)
        if call.audio_s:
            call.end_s = max(0.0, call.audio_offset_s + call.audio_s)
    off_hook_s = call.answer_s if call.direction == "incoming" else 0.0
    if off_hook_s is not None and not call.duration_s:
        call.duration_s = max(0.0, call.end_s - off_hook_s)
    if call.recovered is None:
        tell(call, "recovered", "The recorder was interrupted during this call.")


def no_audio(call: Call, reason: str) -> None:
    """Note that nothing was kept of it, and why."""
    call.audio, call.no_audio_reason = "none", reason
    call.audio_s, call.audio_bytes, call.sha256 = 0.0, 0, None


def tell(call: Call, flag: str, text: str) -> None:
    """Flag a call and add a sentence for whoever looks at it."""
    call.flags = sorted({*call.flags, flag})
    call.recovered = f"{call.recovered} {text}" if call.recovered else text
