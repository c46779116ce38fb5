"""Recording folders, the truth of the archive: recordings/YYYY/MM/DD/<call id>/.

A folder holds `call.json` (all that is known of the call), the master (a growing one
until it is packed, then FLAC) and its outline.  What is sealed bears `.sealed` behind
its name and opens with `seal.key`; without sealing the plain names are used.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware.archive import disk
from firmware.archive.ledger import minisign
from firmware.archive.ledger.chronicle import Chronicle
from firmware.archive.model import Call
from firmware.errors import NoSuchCall, StoreError

SIDECAR = "call.json"
#: The sidecar's detached signature.
SIGNATURE = SIDECAR + minisign.ENDING
MASTER_WAV = "master.wav"
MASTER_FLAC = "master.flac"
PEAKS = "peaks.dat"
#: The data key of the call, wrapped (see `seal.header`).
SEAL_KEY = "seal.key"
#: Behind the name of what is sealed.
SEALED = ".sealed"
MASTER_PCM_SEALED = "master.pcm" + SEALED
MASTER_FLAC_SEALED = MASTER_FLAC + SEALED
#: The smaller copy, which may take the place of the FLAC later.
MASTER_OPUS = "master.opus"
MASTER_OPUS_SEALED = MASTER_OPUS + SEALED
PEAKS_SEALED = "peaks" + SEALED
#: Who spoke when.
TURNS = "turns.json"
TURNS_SEALED = "turns" + SEALED
#: Behind a name while the file is being written; it goes once it is verified.
HALF = ".part"
#: A master that grows or waits to be packed, and a packed one: the sealed name first.
GROWING = (MASTER_PCM_SEALED, MASTER_WAV)
LOSSLESS_MASTERS = (MASTER_FLAC_SEALED, MASTER_FLAC)
SMALL_MASTERS = (MASTER_OPUS_SEALED, MASTER_OPUS)
PACKED_MASTERS = (*LOSSLESS_MASTERS, *SMALL_MASTERS)


def growing_master(folder: Path) -> Path | None:
    """Return the master of a call that is not packed yet."""
    return _first(folder, GROWING)


def packed_master(folder: Path) -> Path | None:
    """Return the packed master."""
    return _first(folder, PACKED_MASTERS)


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).exists()), None)


#: Crockford's base 32: no i, l, o, u, which are misread or make words.
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"

_ID = re.compile(rf"(\d{{4}})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[{CROCKFORD}]{{4}}")


def is_id(text: str) -> bool:
    """Tell whether a text has the form of a call id."""
    return _ID.fullmatch(text) is not None


def utc_of(call_id: str) -> float:
    """Return the time that a call id carries, seconds since 1970."""
    match = _ID.fullmatch(call_id)
    if match is None:
        raise NoSuchCall(call_id)
    year, month, day, hour, minute, second = (int(group) for group in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


class Folders:
    """The folders below `state_dir/recordings`."""

    def __init__(self, root: Path, chronicle: Chronicle | None = None) -> None:
        self.root = root
        self._chronicle = chronicle

    def path(self, call_id: str) -> Path:
        """Return the folder of a call; the id is checked, never a path."""
        if not is_id(call_id):
            raise NoSuchCall(call_id)
        return self.root / call_id[:4] / call_id[4:6] / call_id[6:8] / call_id

    def new_id(self, start_utc: float) -> str:
        """Return an id that no folder has yet."""
        stamp = datetime.fromtimestamp(start_utc, UTC).strftime("%Y%m%d-%H%M%S-")
        while True:
            call_id = stamp + "".join(secrets.choice(CROCKFORD) for _ in range(4))
            if not os.path.exists(self.path(call_id)):  # never raises
                return call_id

    def write(self, call: Call) -> None:
        """Replace the sidecar, durably; the folder is made if it is not there.

        The record of a call that is over is entered in the ledger before, and signed.
        """
        self._settle(call)
        text = json.dumps(call.to_json(), ensure_ascii=False, indent=1).encode()
        signature = self._signature(call, text)
        with disk.plainly(f"call {call.id}: its sidecar cannot be written"):
            path = self.path(call.id)
            made = disk.make_folder(path)
            disk.replace_file(path / SIDECAR, text)
            if signature is not None:
                disk.replace_file(path / SIGNATURE, signature.encode())
            for folder in (path, *made):
                disk.sync_folder(folder)

    def is_signed(self, call_id: str) -> bool:
        """Tell whether the sidecar bears a good signature of this box."""
        path = self.path(call_id)
        try:
            text, signature = (
                (path / SIDECAR).read_bytes(),
                (path / SIGNATURE).read_text(),
            )
        except (OSError, UnicodeDecodeError):
            return False
        return self._chronicle is not None and self._chronicle.is_signed(
            text, signature
        )

    def _settle(self, call: Call) -> None:
        if self._chronicle is None:
            return
        with self._chronicle.unhindered(call.id):
            self._chronicle.settle(call, lambda: self._record(call.id))

    def _signature(self, call: Call, text: bytes) -> str | None:
        """Return the signature of a record that will stay as it is for a while."""
        waits = call.outcome == "in_progress" or call.audio in ("recording", "closing")
        if self._chronicle is None or waits:
            return None
        return self._chronicle.signature(call, text)

    def _record(self, call_id: str) -> dict[str, Any] | None:
        """Return what lies on the disk, whatever it is; None if nothing can be read."""
        try:
            found = json.loads((self.path(call_id) / SIDECAR).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else {}

    def read(self, call_id: str) -> Call:
        """Return what the sidecar says.

        Raises StoreError if it is missing or is not a sidecar.
        """
        path = self.path(call_id) / SIDECAR
        with disk.plainly(f"call {call_id}: its sidecar cannot be read"):
            text = path.read_bytes()
        try:
            call = Call.from_json(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError(
                f"call {call_id}: call.json is damaged: {error}"
            ) from error
        if call.id != call_id:
            raise StoreError(f"call {call_id}: call.json belongs to {call.id}")
        tables = (call.consent, call.keeping, call.proof)
        if not all(isinstance(table, dict) for table in tables):
            raise StoreError(f"call {call_id}: call.json is damaged: want tables")
        return call

    def ids(self) -> Iterator[str]:
        """Yield the id of every folder, oldest day first."""
        days = self.root.glob("[0-9]*/[0-9]*/[0-9]*")
        for day in sorted(filter(Path.is_dir, days)):
            stamp = "".join(day.parts[-3:]) + "-"
            for name in sorted(os.listdir(day)):
                if name.startswith(stamp) and is_id(name):
                    yield name
