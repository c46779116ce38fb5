"""Writes what became of consent into the record of the call.

`Call.consent` is read by the page, the command line and whoever has to prove something
later.  Its times `_s` count from the call's start, `utc` ones are ISO 8601.
"""

from dataclasses import dataclass
from typing import Any

from firmware.archive.model import Call, iso
from firmware.call.consent_states import State
from firmware.call.notice import Announcement, Beeps, Sent
from firmware.call.open_call import OpenCall, seconds
from firmware.consent.model import Decision
from firmware.consent.scope import Match

#: A design proposal of the owner's: what is withdrawn can be kept with a reason, 72 h.
QUARANTINE_S = 72 * 3600.0
#: What stands for a digit that must not be kept.
HIDDEN = "x"
#: Kind of the mark, and the flag, where card data was silenced.
CARD_MASKED = "card_masked"
#: Rows of one call's audit; a page that presses buttons all day cannot fill the memory.
MAX_STATES = 500


@dataclass(slots=True)
class ConsentRecord:
    """The record of one call's consent."""

    now: OpenCall

    @property
    def _data(self) -> dict[str, Any]:
        self.now.changed = True
        return self.now.call.consent

    @property
    def call(self) -> Call:
        return self.now.call

    def decided(self, decision: Decision, found: Match | None) -> None:
        """Keep the decision in force; there is one row per call, the last one."""
        self.call.decision = decision.action
        self.call.decision_reason = decision.reason
        self._data.update(
            decision.to_json(),
            places=list(decision.places),
            place_source=decision.place_source,
            table_version=decision.table_version,
            alarm=decision.alarm,
        )
        if found is not None:
            self._data["scope"] = {
                "reason": found.reason,
                "rule": found.rule,
                "draw": found.draw,
            }

    def moved(self, at: int, state: State, cause: str, actor: str) -> None:
        """Add a row to the audit."""
        rows = self._data.setdefault("states", [])
        if len(rows) < MAX_STATES:
            rows.append(
                {
                    "at_s": self._s(at),
                    "state": state.value,
                    "cause": cause,
                    "actor": actor,
                }
            )

    def said(self, notice: Announcement, sent: Sent) -> None:
        """A notice is being played."""
        self._data["notice"] = {
            "id": notice.id,
            "language": notice.language,
            "sha256": notice.sha256,
            "at_s": self._s(sent.at),
            "heard": None,
        }

    def heard(self, *, whole: bool) -> None:
        """The notice was on the line, or it was not."""
        notice = self._data.get("notice")
        if notice is not None:
            notice["heard"] = whole

    def alarm(self) -> None:
        """A call that ought to be recorded is not."""
        self._data["alarm"] = True

    def prompted(self) -> None:
        """The operator is reminded once more."""
        self._data["prompts"] = self._data.get("prompts", 0) + 1

    def masked(self, start: int, end: int, where: str) -> None:
        """Card data between these indices is silenced, here and in the marks."""
        masks = self._data.setdefault("masks", [])
        marks, origin = self.now.call.marks, self.now.origin
        if not masks or masks[-1]["from_s"] != self._s(start):
            masks.append(
                {"from_s": self._s(start), "cause": "card number", "where": where}
            )
        masks[-1]["to_s"] = self._s(end)
        low, high = seconds(start - origin), seconds(end - origin)
        kinds = ("digit", CARD_MASKED)
        marks[:] = [
            m for m in marks if m.kind not in kinds or not low <= m.at_s <= high
        ]
        self.now.mark(start, CARD_MASKED, "", end - start)
        self.now.flag(CARD_MASKED)

    def attested(self, kind: str, by: str, at: int, utc: float) -> None:
        """Somebody says that the other side was told, or said yes."""
        self._data["attested"] = {
            "kind": kind,
            "by": by,
            "at_s": self._s(at),
            "utc": iso(utc),
        }

    def beeps(self, beeps: Beeps) -> None:
        """Keep what is known of the beeps."""
        if not beeps.expected and not beeps.heard:
            return
        self._data["beeps"] = {
            "expected": beeps.expected,
            "heard": len(beeps.heard),
            "times_s": [self._s(beep.at) for beep in beeps.heard],
            "level_dbov": beeps.level_dbov,
        }

    def quarantine(self, reason: str, utc: float) -> None:
        """Lock what was kept away; deleted after 72 h unless a reason keeps it."""
        self._data["quarantine"] = {
            "reason": reason,
            "since_utc": iso(utc),
            "until_utc": iso(utc + QUARANTINE_S),
        }

    def release(self) -> None:
        """The other side was told after all."""
        self._data.pop("quarantine", None)

    def _s(self, at: int) -> float:
        return seconds(at - self.now.opened)
