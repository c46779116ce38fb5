"""The mixer of an ALSA card, set by the profiles of `mixers`."""

import re

import alsaaudio

from firmware.line.mixers import Sets, apply, profile_for

#: Device names that say which card they mean: hw:1,0, plughw:CARD=Device …
NAMES_CARD = re.compile(r"(?:plug)?hw:(?:CARD=)?([^,]+)")


class AlsaMixer:
    """One control of a card; LookupError if the card has none of that name."""

    def __init__(self, card: int, control: str) -> None:
        try:
            self._mixer = alsaaudio.Mixer(control=control, cardindex=card)
        except alsaaudio.ALSAAudioError as error:
            raise LookupError(control) from error

    def set(self, sets: Sets, value: float | str) -> None:
        """Set one side of it."""
        mixer, side = self._mixer, alsaaudio.PCM_PLAYBACK
        try:
            if sets == "choice":
                mixer.setenum(mixer.getenum()[1].index(value))
            elif sets == "capture":
                mixer.setrec(int(value))
            elif sets == "playback":
                mixer.setmute(1 - int(value))
            else:
                side = alsaaudio.PCM_CAPTURE if sets == "capture_db" else side
                units = alsaaudio.VOLUME_UNITS_DB
                mixer.setvolume(round(100 * float(value)), -1, side, units)
        except (alsaaudio.ALSAAudioError, ValueError, IndexError) as error:
            raise LookupError(sets) from error


def tune(device: str) -> str:
    """Set the mixer of a card that is known; return what there is to remark."""
    named = NAMES_CARD.fullmatch(device.split(",")[0])
    if named is None:
        return ""
    card = named[1]
    index = (
        int(card)
        if card.isdigit()
        else alsaaudio.card_indexes()[alsaaudio.cards().index(card)]
    )
    profile = profile_for(card, *alsaaudio.card_name(index))
    if profile is None:
        return ""
    missing = list(apply(profile, lambda control: AlsaMixer(index, control)))
    told = f"; mixer set as a {profile.name}"
    return told + (f", without {', '.join(dict.fromkeys(missing))}" if missing else "")
