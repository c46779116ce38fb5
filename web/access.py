"""Who may do what: one table of roles, one of routes; what is in neither is closed.

A route needs one permission to be read and one to be changed.  `web.security` asks
here before any view runs, and templates ask `may(…)` for what to offer.
"""

from flask import g

from web.i18n import N_

#: permission -> what it lets somebody do, in words.
PERMISSIONS = {
    "see": N_("see the list of calls and what is known of them"),
    "listen": N_("hear recordings"),
    "speak": N_("tell the recorder about a call that is going on"),
    "keep": N_("star calls, put them into the bin and take them out"),
    "hold": N_("hold and restrict calls"),
    "export": N_("take copies and evidence out of the box"),
    "erase": N_("erase for good"),
    "consent": N_("keep the registers of consent"),
    "settle": N_("change rules and settings"),
    "audit": N_("read the ledger and who did what"),
    "rule": N_("manage keys, backups and the people with a log-in"),
}
_EVERYTHING = frozenset(PERMISSIONS)

#: role -> permissions.
ROLES: dict[str, frozenset[str]] = {
    "owner": _EVERYTHING,
    "manager": _EVERYTHING - {"rule"},
    "agent": frozenset({"see", "listen", "speak", "keep", "consent"}),
    "reviewer": frozenset({"see", "listen"}),
    "auditor": frozenset({"see", "audit"}),
}

#: Everybody who is logged in may do these, whatever their role.
ANYBODY = "anybody"

#: endpoint -> permission to read it; "POST endpoint" -> permission to change it.
ROUTES = {
    "POST auth.logout": ANYBODY,
    "home.index": "see",
    "POST callbacks.done": "keep",
    "POST callbacks.later": "keep",
    "POST callbacks.undo": "keep",
    # calls
    "calls.index": "see",
    "calls.show": "see",
    "POST calls.keep": "hold",
    "views.index": "see",
    "POST views.keep": "see",
    "POST views.change": "see",
    "views.table": "export",
    "POST bulk.choose": "see",
    "bulk.show": "see",
    "POST bulk.star": "keep",
    "POST bulk.unstar": "keep",
    "POST bulk.tag": "keep",
    "POST bulk.untag": "keep",
    "POST bulk.bin": "keep",
    "POST bulk.restore": "keep",
    "POST bulk.erase": "erase",
    "POST bulk.zip": "export",
    "bulk.download": "export",
    "audio.audio": "listen",
    "audio.peaks": "listen",
    "audio.turns": "listen",
    "unheard.next": "listen",
    "POST why.say": "listen",
    "POST pins.pin": "keep",
    "POST pins.repin": "keep",
    "POST pins.unpin": "keep",
    "POST pins.back": "keep",
    "api.calls": "see",
    "api.call": "see",
    "api.openapi": ANYBODY,
    "live.status": "see",
    "live.events": "see",
    "line.show": "see",
    "POST line.tell": "speak",
    # consent
    "overview.index": "see",
    "POST overview.recording": "settle",
    "rules.index": "see",
    "POST rules.change": "settle",
    "setup.index": "see",
    "setup.form": "see",
    "POST setup.form": "settle",
    "people.index": "see",
    "POST people.add": "settle",
    "POST people.change": ANYBODY,  # for oneself; the view asks for others
    "people.all_numbers": "see",
    "POST people.add_number": "consent",
    "POST people.end_number": "settle",
    "agreements.index": "see",
    "agreements.new": "see",
    "POST agreements.new": "consent",
    "agreements.show": "see",
    "POST agreements.take": "consent",
    "papers.index": "see",
    "papers.form": "see",
    "papers.policy": "see",
    "voices.hear": "see",
    "POST voices.keep": "settle",
    "POST voices.drop": "settle",
    "law.index": "see",
    "law.download": "see",
    # deeds on calls
    "POST deeds.star": "keep",
    "POST deeds.unstar": "keep",
    "POST deeds.note": "keep",
    "POST deeds.tag": "keep",
    "POST deeds.untag": "keep",
    "POST deeds.order": "keep",
    "POST deeds.bin": "keep",
    "POST deeds.restore": "keep",
    "POST deeds.hold": "hold",
    "POST deeds.release": "hold",
    "POST deeds.restrict": "hold",
    "POST deeds.unrestrict": "hold",
    "POST deeds.purpose": "settle",
    "POST deeds.erase": "erase",
    "POST evidence.bundle": "export",
    "evidence.download": "export",
    # keeping
    "keeping.index": "see",
    "POST keeping.sweep_now": "erase",
    "retention.index": "see",
    "POST retention.keep": "settle",
    "rights.index": "export",
    "rights.certificate": "export",
    "POST rights.package": "export",
    "POST rights.restrict": "hold",
    "POST rights.erase": "erase",
    "POST rights.objection": "settle",
    "keeping.held": "see",
    "keeping.bin": "see",
    # the box and oneself
    "box.index": "see",
    "coverage.index": "see",
    "doctor.index": "see",
    "coverage.api": "see",
    "POST coverage.seen": "keep",
    "copies.index": "listen",
    "copies.hear": "listen",
    "POST copies.make": "export",
    "copies.take": "export",
    "POST copies.remove": "export",
    "shelf.index": "export",
    "POST shelf.fill": "export",
    "asked.index": "export",
    "POST asked.add": "export",
    "POST asked.answer": "export",
    "first.index": "settle",
    "first.box": "settle",
    "POST first.box": "settle",
    "first.line": "settle",
    "POST first.skip": "settle",
    "POST first.end": "settle",
    "backup.index": "rule",
    "POST backup.choose": "rule",
    "POST backup.often": "rule",
    "POST backup.end": "rule",
    "POST backup.password": "rule",
    "POST backup.written": "rule",
    "health.index": "see",
    "bringup.index": "settle",
    "bringup.now": "settle",
    "POST bringup.tell": "settle",
    "support.index": "rule",
    "POST support.make": "rule",
    "support.download": "rule",
    "update.index": "see",
    "settings.index": "settle",
    "settings.group": "settle",
    "POST settings.group": "settle",
    "settings.changes": "settle",
    "POST settings.undo": "settle",
    "POST settings.restart": "settle",
    "log.index": "audit",
    "disk.index": "see",
    "POST disk.backup": "rule",
    "POST disk.test": "rule",
    "proof.index": "see",
    "proof.checkpoint": "audit",
    "POST proof.check_all": "audit",
    "POST proof.check": "audit",
    "POST proof.anchor": "rule",
    "logins.index": "rule",
    "POST logins.add": "rule",
    "POST logins.change": "rule",
    "POST logins.password": "rule",
    "POST logins.end": "rule",
    "POST logins.remove": "rule",
    "POST logins.reset_second": "rule",
    "lock.index": "listen",
    "POST lock.unlock": "listen",
    "POST lock.lock": "listen",
    "POST lock.passphrase": "rule",
    "POST lock.recovery": "rule",
    "fresh.again": ANYBODY,
    "POST fresh.again": ANYBODY,
    "POST second.again_options": ANYBODY,
    "POST second.again": ANYBODY,
    "factors.index": ANYBODY,
    "factors.app": ANYBODY,
    "factors.added": ANYBODY,
    "POST factors.add_app": ANYBODY,
    "POST factors.remove_app": ANYBODY,
    "POST factors.new_codes": ANYBODY,
    "POST factors.key_options": ANYBODY,
    "POST factors.add_key": ANYBODY,
    "POST factors.rename_key": ANYBODY,
    "POST factors.remove_key": ANYBODY,
    "me.index": ANYBODY,
    "POST me.end": ANYBODY,
    "POST me.end_others": ANYBODY,
    "POST me.password": ANYBODY,
}


def needed(endpoint: str | None, method: str) -> str | None:
    """Return the permission a route needs; None: it is in no table, nobody may."""
    if method in ("GET", "HEAD"):
        return ROUTES.get(endpoint or "")
    return ROUTES.get(f"{method} {endpoint}")


def permits(role: str, permission: str | None) -> bool:
    """Say whether a role has a permission."""
    return permission == ANYBODY or permission in ROLES.get(role, ())


def may(permission: str) -> bool:
    """Say whether whoever is logged in has a permission."""
    return g.user is not None and permits(g.user.role, permission)
