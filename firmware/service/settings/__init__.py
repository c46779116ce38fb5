"""Settings: one TOML file read into one frozen tree.

Every field carries its unit in its name, and its range and words in its description;
`load` reports all errors at once and refuses unknown keys.  What a person chooses on a
page lies over a listed part of it (`overlay`).
"""

from firmware.service.settings.chosen import (
    CHOSEN,
    OVERLAID,
    at_start,
    choice_problem,
    described,
    overlay,
)
from firmware.service.settings.consent import Consent
from firmware.service.settings.field import About
from firmware.service.settings.hardware import (
    Alsa,
    Box,
    Gpio,
    LineSettings,
    Modem,
    Recorder,
)
from firmware.service.settings.reading import (
    DEFAULT_PATH,
    DEMO_PATH,
    load,
    load_or_default,
    optional,
    plain,
    problem,
    to_toml,
)
from firmware.service.settings.retention import Retention
from firmware.service.settings.service import Backup, Proof, Seal, Web
from firmware.service.settings.tree import (
    DESCRIBED,
    Described,
    Settings,
    rows,
    sections,
)

__all__ = [
    "CHOSEN",
    "DEFAULT_PATH",
    "DEMO_PATH",
    "DESCRIBED",
    "OVERLAID",
    "About",
    "Alsa",
    "Backup",
    "Box",
    "Consent",
    "Described",
    "Gpio",
    "LineSettings",
    "Modem",
    "Proof",
    "Recorder",
    "Retention",
    "Seal",
    "Settings",
    "Web",
    "at_start",
    "choice_problem",
    "described",
    "load",
    "load_or_default",
    "optional",
    "overlay",
    "plain",
    "problem",
    "rows",
    "sections",
    "to_toml",
]
