"""Figures of each day, for the line doctor: levels, hum, how often it rang."""

import json
from collections.abc import Mapping
from typing import Any

from firmware.archive.line_log import LineLog


def of_day(log: LineLog, line: str, day: str) -> dict[str, Any]:
    """Return the figures of a day."""
    return of_days(log, line, day, day).get(day, {})


def of_days(
    log: LineLog, line: str, first: str, last: str
) -> dict[str, dict[str, Any]]:
    """Return the figures of some days, by day."""
    if not log.exists:
        return {}
    sql = (
        "SELECT day, data FROM days WHERE line = ? AND day BETWEEN ? AND ? ORDER BY day"
    )
    return {
        day: json.loads(data) for day, data in log.file.rows(sql, [line, first, last])
    }


def put(log: LineLog, line: str, day: str, figures: Mapping[str, Any]) -> None:
    """Keep figures of a day beside those that are known."""
    before = of_day(log, line, day)
    after = {**before, **figures}
    if after != before:
        sql = "INSERT OR REPLACE INTO days VALUES (?, ?, ?)"
        with log.file.write() as db:
            db.execute(sql, [line, day, json.dumps(after, sort_keys=True)])
