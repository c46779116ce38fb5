"""Work that takes longer than somebody waits for a page: one thread, one at a time.

A page starts a job and shows what became of it.  Results are kept in memory only;
what has to last (a check, a backup) leaves its own traces.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from firmware.errors import LinekeeperError

log = logging.getLogger(__name__)

#: Jobs that are remembered; those that ended first are forgotten first.
MANY = 12


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: running while `ended_utc` is None."""

    name: str
    by: str
    began_utc: float
    ended_utc: float | None = None
    result: Any = None
    problem: str = ""
    #: How much of it is done, 0 to 1; None while nobody can tell.
    part: float | None = None


class Jobs:
    """The last job of each name.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="job")

    def start(self, name: str, by: str, work: Callable[[], Any]) -> bool:
        """Begin a job; False if it runs already."""
        with self._guard:
            running = self._jobs.get(name)
            if running is not None and running.ended_utc is None:
                return False
            self._jobs.pop(name, None)
            job = self._jobs[name] = Job(name, by, time.time())
            self._forget()
        self._pool.submit(self._run, job, work)
        return True

    def last(self, name: str) -> Job | None:
        """Return the last job of a name."""
        with self._guard:
            return self._jobs.get(name)

    def tell(self, name: str, part: float) -> None:
        """Note how much of the work that runs is done, 0 to 1."""
        with self._guard:
            job = self._jobs.get(name)
            if job is not None and job.ended_utc is None:
                self._jobs[name] = replace(job, part=min(1.0, max(0.0, part)))

    def keep(self, name: str, by: str, result: Any) -> None:
        """Note a result as that of a job, to be shown on the next page."""
        now = time.time()
        with self._guard:
            self._jobs[name] = Job(name, by, now, now, result)

    def drop(self, name: str) -> None:
        """Forget a job that has ended, as one whose result is not to be seen again."""
        with self._guard:
            job = self._jobs.get(name)
            if job is not None and job.ended_utc is not None:
                del self._jobs[name]

    def close(self) -> None:
        """Begin no more; the one that runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self) -> None:
        ended = [job.name for job in self._jobs.values() if job.ended_utc is not None]
        for name in ended[: max(0, len(self._jobs) - MANY)]:
            del self._jobs[name]

    def _run(self, job: Job, work: Callable[[], Any]) -> None:
        result, problem = None, "it was interrupted"
        try:
            result, problem = work(), ""
        except LinekeeperError as error:
            problem = str(error)
        except Exception:
            log.exception("%s", job.name)
            problem = "something went wrong; it was written to the log"
            raise
        finally:
            done = Job(job.name, job.by, job.began_utc, time.time(), result, problem)
            with self._guard:
                self._jobs[job.name] = done
