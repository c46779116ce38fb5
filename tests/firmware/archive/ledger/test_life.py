"""A recording's life in the ledger: what is entered when, and that it verifies."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.ledger import key as signing
from firmware.archive.ledger import minisign
from firmware.archive.ledger.entry import Entry
from firmware.archive.ledger.facts import facts_of
from firmware.archive.model import Call
from firmware.archive.verify import verify
from tests.firmware.archive.helpers import START, Samples, new_call, record


def kinds(archive: Archive, call: Call) -> list[str]:
    return [entry.kind for entry in archive.ledger.entries(call.id)]


def lines(archive: Archive) -> str:
    return b"\n".join(archive.ledger.file.lines()).decode()


def assert_good(archive: Archive, *, deep: bool = True) -> None:
    assert verify(archive, deep=deep).problems == []


def test_an_empty_archive_is_good(archive: Archive) -> None:
    assert verify(archive).good
    archive.finish_pending()
    assert verify(archive).good


def test_a_recorded_call(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk, number="+15550123456", name="Anna Example")
    assert kinds(archive, call) == ["created", "decision", "closed"]
    assert_good(archive, deep=False)
    archive.finish_pending()
    assert kinds(archive, call) == ["created", "decision", "closed", "packed"]
    packed = archive.ledger.entries(call.id)[-1].data
    assert set(packed["files"]) == {
        *("hashes.dat", "master.flac.sealed", "peaks.sealed", "seal.key"),
        "turns.sealed",
    }
    assert packed["samples"] == len(talk)
    assert_good(archive)
    archive.finish_pending()
    assert_good(archive)


def test_no_number_and_no_name_in_the_ledger(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk, number="+15550123456", name="Anna Example")
    call.consent = {"notice": {"heard": True, "id": "x", "text": "Anna"}}
    archive.update(call)
    archive.finish_pending()
    assert "5550123456" not in lines(archive)
    assert "Anna" not in lines(archive)


def test_a_missed_call(archive: Archive) -> None:
    call = new_call(archive, direction="incoming")
    archive.begin(call)
    assert kinds(archive, call) == []
    assert verify(archive).good, "it is not over yet"
    call.outcome, call.end_s, call.no_audio_reason = "missed", 20.0, "not_answered"
    archive.end(call)
    assert kinds(archive, call) == ["created", "decision", "closed"]
    closed = archive.ledger.entries(call.id)[-1].data
    assert closed["reason"] == "not_answered"
    assert_good(archive)


def test_a_notice_that_was_heard(archive: Archive) -> None:
    call = new_call(archive)
    archive.begin(call)
    call.consent = {
        "notice": {"heard": True},
        "quarantine": {"reason": "x", "until_utc": "2027-01-18T08:00:00.000Z"},
    }
    call.outcome, call.end_s = "answered", 5.0
    archive.end(call)
    assert kinds(archive, call) == [
        *("created", "decision", "notice_heard", "quarantined", "closed")
    ]


def test_a_change_afterwards_is_entered(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    call = archive.calls.get(call.id)
    call.name = "Anna"
    archive.update(call)
    archive.update(call)
    assert kinds(archive, call)[-2:] == ["packed", "updated"]
    assert_good(archive)


def test_a_clock_put_right_is_entered(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk, clock="unknown", boot_id="b", start_boottime_s=9.0)
    archive.finish_pending()
    archive.correct_clock("b", START - 9.0 + 3600, "chrony", START)
    entry = archive.ledger.entries(call.id)[-1]
    assert entry.kind == "clock_corrected"
    assert entry.data["was"] == "2027-01-15T08:00:00.000Z"
    assert entry.data["now"] == "2027-01-15T09:00:00.000Z"
    assert_good(archive)


def test_a_release_from_quarantine_is_entered(archive: Archive, talk: Samples) -> None:
    lock = {"reason": "notice_not_heard", "until_utc": "2027-01-18T08:00:00.000Z"}
    call = record(archive, talk, consent={"quarantine": lock})
    archive.finish_pending()
    archive.release(call.id, "anna", "a claim", START)
    entry = archive.ledger.entries(call.id)[-1]
    assert (entry.kind, entry.by) == ("released", "anna")
    assert "a claim" not in lines(archive)
    assert_good(archive)


def test_audio_that_a_rule_removes_is_entered(archive: Archive, talk: Samples) -> None:
    lock = {"reason": "notice_not_heard", "until_utc": "2027-01-18T08:00:00.000Z"}
    call = record(archive, talk, consent={"quarantine": lock})
    archive.finish_pending()
    assert archive.expire_quarantine(START + 1e7)
    entry = archive.ledger.entries(call.id)[-1]
    assert (entry.kind, entry.data["reason"]) == ("swept", "quarantine_over")
    assert_good(archive)


def test_whatever_a_record_holds_is_vouched_for(archive: Archive) -> None:
    call = new_call(archive, name="Å\N{SNOWMAN} 'x\"")
    archive.begin(call)
    call.consent = {"beeps": {"level_dbov": float("-inf"), "times_s": [1, 1.0, 1e-9]}}
    call.outcome, call.end_s, call.no_audio_reason = "missed", 1 / 3, "odd reason!"
    archive.end(call)
    assert archive.ledger.entries(call.id)[-1].data["reason"] == "other"
    assert_good(archive)


@pytest.mark.parametrize(
    "proof", [[], {"salt": 7}, {"salt": "no hex"}, {"salt": "00" * 16}, {"facts": "x"}]
)
@pytest.mark.parametrize("sha256", ["no hex", None])
def test_a_record_edited_to_trip_us_up(
    archive: Archive, talk: Samples, proof: object, sha256: str | None
) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    path = archive.folder(call) / "call.json"
    edited = {**json.loads(path.read_bytes()), "proof": proof, "sha256": sha256}
    path.write_text(json.dumps(edited))
    archive.calls.unsettle(call.id)
    archive.recover(START, None)
    archive.finish_pending()
    archive.reindex()
    aside = path.with_name("call.json.unreadable").exists()
    assert aside or verify(archive).problems, "put aside, or named"


def test_a_seal_for_other_keys_is_entered(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    waiting = record(archive, talk, START + 60)
    for each in (call, waiting):
        assert archive.rewrap(each.id, "anna")
    assert not archive.rewrap(archive.new_id(START), "anna")
    assert kinds(archive, call)[-1] == "rewrapped"
    assert "rewrapped" not in kinds(archive, waiting), "packing enters its seal"
    assert_good(archive)
    archive.finish_pending()
    assert_good(archive)


def test_the_record_is_signed_for_minisign(
    archive: Archive, talk: Samples, tmp_path: Path
) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    folder = archive.folder(call)
    public = signing.load(archive.state_dir).public_key().public_bytes_raw()
    text = (folder / "call.json.minisig").read_text()
    raw = (folder / "call.json").read_bytes()
    assert minisign.check(raw, text, public) == f"call:{call.id}"
    for damaged in (raw + b" ", raw[:-1], b""):
        with pytest.raises(minisign.SignatureError, match="not good"):
            minisign.check(damaged, text, public)


def test_a_record_altered_by_hand_is_never_vouched_for(
    archive: Archive, talk: Samples, caplog: pytest.LogCaptureFixture
) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    path = archive.folder(call) / "call.json"
    altered = {**json.loads(path.read_bytes()), "number": "+15550123999"}
    path.write_text(json.dumps(altered))
    with caplog.at_level(logging.ERROR):
        changed = archive.record_of(call.id)
        archive.update(changed)
    assert "altered by somebody else" in caplog.text
    what = {problem.what for problem in verify(archive).problems}
    assert "record_altered" in what


def test_a_ledger_that_cannot_be_written_stops_no_recording(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firmware.errors import StoreError

    def refuse(*_: object) -> None:
        raise StoreError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(archive.ledger, "add_all", refuse)
        call = record(archive, talk)
        archive.finish_pending()
    assert archive.calls.get(call.id).audio == "kept"
    archive.finish_pending()
    assert kinds(archive, call) == ["created", "decision", "closed", "packed"]
    assert_good(archive)


def test_calls_of_before_the_ledger_are_adopted(tmp_path: Path, talk: Samples) -> None:
    with Archive(tmp_path / "state") as archive:
        call = record(archive, talk)
        archive.finish_pending()
        path = archive.folder(call) / "call.json"
        plain = {k: v for k, v in json.loads(path.read_bytes()).items() if k != "proof"}
        path.write_text(json.dumps(plain))
        (archive.folder(call) / "call.json.minisig").unlink()
        archive.reindex()
        assert verify(archive).problems[0].what == "signature_missing"
    for name in ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"):
        (tmp_path / "state" / name).unlink(missing_ok=True)
    (tmp_path / "state" / "ledger.head").unlink()
    with Archive(tmp_path / "state") as archive:
        archive.finish_pending()
        assert kinds(archive, call)[0] in ("created", "adopted")
        assert "packed" in kinds(archive, call)
        assert_good(archive)


def test_a_folder_from_elsewhere_is_adopted_visibly(
    archive: Archive, talk: Samples
) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    folder = archive.folder(call)
    record_ = json.loads((folder / "call.json").read_bytes())
    other_id = archive.new_id(START + 60)
    other = archive.folder_of(other_id)
    shutil.copytree(folder, other)
    record_ = {**record_, "id": other_id}
    record_.pop("proof")
    (other / "call.json").write_text(json.dumps(record_))
    assert "record_unknown" in {p.what for p in verify(archive).problems}
    archive.recover(START, None)
    assert kinds(archive, Call(other_id, "1", START))[0] == "adopted"


def test_facts_change_with_the_record(archive: Archive) -> None:
    call = new_call(archive)
    assert facts_of(call) is None, "no salt, no hash"
    call.proof["salt"] = "00" * 16
    before = facts_of(call)
    call.audio_bytes = 9
    assert facts_of(call) == before, "the state of the audio has entries of its own"
    call.number = "+15550123456"
    assert facts_of(call) != before
    assert isinstance(before, str)
    assert Entry("updated", call.id, "x", START, {"facts": before}).raw
