"""A catalogue as a busy office has it after many years: made up, the same each time.

A million calls with 100 000 notes and as many transcripts take minutes to store, so the
catalogue is kept in ``~/.cache/linekeeper-bench`` and made again when the index or this
file has changed.
"""

import hashlib
import inspect
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from firmware.archive import Archive, index, schema, search, texts
from firmware.archive.model import Call, Mark

CACHE = Path("~/.cache/linekeeper-bench").expanduser()
BATCH = 5000
#: The first call, then one every 285 s: nine years of an office that never sleeps.
START_UTC, STEP_S = 1_510_300_000.0, 285.0
#: People who call, some of them often; a fifth has a name.
CALLERS, NAMED = 150_000, 0.4
#: Of the calls; only what was talked about can be spoken.
NOTED, SPOKEN = 0.1, 0.134
NAMES = ("Ann", "Ben", "Carol", "Dieter", "Erika", "Farid", "Giulia", "Hana", "Maja")
FAMILIES = (
    *("Archer", "Baker", "Berg", "Carter", "Dyer", "Fletcher", "Lindqvist", "Mason"),
    *("Nowak", "Okafor", "Petersen", "Quist", "Rossi", "Smith", "Žák", "Bergman"),
)
TAGS = ("price quote", "urgent", "complaint", "order", "private")
#: Words of talk; how often each is used falls as 1/rank (Zipf).
WORDS, TALK_WORDS, NOTE_WORDS = 12_000, 80, 7


def cached(calls: int) -> Path:
    """Return the state folder with so many calls, made at the first need."""
    tables = (schema.finding, schema.finding_by_line)
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for source in (*tables, index, search, texts):
        digest.update(inspect.getsource(source).encode())
    folder = CACHE / f"calls-{calls}-{digest.hexdigest()[:12]}"
    if not (folder / "done").exists():
        for old in CACHE.glob(f"calls-{calls}-*"):
            shutil.rmtree(old)
        with Archive(folder) as archive:
            fill(archive, calls)
        (folder / "done").touch()
    return folder


def fill(archive: Archive, calls: int) -> None:
    """Store rows of calls, their notes and what was said."""
    rng = np.random.default_rng(5)
    archive.texts.allow("Ada", START_UTC, allowed=True)
    callers = [_caller(number, rng) for number in range(min(CALLERS, calls))]
    vocabulary = np.array([_word(rank) for rank in range(WORDS)])
    odds = 1.0 / np.arange(1, WORDS + 1)
    odds /= odds.sum()
    for first in range(0, calls, BATCH):
        numbers = range(first, min(first + BATCH, calls))
        said = rng.choice(vocabulary, (len(numbers), TALK_WORDS), p=odds)
        batch = [_call(n, rng, callers, said[n - first]) for n in numbers]
        archive.calls.store(*batch, unsettled=False)
        spoken = rng.random(len(batch)) < SPOKEN
        archive.texts.fill(
            (call.id, "transcript", " ".join(words))
            for call, words, is_spoken in zip(batch, said, spoken, strict=True)
            if is_spoken and call.audio == "kept"
        )
        played = [c for c in batch if c.audio == "kept" and rng.random() < 0.3]
        archive.listeners.fill((c.id, "Ada", c.start_utc + 900) for c in played)
        rare = played[:: len(played) // 20 or 1]
        archive.listeners.fill((c.id, "Ben", c.start_utc + 950) for c in rare)


def call_id(number: int) -> str:
    """Return the id of the call with a number."""
    day, second = divmod(number, 86_400)
    hour, minute = second // 3600, second // 60 % 60
    return f"202701{day + 1:02}-{hour:02}{minute:02}{second % 60:02}-0000"


def _caller(number: int, rng: np.random.Generator) -> tuple[str, str | None]:
    named = rng.random() < NAMED
    name = f"{rng.choice(NAMES)} {rng.choice(FAMILIES)} {_word(number % WORDS).title()}"
    digits = f"+1{rng.integers(200, 990)}555{rng.integers(0, 10_000):04}"
    return digits, name if named else None


def _call(
    number: int,
    rng: np.random.Generator,
    callers: list[tuple[str, str | None]],
    said: Any,
) -> Call:
    kind = rng.random()
    digits, name = callers[int(len(callers) * rng.random() ** 3)]
    talked = kind >= 0.25
    keeping: dict[str, Any] = {}
    if rng.random() < NOTED:
        keeping["note"] = {"text": " ".join(said[:NOTE_WORDS]), "by": "Ada"}
    if rng.random() < 0.01:
        keeping["tags"] = [str(rng.choice(TAGS))]
    if rng.random() < 0.002:
        keeping["star"] = {"by": "Ben", "at_utc": "2026-01-01T00:00:00.000Z"}
    if number % 5000 == 7:
        name = "Zebedee Archer"
    seconds = float(rng.exponential(140)) if talked else 0.0
    return Call(
        call_id(number),
        "3" if number % 9973 == 0 else "2" if rng.random() < 0.2 else "1",
        START_UTC + number * STEP_S,
        direction="incoming" if rng.random() < 0.6 else "outgoing",
        outcome="fax" if kind > 0.999 else "answered" if talked else "missed",
        number=digits,
        name=name,
        end_s=seconds + 8.0,
        duration_s=seconds,
        audio="kept" if talked else "none",
        no_audio_reason=None if talked else "not_answered",
        audio_s=seconds,
        sha256="0" * 64,
        flags=["gap"] if rng.random() < 0.001 else [],
        marks=[Mark(float(at), "digit", "5") for at in range(10)],
        keeping=keeping,
        clock="synced",
    )


def _word(rank: int) -> str:
    """Return a word that can be spoken, and is nobody's."""
    syllables = [c + v for c in "bdfgklmnprstv" for v in "aeiou"]
    made, left = "", rank + 70
    while left:
        left, place = divmod(left, len(syllables))
        made += syllables[place]
    return made


def describe(folder: Path) -> str:
    """Return how large a catalogue is, for the note beside a figure."""
    size = (folder / "catalogue.sqlite3").stat().st_size
    return json.dumps({"megabytes": round(size / 1e6)})
