"""An archive with calls of every kind, made through the archive's own interface."""

import contextlib
import gzip
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from flask.testing import FlaskClient

import firmware.line.sim
from firmware.archive import Archive
from firmware.archive.model import Call, ClockCorrection, Mark
from firmware.service import status
from firmware.service.settings import Box, LineSettings, Settings, Web

FS = 8000
VOICES = Path(firmware.line.sim.__file__).with_name("voices")
NAME, PASSWORD = "Ada", "four quiet words here"

#: Fields of calls, newest first: seconds before now, then what differs.
KINDS: list[dict[str, Any]] = [
    {"ago": 400, "name": "CAROL REED", "number": "2125550123", "talk_s": 95},
    {"ago": 2300, "number": "2125550188", "outcome": "missed", "ring_count": 5},
    {
        "ago": 3900,
        "direction": "outgoing",
        "number": "2125550142",
        "talk_s": 247,
        "flags": ["call_waiting"],
        "marks": [
            *(Mark(5.9 + i * 0.21, "digit", d) for i, d in enumerate("2125550142")),
            Mark(16.2, "answer"),
            Mark(92.0, "call_waiting", "2125550177"),
            Mark(97.5, "hook_flash"),
        ],
    },
    {"ago": 7800, "number_absence": "private", "talk_s": 41},
    {
        "ago": 9100,
        "direction": "outgoing",
        "number": "2125550166",
        "outcome": "busy",
        "talk_s": 9,
    },
    {
        "ago": 90_000,
        "name": "JOE'S LOCKS & KEYS",
        "number": "+442079460018",
        "talk_s": 612,
        "lost_s": 1.4,
        "flags": ["gap", "recovered"],
        "marks": [
            Mark(301.0, "gap", "", 1.4),
            Mark(420.0, "tone", "a_word_without_a_place_to_break".replace("_", "")),
        ],
        "recovered": "The recorder was interrupted; the last 0.8 s are missing.",
    },
    {"ago": 93_000, "outcome": "fax", "number": "2125550110", "talk_s": 33},
    {
        "ago": 97_000,
        "direction": "outgoing",
        "number": "2125550131",
        "outcome": "no_answer",
        "talk_s": 31,
    },
    {"ago": 99_000, "direction": "outgoing", "outcome": "abandoned", "talk_s": 4},
    {"ago": 180_000, "name": "M. OKAFOR", "number": "9175550104", "talk_s": 1930},
    {
        "ago": 190_000,
        "direction": "outgoing",
        "number": "2125550199",
        "outcome": "failed",
        "talk_s": 11,
    },
    {"ago": 200_000, "number": "2125550123", "name": "CAROL REED", "deny": True},
]


def settings_for(state_dir: Path, port: int = 8080) -> Settings:
    """Return settings of a box that keeps its state in a folder."""
    return Settings(
        box=Box("Linekeeper", str(state_dir), str(state_dir / "run")),
        line=LineSettings(country="us"),
        web=Web(port=port),
    )


def speech(seconds: float, seed: int = 0) -> np.ndarray:
    """Return int16 talk of two sides, the far one quieter, from the shipped voices."""
    rng = np.random.default_rng(seed)
    files = sorted(VOICES.glob("*.flac"))
    parts: list[np.ndarray] = []
    got = 0
    while got < seconds * FS:
        voice, _ = soundfile.read(files[rng.integers(len(files))], dtype="float32")
        gain = 0.5 if len(parts) % 4 == 0 else 0.12
        pause = np.zeros(int(FS * rng.uniform(0.2, 0.9)), np.float32)
        parts += [np.asarray(voice[:, 0] if voice.ndim > 1 else voice) * gain, pause]
        got += len(parts[-1]) + len(parts[-2])
    x = np.concatenate(parts)[: round(seconds * FS)]
    x = x + 0.002 * rng.standard_normal(len(x)).astype(np.float32)
    return np.clip(x * 32767, -32768, 32767).astype(np.int16)


def add_call(archive: Archive, *, ago: float = 60.0, **fields: Any) -> Call:
    """Keep one call through the whole life of a call."""
    talk_s = fields.pop("talk_s", 30.0)
    deny = fields.pop("deny", False)
    outcome = fields.pop("outcome", "answered")
    start = fields.pop("start_utc", time.time() - ago)
    recovered, lost_s = fields.pop("recovered", None), fields.pop("lost_s", 0.0)
    call = Call(id=archive.new_id(start), line="1", start_utc=start, clock="synced")
    call = replace(call, **{"direction": "incoming", **fields})
    quiet = outcome == "missed" or deny
    archive.begin(call)
    if not quiet:
        call.audio, call.audio_offset_s = "recording", -5.0
        call.decision, call.decision_reason = "RECORD", "owner_switched_on"
        with contextlib.closing(archive.open_master(call)) as master:
            master.append(speech(talk_s + 5, seed=round(ago)))
        call.audio_s = talk_s + 5
    else:
        call.no_audio_reason = "recording_off" if deny else "not_answered"
    call.outcome, call.lost_s, call.recovered = outcome, lost_s, recovered
    call.duration_s = 0.0 if outcome == "missed" else talk_s
    if call.direction == "incoming":
        call.ring_count = call.ring_count or 2
        call.answer_s = None if outcome == "missed" else 8.2
    call.end_s = (call.answer_s or 0.0) + call.duration_s
    archive.end(call)
    return call


def fill(archive: Archive) -> list[Call]:
    """Keep one call of every kind, oldest first; return them newest first."""
    made = [add_call(archive, **dict(kind)) for kind in reversed(KINDS)]
    made[1].clock_corrections.append(
        ClockCorrection(
            made[1].start_utc + 60,
            made[1].start_utc - 3600,
            made[1].start_utc,
            "time from the network",
        )
    )
    archive.update(made[1])
    archive.finish_pending()
    return made[::-1]


def write_status(settings: Settings, **line: Any) -> None:
    """Say what the recorder would say."""
    now = time.time()
    state = status.LineState(**{"id": "1", "since_utc": now, **line})
    settings.status_path.parent.mkdir(parents=True, exist_ok=True)
    status.write(
        settings.status_path,
        status.Status(1, now, now, True, "synced", lines=[state]),
    )


def weigh(client: FlaskClient, page: str) -> dict[str, int]:
    """Return the bytes that a page and each file that it loads take on their way."""
    loaded = {"": len(page.encode())}
    pending = re.findall(r'"(/static/[^"#]+)', page)
    while pending:
        address = pending.pop()
        if address in loaded:
            continue
        answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        data = answer.get_data()
        loaded[address] = len(data)
        if answer.content_encoding == "gzip":
            data = gzip.decompress(data)
        base = address.split("?")[0].rsplit("/", 1)[0]
        inner = re.findall(rb'(?:from |url\()"(?:\./)?([^"]+)"', data)
        pending += [f"{base}/{name.decode()}" for name in inner]
    return loaded
