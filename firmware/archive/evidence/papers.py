"""What the ledger proves of one call, as the bundle holds it: ledger.json.

Each entry comes as the very line that was hashed, with the path from it to the root of
`checkpoint.txt`.  If a checkpoint was seen outside, it lies beside as `seen.txt` with
its token, and a proof that the one in `checkpoint.txt` only added to it.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from firmware.archive.ledger import Ledger
from firmware.archive.ledger.anchors import COSIGNED, Anchor, Anchors
from firmware.archive.ledger.entry import Entry
from firmware.archive.ledger.note import Checkpoint, Note

VERSION = 1


@dataclass(frozen=True, slots=True)
class Papers:
    """The proof of one call, taken at one moment."""

    entries: list[Entry]
    checkpoint: Note
    anchor: Anchor | None
    ledger_json: bytes

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files of the proof by their names in the bundle."""
        files = {
            "ledger.json": self.ledger_json,
            "checkpoint.txt": str(self.checkpoint).encode(),
        }
        if self.anchor is not None:
            files["seen.txt"] = self.anchor.raw
            if self.anchor.token:
                files["seen.tsr"] = self.anchor.token
            cosigned = self.anchor.path.with_suffix(COSIGNED)
            if cosigned.exists():
                files["seen.witnesses.txt"] = cosigned.read_bytes()
        return files


def gather(ledger: Ledger, anchors: Anchors, call_id: str) -> Papers:
    """Return the proof of a call as the ledger is now."""
    checkpoint = ledger.checkpoint()
    size = Checkpoint.of(checkpoint).size
    entries = [entry for entry in ledger.entries(call_id) if entry.index < size]
    proofs = [ledger.prove(entry.index, size) for entry in entries]
    anchor = anchors.covering(_packed_at(entries))
    data: dict[str, Any] = {
        "version": VERSION,
        "call": call_id,
        "key": ledger.public_key.text,
        "size": size,
        "entries": [
            {
                "index": proof.index,
                "line": proof.line.decode(),
                "path": [base64.b64encode(digest).decode() for digest in proof.path],
            }
            for proof in proofs
        ],
    }
    if anchor is not None:
        steps = ledger.file.consistency(anchor.size, size)
        data["seen"] = {
            "size": anchor.size,
            "steps": [base64.b64encode(digest).decode() for digest in steps],
        }
    text = json.dumps(data, indent=1, ensure_ascii=False).encode()
    return Papers(entries, checkpoint, anchor, text)


def _packed_at(entries: list[Entry]) -> int:
    """Return the place of the entry that vouches for the sound, else the last one."""
    packed = [entry.index for entry in entries if entry.kind == "packed"]
    return (packed or [entry.index for entry in entries] or [0])[-1]
