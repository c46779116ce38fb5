"""Do disk and catalogue agree, and has anything gone that nobody sent away?

Pure: sets in, words out.  A backup that follows a disk which has lost half its calls
would in time forget them as well; so it stops, and a person looks.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

#: Part of the archive that may be unaccounted for, and how many calls at least.
#: Frigate stops its clean-up of the database at one half; ten times as careful.
STOP_PART = 0.05
STOP_CALLS = 5
#: Names whose going is an erasure or a step: what makes a call heard.
AUDIO = ("seal.key", "master.flac.sealed", "master.flac", "master.wav")


@dataclass(frozen=True, slots=True)
class Media:
    """What is where, by call id."""

    calls: int  # known in all
    no_folder: frozenset[str] = frozenset()
    no_row: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()  # was in the last backup, gone without a reason
    gone: Mapping[str, str] = field(default_factory=dict)  # id: why it went

    def problem(self) -> str | None:
        """Return why a backup must stop, None if it may go on."""
        odd = len(self.no_folder | self.no_row | self.lost)
        if odd < STOP_CALLS or odd <= STOP_PART * max(1, self.calls):
            return None
        said = (
            (len(self.no_folder), "in the catalogue without a folder"),
            (len(self.no_row), "on the disk without a row"),
            (len(self.lost), "gone since the last backup without a reason"),
        )
        words = ", ".join(f"{number} {what}" for number, what in said if number)
        return (
            f"{odd} of {self.calls} calls are not accounted for ({words}); nothing was "
            "changed in the backup. Is the right disk attached? `linekeeper backup run "
            "--accept` goes on nevertheless"
        )


def compare(
    rows: Set[str],
    present: Mapping[str, Set[str]],
    before: Mapping[str, Set[str]],
    reasons: Mapping[str, str],
    busy: Set[str] = frozenset(),
) -> Media:
    """Compare catalogue, disk and last backup; `reasons` tells who sent a call away."""
    gone = {
        call_id
        for call_id, names in before.items()
        if call_id not in busy
        and (call_id not in present or lacks_audio(names, present[call_id]))
    }
    return Media(
        calls=len(rows | present.keys() | before.keys()),
        no_folder=frozenset(rows - present.keys() - busy - reasons.keys()),
        no_row=frozenset(present.keys() - rows - busy),
        lost=frozenset(gone - reasons.keys()),
        gone={call_id: reasons[call_id] for call_id in gone if call_id in reasons},
    )


def lacks_audio(before: Set[str], now: Set[str]) -> bool:
    """Tell whether a call had audio and has none, or no key, any more."""
    if "seal.key" in before and "seal.key" not in now:
        return True
    return bool(before & set(AUDIO)) and not any(
        name in AUDIO[1:] or name.startswith("master.") for name in now
    )
