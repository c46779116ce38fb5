"""There and back with the real restic."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive, disks
from firmware.archive.backup import cycle, drill, keys, opening, restore, stage
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.archive.backup.target import Target
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.errors import StoreError
from firmware.service.settings import Backup, Settings
from tests.firmware.archive.helpers import START, assert_sound, new_call, record

pytestmark = pytest.mark.skipif(
    shutil.which("restic") is None, reason="restic is not installed"
)

NOW = START + 86400
SETTINGS = '[box]\nname = "Test"\n'


def fill(archive: Archive, count: int) -> list[Call]:
    calls = []
    for number in range(count):
        sound = np.random.default_rng(number).normal(0, 2000, 4000).astype(np.int16)
        calls.append(record(archive, sound, START + 100 * number, number="+15550100"))
    archive.finish_pending()
    return calls


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new repository and its password; restic takes seconds to make one."""
    place = tmp_path_factory.mktemp("empty")
    keys.make_password(place / "state")
    password = keys.password_file(place / "state")
    Restic(Target(str(place / "usb")), password).create()
    return place


@pytest.fixture
def repository(tmp_path: Path, empty: Path) -> Restic:
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    return Restic(Target(str(tmp_path / "usb")), keys.password_file(tmp_path / "state"))


def run(
    archive: Archive, repository: Restic, now: float = NOW, **more: bool
) -> cycle.Done:
    return cycle.run(archive, repository, SETTINGS, now, keep_days=30, **more)


def test_all_comes_back_and_what_was_erased_does_not(
    tmp_path: Path, repository: Restic
) -> None:
    state, new = tmp_path / "state", tmp_path / "new"
    with Archive(state) as archive:
        calls = fill(archive, 6)
        running = new_call(archive, START + 5000)
        archive.begin(running)
        archive.open_master(running).append(np.zeros(4000, np.int16))
        done = run(archive, repository)
        assert (done.calls, done.reached) == (6, 0)
        first_key = (archive.folder(calls[0]) / "seal.key").read_bytes()
        archive.eraser.erase(
            [calls[0].id], "owner", NOW, reason="wished", rules=Rules()
        )
        assert len(archive.erasures.pending(states.PLACE)) == 1
        done = run(archive, repository, NOW + 60)
        assert done.reached == 1
        assert archive.erasures.pending(states.PLACE) == []
    assert len(repository.snapshots()) == 1  # the older one held the erased call
    assert states.read(state).last_ok_utc == NOW + 60

    tested = drill.drill(state, repository, NOW, sample=2)
    assert (tested.calls, tested.part) == (2, 1)
    assert not (state / "backup" / drill.FOLDER).exists()

    back = restore.restore(repository, new)
    assert back.calls == 6
    with Archive(new) as archive:
        assert_sound(archive)
        assert running.id not in archive.calls.ids()
        assert archive.calls.get(calls[0].id).no_audio_reason == "erased"
        for number, call in enumerate(calls[1:], start=1):
            sound = np.random.default_rng(number).normal(0, 2000, 4000)
            got = archive.read_samples(archive.calls.get(call.id))
            assert np.array_equal(got, sound.astype(np.int16))
    assert disks.check(new).is_same
    assert (new / "restored-settings.toml").read_text() == SETTINGS
    for path in new.rglob("*"):
        assert not path.is_file() or first_key not in path.read_bytes()


def test_boxes_that_share_a_repository_forget_only_their_own(
    tmp_path: Path, repository: Restic
) -> None:
    password = keys.password_file(tmp_path / "state")
    target = Target(str(tmp_path / "usb"))
    for name in ("one", "two"):
        with Archive(tmp_path / name) as archive:
            [call] = fill(archive, 1)
            tag = disks.identity_of(tmp_path / name)
            mine = Restic(target, password, tag=tag)
            run(archive, mine)
            if name == "two":
                archive.eraser.erase(
                    [call.id], "owner", NOW, reason="wished", rules=Rules()
                )
                assert run(archive, mine, NOW + 60).reached == 1
                assert len(mine.snapshots()) == 1
    assert len(repository.snapshots()) == 2
    back = restore.restore(
        Restic(target, password, tag=disks.identity_of(tmp_path / "one")),
        tmp_path / "new",
    )
    assert back.calls == 1
    assert disks.identity_of(tmp_path / "new") == disks.identity_of(tmp_path / "one")


def test_backup_that_was_altered_is_not_put_in_place(
    tmp_path: Path, repository: Restic, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, new = tmp_path / "state", tmp_path / "new"
    with Archive(state) as archive:
        calls = fill(archive, 2)
        run(archive, repository)
        name = (archive.folder(calls[1]) / "call.json").relative_to(state)
    plain = Restic.restore

    def altered(
        self: Restic, snapshot: str, folder: Path, include: object = ()
    ) -> None:
        plain(self, snapshot, folder)
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("1", "2", 1), "utf-8")

    monkeypatch.setattr(Restic, "restore", altered)
    with pytest.raises(StoreError, match=rf"{name}: its content differs"):
        restore.restore(repository, new)
    assert not new.exists()
    with pytest.raises(StoreError, match=r"restore test: .*its content differs"):
        drill.drill(state, repository, NOW, sample=2)
    assert states.read(state).test_problem is not None


def test_restore_never_goes_over_an_archive(tmp_path: Path, repository: Restic) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "something").touch()
    with pytest.raises(StoreError, match="is not empty"):
        restore.restore(repository, tmp_path / "new")


def test_swapped_or_emptied_disk_stores_and_forgets_nothing(
    tmp_path: Path, repository: Restic
) -> None:
    state = tmp_path / "state"
    with Archive(state) as archive:
        fill(archive, 6)
        disks.adopt(state)
        run(archive, repository)
        before = repository.snapshots()
        shutil.rmtree(state / "recordings" / "2027")
        with pytest.raises(StoreError, match="6 of 6 calls are not accounted for"):
            run(archive, repository, NOW + 60)
        mark = state / "recordings" / disks.MARK
        mark.write_text(json.dumps({"id": "another"}))
        with pytest.raises(StoreError, match="another archive's disk"):
            run(archive, repository, NOW + 120, accept=True)
    assert repository.snapshots() == before
    assert "another archive's disk" in str(states.read(state).problem)


def test_errors_of_restic_are_told_in_words(tmp_path: Path, repository: Restic) -> None:
    nowhere = Restic(Target(str(tmp_path / "no")), tmp_path / "state/keys/backup.key")
    with pytest.raises(StoreError, match="no backup repository here; is it attached"):
        nowhere.snapshots()
    assert not nowhere.exists()
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")
    with pytest.raises(StoreError, match="its password is another one"):
        Restic(Target(str(tmp_path / "usb")), wrong).snapshots()


def test_missing_restic_is_told(
    repository: Restic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(StoreError, match="apt install restic"):
        repository.snapshots()


#: Costs nothing; the real one is measured elsewhere.
CHEAP = {"time_cost": 1, "memory_kib": 8, "lanes": 1}


def test_closed_box_comes_back_by_its_recovery_key_or_its_passphrase(
    tmp_path: Path, repository: Restic
) -> None:
    state = tmp_path / "state"
    with Archive(state) as archive:
        archive.keyring.keystore.ensure(NOW)
        recovery = archive.keyring.choose_passphrase("correct horse", NOW, CHEAP)
        calls = fill(archive, 2)
        run(archive, repository)
        signing = (state / "keys" / "ledger.key").read_bytes()

    settings = Settings(backup=Backup(target=str(tmp_path / "usb"))).with_state(state)
    password = keys.password_file(state).read_text().strip()
    assert opening.leave_password(settings, password)
    beside = (tmp_path / "usb" / keys.SEALED_PASSWORD).read_bytes()
    assert password.encode() not in beside
    assert keys.unseal(beside, recovery).decode() == password

    back = restore.restore(repository, tmp_path / "whole", recovery=recovery)
    assert "opened by the recovery key" in back.keys
    assert (tmp_path / "whole/keys/ledger.key").read_bytes() == signing

    back = restore.restore(repository, tmp_path / "half")
    assert "which the passphrase opens" in back.keys
    assert (tmp_path / "half/keys" / stage.KEYS).exists()
    for name in ("whole", "half"):
        with Archive(tmp_path / name, write=False) as archive:
            assert archive.keyring.locked
            archive.keyring.unlock("correct horse")
            call = archive.calls.get(calls[1].id)
            assert len(archive.read_samples(call)) == 4000


def test_repository_holds_no_key_in_the_clear(
    tmp_path: Path, repository: Restic
) -> None:
    """Not even for whoever has the repository and its password."""
    state = tmp_path / "state"
    with Archive(state) as archive:
        archive.keyring.keystore.ensure(NOW)
        archive.keyring.choose_passphrase("correct horse", NOW, CHEAP)
        fill(archive, 1)
        run(archive, repository)
        secret = (state / "keys" / "ledger.key").read_bytes()
    repository.restore("latest", tmp_path / "raw")
    held = [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
    assert any(path.name == stage.KEYS for path in held)
    for path in held:
        assert secret[40:80] not in path.read_bytes(), path
        assert path.name not in ("backup.key", "ledger.key", "office.key")
