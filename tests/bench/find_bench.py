"""Finding among a million calls: each question to the archive, and the real page.

Times are of the processor, so that a busy machine does not count.  Bytes and memory
are those of the real service, in a process of its own.
"""

import dataclasses
import functools
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from firmware.archive import Archive, search
from firmware.archive.conditions import Wanted
from firmware.archive.model import Call
from tests.bench import office
from tests.bench.row import Row
from tests.browser.conftest import free_port, service, wait_for
from tests.web import seed
from tests.web.conftest import log_in
from web import create_app

CALLS = 1_000_000
#: What a search may take before its page is made, and the page as a whole, ms.
TARGET_MS = 50.0
#: The first page with all it loads, kB; memory of the web service, MB.
TARGET_KB, TARGET_MB = 120.0, 150.0
ROUNDS, PAGE_ROUNDS = 9, 5


def rows() -> Iterator[Row]:
    folder = office.cached(CALLS)
    size = (folder / "catalogue.sqlite3").stat().st_size / 1e6
    yield Row("catalogue of a million calls", size, "MB")
    with Archive(folder) as archive:
        if not archive.users.has_owner():
            archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        middle = archive.calls.get(office.call_id(CALLS // 2))
        everything: list[float] = []
        for name, ask in _questions(archive, middle).items():
            times = [_cpu_ms(ask) for _ in range(ROUNDS)]
            everything += times
            p95 = float(np.percentile(times, 95))
            yield Row(f"{name}, p95", p95, "ms", at_most=TARGET_MS)
        p95 = float(np.percentile(everything, 95))
        yield Row("all questions, p95", p95, "ms", at_most=TARGET_MS)
    yield from _page(folder, search.number_of(middle))


def _questions(archive: Archive, middle: Call) -> dict[str, Callable[[], object]]:
    """Return what people ask: rare, common, none, and together."""
    half = middle.start_utc, middle.id
    day = office.START_UTC + office.STEP_S * CALLS * 0.6
    number = search.number_of(middle)
    often, seldom = office._word(100), office._word(3000)
    one_day = Wanted(since_utc=day, until_utc=day + 86_400.0)
    asked: dict[str, Wanted] = {
        "newest page": Wanted(),
        "whole number": Wanted(q=number),
        "last 4 digits": Wanted(q=number[-4:]),
        "inner 3 digits, common": Wanted(q="555"),
        "inner 5 digits": Wanted(q="55501"),
        "0702": Wanted(q="0702"),
        "name, common": Wanted(q="ann"),
        "name, rare": Wanted(q="zebedee"),
        "no match": Wanted(q="nobodyatall"),
        "berg 0702": Wanted(q="berg 0702"),
        "berg on one day": dataclasses.replace(one_day, q="berg"),
        "spoken word, common": Wanted(q=often),
        "spoken word, rare": Wanted(q=seldom),
        "spoken word and name": Wanted(q=f"{often} ann"),
        "direction": Wanted(direction="outgoing"),
        "outcome, common": Wanted(outcome="missed"),
        "outcome, rare": Wanted(outcome="fax"),
        "outcome, none": Wanted(outcome="failed"),
        "line with few calls": Wanted(lines=("3",)),
        "one day": one_day,
        "longer than 30 min": Wanted(min_s=1800.0),
        "10 to 11 min": Wanted(min_s=600.0, max_s=660.0),
        "flag": Wanted(marks=("!gap",)),
        "star": Wanted(marks=("!star",)),
        "tag": Wanted(marks=("!=urgent",)),
        "no sound": Wanted(marks=("!mute",)),
        "heard by one, often": Wanted(by="Ada"),
        "heard by one, seldom": Wanted(by="Ben"),
        "unheard": Wanted(unheard=True),
        "unheard by one": Wanted(unheard_by="Ada"),
        "tag, name, unheard": Wanted(q="ann", marks=("!=urgent",), unheard=True),
        "fax of a common name": Wanted(q="ann", outcome="fax"),
        "calls of one caller": Wanted(number=number),
    }
    page, callers = archive.finder.page, archive.finder.callers
    questions: dict[str, Callable[[], object]] = {
        name: functools.partial(page, wanted, 50) for name, wanted in asked.items()
    }
    return questions | {
        "page in the middle": lambda: page(Wanted(), 50, half),
        "search in the middle": lambda: page(Wanted(q="555 ann"), 50, half),
        "callers": lambda: callers(Wanted(), 50, None),
        "callers, by name": lambda: callers(Wanted(q="ann"), 50, None),
        "callers in the middle": lambda: callers(Wanted(), 50, half),
    }


def _page(folder: Path, number: str) -> Iterator[Row]:
    """Ask the real service, one question after the other."""
    settings = seed.settings_for(folder, free_port())
    addresses = (
        *("", "?q=0702", "?q=berg+0702", "?q=berg+yesterday", "?q=ann", "?q=555"),
        *("?outcome=fax", "?unheard=all", "?is=gap", "?tag=urgent", "?min=1800"),
        *("?group=number", "?by=Ada", f"?number={number}", "?from=2022-05-01"),
        *(f"?q={office._word(100)}", "?q=nobodyatall", "?why=not_answered&q=berg"),
    )
    with service("web", settings) as process:
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        opener = _log_in(url)
        loaded = sum(_weigh(opener, url, "/calls"))
        for address in addresses * PAGE_ROUNDS:
            with opener.open(f"{url}/calls{address}") as answer:
                answer.read()
        memory = _resident_mb(process.pid)
    app = create_app(settings, testing=True)
    client = app.test_client()
    assert log_in(client).status_code == 303
    cpu: list[float] = []
    for address in addresses * PAGE_ROUNDS:
        path = f"/calls{address}"
        cpu.append(_cpu_ms(functools.partial(client.get, path, buffered=True)))
    app.extensions["linekeeper.archive"].close()
    note = "styles, scripts and icons as a browser takes them"
    yield Row(
        "first page, transferred", loaded / 1e3, "kB", at_most=TARGET_KB, note=note
    )
    note = f"{len(cpu)} pages of {len(addresses)} searches, made whole"
    yield Row("page of a search, p50", float(np.median(cpu)), "ms", note=note)
    p95 = float(np.percentile(cpu, 95))
    yield Row("page of a search, p95", p95, "ms", at_most=TARGET_MS, note=note)
    yield Row("memory of the web service", memory, "MB", at_most=TARGET_MB)


def _log_in(url: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{url}/login") as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "name": seed.NAME, "password": seed.PASSWORD}
    opener.open(f"{url}/login", urllib.parse.urlencode(form).encode()).close()
    return opener


def _weigh(
    opener: urllib.request.OpenerDirector, url: str, address: str
) -> Iterator[int]:
    """Yield the bytes of a page and of each file that it names, as transferred."""
    with opener.open(f"{url}{address}") as answer:
        page = answer.read()
    yield len(page)
    for name in sorted(set(re.findall(r'"(/static/[^"#]+)', page.decode()))):
        asked = urllib.request.Request(f"{url}{name}")
        asked.add_header("Accept-Encoding", "gzip")
        with opener.open(asked) as answer:
            yield len(answer.read())


def _cpu_ms(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return (time.process_time() - began) * 1e3


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1e3 if found else float("nan")
