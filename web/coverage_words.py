"""The words of coverage and alerts."""

from firmware.archive.alerts import Alert
from firmware.service.coverage import Row
from web import consent_words, words
from web.i18n import N_, _
from web.vocabulary import NO_AUDIO

#: Why something was not recorded, where the page of a call has no words for it.
REASONS = {
    "gap": N_("The sound card gave nothing."),
    "far_hung_up": N_("The other side had hung up; the rest was a tone."),
    "consent": N_("Consent was waited for, or not given."),
    "stopped": N_("Stopped by hand."),
    "erased": N_("Erased, with a certificate."),
}
#: What is wrong with an occurrence that ought to have a recording.
RED = {
    "no_record": N_("No call was filed."),
    "hook_blind": N_("The hook sensor said on-hook. Look at its wires."),
    "not_stored": N_("The disk did not take it. Make room."),
    "file_missing": N_("Its recording is gone, and nothing says why."),
    "damaged": N_("Its recording cannot be played any more."),
    "silent": N_("Its recording is silent. Look at the cable to the sound card."),
    "recorder_away": N_("The recorder stopped in the middle of it."),
    "shorter": N_("Its recording is shorter than the call."),
    "interrupted": N_("The recorder was interrupted before it stored anything."),
    "empty": N_("Its recording is empty."),
    "error": N_("An error in the rules kept it from being recorded."),
}
#: `firmware.service.alert_words.ALERTS`, for the translators; a test compares them.
ALERTS = {
    "card_gone": (
        N_("The sound card is gone"),
        N_("Plug it in again, or try another USB socket or cable."),
    ),
    "no_input": (
        N_("Nothing comes in from the line"),
        N_("Look at the cable between line and sound card, and whether it is muted."),
    ),
    "clipped": (N_("The sound is overdriven"), N_("Turn the input gain down.")),
    "faint": (
        N_("Calls are far quieter than they used to be on this line"),
        N_("Look at plugs and cable of the line, and at the input gain."),
    ),
    "hook_blind": (
        N_("There is talk, but the hook sensor says on-hook"),
        N_("Look at the wires between the line interface and the box."),
    ),
    "left_off": (
        N_("A handset has been off the hook for ten minutes without a sound"),
        N_("Hang up. If all handsets are down, the hook sensor is stuck."),
    ),
    "no_voltage": (
        N_("There is no voltage on the line"),
        N_("Look at the line’s plug; if it is in, tell your telephone company."),
    ),
    "sensors_contradict": (
        N_("The sensors of the line interface contradict each other"),
        N_("Look at the line interface and its supply."),
    ),
    "disk_low": (
        N_("The disk is nearly full"),
        N_("Keep less, or attach a larger disk."),
    ),
    "clock_unknown": (
        N_("The clock is not set"),
        N_("Connect the box to the network; times are put right afterwards."),
    ),
    "hot": (
        N_("The processor is too hot"),
        N_("Give the box air; it slows itself down."),
    ),
    "undervoltage": (
        N_("The supply is too weak"),
        N_("Use a stronger supply or a shorter cable."),
    ),
    "not_stored": (
        N_("The disk does not take what is to be stored"),
        N_("Run “linekeeper check”; look at the disk."),
    ),
    "backup_late": (
        N_("The backup is late"),
        N_("See whether the place of the backup can be reached."),
    ),
    "anchor_late": (
        N_("Nobody outside has seen the ledger for two days"),
        N_("See whether the network is there, and who is asked."),
    ),
    "missed": (
        N_("A call has neither a recording nor a reason"),
        N_("Look at the coverage of that day."),
    ),
}


def why(row: Row) -> str:
    """Return why an occurrence is not recorded, or what is wrong with it."""
    reason = row.reason
    if row.state == "red":
        return _(RED[reason])
    for table in (REASONS, NO_AUDIO):
        if reason in table:
            return _(table[reason])
    if reason in consent_words.REASONS:
        told = _(consent_words.REASONS[reason])
        return _("No sound was kept: %(why)s.", why=told)
    return words.clean(reason).replace("_", " ")


def alert(one: Alert) -> tuple[str, str]:
    """Return what is wrong, and what to do about it."""
    what, do = ALERTS.get(one.kind, (one.kind, ""))
    return (_(what), _(do)) if do else (words.clean(what), "")
