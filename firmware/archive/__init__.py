"""What is kept: folders, catalogue, masters."""

from firmware.archive.facade import Archive
from firmware.errors import NoSuchCall

__all__ = ["Archive", "NoSuchCall"]
