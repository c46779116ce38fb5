"""Finding calls: order, pages, filters, what people type."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.archive import Archive, search
from firmware.archive.model import Call, Mark
from firmware.errors import NoSuchCall
from tests.firmware.archive.helpers import START, fast_folder, new_call


def store(archive: Archive, start_utc: float = START, **fields: object) -> Call:
    call = new_call(archive, start_utc, **fields)
    archive.calls.store(call, unsettled=False)
    return call


def found(archive: Archive, q: str) -> list[str | None]:
    return [call.number or call.name for call in archive.calls.page(q=q)]


def test_unknown_call(archive: Archive) -> None:
    with pytest.raises(NoSuchCall, match="no such call"):
        archive.calls.get("20270115-080000-abcd")


def test_everything_comes_back(archive: Archive) -> None:
    call = store(
        archive,
        START + 0.123456,
        name="Žofie Nováková",
        number="+15550100",
        marks=[Mark(1.5, "digit", "5", 0.1)],
        flags=["gap"],
        lost_s=0.25,
    )
    got = archive.calls.get(call.id)
    assert got.start_utc == pytest.approx(call.start_utc, abs=0.0005)
    call.start_utc = got.start_utc
    assert got == call


def test_changes_are_counted(archive: Archive) -> None:
    before = archive.calls.latest_change()
    call = store(archive)
    between = archive.calls.latest_change()
    call.name = "Ann"
    archive.calls.store(call, unsettled=False)
    assert before < between < archive.calls.latest_change()


def test_reindex_goes_on_counting(archive: Archive) -> None:
    call = new_call(archive)
    archive.begin(call)
    call.outcome = "missed"
    archive.end(call)
    before = archive.calls.latest_change()
    archive.reindex()
    assert archive.calls.latest_change() > before


@settings(max_examples=25, deadline=None)
@given(
    times=st.lists(st.integers(0, 5), max_size=25),
    limit=st.integers(1, 7),
    seed=st.integers(0, 9),
)
def test_pages_join_to_the_whole_list(times: list[int], limit: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with fast_folder() as state, Archive(state) as archive:
        calls = [
            store(
                archive,
                START + time / 4,
                direction=("incoming", "outgoing")[rng.integers(2)],
                outcome=("answered", "missed", "busy")[rng.integers(3)],
                name=("Ann", "Ben")[rng.integers(2)],
            )
            for time in times
        ]
        calls.sort(key=lambda call: (call.start_utc, call.id), reverse=True)
        for direction in (None, "incoming"):
            for outcome in (None, "busy"):
                for q in (None, "an"):
                    wanted = [
                        call
                        for call in calls
                        if direction in (None, call.direction)
                        and outcome in (None, call.outcome)
                        and (q is None or call.name == "Ann")
                    ]
                    got: list[Call] = []
                    before = None
                    while page := archive.calls.page(
                        limit, before, q=q, direction=direction, outcome=outcome
                    ):
                        assert len(page) <= limit
                        got += page
                        before = (page[-1].start_utc, page[-1].id)
                    assert got == wanted


@pytest.mark.parametrize("limit", [-1, 0])
def test_a_page_has_at_least_one_call(archive: Archive, limit: int) -> None:
    store(archive)
    assert len(archive.calls.page(limit=limit)) == 1


@pytest.mark.parametrize(
    ("number", "q"),
    [
        ("+15550100", "+1 555 0100"),
        ("+15550100", "1555"),
        ("+15550100", "555"),
        ("+15550100", "(555) 01"),
        ("+15550100", "0100"),
        ("+15550100", "100"),
        ("5550100", "555-01"),
        ("5550100", "0100"),
        ("+441614960123", "0161 496 0123"),
        ("+441614960123", "161496"),
        ("+441614960123", "+44 161"),
        ("+420555010199", "555010"),
        ("*69", "*69"),
    ],
)
def test_number_is_found(archive: Archive, number: str, q: str) -> None:
    store(archive, number=number)
    store(archive, START + 1, number="+12025550287", name="somebody else")
    assert number in found(archive, q)
    assert len(found(archive, q)) == 1 or q in ("555", "1555")


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("José Ann", "jose"),
        ("José Ann", "ann j"),
        ("José Ann", "JOSÉ"),
        ("Žofie Nováková", "novak"),
        ("O'Neill-Smith", "smith"),
        ("Straße 12", "strasse"),
        ("Unit 404", "404"),
        ("Müller", "mu"),
    ],
)
def test_name_is_found(archive: Archive, name: str, q: str) -> None:
    store(archive, name=name)
    store(archive, START + 1, name="Nobody")
    assert found(archive, q) == [name]


@pytest.mark.parametrize(
    "q", ["%", "_", "'", '"', "\\", "*", "--", "(", "zzz", "ann ben", "\x00", "🔑"]
)
def test_what_matches_nothing_finds_nothing(archive: Archive, q: str) -> None:
    store(archive, name="Ann", number="5550100")
    assert found(archive, q) == []


@pytest.mark.parametrize("q", ["", "  ", None])
def test_no_question_is_no_filter(archive: Archive, q: str | None) -> None:
    store(archive)
    assert len(archive.calls.page(q=q)) == 1


@given(st.text(max_size=20))
def test_any_text_can_be_asked_for(q: str) -> None:
    for part in search.parts(q):
        assert part.words or part.digits
        for text in (*part.words, part.digits):
            low, high = search.span(text)
            assert low < high


def test_changed_name_is_found_by_the_new_one_only(archive: Archive) -> None:
    call = store(archive, name="Ann")
    call.name = "Ben"
    archive.calls.store(call, unsettled=False)
    assert (found(archive, "ann"), found(archive, "ben")) == ([], ["Ben"])


@pytest.mark.parametrize("common", [0, 3, 1000])
def test_common_and_rare_terms_give_the_same_pages(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    monkeypatch.setattr("firmware.archive.finder.COMMON", common)
    for i in range(40):
        name = f"Ann {'Rare' if i % 9 == 0 else 'Usual'}"
        store(archive, START + i % 7, name=name, number=f"555{i:04}")
    page = archive.calls.page(q="ann rar", limit=3)
    rest = archive.calls.page(
        q="ann rar", before=(page[-1].start_utc, page[-1].id), limit=10
    )
    everything = [c for c in archive.calls.page() if "Rare" in (c.name or "")]
    assert page + rest == everything
    assert len(everything) == 5
