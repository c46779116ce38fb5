"""The words for what a call can be: tables from the archive's terms to the page's.

All texts are English, for `_` to translate where they are shown.
"""

from web.i18n import N_

#: outcome -> words, icon, tone.
OUTCOMES = {
    "in_progress": (N_("In progress"), "live", "live"),
    "answered": (N_("Answered"), "answered", "good"),
    "missed": (N_("Missed"), "missed", "bad"),
    "busy": (N_("Busy"), "busy", "warn"),
    "congestion": (N_("Network busy"), "busy", "warn"),
    "failed": (N_("Not obtainable"), "failed", "bad"),
    "no_answer": (N_("No answer"), "no_answer", "warn"),
    "abandoned": (N_("Hung up before dialling"), "abandoned", ""),
    "fax": (N_("Fax"), "fax", "info"),
    "unknown": (N_("Unclear"), "unclear", ""),
}
DIRECTIONS = {
    "incoming": N_("Incoming call"),
    "outgoing": N_("Outgoing call"),
    "unknown": N_("Direction unknown"),
}
#: Choices of the list's filters, in the order people look for them.
DIRECTION_CHOICES = (("incoming", N_("Incoming")), ("outgoing", N_("Outgoing")))
OUTCOME_CHOICES = tuple(
    (key, words) for key, (words, _, _) in OUTCOMES.items() if key != "in_progress"
)
ABSENCES = {"private": N_("Number withheld"), "unavailable": N_("Number unavailable")}
#: Without a number and without a word about it.
NOBODY = N_("Number unknown")

#: flag -> words, tone.  A flag that is not listed is shown as it is spelled.
FLAGS = {
    "recovered": (N_("recovered"), "warn"),
    "interrupted": (N_("interrupted"), "warn"),
    "sidecar_lost": (N_("details lost"), "bad"),
    "audio_missing": (N_("audio missing"), "bad"),
    "audio_lost": (N_("audio lost"), "bad"),
    "gap": (N_("gap"), "warn"),
    "caller_id_garbled": (N_("caller ID garbled"), ""),
    "joined_late": (N_("joined late"), ""),
    "line_cut": (N_("line cut"), "bad"),
    "line_ended": (N_("line ended"), "warn"),
    "recorder_stopped": (N_("recorder stopped"), "warn"),
    "call_waiting": (N_("call waiting"), ""),
    "card_masked": (N_("card number masked"), ""),
    "voicemail_waiting": (N_("voicemail waiting"), ""),
    "left_off_hook": (N_("handset left off"), "warn"),
    "modem": (N_("modem"), ""),
    "alarm_dialler": (N_("alarm panel"), ""),
    "stopped": (N_("stopped by hand"), ""),
    "refused": (N_("refused"), "bad"),
    "withdrawn": (N_("withdrawn"), "bad"),
    "quarantined": (N_("set aside"), "warn"),
    "notice_missed": (N_("notice not heard"), "bad"),
    "beep_missed": (N_("tone not heard"), "bad"),
}

#: Why a call has no audio -> what a person reads.
NO_AUDIO = {
    "recording_off": N_(
        "Recording was switched off, so only the call's facts were kept."
    ),
    "not_requested": N_("Recording is by hand, and nobody asked for it in this call."),
    "not_answered": N_("Nobody answered, so there is nothing to hear."),
    "too_short": N_(
        "Shorter than the minimum the settings keep, so no sound was kept."
    ),
    "store_error": N_("The disk did not take the sound; run “linekeeper check”."),
    "interrupted": N_(
        "The recorder was interrupted before the first sound was stored."
    ),
    "undecided": N_("The call ended before it was decided."),
    "notice_not_heard": N_("The notice was not heard, so nothing was kept."),
    "not_confirmed": N_("Nobody confirmed, so nothing was kept."),
    "refused": N_("They refused, so nothing was kept."),
    "hung_up_early": N_("They hung up before the notice had ended."),
    "paused": N_("Recording was paused."),
    "fax": N_("It was a fax, and the settings keep no sound of those."),
    "private": N_("It was made private on the telephone, so nothing was kept."),
    "quarantine_over": N_("It was set aside, and its 72 hours are over."),
    "missing": N_("The sound is not in its folder any more."),
}
CLOCKS = {
    "synced": N_("clock in step with the network"),
    "free-running": N_("clock set earlier, running on its own"),
    "unknown": N_("clock was not set"),
}
NO_CLOCK = N_("not known")
#: What set the clock -> words beside how good it was.
CLOCK_SOURCES = {
    "network": N_("set by a time server"),
    "server": N_("set by a time server"),
    "rtc": N_("set by its clock chip"),
    "caller_id": N_("set by the caller IDs of two calls"),
}
#: mark kind -> icon and words before its text.
MARKS = {
    "answer": ("phone", N_("Answered")),
    "digit": ("digit", N_("Dialled")),
    "caller_id": ("note", N_("Caller ID")),
    "call_waiting": ("bell", N_("Second caller waiting")),
    "card_masked": ("lock", N_("Card number masked")),
    "key_informed": ("digit", N_("Pressed: they know")),
    "key_agreed": ("digit", N_("Pressed: they agree")),
    "key_refused": ("digit", N_("Pressed: they refuse")),
    "key_pause": ("digit", N_("Pressed: pause")),
    "key_resume": ("digit", N_("Pressed: go on")),
    "key_mark": ("digit", N_("Marked on the telephone")),
    "key_keep": ("starred", N_("Pressed: keep this call")),
    "key_recap": ("note", N_("Recap from here on")),
    "key_private": ("lock", N_("Pressed: private")),
    "key_far": ("digit", N_("A code from the far side, not carried out")),
    "key_unsure": ("digit", N_("A code, not carried out: not sure who pressed it")),
    "hook_flash": ("hook", N_("Hook flash")),
    "gap": ("gap", N_("Gap")),
    "fax": ("fax", N_("Fax tone")),
    "cpc": ("hook", N_("The exchange cut the current: the other side hung up")),
    "tone": ("tone", ""),
    "polarity": ("note", N_("Polarity reversed")),
    "recording_stopped": ("muted", N_("Recording stopped by hand")),
    "recording_resumed": ("live", N_("Recording resumed")),
    "interrupted": ("warning", N_("The recorder was interrupted")),
}
TONES = {
    "dial_tone": N_("dial tone"),
    "ringback": N_("ringing at the other end"),
    "busy": N_("busy tone"),
    "congestion": N_("reorder tone"),
    "call_waiting": N_("call-waiting tone"),
    "howler": N_("off-hook warning tone"),
    "fax_cng": N_("fax calling tone"),
    "fax_ced": N_("fax answer tone"),
    "alert_tone": N_("alert before caller ID"),
    "beep": N_("recording beep"),
}
