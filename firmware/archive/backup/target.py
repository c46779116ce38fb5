"""Where backups go: a disk by its identity, a folder, or a server.

`disk:UUID` is a file system wherever it is mounted at the moment, so that another
stick in the same socket never takes its place.  A folder or server is used as it
stands; nothing is made there but by `backup init`, so that a share that is not mounted
does not quietly become a folder on the card.
"""

from dataclasses import dataclass
from pathlib import Path

from firmware.archive import disks
from firmware.errors import ConfigError, StoreError

#: restic's own names for servers (restic, "Preparing a new repository").
SERVERS = ("sftp", "s3", "rest", "rclone", "b2", "azure", "gs", "swift")
#: Folder of the repository on a disk given by its identity.
FOLDER = "linekeeper-backup"


@dataclass(frozen=True, slots=True)
class Target:
    """A place for backups, as the settings name it."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def is_local(self) -> bool:
        """True where files can be put beside the repository."""
        return self.text.startswith(("disk:", "/"))

    def folder(self) -> Path:
        """Return the folder of a local target; StoreError while it is not attached."""
        if self.text.startswith("/"):
            return Path(self.text)
        uuid, _, below = self.text.removeprefix("disk:").partition("/")
        mount = disks.find(uuid)
        if mount is None:
            raise StoreError(f"backup {self.text}: this disk is not attached")
        return mount / (below or FOLDER)

    def location(self) -> str:
        """Return what restic calls it."""
        return str(self.folder() / "repository") if self.is_local else self.text


def parse(text: str | None) -> Target:
    """Return the target; ConfigError says what would be one."""
    kind = (text or "").partition(":")[0]
    known = kind in SERVERS or (text or "").startswith("/")
    if kind == "disk":
        known = bool((text or "").removeprefix("disk:").strip("/"))
    if not text or not known:
        raise ConfigError(
            "config.toml: [backup] target: want disk:UUID of a USB disk, "
            f"/a/mounted/share, sftp:user@host:/folder or s3:https://host/bucket, "
            f"got {text!r}"
        )
    return Target(text)
