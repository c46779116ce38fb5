"""Worked examples of docs/law.md: what is asked on the command line, what must come."""

from typing import Any, NamedTuple


class Example(NamedTuple):
    name: str
    command: str
    expected: dict[str, Any]


RECORD = {"action": "RECORD", "confirm": None, "on_failure": None, "beep": False}
ANNOUNCE = {"action": "RECORD_WITH_NOTICE", "confirm": None, "preroll_s": 0}
INFORM = {
    "action": "CONFIRM_FIRST",
    "confirm": "informed",
    "on_failure": None,
    "beep": False,
    "preroll_s": 0,
}
AGREE = {**INFORM, "confirm": "agreed", "level": 4}
DENY = {"action": "DENY", "confirm": None, "on_failure": None, "beep": False}

EXAMPLES = [
    Example(
        "W1",
        "--own US-NY --as private --number +12125550123 --direction out",
        {**RECORD, "level": 0, "preroll_s": 5},
    ),
    Example(
        "W2",
        "--own US-NY --as private --number +14155550123 --direction out",
        {**INFORM, "level": 3},
    ),
    Example(
        "W3",
        "--own US-NY --as org --number +14155550123 --direction out --can-inject",
        {**ANNOUNCE, "level": 3, "on_failure": "discard", "beep": True},
    ),
    Example(
        "W4",
        "--own US-WA --as org --number +15035550123 --direction in --can-inject",
        {**ANNOUNCE, "level": 2, "on_failure": "discard", "reason": "announcement"},
    ),
    Example(
        "W5",
        "--own US-CT --as org --number +12035550123 --direction in --can-inject"
        " --notice-method beep_only",
        {**ANNOUNCE, "level": 2, "reason": "beep", "beep": True},
    ),
    Example(
        "W6",
        "--own US-CT --as org --number +16175550123 --direction in --can-inject"
        " --notice-method beep_only",
        {
            **ANNOUNCE,
            "level": 3,
            "reason": "announcement",
            "beep": True,
            "on_failure": "discard",
        },
    ),
    Example("W7", "--own US-TX --as private --direction in", AGREE),
    Example(
        "W8",
        "--own US-TX --as private --number +18005550123 --direction out",
        {**INFORM, "level": 3},
    ),
    Example(
        "W9",
        "--own SE --as private --number +46812345678 --direction out",
        {**RECORD, "level": 0},
    ),
    Example(
        "W10",
        "--own SE --as org --number +46812345678 --direction in --can-inject",
        {
            "action": "RECORD_WITH_NOTICE",
            "level": 1,
            "on_failure": "quarantine",
            "preroll_s": 5,
        },
    ),
    Example(
        "W11", "--own SE --as private --number +4930123456 --direction out", AGREE
    ),
    Example(
        "W12",
        "--own US-TX --as private --number +17135550123 --direction out"
        " --override US-FL",
        {**INFORM, "level": 3},
    ),
    Example(
        "W13",
        "--own US-OH --as org --number +16145550123 --direction in --not-acknowledged",
        {**DENY, "reason": "own_side_not_informed"},
    ),
    Example(
        "W14 automatic",
        "--own SE --as org --number +46812345678 --direction in --out-of-scope",
        {**DENY, "reason": "out_of_scope"},
    ),
    Example(
        "W14 by hand",
        "--own SE --as org --number +46812345678 --direction in --out-of-scope"
        " --trigger manual",
        {"action": "RECORD_WITH_NOTICE", "level": 1},
    ),
    Example(
        "W15",
        "--own US-CA --as org --number +13105550123 --direction out --can-inject"
        " --standing-consent",
        {**ANNOUNCE, "level": 3, "on_failure": "keep"},
    ),
    Example(
        "W16",
        "--own US-WA --as private --number +12065550123 --direction in --threat",
        {**RECORD, "level": 2, "reason": "statutory_exception", "preroll_s": 0},
    ),
    Example(
        "W17",
        "--own US-WA --as private --number 911 --direction out",
        {**RECORD, "level": 2, "reason": "emergency", "preroll_s": 0},
    ),
    Example(
        "W20 before",
        "--own US-NY --as private --number +12125550123 --direction out --parties 2",
        {**RECORD, "level": 0},
    ),
    Example(
        "W20 a third joins",
        "--own US-NY --as private --number +12125550123 --direction out --parties more",
        AGREE,
    ),
]
