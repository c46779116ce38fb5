"""The steps by which a new line interface is tried out, and what may be wrong.

Texts are marked for the pages' catalogues; the command line prints them as they are.
"""

from firmware.service.bringup_steps import (
    Step,
    always,
    answered,
    beep,
    button,
    cut,
    cut_late,
    hang_up,
    lift,
    lift_late,
    rest,
    rest_late,
    ring,
    sound,
    tone,
)
from firmware.service.settings.field import N_

STEPS = (
    Step(
        "sound",
        N_("Sound card"),
        N_("Nothing to do: leave the handset down."),
        N_("Sound arrives, above -100 dBov"),
        10.0,
        sound,
        always("card_gone"),
    ),
    Step(
        "rest",
        N_("Line at rest"),
        N_("Plug the line in and leave the handset down."),
        N_("On-hook, with voltage"),
        15.0,
        rest,
        rest_late,
        ("hook",),
    ),
    Step(
        "lamp",
        N_("Lamp"),
        N_("Look at the lamp on the board: does it blink fast?"),
        N_("It blinks five times a second"),
        120.0,
        answered("lamp_dark"),
        always("lamp_dark"),
        ("lamp",),
        asks_yes=True,
        act="lamp",
    ),
    Step(
        "button",
        N_("Button"),
        N_("Press the button on the board."),
        N_("The press is seen"),
        60.0,
        button,
        always("button_dead"),
        ("button",),
    ),
    Step(
        "lift",
        N_("Handset lifted"),
        N_("Lift the handset and keep it up."),
        N_("Off-hook, with voltage"),
        60.0,
        lift,
        lift_late,
        ("hook",),
    ),
    Step(
        "tone",
        N_("Dial tone"),
        N_("Keep the handset up and listen: there should be dial tone."),
        N_("Above -50 dBov, and 8 dB above the line at rest"),
        15.0,
        tone,
        always("codec_silent"),
    ),
    Step(
        "beep",
        N_("Beep"),
        N_("Keep the handset up: the box beeps and listens whether it is heard."),
        N_("Heard, within 12 dB of what was sent"),
        15.0,
        beep,
        always("beep_missed"),
        ("speaker",),
        act="beep",
    ),
    Step(
        "hang_up",
        N_("Hang up"),
        N_("Put the handset down."),
        N_("On-hook, with voltage"),
        60.0,
        hang_up,
        always("hook_stuck"),
        ("hook",),
    ),
    Step(
        "ring",
        N_("Ring"),
        N_("Call this line from another telephone and let it ring twice."),
        N_("Ringing of 15 to 70 Hz"),
        120.0,
        ring,
        always("ring_dead"),
        ("ring",),
    ),
    Step(
        "cut",
        N_("Cut line"),
        N_("When it is quiet again, pull the plug of the line out of the board."),
        N_("No voltage"),
        90.0,
        cut,
        cut_late,
        ("hook", "line"),
    ),
    Step(
        "back",
        N_("Line back"),
        N_("Plug the line in again."),
        N_("On-hook, with voltage"),
        60.0,
        hang_up,
        rest_late,
        ("hook", "line"),
    ),
)

#: What is wrong, and what to look at first.
DIAGNOSES = {
    "card_gone": N_(
        "No sound arrives. Is the sound card plugged in, and is its name in the "
        "settings right?"
    ),
    "codec_zeros": N_(
        "The card delivers only zeros: its input is muted, or the other channel is "
        "recorded. Set the mixer to auto, or choose the other channel."
    ),
    "line_dead": N_(
        "No voltage is seen. Is the line plugged into the board and alive? A telephone "
        "tells. If it is, the island has no power: measure 3.3 V at U5, check PS1."
    ),
    "senses_contradict": N_(
        "On-hook, but without voltage: that cannot be. Check R16 to R18, U4 and its "
        "pin, and whether the two signals are swapped."
    ),
    "looks_lifted": N_(
        "The line looks lifted. Is every handset down? If so, its voltage is below "
        "24 V, or the level of the hook pin is set the wrong way round."
    ),
    "unsteady": N_(
        "Hook or voltage keeps changing. Look for a loose contact at the plug, a bad "
        "joint at R10 or R11, or a missing C10."
    ),
    "lamp_dark": N_("The lamp is dark. Is D40 the right way round? Check R40."),
    "button_dead": N_(
        "The button is not seen. Check SW1, and the pin in the settings."
    ),
    "hook_inverted": N_(
        "The hook is the wrong way round: it reads on-hook while the handset is up. "
        "Set the board to R1, or turn hook_active over."
    ),
    "hook_dead": N_(
        "Nothing is seen of the lift. Check U3 and R19, that R10 and R11 are 10M, and "
        "the 3.3 V of the island."
    ),
    "voltage_low": N_(
        "The voltage goes away when the handset is lifted: below 3 V on the line, or "
        "R17 is too large. Measure the line while it is up."
    ),
    "codec_silent": N_(
        "The handset is up, but the card hears nothing. Check the cable from MIC to "
        "the card's pink socket, the gain, and T1 with R1 and R2."
    ),
    "no_speaker": N_(
        "The box may not speak on this line. Set [consent] can_inject, if the board "
        "has the beep option."
    ),
    "beep_missed": N_(
        "The beep was not on the line. Check the cable from the card's green socket to "
        "LINE OUT, the playback level, K1 with R32, and T2."
    ),
    "beep_level": N_(
        "The beep is on the line, at the wrong level. Set playback_gain_db to what was "
        "measured, or the card's playback to 0 dB."
    ),
    "hook_stuck": N_(
        "The line stays off-hook. Is another handset up? Then compare the line's "
        "voltage with 20 V, and check R12 to R15."
    ),
    "ring_dead": N_(
        "It rang, and no pulse was counted. Check U1, C5 and R5, and that DZ1 and DZ2 "
        "stand against each other."
    ),
    "ring_odd": N_(
        "Pulses arrive, but not those of ringing. Check R6, and that the ring pin's "
        "debounce is 0."
    ),
    "line_stuck": N_(
        "The plug is out and voltage is still seen. Is the line on another socket as "
        "well? Then check U4 for a bridge of solder."
    ),
}
