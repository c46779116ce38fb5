"""Ready-made ways to use the box, each told in words before it is applied.

A preset fills in the form of the set-up; the owner may change everything in it.
"""

from dataclasses import dataclass
from typing import Literal

from web.i18n import N_


@dataclass(frozen=True, slots=True)
class Preset:
    """One way; texts are English, for `_` to translate."""

    id: str
    icon: str
    title: str
    gist: str
    recorder: Literal["private", "org"]
    purpose: str
    period: str
    rules: str
    told: tuple[str, ...] = ()
    always_ask: bool = False
    legal_duty: bool = False
    confidential: bool = False


ALL_CALLS = """[[rule]]
id = "all-calls"
record = "all"
"""
BY_HAND = """[[rule]]
id = "by-hand"
record = "manual"
"""
OFFICE_HOURS = """[[rule]]
id = "office-hours"
record = "all"
weekdays = ["mon-fri"]
times = ["08:00-17:00"]
not_times = ["12:00-13:00"]

[[rule]]
id = "other-times"
record = "manual"
"""
REGULATED = """[[rule]]
id = "orders"
record = "all"
purpose = "regulated"
"""

PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "private",
            "person",
            N_("Private person"),
            N_("My own calls at home, for my own memory."),
            "private",
            N_("my own notes"),
            N_("1 year"),
            ALL_CALLS,
            (
                N_("Every call on the line is recorded where the law lets you."),
                N_("Your recordings stay yours: do not pass them on."),
            ),
        ),
        Preset(
            "trades",
            "wrench",
            N_("Trades, locksmith"),
            N_("Orders, addresses and prices, at any hour."),
            "org",
            N_("orders, addresses and agreed prices"),
            N_("6 months"),
            ALL_CALLS,
            (
                N_("Every call is recorded, day and night, in and out."),
                N_("Callers are told at the start, as an organisation must."),
            ),
        ),
        Preset(
            "office",
            "desk",
            N_("Office"),
            N_("Calls in office hours; private calls stay private."),
            "org",
            N_("following up what was agreed"),
            N_("6 months"),
            OFFICE_HOURS,
            (
                N_("Monday to Friday from 8 to 17, but not from 12 to 13."),
                N_("Other calls only when somebody presses Record."),
                N_("Everybody who uses the line has to be told first."),
            ),
        ),
        Preset(
            "mifid",
            "scales",
            N_("Investment firm (MiFID II)"),
            N_("Orders by telephone, which the law demands to record."),
            "org",
            N_("orders in financial instruments (MiFID II)"),
            N_("5 years"),
            REGULATED,
            (
                N_("Every call is recorded, none is left to chance."),
                N_(
                    "Clients are informed before; without notice the call is held back."
                ),
                N_("Recordings are to be kept for five years; do not delete them."),
            ),
            legal_duty=True,
        ),
        Preset(
            "health",
            "heart",
            N_("Health and counselling"),
            N_("Under a duty of secrecy: only when asked, only for one listener."),
            "org",
            N_("documenting advice given"),
            N_("as long as the record it belongs to"),
            BY_HAND,
            (
                N_("A call is recorded only when somebody presses Record."),
                N_("The other side is asked on every call, wherever they are."),
                N_("Only the owner of the box may listen."),
            ),
            always_ask=True,
            confidential=True,
        ),
        Preset(
            "press",
            "quote",
            N_("Press, interviews"),
            N_("Exact quotes from people who know that you record."),
            "org",
            N_("an interview for publication or broadcast"),
            N_("2 years"),
            BY_HAND,
            (
                N_("A call is recorded only when you press Record."),
                N_("The other side is asked first, every time."),
            ),
            always_ask=True,
        ),
    )
}

#: What people usually choose; the first that suits is enough.
PERIODS = (
    N_("3 months"),
    N_("6 months"),
    N_("1 year"),
    N_("2 years"),
    N_("5 years"),
)
