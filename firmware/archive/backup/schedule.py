"""When the next backup and the next restore test are due.  Pure."""

from firmware.archive.backup.state import State

HOUR_S, DAY_S = 3600.0, 86400.0
#: A timer comes a little early or late; what is nearly due is due.
SLACK_S = 900.0
#: After a failure the next try waits so long, not for the whole period.
RETRY_S = HOUR_S


def backup_due(state: State, now_utc: float, every_hours: int) -> bool:
    """Tell whether a backup should be made now; a clock set back makes it due."""
    if state.last_try_utc > now_utc + SLACK_S:
        return True
    if state.problem is not None:
        return now_utc >= state.last_try_utc + RETRY_S - SLACK_S
    return now_utc >= state.last_ok_utc + every_hours * HOUR_S - SLACK_S


def test_due(state: State, now_utc: float, test_days: int) -> bool:
    """Tell whether the way back should be tried now."""
    if test_days == 0 or state.last_ok_utc == 0.0:
        return False
    if state.test_problem is not None:
        return True
    return now_utc >= state.tested_utc + test_days * DAY_S - SLACK_S


def overdue(state: State, now_utc: float, every_hours: int) -> bool:
    """Tell whether somebody should be told: two backups in a row are missing."""
    return now_utc > state.last_ok_utc + 2 * every_hours * HOUR_S + SLACK_S
