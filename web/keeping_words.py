"""What retention decided, in the words of the pages."""

from firmware.archive.purposes import PURPOSES
from web.i18n import N_, _

#: retention.Reason -> why a call stays, or why it goes.
REASONS = {
    "running": N_("the call is going on"),
    "hold": N_("it is held"),
    "legal_minimum": N_("a law demands it"),
    "erasure": N_("it was put into the bin"),
    "restricted": N_("its use is restricted"),
    "consent_over": N_("the consent has ended"),
    "low_value": N_("a few seconds from a number nobody knows"),
    "purpose_over": N_("the time of its purpose is over"),
    "site_maximum": N_("the longest time of this box is over"),
    "starred": N_("it has a star"),
    "age_ladder": N_("old enough for the smaller copy"),
    "log_over": N_("the time of the log is over"),
    "space": N_("the disk runs short"),
    "in_time": N_("its time is not over"),
    "no_period": N_("nobody has set an end"),
}
#: retention.Action -> what is done, icon, tone.
ACTIONS = {
    "keep": (N_("stays"), "shelf", ""),
    "step": (N_("smaller copy only"), "gap", "info"),
    "drop_audio": (N_("sound goes, the entry stays"), "muted", "warn"),
    "forget": (N_("sound and entry go"), "bin", "bad"),
}
#: Purpose id -> its name, as the table of purposes has it in English.
PURPOSE_NAMES = {
    "quality": N_("quality monitoring"),
    "service": N_("customer service"),
    "training": N_("training of staff"),
    "dispute": N_("settling disputes"),
    "feedback": N_("customers’ feedback"),
    "legal": N_("legal proceedings"),
    "personal": N_("a person’s own memory"),
    "mifid": N_("orders of investors"),
    "fr_work": N_("staff calls in France"),
    "hu_public": N_("public-service line, Hungary"),
    "us_telemarketing": N_("telemarketing, United States"),
    "us_debt": N_("debt collection, United States"),
    "us_health": N_("health records, United States"),
}


def reason(name: str) -> str:
    """Return why, in words."""
    return _(REASONS[name]) if name in REASONS else name.replace("_", " ")


def purpose(name: str | None) -> str:
    """Return a purpose in words."""
    if not name:
        return _("no purpose named")
    known = PURPOSE_NAMES.get(name)
    return _(known) if known else PURPOSES[name].title if name in PURPOSES else name


def months(count: int | None) -> str:
    """Return a period in months or years, in words."""
    from web.i18n import ngettext

    if not count:
        return _("no end")
    if count % 12 == 0:
        years = count // 12
        return ngettext("%(num)s year", "%(num)s years", years)
    return ngettext("%(num)s month", "%(num)s months", count)
