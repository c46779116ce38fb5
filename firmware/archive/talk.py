"""turns.json: who spoke when in a call, found from its master and its record.

It lies beside the master, sealed as it is: who spoke when is part of what was said.
"""

import json
from typing import Any, Literal, TypedDict, cast

from dsp.turns import Clues, TurnFinder
from firmware.archive.model import Call, Mark
from firmware.archive.reader import MasterReader, chunks
from firmware.archive.wav import FS

VERSION = 1
#: Marks of sounds that are no talk.
NO_TALK = frozenset({"digit", "tone", "caller_id", "call_waiting", "fax", "gap"})
#: Marks bear the length a detector measured; a tone's edges are softer, s.
EDGE_S = 0.06


class TurnTold(TypedDict):
    """One turn, in seconds from the master's beginning."""

    start_s: float
    end_s: float
    who: Literal["near", "far", "both"]
    sure: bool


class Told(TypedDict):
    """Who spoke when.

    `near_share` is None where too little is sure; `near_over_far_db` is how much louder
    this side was, 0 where two talkers could not be told apart.
    """

    turns: list[TurnTold]
    near_share: float | None
    near_over_far_db: float


NOBODY: Told = {"turns": [], "near_share": None, "near_over_far_db": 0.0}


def clues_of(call: Call) -> Clues:
    """Return what the record of a call knows about who is who."""
    digits, ringback, other = [], [], []
    for mark in call.marks[-1:]:
        if mark.kind == "cpc":  # the far side has gone: what follows is tones
            other.append((round(mark.at_s * FS), round(call.audio_s * FS)))
    answer_s = None
    if call.answer_s is not None:
        answer_s = call.answer_s - call.audio_offset_s
    for mark in call.marks:
        if mark.kind not in NO_TALK or mark.length_s <= 0:
            continue
        before = answer_s is None or mark.at_s < answer_s
        if mark.kind == "digit" and before and call.direction == "outgoing":
            digits.append(_span(mark))
        elif mark.text == "ringback":
            ringback.append(_span(mark))
        else:
            other.append(_span(mark))
    if answer_s is None:
        return Clues(None, 0, tuple(digits), tuple(ringback), tuple(other))
    first: dict[str, Literal["near", "far"]] = {"incoming": "near", "outgoing": "far"}
    return Clues(
        first.get(call.direction),
        max(0, round(answer_s * FS)),
        *(tuple(digits), tuple(ringback), tuple(other)),
    )


def _span(mark: Mark) -> tuple[int, int]:
    start, end = mark.at_s - EDGE_S, mark.at_s + mark.length_s + EDGE_S
    return max(0, round(start * FS)), max(0, round(end * FS))


def find(reader: MasterReader, clues: Clues) -> bytes:
    """Return the content of turns.json for a master."""
    finder = TurnFinder(FS)
    for piece in chunks(reader):
        finder.feed(piece)
    found = finder.finish(clues)
    told: Told = {
        "turns": [
            {
                "start_s": round(turn.start / FS, 3),
                "end_s": round(turn.end / FS, 3),
                "who": turn.who,
                "sure": turn.sure,
            }
            for turn in found.turns
        ],
        "near_share": found.near_share,
        "near_over_far_db": found.apart_db,
    }
    return json.dumps({"version": VERSION, **told}, separators=(",", ":")).encode()


def read(data: bytes) -> Told | None:
    """Return what turns.json says; None if it is of another kind or not whole."""
    try:
        told: dict[str, Any] = json.loads(data)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.pop("version", None) != VERSION:
        return None
    if set(told) != set(Told.__annotations__):
        return None
    return cast(Told, told)
