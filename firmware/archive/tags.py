"""Tags of calls: a few words of one's own by which calls are found together.

They lie in the call's sidecar (`Call.keeping["tags"]`), so that they outlive the
catalogue.  Two spellings with the same words are one tag; the first one stays.
"""

from firmware.archive import search
from firmware.archive.keeping import Keeping, wanted
from firmware.archive.model import Call
from firmware.errors import Refused

#: Longest tag, and most tags of one call.
LENGTH = 30
MOST = 12


def tag(keeping: Keeping, call_id: str, by: str, now_utc: float, text: str) -> Call:
    """Put a tag on a call; one that is there already stays."""
    text = _clean(text)

    def apply(call: Call) -> None:
        found = search.tags(call)
        if _mark(text) in map(_mark, found):
            return
        if len(found) >= MOST:
            raise Refused(f"call {call_id}: it has {MOST} tags, which is most")
        call.keeping["tags"] = [*found, text]

    return keeping.write_down(call_id, "tag", by, now_utc, apply)


def untag(keeping: Keeping, call_id: str, by: str, now_utc: float, text: str) -> Call:
    """Take a tag off a call; Refused if it has none of the kind."""
    text = _clean(text)

    def apply(call: Call) -> None:
        found = search.tags(call)
        left = [each for each in found if _mark(each) != _mark(text)]
        if len(left) == len(found):
            raise Refused(f"call {call_id}: there is no such tag on it")
        call.keeping["tags"] = left
        if not left:
            del call.keeping["tags"]

    return keeping.write_down(call_id, "tag", by, now_utc, apply)


def _clean(text: str) -> str:
    text = wanted(text, "a tag").lstrip("#")
    if len(text) > LENGTH or not search.words(text):
        raise Refused(f"a tag has letters or digits, at most {LENGTH}")
    return text


_mark = search.tag_mark
