"""Calls recorded before the clock was right get their time afterwards, visibly.

The job is noted in the catalogue first, so that an interrupted one goes on later; a
call that has been corrected counts as synced and is not touched twice.  What the
recorder holds is corrected as the job is noted, by the thread that holds it.  All
others can be left to the thread that packs: a box may have been without a clock for
weeks, and each call costs the disk as much as a second of audio.
"""

from firmware.archive.catalogue import Catalogue
from firmware.archive.model import Call, ClockCorrection
from firmware.archive.writer import Writer, is_busy
from firmware.errors import StoreError


def note(
    catalogue: Catalogue,
    writer: Writer,
    boot_id: str,
    utc_at_boottime_0: float,
    reason: str,
    now_utc: float,
) -> list[Call]:
    """Note what a boot's calls that were not synced need; return those held, done."""
    if not boot_id:
        raise ValueError("boot_id: want the id of a boot, got nothing")
    held = [c for c in writer.held() if c.boot_id == boot_id and c.clock != "synced"]
    if not (held or writer.calls.of_boot(boot_id)):
        return []
    for call in held:
        _move(call, utc_at_boottime_0 + call.start_boottime_s, reason, now_utc)
    sql = "INSERT OR REPLACE INTO clock_jobs VALUES (?, ?, ?, ?)"
    with catalogue.write() as db:
        db.execute(sql, [boot_id, utc_at_boottime_0, reason, now_utc])
    for call in held:
        with writer.guard:
            writer.folders.write(call)
            writer.calls.store(call, unsettled=True)
    return held


def resume(catalogue: Catalogue, writer: Writer) -> list[Call]:
    """Do the corrections that have been noted, but for calls the recorder holds.

    A call that cannot be written holds up no other; the job then waits for the next
    time, and StoreError is raised.
    """
    corrected: list[Call] = []
    sql = "SELECT boot_id, utc_at_boottime_0, reason, at_utc FROM clock_jobs"
    for boot_id, utc_at_boottime_0, reason, at_utc in catalogue.rows(sql):
        problem: StoreError | None = None
        for call_id in writer.calls.of_boot(boot_id):
            try:
                call = _correct(writer, call_id, utc_at_boottime_0, reason, at_utc)
            except StoreError as error:
                problem = problem or error
            else:
                corrected += call
        if problem is not None:
            raise problem
        with catalogue.write() as db:
            db.execute("DELETE FROM clock_jobs WHERE boot_id = ?", [boot_id])
    return corrected


def _correct(
    writer: Writer, call_id: str, utc_at_boottime_0: float, reason: str, at_utc: float
) -> list[Call]:
    with writer.guard:
        if writer.holds(call_id):
            return []
        try:
            call = writer.folders.read(call_id)
        except StoreError:  # `recover` takes care of damaged folders
            call = writer.calls.get(call_id)
        if call.clock != "synced":
            was = call.start_utc
            _move(call, utc_at_boottime_0 + call.start_boottime_s, reason, at_utc)
            if not is_busy(call):
                with writer.chronicle.unhindered(call_id):
                    writer.chronicle.clock_corrected(call, was)
        writer.folders.write(call)  # once more if only the row was left
        writer.calls.store(call, unsettled=is_busy(call))
    return [call]


def _move(call: Call, start_utc: float, reason: str, at_utc: float) -> None:
    step = ClockCorrection(at_utc, call.start_utc, start_utc, reason)
    call.clock_corrections.append(step)
    call.start_utc = start_utc
    call.clock = "synced"
