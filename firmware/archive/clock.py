"""Calls recorded before the clock was right get their time afterwards, visibly.

The job is noted in the catalogue first, so that an interrupted one goes on later; a
call that has been corrected counts as synced and is not touched twice.  What the
recorder holds is corrected as the job is noted, by the thread that holds it.  All
others can be left to the thread that packs: a box may have been without a clock for
weeks, and each call costs the disk as much as a second of audio.
"""

from dataclasses import astuple, dataclass

from firmware.archive.catalogue import Catalogue
from firmware.archive.model import Call, ClockCorrection
from firmware.archive.writer import Writer, is_busy
from firmware.errors import StoreError

#: The reason of a correction that is no better than the clocks of exchanges.
BY_CALLER_ID = "two caller IDs told the time"


@dataclass(frozen=True, slots=True)
class Job:
    """From now on UTC at the boot clock's zero is known."""

    boot_id: str
    utc_at_boottime_0: float
    reason: str
    at_utc: float

    @property
    def state(self) -> str:
        """How good the clock is by which it is known."""
        return "free-running" if self.reason == BY_CALLER_ID else "synced"


def note(catalogue: Catalogue, writer: Writer, job: Job) -> list[Call]:
    """Note what a boot's calls that were not synced need; return those held, done."""
    boot_id = job.boot_id
    if not boot_id:
        raise ValueError("boot_id: want the id of a boot, got nothing")
    held = [c for c in writer.held() if c.boot_id == boot_id and c.clock != "synced"]
    if not (held or writer.calls.of_boot(boot_id)):
        return []
    for call in held:
        _move(call, job)
    sql = "INSERT OR REPLACE INTO clock_jobs VALUES (?, ?, ?, ?)"
    with catalogue.write() as db:
        db.execute(sql, astuple(job))
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
    for job in (Job(*row) for row in catalogue.rows(sql)):
        problem: StoreError | None = None
        for call_id in writer.calls.of_boot(job.boot_id):
            try:
                call = _correct(writer, call_id, job)
            except StoreError as error:
                problem = problem or error
            else:
                corrected += call
        if problem is not None:
            raise problem
        with catalogue.write() as db:
            db.execute("DELETE FROM clock_jobs WHERE boot_id = ?", [job.boot_id])
    return corrected


def _correct(writer: Writer, call_id: str, job: Job) -> list[Call]:
    with writer.guard:
        if writer.holds(call_id):
            return []
        try:
            call = writer.folders.read(call_id)
        except StoreError:  # `recover` takes care of damaged folders
            call = writer.calls.get(call_id)
        if call.clock != "synced":
            was = call.start_utc
            _move(call, job)
            if not is_busy(call):
                with writer.chronicle.unhindered(call_id):
                    writer.chronicle.clock_corrected(call, was)
        writer.folders.write(call)  # once more if only the row was left
        writer.calls.store(call, unsettled=is_busy(call))
    return [call]


def _move(call: Call, job: Job) -> None:
    """Put a call right; done before, it stays as it is."""
    start_utc = job.utc_at_boottime_0 + call.start_boottime_s
    if (call.clock, call.start_utc) == (job.state, start_utc):
        return
    step = ClockCorrection(job.at_utc, call.start_utc, start_utc, job.reason)
    call.clock_corrections.append(step)
    call.start_utc = start_utc
    call.clock = job.state
    call.clock_source = "network" if job.state == "synced" else "caller_id"
    call.clock_error_s = None
