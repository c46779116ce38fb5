"""What the reasons of a coverage mean, in plain words."""

#: A reason that is one -> what it means; what is not listed is a reason of consent,
#: and its name says it.
REASONS = {
    "": "",
    "not_answered": "nobody answered",
    "too_short": "shorter than the settings keep",
    "paused": "recording was paused",
    "stopped": "stopped by hand",
    "undecided": "ended before it was decided",
    "erased": "erased, with a certificate",
    "recording_off": "recording is switched off",
    "not_requested": "nobody asked for a recording",
    "refused": "they refused",
    "hung_up_early": "they hung up before the notice had ended",
    "notice_not_heard": "the notice was not heard",
    "not_confirmed": "nobody confirmed",
    "quarantine_over": "its time in quarantine is over",
    "gap": "the sound card gave nothing",
    "far_hung_up": "the other side had hung up",
    "consent": "consent was waited for",
}
#: What is wrong -> what it means, and what to do.
RED_WORDS = {
    "no_record": "no call was filed",
    "hook_blind": "talk while the hook sensor says on-hook; look at its wires",
    "not_stored": "the disk did not take it; make room and run `linekeeper check`",
    "file_missing": "its recording is gone, and nothing says why",
    "damaged": "its recording cannot be played any more",
    "silent": "its recording is silent; look at the cable between line and sound card",
    "recorder_away": "the recorder stopped in the middle of it",
    "shorter": "its recording is shorter than the call",
    "interrupted": "the recorder was interrupted before anything was stored",
    "empty": "its recording is empty",
    "error": "an error in the rules kept it from being recorded",
}
