"""The parts of a backup that need no repository."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from firmware.archive.backup import keys, manifest, media, opening, schedule, stage
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import escaped, last_of
from firmware.archive.backup.state import State
from firmware.archive.backup.target import Target, parse
from firmware.archive.seal import header
from firmware.errors import ConfigError, SealBroken, StoreError

NOW = 1_800_000_000.0
ID = "20270115-080000-abcd"
FOLDER = f"recordings/2027/01/15/{ID}"


# target


@pytest.mark.parametrize(
    "text", [None, "", "usb", "disk:", "disk:/", "ftp:host", "C:/x"]
)
def test_target_that_is_none_is_refused_with_examples(text: str | None) -> None:
    with pytest.raises(ConfigError, match=r"want disk:UUID .* sftp:"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["/mnt/nas", "sftp:box@nas.example:/b", "s3:https://s3.example/b", "rest:x"]
)
def test_target_of_a_share_or_server_is_what_restic_calls_it(text: str) -> None:
    target = parse(text)
    where = f"{text}/repository" if text.startswith("/") else text
    assert target.location() == where


def test_disk_that_is_not_attached_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.archive.disks.find", lambda uuid: None)
    with pytest.raises(StoreError, match="is not attached"):
        Target("disk:AAAA-0001").location()


def test_disk_is_used_where_it_is_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.archive.disks.find", lambda uuid: Path("/m") / uuid)
    assert Target("disk:AA-1").location() == "/m/AA-1/linekeeper-backup/repository"
    assert Target("disk:AA-1/own").location() == "/m/AA-1/own/repository"


# credentials


def test_credentials_that_others_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("A=b\n")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read it"):
        opening.credentials(str(path))


def test_credentials_are_lines_of_name_and_value(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# S3\nAWS_ACCESS_KEY_ID=me\n\nAWS_SECRET_ACCESS_KEY='a=b'\n")
    path.chmod(0o600)
    found = opening.credentials(str(path))
    assert found == {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "a=b"}
    assert opening.credentials(None) == {}


# restic's words


def test_exclude_pattern_matches_nothing_but_its_path() -> None:
    assert escaped(Path("/a*b/[c]/$d")) == r"/a\*b/\[c]/$$d"


def test_restic_that_tells_no_summary_is_an_error() -> None:
    assert last_of('{"message_type":"summary","n":1}\nx', "summary")["n"] == 1
    with pytest.raises(StoreError, match="said nothing"):
        last_of("nonsense", "summary")


# schedule


def test_first_backup_is_due_at_once_and_the_next_a_day_later() -> None:
    assert schedule.backup_due(State(), NOW, 24)
    state = State(last_ok_utc=NOW, last_try_utc=NOW)
    assert not schedule.backup_due(state, NOW + 3600, 24)
    assert schedule.backup_due(state, NOW + 24 * 3600 - 60, 24)


def test_failed_backup_is_tried_again_after_an_hour() -> None:
    state = State(last_ok_utc=NOW - 3600, last_try_utc=NOW, problem="not attached")
    assert not schedule.backup_due(state, NOW + 600, 24)
    assert schedule.backup_due(state, NOW + 3600, 24)


def test_clock_that_was_ahead_does_not_stop_backups() -> None:
    state = State(last_ok_utc=NOW + 10**8, last_try_utc=NOW + 10**8)
    assert schedule.backup_due(state, NOW, 24)


def test_restore_test_is_due_each_month_once_there_is_a_backup() -> None:
    assert not schedule.test_due(State(), NOW, 30)
    state = State(last_ok_utc=NOW)
    assert schedule.test_due(state, NOW, 30)
    state.tested_utc = NOW
    assert not schedule.test_due(state, NOW + 29 * 86400, 30)
    assert schedule.test_due(state, NOW + 30 * 86400, 30)
    assert not schedule.test_due(state, NOW + 900 * 86400, 0)
    state.test_problem = "differs"
    assert schedule.test_due(state, NOW, 30)


def test_two_missing_backups_are_told() -> None:
    state = State(last_ok_utc=NOW)
    assert not schedule.overdue(state, NOW + 25 * 3600, 24)
    assert schedule.overdue(state, NOW + 49 * 3600, 24)


# media


def ids(first: int, last: int) -> set[str]:
    return {f"call-{number}" for number in range(first, last)}


def files(names: set[str]) -> dict[str, set[str]]:
    return {name: {"call.json", "seal.key", "master.flac.sealed"} for name in names}


def test_all_in_order_is_no_problem() -> None:
    found = media.compare(ids(0, 100), files(ids(0, 100)), files(ids(0, 90)), {})
    assert found.problem() is None


def test_empty_disk_stops_the_backup() -> None:
    found = media.compare(ids(0, 100), {}, files(ids(0, 100)), {})
    assert "100 of 100 calls are not accounted for" in str(found.problem())
    assert "is the right disk attached?" in str(found.problem()).lower()


def test_lost_catalogue_stops_the_backup() -> None:
    found = media.compare(set(), files(ids(0, 100)), files(ids(0, 100)), {})
    assert "100 on the disk without a row" in str(found.problem())


def test_calls_gone_without_a_reason_stop_it_and_erased_ones_do_not() -> None:
    rows, now, before = ids(10, 100), files(ids(10, 100)), files(ids(0, 100))
    found = media.compare(rows, now, before, {})
    assert "10 gone since the last backup without a reason" in str(found.problem())
    reasons = dict.fromkeys(ids(0, 10), "erasure")
    found = media.compare(rows, now, before, reasons)
    assert found.problem() is None
    assert set(found.gone) == ids(0, 10)


def test_few_calls_astray_do_not_stop_a_backup() -> None:
    found = media.compare(ids(0, 104), files(ids(0, 100)), {}, {})
    assert found.problem() is None
    found = media.compare(ids(0, 4), {}, files(ids(0, 4)), {})
    assert found.problem() is None


def test_running_calls_are_left_out_of_the_comparison() -> None:
    found = media.compare(ids(0, 50), {}, {}, {}, busy=ids(0, 50))
    assert found.problem() is None


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        ({"call.json"}, True),
        ({"call.json", "master.flac.sealed"}, True),  # the key is gone
        ({"call.json", "seal.key", "small.opus.sealed"}, True),
        ({"call.json", "seal.key", "master.flac.sealed"}, False),
    ],
)
def test_audio_has_gone_with_its_file_or_its_key(now: set[str], gone: bool) -> None:
    before = {"call.json", "seal.key", "master.flac.sealed"}
    assert media.lacks_audio(before, now) is gone


# manifest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "call.json").write_text("{}")
    (folder / "seal.key").write_bytes(b"key")
    (folder / "link").symlink_to("/etc/passwd")
    (tmp_path / "phrases").mkdir()
    (tmp_path / "phrases" / "own.wav").write_bytes(b"RIFF")
    return tmp_path


def build(root: Path, before: manifest.Manifest | None = None) -> manifest.Manifest:
    return manifest.build(root, before or {}, lambda path: path.name == "backup")


def test_manifest_lists_files_but_no_links(root: Path) -> None:
    found = build(root)
    assert set(found) == {
        f"{FOLDER}/call.json",
        f"{FOLDER}/seal.key",
        "phrases/own.wav",
    }
    assert manifest.calls_of(found) == {ID: {"call.json", "seal.key"}}


def test_manifest_survives_its_file_and_a_damaged_one_is_empty(root: Path) -> None:
    found = build(root)
    (root / "backup").mkdir()
    manifest.save(root / "backup" / manifest.NAME, found)
    assert manifest.load(root / "backup" / manifest.NAME) == found
    (root / "backup" / manifest.NAME).write_text('["a", 1]\n')
    assert manifest.load(root / "backup" / manifest.NAME) == {}
    assert manifest.load(root / "nothing") == {}


def test_unchanged_files_are_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = build(root)
    (root / FOLDER / "call.json").write_text('{"new": 1}')
    read: list[str] = []
    plain = manifest.sha256_of
    monkeypatch.setattr(
        manifest, "sha256_of", lambda path: (read.append(path.name), plain(path))[1]
    )
    build(root, found)
    assert read == ["call.json"]


@pytest.mark.parametrize("change", ["grow", "flip", "remove"])
def test_every_difference_is_named(root: Path, change: str) -> None:
    found = build(root)
    assert not manifest.has_changed(root, found.values())
    path = root / FOLDER / "seal.key"
    stat = path.stat()
    if change == "grow":
        path.write_bytes(b"keys")
    elif change == "flip":
        path.write_bytes(b"kez")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    else:
        path.unlink()
    words = list(manifest.differences(root, found.values()))
    assert len(words) == 1
    assert words[0].startswith(f"{FOLDER}/seal.key: ")
    if change != "flip":  # as long, and its time put back: only the hash knows
        assert manifest.has_changed(root, found.values())


# staging


def test_database_in_use_is_copied_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "live", tmp_path / "copy"
    with closing(sqlite3.connect(source, isolation_level=None)) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute("CREATE TABLE t (x)")
        live.execute("INSERT INTO t VALUES (7)")  # still in the log
        stage.copy_database(source, target)
    assert stage.check_database(target) is None
    assert not target.with_name("copy-wal").exists()
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT x FROM t").fetchall() == [(7,)]


def test_damaged_copy_is_told(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(b"SQLite format 3\0" + bytes(4080))
    assert stage.check_database(path) is not None


def test_wiping_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / "names").write_text("CAROL REED")
    keep = os.open(folder / "names", os.O_RDONLY)
    stage.wipe(folder)
    assert not folder.exists()
    assert os.pread(keep, 100, 0) == bytes(10)  # overwritten where it lay
    os.close(keep)


def test_keys_go_into_a_tar_and_out_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "ledger.key").write_bytes(b"secret")
    stage.unpack(stage.pack(tmp_path / "in"), tmp_path / "out")
    path = tmp_path / "out" / "ledger.key"
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600


def test_tar_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("../evil")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(StoreError, match="does not belong"):
        stage.unpack(packed.getvalue(), tmp_path)
    assert not (tmp_path.parent / "evil").exists()


# keys


def test_what_is_sealed_for_the_recovery_key_opens_with_it_alone() -> None:
    private, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    content = os.urandom(200_000)
    sealed = keys.seal(content, private.public_key())
    assert content[:64] not in sealed
    assert keys.unseal(sealed, header.identity_text(private)) == content
    with pytest.raises(SealBroken):
        keys.unseal(sealed, header.identity_text(other))
    with pytest.raises(StoreError, match="not a recovery key"):
        keys.unseal(sealed, "AGE-SECRET-KEY-1NONSENSE")
    with pytest.raises(SealBroken):
        keys.unseal(b"something", header.identity_text(private))


def test_password_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="backup init"):
        keys.password_file(tmp_path)
    first = keys.make_password(tmp_path)
    assert len(first) == keys.PASSWORD_LENGTH
    assert keys.make_password(tmp_path) == first
    assert keys.password_file(tmp_path).stat().st_mode & 0o777 == 0o600


# state


def test_state_is_kept_and_later_keys_are_left(tmp_path: Path) -> None:
    states.write(tmp_path, State(last_ok_utc=NOW, calls=7))
    assert states.read(tmp_path) == State(last_ok_utc=NOW, calls=7)
    path = tmp_path / states.FOLDER / states.NAME
    path.write_text('{"calls": 3, "of_later": 1}')
    assert states.read(tmp_path).calls == 3
    path.write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        states.read(tmp_path)


def test_one_backup_at_a_time(tmp_path: Path) -> None:
    second = states.locked(tmp_path)
    with states.locked(tmp_path), pytest.raises(StoreError, match="running already"):
        second.__enter__()
    with states.locked(tmp_path):
        pass
