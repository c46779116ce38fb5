"""What retention decided, in the words of the pages."""

from collections.abc import Iterator

from firmware.archive.purposes import PURPOSES, Purpose
from firmware.archive.retention import Rules, period
from firmware.service.settings import Settings
from web.i18n import N_, _, ngettext

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
#: stops.Code -> why nothing goes, and what to do.
STOPS = {
    "clock_not_synced": N_("the clock of the box has not been set by the network yet"),
    "clock_went_back": N_("the clock went back; see that it is right"),
    "catalogue_rebuilt": N_("the catalogue was rebuilt; is every call there?"),
    "catalogue_old": N_("the catalogue is older than the recordings; run “reindex”"),
    "disk_unknown": N_("the disk is not the one this box knows"),
    "folders_missing": N_("many recordings are missing on the disk"),
    "records_differ": N_("the catalogue differs from the recordings; run “reindex”"),
    "too_much": N_("more than a tenth of everything would go at once"),
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


def stop(code: str) -> str:
    """Return why a sweep removes nothing."""
    return _(STOPS[code]) if code in STOPS else code.replace("_", " ")


def purpose(name: str | None) -> str:
    """Return a purpose in words."""
    if not name:
        return _("no purpose named")
    known = PURPOSE_NAMES.get(name)
    return _(known) if known else PURPOSES[name].title if name in PURPOSES else name


def purposes() -> list[tuple[str, str]]:
    """Return every purpose with its name."""
    return [(row, purpose(row)) for row in PURPOSES]


def months(count: int | None) -> str:
    """Return a period in months or years, in words."""
    if not count:
        return _("no end")
    if count % 12 == 0:
        years = count // 12
        return ngettext("%(num)s year", "%(num)s years", years)
    return ngettext("%(num)s month", "%(num)s months", count)


def rules(chosen: Rules, settings: Settings) -> list[tuple[str, str, str]]:
    """Return the rules that count on this box as (what, how long, why so)."""
    row = PURPOSES.get(chosen.purpose or "")
    own = period(row, chosen)
    bin_days = _days(settings.retention.bin_days)
    return [
        (_("Sound of a call"), _audio(own, chosen), _audio_why(row, chosen)),
        *_sometimes(chosen, settings),
        (
            _("With a star"),
            months(_longest(own, chosen)),
            _("whichever is longer, the purpose or the longest time of this box"),
        ),
        (_("Held"), _("until somebody releases it"), _("nothing removes it")),
        (
            _("The entry in the list, without sound"),
            months(chosen.log_months),
            _("who called when; an order keeps its entry"),
        ),
        (_("In the bin"), bin_days, _("then erased for good")),
    ]


def _sometimes(chosen: Rules, settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield the rules that only some boxes have."""
    if settings.consent.legal_duty and chosen.minimum in PURPOSES:
        floor = PURPOSES[chosen.minimum]
        length = floor.extended_months if chosen.extended else None
        told = _("at least %(time)s", time=months(length or floor.months))
        yield _("Recorded because a law demands it"), told, floor.source
    if chosen.lossless_months:
        after = _("after that only a smaller copy stays")
        yield _("Without loss"), months(chosen.lossless_months), after
    if chosen.low_value_days:
        why = reason("low_value").capitalize()
        yield _("Unwanted calls"), _days(chosen.low_value_days), why


def _days(count: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", count)


def _longest(own: int | None, chosen: Rules) -> int:
    if chosen.purpose == "personal" or not chosen.site_months:
        return 0
    return max(own or 0, chosen.site_months)


def _audio(own: int | None, chosen: Rules) -> str:
    if own:
        return months(own)
    return months(0 if chosen.purpose == "personal" else chosen.site_months)


def _audio_why(row: Purpose | None, chosen: Rules) -> str:
    if row is None:
        return _("the longest time of this box; no purpose is named")
    if chosen.months:
        return _("for %(purpose)s, as chosen", purpose=purpose(row.id))
    return _("for %(purpose)s; %(source)s", purpose=purpose(row.id), source=row.source)
