"""What a check found wrong: the thing, in a word for programs and one for people."""

from dataclasses import asdict, dataclass
from typing import Any

#: Everything that can be wrong, and what it means.
MEANING = {
    "ledger_missing": "there is no ledger",
    "ledger_damaged": "the ledger's file is damaged",
    "entry_missing": "entries of the ledger are missing",
    "entry_altered": "an entry of the ledger is not what was entered",
    "entry_late": "the ledger knew of it much later than it says it happened",
    "tree_altered": "the ledger's stored tree does not fit its entries",
    "head_missing": "the ledger's signed head is missing",
    "head_altered": "the ledger's head is not signed with the box's key",
    "rolled_back": "the ledger is shorter than a checkpoint that was signed",
    "rewritten": "the ledger's past is not what a checkpoint covers",
    "anchor_altered": "a checkpoint on the shelf is not what was signed",
    "stamp_altered": "a timestamp does not belong to its checkpoint",
    "key_missing": "the box's key cannot be read",
    "record_missing": "the ledger tells of a call that has no record",
    "record_unknown": "the ledger knows nothing of this call",
    "record_damaged": "the record cannot be read",
    "record_altered": "the record is not what the ledger vouches for",
    "signature_missing": "the record is not signed",
    "signature_altered": "the record's signature is not good",
    "row_missing": "the catalogue does not list this call",
    "row_altered": "the catalogue says something else than the record",
    "row_unknown": "the catalogue lists a call that has no record",
    "file_missing": "a file is gone, and no entry says why",
    "file_altered": "a file is not what was stored",
    "file_unknown": "a file is there that the ledger does not know",
    "file_back": "a file is there that the ledger says was removed",
    "hashes_altered": "the hashes of the seconds do not lead to the root",
    "audio_altered": "the sound is not what was recorded",
    "unreadable": "something cannot be read",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `what` is a word of `MEANING`."""

    what: str
    where: str = ""  # a file, a second, an entry
    call: str = ""
    detail: str = ""

    def __str__(self) -> str:
        place = ", ".join(text for text in (self.call, self.where) if text)
        text = MEANING[self.what] + (f" ({self.detail})" if self.detail else "")
        return f"{place}: {text}" if place else text

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**asdict(self), "meaning": MEANING[self.what]}
