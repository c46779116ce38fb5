"""Erasing: nothing of the call is left, and everything else is."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive, traces
from firmware.archive.erase import personal
from firmware.archive.model import Call, Mark
from firmware.archive.retention import Rules
from firmware.errors import Refused, StoreError
from tests.firmware.archive.helpers import (
    START,
    Samples,
    assert_sound,
    fast_folder,
    record,
)

NOW = START + 3600.0
NUMBER, NAME, NOTE = "+12125550123", "Ada Lind-Marker", "sesame under the mat"
OTHER = "+12125550177"


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        yield archive


def marker() -> Samples:
    """Noise of a shape that nothing else has: any 32 bytes of it tell."""
    rng = np.random.default_rng(99)
    return rng.integers(-8000, 8000, 40_000).astype(np.int16)


def marked_call(archive: Archive) -> Call:
    call = record(
        archive, marker(), number=NUMBER, name=NAME, marks=[Mark(1.0, "digit", "4711")]
    )
    call.consent = {"attested": {"by": NAME}}
    archive.update(call)
    archive.finish_pending()
    return archive.calls.get(call.id)


def pieces_of(samples: Samples) -> list[bytes]:
    raw = samples.astype("<i2").tobytes()
    return [raw[at : at + 32] for at in range(0, len(raw) - 32, 4001)]


def needles() -> list[bytes]:
    texts = (NUMBER, NUMBER[1:], NUMBER[1:][::-1], NAME, "lind", NOTE, "sesame")
    return [text.encode() for text in texts]


def left_in(folder: Path, wanted: list[bytes]) -> list[tuple[str, bytes]]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "keys":
            content = path.read_bytes()
            found += [(path.name, n) for n in wanted if n in content]
    return found


def erase(archive: Archive, *calls: Call, reason: str = "asked") -> dict[str, object]:
    ids = [call.id for call in calls]
    return archive.eraser.erase(ids, "ada", NOW, reason=reason, rules=Rules())


@pytest.mark.parametrize("others", [0, 60])
def test_nothing_of_an_erased_call_is_left_anywhere(
    archive: Archive, talk: Samples, others: int
) -> None:
    """Database file, log, free pages, folders, put-aside copies: all are searched."""
    for n in range(others):
        record(archive, talk[:800], START - 10 * n - 10, number=OTHER, name="Bo Ek")
    call = marked_call(archive)
    for n in range(others):
        record(archive, talk[:800], START + 10 * n + 10, number=OTHER, name="Bo Ek")
    for n in range(20):  # rows that move about leave their old bytes behind
        archive.keeping.note(call.id, "ada", NOW, text=f"{NOTE} {'x' * 20 * n}")
    archive.finish_pending()
    aside = archive.state_dir / "catalogue.corrupt-20270101-000000"
    aside.write_bytes(b"\0" * 999 + NUMBER.encode())
    assert left_in(archive.state_dir, needles()), "the search itself must work"
    seal = (archive.folder(call) / "seal.key").read_bytes()
    wrapped = [line for line in seal.splitlines() if len(line) > 30]
    data_key = archive.sealer.key(call.id)
    assert left_in(archive.state_dir, wrapped)
    certificate = erase(archive, call)
    assert left_in(archive.state_dir, [data_key, *wrapped]) == []
    with pytest.raises(StoreError):
        archive.sealer.key(call.id)
    assert left_in(archive.state_dir, needles() + pieces_of(marker())) == []
    gone = archive.calls.get(call.id)
    assert (gone.audio, gone.no_audio_reason) == ("none", "erased")
    assert gone.line == "1"
    assert archive.calls.page(q=NUMBER) == []
    assert_sound(archive)
    assert len(archive.calls.page(q=OTHER, limit=999)) == 2 * others
    assert certificate["others_hold_it"] is False


def test_the_search_finds_a_plain_master(archive: Archive) -> None:
    path = archive.state_dir / "stray.wav"
    path.write_bytes(b"RIFF" + marker().astype("<i2").tobytes())
    assert left_in(archive.state_dir, pieces_of(marker()))


def test_another_call_of_the_same_number_stays_whole(
    archive: Archive, talk: Samples
) -> None:
    call = marked_call(archive)
    other = record(archive, talk, START + 60, number=NUMBER, name=NAME)
    certificate = erase(archive, call)
    assert certificate["others_hold_it"] is True
    assert [c.id for c in archive.calls.page(q=NUMBER)] == [other.id]
    assert (archive.read_samples(other) == talk).all()


def test_a_certificate_tells_what_was_erased_and_what_stays(
    archive: Archive, talk: Samples
) -> None:
    call = marked_call(archive)
    held = record(archive, talk, START + 60, number=NUMBER)
    archive.finish_pending()
    archive.keeping.hold(
        held.id, "ada", NOW, owner="E. Ek", reason="claim", review_utc=NOW + 9e5
    )
    certificate = erase(archive, call, held, reason="asked in writing")
    (gone,) = certificate["erased"]  # type: ignore[misc]  # one row
    assert gone["call"] == call.id
    assert gone["audio_s"] == 5.0
    assert [row["call"] for row in certificate["kept"]] == [held.id]  # type: ignore[attr-defined]
    assert NUMBER not in str(certificate)
    assert archive.erasures.certificate(str(certificate["id"])) == {
        **certificate,
        "reached": [],
    }
    kinds = [entry.kind for entry in archive.ledger.entries(call.id)]
    assert "erased" in kinds
    assert "erased" not in [e.kind for e in archive.ledger.entries(held.id)]


def test_places_with_copies_are_told_and_say_when_it_is_done(archive: Archive) -> None:
    call = marked_call(archive)
    certificate = erase(archive, call)
    (pending,) = archive.erasures.pending("usb")
    assert pending.call_id == call.id
    archive.erasures.reached("usb", [pending], NOW + 5)
    assert archive.erasures.pending("usb") == []
    assert len(archive.erasures.pending("nas")) == 1
    found = archive.erasures.certificate(str(certificate["id"]))
    assert found is not None
    assert found["reached"] == [{"place": "usb", "at_utc": NOW + 5, "calls": 1}]


def test_an_erased_call_cannot_be_changed_or_erased_again(archive: Archive) -> None:
    call = marked_call(archive)
    erase(archive, call)
    with pytest.raises(Refused, match="was erased"):
        erase(archive, call)
    with pytest.raises(Refused, match="was erased"):
        archive.keeping.star(call.id, "ada", NOW)


def test_a_call_that_waits_for_packing_can_be_erased(
    archive: Archive, talk: Samples
) -> None:
    call = record(archive, talk, number=NUMBER)
    erase(archive, call)
    archive.finish_pending()
    assert_sound(archive)
    assert left_in(archive.state_dir, pieces_of(talk)) == []


def test_erasing_only_the_audio_keeps_who_called(archive: Archive) -> None:
    call = marked_call(archive)
    archive.eraser.remove(call.id, "audio", "purpose_over", "sweep", NOW)
    gone = archive.calls.get(call.id)
    assert (gone.audio, gone.number) == ("none", NUMBER)
    assert gone.marks == []
    assert left_in(archive.state_dir, pieces_of(marker())) == []
    erase(archive, gone)  # the log is a second thing to erase
    assert archive.calls.get(call.id).number is None


def test_calls_go_on_while_a_big_file_is_overwritten(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line's thread never waits for an erasure."""
    call = marked_call(archive)
    begun: list[Call] = []
    real = traces.wipe

    def slow(path: Path) -> None:
        def ring() -> None:
            begun.append(record(archive, talk[:800], START + 60))

        other = threading.Thread(target=ring)
        other.start()
        other.join(20)
        assert not other.is_alive(), "a call had to wait"
        real(path)

    monkeypatch.setattr(traces, "wipe", slow)
    erase(archive, call)
    assert begun
    assert archive.calls.get(call.id).number is None


def test_a_hold_keeps_from_the_sweep_itself(archive: Archive) -> None:
    call = marked_call(archive)
    archive.keeping.hold(
        call.id, "ada", NOW, owner="E. Ek", reason="claim", review_utc=NOW + 9e5
    )
    with pytest.raises(Refused, match="hold"):
        archive.eraser.remove(call.id, "audio", "purpose_over", "sweep", NOW)
    assert archive.calls.get(call.id).audio == "kept"


def test_old_copies_of_the_row_go_even_if_the_number_stays(
    archive: Archive, talk: Samples
) -> None:
    """Another call has the same number: what tells this call's row is looked for."""
    call = marked_call(archive)
    for n in range(40):
        record(archive, talk[:800], START + 10 * n + 10, number=NUMBER, name=NAME)
        archive.keeping.note(call.id, "ada", NOW, text=f"{NOTE} {'x' * 30 * n}")
    call = archive.calls.get(call.id)
    assert erase(archive, call)["others_hold_it"] is True
    mine = [text.encode() for text in personal(call) if call.id in text]
    assert mine
    assert left_in(archive.state_dir, [*mine, call.proof["salt"].encode()]) == []
    assert archive.calls.page(q=NUMBER, limit=99)
