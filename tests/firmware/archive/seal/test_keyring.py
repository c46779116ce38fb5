"""Keys: what must not open, what goes wrong on the way, then the ways in."""

import json
import os
import threading
from pathlib import Path

import pyrage
import pytest

from firmware.archive import disk
from firmware.archive.seal import Keyring, Keystore, header, wraps
from firmware.archive.seal.keystore import OFFICE, OPEN_KEY
from firmware.errors import AccessError, Locked, SealBroken, StoreError
from tests.firmware.archive.seal.box import CHEAP, NOW, PASSPHRASE, Clock


def head_for(keyring: Keyring) -> tuple[bytes, bytes]:
    """Return a data key and what `seal.key` holds for it now."""
    file_key = header.new_file_key()
    return file_key, header.wrap(file_key, keyring.keystore.ensure(NOW).recipients)


@pytest.fixture
def closed(keyring: Keyring) -> tuple[Keyring, str]:
    return keyring, keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)


# what must not open


def test_without_keys_nothing_opens(tmp_path: Path) -> None:
    keyring = Keyring.of(tmp_path)
    assert (keyring.mode, keyring.locked, keyring.ways) == ("none", True, [])
    with pytest.raises(Locked):
        keyring.unwrap(b"")
    with pytest.raises(StoreError, match="no keys have been made"):
        keyring.unlock(PASSPHRASE)
    with pytest.raises(StoreError, match="no keys have been made"):
        keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)


@pytest.mark.parametrize("passphrase", ["", "short", "       x       ", "1234567"])
def test_passphrase_that_is_too_short(keyring: Keyring, passphrase: str) -> None:
    with pytest.raises(AccessError, match="at least 8"):
        keyring.choose_passphrase(passphrase, NOW, CHEAP)
    assert keyring.mode == "open"


def test_another_passphrase(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    keyring.lock()
    for wrong in ("", PASSPHRASE + "!", PASSPHRASE.upper(), "x" * 10_000):
        with pytest.raises(AccessError, match="not the passphrase"):
            keyring.unlock(wrong)
    assert keyring.locked


def test_locked_says_so(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    file_key, head = head_for(keyring)
    assert keyring.unwrap(head) == file_key
    keyring.lock()
    assert keyring.locked
    with pytest.raises(Locked, match="unlock"):
        keyring.unwrap(head)
    for change in (
        lambda: keyring.change_passphrase(PASSPHRASE, CHEAP),
        keyring.renew_recovery,
        keyring.add_key_file,
        lambda: keyring.renew_office_key(NOW),
        lambda: keyring.remove_way("tpm"),
    ):
        with pytest.raises(Locked):
            change()


def test_nothing_on_the_disk_opens_a_closed_box(
    keyring: Keyring, tmp_path: Path
) -> None:
    was = (keyring.keystore.folder / OPEN_KEY).read_text()
    recovery = keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    assert not (keyring.keystore.folder / OPEN_KEY).exists()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            text = path.read_text("latin-1")
            assert "AGE-SECRET-KEY" not in text
            assert PASSPHRASE not in text
            assert recovery not in text
            assert was.splitlines()[1] not in text
    assert keyring.keystore.private_keys() == []


def test_keys_that_others_could_read(keyring: Keyring) -> None:
    folder = keyring.keystore.folder
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / OPEN_KEY).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", ["", "AGE-SECRET-KEY-1", "age1xyz", "hunter2 hunter2"])
def test_text_that_is_no_key(closed: tuple[Keyring, str], key: str) -> None:
    keyring, _ = closed
    with pytest.raises(AccessError, match="not a key"):
        keyring.unlock_with_key(key)


def test_key_of_another_box(closed: tuple[Keyring, str], tmp_path: Path) -> None:
    keyring, _ = closed
    other = Keystore(tmp_path / "other")
    other.ensure(NOW)
    stranger = header.identity_text(other.private_keys()[0])
    with pytest.raises(AccessError, match="not one of this box"):
        keyring.unlock_with_key(stranger)


def test_seal_for_another_box(closed: tuple[Keyring, str], tmp_path: Path) -> None:
    keyring, _ = closed
    _, head = head_for(Keyring.of(tmp_path / "other"))
    with pytest.raises(SealBroken, match="another key"):
        keyring.unwrap(head)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'{"version": 2}', b'{"version": 1, "public": "age1"}'],
)
def test_damaged_keys_do_not_stop_recording(keyring: Keyring, damage: bytes) -> None:
    path = keyring.keystore.folder / OFFICE
    path.write_bytes(damage)
    os.utime(path, ns=(1, 1))
    with pytest.raises(StoreError, match="damaged"):
        keyring.keystore.office()
    with pytest.raises(StoreError, match="damaged"):
        _ = keyring.locked
    assert keyring.keystore.ensure(NOW + 1).open
    aside = list(path.parent.glob("*.unreadable-*"))
    assert {found.name.split(".unreadable")[0] for found in aside} == {OFFICE, OPEN_KEY}
    assert not keyring.locked


def test_keys_that_cannot_be_read_just_now_are_not_replaced(
    closed: tuple[Keyring, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, _ = closed
    again = Keystore(keyring.keystore.folder.parent)

    def broken(path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", broken)
        with pytest.raises(StoreError, match="Input/output error"):
            again.ensure(NOW)
    assert not again.ensure(NOW).open


def test_forged_cost_is_refused(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    path = keyring.keystore.folder / OFFICE
    data = json.loads(path.read_text())
    data["wraps"][0]["memory_kib"] = 1 << 40
    path.write_text(json.dumps(data))
    with pytest.raises(StoreError, match="more memory"):
        keyring.unlock(PASSPHRASE)


@pytest.mark.parametrize("field", ["sealed", "body"])
def test_damage_of_the_sealed_keys_is_named(
    closed: tuple[Keyring, str], field: str
) -> None:
    keyring, _ = closed
    path = keyring.keystore.folder / OFFICE
    data = json.loads(path.read_text())
    holder = data if field == "sealed" else data["wraps"][0]
    flipped = "A" if holder[field][5] != "A" else "B"
    holder[field] = holder[field][:5] + flipped + holder[field][6:]
    path.write_text(json.dumps(data))
    with pytest.raises((SealBroken, AccessError)):
        keyring.unlock(PASSPHRASE)
    assert keyring.locked


@pytest.mark.parametrize("step", ["write", "forget_open_key"])
def test_a_cut_while_a_passphrase_is_chosen(
    keyring: Keyring, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file_key, head = head_for(keyring)

    class Cut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(Keystore, step, cut)
        with pytest.raises(Cut):
            keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    again = Keyring(Keystore(keyring.keystore.folder.parent))
    again.keystore.ensure(NOW)
    if step == "write":
        assert again.mode == "open"
    else:
        assert again.mode == "closed"
        assert not (again.keystore.folder / OPEN_KEY).exists()
        again.unlock(PASSPHRASE)
    assert again.unwrap(head) == file_key


def test_disk_that_refuses_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "replace_file", full)
    with pytest.raises(StoreError, match="keys cannot be made: No space left"):
        Keystore(tmp_path).ensure(NOW)


# the ways in


def test_open_box_is_never_locked(keyring: Keyring, clock: Clock) -> None:
    file_key, head = head_for(keyring)
    clock.now += 1e9
    keyring.lock()
    assert (keyring.mode, keyring.locked) == ("open", False)
    assert keyring.unwrap(head) == file_key
    assert keyring.unlock_by_itself() is None
    identity = pyrage.x25519.Identity.from_str(
        (keyring.keystore.folder / OPEN_KEY).read_text().splitlines()[1]
    )
    assert str(identity.to_public()) == keyring.keystore.ensure(NOW).public


def test_passphrase_opens_old_and_new(keyring: Keyring) -> None:
    before = head_for(keyring)
    keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    after = head_for(keyring)
    keyring.lock()
    keyring.unlock(f"  {PASSPHRASE} ")
    for file_key, head in (before, after):
        assert keyring.unwrap(head) == file_key
    with pytest.raises(AccessError, match="change that one"):
        keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)


def test_passphrase_by_any_keyboard(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    keyring.change_passphrase("blåbärssylt", CHEAP)
    keyring.lock()
    keyring.unlock("bla\u030aba\u0308rssylt")  # the same, typed elsewhere


def test_recovery_key_by_itself_opens_new_calls(closed: tuple[Keyring, str]) -> None:
    keyring, recovery = closed
    file_key, head = head_for(keyring)
    assert header.unwrap(head, [header.read_identity(recovery)]) == file_key
    keyring.lock()
    keyring.unlock_with_key(recovery)
    keyring.change_passphrase("another passphrase", CHEAP)
    keyring.lock()
    with pytest.raises(AccessError):
        keyring.unlock(PASSPHRASE)
    keyring.unlock("another passphrase")
    assert keyring.unwrap(head) == file_key


def test_new_recovery_key_ends_the_old_one(closed: tuple[Keyring, str]) -> None:
    keyring, old = closed
    new = keyring.renew_recovery()
    _, head = head_for(keyring)
    keyring.lock()
    with pytest.raises(AccessError):
        keyring.unlock_with_key(old)
    with pytest.raises(SealBroken):
        header.unwrap(head, [header.read_identity(old)])
    keyring.unlock_with_key(new)


def test_key_file(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    line = keyring.add_key_file().splitlines()[1]
    assert keyring.ways == ["passphrase", "recovery", "key_file"]
    keyring.lock()
    keyring.unlock_with_key(line)
    keyring.remove_way("key_file")
    keyring.lock()
    with pytest.raises(AccessError):
        keyring.unlock_with_key(line)
    keyring.unlock(PASSPHRASE)
    for needed in ("passphrase", "recovery"):
        with pytest.raises(AccessError, match="not taken away"):
            keyring.remove_way(needed)


def test_new_office_key_for_new_calls(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    before = head_for(keyring)
    public = keyring.keystore.ensure(NOW).public
    keyring.renew_office_key(NOW + 5)
    after = head_for(keyring)
    office = keyring.keystore.ensure(NOW)
    assert office.public != public
    assert public in office.former
    keyring.lock()
    keyring.unlock(PASSPHRASE)
    for file_key, head in (before, after):
        assert keyring.unwrap(head) == file_key
    newest = keyring.keystore.private_keys(keyring._store_key)[0]
    with pytest.raises(SealBroken):
        header.unwrap(before[1], [newest])


def test_locks_itself_when_idle(closed: tuple[Keyring, str], clock: Clock) -> None:
    keyring, _ = closed
    _, head = head_for(keyring)
    for _ in range(3):
        clock.now += 599
        assert not keyring.locked  # looking does not count as use
        keyring.unwrap(head)
    clock.now += 599
    keyring.touch()
    clock.now += 599
    generation = keyring.generation
    assert not keyring.locked
    clock.now += 2
    assert keyring.locked
    assert keyring.generation == generation + 1
    assert keyring._keys == []
    assert keyring._store_key is None


def test_idleness_may_not_matter(tmp_path: Path, clock: Clock) -> None:
    keyring = Keyring(Keystore(tmp_path), idle_s=0.0, clock=clock)
    keyring.keystore.ensure(NOW)
    keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    clock.now += 1e9
    assert not keyring.locked


def test_another_process_changes_the_keys(closed: tuple[Keyring, str]) -> None:
    keyring, recovery = closed
    page = Keyring(Keystore(keyring.keystore.folder.parent))
    assert page.locked
    page.unlock(PASSPHRASE)
    page.change_passphrase("another passphrase", CHEAP)
    assert not page.locked
    assert keyring.locked
    with pytest.raises(AccessError):
        keyring.unlock(PASSPHRASE)
    keyring.unlock_with_key(recovery)


def test_recorder_sees_that_the_box_was_closed(tmp_path: Path) -> None:
    recorder, page = Keyring.of(tmp_path), Keyring.of(tmp_path)
    recorder.keystore.ensure(NOW)
    assert not recorder.locked
    page.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    assert recorder.locked
    file_key, head = head_for(recorder)  # sealed for the new key, without having it
    assert page.unwrap(head) == file_key


def test_many_threads(closed: tuple[Keyring, str]) -> None:
    keyring, _ = closed
    file_key, head = head_for(keyring)
    wrong: list[object] = []

    def work(number: int) -> None:
        for _ in range(30):
            try:
                if number == 0:
                    keyring.lock()
                    keyring.unlock(PASSPHRASE)
                elif keyring.unwrap(head) != file_key:
                    wrong.append("another key")
            except Locked:
                continue

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert not any(thread.is_alive() for thread in threads)


def test_cost_is_that_of_the_standard() -> None:
    assert wraps.ARGON2 == {"time_cost": 3, "memory_kib": 65536, "lanes": 4}
