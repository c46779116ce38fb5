"""`notice`: what the box says on the line, and whose voice says it."""

from pathlib import Path

import click
import soundfile

from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.consent import notices
from firmware.errors import LinekeeperError, SourceError
from firmware.service.settings import Settings, overlay
from firmware.service.studio import FOLDER, FS, Studio

#: What is said on the line.
SPOKEN: tuple[notices.Kind, ...] = ("announcement", "question", "reminder")

kind_argument = click.argument("kind", type=click.Choice(SPOKEN))
language_option = click.option(
    "--language", help="Two letters, such as sv; else the language of the settings."
)


@click.group()
def notice() -> None:
    """Show, hear and replace what is said to the other side."""


@notice.command("list")
@language_option
@data_options
@json_option
def list_notices(
    language: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Print each notice and whose voice says it."""
    settings, studio = _open(config_path, state_dir)
    for kind in SPOKEN:
        text = _text(settings, kind, language)
        voice = _voice(studio, text)
        if as_json:
            echo_json({"id": text.id, "voice": voice, "text": text.text})
        else:
            click.echo(f"{text.id} ({voice or 'no voice'}): {text.text}")


@notice.command("keep")
@kind_argument
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@language_option
@data_options
def keep(
    kind: notices.Kind,
    file: Path,
    language: str | None,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Use a recording of your own from now on; it has to say all the text says."""
    settings, studio = _open(config_path, state_dir)
    name = _name(settings, kind, language)
    try:
        studio.keep(name, file.read_bytes())
    except SourceError as error:
        raise SourceError(f"{file}: {str(error).partition(': ')[2]}") from error
    click.echo(f"{name}: your recording is used after the recorder's next start")


@notice.command("drop")
@kind_argument
@language_option
@data_options
def drop(
    kind: notices.Kind,
    language: str | None,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Remove your recording; the machine's voice reads the text again."""
    settings, studio = _open(config_path, state_dir)
    name = _name(settings, kind, language)
    if studio.own(name) is None:
        raise SourceError(f"{name}: want a recording of your own, there is none")
    studio.drop(name)
    click.echo(f"{name}: your recording is removed")


@notice.command("hear")
@kind_argument
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@language_option
@data_options
def hear(
    kind: notices.Kind,
    file: Path,
    language: str | None,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Write a notice into a WAV file, as the other side will hear it."""
    settings, studio = _open(config_path, state_dir)
    text = _text(settings, kind, language)
    recording = studio.sound(text.id, text.text, text.language)
    try:
        soundfile.write(file, recording.samples, FS, format="WAV", subtype="PCM_16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise SourceError(f"{file}: cannot be written: {error}") from error
    click.echo(f"{file}: {len(recording.samples) / FS:.1f} s, {recording.source}")


def _open(config_path: Path | None, state_dir: Path | None) -> tuple[Settings, Studio]:
    """Return the settings, what was chosen on a page included, and the recordings."""
    from firmware.archive import Archive

    settings = read_settings(config_path, state_dir)
    if (settings.state_dir / "catalogue.sqlite3").exists():
        with Archive(settings.state_dir, write=False) as archive:
            settings = overlay(settings, archive.choices.all())
    return settings, Studio(settings.state_dir / FOLDER)


def _name(settings: Settings, kind: notices.Kind, language: str | None) -> str:
    code = language or settings.consent.notice_language
    return f"{kind}-{notices.shipped().language(code).code}"


def _text(
    settings: Settings, kind: notices.Kind, language: str | None
) -> notices.Notice:
    code = language or settings.consent.notice_language
    return notices.shipped().notice(kind, code, notices.fields_of(settings))


def _voice(studio: Studio, text: notices.Notice) -> str | None:
    """Say whose voice it will be; None if there is none."""
    own = studio.own(text.id)
    if own is None:
        return "espeak-ng" if studio.can_speak else None
    try:
        studio.read(own)
    except LinekeeperError:
        return None
    return own.name
