"""Every page there is, with something on it: for tests of all pages, and pictures.

The pages come from the application's own routes, so that a new one is walked without
being told of; those with arguments need a value in `ARGUMENTS`.
"""

import time
from collections.abc import Iterable

from werkzeug.routing import Rule

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from web.presets import PRESETS

#: The call with the most to see, and one without sound.
CALL, MISSED = 2, 1
#: What the owner of the box has chosen.
CHOSEN = {
    "own": "US-NY",
    "recorder": "org",
    "purpose": "orders and what was agreed",
    "period": "6 months",
    "owner": "Harbor Florist",
    "rights_url": "harbor.example",
    "recording": True,
    "preset": "office",
    "rules": PRESETS["office"].rules,
}
#: What nobody looks at besides files: pieces of pages, doors that are shut by now.
NO_PAGES = frozenset(
    {"static", "line.show", "voices.hear", "auth.claim", "auth.login", "trust.check"}
)
#: Argument of a route -> values to walk through.
ARGUMENTS = {"preset_id": ("office",), "table": ("recorder",)}
#: Pages once more, in another state.
STATES = ("/calls?q=0123", "/calls?q=nobody", "/law?q=germany", "/no-such-page")


def fill(archive: Archive, longest_s: float = 3600.0) -> list[Call]:
    """Keep calls of every kind, and what people of a busy box have said and chosen."""
    kinds = [dict(kind) for kind in reversed(seed.KINDS)]
    for kind in kinds:
        kind["talk_s"] = min(kind.get("talk_s", 30.0), longest_s)
    calls = [seed.add_call(archive, **kind) for kind in kinds][::-1]
    archive.finish_pending()
    now = time.time()
    archive.users.add(seed.NAME, seed.PASSWORD, "owner", now)
    archive.users.add("Ben", seed.PASSWORD, "agent", now, ["1"])
    archive.choices.set(CHOSEN, seed.NAME, now)
    person = archive.staff.add("1", seed.NAME, seed.NAME, now)
    archive.staff.acknowledge(
        person, seed.NAME, now, language="en", text_sha256="0" * 64
    )
    archive.wishes.add("+12125550188", "never", seed.NAME, now, name="Cy Reed")
    archive.keeping.star(calls[0].id, seed.NAME, now)
    archive.keeping.note(calls[CALL].id, seed.NAME, now, text="Two wreaths, by Friday")
    archive.keeping.hold(
        calls[5].id,
        seed.NAME,
        now,
        owner=seed.NAME,
        reason="A claim of the customer",
        review_utc=now + 30 * 86_400,
    )
    return calls


def addresses(rules: Iterable[Rule], calls: list[Call]) -> list[str]:
    """Return the address of every page, with every value of its arguments."""
    known = {**ARGUMENTS, "call_id": (calls[CALL].id, calls[MISSED].id)}
    found = []
    for rule in sorted(rules, key=lambda rule: rule.rule):
        is_file = "." in rule.rule.rpartition("/")[2] or rule.rule.startswith("/api/")
        if "GET" not in (rule.methods or ()) or is_file or rule.endpoint in NO_PAGES:
            continue
        if not rule.arguments:
            found.append(rule.rule)
            continue
        name = min(rule.arguments)
        head, _, tail = rule.rule.partition("<")
        found += [head + v + tail.partition(">")[2] for v in known.get(name, ())]
    return [*found, *STATES]
