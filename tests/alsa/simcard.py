"""The simulated sound card of `pcm_simline.c`: built once, faulty on demand."""

import hashlib
import json
import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

#: Without -DPIC alsa-lib's macros make a plugin that cannot be loaded.
FLAGS = ("-shared", "-fPIC", "-DPIC", "-O2", "-Wall", "-Wextra", "-Werror")
SOURCE = Path(__file__).with_name("pcm_simline.c")


def build(cache: Path) -> Path:
    """Return the plugin, compiled unless this very source was compiled before."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    name = f"pcm_simline-{digest}-{sysconfig.get_platform()}.so"
    plugin = cache / name
    if not plugin.exists():
        cache.mkdir(parents=True, exist_ok=True)
        scratch = cache / f"{name}.{os.getpid()}"
        subprocess.run(
            ["gcc", *FLAGS, "-o", scratch, SOURCE, "-lasound"],
            check=True,
        )
        os.replace(scratch, plugin)
    return plugin


@dataclass(frozen=True, slots=True)
class SimCard:
    """One simulated card: its ALSA device name and its control file."""

    device: str
    control: Path

    def make(self, fault: str) -> None:
        """Cause `enodev`, `xrun`, `hang`, `skew R` or `drop S`, at once and whole."""
        scratch = self.control.with_suffix(".new")
        scratch.write_text(fault, "ascii")
        os.replace(scratch, self.control)

    def mend(self) -> None:
        """Make the card behave."""
        self.control.unlink(missing_ok=True)


def describe(plugin: Path, folder: Path, **options: int | str) -> tuple[SimCard, Path]:
    """Return a card and the ALSA configuration that defines it and nothing else.

    `options` are those of the plugin, such as `path`, `rate`, `loop` and `log`.
    """
    card = SimCard("simline", folder / "ctl")
    more = "".join(f"  {key} {json.dumps(value)}\n" for key, value in options.items())
    # ALSA reads a file again only if its name or the second of its time differ.
    number = sum(1 for _ in folder.glob("asound-*.conf"))
    config = folder / f"asound-{number}.conf"
    config.write_text(
        f'pcm_type.simline {{ lib "{plugin}" }}\n'
        f'pcm.simline {{\n  type simline\n  ctl "{card.control}"\n{more}}}\n',
        "ascii",
    )
    return card, config
