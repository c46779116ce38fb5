"""The archive's side of a decision: the owner's choices and the registers of people.

A page may change any of it at any time; the recorder asks anew before it decides.  What
cannot be read counts against recording.
"""

import contextlib
import logging
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmware.archive import Archive
from firmware.consent import house, register
from firmware.consent.house import House
from firmware.consent.register import Known
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings, overlay

log = logging.getLogger(__name__)

#: The key that samples are drawn with; readable by the box alone.
KEY_NAME = "sample.key"
KEY_BYTES = 32
#: The choice that holds scope rules, in place of the file of the settings.
RULES = "rules"


class Registers:
    """Who was told, who objects, who agreed, and what the owner chose."""

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self._archive = archive
        self._settings = settings
        #: Counter of the choices last read; None after they could not be.
        self._changed: int | None = -1

    def settings(self) -> Settings:
        """Return the settings in force: the file's, with the choices over them."""
        return overlay(self._settings, self._archive.choices.all())

    def renewed(self) -> House | None:
        """Return the house if somebody has chosen something since the last look."""
        try:
            changed = self._archive.choices.changed()
            if changed == self._changed:
                return None
            rules = self._archive.choices.get(RULES)
            built = read_house(self.settings(), rules, self._key())
        except StoreError as error:
            if self._changed is not None:
                log.error("what was chosen cannot be read: %s", error)
            self._changed = None  # ask again until it can be read
            return closed(self._settings)
        self._changed = changed
        return built

    def known(
        self, line: str, number: str, purpose: str | None, now_utc: float
    ) -> Known:
        """Return what is known of both ends of a call."""
        archive = self._archive
        try:
            people = archive.staff.people(line)
            wishes = archive.wishes.held(number) if number else []
            agreements = archive.register.agreements(number) if number else []
        except StoreError as error:
            log.error("the registers cannot be read: %s", error)
            return Known(listed="never")
        return register.known(people, wishes, agreements, purpose, now_utc)

    def wary(self) -> bool:
        """Is there a wish or an agreement of anybody?"""
        try:
            wishes = self._archive.wishes.held()
            return bool(wishes or self._archive.register.agreements(limit=1))
        except StoreError:
            return True

    def refused(self, number: str, call_id: str, by: str, now_utc: float) -> None:
        """Ask this number first from now on."""
        try:
            self._archive.wishes.add(
                number, "ask_first", by, now_utc, note=f"refused in call {call_id}"
            )
        except StoreError as error:
            log.error("a refusal cannot be noted: %s", error)

    def _key(self) -> bytes:
        """Return the key of the samples, made on first use."""
        path = self._archive.state_dir / KEY_NAME
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
        key = secrets.token_bytes(KEY_BYTES)
        try:
            fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(key)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
        return key


def read_house(settings: Settings, rules: Any, key: bytes) -> House:
    """Return the house of these settings; one that cannot be read denies every call."""
    chosen = settings.consent
    try:
        built = house.build(
            settings,
            scope_text=_text(chosen.scope_rules) if rules is None else str(rules),
            table_text=_text(chosen.jurisdictions),
            sample_key=key,
        )
    except (ConfigError, ValueError) as error:
        log.error("nothing is recorded: %s", error)
        return closed(settings)
    facts = replace(
        built.facts,
        acknowledged=chosen.acknowledged,
        legal_duty=chosen.legal_duty,
    )
    return replace(built, facts=facts)


def closed(settings: Settings) -> House:
    """Return a house that denies every call, because its rules cannot be read."""
    return House(house.facts_of(settings), house.config_of(settings), None)


def _text(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
