"""Was the call on hold?  Pure: blocks in, the end of a long silence out.

Whoever comes back after a long silence may be somebody else: a call that was held or
passed on looks like that from the line.

Limits: music on hold is no silence; on a line whose noise is louder than `QUIET_DBOV`
nothing is.
"""

from dsp.levels import block_levels
from firmware.line.block import FS, Block

#: A design proposal of the owner's: nobody is silent for so long and still there.
HOLD = 30 * FS
#: Quieter than this nobody talks: 10 dB under the faintest talker.
QUIET_DBOV = -55.0


class Hold:
    """Watches one call."""

    def __init__(self) -> None:
        self._quiet_from: int | None = None

    def forget(self) -> None:
        """A new call, or one that has just been answered."""
        self._quiet_from = None

    def feed(self, block: Block) -> bool:
        """Take a block; tell whether it ends a silence as long as a hold."""
        if not len(block.samples):
            return False
        if block_levels(block.samples)[0] < QUIET_DBOV:
            if self._quiet_from is None:
                self._quiet_from = block.start
            return False
        begun, self._quiet_from = self._quiet_from, None
        return begun is not None and block.start - begun >= HOLD
