"""Settings of how long calls stay."""

from dataclasses import dataclass
from typing import Literal

from firmware.service.settings.field import N_, number, setting

#: The rows of `firmware.archive.purposes`.
_PURPOSE = {
    "pattern": "quality|service|training|dispute|feedback|legal|personal|mifid|fr_work"
    "|hu_public|us_telemarketing|us_debt|us_health",
    "wanted": N_("a purpose of docs/retention.md"),
}


@dataclass(frozen=True, slots=True)
class Retention:
    sweep: bool = setting(
        True,
        N_("Nightly sweep"),
        N_("Remove every night what is over its time."),
    )
    sweep_hour: int = number(
        *(3, 0, 23),
        N_("Hour of the sweep"),
        N_("From which hour on, by the box's own time."),
    )
    purpose: str | None = setting(
        None,
        N_("What calls are kept for"),
        N_(
            "What calls are kept for where no rule says so: quality service training "
            "dispute feedback legal personal mifid fr_work hu_public us_telemarketing "
            "us_debt us_health. Not set: `personal` for a private person, none for "
            "others."
        ),
        **_PURPOSE,
    )
    months: int = number(
        *(0, 0, 1200),
        N_("Months of sound"),
        N_(
            "Months of audio instead of the purpose's own; never less than a law "
            "demands. 0: the purpose's own."
        ),
        zero=N_("the purpose’s own"),
    )
    periods: str = setting(
        "",
        N_("Months of single purposes"),
        N_(
            "Months of audio of single purposes, such as `quality=3 service=12`; never "
            "less than a law demands."
        ),
        pattern=rf"(({_PURPOSE['pattern']})=[0-9]{{1,4}}( (?=[a-z])|$))*",
        wanted=N_("purposes and months such as quality=3 service=12"),
    )
    personal_months: int = number(
        *(0, 0, 1200),
        N_("A person’s own calls"),
        N_("Months of audio of a person's own calls."),
        zero=N_("no end"),
    )
    site_months: int = number(
        *(12, 0, 1200),
        N_("Longest time of this box"),
        N_("The site's maximum, for calls whose purpose has no period."),
        zero=N_("no end"),
    )
    log_months: int = number(
        *(24, 0, 1200),
        N_("The entry without sound"),
        N_("Months after which a call without audio forgets number and name."),
        zero=N_("no end"),
    )
    lossless_months: int = number(
        *(0, 0, 1200),
        N_("Without loss"),
        N_(
            "Months after which the lossless master gives way to a smaller Opus copy. "
            "0: never."
        ),
        zero=N_("always"),
    )
    low_value_days: int = number(
        *(0, 0, 3650),
        N_("Unwanted calls"),
        N_(
            "Days after which the audio of robocalls goes: incoming, under 30 s, a "
            "number nobody knows, nothing kept of it. 0: like any other."
        ),
        zero=N_("like any other"),
    )
    minimum: Literal[
        "mifid", "hu_public", "us_telemarketing", "us_debt", "us_health"
    ] = setting(
        "mifid",
        N_("Whose minimum"),
        N_(
            "Whose minimum holds for calls recorded by legal duty: mifid hu_public "
            "us_telemarketing us_debt us_health."
        ),
    )
    extended: bool = setting(
        False,
        N_("The authority asked for longer"),
        N_(
            "The authority has asked for the longer time (MiFID: 7 years instead of 5)."
        ),
    )
    bin_days: int = number(
        *(7, 0, 90),
        N_("Days in the bin"),
        N_("Days in which a call thrown away can be brought back."),
    )
