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
    Example("W11", "--own SE --as private --number +4930123456 --direction out", AGREE),
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


def _more(name: str, command: str, **expected: Any) -> Example:
    return Example(name, command, expected)


#: Finer points: one line, one point.
FINER = [
    # Numbers
    _more("toll-free", "--own US-NY --as private --number +18885550123", level=3),
    _more("new area code", "--own US-NY --as private --number +16795550123", level=3),
    _more(
        "Canada, no place", "--own CA-ON --as private --number +16005550123", level=3
    ),
    _more(
        "Canada, two provinces",
        "--own CA-ON --as private --number +19025550123",
        level=0,
        action="RECORD",
    ),
    _more(
        "Canada, organisation",
        "--own CA-ON --as org --number +14165550123",
        level=3,
        action="CONFIRM_FIRST",
        confirm="informed",
    ),
    _more("Bahamas", "--own US-NY --as private --number +12425550123", **AGREE),
    _more("Puerto Rico", "--own US-NY --as private --number +17875550123", **AGREE),
    _more("Guernsey", "--own GB --as private --number +447911123456", **AGREE),
    _more("Jersey", "--own GB --as private --number +441534123456", **AGREE),
    _more("Man", "--own GB --as private --number +441624756789", **AGREE),
    _more("Svalbard", "--own NO --as private --number +4779123456", **AGREE),
    _more("Aland", "--own FI --as private --number +35818123456", **AGREE),
    _more("Kazakhstan", "--own SE --as private --number +77011234567", **AGREE),
    _more("Vatican", "--own IT --as private --number +390669812345", **AGREE),
    _more("Italy", "--own IT --as private --number +390612345678", level=0),
    _more(
        "Australian mobile", "--own AU-QLD --as private --number +61491570156", level=3
    ),
    _more("Queensland", "--own AU-QLD --as private --number +61733334444", level=2),
    _more(
        "Sydney or Canberra", "--own AU-QLD --as private --number +61255501234", level=3
    ),
    _more("satellite", "--own SE --as private --number +870773111632", **AGREE),
    _more("local number", "--own US-NY --as private --number 5550123", **AGREE),
    _more("anonymous", "--own US-NY --as private --number anonymous", **AGREE),
    _more("P", "--own US-NY --as private --number P", **AGREE),
    _more("O", "--own US-NY --as private --number O", **AGREE),
    _more("empty", "--own US-NY --as private --number=", **AGREE),
    _more("not listed", "--own SE --as private --number +359888123456", **AGREE),
    # Rule 1 and 2
    _more(
        "own side not set",
        "--as private --number +12125550123",
        action="DENY",
        reason="own_jurisdiction_not_set",
    ),
    _more("nothing at all", "", action="DENY", reason="own_jurisdiction_not_set"),
    _more(
        "not told, emergency",
        "--own US-NY --as org --number 911 --not-acknowledged",
        action="DENY",
        reason="own_side_not_informed",
    ),
    _more(
        "own place not listed", "--own BG --as private --number +12125550123", **AGREE
    ),
    # Rule 4
    _more(
        "911 in California",
        "--own US-CA --as private --number 911",
        action="DENY",
        level=3,
    ),
    _more(
        "911 in New York",
        "--own US-NY --as private --number 911",
        action="RECORD",
        level=0,
        reason="emergency",
        beep=False,
        preroll_s=5,
    ),
    _more(
        "112 in Sweden",
        "--own SE --as org --number 112 --can-inject",
        action="RECORD",
        level=1,
        reason="emergency",
        beep=False,
        on_failure=None,
    ),
    _more(
        "112 in Germany", "--own DE --as private --number 112", action="DENY", level=4
    ),
    _more(
        "911 in Michigan",
        "--own US-MI --as private --number 911",
        action="DENY",
        level=3,
    ),
    _more(
        "911 in Michigan, not conservative",
        "--own US-MI --as private --number 911 --no-conservative",
        action="RECORD",
        level=0,
        reason="emergency",
    ),
    _more(
        "emergency beats scope",
        "--own US-NY --as private --number 911 --out-of-scope",
        action="RECORD",
        reason="emergency",
    ),
    # Rule 5
    _more(
        "legal duty",
        "--own SE --as org --number +46812345678 --out-of-scope --legal-duty",
        action="RECORD_WITH_NOTICE",
        level=1,
    ),
    # Rule 6
    _more(
        "own rule is the least",
        "--own US-CA --as private --number +12125550123",
        **INFORM,
        level=3,
    ),
    _more(
        "address lowers",
        "--own US-TX --as private --number +14155550123 --override US-NY",
        action="RECORD",
        level=0,
    ),
    _more(
        "address of a withheld number",
        "--own US-TX --as private --override US-NY",
        action="RECORD",
        level=0,
    ),
    _more(
        "address of unknown state",
        "--own US-TX --as private --override US-?",
        **INFORM,
        level=3,
    ),
    _more(
        "unknown, own country",
        "--own US-TX --as private --unknown-scope own_country",
        **INFORM,
        level=3,
    ),
    _more(
        "unknown, own country Sweden",
        "--own SE --as private --unknown-scope own_country",
        action="RECORD",
        level=0,
    ),
    _more(
        "not listed stays 4",
        "--own SE --as private --number +359888123456 --unknown-scope own_country",
        **AGREE,
    ),
    _more(
        "three, own country",
        "--own US-NY --as private --number +12125550123"
        " --parties 3 --unknown-scope own_country",
        **INFORM,
        level=3,
    ),
    _more(
        "always ask",
        "--own US-NY --as private --number +12125550123 --always-ask",
        **INFORM,
        level=3,
    ),
    _more(
        "always ask, injecting",
        "--own US-NY --as private --number +12125550123 --always-ask --can-inject",
        **ANNOUNCE,
        level=3,
        beep=True,
    ),
    _more(
        "always ask lowers nothing",
        "--own DE --as private --number +4930123456 --always-ask",
        **AGREE,
    ),
    _more(
        "Delaware, conservative",
        "--own US-DE --as private --number +13025550123",
        **INFORM,
        level=3,
    ),
    _more(
        "Delaware",
        "--own US-DE --as private --number +13025550123 --no-conservative",
        action="RECORD",
        level=0,
    ),
    _more(
        "Massachusetts",
        "--own US-MA --as org --number +16175550123 --can-inject --no-conservative",
        **ANNOUNCE,
        level=2,
        on_failure="discard",
    ),
    _more(
        "Britain, organisation",
        "--own GB --as org --number +442079460123 --can-inject --no-conservative",
        **ANNOUNCE,
        level=2,
    ),
    _more(
        "Denmark, organisation",
        "--own DK --as org --number +4532123456 --can-inject",
        action="CONFIRM_FIRST",
        confirm="agreed",
        beep=True,
    ),
    _more(
        "Denmark, private",
        "--own DK --as private --number +4532123456",
        action="RECORD",
        level=0,
    ),
    _more("Czechia, private", "--own CZ --as private --number +420221234567", level=3),
    _more("Czechia, organisation", "--own CZ --as org --number +420221234567", level=2),
    _more("Wisconsin", "--own US-WI --as private --number +14145550123", level=0),
    _more(
        "Wisconsin, evidence",
        "--own US-WI --as private --number +14145550123 --purpose evidence",
        **INFORM,
        level=2,
    ),
    # Rule 7
    _more(
        "threat from New York",
        "--own US-WA --as private --number +12125550123 --threat",
        action="RECORD",
        reason="statutory_exception",
        level=2,
    ),
    _more(
        "threat from Florida",
        "--own US-WA --as private --number +13055550123 --threat",
        **INFORM,
        level=3,
    ),
    _more(
        "threat, withheld", "--own US-WA --as private --direction in --threat", **AGREE
    ),
    _more(
        "threat, California",
        "--own US-CA --as private --number +13105550123 --threat --can-inject",
        action="RECORD",
        level=3,
        beep=False,
    ),
    _more(
        "threat out of scope",
        "--own US-WA --as private --number +12065550123 --threat --out-of-scope",
        action="DENY",
        reason="out_of_scope",
    ),
    # Rule 8
    _more(
        "consent, Germany",
        "--own DE --as org --number +4930123456 --standing-consent",
        **ANNOUNCE,
        level=4,
        on_failure="keep",
    ),
    _more(
        "consent, level 0",
        "--own SE --as private --number +46812345678 --standing-consent",
        action="RECORD",
        level=0,
        on_failure=None,
    ),
    _more(
        "consent, level 1",
        "--own SE --as org --number +46812345678 --standing-consent",
        action="RECORD_WITH_NOTICE",
        on_failure="keep",
    ),
    _more(
        "threat before consent",
        "--own US-WA --as private --number +12065550123 --threat --standing-consent",
        action="RECORD",
    ),
    # Rule 9 to 11
    _more(
        "level 1, silent box",
        "--own SE --as org --number +46812345678",
        action="RECORD_WITH_NOTICE",
        on_failure="quarantine",
        preroll_s=5,
        beep=False,
    ),
    _more(
        "tone alone, silent box",
        "--own US-CT --as org --number +12035550123 --notice-method beep_only",
        **INFORM,
        level=2,
    ),
    _more(
        "tone alone, New York",
        "--own US-NY --as org --number +12035550123"
        " --notice-method beep_only --can-inject",
        reason="beep",
        level=2,
    ),
    _more(
        "tone alone, Washington",
        "--own US-CT --as org --number +12065550123"
        " --notice-method beep_only --can-inject",
        reason="announcement",
        level=2,
    ),
    _more(
        "tone alone, always ask",
        "--own US-CT --as org --number +12035550123"
        " --notice-method beep_only --can-inject --always-ask",
        reason="announcement",
        level=3,
    ),
    _more(
        "level 4, injecting",
        "--own SE --as private --number +4930123456 --can-inject",
        action="CONFIRM_FIRST",
        confirm="agreed",
        beep=True,
        on_failure=None,
    ),
]
