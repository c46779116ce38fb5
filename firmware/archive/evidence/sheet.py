"""The sheet: one page on paper that tells who, when, under what rules, who listened."""

from collections.abc import Iterable
from html import escape
from typing import Any

from firmware import __version__
from firmware.archive.evidence.papers import Papers
from firmware.archive.ledger.note import Checkpoint
from firmware.archive.model import Call, iso

#: What entries of the ledger mean on paper.
WORDS = {
    "created": "recorded",
    "adopted": "found on the disk, its recording not witnessed by the ledger",
    "decision": "consent rules asked",
    "notice_heard": "notice on the line",
    "closed": "call over",
    "packed": "stored in its final form",
    "updated": "record changed",
    "played": "listened to",
    "exported": "copied out of the box",
    "edited_copy": "cut or muted copy made",
    "shared": "shared",
    "held": "legal hold set",
    "released": "released",
    "starred": "starred",
    "unstarred": "star removed",
    "binned": "put into the bin",
    "restored": "taken out of the bin",
    "stepped_down": "sound stored in a smaller format",
    "swept": "removed by a rule of keeping",
    "erased": "erased",
    "restricted": "restricted",
    "unrestricted": "restriction lifted",
    "objected": "objection",
    "clock_corrected": "clock put right",
    "verified": "checked",
    "quarantined": "locked away",
    "rewrapped": "sealed to another key",
    "backed_up": "backed up",
}
#: Whether a notice was found in the line's own sound.
HEARD: dict[bool | None, str] = {
    True: "heard on the line",
    False: "not heard",
    None: "not known whether heard",
}
_STYLE = """
body { font: 11pt/1.45 "DejaVu Sans", sans-serif; max-width: 19cm; margin: 1cm auto;
  padding: 0 1em; color: #111; background: #fff }
h1 { font-size: 17pt; margin: 0 }
h2 { font-size: 12pt; margin: 1.4em 0 .3em; border-bottom: 1px solid #888 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .15em .8em .15em 0 }
th { font-weight: 600; width: 11em }
.log th { width: auto; border-bottom: 1px solid #ccc }
code { font: 9pt "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
p.small { font-size: 9pt; color: #444 }
@media print { body { margin: 0 } }
"""


def render(call: Call, proof: Papers, files: dict[str, str], when: float) -> str:
    """Return the sheet as one HTML page; `files` tells the hash of each file."""
    checkpoint = Checkpoint.of(proof.checkpoint)
    parts = [
        f"<h1>Telephone call {escape(call.id)}</h1>",
        f"<p>Made {escape(iso(when))} by Linekeeper {escape(__version__)}. "
        "All times are UTC.</p>",
        _table("The call", facts(call)),
        _table("Consent", consent(call)),
        _table("The recording", sound(call)),
        "<h2>Chain of custody</h2>",
        _log(proof),
        _table(
            "Proof",
            [
                ("Ledger", checkpoint.origin),
                ("Entries", str(checkpoint.size)),
                ("Root", checkpoint.root.hex()),
                ("Seen outside", _seen(proof)),
            ],
        ),
        _table("Files, SHA-256", sorted(files.items()), code=True),
        '<p class="small">Open verify.html and drop the bundle on it: it checks all '
        "of this in a browser, without a network.</p>",
    ]
    title = f"<title>{escape(call.id)}</title><style>{_STYLE}</style>"
    head = f'<meta charset="utf-8">{title}'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}'


def facts(call: Call) -> list[tuple[str, str]]:
    """Return who and when."""
    rows = [
        ("Line", call.line),
        ("Direction", call.direction),
        ("Number", call.number or call.number_absence or "not known"),
        ("Name", call.name or "none given"),
        ("Began", iso(call.start_utc)),
    ]
    if call.end_s is not None:
        rows.append(("Ended", iso(call.start_utc + call.end_s)))
    rows += [
        ("Off-hook for", f"{call.duration_s:.1f} s"),
        ("Outcome", call.outcome),
        ("Clock of the box", call.clock),
    ]
    for step in call.clock_corrections:
        said = f"{iso(step.was_utc)} became {iso(step.now_utc)}: {step.reason}"
        rows.append(("Clock put right", said))
    return rows


def consent(call: Call) -> list[tuple[str, str]]:
    """Return what was decided, and who was told."""
    data = call.consent
    rows = [("Decision", f"{call.decision} ({call.decision_reason or 'no reason'})")]
    if "level" in data:
        rows.append(("Class", str(data["level"])))
    if data.get("places"):
        rows.append(("Places", ", ".join(map(str, data["places"]))))
    if data.get("references"):
        rows.append(("Law", "; ".join(map(str, data["references"]))))
    if data.get("table_version"):
        rows.append(("Table of law", str(data["table_version"])))
    notice: dict[str, Any] = data.get("notice") or {}
    if notice:
        heard = HEARD[notice.get("heard")]
        said = f"{notice.get('id', '')} {notice.get('language', '')}".strip()
        rows.append(("Notice", f"{said} at {notice.get('at_s')} s: {heard}"))
    beeps: dict[str, Any] = data.get("beeps") or {}
    if beeps:
        count = f"{beeps.get('heard')} heard of {beeps.get('expected')} expected"
        rows.append(("Beeps", count))
    attested: dict[str, Any] = data.get("attested") or {}
    if attested:
        said = f"{attested.get('kind')} by {attested.get('by')}, {attested.get('utc')}"
        rows.append(("Attested", said))
    for row in data.get("states", []):
        at = f"{row.get('at_s', 0):.2f} s"
        rows.append(
            (at, f"{row.get('state')}: {row.get('cause')} ({row.get('actor')})")
        )
    return rows


def sound(call: Call) -> list[tuple[str, str]]:
    """Return what there is to hear, and what is missing of it."""
    rows = [
        ("Sound", f"{call.audio_s:.2f} s" if call.audio_s else "none"),
        ("Begins", f"{call.audio_offset_s:+.2f} s from the call's begin"),
    ]
    if call.no_audio_reason:
        rows.append(("Why none", call.no_audio_reason))
    gaps = [mark for mark in call.marks if mark.kind == "gap"]
    for gap in gaps:
        rows.append(
            ("Gap", f"{gap.length_s:.2f} s at {gap.at_s:.2f} s, silence instead")
        )
    rows.append(("Lost in all", f"{call.lost_s:.2f} s"))
    if call.recovered:
        rows.append(("Interrupted", call.recovered))
    if call.flags:
        rows.append(("Flags", ", ".join(call.flags)))
    return rows


def _log(papers: Papers) -> str:
    rows = "".join(
        f"<tr><td>{entry.index}</td><td>{escape(iso(entry.at_utc))}</td>"
        f"<td>{escape(WORDS.get(entry.kind, entry.kind))}</td>"
        f"<td>{escape(entry.by)}</td><td>{escape(_more(entry.data))}</td></tr>"
        for entry in papers.entries
    )
    head = "<th>Entry</th><th>Time</th><th>What</th><th>By</th><th>More</th>"
    return f'<table class="log"><tr>{head}</tr>{rows}</table>'


def _more(data: dict[str, Any]) -> str:
    told = (
        "action",
        "reason",
        "what",
        "how",
        "format",
        "to",
        "version",
        "heard",
        "was",
    )
    return ", ".join(f"{key} {data[key]}" for key in told if key in data)


def _seen(papers: Papers) -> str:
    if papers.anchor is None:
        return "by nobody yet: whoever owns the box could have rewritten its past"
    how = "a time authority" if papers.anchor.token else "a witness"
    return f"{papers.anchor.size} entries, by {how} (seen.txt)"


def _table(title: str, rows: Iterable[tuple[str, str]], *, code: bool = False) -> str:
    cell = "<td><code>{}</code></td>" if code else "<td>{}</td>"
    body = "".join(
        f"<tr><th>{escape(name)}</th>{cell.format(escape(text))}</tr>"
        for name, text in rows
    )
    return f"<h2>{escape(title)}</h2><table>{body}</table>"
