"""Who saw, changed and came in: entered in the ledger after the answer is made.

Deeds on calls, playing, exports, the lock and checks write their own entries, with
what they know; everything else that changes something is in one table here.  A test
holds it against the routes.
"""

from flask import Flask, Response, current_app, g, request

from firmware.errors import StoreError
from web import house
from web.heard import Heard
from web.store import archive

#: Route that changes something -> what it changes, a code for the ledger.
CHANGES = {
    "POST overview.recording": "recording",
    "POST callbacks.done": "callbacks",
    "POST coverage.seen": "alerts",
    "POST callbacks.later": "callbacks",
    "POST callbacks.undo": "callbacks",
    "POST rules.change": "rules",
    "POST settings.group": "settings",
    "POST settings.undo": "settings",
    "POST first.box": "settings",
    "POST asked.add": "requests",
    "POST asked.answer": "requests",
    "POST backup.choose": "settings",
    "POST backup.often": "settings",
    "POST backup.end": "settings",
    "POST backup.password": "backup_key",
    "POST retention.keep": "settings",
    "POST settings.restart": "restart",
    "POST setup.form": "setup",
    "POST people.add": "people",
    "POST people.change": "people",
    "POST people.add_number": "numbers",
    "POST people.end_number": "numbers",
    "POST agreements.new": "agreements",
    "POST agreements.take": "agreements",
    "POST voices.keep": "voices",
    "POST voices.drop": "voices",
    "POST logins.add": "log_ins",
    "POST logins.change": "log_ins",
    "POST logins.password": "log_ins",
    "POST logins.end": "log_ins",
    "POST logins.remove": "log_ins",
    "POST logins.reset_second": "second_factor",
    "POST factors.add_app": "second_factor",
    "POST factors.remove_app": "second_factor",
    "POST factors.new_codes": "second_factor",
    "POST factors.add_key": "second_factor",
    "POST factors.rename_key": "second_factor",
    "POST factors.remove_key": "second_factor",
    "POST me.password": "password",
    "POST me.end": "sessions",
    "POST me.end_others": "sessions",
    "POST lock.passphrase": "passphrase",
    "POST lock.recovery": "recovery_key",
}
#: Routes that write entries of their own, or that change nothing that lasts.
OWN = frozenset(
    {
        "POST bringup.tell",
        *("POST calls.keep", "POST line.tell", "POST evidence.bundle"),
        *("POST keeping.sweep_now", "POST rights.package", "POST rights.restrict"),
        *("POST rights.erase", "POST rights.objection"),
        *("POST lock.unlock", "POST lock.lock", "POST auth.logout"),
        *("POST proof.check", "POST proof.check_all", "POST proof.anchor"),
        *("POST support.make", "POST backup.written", "POST shelf.fill"),
        *("POST copies.make", "POST copies.remove", "POST first.skip"),
        "POST first.end",
        *("POST bulk.choose", "POST bulk.star", "POST bulk.unstar", "POST bulk.tag"),
        *("POST bulk.untag", "POST bulk.bin", "POST bulk.restore", "POST bulk.erase"),
        *("POST bulk.zip", "POST views.keep", "POST views.change"),
        *("POST pins.pin", "POST pins.repin", "POST pins.unpin", "POST pins.back"),
        *("POST why.say", "POST disk.backup", "POST disk.test", "POST fresh.again"),
        *("POST second.again", "POST second.again_options"),
        "POST factors.key_options",
    }
)
#: Parts whose changes answer with a page: what is shown once.
SHOWING = ("lock.", "factors.")
#: Pages and answers that show what is known of one call.
SEEN = frozenset({"calls.show", "api.call"})


def install(app: Flask) -> None:
    """Write the entries of every answer."""
    app.after_request(_after)


def came_in(name: str) -> None:
    """Enter that somebody has logged in."""
    _enter("logged_in", "", name)


def refused(what: str, by: str = "nobody") -> None:
    """Enter that a wrong password, code or passphrase was given."""
    _enter("refused", "", by, what=what)


def _after(response: Response) -> Response:
    if g.get("user") is None:
        return response
    key = f"{request.method} {request.endpoint}"
    done = response.status_code in (200, 204, 303)
    told = response.status_code in (204, 303) or key.split()[1].startswith(SHOWING)
    if key in CHANGES and done and told:
        _enter("changed", "", g.user.name, what=CHANGES[key])
    elif request.endpoint in SEEN and request.method == "GET" and done:
        call_id = str((request.view_args or {}).get("call_id", ""))
        heard: Heard = current_app.extensions["linekeeper.heard"]
        if heard.is_new(g.user.id, call_id, "viewed", house.now()):
            _enter("viewed", call_id, g.user.name)
    return response


def _enter(kind: str, call_id: str, by: str, **data: str) -> None:
    """Add an entry.  A full disk must not keep anybody out: that is told in the log."""
    try:
        archive().ledger.add(kind, call_id, by, house.now(), **data)
    except StoreError as error:
        current_app.logger.error("ledger: %s", error)
