"""How one setting is described: default, range, words, who may choose it.

The description is the only one: `reading` checks against it, the page and
`linekeeper settings --describe` are made from it, docs/settings.md is held against it.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field
from typing import Any, Literal

#: Who has to start again before a changed setting counts: nobody, or which service.
Restart = Literal["", "recorder", "web"]
#: Why a page only shows a setting: keys of words that the page has.
Fixed = Literal["wiring", "folder", "reach", "secret", "promise", "setup"]


def N_(text: str) -> str:  # the name gettext's tools look for
    """Mark a text for the catalogues of the pages."""
    return text


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a setting besides its type."""

    label: str
    help: str
    low: float = 0.0
    high: float = 0.0
    pattern: str | None = None
    wanted: str = ""
    #: Value -> what it is called, where the values are words.
    words: Mapping[str, str] = field(default_factory=dict)
    #: None: a person may choose it on a page.
    fixed: Fixed | None = None
    restart: Restart = ""
    #: An empty number or 0 that stands for something else.
    zero: str = ""


def setting(default: Any, label: str, help: str, **more: Any) -> Any:
    """Return the field of one setting; `more` are the fields of `About`."""
    return field(default=default, metadata={"about": About(label, help, **more)})


def number(
    default: float, low: float, high: float, label: str, help: str, **more: Any
) -> Any:
    """Return the field of a number within a range."""
    return setting(default, label, help, low=low, high=high, **more)


def titled(title: str, gist: str) -> dict[str, str]:
    """Return what is told of a table of the file."""
    return {"title": title, "gist": gist}


def about(described: "Field[Any]") -> About:
    """Return what is known of a field."""
    found: About = described.metadata["about"]
    return found
