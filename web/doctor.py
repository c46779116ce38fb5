"""The line doctor: a month of figures as pictures, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, abort, g, render_template

from firmware.archive import line_days
from firmware.service.doctor import Finding, findings
from web import house, words
from web.i18n import N_, _
from web.store import archive

bp = Blueprint("doctor", __name__)

#: Days shown, and the size of a picture.
DAYS = 30
WIDTH, HEIGHT, EDGE = 300.0, 60.0, 4.0
#: finding -> what it is, what to do.
WORDS = {
    "hum": (
        N_("Hum from the mains is heard under talk"),
        N_("Often it is a power supply: try another socket, or one with earth."),
    ),
    "noisy": (
        N_("The line is noisy"),
        N_("Look at joints and cable of the line; with DSL, at its filter."),
    ),
    "noise_rose": (
        N_("The line has become noisier"),
        N_("Look at joints and cable of the line; with DSL, at its filter."),
    ),
    "calls_fainter": (
        N_("Calls have become fainter"),
        N_("A second telephone off the hook, a bad joint, or the input gain."),
    ),
    "clipped": (N_("Loud talk is overdriven"), N_("Turn the input gain down.")),
    "gaps": (N_("The sound card pauses"), N_("Try another USB socket or cable.")),
    "always_off_hook": (
        N_("The handset seems to be up all day"),
        N_("The hook sensor may be the wrong way round: hook_active in the settings."),
    ),
    "line_dead": (
        N_("Nothing happens on the line any more"),
        N_("Lift the handset: is there a dial tone?"),
    ),
}
#: Picture -> figures that are added up, title, unit, whether it is a level.
PICTURES = (
    (("noise_dbov",), N_("Noise"), "dBov", True),
    (("hum_dbov",), N_("Hum"), "dBov", True),
    (("call_dbov",), N_("Loudness of calls"), "dBov", True),
    (("rings", "lifts"), N_("Rings and lifts"), "", False),
    (("gap_s",), N_("Sound card away"), "s", False),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a picture."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure over the days; `now` is its last value."""

    title: str
    now: str
    is_level: bool
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The corners of its line."""
        return " ".join(f"{one.x:.1f},{one.y:.1f}" for one in self.points)


@bp.get("/box/doctor")
def index() -> str:
    """What the line is like, and since when."""
    line = house.base().line.id
    if g.user.lines and line not in g.user.lines:
        abort(404)
    today = datetime.fromtimestamp(house.now()).date()
    first = today - timedelta(days=DAYS - 1)
    log = archive().line_log
    days = line_days.of_days(log, line, first.isoformat(), today.isoformat())
    return render_template(
        "box/doctor.html",
        found=[(told(one), one) for one in findings(days)],
        pictures=[picture(days, first, *spec) for spec in PICTURES],
        measured=bool(days),
        days=DAYS,
        width=WIDTH,
        height=HEIGHT,
    )


def told(one: Finding) -> tuple[str, str]:
    """Return a finding in words."""
    what, do = WORDS[one.kind]
    return _(what), _(do)


def picture(
    days: Mapping[str, Mapping[str, float]],
    first: date,
    keys: tuple[str, ...],
    title: str,
    unit: str,
    is_level: bool,
) -> Picture:
    """Return one figure over the days; days without it are left out."""
    values = {
        day: float(sum(figures.get(key, 0.0) for key in keys))
        for day, figures in sorted(days.items())
        if any(key in figures for key in keys)
    }
    if not values:
        return Picture(_(title), "–", is_level, ())
    low = min(values.values()) - 3 if is_level else 0.0
    high = max(max(values.values()) + 3, low + (12 if is_level else 1))
    points = []
    for day, value in values.items():
        past = (date.fromisoformat(day) - first).days
        x = EDGE + (WIDTH - 2 * EDGE) * past / (DAYS - 1)
        y = EDGE + (HEIGHT - 2 * EDGE) * (high - value) / (high - low)
        points.append(Point(round(x, 1), round(y, 1), f"{day}: {value:g} {unit}"))
    last = words.decimal(list(values.values())[-1]).removesuffix(".0")
    return Picture(_(title), f"{last} {unit}".strip(), is_level, tuple(points))
