"""Coverage and alerts: was anything missed on a day, and what is wrong now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from firmware.archive.alerts import Alert
from firmware.archive.coverage import of_day, to_json
from firmware.service.coverage import Coverage, Row
from web import coverage_words as told
from web import house
from web.i18n import _
from web.store import archive

bp = Blueprint("coverage", __name__)

#: Width of a day in the picture; a minute is one unit wide at most days.
WIDTH = 1440.0
#: Nothing is drawn narrower than this, or a short call would not be seen.
LEAST = 3.0
#: So many alerts are listed.
SHOWN_ALERTS = 50


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the picture: what it is, from where, how wide."""

    kind: str
    x: float
    width: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One occurrence in words."""

    row: Row
    what: str
    why: str
    tone: str
    state: str


@bp.get("/box/coverage")
def index() -> str:
    """One day: what the line showed, and what became of it; what is wrong now."""
    today = datetime.fromtimestamp(house.now()).date()
    day = _day(today)
    found = _of(day)
    return render_template(
        "box/coverage.html",
        found=found,
        rows=[shown(row) for row in found.rows],
        bars=bars(found),
        width=WIDTH,
        ticks=ticks(found),
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < today else None,
        now_utc=house.now(),
        alerts=[(alert, *told.alert(alert)) for alert in _alerts()],
        day_of=day_of,
        unwatched_min=round(found.unwatched_s / 60),
    )


@bp.post("/box/coverage/alerts/<int:alert_id>/seen")
def seen(alert_id: int) -> ResponseReturnValue:
    """Somebody has seen an alert."""
    archive().alerts.acknowledge(alert_id, g.user.name, house.now())
    return redirect(url_for("coverage.index", _anchor="alerts"), 303)


@bp.get("/api/v1/coverage")
def api() -> Response:
    """The same for programs."""
    today = datetime.fromtimestamp(house.now()).date()
    return jsonify(to_json(_of(_day(today))))


def _of(day: date) -> Coverage:
    line = house.base().line.id
    if g.user.lines and line not in g.user.lines:
        abort(404)
    return of_day(archive(), day, line, house.now())


def day_of(text: str) -> date:
    """Return the day of an ISO time where the box stands."""
    return datetime.fromisoformat(text).astimezone().date()


def _alerts() -> list[Alert]:
    return archive().alerts.last(SHOWN_ALERTS)


def _day(today: date) -> date:
    """Return the day that is asked for, today without one."""
    text = request.args.get("day", "")
    if not text:
        return today
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        abort(400)


def shown(row: Row) -> Shown:
    """Return an occurrence in words."""
    what = _("Lifted")
    if row.rang:
        what = _("Rang and was answered") if row.off_hook else _("Rang")
    elif row.heard or row.unseen:
        what = _("Sound on the line")
    tone, state = {
        "kept": ("good", _("recorded")),
        "running": ("live", _("goes on")),
        "reason": ("", _("not recorded")),
        "red": ("bad", _("missed")),
    }[row.state]
    return Shown(row, what, told.why(row), tone, state)


def bars(found: Coverage) -> list[Bar]:
    """Return what is drawn: when nobody watched, the line above, recordings below."""
    made = [_bar(found, "watched", a, b) for a, b in found.watched]
    for gap in found.gaps:
        end = found.end if gap.end is None else gap.end
        title = _("The sound card gave nothing")
        made.append(_bar(found, "hole", gap.begin, end, title))
    for one in (shown(row) for row in found.rows):
        row = one.row
        title = f"{one.what}: {one.state}{'. ' + one.why if one.why else ''}"
        made.append(_bar(found, "rang", row.begin, row.end, title))
        made += [_bar(found, "lifted", a, b, title) for a, b in row.off_hook]
        made.append(_bar(found, row.state, row.begin, row.end, title))
    return made


def ticks(found: Coverage) -> list[tuple[float, str]]:
    """Return every third hour of the clock, which may be put forward or back."""
    day = datetime.fromtimestamp(found.begin)
    hours = (day.replace(hour=hour) for hour in range(0, 24, 3))
    return [(_x(found, hour.timestamp()), f"{hour:%H}") for hour in hours]


def _bar(found: Coverage, kind: str, begin: float, end: float, title: str = "") -> Bar:
    x, to = _x(found, begin), _x(found, end)
    return Bar(kind, round(x, 2), round(max(LEAST, to - x), 2), title)


def _x(found: Coverage, utc: float) -> float:
    part = (utc - found.begin) / (found.end - found.begin)
    return WIDTH * min(max(part, 0.0), 1.0)
