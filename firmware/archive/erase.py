"""The one owner of erasing: a call's audio, or all that tells who it was.

1. the ledger
2. the sidecar says that the call was erased, and holds nothing of it any more
3. the data key is overwritten where it lies, then every other file is removed
4. the row; then the traces in the database's free pages and its log
5. list of erasures for the places that hold copies, certificate

From 2 on a restart completes it: the row is unsettled until 4.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from firmware.archive import disk, pins, search, small, traces
from firmware.archive.catalogue import Catalogue
from firmware.archive.erasures import Erasures
from firmware.archive.folder import CROCKFORD, SIDECAR
from firmware.archive.keeping import NAME_LENGTH, Ledger, finished, may_go, wanted
from firmware.archive.model import Call, iso
from firmware.archive.retention import Rules
from firmware.archive.texts import Texts
from firmware.archive.writer import Writer
from firmware.errors import LinekeeperError, Refused

What = Literal["audio", "all"]

#: The wrapped data key of a sealed call: gone first, and with it the audio.
SEAL_KEY = "seal.key"
#: What stays in the folder of an erased call: the record and its signature.
KEPT_FILES = (SIDECAR, f"{SIDECAR}.minisig")
#: Sealed files need no overwriting once their key is gone.
SEALED = ".sealed"


@dataclass(frozen=True, slots=True)
class Gone:
    """One call that was erased, as its certificate tells."""

    call: str
    start_utc: str
    line: str
    what: What
    reason: str
    audio_s: float
    files: int
    key_destroyed: bool


class Eraser:
    """Erases calls; never one that a hold or a law keeps."""

    def __init__(
        self,
        writer: Writer,
        ledger: Ledger,
        erasures: Erasures,
        catalogue: Catalogue,
        forget_key: Callable[[str], None] = lambda call_id: None,
    ) -> None:
        self._writer = writer
        self._ledger = ledger
        self._erasures = erasures
        self._catalogue = catalogue
        self._forget_key = forget_key

    def erase(
        self,
        call_ids: Sequence[str],
        by: str,
        now_utc: float,
        *,
        reason: str,
        rules: Rules,
    ) -> dict[str, Any]:
        """Erase calls whole and return the certificate.

        A call that must stay is not erased; the certificate gives the reason.  With a
        single call that is Refused.
        """
        reason, by = wanted(reason, "a reason"), wanted(by, "a name")[:NAME_LENGTH]
        gone: list[Gone] = []
        kept: list[dict[str, str]] = []
        texts: set[str] = set()
        for call_id in call_ids:
            try:
                call = finished(self._writer, call_id)
                may_go(call, rules, now_utc)
                texts |= personal(call)
                gone.append(self.remove(call_id, "all", "erasure", by, now_utc))
            except LinekeeperError as error:
                if len(call_ids) == 1:
                    raise
                kept.append({"call": call_id, "reason": str(error)})
        others = self.clean(texts) if gone else False
        return self.certify(gone, by, now_utc, reason, kept=kept, others=others)

    def clean(self, texts: set[str]) -> bool:
        """Remove the traces of texts; tell whether other records rightly hold some."""
        Texts(self._catalogue).forget()
        return bool(traces.clean(self._catalogue, texts))

    def remove(
        self, call_id: str, what: What, reason: str, by: str, now_utc: float
    ) -> Gone:
        """Do steps 1 to 4 with one call, but for the traces."""
        writer = self._writer
        with writer.at_rest(), disk.plainly(f"call {call_id}: it cannot be erased"):
            with writer.guard:
                call = finished(writer, call_id)
                if call.held:
                    raise Refused(f"call {call_id}: there is a hold on it")
                audio_s = call.audio_s
                scrub(call, {"what": what, **_stamp(by, now_utc), "reason": reason})
                kind = "erased" if reason == "erasure" else "swept"
                writer.calls.unsettle(call_id)
                self._ledger.add(kind, call_id, by, now_utc, what=what, reason=reason)
                writer.folders.write(call)
            folder = writer.folders.path(call_id)
            had_key = (folder / SEAL_KEY).exists()
            files = empty(folder)  # an hour of plain audio is not overwritten at once
            self._forget_key(call_id)
            self._settle(call_id)
        start = iso(call.start_utc)
        return Gone(call.id, start, call.line, what, reason, audio_s, files, had_key)

    def step_down(self, call_id: str, by: str, now_utc: float) -> None:
        """Let a call's smaller copy take the place of its lossless master.

        The copy is compared with the hash it had when it was made, and only then the
        master goes; no private key is needed for that.
        """
        writer = self._writer
        with writer.at_rest(), disk.plainly(f"call {call_id}: it cannot step down"):
            folder = writer.folders.path(call_id)
            kept = small.stored(folder, finished(writer, call_id))
            with writer.guard:
                call = finished(writer, call_id)
                call.keeping["small"] |= {"alone": True, **_stamp(by, now_utc)}
                call.audio_bytes = kept.stat().st_size
                gone = [p for p in small.masters(folder) if p.exists()]
                files = {path.name: None for path in gone}
                writer.calls.unsettle(call_id)
                self._ledger.add(
                    *("stepped_down", call_id, by, now_utc),
                    files=files,
                    reason="age_ladder",
                )
                writer.folders.write(call)
            complete(call, folder)
            self._settle(call_id)

    def _settle(self, call_id: str) -> None:
        """Let the row say what the record says by now."""
        writer = self._writer
        with writer.guard:
            writer.calls.store(writer.folders.read(call_id), unsettled=False)

    def note(
        self, gone: Iterable[Gone], by: str, now_utc: float, certificate: str = ""
    ) -> None:
        """Tell the places that hold copies what is to go there."""
        rows = [(each.call, each.what, each.reason) for each in gone]
        self._erasures.add(rows, by, now_utc, certificate)

    def certify(
        self,
        gone: list[Gone],
        by: str,
        now_utc: float,
        reason: str,
        *,
        kept: Sequence[dict[str, str]] = (),
        others: bool = False,
    ) -> dict[str, Any]:
        """Keep and return the certificate of an erasure, and tell the copies."""
        number = certificate_id(now_utc)
        self.note(gone, by, now_utc, number)
        data = {
            "id": number,
            "at_utc": iso(now_utc),
            "by": by,
            "reason": reason,
            "erased": [_row(each) for each in gone],
            "kept": list(kept),
            "others_hold_it": others,
        }
        self._erasures.certify(number, now_utc, data)
        return data


def certificate_id(now_utc: float) -> str:
    """Return a number for a certificate: the day and four characters."""
    tail = "".join(secrets.choice(CROCKFORD) for _ in range(4))
    return f"E{iso(now_utc)[:10].replace('-', '')}-{tail}"


def personal(call: Call) -> set[str]:
    """Return the texts of a record that tell who was on the line.

    Number and name may be those of other calls, too; the beginning of the row with the
    number in it and the salt are this call's alone, and show an old copy of its row.
    """
    number = call.number or ""
    notes = [call.keeping.get(word, {}).get("text", "") for word in ("note", "order")]
    notes += pins.texts(call)
    notes += [each.get("text", "") for each in call.keeping.get("reasons", ())]
    row = json.dumps(call.to_json(), ensure_ascii=False, separators=(",", ":"))
    begin, found, _ = row.partition(f'"number":"{number}"')
    ours = {f"{begin}{found}"} if number else set()
    ours |= {call.proof.get("salt", "")}
    ours |= {search.national(search.number_of(call))}
    return {number, number.lstrip("+"), call.name or "", *notes, *ours} - {""}


def scrub(call: Call, entry: dict[str, Any]) -> None:
    """Take out of a record what may not stay; `entry` says what was erased."""
    call.audio, call.no_audio_reason = "none", "erased"
    call.audio_s, call.audio_bytes, call.sha256 = 0.0, 0, None
    call.marks = [mark for mark in call.marks if mark.kind != "digit"]
    gone = {"bin", "small", "copies"}
    call.keeping = {k: v for k, v in call.keeping.items() if k not in gone}
    if entry["what"] == "all":
        call.number = call.number_absence = call.name = None
        call.marks, call.consent, call.keeping, call.proof = [], {}, {}, {}
    call.keeping["erased"] = entry


def complete(call: Call, folder: Path) -> None:
    """Remove what a record says is gone: of an erased call all, of a stepped one
    the master that gave way; also where that was interrupted.
    """
    if "erased" in call.keeping:
        empty(folder)
    elif (call.keeping.get("small") or {}).get("alone") and small.is_there(folder):
        with disk.plainly(f"{folder.name}: its master cannot be removed"):
            for path in small.masters(folder):
                disk.remove(path)
            disk.sync_folder(folder)


def empty(folder: Path) -> int:
    """Destroy the key, then all else in a folder; return how many files went."""
    with disk.plainly(f"{folder.name}: its files cannot be erased"):
        traces.wipe(folder / SEAL_KEY)
        disk.sync_folder(folder)
        files = [path for path in folder.iterdir() if path.name not in KEPT_FILES]
        for path in files:
            discard(path)
        disk.sync_folder(folder)
    return len(files)


def discard(path: Path) -> None:
    """Remove a file; what is not sealed is overwritten first."""
    if path.name.endswith(SEALED):
        disk.remove(path)
    else:
        traces.wipe(path)


def _stamp(by: str, now_utc: float) -> dict[str, str]:
    return {"at_utc": iso(now_utc), "by": by}


def _row(gone: Gone) -> dict[str, Any]:
    return {name: getattr(gone, name) for name in Gone.__slots__}
