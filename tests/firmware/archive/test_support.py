"""The support bundle: what a helper needs, and nothing about anybody."""

import io
import json
import re
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.archive import Archive, support
from firmware.service import settings as settings_file
from firmware.service.settings import Backup, Consent, Settings
from tests.web import seed

#: All that must not be found, however it is written.
SECRETS = ("Ada Lindqvist", "Klara Berg", "CAROL REED", "Harbor Florist",
           "harbor.example", "the blue door", "order 4711-A", "ada@nas", "/home/ada",
           "AWS-SECRET", "four quiet words", "lawyer at once")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> support.Bundle:
    state = tmp_path_factory.mktemp("support")
    credentials = state / "credentials"
    credentials.write_text("AWS_ACCESS_KEY_ID=AWS-SECRET\n")
    settings = replace(
        Settings().with_state(state),
        consent=Consent(
            own="US-NY",
            owner="Harbor Florist",
            rights_url="harbor.example",
            purpose="the blue door",
        ),
        backup=Backup(target="/home/ada/stick", credentials=str(credentials)),
    )
    with Archive(state) as archive:
        calls = [
            seed.add_call(archive, **{**kind, "talk_s": 1 + n})
            for n, kind in enumerate(seed.KINDS[:3] + seed.KINDS[-1:])
        ]
        archive.finish_pending()
        archive.users.add("Ada Lindqvist", seed.PASSWORD, "owner", time.time())
        archive.staff.add("1", "Klara Berg", "Ada Lindqvist", time.time())
        archive.keeping.note(calls[0].id, "Ada", time.time(), text="the blue door")
        archive.keeping.order(calls[2].id, "Ada", time.time(), text="order 4711-A")
        chosen = {"owner": "Harbor Florist", "recorder.preroll_s": 7.0}
        archive.choices.set(chosen, "Ada Lindqvist", time.time())
        archive.requests.add("erase", "lawyer at once", time.time(), "Ada Lindqvist")
        lines = [
            "2026-11-22T01:02:03+0000 call from +1 (212) 555-0123 for Klara Berg",
            "20261122-010203-ab12 klara berg took it; 2125550123 again, 48 of 50",
        ]
        checks = [("backup", False, "backup /home/ada/stick: no way to +12125550188")]
        seed.write_status(settings, number="2125550123", name="CAROL REED")
        return support.make(archive, settings, checks, time.time(), lines)


def text_of(made: support.Bundle, name: str) -> str:
    return dict(made.files)[name]


def test_no_number_name_note_or_secret_of_the_archive_is_in_it(
    made: support.Bundle, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(made.zipped())) as file:
        whole = "\n".join(file.read(name).decode() for name in file.namelist())
        assert len(file.namelist()) == len(made.files) == 10
    for secret in SECRETS:
        assert secret.casefold() not in whole.casefold(), secret
    digits = re.sub(r"\D", "", whole)
    for kind in seed.KINDS:
        number = re.sub(r"\D", "", kind.get("number") or "")
        assert not number or number not in digits.replace(" ", ""), number
        assert not number or number[-7:] not in whole


def test_one_number_has_one_hash_in_a_bundle_and_another_in_the_next(
    made: support.Bundle,
) -> None:
    calls = json.loads(text_of(made, "calls.json"))
    numbers = [call["number"] for call in calls if call["number"]]
    assert len(set(numbers)) < len(numbers)  # one of them called twice
    journal = text_of(made, "journal.txt")
    first, second = re.findall(r"#[0-9a-f]{8}", journal)
    assert first == second
    assert first in numbers
    other = support.Scrubber(())
    assert other.number("2125550123") != first


def test_times_and_ids_stay_in_the_journal(made: support.Bundle) -> None:
    journal = text_of(made, "journal.txt")
    assert "2026-11-22T01:02:03+0000 call from #" in journal
    assert "20261122-010203-ab12 [name] took it" in journal
    assert "48 of 50" in journal


def test_settings_tell_figures_and_keep_texts_back(made: support.Bundle) -> None:
    told = text_of(made, "settings.toml")
    assert 'own = "US-NY"' in told
    assert "preroll_s = 5.0" in told
    assert "# target is set" in told
    assert "# owner is set" in told
    assert "recorder.preroll_s" in text_of(made, "changes.json")
    assert "7.0" not in text_of(made, "changes.json")


def test_every_text_of_the_settings_is_held_back_unless_it_is_listed() -> None:
    for one in settings_file.DESCRIBED:
        if settings_file.plain(one.hint) is str and support.is_open(one):
            assert one.key.endswith("_pin") or one.about.pattern, one.key
