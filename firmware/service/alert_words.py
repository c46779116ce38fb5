"""What each alert says: what is wrong, and what to do about it."""

from firmware.service.settings.field import N_

#: kind -> what is wrong, what to do.
ALERTS = {
    "card_gone": (
        N_("The sound card is gone"),
        N_("Plug it in again, or try another USB socket or cable."),
    ),
    "no_input": (
        N_("Nothing comes in from the line"),
        N_("Look at the cable between line and sound card, and whether it is muted."),
    ),
    "clipped": (
        N_("The sound is overdriven"),
        N_("Turn the input gain down."),
    ),
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


def sentence(kind: str, *, over: bool = False) -> str:
    """Return an alert as one line of text."""
    what, do = ALERTS.get(kind, (kind, ""))
    return f"{what}: over." if over else f"{what}. {do}"
