"""Finding on the page and by the API: hostile addresses, filters, many at once."""

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web import seed
from tests.web.conftest import log_in, make_app, token_of
from web import sheet

FORMULAS = ("=1+1", "+1-1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1")


def ids(text: str) -> list[str]:
    return re.findall(r'<li class="call" id="c([^"]+)"', text)


def listed(client: FlaskClient, query: str) -> list[str]:
    answer = client.get(f"/calls?{query}")
    assert answer.status_code == 200, query
    return ids(answer.get_data(as_text=True))


REFUSED = (
    *("from=yesterday", "from=2026-02-30", "to=9999-01-01", "min=-1", "max=1e3"),
    *("min=99999999999", "is=nothing", "is=gap&is='", "why=DROP%20TABLE"),
    *("why=" + "a" * 33, "unheard=you", "number=%2B1", "number=1%27", "group=name"),
    *("tag=" + "x" * 41, "by=" + "x" * 65, "q=" + "x" * 10_000, "from=2200-01-01"),
)
TEXTS = (
    *("'; DROP TABLE calls; --", '" OR 1=1', "NEAR(a,b)", "a AND b*", "col:x"),
    *("\x00", "أحمد", "\u202eevil", "🔑", "<script>alert(1)</script>", "(" * 80),
)


@pytest.mark.parametrize("path", ["/calls", "/api/v1/calls"])
def test_what_no_list_understands_is_400(client: FlaskClient, path: str) -> None:
    for query in REFUSED:
        assert client.get(f"{path}?{query}").status_code == 400, query


@pytest.mark.parametrize("more", ["", "&group=number", "&unheard=me&by=Ada&tag=x"])
def test_any_text_is_looked_for(client: FlaskClient, more: str) -> None:
    for text in TEXTS:
        answer = client.get("/calls?" + urlencode({"q": text}) + more)
        assert answer.status_code == 200, text
        assert "<script>alert" not in answer.get_data(as_text=True)


FILTERS: tuple[tuple[str, set[int]], ...] = (
    ("q=550142", {2}),
    ("q=carol+0123", {0, 11}),
    ("q=joe+4420", {5}),
    ("min=1900", {9}),
    ("max=5&min=1", {8}),
    ("is=gap", {5}),
    ("is=gap&is=recovered", {5}),
    ("is=starred", set()),
    ("why=recording_off", {11}),
    ("why=not_answered", {1}),
    ("number=2125550123", {0, 11}),
    ("direction=outgoing&outcome=busy", {4}),
    ("by=Nobody", set()),
    ("line=2", set()),
    ("from=2001-01-01&to=2001-12-31", set()),
)


def test_each_filter_on_the_page_and_by_the_api(
    client: FlaskClient, calls: list[Call]
) -> None:
    for query, found in FILTERS:
        wanted = [calls[i].id for i in sorted(found)]
        assert listed(client, query) == wanted, query
        answer = client.get(f"/api/v1/calls?{query}").get_json()
        assert [call["id"] for call in answer["calls"]] == wanted, query


def test_what_nobody_has_played_is_found(box: Flask, owner: FlaskClient) -> None:
    newest, *others = calls_of(box)
    assert listed(owner, "unheard=all") == [newest.id, *(call.id for call in others)]
    box.extensions["linekeeper.archive"]().listeners.note(newest.id, "Rev", time.time())
    assert listed(owner, "unheard=all") == [call.id for call in others]
    assert listed(owner, "unheard=all&q=2125550101") == [others[0].id]
    assert listed(owner, "unheard=me") == [newest.id, *(call.id for call in others)]


def test_a_chip_takes_its_own_wish_away(client: FlaskClient) -> None:
    text = client.get("/calls?q=carol+today&min=30").get_data(as_text=True)
    chips = re.findall(r'<a class="chip" href="([^"]*)"', text)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/calls?q=carol&min=30",
        "/calls?q=today&min=30",
        "/calls?q=carol+today",
    ]


def test_callers_are_rows_that_open_to_their_calls(client: FlaskClient) -> None:
    text = client.get("/calls?group=number&direction=incoming").get_data(as_text=True)
    assert len(re.findall(r'id="n2125550123"', text)) == 1
    assert "2 calls" in text
    assert "1 missed" in text
    href = re.search(r'href="(/calls\?[^"]*number=2125550123[^"]*)"', text)
    assert href
    assert len(listed(client, href[1].partition("?")[2].replace("&amp;", "&"))) == 2


# Sheets


def test_no_cell_is_a_formula() -> None:
    for text in FORMULAS:
        assert sheet.cell(text).startswith("'"), text
    for harmless in ("+12125550123", "-3.5", "12", "a=b", "", None, "ok"):
        assert sheet.cell(harmless) == (harmless or "")


@pytest.fixture
def box(state: Path) -> Flask:
    """A box of its own with a few calls that may be changed."""
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
        archive.users.add("Rev", seed.PASSWORD, "reviewer", time.time())
        for i in range(3):
            seed.add_call(
                archive, ago=60.0 * i + 60, talk_s=1.0, number=f"212555010{i}",
                name=("=HYPERLINK(1)", "BO", "CY")[i],
            )  # fmt: skip
        archive.finish_pending()
    return make_app(state)


@pytest.fixture
def owner(box: Flask) -> Iterator[FlaskClient]:
    client = box.test_client()
    assert log_in(client).status_code == 303
    return client


def calls_of(box: Flask) -> list[Call]:
    found: list[Call] = box.extensions["linekeeper.archive"]().calls.page()
    return found


def test_the_whole_search_as_a_sheet(box: Flask, owner: FlaskClient) -> None:
    answer = owner.get("/calls/list.csv?q=2125550")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [call.id for call in calls_of(box)]
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[1]["number"] == "2125550101"
    entries = box.extensions["linekeeper.archive"]().ledger.entries()
    assert [e.data["format"] for e in entries if e.kind == "exported"] == ["csv"]


# Many at once


def post(client: FlaskClient, path: str, **form: object) -> str:
    """Post a form of the list and return where it leads."""
    data = {"csrf_token": token_of(client, "/me"), "back": "/calls", **form}
    answer = client.post(path, data=data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def done(client: FlaskClient, where: str) -> str:
    """Follow a selection until its work has ended."""
    deadline = time.monotonic() + 30
    while True:
        text = client.get(where).get_data(as_text=True)
        if "http-equiv" not in text:
            return text
        assert time.monotonic() < deadline


def test_tag_star_bin_and_back(box: Flask, owner: FlaskClient) -> None:
    some = [call.id for call in calls_of(box)[:2]]
    where = post(owner, "/calls/selected", call=some, deed="tag").partition("?")[0]
    assert "2 calls selected" in done(owner, where)
    post(owner, f"{where}/tag", text="Price quote")
    assert "2 of 2" in done(owner, where)
    assert listed(owner, "tag=price+quote") == some
    assert listed(owner, "q=quote") == some
    post(owner, f"{where}/star")
    done(owner, where)
    assert listed(owner, "is=starred") == some
    post(owner, f"{where}/bin", choice="Private")
    assert "Undo" in done(owner, where)
    assert len(listed(owner, "")) == 1
    post(owner, f"{where}/restore")
    done(owner, where)
    assert len(listed(owner, "")) == 3
    kinds = [e.kind for e in box.extensions["linekeeper.archive"]().ledger.entries()]
    for kind in ("starred", "binned", "restored"):
        assert kinds.count(kind) == 2


def test_a_zip_of_all_a_search_finds(box: Flask, owner: FlaskClient) -> None:
    back = "/calls?q=2125550"
    where = post(owner, "/calls/selected", all="1", back=back, deed="zip")
    where = where.partition("?")[0]
    for version, ending in (("listening", ".wav"), ("original", ".flac")):
        post(owner, f"{where}/zip", version=version)
        assert "Download" in done(owner, where)
        answer = owner.get(f"{where}/calls.zip")
        packed = zipfile.ZipFile(io.BytesIO(answer.get_data()))
        assert packed.testzip() is None
        names = packed.namelist()
        assert len(names) == 4
        assert [name for name in names if name.endswith(ending)] == names[:3]
        rows = list(
            csv.DictReader(io.StringIO(packed.read("index.csv").decode("utf-8-sig")))
        )
        assert [row["file"] for row in rows] == names[:3]
    assert list(Path(calls_state(box)).glob("taken-*")) == []
    entries = box.extensions["linekeeper.archive"]().ledger.entries()
    assert sum(e.kind == "exported" for e in entries) == 6


def calls_state(box: Flask) -> Path:
    found: Path = box.extensions["linekeeper.settings"].state_dir
    return found


def test_erasing_leaves_and_names_what_is_held(box: Flask, owner: FlaskClient) -> None:
    held = calls_of(box)[1]
    post(
        owner, f"/calls/{held.id}/hold", reason="a claim", owner="Ada",
        review=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86_400)),
    )  # fmt: skip
    everything = [call.id for call in calls_of(box)]
    where = post(owner, "/calls/selected", call=everything, deed="erase")
    where = where.partition("?")[0]
    told = owner.get(where).get_data(as_text=True)
    assert "3 calls selected" in told
    assert "1 is held" in told
    form = {"csrf_token": token_of(owner, "/me"), "reason": "asked"}
    assert owner.post(f"{where}/erase", data=form).status_code == 400  # not sure
    post(owner, f"{where}/erase", reason="asked", sure="1")
    text = done(owner, where)
    assert "2 of 3" in text
    assert held.id in text
    assert "Certificate" in text
    left = [call.id for call in calls_of(box) if "erased" not in call.keeping]
    assert left == [held.id]


def test_a_selection_is_its_makers_alone(box: Flask, owner: FlaskClient) -> None:
    one = calls_of(box)[0].id
    where = post(owner, "/calls/selected", call=one).partition("?")[0]
    other = box.test_client()
    log_in(other, "Rev")
    assert other.get(where).status_code == 404
    own = post(other, "/calls/selected", call=one).partition("?")[0]
    form = {"csrf_token": token_of(other, "/me"), "text": "x", "choice": "x"}
    for deed in ("star", "tag", "bin", "erase", "zip"):
        assert other.post(f"{own}/{deed}", data=form).status_code == 403
    assert other.get("/calls/list.csv").status_code == 403
    assert post(other, "/calls/selected", call=one, deed="star")
    assert "star" not in calls_of(box)[0].keeping


def test_nothing_ticked_is_said(owner: FlaskClient) -> None:
    data = {"csrf_token": token_of(owner, "/me"), "call": ["x" * 99, "../../etc"]}
    assert owner.post("/calls/selected", data=data).status_code == 400


# Views


def test_views_are_kept_shared_and_removed(box: Flask, owner: FlaskClient) -> None:
    other = box.test_client()
    log_in(other, "Rev")
    kept = post(owner, "/calls/views", query="outcome=fax&before=", name="Faxes")
    assert kept == "/calls?outcome=fax"
    assert "Faxes" in owner.get("/calls").get_data(as_text=True)
    assert "Faxes" not in other.get("/calls").get_data(as_text=True)
    view = re.search(r"/calls/views/(\d+)", owner.get("/calls/views").text)
    assert view
    post(owner, view[0], name="All faxes", shared="1")
    assert "All faxes" in other.get("/calls").get_data(as_text=True)
    form = {"csrf_token": token_of(other, "/me"), "what": "remove"}
    assert other.post(view[0], data=form).status_code == 403
    post(owner, view[0], what="remove")
    assert "All faxes" not in owner.get("/calls").get_data(as_text=True)


def test_a_view_of_nothing_is_refused(owner: FlaskClient) -> None:
    token = token_of(owner, "/me")
    for query, name in (("", "x"), ("outcome=no", "x"), ("q=x", ""), ("q=x", "y" * 41)):
        data = {"csrf_token": token, "query": query, "name": name}
        assert owner.post("/calls/views", data=data).status_code == 400


def test_one_call_is_tagged_and_untagged(box: Flask, owner: FlaskClient) -> None:
    call = calls_of(box)[0]
    post(owner, f"/calls/{call.id}/tag", text="urgent")
    assert calls_of(box)[0].keeping["tags"] == ["urgent"]
    assert "<bdi>#urgent</bdi>" in owner.get("/calls").get_data(as_text=True)
    post(owner, f"/calls/{call.id}/untag", text="URGENT")
    assert "tags" not in calls_of(box)[0].keeping
