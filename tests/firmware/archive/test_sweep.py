"""The sweep on a real archive: what is due goes, and in doubt nothing does."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive, disks
from firmware.archive.model import Call, iso
from firmware.archive.register import Agreement, Step
from firmware.archive.retention import Rules, add_months
from firmware.archive.sweep import Plan, Swept, people_of, plan, sweep
from tests.firmware.archive.helpers import (
    START,
    Samples,
    assert_sound,
    fast_folder,
    record,
)

SHORT: Samples = np.arange(800, dtype=np.int16)
DAY = 86_400.0
RULES = Rules(purpose="service")
#: Six months after the oldest calls, before the younger ones' time.
LATER = add_months(START, 6) + DAY


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        yield archive


def fill(archive: Archive, old: int, young: int) -> tuple[list[Call], list[Call]]:
    """Record calls of which some are over their time at `LATER`."""
    gone = [record(archive, SHORT, START + n) for n in range(old)]
    stay = [record(archive, SHORT, START + 90 * DAY + n) for n in range(young)]
    archive.finish_pending()
    return gone, stay


def run(archive: Archive, now_utc: float = LATER, **options: object) -> Swept:
    clock = str(options.pop("clock", "synced"))
    return sweep(archive, RULES, now_utc, clock=clock, **options)  # type: ignore[arg-type]


def with_audio(archive: Archive) -> set[str]:
    return {c.id for c in archive.calls.page(limit=999) if c.audio != "none"}


def test_what_is_over_goes_and_the_rest_stays(archive: Archive) -> None:
    gone, stay = fill(archive, 2, 19)
    swept = run(archive)
    assert {item.call_id for item in swept.done} == {call.id for call in gone}
    assert with_audio(archive) == {call.id for call in stay}
    for call in gone:
        left = archive.calls.get(call.id)
        assert left.no_audio_reason == "erased"
        (entry,) = [e for e in archive.ledger.entries(call.id) if e.kind == "swept"]
        assert entry.data["reason"] == "purpose_over"
    assert archive.erasures.last_sweep() == (LATER, 2, swept.size, [])
    assert len(archive.erasures.pending("usb")) == 2
    assert_sound(archive)


def test_the_plan_is_what_the_sweep_does_and_changes_nothing(archive: Archive) -> None:
    gone, stay = fill(archive, 2, 19)
    with Archive(archive.state_dir, write=False) as page:
        shown = plan(page, RULES, LATER, clock="synced")
    assert with_audio(archive) == {call.id for call in (*gone, *stay)}
    assert [item.call_id for item in shown.items] == [call.id for call in gone]
    assert all(item.reason == "purpose_over" for item in shown.items)
    assert all(item.size > 0 for item in shown.items)
    assert run(archive).done == shown.items


def test_more_than_a_tenth_is_asked_for_and_this_list_confirmed(
    archive: Archive,
) -> None:
    gone, stay = fill(archive, 4, 20)
    shown = run(archive).plan
    assert shown.asks
    assert len(with_audio(archive)) == 24
    assert run(archive, confirmed="0" * 16).done == []
    archive.keeping.star(gone[0].id, "ada", LATER)  # the list has changed meanwhile
    assert run(archive, confirmed=shown.token).done == []
    shown = plan(archive, RULES, LATER, clock="synced")
    assert len(run(archive, confirmed=shown.token).done) == 3
    assert with_audio(archive) == {call.id for call in (gone[0], *stay)}


def test_a_held_call_never_goes(archive: Archive) -> None:
    gone, _ = fill(archive, 3, 0)
    for call, keep in zip(gone, ("hold", "restrict", "star"), strict=True):
        if keep == "hold":
            archive.keeping.hold(
                call.id, "ada", LATER, owner="E", reason="r", review_utc=LATER + DAY
            )
        elif keep == "restrict":
            archive.keeping.restrict(call.id, "ada", LATER, reason="r")
        else:
            archive.keeping.star(call.id, "ada", LATER)
    assert run(archive).done == []


def test_a_hold_that_comes_between_plan_and_deed_counts(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    (call,), _ = fill(archive, 1, 3)
    remember: Callable[[str], Call] = archive.record_of

    def held_meanwhile(call_id: str) -> Call:
        found = remember(call_id)
        if "hold" not in found.keeping:
            archive.keeping.hold(
                call_id, "ada", LATER, owner="E", reason="r", review_utc=LATER + DAY
            )
        return found if archive.calls.get(call_id) == found else remember(call_id)

    monkeypatch.setattr(archive, "record_of", held_meanwhile)
    swept = run(archive)
    assert swept.done == []
    assert call.id in with_audio(archive)


def test_the_bin_is_emptied_whole_when_its_time_is_over(archive: Archive) -> None:
    calls, _ = fill(archive, 3, 0)
    for call in calls:  # three of three: people asked for each of them
        archive.keeping.bin(
            call.id, "ada", START + DAY, reason="wrong", rules=RULES, days=7
        )
    assert run(archive, START + 7 * DAY).done == []
    swept = run(archive, START + 8 * DAY)
    assert len(swept.done) == 3
    assert {call.number for call in archive.calls.page(binned=True)} == {None}
    assert swept.certificate is not None
    certificate = archive.erasures.certificate(swept.certificate)
    assert certificate is not None
    assert len(certificate["erased"]) == 3


def test_the_log_forgets_after_the_audio(archive: Archive) -> None:
    call = record(archive, SHORT, START, number="+12125550123")
    record(archive, SHORT, LATER, number="+12125550177")
    archive.finish_pending()
    run(archive)
    assert archive.calls.get(call.id).number == "+12125550123"
    late = add_months(START, 24) + 1
    run(archive, late)
    assert archive.calls.get(call.id).number is None
    assert run(archive, late + DAY).done == []  # once is enough


def test_space_takes_robocalls_and_leaves_orders(archive: Archive) -> None:
    order = record(archive, np.tile(SHORT, 500), START, number="+12125550123")
    robocalls = [record(archive, SHORT, START + n) for n in range(1, 51)]
    archive.finish_pending()
    archive.keeping.order(order.id, "ada", START + DAY, text="4711")
    shown = plan(archive, RULES, START + DAY, clock="synced", need=10**9)
    swept = run(archive, START + DAY, need=10**9, confirmed=shown.token)
    assert {item.call_id for item in swept.done} == {call.id for call in robocalls}
    assert with_audio(archive) == {order.id}


def test_whom_we_call_is_known(archive: Archive) -> None:
    for n, (direction, length) in enumerate(
        [("outgoing", 31), ("outgoing", 5), ("incoming", 31)]
    ):
        call = record(
            archive, np.tile(SHORT, 10 * length), START + n, number=f"+1212555012{n}"
        )
        call.direction = direction  # type: ignore[assignment]  # the table above
        archive.update(call)
    assert people_of(archive).known == {"125550120"}


@pytest.mark.parametrize(
    ("state", "expires", "gone_after_days"),
    [
        ("granted", None, None),
        ("granted", START + 30 * DAY, 30),
        ("withdrawn", None, 10),
    ],
)
def test_a_recording_goes_with_the_agreement_it_rests_on(
    archive: Archive, state: str, expires: float | None, gone_after_days: int | None
) -> None:
    ours = record(
        archive, SHORT, START, number="(212) 555-0123",
        decision_reason="standing_consent",
    )  # fmt: skip
    other = record(archive, SHORT, START + 1, number="+12125550123")
    archive.finish_pending()
    paper = Agreement(
        number="+12125550123", state="granted", expires_utc=expires, created_utc=START
    )
    number = archive.register.add(paper)
    if state == "withdrawn":
        step = Step(START + 10 * DAY, "withdrawn", "ada", "by letter")
        archive.register.move(number, "granted", step)
    last = gone_after_days or 100
    assert run(archive, START + last * DAY - 1).done == []
    done = run(archive, START + last * DAY + 1).done
    assert [item.reason for item in done] == ["consent_over"] * bool(gone_after_days)
    assert other.id in with_audio(archive)
    assert (ours.id in with_audio(archive)) == (gone_after_days is None)


# In doubt nothing goes


def nothing_went(archive: Archive, code: str, **options: object) -> None:
    before = with_audio(archive)
    swept = run(archive, **options)  # type: ignore[arg-type]  # passed on
    assert code in [stop.code for stop in swept.plan.stops]
    assert swept.done == []
    assert with_audio(archive) == before
    assert (archive.erasures.last_sweep() or [[]])[-1]


def test_a_clock_that_is_not_synchronized(archive: Archive) -> None:
    fill(archive, 1, 3)
    nothing_went(archive, "clock_not_synced", clock="free-running")


def test_a_clock_that_jumped_back(archive: Archive) -> None:
    fill(archive, 1, 3)
    run(archive, LATER + DAY)
    nothing_went(archive, "clock_went_back", now_utc=START)


def test_a_catalogue_from_last_week(archive: Archive) -> None:
    fill(archive, 1, 3)
    old = archive.state_dir / "old"
    with closing(sqlite3.connect(archive.state_dir / "catalogue.sqlite3")) as db:
        db.execute("VACUUM INTO ?", [str(old)])
    record(archive, SHORT, LATER - DAY)
    restored = reopened(archive, old)
    with restored:
        nothing_went(restored, "catalogue_old")


def test_an_older_catalogue_that_knows_nothing_of_a_hold(archive: Archive) -> None:
    (call,), _ = fill(archive, 1, 3)
    old = archive.state_dir / "old"
    with closing(sqlite3.connect(archive.state_dir / "catalogue.sqlite3")) as db:
        db.execute("VACUUM INTO ?", [str(old)])
    archive.keeping.hold(
        call.id, "ada", LATER, owner="E", reason="r", review_utc=LATER + DAY
    )
    with reopened(archive, old) as restored:
        nothing_went(restored, "records_differ")


def reopened(archive: Archive, catalogue: Path) -> Archive:
    archive.close()
    for part in archive.state_dir.glob("catalogue.sqlite3*"):
        part.unlink()
    shutil.copy(catalogue, archive.state_dir / "catalogue.sqlite3")
    return Archive(archive.state_dir)


def test_a_catalogue_that_is_gone(archive: Archive) -> None:
    fill(archive, 1, 3)
    archive.close()
    for part in archive.state_dir.glob("catalogue.sqlite3*"):
        part.unlink()
    with Archive(archive.state_dir) as fresh:
        swept = run(fresh)
        assert "catalogue_old" in [stop.code for stop in swept.plan.stops]
        assert len(list(fresh.state_dir.glob("recordings/*/*/*/*/master*"))) == 4


def test_a_catalogue_built_anew_from_damage(archive: Archive) -> None:
    fill(archive, 1, 3)
    archive.close()
    for part in archive.state_dir.glob("catalogue.sqlite3-*"):
        part.unlink()
    path = archive.state_dir / "catalogue.sqlite3"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 20_000)
    with Archive(archive.state_dir) as fresh:
        nothing_went(fresh, "catalogue_rebuilt")


@pytest.mark.parametrize("how", ["empty", "some"])
def test_a_disk_that_is_not_ours(archive: Archive, how: str) -> None:
    fill(archive, 1, 3)
    recordings = archive.state_dir / "recordings"
    if how == "empty":
        recordings.rename(archive.state_dir / "elsewhere")
        recordings.mkdir()
    else:
        shutil.rmtree(next(recordings.glob("*/*/*/*")))
    nothing_went(archive, "folders_missing")


def test_the_token_names_the_list_and_nothing_else(archive: Archive) -> None:
    fill(archive, 2, 1)
    one = plan(archive, RULES, LATER, clock="synced")
    two = plan(archive, RULES, LATER + 60, clock="synced")
    assert one.token == two.token != ""
    assert Plan(LATER, [], [], 0, 0, 0).token == ""
    assert iso(LATER) not in one.token


# Any skew at all


def lose_rows(archive: Archive, rng: np.random.Generator) -> dict[str, object]:
    ids = sorted(archive.calls.ids())
    archive.calls.remove(set(rng.choice(ids, rng.integers(1, len(ids)), replace=False)))
    return {}


def lose_folders(archive: Archive, rng: np.random.Generator) -> dict[str, object]:
    folders = sorted((archive.state_dir / "recordings").glob("*/*/*/*"))
    count = int(rng.integers(1, len(folders) + 1))
    for place in rng.choice(len(folders), count, replace=False):
        shutil.rmtree(folders[place])
    return {}


def hold_in_the_record_alone(
    archive: Archive, rng: np.random.Generator
) -> dict[str, object]:
    call = archive.record_of(sorted(archive.calls.ids())[0])
    call.keeping["hold"] = {"owner": "E", "reason": "r", "review_utc": iso(LATER)}
    archive._folders.write(call)
    return {}


def swap_disks(archive: Archive, rng: np.random.Generator) -> dict[str, object]:
    disks.adopt(archive.state_dir)
    mark = archive.state_dir / "recordings" / disks.MARK
    if rng.random() < 0.5:
        mark.unlink()
    else:
        mark.write_text('{"id": "another"}')
    return {}


def doubt_the_clock(archive: Archive, rng: np.random.Generator) -> dict[str, object]:
    return {"clock": str(rng.choice(["free-running", "unknown"]))}


def turn_the_clock_back(
    archive: Archive, rng: np.random.Generator
) -> dict[str, object]:
    archive.erasures.swept(LATER + 90 * DAY, 0, 0, [])
    return {}


SKEWS = (
    lose_rows,
    lose_folders,
    hold_in_the_record_alone,
    swap_disks,
    doubt_the_clock,
    turn_the_clock_back,
)


@pytest.mark.parametrize("seed", range(30))
def test_any_skew_removes_nothing_even_if_confirmed(
    archive: Archive, seed: int
) -> None:
    """One to three things are wrong at once; a person says yes; nothing goes."""
    rng = np.random.default_rng(seed)
    fill(archive, 4, 1)
    order = [seed % len(SKEWS), *rng.integers(0, len(SKEWS), rng.integers(0, 3))]
    options: dict[str, object] = {}
    for place in dict.fromkeys(int(n) for n in order):
        if archive.calls.ids() == set(archive.folder_ids()) or place > 1:
            options |= SKEWS[place](archive, rng)
    present = {*(archive.state_dir / "recordings").rglob("*")}
    clock = str(options.pop("clock", "synced"))
    token = plan(archive, RULES, LATER, clock=clock).token
    swept = run(archive, clock=clock, confirmed=token)
    assert swept.done == []
    assert swept.plan.stops
    assert {*(archive.state_dir / "recordings").rglob("*")} == present
