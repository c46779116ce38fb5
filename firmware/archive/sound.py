"""The reading side of the archive: folders, audio sealed or plain, files beside it."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.archive import talk
from firmware.archive.folder import (
    PEAKS,
    PEAKS_SEALED,
    SEALED,
    TURNS,
    TURNS_SEALED,
    Folders,
    growing_master,
    packed_master,
)
from firmware.archive.masks import masked, spans_of
from firmware.archive.model import Call
from firmware.archive.opening import open_master
from firmware.archive.original import AsWav, Original, open_original
from firmware.archive.reader import MasterReader, Samples
from firmware.archive.seal.files import (
    PlainFile,
    PlainReader,
    SealedFile,
    open_plain,
    read_sealed,
)
from firmware.archive.seal.sealer import Sealer
from firmware.archive.seal.stream import StreamReader
from firmware.archive.wav import FS
from firmware.archive.waveform import is_whole, outline
from firmware.errors import Locked, SealBroken, StoreError

log = logging.getLogger(__name__)


class Sound:
    """What may be read of calls.  Locked says that a private key is needed."""

    sealer: Sealer
    _folders: Folders

    def folder(self, call: Call) -> Path:
        """Return the folder of a call."""
        return self._folders.path(call.id)

    def folder_of(self, call_id: str) -> Path:
        """Return the folder that a call has by its id."""
        return self._folders.path(call_id)

    def folder_ids(self) -> Iterator[str]:
        """Yield the id of every folder, the oldest day first."""
        return self._folders.ids()

    def record_of(self, call_id: str) -> Call:
        """Return a call as its own folder tells it, not the catalogue."""
        return self._folders.read(call_id)

    def master_path(self, call: Call) -> Path:
        """Return the master; StoreError if the call has none that may be heard."""
        self._unlocked(call)
        folder = self._folders.path(call.id)
        path = packed_master(folder) or growing_master(folder)
        if call.audio != "none" and path is not None:
            return path
        reason = call.no_audio_reason or "its audio is missing"
        raise StoreError(f"call {call.id}: no audio: {reason}")

    @contextlib.contextmanager
    def open_audio(self, call: Call) -> Iterator[MasterReader]:
        """Open a call's master for reading any stretch of it, but card numbers."""
        with masked(self._open_master(call), spans_of(call)) as reader:
            yield reader

    def open_original(self, call: Call) -> Original:
        """Open a call's master as the file a person is given, FLAC or WAV."""
        self._unlocked(call)
        if spans_of(call):
            return AsWav(masked(self._open_master(call), spans_of(call)))
        return open_original(lambda: self.master_path(call), self._key_of(call))

    def seal_writer(self, call: Call, name: str) -> SealedFile | PlainFile:
        """Return a new file `name` of a call's folder, open for writing.

        It lies there as `name.sealed` once it is closed, and opens with the seal of
        the call; leaving a `with` by an exception leaves nothing.  Locked, if the call
        was packed and nobody has unlocked.  Formats may go back and fill in the first
        64 KiB.
        """
        folder = self._folders.path(call.id)
        if not self.sealer.enabled:
            return PlainFile(folder / name)
        return SealedFile(folder / (name + SEALED), self.sealer.make(call.id))

    def open_sealed(self, call: Call, name: str) -> StreamReader | PlainReader:
        """Open a file of a call's folder, sealed or plain, for reading anywhere."""
        path = self._folders.path(call.id) / (name + SEALED)
        if path.exists():
            return StreamReader(path, self.sealer.key(call.id))
        return open_plain(path.with_name(name))

    def read_samples(self, call: Call) -> Samples:
        """Return all samples of a call: 16 kB per second of it."""
        with self.open_audio(call) as reader:
            return reader.read(0, reader.frames)

    def peaks(self, call: Call) -> bytes:
        """Return a call's outline, as described in `waveform`."""
        self._unlocked(call)
        data = self._stored(call, PEAKS, PEAKS_SEALED)
        if is_whole(data):
            return data
        with self.open_audio(call) as reader:
            return outline(reader)

    def turns(self, call: Call) -> talk.Told:
        """Return who spoke when in a call; found anew where nothing is stored."""
        self._unlocked(call)
        told = talk.read(self._stored(call, TURNS, TURNS_SEALED))
        if told is not None:
            return told
        with self.open_audio(call) as reader:
            found = talk.read(talk.find(reader, talk.clues_of(call)))
        return found or talk.NOBODY

    def _open_master(self, call: Call) -> MasterReader:
        key = self._key_of(call)
        try:
            reader = open_master(self.master_path(call), key)
        except Locked:
            raise
        except StoreError:  # packed between the look and the opening
            reader = open_master(self.master_path(call), key)
        wanted = round(call.audio_s * FS)
        if call.audio == "closing" and reader.frames < wanted:
            reader.close()
            raise SealBroken(
                f"call {call.id}: holds {reader.frames} samples of {wanted}"
            )
        return reader

    def _key_of(self, call: Call) -> Callable[[], bytes]:
        return lambda: self.sealer.key(call.id)

    def _stored(self, call: Call, plain: str, sealed: str) -> bytes:
        """Return what was made of a master beside it, b"" if it is not to be read."""
        folder = self._folders.path(call.id)
        with contextlib.suppress(FileNotFoundError):
            if not (folder / sealed).exists():
                return (folder / plain).read_bytes()
            try:
                return read_sealed(folder / sealed, self.sealer.key(call.id))
            except SealBroken as error:
                log.warning("%s; made anew", error)
        return b""

    def _unlocked(self, call: Call) -> None:
        if call.quarantined:
            raise StoreError(f"call {call.id}: its audio is in quarantine")
        if call.restricted or call.binned:
            state = "restricted" if call.restricted else "in the bin"
            raise StoreError(f"call {call.id}: it is {state}")
