"""The catalogue: settings, damage, rebuilding, two services at once."""

import errno
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive, reindex
from firmware.archive.catalogue import NAME
from firmware.archive.folder import Folders
from firmware.errors import StoreError
from tests.bench.disk import Place, loop_ext4
from tests.firmware.archive.helpers import (
    START,
    Samples,
    assert_sound,
    feed,
    new_call,
    record,
)

PASSWORD = "correct horse"


def fill(state: Path, talk: Samples, calls: int = 20) -> list[str]:
    with Archive(state) as archive:
        archive.users.add("Ann", PASSWORD, "owner", START)
        for number in range(calls):
            record(
                archive, talk[:800], START + number, name=f"Name {number}", number="555"
            )
        archive.finish_pending()
        return [call.id for call in archive.calls.page()]


def rows(state: Path) -> list[tuple[object, ...]]:
    """Everything about calls that queries can see, but for the change counter."""
    db = sqlite3.connect(state / NAME)
    columns = (
        "id, line, start_utc, direction, outcome, audio, clock, boot_id, unsettled"
    )
    found = db.execute(f"SELECT {columns}, data FROM calls ORDER BY id").fetchall()
    for table in ("facets", "terms", "endings"):
        found += sorted(db.execute(f"SELECT * FROM {table}").fetchall())
    db.close()
    return found


def test_settings_that_safety_rests_on(archive: Archive) -> None:
    catalogue = archive._catalogue
    assert catalogue.value("PRAGMA journal_mode") == "wal"
    assert catalogue.value("PRAGMA synchronous") == 2  # FULL
    assert catalogue.value("PRAGMA foreign_keys") == 1
    sql = "SELECT name, strict FROM pragma_table_list WHERE type = 'table'"
    strict = dict(catalogue.rows(sql))
    ours = {name for name in strict if not name.startswith(("sqlite_", "_sqlite"))}
    assert ours >= {"calls", "terms", "users", "sessions", "claim"}
    assert all(strict[name] for name in ours)


def test_pages_use_the_index_and_never_sort(archive: Archive) -> None:
    for where in ("1", "direction = 'x'", "(start_utc, id) < (1, 'x')"):
        sql = f"SELECT data FROM calls WHERE {where} ORDER BY start_utc DESC, id DESC"
        plan = str(archive._catalogue.rows(f"EXPLAIN QUERY PLAN {sql} LIMIT 5"))
        assert "calls_newest" in plan
        assert "TEMP B-TREE" not in plan


def test_reindex_equals_the_original(tmp_path: Path, talk: Samples) -> None:
    fill(tmp_path, talk)
    before = rows(tmp_path)
    with Archive(tmp_path) as archive:
        assert archive.reindex() == 20
    assert rows(tmp_path) == before
    (tmp_path / NAME).unlink()
    with Archive(tmp_path) as archive:
        assert archive.reindex() == 20
    assert rows(tmp_path) == before


def test_missing_catalogue_comes_back_at_the_start(
    tmp_path: Path, talk: Samples
) -> None:
    fill(tmp_path, talk)
    before = rows(tmp_path)
    (tmp_path / NAME).unlink()
    with Archive(tmp_path) as archive:
        assert archive.recover(START, None) == []
        assert archive.claim.code() is not None  # the owner is not in the folders
    assert rows(tmp_path) == before


def test_reindex_forgets_what_has_no_folder(tmp_path: Path, talk: Samples) -> None:
    ids = fill(tmp_path, talk)
    shutil.rmtree(Folders(tmp_path / "recordings").path(ids[3]))
    with Archive(tmp_path) as archive:
        assert archive.reindex() == 19
        assert archive.calls.ids() == set(ids) - {ids[3]}
        assert archive.users.has_owner()


def test_interrupted_reindex_is_started_again(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(tmp_path, talk)
    monkeypatch.setattr("firmware.archive.recover.BATCH", 4)
    with Archive(tmp_path) as archive:
        archive.calls.remove(set(ids))
        real, left = archive.calls.store, iter(range(2))

        def store(*calls: object, **how: object) -> None:
            if next(left, None) is None:
                raise StoreError("stopped")
            real(*calls, **how)  # type: ignore[arg-type]  # passed through

        with monkeypatch.context() as patch:
            patch.setattr(archive.calls, "store", store)
            with pytest.raises(StoreError, match="stopped"):
                reindex.reindex(archive._writer)
        assert 0 < archive.calls.count() < 20
        assert archive.reindex() == 20
        assert archive.calls.ids() == set(ids)


# damage


def damage_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"not a database")


def damage_text(path: Path) -> None:
    path.write_text("hello" * 1000)


def damage_middle(path: Path) -> None:
    """Overwrite every page of the calls' tables and indexes."""
    db = sqlite3.connect(path)
    size = db.execute("PRAGMA page_size").fetchone()[0]
    sql = "SELECT rootpage FROM sqlite_master WHERE tbl_name IN ('calls', 'terms')"
    roots = [page for (page,) in db.execute(sql)]
    db.close()
    with path.open("r+b") as file:
        for page in roots:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)


def damage_cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


@pytest.mark.parametrize(
    ("damage", "people_survive"),
    [
        (damage_header, False),
        (damage_text, False),
        (damage_middle, True),
        (damage_cut, None),  # depends on where the users' page lies
    ],
)
def test_damaged_catalogue_is_kept_aside_and_rebuilt(
    tmp_path: Path,
    talk: Samples,
    caplog: pytest.LogCaptureFixture,
    damage: object,
    people_survive: bool | None,
) -> None:
    ids = fill(tmp_path, talk, 40)
    before = rows(tmp_path)
    damage(tmp_path / NAME)  # type: ignore[operator]  # one of the functions above
    damaged = (tmp_path / NAME).read_bytes()
    with Archive(tmp_path) as archive:
        assert archive.rebuilt is not None
        assert "was damaged" in caplog.text
        (aside,) = tmp_path.glob("catalogue.corrupt-*")
        assert aside.name in archive.rebuilt
        assert aside.read_bytes() == damaged
        assert archive.calls.ids() == set(ids)
        assert_sound(archive)
        if people_survive is not None:
            assert archive.users.has_owner() == people_survive
        if archive.users.has_owner():
            assert archive.users.verify("Ann", PASSWORD) is not None
        else:
            code = archive.claim.code()
            assert archive.claim.attempt(code or "", "Ann", PASSWORD, START)
        record(archive, talk[:800], START + 500)
    if people_survive:
        assert rows(tmp_path)[: len(before) // 2]  # readable and consistent
    with Archive(tmp_path) as archive:
        assert archive.rebuilt is None
        assert archive.calls.count() == 41


def test_web_service_follows_a_rebuilt_catalogue(tmp_path: Path, talk: Samples) -> None:
    ids = fill(tmp_path, talk)
    with Archive(tmp_path, write=False) as web:
        assert web.calls.count() == 20
        damage_text(tmp_path / NAME)
        for suffix in ("-wal", "-shm"):
            (tmp_path / (NAME + suffix)).unlink(missing_ok=True)
        with Archive(tmp_path) as recorder:
            assert recorder.rebuilt
            assert {call.id for call in web.calls.page()} == set(ids)
            record(recorder, talk[:800], START + 500)
            assert web.calls.count() == 21


def test_damage_while_running_is_plain(tmp_path: Path, talk: Samples) -> None:
    fill(tmp_path, talk)
    damage_middle(tmp_path / NAME)
    with (
        Archive(tmp_path, write=False) as web,
        pytest.raises(StoreError, match=r"catalogue\.sqlite3: .*malformed"),
    ):
        web.calls.page()


# several at once


def test_services_that_start_together_make_one_schema(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with Archive(tmp_path):
        pass
    os.unlink(tmp_path / NAME)
    with ExitStack() as stack:
        workers = [
            context.Process(target=_open_for_writing, args=(tmp_path, number))
            for number in range(3)
        ]
        for worker in workers:
            worker.start()
            stack.callback(worker.join, 60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


def _open_for_writing(state: Path, number: int) -> None:
    from firmware.archive.catalogue import Catalogue

    catalogue = Catalogue(state / NAME, create=True)
    with catalogue.write() as db:
        db.execute(
            "INSERT INTO users (name, role, password, created_utc) VALUES (?, ?, ?, ?)",
            [f"User {number}", "agent", "x", 1.0],
        )
    catalogue.close()


def test_writers_of_both_services_wait_for_each_other(archive: Archive) -> None:
    """Recorder and web write at once; nobody sees `database is locked`."""
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            with Archive(archive.state_dir, write=False) as web:
                for step in range(20):
                    user = web.users._catalogue
                    with user.write() as db:
                        sql = "INSERT INTO claim_failures (at_utc) VALUES (?)"
                        db.execute(sql, [number * 100 + step])
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for step in range(20):
        archive.calls.store(new_call(archive, START + step), unsettled=False)
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert archive.calls.count() == 20
    assert archive._catalogue.value("SELECT count(*) FROM claim_failures") == 80


# a real disk that is full, and one that has become read-only


@pytest.fixture
def small_disk() -> Iterator[Place]:
    with ExitStack() as stack:
        place = loop_ext4(stack, 24 << 20)
        if place is None:
            pytest.skip("needs root and a loop device")
        yield place
        place.settle()


def test_full_disk_keeps_every_ended_call(small_disk: Place, talk: Samples) -> None:
    state = small_disk.state
    noise = np.random.default_rng(3).integers(-9000, 9000, 8000 * 60).astype(np.int16)
    ended: dict[str, int] = {}
    with Archive(state) as archive:

        def until_full() -> None:
            for number in range(200):
                call = record(archive, noise, START + number)
                ended[call.id] = len(noise)
                archive.finish_pending()

        with pytest.raises(StoreError, match=r"No space left|full"):
            until_full()
        assert len(ended) > 3
    # room again: the oldest call is moved away by its owner
    first = sorted(ended)[0]
    shutil.rmtree(Folders(state / "recordings").path(first))
    with Archive(state) as archive:
        archive.recover(START + 1000, None)
        archive.reindex()
        archive.finish_pending()
        assert_sound(archive)
        for call_id, samples in ended.items():
            if call_id != first:
                found = archive.calls.get(call_id)
                assert found.audio in ("closing", "kept")
                assert round(found.audio_s * 8000) == samples


def test_read_only_disk_is_said_and_still_read(
    small_disk: Place, talk: Samples
) -> None:
    state = small_disk.state
    with Archive(state) as archive:
        call = record(archive, talk)
        archive.finish_pending()
    remount(state, "ro")
    with pytest.raises(StoreError, match="Read-only file system"):
        Archive(state)
    with Archive(state, write=False) as web:
        assert_readable(web, call.id, talk)


def test_disk_that_stops_writing_is_said_and_still_read(
    small_disk: Place, talk: Samples
) -> None:
    """What ext4 does of itself when a card fails."""
    state = small_disk.state
    with Archive(state) as archive:
        call = record(archive, talk)
        archive.finish_pending()
        running = new_call(archive, START + 60)
        archive.begin(running)
        master = archive.open_master(running)
        remount(state, "abort")
        with pytest.raises(StoreError, match="cannot be written"):
            feed(master, talk)
        with Archive(state, write=False) as web:
            assert_readable(web, call.id, talk)


def remount(state: Path, option: str) -> None:
    command = ["mount", "-o", f"remount,{option}", str(state.parent)]
    subprocess.run(command, check=True, capture_output=True)


def assert_readable(web: Archive, call_id: str, talk: Samples) -> None:
    found = web.calls.get(call_id)
    assert np.array_equal(web.read_samples(found), talk)
    assert len(web.peaks(found)) > 100
    assert web.calls.page()[-1] == found
    with pytest.raises(StoreError, match="readonly"):
        web.users.add("Ann", PASSWORD, "owner", START)


def test_disk_that_is_gone_is_a_store_error(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = record(archive, talk)

    def gone(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", gone)
        assert archive.new_id(START)
        for work in (archive.calls.count, lambda: archive.update(call)):
            with pytest.raises(StoreError, match="Input/output error"):
                work()
    assert archive.calls.count() == 1


def test_catalogue_removed_while_it_is_open_is_made_anew(
    tmp_path: Path, talk: Samples
) -> None:
    with Archive(tmp_path) as archive:
        before = record(archive, talk)
        for path in tmp_path.glob("catalogue.sqlite3*"):
            path.unlink()
        after = record(archive, talk, START + 60)
        assert [call.id for call in archive.calls.page()] == [after.id]
    with Archive(tmp_path) as archive:
        archive.recover(START + 120, None)
        assert [call.id for call in archive.calls.page()] == [after.id, before.id]
        assert_sound(archive)
