"""Missed and not called back, as the start page shows it, and what people say of it."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from firmware.archive import callbacks
from firmware.archive.callbacks import Waiting
from firmware.errors import NoSuchCall
from web import house, words
from web.i18n import N_, _
from web.store import archive, get_call, visible

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")

#: "Tomorrow" begins at this hour where the box stands.
MORNING_H = 8
#: More than so many are looked up in the list.
MOST_SHOWN = 12
#: How long "later" is -> words.
LATER = {"hour": N_("In an hour"), "tomorrow": N_("Tomorrow morning")}
#: Answers of phonenumbers that mean one subscriber.
_ONE = frozenset(
    (
        phonenumbers.MatchType.EXACT_MATCH,
        phonenumbers.MatchType.NSN_MATCH,
        phonenumbers.MatchType.SHORT_NSN_MATCH,
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who waits."""

    call_id: str
    who: str
    number_beside: str
    dial: str
    line: str
    times: int
    last_utc: float


@dataclass(frozen=True, slots=True)
class Said:
    """What was just said of somebody, for the way back."""

    call_id: str
    who: str
    until_utc: float | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Those who rang last, and how many wait altogether."""

    shown: list[Row]
    count: int


def rows(country: str, lines: tuple[str, ...]) -> Rows:
    """Return who still waits on these lines, who rang last first."""
    store, now = archive().callbacks, house.now()
    missed = store.missed(now - callbacks.WINDOW_S, lines)
    region = words.region(country)
    found = callbacks.waiting(
        missed,
        store.talks(missed),
        store.marks(),
        now,
        functools.partial(form, region=region),
        functools.partial(alike, region=region),
    )
    several = len({call.line for call in missed}) > 1
    shown = [_row(each, country, several) for each in found[:MOST_SHOWN]]
    return Rows(shown, len(found))


@functools.lru_cache(maxsize=4096)
def form(number: str, region: str) -> str:
    """Return a number in international form, or as it came where it has none."""
    parsed = _parsed(number, region)
    if parsed is None:
        return number
    e164 = phonenumbers.PhoneNumberFormat.E164
    return phonenumbers.format_number(parsed, e164)


def alike(one: str, two: str, region: str) -> bool:
    """Say whether two numbers are one subscriber, written in different ways."""
    first, second = _parsed(one, region), _parsed(two, region)
    if first is None or second is None:
        return one == two
    return phonenumbers.is_number_match(first, second) in _ONE


@functools.lru_cache(maxsize=4096)
def _parsed(number: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _row(each: Waiting, country: str, several: bool) -> Row:
    last = each.last
    who = words.who(each.name, last.number, last.absence, country)
    shown = words.number(last.number, country)
    return Row(
        call_id=last.call_id,
        who=who,
        number_beside=shown if shown != who else "",
        dial=words.dial(last.number),
        line=words.clean(last.line) if several else "",
        times=len(each.calls),
        last_utc=last.start_utc,
    )


def said(call_id: str | None, country: str) -> Said | None:
    """Return what was just said of a caller; nothing for what is no such call."""
    if not call_id:
        return None
    try:
        call = archive().calls.get(call_id)
    except NoSuchCall:
        return None
    mark = archive().callbacks.marks().get(call.id)
    if mark is None or not visible(call):
        return None
    who = words.who(call.name, call.number, call.number_absence, country)
    return Said(call.id, who, mark.until_utc)


@bp.post("/<callid:call_id>/done")
def done(call_id: str) -> ResponseReturnValue:
    """Say that nobody has to be called back."""
    call = get_call(call_id)
    archive().callbacks.mark(call.id, g.user.name, house.now())
    return redirect(url_for("home.index", said=call.id), 303)


@bp.post("/<callid:call_id>/later")
def later(call_id: str) -> ResponseReturnValue:
    """Put somebody off until a better time."""
    call, now = get_call(call_id), house.now()
    wanted = request.form.get("until", "")
    if wanted not in LATER:
        raise BadRequest(_("Please choose when to be reminded."))
    until = now + 3600 if wanted == "hour" else tomorrow(now)
    archive().callbacks.mark(call.id, g.user.name, now, until)
    return redirect(url_for("home.index", said=call.id), 303)


@bp.post("/<callid:call_id>/undo")
def undo(call_id: str) -> ResponseReturnValue:
    """Take back what was said of somebody who waits."""
    archive().callbacks.unmark(get_call(call_id).id)
    return redirect(url_for("home.index"), 303)


def tomorrow(now: float) -> float:
    """Return the next day's morning where the box stands, UTC seconds."""
    day = datetime.fromtimestamp(now) + timedelta(days=1)
    return day.replace(hour=MORNING_H, minute=0, second=0, microsecond=0).timestamp()
