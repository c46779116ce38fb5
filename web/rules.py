"""The scope rules on a page: which calls, when, which way; and what they would do.

The page edits the text of `firmware.consent.scope_file` through a form, a rule a card;
whoever likes text better edits that.  Before they are kept, rules are tried on the
calls of the last week.
"""

import json
import tomllib
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.archive.model import Call
from firmware.consent.scope import Match
from firmware.consent.scope_file import DAYS, LISTS
from firmware.errors import ConfigError
from web import consent_words, house, view
from web.consent_words import SCOPE
from web.i18n import N_, _, ngettext
from web.presets import ALL_CALLS
from web.store import archive

bp = Blueprint("rules", __name__, url_prefix="/rules")

LONGEST = 20_000
#: The preview looks so far back, s, and at so many calls.
WEEK_S = 7 * 86_400
MAX_CALLS = 500
MODES = {
    "all": N_("Record every call"),
    "sample": N_("Record a share"),
    "manual": N_("Only by hand"),
    "none": N_("Do not record"),
}
WAYS = {"any": N_("in and out"), "in": N_("incoming"), "out": N_("outgoing")}
LIST_WORDS = {
    "never": N_("Never record"),
    "private": N_("Private contacts: never record"),
    "always": N_("Always record, whatever the rules say"),
    "emergency": N_("Treat as emergency numbers"),
}
DAY_WORDS = {
    "mon": N_("Mon"),
    "tue": N_("Tue"),
    "wed": N_("Wed"),
    "thu": N_("Thu"),
    "fri": N_("Fri"),
    "sat": N_("Sat"),
    "sun": N_("Sun"),
}


@bp.get("")
def index() -> str:
    """The rules in force, and last week under them."""
    text = house.rules_text(house.settings())
    return _page(ALL_CALLS if text is None else text)


@bp.post("")
def change() -> ResponseReturnValue:
    """Try rules on last week's calls, add a rule, or keep them."""
    form = request.form
    text = form["text"] if "text" in form else written(form)
    text = text.replace("\r\n", "\n")[:LONGEST]
    step = form.get("step", "try")
    if step == "add":
        return _page(text + _new_rule(text))
    if step == "keep":
        page = _page(text)
        if not _problems(text):
            archive().choices.set({"rules": text}, g.user.name, house.now())
            return redirect(url_for("rules.index"), 303)
        return page, 422
    return _page(text), 422 if _problems(text) else 200


def _problems(text: str) -> list[str]:
    try:
        house.build(house.settings(), text)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def _page(text: str) -> str:
    problems = _problems(text)
    raw = parsed(text)
    return render_template(
        "consent/rules.html",
        text=text,
        changed=text != (house.rules_text(house.settings()) or ALL_CALLS),
        problems=problems,
        rules=None if raw is None else [card(rule) for rule in raw.get("rule", [])],
        lists=None if raw is None else raw.get("lists", {}),
        modes=_translated(MODES),
        ways=_translated(WAYS),
        list_words=_translated(LIST_WORDS),
        days=_translated(DAY_WORDS),
        preview=None if problems else preview(text),
    )


def _translated(table: dict[str, str]) -> dict[str, str]:
    return {key: _(told) for key, told in table.items()}


def parsed(text: str) -> dict[str, Any] | None:
    """Return rules as data, or None if they are not TOML or too odd for a form."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    rules, lists = raw.get("rule", []), raw.get("lists", {})
    odd = not isinstance(rules, list) or not isinstance(lists, dict)
    if odd or not all(isinstance(rule, dict) for rule in rules):
        return None
    return raw


def card(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as its card shows it: days one by one, spans as text."""
    days = rule.get("weekdays")
    return {
        **rule,
        "days": DAYS if days is None else _days(days),
        "times": ", ".join(rule.get("times", [])),
        "not_times": ", ".join(rule.get("not_times", [])),
        "numbers": ", ".join(rule.get("numbers", [])),
    }


def _days(spans: list[str]) -> list[str]:
    held: list[str] = []
    for span in spans:
        first, _hyphen, last = span.partition("-")
        if first in DAYS and (last or first) in DAYS:
            start = DAYS.index(first)
            count = (DAYS.index(last or first) - start) % 7 + 1
            held += [DAYS[(start + i) % 7] for i in range(count)]
    return held


def written(form: Any) -> str:
    """Return the rules of a form as text."""
    lines: list[str] = []
    lists = {key: _split(form.get(f"list-{key}", "")) for key in LISTS}
    if any(lists.values()):
        lines = [
            "[lists]",
            *(_line(key, value) for key, value in lists.items() if value),
        ]
    # Fields of the n-th rule end in -n; the count stands in the form.
    count = form.get("count", "0")
    for at in range(min(50, int(count) if count.isdigit() else 0)):
        if form.get(f"drop-{at}"):
            continue
        lines += ["", *_rule_lines(form, at)]
    return "\n".join(lines).strip() + "\n"


def _rule_lines(form: Any, at: int) -> list[str]:
    record = form.get(f"record-{at}", "none")
    days = form.getlist(f"days-{at}")
    values: dict[str, Any] = {
        "id": form.get(f"id-{at}", "").strip() or str(at + 1),
        "record": record,
    }
    if record == "sample":
        values["percent"] = _number(form.get(f"percent-{at}", ""))
    if len(days) < len(DAYS):
        values["weekdays"] = days
    for key in ("times", "not_times", "numbers"):
        if found := _split(form.get(f"{key}-{at}", "")):
            values[key] = found
    if form.get(f"direction-{at}", "any") != "any":
        values["direction"] = form[f"direction-{at}"]
    if purpose := form.get(f"purpose-{at}", "").strip():
        values["purpose"] = purpose
    return ["[[rule]]", *(_line(key, value) for key, value in values.items())]


def _line(key: str, value: Any) -> str:
    # A JSON text, number or list of texts is a TOML one, too.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _new_rule(text: str) -> str:
    raw = parsed(text) or {}
    used = {str(rule.get("id")) for rule in raw.get("rule", [])}
    name = next(f"rule-{n}" for n in range(1, 60) if f"rule-{n}" not in used)
    return f'\n[[rule]]\nid = "{name}"\nrecord = "all"\n'


def preview(text: str) -> dict[str, Any]:
    """Return last week's calls with what these rules would have done."""
    inforce = house.settings()
    built = house.build(inforce, text)
    since = house.now() - WEEK_S
    calls = [
        call
        for call in archive().calls.page(limit=MAX_CALLS, lines=g.user.lines)
        if call.start_utc >= since and call.duration_s
    ]
    rows = [_would(call, *house.would(call, built), inforce.line.country)
            for call in calls]  # fmt: skip
    kept = sum(row["kept"] for row in rows)
    return {
        "rows": rows,
        "total": len(rows),
        "kept": kept,
        "told": ngettext(
            "%(kept)s of the %(num)s call of the last seven days",
            "%(kept)s of the %(num)s calls of the last seven days",
            len(rows),
            kept=kept,
        ),
    }


def _would(call: Call, made: Any, match: Match | None, country: str) -> dict[str, Any]:
    told = consent_words.decision(made)
    by = "" if match is None else _(SCOPE.get(match.reason, match.reason))
    return {
        "call": view.row(call, country),
        "kept": made.action != "DENY",
        "told": told,
        "rule": f"{by} {match.rule}" if match and match.rule else by,
    }
