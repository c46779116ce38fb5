"""Audio that was withdrawn, or kept without the notice having been heard.

It is locked for 72 h: not listed for playback, deleted when its time is over, unless
somebody keeps it with a written reason such as a legal duty or a claim, or holds it.
"""

from firmware.archive.model import Call, from_iso, iso
from firmware.archive.writer import Writer
from firmware.errors import StoreError


def release(writer: Writer, call_id: str, by: str, reason: str, now_utc: float) -> Call:
    """Unlock a call; StoreError if it is not locked or nobody says why."""
    if not by.strip() or not reason.strip():
        raise StoreError(f"call {call_id}: keeping it wants a name and a reason")
    with writer.guard:
        if writer.holds(call_id):
            raise StoreError(f"call {call_id}: it is not over yet")
        call = writer.folders.read(call_id)
        if not call.quarantined:
            raise StoreError(f"call {call_id}: is not in quarantine")
        kept = {"by": by, "reason": reason, "at_utc": iso(now_utc)}
        call.consent["quarantine"]["kept"] = kept
        if call.audio == "quarantined":
            call.audio = "kept"
        with writer.chronicle.unhindered(call_id):
            writer.chronicle.event("released", call, by[:64], what="quarantine")
        writer.save(call)
    return call


def expire(writer: Writer, now_utc: float) -> list[Call]:
    """Remove the audio of every call whose time is over."""
    gone: list[Call] = []
    for call_id in writer.calls.quarantined():
        with writer.guard:
            call = writer.folders.read(call_id)
            if call.quarantined and not call.held and now_utc >= _until(call):
                writer.drop_audio(call, "quarantine_over")
                gone.append(call)
    return gone


def _until(call: Call) -> float:
    return from_iso(call.consent["quarantine"]["until_utc"])
