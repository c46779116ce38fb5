"""How long calls stay, to be changed: the rules, and what would go with them tonight.

Nothing is kept before its preview is seen; where more than a tenth of everything would
go at once, a person has to say that this is meant.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.archive.choices import TAKEN_BACK
from firmware.archive.purposes import PURPOSES
from firmware.archive.retention import judge
from firmware.archive.rules import facts_of, periods_of, rules_of
from firmware.archive.sweep import Plan
from firmware.service.settings import Settings, overlay
from web import access, house, keeping, keeping_words, settings, settings_form
from web.i18n import _
from web.settings_form import Typed
from web.store import archive

bp = Blueprint("retention", __name__, url_prefix="/keeping/rules")

TABLE, PERIODS = "retention", "retention.periods"
#: The field with the months of one purpose.
PERIOD = "period."
#: Calls looked at for the oldest one with sound.
LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Period:
    """The row of one purpose: its months and what binds them."""

    id: str
    title: str
    usual: str
    months: str
    minimum: int | None
    source: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the rules of a form would do tonight, beside those in force."""

    done: bool
    problem: str = ""
    going: int = 0
    counts: tuple[tuple[int, str, str], ...] = ()
    now_going: int = 0
    too_much: bool = False
    calls: int = 0


@bp.get("")
def index() -> str:
    """The rules in force; with values in the address, what they would do."""
    typed = _read(request.args)
    proposed = _proposed(typed)
    asked = bool(typed.texts or typed.values) and not typed.problems
    return _page(typed, _preview(proposed) if asked else None)


@bp.post("")
def keep() -> ResponseReturnValue:
    """Keep rules whose preview was seen."""
    typed = _read(request.form)
    if typed.problems:
        return _page(typed, None), 422
    proposed = _proposed(typed)
    seen = _preview(proposed)
    if not seen.done or seen.problem:
        return _page(typed, seen), 409
    if seen.too_much and not request.form.get("sure"):
        sure = _("Please confirm that so much is meant to go.")
        return _page(typed, seen, sure), 422
    now, base = house.settings(), house.base()
    settings.store(settings_form.changes(TABLE, typed.values, now, base))
    return redirect(url_for("retention.index", done=1), 303)


def _page(typed: Typed, preview: Preview | None, problem: str = "") -> str:
    group = settings.group_of(TABLE)
    keys = [row.one.choice for row in group.rows]
    return render_template(
        "keeping/rules.html",
        group=group,
        rows={row.one.key: row for row in group.rows},
        typed=typed,
        changeable=access.may("settle"),
        periods=_periods(typed),
        preview=preview,
        problem=problem,
        oldest=oldest(),
        at=keeping.next_sweep(house.settings().retention.sweep_hour),
        history=settings.history(keys, 20),
        done=request.args.get("done"),
        **settings.parts(),
    )


def _read(form: Mapping[str, str]) -> Typed:
    """Return the form's values; the months of purposes become one of them."""
    months = {key.removeprefix(PERIOD): form[key].strip() for key in form
              if key.startswith(PERIOD)}  # fmt: skip
    typed = settings_form.read(TABLE, form, house.base())
    if form.get("reset") == PERIODS or not months:
        return typed
    told: list[str] = []
    for name, row in PURPOSES.items():
        text = months.get(name, "")
        typed.texts[PERIOD + name] = text[:6]
        if not text or text == "0":
            continue
        floor = row.months if row.minimum and row.months else 1
        if not (text.isascii() and text.isdigit() and floor <= int(text) <= 1200):
            typed.problems[PERIOD + name] = _(
                "Please write a whole number from %(low)s to %(high)s.",
                low=floor,
                high=1200,
            )
            continue
        told.append(f"{name}={int(text)}")
    typed.values[PERIODS] = " ".join(told)
    return typed


def _proposed(typed: Typed) -> Settings:
    now, base = house.settings(), house.base()
    changes = settings_form.changes(TABLE, typed.values, now, base)
    chosen = {**archive().choices.all(), **changes}
    return overlay(base, {k: v for k, v in chosen.items() if v != TAKEN_BACK})


def _periods(typed: Typed) -> list[Period]:
    chosen = dict(periods_of(house.settings().retention.periods))
    rows = []
    for row in PURPOSES.values():
        if row.id == "personal":  # has a setting of its own
            continue
        name = PERIOD + row.id
        months = str(chosen.get(row.id, ""))
        usual = keeping_words.months(row.months) if row.months else _("no period")
        rows.append(
            Period(
                row.id,
                keeping_words.purpose(row.id),
                usual,
                typed.texts.get(name, months),
                row.months if row.minimum else None,
                row.source,
                typed.problems.get(name, ""),
            )
        )
    return rows


def _preview(proposed: Settings) -> Preview:
    """Work out what would go, as the page of tonight does."""
    at = keeping.next_sweep(proposed.retention.sweep_hour)
    plan, problem = keeping.plan_of(rules_of(proposed), at)
    if plan is None:
        return Preview(done=bool(problem), problem=problem)
    now, _problem = keeping.plan_of(rules_of(house.settings()), at)
    going = _going(proposed, plan)
    now_going = 0 if now is None else _going(house.settings(), now)
    stopped = "too_much" in [stop.code for stop in plan.stops]
    return Preview(
        done=True,
        going=going,
        counts=_counts(plan) if proposed.retention.sweep else (),
        now_going=now_going,
        too_much=stopped and going > now_going,
        calls=plan.calls,
    )


def _going(settings: Settings, plan: Plan) -> int:
    return len(plan.items) if settings.retention.sweep else 0


def _counts(plan: Plan) -> tuple[tuple[int, str, str], ...]:
    counted = Counter((item.action, item.reason) for item in plan.items)
    return tuple(
        (count, _(keeping_words.ACTIONS[action][0]), keeping_words.reason(reason))
        for (action, reason), count in counted.most_common()
    )


def oldest() -> tuple[float, float] | None:
    """Return when the oldest call with sound was, and when it goes; None: no end."""
    rules, now = rules_of(house.settings()), house.now()
    after, seen = "", 0
    while (page := archive().calls.walk(after)) and seen < LOOKED_AT:
        for call in page:
            if call.audio != "none" and not call.held:
                due: Any = judge(facts_of(call), rules, now).due_utc
                return None if due is None else (call.start_utc, due)
        after, seen = page[-1].id, seen + len(page)
    return None
