"""The jurisdictions as a table with their statutes, and one number looked up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, request

from firmware.consent import numbers, table_file
from firmware.consent.table import Jurisdiction
from web import consent_words, house, words
from web.consent_words import CONFIDENCE, SATISFIED
from web.i18n import _

bp = Blueprint("law", __name__, url_prefix="/law")


@bp.get("")
def index() -> str:
    """Every row, or those that match; and where a number belongs."""
    rows = house.table()
    asked = words.clean(request.args.get("q"))[:40]
    own = house.settings().consent.own
    found = _placed(asked, own)
    shown = [
        row
        for code, row in rows.rows.items()
        if code == row.code
        and (code in found.codes if found else _matches(row, asked.casefold()))
    ]
    return render_template(
        "consent/law.html",
        q=asked,
        own=own,
        version=rows.version,
        rows=[_row(row) for row in sorted(shown, key=_order)],
        floors=[_row(row) for row in rows.floors.values()] if not asked else [],
        levels={key: _(told) for key, told in consent_words.LEVELS.items()},
        found=found,
    )


@bp.get("/jurisdictions.json")
def download() -> Response:
    """The table in force as a file, to be read, mended and given back."""
    own = house.base().consent.jurisdictions
    text = Path(own).read_text("utf-8") if own else table_file.text()
    response = Response(text, mimetype="application/json")
    name = "jurisdictions.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _matches(row: Jurisdiction, asked: str) -> bool:
    heard = " ".join(
        (row.code, row.name, consent_words.place(row.code, row), *row.statutes)
    )
    return asked in heard.casefold()


def _order(row: Jurisdiction) -> tuple[bool, str, str]:
    country, _hyphen, part = row.code.partition("-")
    return bool(part), country if part else "", consent_words.place(row.code, row)


def _row(row: Jurisdiction) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": consent_words.place(row.code, row),
        "private": row.private,
        "org": row.org,
        "conservative": row.conservative,
        "by_purpose": row.by_purpose,
        "statutes": row.statutes,
        "notes": row.notes,
        "satisfied": [_(SATISFIED.get(key, key)) for key in row.satisfied_by],
        "confidence": _(CONFIDENCE.get(row.confidence, row.confidence)),
        "checked": row.source == "checked",
    }


@dataclass(frozen=True, slots=True)
class Found:
    """Where a number belongs, and what would happen on a call with it."""

    number: str
    codes: tuple[str, ...]
    places: tuple[str, ...]
    told: consent_words.Told | None


def _placed(asked: str, own: str | None) -> Found | None:
    """Return where a number belongs, if a number was asked for."""
    if not any(c.isdigit() for c in asked):
        return None
    rows = house.table()
    place = numbers.locate(asked, own, rows)
    names = tuple(consent_words.place(code, rows.row(code)) for code in place.codes)
    told = house.example(None, house.settings(), number=asked) if own else None
    return Found(
        place.e164 or asked,
        place.codes,
        names,
        consent_words.decision(told) if told else None,
    )
