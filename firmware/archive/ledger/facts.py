"""The record of a call as one salted hash, so that the ledger can vouch for it.

The salt is random and lies in the record alone.  Without it nobody can try numbers
against the hash; it is erased with the record.
"""

import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any, TypeGuard

from firmware.archive.ledger.entry import FILE
from firmware.archive.model import Call

SALT_BYTES = 16
#: What of a record is vouched for; the state of the audio has entries of its own, and
#: what people decide about keeping it as well.
FACTS = (
    *("id", "line", "start_utc", "direction", "number", "number_absence", "name"),
    *("outcome", "ring_count", "answer_s", "end_s", "duration_s", "trigger"),
    *("marks", "clock", "boot_id", "start_boottime_s", "clock_corrections"),
    *("decision", "decision_reason", "consent", "audio_offset_s", "lost_s"),
)
_TAG = b"linekeeper facts 1\n"
_SAMPLES = b"linekeeper samples 1\n"
#: Files of a folder that are not the call's content.
_NOT_CONTENT = (".tmp", ".part", ".minisig", ".json", ".unreadable")


def new_salt() -> str:
    """Return a fresh salt, as hex."""
    return secrets.token_hex(SALT_BYTES)


def facts_text(record: dict[str, Any]) -> bytes:
    """Return a sidecar's facts as they are hashed: one line of JSON, keys in order."""
    facts = {name: record.get(name) for name in FACTS}
    # What the sidecar can hold can be hashed: a level of silence is -Infinity.
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return text.encode()


def hash_facts(record: dict[str, Any], salt: str) -> str:
    """Return the hash of a sidecar's facts."""
    data = _TAG + bytes.fromhex(salt) + facts_text(record)
    return hashlib.sha256(data).hexdigest()


def facts_of(call: Call) -> str | None:
    """Return the hash of a call's facts; None once its salt is erased."""
    salt = call.proof.get("salt")
    return hash_facts(call.to_json(), salt) if is_salt(salt) else None


def is_salt(text: object) -> TypeGuard[str]:
    """Tell whether a record's salt is one; somebody may have edited it."""
    return isinstance(text, str) and bool(re.fullmatch(r"[0-9a-f]{32}", text))


def salted_samples(sha256: str, salt: str) -> str:
    """Return what the ledger holds of the hash of all samples."""
    data = _SAMPLES + bytes.fromhex(salt) + bytes.fromhex(sha256)
    return hashlib.sha256(data).hexdigest()


def content(folder: Path) -> list[Path]:
    """Return the files of a call's content, in order of their names."""
    return sorted(
        path for path in folder.iterdir() if is_content(path.name) and path.is_file()
    )


def is_content(name: str) -> bool:
    """Tell whether a file of this name is a call's content."""
    return not name.endswith(_NOT_CONTENT)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file as it lies on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inventory(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a call's content."""
    return {
        path.name: hash_file(path)
        for path in content(folder)
        if FILE.fullmatch(path.name)
    }
