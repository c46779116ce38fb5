"""Settings in the words of the pages: values, units, where from, what they do now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from babel.units import format_unit

from firmware.archive.choices import TAKEN_BACK, Choice
from firmware.service.settings import Described, Settings, described
from web import keeping_words
from web.i18n import N_, _, get_locale
from web.settings_form import name_of, value_of

#: End of a setting's name -> CLDR's unit.
UNITS = {
    "_ms": "duration-millisecond",
    "_s": "duration-second",
    "_min": "duration-minute",
    "_hours": "duration-hour",
    "_days": "duration-day",
    "months": "duration-month",
    "_hz": "frequency-hertz",
}
#: Why a page only shows a setting.
FIXED = {
    "wiring": N_(
        "It follows from the wiring of the box: only the settings file has it."
    ),
    "folder": N_("It names files on the box: only the settings file has it."),
    "reach": N_(
        "A mistake would shut you out of this page: only the settings file has it."
    ),
    "secret": N_("It weakens the seal: only the settings file has it."),
    "promise": N_("It speaks for other people: only the settings file has it."),
    "setup": N_("It belongs to the set-up of recording, which tells what follows."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as a page shows it."""

    one: Described
    name: str
    label: str
    help: str
    value: str
    now: str
    default: str
    range: str
    source: str
    chosen: Choice | None
    fixed: str
    restart: str
    #: Settings of the file alone are told as the file's document has them.
    english: bool


def number(value: float) -> str:
    """Return a number as the visitor's language writes it."""
    return format_decimal(value, locale=_locale())


def _locale() -> Locale:
    return get_locale() or Locale("en")


def unit_of(key: str) -> str:
    """Return CLDR's name of the unit in a setting's name; empty if it has none."""
    return next((unit for end, unit in UNITS.items() if key.endswith(end)), "")


def amount(key: str, value: float) -> str:
    """Return a number with the unit of its setting."""
    unit = unit_of(key)
    if not unit:
        return f"{number(value)} dB" if key.endswith("_db") else number(value)
    return format_unit(value, unit, locale=_locale())


def unit(one: Described) -> str:
    """Return the unit alone, to stand behind a field."""
    shown = amount(one.key, 5)
    return shown.replace("5", "").strip() if unit_of(one.key) else ""


def told(one: Described, value: Any) -> str:
    """Return a value in words."""
    if value == TAKEN_BACK:
        return _("as in the settings file")
    if value is None or value == "":
        return _("not set")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if one.key in ("purpose", "minimum") and one.table == "retention":
        return keeping_words.purpose(str(value))
    if str(value) in one.about.words:
        return _(one.about.words[str(value)])
    if isinstance(value, int | float):
        if not value and one.about.zero:
            return _(one.about.zero)
        return amount(one.key, value)
    return str(value)


def row(
    one: Described, settings: Settings, base: Settings, made: dict[str, Choice]
) -> Row:
    """Return a setting with everything its page tells of it."""
    value, in_file = value_of(settings, one), value_of(base, one)
    chosen = made.get(one.choice)
    if chosen is not None:
        source = _("chosen here")
    elif in_file != one.default:
        source = _("from the settings file")
    else:
        source = _("as delivered")
    low, high = number(one.about.low), number(one.about.high)
    ranged = one.about.high > one.about.low
    return Row(
        one=one,
        name=name_of(one),
        label=_(one.about.label),
        help=_(one.about.help).replace("`", ""),
        value=told(one, value),
        now=effect(one, settings),
        default=told(one, one.default),
        range=_("%(low)s to %(high)s", low=low, high=high) if ranged else "",
        source=source,
        chosen=chosen,
        fixed=_(FIXED[one.about.fixed]) if one.about.fixed else "",
        restart=one.about.restart,
        english=not one.chosen_on_page,
    )


def _time(settings: Settings, table: str, key: str) -> str:
    one = described(table, key)
    assert one is not None
    return told(one, value_of(settings, one))


def _trigger(settings: Settings) -> str:
    return _(
        "What starts one now: %(what)s.", what=_time(settings, "recorder", "trigger")
    )


def _preroll(settings: Settings) -> str:
    if not settings.recorder.preroll_s:
        return _("A recording begins at that very moment.")
    time = _time(settings, "recorder", "preroll_s")
    return _("A recording begins %(time)s earlier.", time=time)


def _shortest(settings: Settings) -> str:
    if not settings.recorder.min_duration_s:
        return _("Calls of any length keep their sound.")
    time = _time(settings, "recorder", "min_duration_s")
    return _("Calls shorter than %(time)s keep no sound.", time=time)


def _hangover(settings: Settings) -> str:
    if settings.recorder.trigger != "activity":
        return _("It does nothing now, because sound does not start a recording.")
    time = _time(settings, "recorder", "hangover_s")
    return _("A call is over after %(time)s of silence.", time=time)


def _release(settings: Settings) -> str:
    time = _time(settings, "recorder", "release_ms")
    return _("A handset that is down for %(time)s ends the call.", time=time)


def _ring(settings: Settings) -> str:
    time = _time(settings, "recorder", "ring_timeout_s")
    return _("A call counts as missed %(time)s after its last ring.", time=time)


def _sync(settings: Settings) -> str:
    time = _time(settings, "recorder", "sync_s")
    return _("A power cut takes the last %(time)s of sound, or little more.", time=time)


def _mask(settings: Settings) -> str:
    if not settings.consent.mask_digits:
        return _("No digits are ever cut out.")
    count = settings.consent.mask_digits
    return _("%(count)s digits in a row are cut out, with their sound.", count=count)


def _country(settings: Settings) -> str:
    code = settings.line.country.upper()
    name = _locale().territories.get("GB" if code == "UK" else code, code)
    return _("Tones and numbers are read as in: %(country)s.", country=name)


def _autolock(settings: Settings) -> str:
    minutes = settings.seal.autolock_min
    if not minutes:
        return _("It stays so until somebody locks it or the box restarts.")
    return _(
        "It locks itself after %(minutes)s minutes in which nobody listens.",
        minutes=number(minutes),
    )


def _recording(settings: Settings) -> str:
    if settings.consent.recording:
        return _("Calls that the rules and the law allow are recorded.")
    return _("Calls are listed, without sound.")


#: Setting -> what it does now, in one sentence.
EFFECTS: dict[str, Callable[[Settings], str]] = {
    "line.country": _country,
    "recorder.trigger": _trigger,
    "recorder.preroll_s": _preroll,
    "recorder.min_duration_s": _shortest,
    "recorder.hangover_s": _hangover,
    "recorder.release_ms": _release,
    "recorder.ring_timeout_s": _ring,
    "recorder.sync_s": _sync,
    "consent.recording": _recording,
    "consent.mask_digits": _mask,
    "seal.autolock_min": _autolock,
}


def effect(one: Described, settings: Settings) -> str:
    """Return what a setting does now; empty where its value says it already."""
    found = EFFECTS.get(name_of(one))
    return found(settings) if found else ""
