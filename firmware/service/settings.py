"""Settings: one TOML file read into one frozen tree.

Every field carries its unit in its name and its range in its metadata; `load`
reports all errors at once and refuses unknown keys.  docs/settings.md describes each
field, and a test keeps it that way.
"""

import dataclasses
import json
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from firmware.errors import ConfigError

T = TypeVar("T")


def _number(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


#: ISO 3166-1, then ISO 3166-2 where there are states, ? for a state not known.
_JURISDICTION = {
    "pattern": r"[A-Z]{2}(-([A-Z0-9]{1,3}|\?))?",
    "wanted": "a code such as SE or US-NY",
}


#: What is pressed on the telephone; nothing = no such code.
_KEYS = {"pattern": r"[0-9*#]{2,6}|", "wanted": "two to six keys such as **1"}


#: The rows of `firmware.archive.purposes`.
_PURPOSE = {
    "pattern": "quality|service|training|dispute|feedback|legal|personal|mifid|fr_work"
    "|hu_public|us_telemarketing|us_debt|us_health",
    "wanted": "a purpose of docs/retention.md",
}


@dataclass(frozen=True, slots=True)
class Box:
    name: str = "Linekeeper"
    state_dir: str = "/var/lib/linekeeper"
    runtime_dir: str = "/run/linekeeper"


@dataclass(frozen=True, slots=True)
class LineSettings:
    id: str = "1"
    source: str = "alsa:default"
    country: str = "us"


@dataclass(frozen=True, slots=True)
class Alsa:
    rate_hz: Literal[8000, 16000, 44100, 48000] = 48000
    channels: Literal[1, 2] = 1
    channel: int = _number(0, 0, 1)
    period_ms: int = _number(20, 5, 100)
    buffer_ms: int = _number(500, 40, 5000)
    queue_s: float = _number(20.0, 1.0, 120.0)
    silent_after_s: float = _number(1.0, 0.2, 60.0)
    retry_s: float = _number(1.0, 0.1, 60.0)
    playback_device: str | None = None
    playback_gain_db: float = _number(0.0, -40.0, 40.0)


@dataclass(frozen=True, slots=True)
class Gpio:
    hook_pin: str | None = None
    hook_active: Literal["low", "high"] = "low"
    hook_debounce_ms: int = _number(5, 0, 100)
    ring_pin: str | None = None
    ring_active: Literal["low", "high"] = "low"
    ring_debounce_ms: int = _number(0, 0, 100)
    line_pin: str | None = None
    line_active: Literal["low", "high"] = "low"
    line_debounce_ms: int = _number(50, 0, 1000)
    polarity_pin: str | None = None
    polarity_active: Literal["low", "high"] = "low"
    polarity_debounce_ms: int = _number(5, 0, 100)
    button_pin: str | None = None
    button_debounce_ms: int = _number(30, 0, 500)
    led_pin: str | None = None


@dataclass(frozen=True, slots=True)
class Modem:
    device: str | None = None
    baud: int = _number(115200, 300, 921600)
    format: Literal["formatted", "raw"] = "formatted"
    retry_s: float = _number(5.0, 0.1, 300.0)


@dataclass(frozen=True, slots=True)
class Recorder:
    trigger: Literal["hook", "activity", "manual"] = "hook"
    preroll_s: float = _number(5.0, 0.0, 30.0)
    min_duration_s: float = _number(0.0, 0.0, 60.0)
    hangover_s: float = _number(8.0, 1.0, 120.0)
    release_ms: int = _number(900, 200, 3000)
    ring_timeout_s: float = _number(7.0, 2.0, 20.0)
    sync_s: float = _number(1.25, 0.2, 10.0)


@dataclass(frozen=True, slots=True)
class Consent:
    recording: bool = False
    own: str | None = field(default=None, metadata=_JURISDICTION)
    recorder: Literal["private", "org"] | None = None
    purpose: str | None = None
    can_inject: bool = False
    notice_method: Literal["announcement", "beep_only"] = "announcement"
    always_ask: bool = False
    conservative: bool = True
    unknown_scope: Literal["world", "own_country"] = "world"
    scope_rules: str | None = None
    jurisdictions: str | None = None
    owner: str | None = None
    period: str | None = None
    rights_url: str | None = None
    notice_language: Literal[
        "en", "sv", "nb", "da", "de", "nl", "pl", "fr", "es", "it", "fi"
    ] = "en"
    beep: Literal[
        "default", "fcc", "connecticut", "australia", "switzerland", "custom"
    ] = "default"
    beep_hz: float = _number(1400.0, 900.0, 1800.0)
    beep_length_s: float = _number(0.5, 0.08, 0.65)
    beep_interval_s: float = _number(15.0, 5.0, 60.0)
    acknowledged: bool = False
    others_in: str | None = field(default=None, metadata=_JURISDICTION)
    key_informed: str = field(default="**1", metadata=_KEYS)
    key_agreed: str = field(default="**2", metadata=_KEYS)
    key_pause: str = field(default="**3", metadata=_KEYS)
    key_refused: str = field(default="**0", metadata=_KEYS)
    mask_digits: int = _number(12, 0, 40)
    legal_duty: bool = False
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    sweep: bool = True
    sweep_hour: int = _number(3, 0, 23)
    purpose: str | None = field(default=None, metadata=_PURPOSE)
    months: int = _number(0, 0, 1200)
    personal_months: int = _number(0, 0, 1200)
    site_months: int = _number(12, 0, 1200)
    log_months: int = _number(24, 0, 1200)
    lossless_months: int = _number(0, 0, 1200)
    low_value_days: int = _number(0, 0, 3650)
    minimum: Literal[
        "mifid", "hu_public", "us_telemarketing", "us_debt", "us_health"
    ] = "mifid"
    extended: bool = False
    bin_days: int = _number(7, 0, 90)


@dataclass(frozen=True, slots=True)
class Backup:
    target: str | None = None
    credentials: str | None = None
    every_hours: int = _number(24, 1, 168)
    keep_days: int = _number(30, 1, 31)
    test_days: int = _number(30, 0, 366)


@dataclass(frozen=True, slots=True)
class Proof:
    tsa_url: str | None = None
    tsa_certificates: str | None = None
    witness_url: str | None = None
    witness_key: str | None = None
    witness_for: str | None = None
    checkpoint_folder: str | None = None
    anchor_hours: int = _number(24, 1, 168)


@dataclass(frozen=True, slots=True)
class Seal:
    enabled: bool = True
    autolock_min: float = _number(30.0, 0.0, 1440.0)
    key_file: str | None = None

    @property
    def key_path(self) -> Path | None:
        return Path(self.key_file) if self.key_file else None


@dataclass(frozen=True, slots=True)
class Web:
    host: str = "127.0.0.1"
    port: int = _number(8080, 1, 65535)
    threads: int = _number(8, 2, 64)


@dataclass(frozen=True, slots=True)
class Settings:
    box: Box = field(default_factory=Box)
    line: LineSettings = field(default_factory=LineSettings)
    alsa: Alsa = field(default_factory=Alsa)
    gpio: Gpio = field(default_factory=Gpio)
    modem: Modem = field(default_factory=Modem)
    recorder: Recorder = field(default_factory=Recorder)
    consent: Consent = field(default_factory=Consent)
    retention: Retention = field(default_factory=Retention)
    backup: Backup = field(default_factory=Backup)
    proof: Proof = field(default_factory=Proof)
    seal: Seal = field(default_factory=Seal)
    web: Web = field(default_factory=Web)

    @property
    def state_dir(self) -> Path:
        return Path(self.box.state_dir)

    @property
    def runtime_dir(self) -> Path:
        return Path(self.box.runtime_dir)

    @property
    def status_path(self) -> Path:
        return self.runtime_dir / "status.json"

    @property
    def socket_path(self) -> Path:
        return self.runtime_dir / "control.sock"

    def with_state(self, state_dir: Path) -> "Settings":
        """Return these settings for another state folder, runtime files inside it."""
        box = dataclasses.replace(
            self.box, state_dir=str(state_dir), runtime_dir=str(state_dir / "run")
        )
        return dataclasses.replace(self, box=box)


#: Where the service looks when `--config` is not given.
DEFAULT_PATH = Path("/etc/linekeeper/config.toml")
DEMO_PATH = Path(__file__).with_name("demo.toml")


def load(path: Path) -> Settings:
    """Read a settings file.

    Raises ConfigError naming every wrong key at once, one per line, as
    ``config.toml: [recorder] preroll_s: want 0..30, got -1``.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    problems: list[str] = []
    settings = _build(Settings, raw, "", problems)
    if problems:
        raise ConfigError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return settings


def load_or_default(path: Path | None) -> Settings:
    """Read `path`, or the system-wide file, or fall back to the defaults."""
    if path is not None:
        return load(path)
    return load(DEFAULT_PATH) if DEFAULT_PATH.exists() else Settings()


#: What of [consent] a person may choose on a page.
OVERLAID = (
    *("recording", "own", "recorder", "purpose", "period", "owner", "rights_url"),
    *("notice_method", "notice_language", "beep", "always_ask", "conservative"),
    *("unknown_scope", "legal_duty", "confidential"),
)


#: What of [retention] a person may choose, under the name ``retention.KEY``.
RETENTION = "retention."
OVERLAID_RETENTION = tuple(
    f"{RETENTION}{key}"
    for key in (
        *("sweep", "purpose", "months", "personal_months", "site_months"),
        *("log_months", "lossless_months", "low_value_days", "bin_days"),
    )
)


def choice_problem(key: str, value: Any) -> str | None:
    """Return what was wanted of a choice that does not fit its setting, else None."""
    if key not in OVERLAID and key not in OVERLAID_RETENTION:
        return f"one of {', '.join(OVERLAID + OVERLAID_RETENTION)}"
    table: type = Retention if key in OVERLAID_RETENTION else Consent
    name = key.removeprefix(RETENTION)
    hint = get_type_hints(table)[name]
    if value is None:
        return None if type(None) in get_args(hint) else "a value"
    metadata = {f.name: f.metadata for f in dataclasses.fields(table)}[name]
    return _problem(hint, metadata, value)


def overlay(settings: Settings, choices: Mapping[str, Any]) -> Settings:
    """Return the settings with what a person chose on a page laid over them.

    Keys that are no settings are others' (`OVERLAID` lists ours).  A stored choice
    that does not fit any more is left out, and until it is mended recording is off, or
    nothing is swept if it was one on keeping.
    """
    consent = _chosen(choices, OVERLAID, {"recording": False})
    kept = _chosen(choices, OVERLAID_RETENTION, {"sweep": False})
    return dataclasses.replace(
        settings,
        consent=dataclasses.replace(settings.consent, **consent),
        retention=dataclasses.replace(settings.retention, **kept),
    )


def _chosen(
    choices: Mapping[str, Any], keys: tuple[str, ...], in_doubt: dict[str, Any]
) -> dict[str, Any]:
    """Return the choices among `keys` that fit, made safe if one does not."""
    ours = {key: choices[key] for key in keys if key in choices}
    fitting = {
        key.removeprefix(RETENTION): value
        for key, value in ours.items()
        if choice_problem(key, value) is None
    }
    return fitting if len(fitting) == len(ours) else {**fitting, **in_doubt}


def rows(settings: Settings) -> list[tuple[str, str, Any]]:
    """Return every setting as (table, key, value), in the order of the file."""
    return [
        (table.name, key.name, getattr(getattr(settings, table.name), key.name))
        for table in dataclasses.fields(settings)
        for key in dataclasses.fields(getattr(settings, table.name))
    ]


def to_toml(settings: Settings) -> str:
    """Return the settings as a file that `load` reads back the same."""
    lines: list[str] = []
    for table, key, value in rows(settings):
        if f"[{table}]" not in lines:
            lines += ["", f"[{table}]"]
        # A JSON text, number or truth value is a TOML one, too.
        unset = f"# {key} is not set"
        lines.append(
            unset
            if value is None
            else f"{key} = {json.dumps(value, ensure_ascii=False)}"
        )
    return "\n".join(lines[1:]) + "\n"


def _build(cls: type[T], raw: dict[str, Any], where: str, problems: list[str]) -> T:
    hints = get_type_hints(cls)
    known = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]  # T is always one of the dataclasses above
    values: dict[str, Any] = {}
    for key, value in raw.items():
        label = f"[{where}] {key}" if where else f"[{key}]"
        if key not in known:
            problems.append(f"{label}: unknown; known are {', '.join(known)}")
        elif dataclasses.is_dataclass(hints[key]):
            if isinstance(value, dict):
                values[key] = _build(hints[key], value, key, problems)
            else:
                problems.append(f"{label}: want a table, got {value!r}")
        else:
            problem = _problem(hints[key], known[key].metadata, value)
            if problem:
                problems.append(f"{label}: want {problem}, got {value!r}")
            else:
                values[key] = value
    return cls(**values)


def _problem(hint: Any, limits: Any, value: Any) -> str | None:
    """Return what was wanted if `value` does not fit, else None."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        fits = value in choices and type(value) is type(choices[0])
        return None if fits else "one of " + ", ".join(str(c) for c in choices)
    if hint in (int, float):
        kinds = (int,) if hint is int else (int, float)
        low, high = limits["low"], limits["high"]
        fits = (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and low <= value <= high
        )
        noun = "a whole number " if hint is int else ""
        return None if fits else f"{noun}{low:g}..{high:g}"
    names = {str: "a text", bool: "true or false"}
    if not isinstance(value, hint):
        return names[hint]
    pattern = limits.get("pattern")
    if pattern is None or re.fullmatch(pattern, value):
        return None
    return str(limits["wanted"])
