"""Recording folders, the truth of the archive: recordings/YYYY/MM/DD/<call id>/.

A folder holds `call.json` (all that is known of the call), the master (`master.wav`
while it grows and until it is packed, then `master.flac`) and `peaks.dat`.
"""

import json
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware.archive import disk
from firmware.archive.model import Call
from firmware.errors import NoSuchCall, StoreError

SIDECAR = "call.json"
MASTER_WAV = "master.wav"
MASTER_FLAC = "master.flac"
PEAKS = "peaks.dat"
#: A FLAC that is being written; its name changes once it is verified and durable.
HALF_FLAC = "master.flac.part"

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

    def __init__(self, root: Path) -> None:
        self.root = root

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
        """Replace the sidecar, durably; the folder is made if it is not there."""
        text = json.dumps(call.to_json(), ensure_ascii=False, indent=1)
        with disk.plainly(f"call {call.id}: its sidecar cannot be written"):
            path = self.path(call.id)
            made = disk.make_folder(path)
            disk.replace_file(path / SIDECAR, text.encode())
            for folder in (path, *made):
                disk.sync_folder(folder)

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
        return call

    def ids(self) -> Iterator[str]:
        """Yield the id of every folder, oldest day first."""
        days = self.root.glob("[0-9]*/[0-9]*/[0-9]*")
        for day in sorted(filter(Path.is_dir, days)):
            stamp = "".join(day.parts[-3:]) + "-"
            for name in sorted(os.listdir(day)):
                if name.startswith(stamp) and is_id(name):
                    yield name
