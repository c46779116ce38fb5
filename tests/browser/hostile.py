"""A box whose texts all try to become markup: names, numbers, notes, contacts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.browser.conftest import Site, free_port, service, wait_for
from tests.web import seed

#: Each would leave a mark of its own in the page, or in the browser's log.
EVIL = (
    '"><img src=x onerror="window.stolen=1" data-evil>',
    "<script>window.stolen=1</script><b data-evil>",
    "'-alert(1)-'<svg/onload=alert(1) data-evil>",
    "{{7*7}}${7*7}<a href=javascript:alert(1) data-evil>x</a>",
    "</title></script><iframe srcdoc='<script>alert(1)</script>' data-evil>",
)


@contextmanager
def hostile(state: Path) -> Iterator[Site]:
    """Serve a box whose every text is an attack."""
    with Archive(state) as archive:
        calls = fill(archive)
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add(EVIL[0][:60], seed.PASSWORD, "agent", time.time(), [EVIL[1]])
        archive.choices.set(
            {"owner": EVIL[2], "purpose": EVIL[3], "rights_url": EVIL[0]},
            EVIL[4],
            time.time(),
        )
        archive.staff.add("1", EVIL[1], EVIL[2], time.time())
    settings = seed.settings_for(state, free_port())
    settings = replace(settings, box=replace(settings.box, name=EVIL[1]))
    seed.write_status(
        settings, phase="talking", direction="incoming", name=EVIL[0], number=EVIL[3]
    )
    with service("web", settings):
        url = f"http://localhost:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, calls)


def fill(archive: Archive) -> list[Call]:
    """Keep calls with hostile names, numbers, notes and tags."""
    made = []
    for turn, text in enumerate(EVIL):
        call = seed.add_call(
            archive,
            ago=400.0 + 100 * turn,
            name=text,
            number=text if turn % 2 else f"21255501{turn:02}",
            outcome=("answered", "missed")[turn % 2],
            talk_s=3.0,
            flags=["call_waiting"],
        )
        made.append(call)
    archive.finish_pending()
    for call, text in zip(made, EVIL, strict=True):
        now = time.time()
        archive.keeping.note(call.id, text, now, text=text)
        archive.keeping.order(call.id, text, now, text=text[:60])
        archive.keeping.hold(
            call.id, text, now, owner=text, reason=text, review_utc=now + 9e6
        )
    archive.keeping.restrict(made[2].id, EVIL[0], time.time(), reason=EVIL[0])
    return made
