"""Has the ledger's checkpoint seen outside: stamped, witnessed, laid into a folder.

Only the newest checkpoint is ever sent: it covers all before it, so that a box that was
offline for a month has one thing to catch up on.  What fails is told and tried again.
"""

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.archive import disk
from firmware.archive.ledger import tsa, witness
from firmware.archive.ledger.anchors import Anchor, Anchors, Trust, parse_keys
from firmware.archive.ledger.chronicle import RECORDER
from firmware.archive.ledger.ledger import Ledger
from firmware.archive.ledger.note import Checkpoint, Note, NoteError, NoteKey
from firmware.archive.ledger.tsa import TokenError
from firmware.errors import LinekeeperError, StoreError
from firmware.service.settings import Proof

#: Reliability goal E7: an alarm when nobody outside has seen the ledger for so long, s.
ALARM_S = 48 * 3600.0
#: Entries that anchoring itself makes; they alone are no reason to anchor again.
_OWN = "checkpoint_anchored"

Send = Callable[[str, str], witness.Answer]
Ask = Callable[[str, bytes], bytes]


@dataclass(slots=True)
class Done:
    """What came of anchoring."""

    size: int = 0
    how: list[str] = field(default_factory=list)  # tsa, witness, folder
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class State:
    """How far the ledger was seen outside, and whether that is long ago."""

    wanted: bool  # somebody outside is named in the settings
    size: int  # entries there are
    seen_size: int = 0
    seen_utc: float | None = None
    alarm: bool = False


def trust_of(proof: Proof) -> Trust:
    """Return who is believed by the settings."""
    roots = Path(proof.tsa_certificates) if proof.tsa_certificates else None
    return Trust(roots, parse_keys([proof.witness_key or ""]))


def anchor(
    ledger: Ledger,
    proof: Proof,
    now_utc: float,
    ask: Ask = tsa.ask,
    send: Send = witness.send,
) -> Done:
    """Have the newest checkpoint seen by all whom the settings name."""
    done = Done()
    shelf = Anchors(ledger.state_dir)
    found = shelf.keep(ledger.checkpoint())
    done.size = found.size
    steps: list[tuple[str, bool, Callable[[], None]]] = [
        ("tsa", bool(proof.tsa_url), lambda: _stamp(shelf, found, proof, ask)),
        (
            "witness",
            bool(proof.witness_url and proof.witness_key),
            lambda: _witness(ledger, shelf, found, proof, send),
        ),
        ("folder", bool(proof.checkpoint_folder), lambda: _lay_out(found, proof)),
    ]
    for how, wanted, step in steps:
        if not wanted:
            continue
        try:
            step()
        except (LinekeeperError, TokenError, NoteError) as error:
            done.problems.append(f"{how}: {error}")
        else:
            done.how.append(how)
    root = Checkpoint.of(found.note).root.hex()
    for how in done.how:
        data = {"size": found.size, "root": root, "how": how}
        kept = found.beside(how)
        if kept:
            data["receipt"] = hashlib.sha256(kept).hexdigest()
        ledger.add(_OWN, "", RECORDER, now_utc, **data)
    return done


def is_due(ledger: Ledger, proof: Proof, now_utc: float) -> bool:
    """Tell whether something is new and the last anchor old enough."""
    if not wanted(proof) or not ledger.exists or not ledger.size:
        return False
    last = ledger.newest(_OWN)
    if last is None:
        return True
    new = any(entry.kind != _OWN for entry in ledger.walk(int(last.data["size"])))
    return new and now_utc - last.at_utc >= proof.anchor_hours * 3600.0


def wanted(proof: Proof) -> bool:
    """Tell whether the settings name anybody outside."""
    return bool(proof.tsa_url or proof.witness_url or proof.checkpoint_folder)


def state(ledger: Ledger, proof: Proof, now_utc: float) -> State:
    """Return how far the ledger was seen outside, by what can be checked here."""
    size = ledger.size if ledger.exists else 0
    trust = trust_of(proof)
    for found in reversed(Anchors(ledger.state_dir).all()):
        with contextlib.suppress(NoteError, TokenError, StoreError):
            times = [each.at_utc for each in found.seen(trust)]
            if times:
                late = now_utc - max(times) > ALARM_S and size > found.size
                return State(wanted(proof), size, found.size, max(times), late)
    oldest = next(ledger.walk(0, 1)).at_utc if size else now_utc
    return State(
        wanted(proof), size, alarm=wanted(proof) and now_utc - oldest > ALARM_S
    )


def _stamp(shelf: Anchors, found: Anchor, proof: Proof, ask: Ask) -> None:
    if found.token:
        return
    token = ask(str(proof.tsa_url), found.raw)
    if proof.tsa_certificates:
        tsa.check(token, found.raw, Path(proof.tsa_certificates))
    else:
        tsa.covers(token, found.raw)
    shelf.add_token(found, token)


def _witness(
    ledger: Ledger, shelf: Anchors, found: Anchor, proof: Proof, send: Send
) -> None:
    (key,) = parse_keys([str(proof.witness_key)])
    note, old = found.note, _witnessed(shelf, key)
    if any(name == key.name for name, _, _ in note.signatures):
        return
    for _ in range(2):  # the witness may know better where it stopped
        proof_lines = ledger.file.consistency(old, found.size)
        answer = send(str(proof.witness_url), witness.request(old, proof_lines, note))
        text = answer.text.strip()
        if answer.status != witness.CONFLICT or not text.isdecimal():
            break
        old = int(text)
        if old > found.size:
            break
    if not answer.signed:
        raise StoreError(f"refused with {answer.status}: {answer.text.strip()[:200]}")
    signed = Note.parse(f"{note.text}\n{answer.text}")
    key.check(signed)
    shelf.add_cosignatures(found, [signed.line(0)])


def _witnessed(shelf: Anchors, key: NoteKey) -> int:
    """Return the size of the last checkpoint that the witness signed."""
    for found in reversed(shelf.all()):
        with contextlib.suppress(NoteError):
            if any(name == key.name for name, _, _ in found.note.signatures):
                return found.size
    return 0


def _lay_out(found: Anchor, proof: Proof) -> None:
    """Copy checkpoint and token where the owner wants them: a stick, a share."""
    folder = Path(str(proof.checkpoint_folder))
    with disk.plainly(f"{folder}: the checkpoint cannot be laid there"):
        for path in found.path.parent.glob(f"{found.path.stem}.*"):
            shutil.copyfile(path, folder / path.name)
