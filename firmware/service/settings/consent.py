"""Settings of what may be kept of calls, and how people are told."""

from dataclasses import dataclass
from typing import Any, Literal

from firmware.service.settings.field import N_, number, setting

#: ISO 3166-1, then ISO 3166-2 where there are states, ? for a state not known.
_JURISDICTION = {
    "pattern": r"[A-Z]{2}(-([A-Z0-9]{1,3}|\?))?",
    "wanted": N_("a code such as SE or US-NY"),
}


def _code(default: str, label: str, help: str) -> Any:
    """What is pressed on the telephone; nothing = no such code."""
    return setting(
        default,
        label,
        help,
        pattern=r"[0-9*#]{2,6}|",
        wanted=N_("two to six keys such as **1"),
        restart="recorder",
    )


@dataclass(frozen=True, slots=True)
class Consent:
    recording: bool = setting(
        False,
        N_("Recording"),
        N_(
            "The owner's switch. While it is off, calls are logged without a sample of "
            "audio. Switch it on only after reading law.md."
        ),
        fixed="setup",
    )
    own: str | None = setting(
        None,
        N_("Where the line is"),
        N_("ISO 3166, such as `SE` or `US-NY`. Without it the rules deny every call."),
        **_JURISDICTION,
        fixed="setup",
    )
    recorder: Literal["private", "org"] | None = setting(
        None,
        N_("Who records"),
        N_(
            "`private` (a person, for own purposes) or `org`. Not set means the "
            "stricter of both."
        ),
        words={"private": N_("a private person"), "org": N_("an organisation")},
        fixed="setup",
    )
    purpose: str | None = setting(
        None,
        N_("What for"),
        N_(
            "What the recordings are for, in a few words. Some laws treat evidence or "
            "broadcast apart."
        ),
        fixed="setup",
    )
    can_inject: bool = setting(
        False,
        N_("Can speak on the line"),
        N_(
            "The line interface can speak on the line, so that tone and announcement "
            "can be played."
        ),
        fixed="wiring",
    )
    notice_method: Literal["announcement", "beep_only"] = setting(
        "announcement",
        N_("Where a tone alone is enough"),
        N_(
            "`beep_only` relies on the tone where every law on the line accepts it "
            "(today Connecticut alone)."
        ),
        words={
            "announcement": N_("say it all the same"),
            "beep_only": N_("only the tone (Connecticut)"),
        },
    )
    always_ask: bool = setting(
        False,
        N_("Always tell or ask"),
        N_("Ask or announce on every call, also where the law does not demand it."),
    )
    conservative: bool = setting(
        True,
        N_("In doubt the stricter"),
        N_("Where sources of law disagree, follow the stricter."),
    )
    unknown_scope: Literal["world", "own_country"] = setting(
        "world",
        N_("Callers nobody knows the place of"),
        N_(
            "Where a party is taken to be whose number is withheld or unreadable; "
            "`own_country` takes it for a compatriot."
        ),
        words={
            "world": N_("may be anywhere"),
            "own_country": N_("are in my country"),
        },
    )
    scope_rules: str | None = setting(
        None,
        N_("File of rules"),
        N_(
            "File with the rules which calls are recorded (operate.md). Not set: every "
            "call on the line that the law allows."
        ),
        fixed="folder",
    )
    jurisdictions: str | None = setting(
        None,
        N_("Own table of laws"),
        N_("A table of jurisdictions of your own instead of the shipped one (law.md)."),
        fixed="folder",
    )
    owner: str | None = setting(
        None,
        N_("Who is named"),
        N_("Who records, as the notice names them: a person or a firm."),
        fixed="setup",
    )
    period: str | None = setting(
        None,
        N_("How long, in words"),
        N_(
            "How long recordings are kept, in the words of the notice, such as `6 "
            "months`."
        ),
        fixed="setup",
    )
    rights_url: str | None = setting(
        None,
        N_("Where people ask"),
        N_(
            "Where people read about their rights: an address or a telephone number "
            "that can be spoken."
        ),
        fixed="setup",
    )
    notice_language: Literal[
        "en", "sv", "nb", "da", "de", "nl", "pl", "fr", "es", "it", "fi"
    ] = setting(
        "en",
        N_("Language of the notice"),
        N_(
            "Language of notice and script where the caller's is not known: en sv nb "
            "da de nl pl fr es it fi."
        ),
    )
    beep: Literal[
        "default", "fcc", "connecticut", "australia", "switzerland", "custom"
    ] = setting(
        "default",
        N_("Recording tone"),
        N_(
            "The recording tone: `default` (1400 Hz, 0.5 s, every 15 s), `fcc`, "
            "`connecticut`, `australia`, `switzerland`, or `custom` with the three "
            "figures below."
        ),
        words={
            "default": N_("1400 Hz, half a second, every 15 s"),
            "fcc": N_("1400 Hz, 0.2 s, every 15 s (FCC 1947)"),
            "connecticut": N_("Connecticut"),
            "australia": N_("Australia"),
            "switzerland": N_("Switzerland"),
            "custom": N_("figures of my own"),
        },
    )
    beep_hz: float = number(
        *(1400.0, 900.0, 1800.0),
        N_("Own tone: pitch"),
        N_(
            "With `custom`: its frequency, 900 to 1800 Hz: below, talk would hide it; "
            "above, exchanges and terminals signal."
        ),
    )
    beep_length_s: float = number(
        *(0.5, 0.08, 0.65),
        N_("Own tone: length"),
        N_("With `custom`: its length."),
    )
    beep_interval_s: float = number(
        *(15.0, 5.0, 60.0),
        N_("Own tone: every"),
        N_("With `custom`: from the start of one beep to the start of the next."),
    )
    acknowledged: bool = setting(
        False,
        N_("Everybody here was told"),
        N_(
            "Everybody who talks on this line has been told, in writing, that it is "
            "recorded. The page keeps this for each person instead."
        ),
        fixed="promise",
    )
    others_in: str | None = setting(
        None,
        N_("Where everybody else is"),
        N_(
            "Where everybody else on this line is known to be, such as `US-NY`: an "
            "in-house line, an intercom, a test line. It beats the number. Leave it "
            "out on a telephone line."
        ),
        **_JURISDICTION,
        fixed="promise",
    )
    key_informed: str = _code(
        "**1",
        N_("Keys: they know"),
        N_(
            "Pressed on the telephone during a call: I have informed them. Empty: no "
            "such code."
        ),
    )
    key_agreed: str = _code(
        "**2", N_("Keys: they agree"), N_("The same: they said yes.")
    )
    key_pause: str = _code(
        "**3",
        N_("Keys: pause"),
        N_("The same: keep nothing of what comes, until it is pressed again."),
    )
    key_mark: str = _code(
        "**4",
        N_("Keys: mark"),
        N_("The same: a mark in the recording, to be found again."),
    )
    key_keep: str = _code(
        "**5", N_("Keys: keep"), N_("The same: record this call, and give it a star.")
    )
    key_recap: str = _code(
        "**6",
        N_("Keys: recap"),
        N_("The same: what was agreed is summed up from here on."),
    )
    key_private: str = _code(
        "**9",
        N_("Keys: private"),
        N_("The same: nothing of this call is kept, what was kept is discarded."),
    )
    keys_from: Literal["near", "both"] = setting(
        "near",
        N_("Who may press codes"),
        N_(
            "`near`: only this side's telephone, as far as its level tells; a code "
            "that cannot be told is noted and not carried out. `both`: either side."
        ),
        words={"near": N_("this side's telephone"), "both": N_("either side")},
        restart="recorder",
    )
    key_refused: str = _code(
        "**0", N_("Keys: they refuse"), N_("The same: they said no.")
    )
    mask_digits: int = number(
        *(16, 0, 40),
        N_("Card numbers from so many digits"),
        N_(
            "So many digits pressed in a row during a call are taken for card data "
            "even if their check digit does not fit (0..40, 0: never)."
        ),
        zero=N_("never"),
        restart="recorder",
    )
    legal_duty: bool = setting(
        False,
        N_("A law demands it"),
        N_(
            "The law demands that these calls are recorded: a schedule or sample does "
            "not hold one back."
        ),
        fixed="setup",
    )
    confidential: bool = setting(
        False,
        N_("Only the owner listens"),
        N_(
            "Only the owner of the box may listen, as for calls under a duty of "
            "secrecy."
        ),
    )
