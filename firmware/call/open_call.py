"""What is known of the call in progress, in samples, and what follows from it."""

from dataclasses import dataclass

from firmware.archive.model import Call, Mark, Outcome
from firmware.call.events import Kind, LineEvent
from firmware.line.block import FS

#: A call cannot fill the memory: marks beyond this many are not kept.
MAX_MARKS = 2000
#: Gaps no further from each other than rounding to the millisecond makes are one, s.
SEAM_S = 0.002
#: Outcome of a call refused with a tone.
REFUSALS: dict[Kind, Outcome] = {
    Kind.BUSY: "busy",
    Kind.CONGESTION: "congestion",
    Kind.SIT: "failed",
}


@dataclass(slots=True)
class OpenCall:
    """One call in progress; indices are samples of the line."""

    call: Call
    opened: int
    lifted: int | None = None
    answered: int | None = None
    #: When the far side had gone, or the exchange said no; nothing to keep after it.
    over: int | None = None
    refused: Kind | None = None
    ringback: bool = False
    fax: bool = False
    wanted: bool = False  # somebody asked for a recording while it rang
    #: Index that marks count from: the master's start, before that the call's.
    origin: int = 0
    changed: bool = False

    def mark(self, at: int, kind: str, text: str = "", length: int = 0) -> None:
        """Note something that happened at index `at`."""
        if len(self.call.marks) < MAX_MARKS:
            self.call.marks.append(
                Mark(seconds(at - self.origin), kind, text, seconds(length))
            )
            self.changed = True

    def lengthen(self, at: int, text: str, length: int) -> None:
        """Say how long a tone lasted whose beginning has been noted."""
        for mark in reversed(self.call.marks):
            if (mark.kind, mark.text, mark.length_s) == ("tone", text, 0.0):
                mark.length_s = seconds(length)
                self.changed = True
                return
        self.mark(at, "tone", text, length)

    def mark_gap(self, at: int, length: int) -> None:
        """Note lost samples; a card that is away is told of ten times a second."""
        last = self.call.marks[-1] if self.call.marks else None
        at_s, end_s = seconds(at - self.origin), seconds(at + length - self.origin)
        if last and last.kind == "gap" and at_s - last.at_s - last.length_s < SEAM_S:
            last.length_s = round(end_s - last.at_s, 3)
            self.changed = True
        else:
            self.mark(at, "gap", "", length)

    def flag(self, name: str) -> None:
        """Add a flag, once."""
        if name not in self.call.flags:
            self.call.flags.append(name)
            self.changed = True

    def count_from(self, index: int) -> None:
        """Let marks count from another index."""
        for mark in self.call.marks:
            mark.at_s = round(mark.at_s + (self.origin - index) / FS, 3)
        self.origin = index

    def identify(self, event: LineEvent) -> None:
        """Take the caller's number and name; what came first stays."""
        caller, call = event.caller, self.call
        if caller is None or call.direction != "incoming":
            return
        if not caller.checksum_ok:
            self.flag("caller_id_garbled")
            return
        known = call.number or call.number_absence
        if not known:
            call.number, call.number_absence = caller.number, caller.absence
        if call.name is None and (not known or call.number == caller.number):
            call.name = caller.name
        if not known:
            shown = caller.number or caller.absence or ""
            self.mark(event.at, "caller_id", shown, event.length)

    def outcome(self) -> Outcome:
        """Return how it went, all told."""
        if self.answered is not None:
            return "fax" if self.fax else "answered"
        if self.refused is not None:
            return REFUSALS[self.refused]
        if self.call.direction == "incoming":
            return "missed"
        if self.ringback:
            return "no_answer"
        return "abandoned" if self.call.direction == "outgoing" else "unknown"

    def end(self, at: int) -> int:
        """Return the index at which it ended, if it ended by what happened at `at`.

        Where sound is all there is to go by, the tone after the far side has gone is
        not part of the call.
        """
        at = max(at, self.opened, self.lifted or 0)
        if self.call.trigger == "activity" and self.over is not None:
            return min(at, max(self.over, self.lifted or 0))
        return at

    def settle(self, at: int) -> None:
        """Write down what is known once it has ended at index `at`."""
        call = self.call
        call.outcome = self.outcome()
        call.end_s = seconds(at - self.opened)
        call.duration_s = 0.0 if self.lifted is None else seconds(at - self.lifted)


def seconds(samples: int) -> float:
    """Return samples as seconds, to the millisecond."""
    return round(samples / FS, 3)
