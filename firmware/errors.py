"""The errors a person meets: each names the thing, what was wanted and what came."""


class LinekeeperError(Exception):
    """Base of the family; raise one of the kinds below."""


class ConfigError(LinekeeperError, ValueError):
    """A setting is wrong; its owner can mend it."""


class SourceError(LinekeeperError, ValueError):
    """A recording, edges file or scenario given by the user cannot be read."""


class HardwareError(LinekeeperError, OSError):
    """A sound card, GPIO chip or modem does not do what it should."""


class StoreError(LinekeeperError, OSError):
    """The archive cannot be written or read: disk, folder or database."""


class ControlError(LinekeeperError, ConnectionError):
    """The recorder does not answer, or refused a command."""

    #: The name of the error that the recorder met; empty if it just refused.
    kind: str = ""


class NoRecorder(ControlError):
    """No recorder listens on the control socket."""


class Refused(LinekeeperError, ValueError):
    """A rule forbids what was asked, or what it takes is missing; it says which."""


class NoSuchCall(LinekeeperError, KeyError):
    """No call has this id."""

    def __init__(self, call_id: str) -> None:
        super().__init__(call_id)
        self.call_id = call_id

    def __str__(self) -> str:
        return f"{self.call_id[:40]}: no such call"


class AccessError(LinekeeperError, ValueError):
    """A claim code, name or password is not accepted; `reason` is for programs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Locked(StoreError):
    """The sealed audio is whole, but no private key is at hand: unlock first."""


class SealBroken(StoreError):
    """A seal does not hold: cut, altered, moved, or made for another key."""
