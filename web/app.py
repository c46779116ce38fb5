"""The one place where the web service is put together."""

import functools
import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from markupsafe import Markup
from werkzeug.routing import BaseConverter

from firmware.archive.model import iso
from firmware.archive.seal import Keyring
from firmware.service.settings import Settings
from web import (
    access,
    agreements,
    api,
    asked,
    audio,
    audit,
    auth,
    backup,
    box,
    bringup,
    bulk,
    callbacks,
    calls,
    compress,
    copies,
    coverage,
    deeds,
    disk,
    doctor,
    errors,
    evidence,
    factors,
    first,
    fresh,
    health,
    home,
    house,
    i18n,
    install,
    keeping,
    keeping_rules,
    law,
    line,
    live,
    lock,
    log,
    logins,
    me,
    overview,
    papers,
    people,
    pins,
    proof,
    rights,
    rules,
    second,
    settings,
    setup,
    shelf,
    support,
    theme,
    trust,
    unheard,
    update,
    views,
    voices,
    why,
    words,
)
from web.accounts import Accounts
from web.glance import Memo
from web.heard import Heard
from web.jobs import Jobs
from web.listening import ListeningCopies
from web.security import guard
from web.selections import Selections
from web.store import LateArchive

#: One year: an asset's address changes with its content, s.
ASSET_AGE_S = 31_536_000


#: Every module with routes.
ROOMS = (
    bringup,
    *(install, auth, home, callbacks, calls, bulk, views, audio, api, live, line),
    *(pins, unheard, why),
    *(overview, settings, setup, rules, people, agreements, papers, voices, law),
    coverage,
    doctor,
    *(deeds, evidence, keeping, box, rights, lock, log, logins, me, proof, disk),
    *(keeping_rules, health, support, update),
    *(trust, second, factors),
    *(backup, copies, shelf, asked, first),
)


#: blueprint -> the part of the site it belongs to; the others are about consent.
SECTIONS = {
    **{
        "home": "start",
        "bringup": "box",
        "callbacks": "start",
        "calls": "calls",
        "bulk": "calls",
        "views": "calls",
        "deeds": "calls",
        "evidence": "calls",
        "pins": "calls",
        "unheard": "calls",
        "why": "calls",
        "auth": "",
        "install": "",
        "trust": "",
        "second": "",
        "factors": "box",
        "fresh": "",
        "keeping": "keeping",
        "asked": "keeping",
        "first": "",
        "shelf": "keeping",
        "copies": "calls",
        "backup": "box",
        "retention": "keeping",
        "rights": "keeping",
    },
    "coverage": "box",
    "doctor": "box",
    **dict.fromkeys(("box", "lock", "proof", "disk", "log", "logins", "me"), "box"),
    **dict.fromkeys(("settings", "health", "support", "update"), "box"),
}


class CallIdConverter(BaseConverter):
    """Only what is shaped like a call id reaches a view: never a path."""

    regex = r"[0-9]{8}-[0-9]{6}-[0-9a-z]{4}"


class _Site(Flask):
    """Flask, but assets live long only where their address names their content."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        return ASSET_AGE_S if "v" in request.args else None


def create_app(settings: Settings, *, testing: bool = False) -> Flask:
    """Return the web application for the box with these settings."""
    app = _Site(__name__)
    app.testing = testing
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider's
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.url_map.converters["callid"] = CallIdConverter
    keyring = Keyring.of(settings.state_dir, 60 * settings.seal.autolock_min)
    archive = LateArchive(settings.state_dir, keyring, settings.seal.key_path)
    app.extensions.update(
        {
            "linekeeper.settings": settings,
            "linekeeper.archive": archive,
            "linekeeper.accounts": Accounts(archive, settings),
            "linekeeper.keyring": keyring,
            "linekeeper.heard": Heard(),
            "linekeeper.reasons": why.Reasons(),
            "linekeeper.taken_away": pins.TakenAway(),
            "linekeeper.jobs": Jobs(),
            "linekeeper.selections": Selections(),
            "linekeeper.memo": Memo(),
            "linekeeper.copies": ListeningCopies(),
            "linekeeper.snapshot": functools.partial(_snapshot, app),
        }
    )
    guard(app, settings.state_dir / "web-forms.key")
    errors.install(app)
    compress.install(app)
    i18n.install(app)
    theme.install(app)
    fresh.install(app)
    first.install(app)
    audit.install(app)
    for room in ROOMS:
        app.register_blueprint(room.bp)
    _teach_templates(app, settings)
    return app


def _snapshot(app: Flask) -> live.Snapshot:
    """Return the live state; also for the event loop, which serves no request."""
    settings: Settings = app.extensions["linekeeper.settings"]
    archive: LateArchive = app.extensions["linekeeper.archive"]
    with app.app_context():
        return live.snapshot(
            settings.status_path,
            lambda: archive().calls.latest_change(),
            settings.line.country,
        )


def _teach_templates(app: Flask, settings: Settings) -> None:
    folder = Path(app.static_folder or "")
    marks = {
        path.relative_to(folder).as_posix(): _mark(path)
        for path in folder.rglob("*")
        if path.is_file()
    }

    @functools.cache
    def asset(name: str) -> str:
        return url_for("static", filename=name, v=marks[name])

    @functools.cache
    def icon(name: str) -> Markup:
        sprite = asset("icons.svg")
        return Markup(
            '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>'
        ).format(sprite, name)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            "box_name": house.box_name(),
            "user": g.get("user"),
            "section": SECTIONS.get(request.blueprint or "", "consent"),
            "page_language": i18n.language(),
            "page_languages": i18n.LANGUAGES,
        }

    # Globals, because macros of other files do not see the context.
    app.jinja_env.globals.update(asset=asset, icon=icon, may=access.may)
    app.template_filter("iso")(iso)
    app.template_filter("utc")(words.utc)
    app.template_filter("day")(words.day)
    app.template_filter("weekday")(words.weekday)
    app.template_filter("far_day")(words.far_day)
    app.template_filter("size")(disk.gigabytes)


def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
