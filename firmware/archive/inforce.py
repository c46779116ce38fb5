"""The settings in force: the file's, with what people chose on the page over them."""

from collections.abc import Callable, Mapping
from typing import Any

from firmware.archive.catalogue import NAME
from firmware.archive.facade import Archive
from firmware.service.settings import Settings, overlay

#: How choices are laid over settings.
Overlay = Callable[[Settings, Mapping[str, Any]], Settings]


def in_force(settings: Settings, lay: Overlay = overlay) -> Settings:
    """Return the settings in force; those of the file where there is no archive yet."""
    if not (settings.state_dir / NAME).exists():
        return settings
    with Archive(settings.state_dir, write=False) as archive:
        return lay(settings, archive.choices.all())
