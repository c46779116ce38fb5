"""Rebuilding the catalogue's calls from the folders; users and sessions stay.

Every batch of folders is a transaction of its own and storing a call twice changes
nothing, so an interrupted run is simply started again.
"""

from firmware.archive.recover import adopt
from firmware.archive.writer import Writer
from firmware.errors import StoreError


def reindex(writer: Writer) -> int:
    """Store the row of every folder, forget rows without one; return the calls."""
    listed, present = writer.calls.ids(), set(writer.folders.ids())
    if listed and not present:
        raise StoreError(
            f"{writer.folders.root}: holds no recordings, but the catalogue lists "
            f"{len(listed)} calls; is the right disk mounted?"
        )
    left = adopt(writer, present, None).left
    if left:
        problem = next(iter(left.values()))
        raise StoreError(f"{len(left)} of {len(present)} calls not indexed: {problem}")
    gone = {call_id for call_id in listed - present if not writer.holds(call_id)}
    if gone:
        writer.calls.remove(gone)
    return len(present)
