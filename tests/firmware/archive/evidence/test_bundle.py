"""Evidence bundles: what is refused, what is in one, and that each change is named."""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.archive import Archive
from firmware.archive.evidence import build, check, wave
from firmware.archive.ledger import facts, key, minisign
from firmware.archive.model import Call
from firmware.errors import NoSuchCall, StoreError
from tests.firmware.archive.helpers import START, Samples, new_call, record

Files = dict[str, bytes]


@pytest.fixture
def call(archive: Archive, talk: Samples) -> Call:
    call = record(
        archive, talk, number="+15550123456", name="Anna <Example>", clock="synced"
    )
    archive.finish_pending()
    archive.ledger.add("played", call.id, "anna", START + 60, reason="dispute")
    return archive.calls.get(call.id)


@pytest.fixture
def bundle(archive: Archive, call: Call, tmp_path: Path) -> Path:
    return make(archive, call.id, tmp_path / "bundle.zip")


def make(archive: Archive, call_id: str, path: Path) -> Path:
    with path.open("wb") as file:
        build(archive, call_id, file, by="anna", now_utc=START + 90)
    return path


def unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


def packed(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def test_a_call_that_does_not_exist(archive: Archive, call: Call) -> None:
    with pytest.raises(NoSuchCall):
        build(archive, "20270115-080000-zzzz", io.BytesIO(), by="x", now_utc=START)


def test_a_call_that_is_not_stored_yet(archive: Archive, talk: Samples) -> None:
    running = new_call(archive)
    archive.begin(running)
    waiting = record(archive, talk)
    for each in (running, waiting):
        with pytest.raises(StoreError, match="not stored yet"):
            build(archive, each.id, io.BytesIO(), by="x", now_utc=START)
    assert all(entry.kind != "exported" for entry in archive.ledger.walk())


def test_a_bundle_is_good(bundle: Path, call: Call, talk: Samples) -> None:
    found = check(bundle)
    assert found.problem is None
    assert (found.call, found.samples) == (call.id, len(talk))
    assert found.entries == 6, "created decision closed packed played exported"


def test_the_export_is_in_the_chain_it_shows(bundle: Path) -> None:
    entries = json.loads(unpacked(bundle)["ledger.json"])["entries"]
    last = json.loads(entries[-1]["line"])
    assert (last["kind"], last["by"], last["format"]) == (
        "exported",
        "anna",
        "evidence",
    )


def test_a_missed_call_has_a_bundle_without_sound(
    archive: Archive, tmp_path: Path
) -> None:
    call = new_call(archive)
    archive.begin(call)
    call.outcome, call.end_s, call.no_audio_reason = "missed", 9.0, "not_answered"
    archive.end(call)
    found = check(make(archive, call.id, tmp_path / "b.zip"))
    assert found.good
    assert found.samples == 0


def test_the_original_is_broadcast_wave(
    bundle: Path, call: Call, talk: Samples
) -> None:
    data = unpacked(bundle)["original.wav"]
    found, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assert rate == 8000
    assert np.array_equal(found, talk)
    bext = data[data.index(b"bext") + 8 :]
    assert bext[:256].rstrip(b"\0").decode().startswith(f"Telephone call {call.id}")
    assert bext[256:288].rstrip(b"\0") == b"Linekeeper"
    assert bext[320:338] == b"2027-01-1508:00:00"
    assert int.from_bytes(bext[338:346], "little") == 8 * 3600 * 8000
    assert int.from_bytes(bext[346:348], "little") == 1
    assert bext[602:].startswith(b"A=PCM,F=8000,W=16,M=mono")
    assert b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>230400000<" in data


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF0000WAVEdata\xff\xff\xff\xff"])
def test_what_is_not_a_wave_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="WAV"):
        wave.samples_at(data)


def test_the_listening_copy_is_as_long(bundle: Path, talk: Samples) -> None:
    data = unpacked(bundle)["listening.wav"]
    found, _ = soundfile.read(io.BytesIO(data), dtype="int16")
    assert len(found) == len(talk)


def test_the_sheet_tells_who_and_escapes(bundle: Path, call: Call) -> None:
    page = unpacked(bundle)["sheet.html"].decode()
    assert "Anna &lt;Example&gt;" in page
    assert "+15550123456" in page
    assert "listened to" in page
    assert "by nobody yet" in page
    digest = hashlib.sha256(unpacked(bundle)["original.wav"]).hexdigest()
    assert digest in page


def test_minisign_and_openssl_agree(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with zipfile.ZipFile(bundle) as found:
        found.extractall(folder)
    for name in ("manifest.json", "call.json"):
        command = ["minisign", "-Vm", name, "-p", "key.pub"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    with (folder / "call.json").open("ab") as file:
        file.write(b" ")
    command = ["minisign", "-Vm", "call.json", "-p", "key.pub"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode != 0


def sound(files: Files) -> None:
    data = bytearray(files["original.wav"])
    data[-5] ^= 1
    files["original.wav"] = bytes(data)


def renamed(files: Files) -> None:
    files["original2.wav"] = files.pop("original.wav")


def entry(files: Files) -> None:
    files["ledger.json"] = files["ledger.json"].replace(b"anna", b"bert")


def number(files: Files) -> None:
    files["call.json"] = files["call.json"].replace(b"+15550123456", b"+15550123457")


CHANGES: dict[str, tuple[Callable[[Files], object], str]] = {
    "one sample": (sound, "file_altered"),
    "a name": (renamed, "file_unknown"),
    "an entry": (entry, "file_altered"),
    "the number": (number, "file_altered"),
    "a file is gone": (lambda files: files.pop("hashes.dat"), "file_missing"),
    "a file more": (lambda files: files.update(x=b"y"), "file_unknown"),
    "no key": (lambda files: files.pop("key.txt"), "file_missing"),
    "another key": (
        lambda files: files.update({"key.txt": b"x+00000000+AAAA\n"}),
        "key_missing",
    ),
    "no signature": (lambda f: f.pop("manifest.json.minisig"), "file_missing"),
    "another date": (
        lambda f: f.update(
            {"manifest.json": f["manifest.json"].replace(b"2027", b"2026")}
        ),
        "signature_altered",
    ),
    "not a manifest": (
        lambda files: files.update({"manifest.json": b"{}"}),
        "signature_altered",
    ),
}


@pytest.mark.parametrize("what", list(CHANGES))
def test_a_changed_bundle_is_named(bundle: Path, tmp_path: Path, what: str) -> None:
    files = unpacked(bundle)
    change, expected = CHANGES[what]
    change(files)
    found = check(packed(tmp_path / "changed.zip", files))
    assert found.problem is not None
    assert found.problem.what == expected


def louder(files: Files) -> None:
    data = bytearray(files["original.wav"])
    begin, _ = wave.samples_at(bytes(data))
    data[begin + 2 * 8000 * 3] ^= 1
    files["original.wav"] = bytes(data)


def hidden(files: Files) -> None:
    data = json.loads(files["ledger.json"])
    data["entries"] = [e for e in data["entries"] if "closed" not in e["line"]]
    files["ledger.json"] = json.dumps(data).encode()


def swapped(files: Files) -> None:
    data = json.loads(files["ledger.json"])
    data["entries"][1], data["entries"][2] = data["entries"][2], data["entries"][1]
    files["ledger.json"] = json.dumps(data).encode()


def redated(files: Files) -> None:
    record = json.loads(files["call.json"])
    record["start_utc"] = "2026-01-15T08:00:00.000Z"
    files["call.json"] = json.dumps(record).encode()
    files["facts.json"] = facts.facts_text(record)


def grown(files: Files) -> None:
    lines = files["checkpoint.txt"].decode().split("\n")
    lines[1] = str(int(lines[1]) + 1)
    files["checkpoint.txt"] = "\n".join(lines).encode()


FORGERIES: dict[str, tuple[Callable[[Files], object], str, str]] = {
    "a bit of the fourth second": (louder, "audio_altered", "second 3"),
    "sound taken away": (lambda f: f.pop("original.wav"), "file_missing", ""),
    "another number": (number, "record_altered", "call.json"),
    "another date": (redated, "record_altered", "call.json"),
    "who listened": (entry, "entry_altered", "entry 5"),
    "an entry left out": (hidden, "record_altered", ""),
    "entries in another order": (swapped, "entry_altered", ""),
    "a larger ledger": (grown, "anchor_altered", "checkpoint.txt"),
}


@pytest.mark.parametrize("what", list(FORGERIES))
def test_what_the_box_itself_forges_is_named(
    archive: Archive, bundle: Path, tmp_path: Path, what: str
) -> None:
    """Whoever has the box's key can sign a manifest anew, and that is not enough."""
    files = unpacked(bundle)
    change, expected, where = FORGERIES[what]
    change(files)
    found = check(packed(tmp_path / "forged.zip", signed_anew(archive, files)))
    assert found.problem is not None
    assert found.problem.what == expected
    assert where in found.problem.where


def signed_anew(archive: Archive, files: Files) -> Files:
    manifest = json.loads(files["manifest.json"])
    names = {n for n in files if not n.startswith("manifest.json")}
    manifest["files"] = {n: hashlib.sha256(files[n]).hexdigest() for n in names}
    raw = json.dumps(manifest).encode()
    signature = minisign.sign(raw, key.load(archive.state_dir), "x", hashed=False)
    made = {"manifest.json": raw, "manifest.json.minisig": signature.encode()}
    return {**files, **made}


def test_a_bundle_of_another_box_is_named(
    archive: Archive, bundle: Path, tmp_path: Path, talk: Samples
) -> None:
    own = archive.ledger.public_key
    assert check(bundle, key=own).good
    with Archive(tmp_path / "other") as other:
        call = record(other, talk)
        other.finish_pending()
        path = make(other, call.id, tmp_path / "other.zip")
    assert check(path).good
    found = check(path, key=own)
    assert found.problem is not None
    assert found.problem.detail == "it is of another box"


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 1000])
def test_what_is_not_a_bundle(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    found = check(path)
    assert found.problem is not None
    assert found.problem.what == "unreadable"
