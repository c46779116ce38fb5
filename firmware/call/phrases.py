"""The notices of this box, ready to be played: text, fields and voice put together."""

import logging
from collections.abc import Iterable

from firmware.call.notice import Announcement
from firmware.consent import notices
from firmware.consent.notices import Kind, Notices, fields_of
from firmware.errors import ConfigError, HardwareError, SourceError
from firmware.service.settings import Settings
from firmware.service.studio import FOLDER, Studio

log = logging.getLogger(__name__)

#: What is said on the line.
SPOKEN: tuple[Kind, ...] = ("announcement", "question", "reminder")


class Phrases:
    """Announcements by kind and language; made once, then at hand."""

    def __init__(self, settings: Settings, texts: Notices, studio: Studio) -> None:
        self._settings = settings
        self._texts = texts
        self._studio = studio
        self._made: dict[tuple[str, str], Announcement | None] = {}
        #: Why something cannot be said, in plain words; empty if nothing was missing.
        self.trouble = ""

    def renew(self, settings: Settings) -> None:
        """Take settings that may have changed; look up every notice anew."""
        self._settings = settings
        self._made = {}  # a thread that still prepares the old ones fills the old
        self.trouble = ""

    def prepare(self, languages: Iterable[str] = ()) -> None:
        """Make ready what may be needed, so that no call waits for it."""
        for language in (self._settings.consent.notice_language, *languages):
            for kind in SPOKEN:
                self.announcement(kind, language)

    def language(self, places: Iterable[str]) -> str:
        """Return the language to use towards people in these jurisdictions."""
        default = self._settings.consent.notice_language
        return self._texts.language_of(places, default)

    def announcement(self, kind: str, language: str) -> Announcement | None:
        """Return a notice to play; None if there is no way to say it."""
        made, key = self._made, (kind, language)
        if key not in made:
            made[key] = self._make(kind, language)
        return made[key]

    def _make(self, kind: str, language: str) -> Announcement | None:
        if kind not in SPOKEN:
            return None
        fields = fields_of(self._settings)
        try:
            notice = self._texts.notice(kind, language, fields)
            recording = self._studio.sound(notice.id, notice.text, language)
        except (ConfigError, HardwareError, SourceError, OSError) as error:
            self.trouble = str(error)
            log.warning("notice %s-%s cannot be played: %s", kind, language, error)
            return None
        return Announcement(
            notice.id, language, recording.samples, notice.text, recording.source
        )


def phrases_of(settings: Settings) -> Phrases:
    """Return a box's notices: the texts that ship, its recordings, its voice."""
    studio = Studio(settings.state_dir / FOLDER)
    return Phrases(settings, notices.shipped(), studio)
