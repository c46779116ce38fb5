"""The rights of the other side: bad input first, then find, hand out, object."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator

import pytest
import soundfile

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.subjects import Query, find, listeners, object_to, package
from firmware.errors import Refused
from tests.firmware.archive.helpers import START, Samples, fast_folder, record

NOW = START + 3600.0
ADA = "+12125550123"


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        yield archive


@pytest.fixture
def calls(archive: Archive, talk: Samples) -> list[Call]:
    people = [(ADA, "Ada Lind"), ("+12125550177", "Bo Ek"), (None, None), (ADA, None)]
    made = [
        record(archive, talk[:8000], START + 86_400 * n, number=number, name=name)
        for n, (number, name) in enumerate(people)
    ]
    archive.finish_pending()
    archive.keeping.note(made[2].id, "ada", NOW, text="Mrs Lind about the cellar key")
    return made


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (Query(), "want a number"),
        (Query(number="0123"), "at least 5 digits"),
        (Query(number=""), "at least 5 digits"),
        (Query(number="+++++++"), "at least 5 digits"),
        (Query(name=" ,. "), "want a name"),
    ],
)
def test_a_search_for_everybody_is_refused(
    archive: Archive, query: Query, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        find(archive, query)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        (Query(number=ADA), [0, 3]),
        (Query(number="(212) 555-0123"), [0, 3]),
        (Query(number="0212 555 0123"), [0, 3]),
        (Query(number="+1 (0)212 5550123"), [0, 3]),
        (Query(number="+13125550123"), []),
        (Query(number="21255501234"), []),
        (Query(name="lind"), [0]),
        (Query(name="Lind, ADA"), [0]),
        (Query(name="Lindberg"), []),
        (Query(number=ADA, name="Lind"), [0]),
        (Query(note="cellar LIND"), [2]),
        (Query(since_utc=START + 86_400, until_utc=START + 3 * 86_400), [1, 2]),
        (Query(number=ADA, since_utc=START + 1), [3]),
    ],
)
def test_a_person_is_found_by_what_is_known(
    archive: Archive, calls: list[Call], query: Query, places: list[int]
) -> None:
    assert [c.id for c in find(archive, query)] == [calls[n].id for n in places]


def test_what_is_in_the_bin_is_found_too(archive: Archive, calls: list[Call]) -> None:
    from firmware.archive.retention import Rules

    archive.keeping.bin(calls[0].id, "ada", NOW, reason="x", rules=Rules(), days=7)
    assert len(find(archive, Query(number=ADA))) == 2


def test_a_package_holds_sound_record_and_who_listened(
    archive: Archive, calls: list[Call], talk: Samples
) -> None:
    archive.ledger.add("played", calls[0].id, "berit", NOW, reason="claim")
    found = find(archive, Query(number=ADA))
    made = io.BytesIO()
    assert package(archive, found, made, "ada", NOW) == 2
    with zipfile.ZipFile(made) as bundle:
        names = set(bundle.namelist())
        folder = calls[0].id
        sound = bundle.read(f"{folder}/{folder}_incoming.flac")
        record = json.loads(bundle.read(f"{folder}/call.json"))
        (heard,) = csv.DictReader(
            bundle.read(f"{folder}/listened.csv").decode().splitlines()
        )
        listed = list(csv.DictReader(bundle.read("calls.csv").decode().splitlines()))
    samples, _ = soundfile.read(io.BytesIO(sound), dtype="int16")
    assert (samples == talk[:8000]).all()
    assert record["number"] == ADA
    assert "proof" not in record
    assert (heard["who"], heard["what"], heard["why"]) == ("berit", "played", "claim")
    assert [row["id"] for row in listed] == [calls[0].id, calls[3].id]
    assert "README.txt" in names
    assert not any(calls[1].id in name for name in names)


def test_a_package_is_entered_in_the_ledger(
    archive: Archive, calls: list[Call]
) -> None:
    package(archive, [calls[0]], io.BytesIO(), "ada", NOW)
    (heard,) = listeners(archive, calls[0])
    assert (heard["who"], heard["what"], heard["why"]) == ("ada", "exported", "access")
    assert listeners(archive, calls[1]) == []


def test_restricted_sound_stays_where_it_is(
    archive: Archive, calls: list[Call]
) -> None:
    archive.keeping.restrict(calls[0].id, "ada", NOW, reason="disputed")
    made = io.BytesIO()
    assert package(archive, find(archive, Query(number=ADA)), made, "ada", NOW) == 1
    with zipfile.ZipFile(made) as bundle:
        assert f"{calls[0].id}/call.json" in bundle.namelist()
        assert not any(
            name.startswith(calls[0].id) and name.endswith("flac")
            for name in bundle.namelist()
        )


def test_an_objection_is_kept_and_names_what_is_stored(
    archive: Archive, calls: list[Call]
) -> None:
    stored = object_to(archive, ADA, "ada", NOW, "by letter")
    assert [call.id for call in stored] == [calls[0].id, calls[3].id]
    (wish,) = archive.wishes.held(ADA)
    assert (wish.kind, wish.note) == ("never", "by letter")
    for number in ("2125550123", "+12", ""):
        with pytest.raises(Refused, match="international form"):
            object_to(archive, number, "ada", NOW)
