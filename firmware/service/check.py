"""The self-test: does everything the recorder needs work, in plain words.

Each check tries the thing itself.  While the recorder runs, card and pins are its own,
and the check passes on what it reports.
"""

import math
import os
import tempfile
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.errors import LinekeeperError
from firmware.service import pi, status
from firmware.service.alert_words import sentence
from firmware.service.settings import Settings
from firmware.service.studio import FOLDER, FS, Studio
from firmware.service.watch import HOT_C

#: How long the card is listened to, s.
LISTEN_S = 1.0
#: Sound heard in that time must be at least this part of it.
HEARD_PART = 0.5
#: A line without a call is quieter than this; louder means gain is up too far, dBov.
CLIPPING_DBOV = -1.0
#: A disk that takes longer than this to keep one block will hold up the recorder, s.
SLOW_SYNC_S = 5.0

CLOCK_WORDS = {
    "synced": (True, "set and kept by a time server"),
    "free-running": (True, "set, but no time server is in reach at the moment"),
    "unknown": (
        False,
        "the time has not been set since the start; calls are kept, "
        "and their times corrected once it is",
    ),
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing tried: its name, whether it is well, and what to know about it."""

    name: str
    ok: bool
    message: str


def run_checks(
    settings: Settings, root: Path = Path("/"), skip: Container[str] = ()
) -> list[CheckResult]:
    """Try everything but what `skip` names; `root` is where /sys is looked for."""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("sound card", lambda: _sound_card(settings)),
        ("speaker", lambda: _speaker(settings)),
        ("notice", lambda: _notice(settings)),
        ("pins", lambda: _pins(settings)),
        ("modem", lambda: _modem(settings)),
        ("disk", lambda: _disk(settings.state_dir)),
        ("clock", _clock),
        ("database", lambda: _database(settings.state_dir)),
        ("seal", lambda: _seal(settings)),
        ("keeping", lambda: _keeping(settings.state_dir)),
        ("backup", lambda: _backup(settings)),
        ("ledger", lambda: _ledger(settings)),
        ("alerts", lambda: _alerts(settings)),
    ]
    results = [_try(name, check) for name, check in checks if name not in skip]
    return [*results, *_temperature(root), *_supply(root)]


def _try(name: str, check: Callable[[], tuple[bool, str]]) -> CheckResult:
    try:
        ok, message = check()
    except (LinekeeperError, OSError) as error:
        ok, message = False, str(error)
    return CheckResult(name, ok, message)


def _sound_card(settings: Settings) -> tuple[bool, str]:
    kind, _, device = settings.line.source.partition(":")
    if kind != "alsa":
        return True, f"none: the line is {settings.line.source}"
    line = _running_line(settings)
    if line is not None:
        return bool(line.get("ok")), f"the recorder says: {line.get('message')}"
    from firmware.line import alsa

    heard = alsa.probe(device, settings.alsa, LISTEN_S)
    if heard.heard_s < HEARD_PART * LISTEN_S:
        return False, (
            f"{device} opens, but {heard.heard_s:.2f} s of sound came in "
            f"{LISTEN_S:g} s; try another USB socket or cable"
        )
    rate = f"{device} delivers at {heard.rate_hz} Hz{heard.remark}"
    if not heard.peak:
        return False, f"{rate}, but only zeros; is the input muted or unplugged?"
    peak_dbov = 20 * math.log10(heard.peak / 32768)
    if peak_dbov > CLIPPING_DBOV:
        return (
            False,
            f"{rate}, but overdriven (peak {peak_dbov:.1f} dBov); lower its gain",
        )
    return True, f"{rate}, peak {peak_dbov:.0f} dBov"


def _speaker(settings: Settings) -> tuple[bool, str]:
    kind, _, device = settings.line.source.partition(":")
    if not settings.consent.can_inject:
        return True, "none: whoever talks tells the other side"
    if kind != "alsa":
        return True, f"none: the line is {settings.line.source}"
    if _running_line(settings) is not None:
        return True, "in use by the recorder; each call tells whether it was heard"
    from firmware.line import alsa

    name = settings.alsa.playback_device or device
    rate_hz = alsa.probe_player(name, settings.alsa)
    return True, f"{name} plays at {rate_hz} Hz; a call tells whether it is heard"


def _notice(settings: Settings) -> tuple[bool, str]:
    consent = settings.consent
    if not consent.can_inject:
        return True, "none is played: whoever talks tells the other side"
    wanted = ("owner", "purpose", "period", "rights_url")
    if missing := [key for key in wanted if not getattr(consent, key)]:
        return False, f"cannot be said: set [consent] {', '.join(missing)}"
    studio = Studio(settings.state_dir / FOLDER)
    language = consent.notice_language
    own = studio.own(f"announcement-{language}")
    if own is not None:
        seconds = len(studio.read(own).samples) / FS
        return True, f"{own.name}, {seconds:.0f} s"
    if studio.can_speak:
        return True, f"read by espeak-ng, language {language}"
    return False, (
        "no voice: install espeak-ng (apt install espeak-ng), or put a recording "
        f"announcement-{language}.wav into {settings.state_dir / FOLDER}"
    )


def _pins(settings: Settings) -> tuple[bool, str]:
    from firmware.line import gpio

    wanted = [f"{i.signal} on {i.pin}" for i in gpio.inputs(settings.gpio)]
    if not wanted:
        return True, "none in the settings; calls are noticed by their sound"
    if _running_line(settings) is not None:
        return True, f"in use by the recorder: {', '.join(wanted)}"
    pins = gpio.open_pins(settings.gpio)
    if pins is None:
        return True, "none in the settings"
    try:
        levels = pins.levels()
    finally:
        pins.close()
    return True, ", ".join(f"{signal} = {level}" for signal, level in levels.items())


def _modem(settings: Settings) -> tuple[bool, str]:
    if settings.modem.device is None:
        return True, "none in the settings"
    if _running_line(settings) is not None:
        return True, f"{settings.modem.device} is in use by the recorder"
    from firmware.line import modem

    modem.probe(settings.modem)
    return True, f"{settings.modem.device} answers"


def _disk(folder: Path) -> tuple[bool, str]:
    from firmware.archive import disks, space

    if not folder.is_dir():
        return False, f"{folder} is not there; `linekeeper record` makes it"
    room = space.measure(folder)
    before = time.monotonic()
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-") as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())
    sync_s = time.monotonic() - before
    message = (
        f"{(room.free + room.reserve) / 1e9:.1f} GB free, room for {room.hours:.0f} h "
        f"of calls; kept a block in {1000 * sync_s:.0f} ms"
    )
    known = disks.check(folder)
    if known.state not in ("same", "new"):
        return False, f"{message}; {known.message}"
    full = room.level == "alarm"
    if full:
        message += "; make room"
    if sync_s > SLOW_SYNC_S:
        message += "; too slow: the card may be worn out"
    return not full and sync_s <= SLOW_SYNC_S, message


def _clock() -> tuple[bool, str]:
    from firmware.line import clock

    return CLOCK_WORDS[clock.state()]


def _database(folder: Path) -> tuple[bool, str]:
    from firmware.archive import Archive

    if not (folder / "catalogue.sqlite3").exists():
        return True, "none yet: the first call makes it"
    with Archive(folder, write=False) as archive:
        return True, f"opens; {archive.calls.count()} calls"


#: Is the archive closed -> is that well, and what it means.
SEAL_WORDS = {
    "none": (True, "the first recording makes the keys"),
    "open": (
        True,
        "OPEN: the private key lies beside the recordings; close them with a "
        "passphrase, on the page or by `linekeeper key init`",
    ),
    "closed": (True, "closed; recordings open with the passphrase or the recovery key"),
}


def _seal(settings: Settings) -> tuple[bool, str]:
    from firmware.archive.seal import Keyring

    if not settings.seal.enabled:
        return True, "off: recordings lie plain on the disk"
    return SEAL_WORDS[Keyring.of(settings.state_dir).mode]


def _keeping(folder: Path) -> tuple[bool, str]:
    """Tell what waits for a person: a sweep that was stopped, reviews, requests."""
    from firmware.archive import Archive
    from firmware.archive.keeping import review_due

    if not (folder / "catalogue.sqlite3").exists():
        return True, "nothing yet"
    now = time.time()
    with Archive(folder, write=False) as archive:
        last = archive.erasures.last_sweep()
        held = archive.calls.kept_as("hold")
        late = sum(one.is_late(now) for one in archive.requests.open())
    waits = []
    if last is not None and last[3]:
        waits.append(f"the last sweep removed nothing: {', '.join(last[3])}")
    if due := len(review_due(held, now)):
        waits.append(f"{due} holds are to be reviewed")
    if late:
        waits.append(f"{late} requests should have been answered")
    if waits:
        return False, "; ".join(waits)
    swept = (
        "never swept" if last is None else f"swept {(now - last[0]) / 3600:.0f} h ago"
    )
    return True, f"{swept}; {len(held)} calls are held"


def _ledger(settings: Settings) -> tuple[bool, str]:
    from firmware.archive.ledger import Ledger, anchoring

    with Ledger(settings.state_dir, create=False) as ledger:
        if not ledger.exists:
            return True, "nothing yet"
        found = anchoring.state(ledger, settings.proof, time.time())
    entries = f"{found.size} entries"
    if found.alarm:
        return False, f"{entries}; nobody outside has seen them for two days"
    if found.seen_utc is None:
        who = "nobody outside has seen them yet" if found.wanted else "nobody outside"
        return True, f"{entries}; {who}: see docs/evidence.md"
    hours = (time.time() - found.seen_utc) / 3600
    return True, f"{entries}, {found.seen_size} of them seen outside {hours:.0f} h ago"


def _backup(settings: Settings) -> tuple[bool, str]:
    from firmware.archive.backup import schedule, state

    target = settings.backup.target
    if target is None:
        return True, "none is made: see [backup] target"
    found = state.read(settings.state_dir)
    for problem in (found.problem, found.test_problem):
        if problem is not None:
            return False, problem
    if found.last_ok_utc == 0.0:
        return False, f"none has been made yet to {target}"
    hours = (time.time() - found.last_ok_utc) / 3600
    late = schedule.overdue(found, time.time(), settings.backup.every_hours)
    tested = f"{found.test_calls} calls" if found.tested_utc else "nothing yet"
    message = f"{found.calls} calls {hours:.0f} h ago; tried back: {tested}"
    return not late, f"{message}; is its timer running?" if late else message


def _alerts(settings: Settings) -> tuple[bool, str]:
    """Tell what the watchdog of a running recorder has found."""
    from firmware.archive.alerts import Alerts
    from firmware.archive.line_log import LineLog

    with LineLog(settings.state_dir, create=False) as log:
        held = Alerts(log).holding(settings.line.id)
    if not held:
        return True, "none holds"
    return False, " ".join(sentence(one.kind) for one in held)


def _temperature(root: Path) -> Iterator[CheckResult]:
    celsius = pi.celsius(root)
    if celsius is not None:
        message = f"{celsius:.0f} °C"
        if celsius >= HOT_C:
            message += "; the processor is being slowed down, give it air"
        yield CheckResult("temperature", celsius < HOT_C, message)


def _supply(root: Path) -> Iterator[CheckResult]:
    low = pi.undervoltage(root)
    if low is not None:
        words = "below 4.63 V; use a stronger supply or a shorter cable"
        yield CheckResult("supply", not low, words if low else "strong enough")


def _running_line(settings: Settings) -> dict[str, Any] | None:
    """Return what a running recorder says of its line, None if none runs."""
    state = status.read(settings.status_path)
    if state is None or time.time() - state.get("updated_utc", 0) > status.STALE_S:
        return None
    lines: list[dict[str, Any]] = state.get("lines") or [{}]
    return lines[0]
