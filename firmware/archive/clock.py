"""Calls recorded before the clock was right get their time afterwards, visibly.

The job is noted in the catalogue first, so that an interrupted one goes on at the
next start; a call that has been corrected counts as synced and is not touched twice.
"""

from firmware.archive.catalogue import Catalogue
from firmware.archive.model import Call, ClockCorrection
from firmware.archive.writer import Writer, is_busy
from firmware.errors import StoreError


def correct(
    catalogue: Catalogue,
    writer: Writer,
    boot_id: str,
    utc_at_boottime_0: float,
    reason: str,
    now_utc: float,
) -> list[Call]:
    """Correct all calls of one boot whose clock was not synced; return them."""
    if not boot_id:
        raise ValueError("boot_id: want the id of a boot, got nothing")
    sql = "INSERT OR REPLACE INTO clock_jobs VALUES (?, ?, ?, ?)"
    with catalogue.write() as db:
        db.execute(sql, [boot_id, utc_at_boottime_0, reason, now_utc])
    return resume(catalogue, writer)


def resume(catalogue: Catalogue, writer: Writer) -> list[Call]:
    """Do the corrections that have been noted."""
    corrected: list[Call] = []
    sql = "SELECT boot_id, utc_at_boottime_0, reason, at_utc FROM clock_jobs"
    for boot_id, utc_at_boottime_0, reason, at_utc in catalogue.rows(sql):
        for call_id in writer.calls.of_boot(boot_id):
            with writer.guard:
                try:
                    call = writer.running(call_id) or writer.folders.read(call_id)
                except StoreError:  # `recover` takes care of damaged folders
                    call = writer.calls.get(call_id)
                if call.clock != "synced":
                    start = utc_at_boottime_0 + call.start_boottime_s
                    _move(call, start, reason, at_utc)
                    writer.folders.write(call)
                writer.calls.store(call, unsettled=is_busy(call))
            corrected.append(call)
        with catalogue.write() as db:
            db.execute("DELETE FROM clock_jobs WHERE boot_id = ?", [boot_id])
    return corrected


def _move(call: Call, start_utc: float, reason: str, at_utc: float) -> None:
    step = ClockCorrection(at_utc, call.start_utc, start_utc, reason)
    call.clock_corrections.append(step)
    call.start_utc = start_utc
    call.clock = "synced"
