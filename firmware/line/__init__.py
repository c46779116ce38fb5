"""Where samples and edges come from."""

import re
from pathlib import Path

from firmware.errors import SourceError
from firmware.line.block import Line
from firmware.service.settings import Settings

__all__ = ["open_line"]

SCHEMES = ("alsa", "wav", "sim")


def open_line(
    source: str,
    settings: Settings,
    *,
    speed: float | None = None,
    start_utc: float | None = None,
    edges: Path | None = None,
    channel: int | None = None,
) -> Line:
    """Open a line by its source string.

    ``alsa:DEVICE`` is a sound card with the GPIO pins and the modem of the settings,
    ``wav:PATH`` (or ``wav:PATH?channel=N``) a recorded file, ``sim:SCENARIO`` a
    scenario that ships or a TOML file.  `speed` 1 is real time, None or 0 as fast as
    possible; `start_utc` is the time of the first sample in UTC seconds.  These two
    concern recordings and simulations; `edges` and `channel` recordings.  A file of
    one channel needs no `channel`, any other does.  Raises SourceError for what cannot
    be read, HardwareError for a pin that cannot be had.
    """
    scheme, _, rest = source.partition(":")
    if not rest or scheme not in SCHEMES:
        raise SourceError(
            f"line source: want alsa:DEVICE, wav:PATH or sim:SCENARIO, got {source!r}"
        )
    if scheme == "alsa":
        from firmware.line.alsa import open_alsa

        return open_alsa(rest, settings)
    if scheme == "sim":
        from firmware.line.sim import open_sim

        can_inject = settings.consent.can_inject
        return open_sim(rest, speed=speed, start_utc=start_utc, can_inject=can_inject)
    from firmware.line.wav import WavLine

    path, wanted = _split_channel(rest)
    return WavLine(
        path,
        edges=edges,
        channel=wanted if channel is None else channel,
        speed=speed,
        start_utc=start_utc,
    )


def _split_channel(rest: str) -> tuple[Path, int | None]:
    """Split ``call.wav?channel=1``; a question mark may also be part of a name."""
    path, mark, query = rest.rpartition("?")
    if not mark or not query.startswith("channel"):
        return Path(rest), None
    number = re.fullmatch(r"channel=(\d{1,3})", query)
    if not number:
        raise SourceError(f"wav:{rest}: want ?channel=NUMBER, got ?{query}")
    return Path(path), int(number[1])
