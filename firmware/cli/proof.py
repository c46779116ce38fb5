"""Commands that prove: verify, anchor, witness, and the evidence bundle."""

import contextlib
import os
import sys
import time
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.evidence import build, check
from firmware.archive.evidence.check import Found
from firmware.archive.ledger import key as signing
from firmware.archive.ledger import tsa
from firmware.archive.ledger import witness as witnessing
from firmware.archive.ledger.anchoring import anchor as anchor_now
from firmware.archive.ledger.anchoring import trust_of, wanted
from firmware.archive.ledger.anchors import Trust, parse_keys
from firmware.archive.ledger.note import Note, NoteError, NoteKey
from firmware.archive.ledger.witness import Witness
from firmware.archive.ledger.witness_server import make_server
from firmware.archive.verify import Report
from firmware.archive.verify import verify as verify_archive
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.errors import ConfigError, SourceError, StoreError
from firmware.service.settings import Settings

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("what", required=False)
@click.option("--all", "everything", is_flag=True, help="Every call, the default.")
@click.option("--deep", is_flag=True, help="Open the seals and check every second.")
@click.option("--key", "key_path", type=_EXISTING, help="Public key to trust: key.txt.")
@click.option(
    "--against", type=_EXISTING, help="Checkpoint that was kept elsewhere, as a file."
)
@click.option(
    "--tsa-certificates", "roots", type=_EXISTING, help="Trusted time authority, PEM."
)
@click.option("--witness", "witness_key", help="Public key of a witness, one line.")
@data_options
@json_option
def verify(
    what: str | None,
    everything: bool,
    deep: bool,
    key_path: Path | None,
    against: Path | None,
    roots: Path | None,
    witness_key: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Check calls, or an evidence bundle, and name what is wrong.

    WHAT is a call's id or a bundle; nothing means the whole archive.
    """
    settings = read_settings(config_path, state_dir)
    own = trust_of(settings.proof)
    trust = Trust(roots or own.roots, parse_keys([witness_key or ""]) or own.witnesses)
    key = None if key_path is None else _read_key(key_path)
    if what is not None and what.endswith(".zip"):
        if not Path(what).is_file():
            raise SourceError(f"{what}: there is no such file")
        _show_bundle(check(Path(what), trust, key), as_json=as_json)
        return
    others = [] if against is None else [_read_note(against)]
    chosen = None if what is None or everything else [what]
    with Archive(settings.state_dir, write=False) as archive:
        report = verify_archive(
            archive,
            chosen,
            deep=deep,
            trust=trust,
            others=others,
            key=key,
            workers=os.cpu_count() or 1,
        )
        _note(archive, what if chosen and what else "", good=report.good)
    _show_report(report, as_json=as_json)


@click.command()
@click.option("--print", "show", is_flag=True, help="Print the checkpoint, ask nobody.")
@data_options
@json_option
def anchor(
    show: bool, config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Have the ledger seen outside now: time authority, witness, folder."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        if show:
            click.echo(str(archive.ledger.checkpoint()), nl=False)
            return
        if not wanted(settings.proof):
            raise ConfigError(
                "[proof]: nobody outside is named; set tsa_url, witness_url or "
                "checkpoint_folder, or print a checkpoint with --print and keep it"
            )
        done = anchor_now(archive.ledger, settings.proof, time.time())
    if as_json:
        echo_json({"size": done.size, "how": done.how, "problems": done.problems})
    else:
        for how in done.how:
            click.echo(f"{done.size} entries seen by: {how}")
    if done.problems:
        raise StoreError("\n".join(done.problems))


@click.command()
@click.option("--key", "show_key", is_flag=True, help="Print this box's witness key.")
@click.option("--listen", help="Answer over HTTP here: ADDRESS:PORT.")
@click.argument("question", required=False, type=_EXISTING)
@data_options
def witness(
    show_key: bool,
    listen: str | None,
    question: Path | None,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Witness another box's ledger: answer the question in a file, or over HTTP."""
    settings = read_settings(config_path, state_dir)
    found = make_witness(settings)
    if listen is not None:
        _listen(found, listen)
        return
    if show_key or question is None:
        click.echo(found.public_key.text)
        return
    text = question.read_text("utf-8", "replace")
    answer = found.add_checkpoint(text, time.time())
    if not answer.signed:
        raise SourceError(f"not signed ({answer.status}): {answer.text.strip()}")
    click.echo(answer.text, nl=False)


def _listen(found: Witness, where: str) -> None:
    host, _, port = where.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"--listen: want ADDRESS:PORT, got {where!r}")
    try:
        server = make_server(found, host.strip("[]"), int(port))
    except OSError as error:
        raise ConfigError(f"--listen: {where}: {error.strerror or error}") from error
    with server, contextlib.suppress(KeyboardInterrupt):
        click.echo(f"witness at http://{where}, key {found.public_key.text}")
        server.serve_forever()


def make_witness(settings: Settings) -> Witness:
    """Return the witness that this box is for the ledgers its settings name."""
    key = signing.load_or_make(settings.state_dir)
    known: list[str] = []
    if settings.proof.witness_for:
        path = Path(settings.proof.witness_for)
        try:
            known = path.read_text("utf-8").splitlines()
        except OSError as error:
            raise ConfigError(
                f"[proof] witness_for: {path}: {error.strerror}"
            ) from error
    return Witness(settings.state_dir, witnessing.name_of(key), key, parse_keys(known))


def export_evidence(settings: Settings, call_id: str, folder: Path) -> Path:
    """Write a call's evidence bundle into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{call_id}.evidence.zip"
    part = target.with_suffix(".part")
    try:
        with (
            Archive(settings.state_dir, write=False) as archive,
            part.open("wb") as file,
        ):
            build(archive, call_id, file, by=_who(), now_utc=time.time())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _note(archive: Archive, call_id: str, *, good: bool) -> None:
    """Enter that it was checked; a copy that cannot be written is checked as well."""
    if archive.ledger.exists:
        with contextlib.suppress(StoreError):
            archive.ledger.add("verified", call_id, _who(), time.time(), ok=good)


def _who() -> str:
    """Return who works on the shell, as the ledger names them."""
    return "shell"


def _read_key(path: Path) -> NoteKey:
    try:
        return NoteKey.parse(path.read_text("utf-8", "replace"))
    except NoteError as error:
        raise SourceError(f"{path}: {error}") from error


def _read_note(path: Path) -> Note:
    try:
        return Note.parse(path.read_text("utf-8", "replace"))
    except NoteError as error:
        raise SourceError(f"{path}: {error}") from error


def _show_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        for problem in report.problems:
            echo_json(problem.to_json())
        echo_json(
            {
                "good": report.good,
                "calls": report.calls,
                "entries": report.entries,
                "listened": report.listened,
                "seen_utc": report.seen_utc,
                "seen_size": report.seen_size,
            }
        )
    else:
        for problem in report.problems:
            click.echo(str(problem))
        checked = f"{report.calls} calls, {report.entries} entries"
        click.echo(f"{checked}: {'good' if report.good else 'NOT good'}")
        click.echo(_outside(report))
    if not report.good:
        sys.exit(1)


def _outside(report: Report) -> str:
    if report.seen_utc is None:
        return (
            "nobody outside has seen this ledger: whoever owns the box could have "
            "written it anew (docs/evidence.md)"
        )
    at = tsa.utc_text(report.seen_utc)
    return f"seen outside: {report.seen_size} entries at {at}"


def _show_bundle(found: Found, *, as_json: bool) -> None:
    if as_json:
        echo_json(
            {
                "good": found.good,
                "call": found.call,
                "key": found.key,
                "entries": found.entries,
                "samples": found.samples,
                "stamps": [[each.at_utc, each.authority] for each in found.stamps],
                "unchecked": found.unchecked,
                "problem": None if found.problem is None else found.problem.to_json(),
            }
        )
    elif found.problem is not None:
        click.echo(str(found.problem))
    else:
        seconds = found.samples / 8000
        click.echo(f"{found.call}: good; {found.entries} entries, {seconds:.1f} s")
        for stamp in found.stamps:
            click.echo(f"seen outside: {tsa.utc_text(stamp.at_utc)}, {stamp.authority}")
        for text in found.unchecked:
            click.echo(f"not checked here: {text}")
        click.echo(f"key of the box: {found.key}")
    if not found.good:
        sys.exit(1)
