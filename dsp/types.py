"""What the detectors report.  All times are sample indices at the caller's rate."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of a wired signal, as a GPIO pin or the simulator saw it.

    Parameters
    ----------
    at : int
        Sample index of the change.
    signal : str
        ``hook`` (1 = off-hook), ``ring`` (1 = ringing current present), ``line``
        (1 = line voltage present), ``polarity`` (0 normal, 1 reversed) or
        ``button`` (1 = record button pressed).
    level : int
        The level from `at` on, 0 or 1, already corrected for active-low inputs.
    """

    at: int
    signal: str
    level: int


@dataclass(frozen=True, slots=True)
class Digit:
    """One dialled digit.

    Parameters
    ----------
    symbol : str
        One of ``0123456789*#ABCD``.
    start, end : int
        First sample of the digit and first sample after it.
    level_dbov : float
        Mean level of the stronger tone, dBov.  ``nan`` for pulse dialling.
    twist_db : float
        High tone relative to low tone, dB (ITU-T Q.24).  ``nan`` for pulses.
    method : str
        ``dtmf`` or ``pulse``.
    """

    symbol: str
    start: int
    end: int
    level_dbov: float = float("nan")
    twist_db: float = float("nan")
    method: str = "dtmf"


@dataclass(frozen=True, slots=True)
class ToneOnset:
    """A supervisory tone has been recognised and is still sounding.

    Only streams report it, so that a call machine need not wait for the end.
    """

    name: str
    start: int
    at: int


@dataclass(frozen=True, slots=True)
class Tone:
    """A supervisory or fax tone from its first to its last sample.

    Parameters
    ----------
    name : str
        ``dial_tone``, ``stutter_dial``, ``ringback``, ``busy``, ``congestion``,
        ``number_unobtainable``, ``confirmation``, ``call_waiting``, ``howler``,
        ``sit_…``, ``fax_cng``, ``fax_ced``, ``fax_v21``, ``calling_tone``,
        ``modem_answer``, ``modem_data``, ``alert_tone``, ``answering_beep``, ``beep``.
    start, end : int
        First sample, and first sample after the last burst.
    level_dbov : float
        Level while the tone is on, dBov.
    """

    name: str
    start: int
    end: int
    level_dbov: float


@dataclass(frozen=True, slots=True)
class Ring:
    """One burst of ringing, heard in the audio (`dsp.ring`).

    Parameters
    ----------
    start, end : int
        First sample, and first sample after it.
    frequency_hz : float
        Of the ringing current, to about 2 Hz.
    level_dbov : float
        Of what of it got into the audio.
    """

    start: int
    end: int
    frequency_hz: float
    level_dbov: float


@dataclass(frozen=True, slots=True)
class CallerId:
    """One caller-ID message.

    Parameters
    ----------
    number, name : str or None
        As sent, printable characters only; None where the message has none.
    date_time : str or None
        ``MM-DD HH:MM`` as the exchange sent it (no year is transmitted); None as well
        where that is no date.
    absence : str or None
        ``private`` or ``unavailable`` where the exchange withholds the number.
    standard : str
        ``bell202``, ``v23``, ``japan``, ``dtmf`` or ``modem``.
    checksum_ok : bool
        False when the checksum failed; the fields are then empty.
    start, end : int
        Sample range of the message.
    fields : dict
        Every parameter of the message by name, for the curious; what cannot be what
        it should is called ``bad_date_time`` or ``bad_number``.
    """

    number: str | None
    name: str | None
    date_time: str | None
    absence: str | None
    standard: str
    checksum_ok: bool
    start: int
    end: int
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActivityOnset:
    """Sound that is neither silence nor hum has begun at `start`."""

    start: int
    at: int


@dataclass(frozen=True, slots=True)
class Activity:
    """A stretch of sound, from onset to the end of its hangover."""

    start: int
    end: int
    level_dbov: float


Event = Digit | ToneOnset | Tone | CallerId | ActivityOnset | Activity
