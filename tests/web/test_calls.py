"""The list and the call page: what is found, what is said, what is refused."""

import re
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call, Mark
from tests.web import seed
from tests.web.conftest import log_in, make_app

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def ids(text: str) -> list[str]:
    return re.findall(r'<li class="call" id="c([^"]+)"', text)


def test_newest_first_with_everything_at_a_glance(
    client: FlaskClient, calls: list[Call]
) -> None:
    text = page(client, "/calls")
    assert ids(text) == [call.id for call in calls]
    for told in ("CAROL REED", "(212) 555-0123", "+44 20 7946 0018", "Number withheld"):
        assert told in text
    for told in ("Missed", "Busy", "No answer", "Fax", "1:35", "recovered", "Today"):
        assert (told in text) is (told != "Today")  # days are the reader's own
    assert '<time datetime="' in text
    assert "UTC" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=carol", 2),
        ("q=2125550142", 1),
        ("q=0142", 1),
        ("q=%28212%29+555-0123", 2),
        ("direction=outgoing", 5),
        ("outcome=missed", 1),
        ("direction=incoming&outcome=missed&q=0188", 1),
        ("q=nobody", 0),
        ("q=&direction=&outcome=", 12),
    ],
)
def test_search_and_filters(client: FlaskClient, query: str, found: int) -> None:
    assert len(ids(page(client, f"/calls?{query}"))) == found


def test_no_match_says_what_to_do(client: FlaskClient) -> None:
    assert "Show all calls" in page(client, "/calls?q=zzz")


def test_an_empty_archive_says_what_will_happen(state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    client = make_app(state).test_client()
    log_in(client)
    assert "No calls yet" in page(client, "/calls")


def test_paging_reaches_every_call_once(state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        # Several calls at the same instant must not be lost between pages.
        for i in range(120):
            seed.add_call(archive, start_utc=1.7e9 + i // 4, outcome="missed")
    client = make_app(state).test_client()
    log_in(client)
    seen: list[str] = []
    address = "/calls"
    while address:
        text = page(client, address)
        seen += ids(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 120
    starts = [call_id[:15] for call_id in seen]
    assert starts == sorted(starts, reverse=True)


def test_the_list_with_50_calls_weighs_at_most_100_kb(app: Flask, state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        for i in range(60):
            number = f"21255501{i:02}"
            name = f"CALLER NUMBER {i}"
            seed.add_call(
                archive, ago=60.0 * i, outcome="missed", number=number, name=name
            )
    client = make_app(state).test_client()
    log_in(client)
    text = page(client, "/calls")
    assert len(ids(text)) == 50
    loaded = seed.weigh(client, text)
    assert any(address.startswith("/static/js/live.js") for address in loaded)
    assert sum(loaded.values()) <= 100_000


@pytest.mark.parametrize(
    "query",
    [
        "direction=sideways",
        "outcome=%27",
        "before=x",
        "before=nan_20260101-000000-aaaa",
        "before=1e999_20260101-000000-aaaa",
        "before=1_",
        "before=1_" + "a" * 50,
        "limit=0",
        "limit=-1",
        "limit=100000",
        "limit=٣",
        "q=" + "9" * 81,
    ],
)
@pytest.mark.parametrize("path", ["/calls", "/api/v1/calls"])
def test_bad_questions_are_400(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize(
    "q", ["%00", "%ff%fe", "'", '"', "%25", "_", "NEAR(", "*", "-", "\u202e", "🙂", " "]
)
def test_odd_searches_find_or_do_not_but_never_fail(
    client: FlaskClient, q: str
) -> None:
    assert client.get(f"/calls?q={q}").status_code == 200
    assert client.get(f"/api/v1/calls?q={q}").status_code == 200


@pytest.mark.parametrize(
    "call_id",
    [
        "..",
        "..%2f..%2fcatalogue.sqlite3",
        "%2e%2e/%2e%2e/etc/passwd",
        "20260101-000000-aaaa/../..",
        "20260101-000000-AAAA",
        "20260101-000000-aaaa%00",
        "20260101-000000-aaaaa",
        "99999999-999999-zzzz",
        "1' OR '1'='1",
        "a" * 3000,
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "/calls/{}",
        "/api/v1/calls/{}",
        "/api/v1/calls/{}/audio",
        "/api/v1/calls/{}/peaks",
    ],
)
def test_hostile_ids_are_not_found(
    client: FlaskClient, form: str, call_id: str
) -> None:
    answer = client.get(form.format(call_id))
    assert answer.status_code in (404, 308)
    assert b"SQLite format" not in answer.get_data()


def test_hostile_caller_text_is_only_text(state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        call = seed.add_call(
            archive,
            name=HOSTILE + "\u202e\x1b[31m",
            number="<b>1</b>",
            talk_s=1.0,
            flags=[HOSTILE],
            recovered=HOSTILE,
            marks=[Mark(0.5, HOSTILE, HOSTILE), Mark(0.6, "digit", "'\"><script>")],
        )
    seed.write_status(
        seed.settings_for(state), phase=HOSTILE, name=HOSTILE, number=HOSTILE
    )
    client = make_app(state).test_client()
    log_in(client)
    for address in ("/", "/calls", f"/calls/{call.id}"):
        text = page(client, address)
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "&lt;script&gt;" in text or "\\u003cscript" in text


def test_no_inline_script_style_or_handler_on_any_page(
    client: FlaskClient, nobody: FlaskClient, calls: list[Call]
) -> None:
    texts = [nobody.get("/login").get_data(as_text=True)]
    texts += [
        page(client, a) for a in ("/", "/calls", f"/calls/{calls[5].id}", "/calls?q=zz")
    ]
    texts.append(client.get("/nothing").get_data(as_text=True))
    for text in texts:
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_the_call_page_tells_the_facts(client: FlaskClient, calls: list[Call]) -> None:
    text = page(client, f"/calls/{calls[5].id}")
    for told in (
        "JOE&#39;S LOCKS &amp; KEYS",
        "+44 20 7946 0018",
        "the last 0.8 s are missing",
        "1.4 s",
        "clock in step with the network",
        "Gap of 1.4 s, filled with silence",
        "10 min 12 s",
        "answered after 8.2 s",
        "10:17",
        calls[5].id,
    ):
        assert told in text
    assert 'data-seek="301.0"' in text


def test_a_corrected_clock_shows_its_trail(
    client: FlaskClient, calls: list[Call]
) -> None:
    call = next(c for c in calls if c.clock_corrections)
    text = page(client, f"/calls/{call.id}")
    assert "Clock corrected" in text
    assert "time from the network" in text


def test_dialled_digits_are_one_event(client: FlaskClient, calls: list[Call]) -> None:
    text = page(client, f"/calls/{calls[2].id}")
    assert text.count("Dialled") >= 1
    assert "Dialled 2125550142" in text


@pytest.mark.parametrize(
    ("index", "told"),
    [(1, "Nobody answered"), (11, "Recording was switched off")],
)
def test_no_audio_says_why(
    client: FlaskClient, calls: list[Call], index: int, told: str
) -> None:
    text = page(client, f"/calls/{calls[index].id}")
    assert told in text
    assert "<audio" not in text


def test_recording_and_closing_say_so(state: Path) -> None:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        call = Call(archive.new_id(time.time()), "1", time.time(), audio="recording")
        archive.begin(call)
        master = archive.open_master(call)
        master.append(seed.speech(2.0))
        client = make_app(state).test_client()
        log_in(client)
        text = page(client, f"/calls/{call.id}")
        assert "Being recorded now" in text
        assert 'data-final="no"' in text
        assert client.get(f"/api/v1/calls/{call.id}/audio").status_code == 409
        master.close()
        call.outcome, call.audio_s = "answered", 2.0
        archive.end(call)
        text = page(client, f"/calls/{call.id}")
        assert "<audio" in text  # complete already, only not packed
        assert 'data-final="no"' in text
        assert client.get(f"/api/v1/calls/{call.id}/audio").status_code == 200
        archive.finish_pending()
        assert 'data-final="yes"' in page(client, f"/calls/{call.id}")
