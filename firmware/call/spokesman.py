"""What people say about the call in progress, by page, button and telephone key."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware.archive.model import Call
from firmware.call.desk import Desk
from firmware.errors import StoreError

Verb = Callable[[Mapping[str, Any], str, int], str | None]

#: Minutes that recording can be paused for; without, until somebody resumes.
PAUSES_MIN = (15, 30, 60)
#: A name longer than this is cut off.
NAME_LENGTH = 80


class Locker(Protocol):
    """The archive, as far as its quarantine goes."""

    def release(self, call_id: str, by: str, reason: str, now_utc: float) -> Call: ...


class Spokesman:
    """Takes verbs; answers None, or in plain words why not."""

    def __init__(self, desk: Desk, archive: Locker) -> None:
        self._desk = desk
        self._archive = archive
        self._verbs: dict[str, Verb] = {
            "informed": self._confirm("informed"),
            "agreed": self._confirm("agreed"),
            "refused": lambda args, by, at: desk.attest.refuse(by, at),
            "withdraw": lambda args, by, at: desk.attest.refuse(by, at, withdraw=True),
            "third_party": self._third_party,
            "threat": lambda args, by, at: desk.attest.threat(by, at),
            "pause": self._pause,
            "resume": self._resume,
            "keep": self._keep,
        }

    def obey(self, verb: str, args: Mapping[str, Any], at: int) -> str | None:
        """Do what is asked; unknown verbs are no matter (`ping`)."""
        deed = self._verbs.get(verb)
        if deed is None:
            return None
        by = str(args.get("by") or "operator")[:NAME_LENGTH]
        return deed(args, f"user:{by}", at)

    def _confirm(self, kind: str) -> Verb:
        return lambda args, by, at: self._desk.attest.confirm(kind, by, at)

    def _third_party(self, args: Mapping[str, Any], by: str, at: int) -> str | None:
        if self._desk.now is None or self._desk.now.lifted is None:
            return "there is no call to join"
        self._desk.keeper.stranger(at, by, joins=True)
        return None

    def _pause(self, args: Mapping[str, Any], by: str, at: int) -> str | None:
        minutes = args.get("minutes")
        if minutes is not None and minutes not in PAUSES_MIN:
            wanted = ", ".join(map(str, PAUSES_MIN))
            return f"minutes: want one of {wanted}, got {minutes!r}"
        self._desk.keeper.pause(at, by, minutes)
        return None

    def _resume(self, args: Mapping[str, Any], by: str, at: int) -> str | None:
        self._desk.keeper.resume(at, by)
        return None

    def _keep(self, args: Mapping[str, Any], by: str, at: int) -> str | None:
        utc = self._desk.keeper.utc_at(at)
        try:
            self._archive.release(
                str(args.get("call_id") or ""), by, str(args.get("reason") or ""), utc
            )
        except StoreError as error:
            return str(error)
        return None
