"""What people decide about calls: bad input first, then what it does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.archive import Archive
from firmware.archive.acting import VERBS, act, perform
from firmware.archive.keeping import review_due
from firmware.archive.model import Call
from firmware.archive.purposes import PURPOSES
from firmware.archive.rules import facts_of, rules_of, told_end
from firmware.errors import NoSuchCall, Refused, StoreError
from firmware.service import control
from firmware.service.settings import Settings, choice_problem, load, overlay
from tests.firmware.archive.helpers import START, Samples, new_call, record

NOW = START + 3600.0
DAY = 86_400.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings().with_state(tmp_path / "state")


@pytest.fixture
def call(archive: Archive, talk: Samples) -> Call:
    kept = record(archive, talk, number="+12125550123", name="Ada Lind")
    archive.finish_pending()
    return archive.calls.get(kept.id)


@pytest.fixture
def do(archive: Archive, settings: Settings, call: Call) -> Callable[..., Any]:
    def do(verb: str, now_utc: float = NOW, **args: Any) -> Any:
        args = {"call_id": call.id, "by": "ada", **args}
        return perform(archive, settings, verb, args, now_utc)

    return do


Do = Callable[..., Any]


@pytest.mark.parametrize(
    ("verb", "args", "told"),
    [
        ("fly", {}, "want one of star"),
        ("star", {"by": " "}, "a name"),
        ("star", {"by": 7}, "by: want a text"),
        ("unstar", {}, "no star"),
        ("hold", {"reason": "x", "review_utc": NOW + DAY}, "who answers"),
        ("hold", {"owner": "x", "review_utc": NOW + DAY}, "a reason"),
        ("hold", {"owner": "x", "reason": "y"}, "want a day"),
        ("hold", {"owner": "x", "reason": "y", "review_utc": NOW - 1}, "review"),
        ("hold", {"owner": "x", "reason": "y", "review_utc": NOW + 4e8}, "3 years"),
        ("hold", {"owner": "x", "reason": "y", "review_utc": True}, "want a day"),
        ("release", {"reason": "x"}, "no hold"),
        ("restrict", {}, "a reason"),
        ("bin", {}, "a reason"),
        ("restore", {}, "no bin"),
        ("purpose", {"purpose": "fun", "reason": "x"}, "want one of quality"),
        ("purpose", {"purpose": "training"}, "a reason"),
        ("erase", {}, "a reason"),
        ("erase", {"call_ids": "all", "reason": "x"}, "list of calls"),
    ],
)
def test_what_is_missing_is_named(do: Do, verb: str, args: Any, told: str) -> None:
    with pytest.raises(Refused, match=told):
        do(verb, **args)


@pytest.mark.parametrize("call_id", ["20270115-080000-zzzz", "../../etc", ""])
def test_only_calls_that_are_there(do: Do, call_id: str) -> None:
    for verb in ("star", "bin", "erase"):
        with pytest.raises(NoSuchCall):
            do(verb, call_id=call_id, reason="x")


def test_a_running_call_is_left_alone(archive: Archive, do: Do) -> None:
    running = new_call(archive)
    archive.begin(running)
    for verb in ("star", "erase"):
        with pytest.raises(Refused, match="not over"):
            do(verb, call_id=running.id, reason="x")


def test_a_call_that_a_crash_left_open_waits_for_the_recorder(
    archive: Archive, settings: Settings
) -> None:
    running = new_call(archive, number="+12125550123")
    archive.begin(running)
    archive.close()
    for verb in ("star", "erase"):
        with pytest.raises(Refused, match="start the recorder first"):
            act(settings, verb, by="ada", call_id=running.id, reason="x")
    with Archive(archive.state_dir) as again:
        again.recover(NOW, None)
    assert act(settings, "erase", by="ada", call_id=running.id, reason="x")["erased"]


def test_a_reader_cannot_keep(archive: Archive) -> None:
    with (
        Archive(archive.state_dir, write=False) as reader,
        pytest.raises(StoreError, match="reading only"),
    ):
        _ = reader.keeping


@pytest.mark.parametrize(
    ("verb", "args", "word", "back"),
    [
        ("star", {}, "star", "unstar"),
        ("restrict", {"reason": "disputed"}, "restricted", "unrestrict"),
        ("bin", {"reason": "wrong number"}, "bin", "restore"),
        (
            "hold",
            {"owner": "E. Ek", "reason": "claim 12", "review_utc": NOW + 30 * DAY},
            "hold",
            "release",
        ),
    ],
)
def test_a_decision_is_kept_found_and_taken_back(
    archive: Archive, call: Call, do: Do, verb: str, args: Any, word: str, back: str
) -> None:
    do(verb, **args)
    for kept in (archive.calls.get(call.id), archive._folders.read(call.id)):
        assert kept.keeping[word]["by"] == "ada"
        assert kept.keeping[word]["at_utc"] == "2027-01-15T09:00:00.000Z"
        assert kept.number == "+12125550123"
    assert [c.id for c in archive.calls.kept_as(word)] == [call.id]
    archive.reindex()
    assert [c.id for c in archive.calls.kept_as(word)] == [call.id]
    do(back, reason="done")
    assert archive.calls.kept_as(word) == []
    assert word not in archive.calls.get(call.id).keeping


def test_the_ledger_tells_who_kept_what(archive: Archive, call: Call, do: Do) -> None:
    do("star")
    do("hold", owner="E. Ek", reason="claim of Ada Lind", review_utc=NOW + DAY)
    do("release", reason="settled")
    do("note", text="Ada Lind, 2125550123")
    kinds = [entry.kind for entry in archive.ledger.entries(call.id)]
    assert [kind for kind in kinds if kind in ("starred", "held", "released")] == [
        "starred",
        "held",
        "released",
    ]
    lines = repr([entry.data for entry in archive.ledger.entries(call.id)])
    assert "Lind" not in lines
    assert "5550123" not in lines


def test_notes_and_orders_make_a_call_worth_more(
    archive: Archive, call: Call, do: Do
) -> None:
    before = facts_of(archive.calls.get(call.id)).worth
    do("note", text="  wants two   keys ")
    kept = archive.calls.get(call.id)
    assert kept.keeping["note"]["text"] == "wants two keys"
    noted = facts_of(kept).worth
    do("order", text="4711")
    ordered = facts_of(archive.calls.get(call.id)).worth
    assert before < noted < ordered
    do("note", text=" ")
    assert "note" not in archive.calls.get(call.id).keeping


def test_a_restricted_call_is_not_heard_until_it_is_free(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    do("restrict", reason="its owner says it is wrong")
    with pytest.raises(StoreError, match="restricted"):
        archive.read_samples(archive.calls.get(call.id))
    do("unrestrict", reason="it is right")
    assert len(archive.read_samples(archive.calls.get(call.id))) == len(talk)


def test_what_is_in_the_bin_is_not_listed_and_comes_back_whole(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    do("bin", reason="wrong number")
    assert archive.calls.page() == []
    assert [c.id for c in archive.calls.page(binned=True)] == [call.id]
    with pytest.raises(StoreError, match="in the bin"):
        archive.read_samples(archive.calls.get(call.id))
    do("restore")
    assert [c.id for c in archive.calls.page()] == [call.id]
    assert (archive.read_samples(archive.calls.get(call.id)) == talk).all()


def test_a_hold_keeps_from_the_bin_and_from_erasure(do: Do) -> None:
    do("hold", owner="E. Ek", reason="claim 12", review_utc=NOW + DAY)
    for verb in ("bin", "erase"):
        with pytest.raises(Refused, match=r"hold on it; ask E\. Ek"):
            do(verb, reason="please")


def test_a_legal_minimum_keeps_from_the_bin_and_from_erasure(do: Do) -> None:
    do("purpose", purpose="mifid", reason="an order of an investor")
    for verb in ("bin", "erase"):
        with pytest.raises(Refused, match=r"keeps it until 2032-01-15 .*2014/65"):
            do(verb, reason="please")


def test_a_hold_asks_for_its_review(archive: Archive, do: Do) -> None:
    do("hold", owner="E. Ek", reason="claim 12", review_utc="2027-02-01")
    held = archive.calls.kept_as("hold")
    assert review_due(held, NOW) == []
    assert review_due(held, NOW + 30 * DAY) == held


def test_a_later_update_of_the_record_keeps_the_decision(
    archive: Archive, call: Call, do: Do
) -> None:
    do("star")
    call.name = "A. Lind"  # an object from before the star
    archive.update(call)
    assert "star" in archive.calls.get(call.id).keeping


def test_every_verb_may_be_sent(do: Do) -> None:
    assert set(VERBS) <= set(control.KEEPING_VERBS)


def test_without_a_recorder_the_archive_is_opened(
    archive: Archive, settings: Settings, call: Call
) -> None:
    archive.close()
    reply = act(settings, "star", call_id=call.id, by="ada")
    assert reply["call_id"] == call.id
    assert "star" in reply["keeping"]


# Reading the rules


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("6 months", 181),
        ("1 year", 365),
        ("3 månader", 90),
        ("1 år", 365),
        ("30 days", 30),
        ("2 veckor", 14),
        ("2 Jahre", 731),
        ("until further notice", None),
        ("", None),
        ("0 months", None),
    ],
)
def test_a_period_told_is_understood(text: str, days: int | None) -> None:
    end = told_end(START, text)
    assert end == (None if days is None else START + days * DAY)


def test_a_private_persons_calls_are_personal(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[consent]\nrecorder = "private"\n')
    assert rules_of(load(path)).purpose == "personal"
    path.write_text('[consent]\nrecorder = "org"\n')
    assert rules_of(load(path)).purpose is None


def test_what_is_chosen_on_a_page_lies_over_the_file() -> None:
    chosen = {"retention.months": 9, "retention.purpose": "dispute", "months": 3}
    settings = overlay(Settings(), chosen)
    assert rules_of(settings).months == 9
    assert rules_of(settings).purpose == "dispute"
    assert settings.retention.sweep


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retention.months", -1),
        ("retention.months", "many"),
        ("retention.purpose", "fun"),
        ("retention.site_months", None),
        ("retention.bin_days", True),
    ],
)
def test_a_choice_that_does_not_fit_stops_the_sweep(key: str, value: Any) -> None:
    assert choice_problem(key, value)
    settings = overlay(Settings(), {key: value, "retention.log_months": 3})
    assert not settings.retention.sweep
    assert settings.retention.log_months == 3
    assert choice_problem("web.port", 8081)  # the file's alone


def test_settings_know_every_purpose(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for purpose in PURPOSES:
        path.write_text(f'[retention]\npurpose = "{purpose}"\n')
        assert rules_of(load(path)).purpose == purpose
    assert choice_problem("no_such_key", 1)
