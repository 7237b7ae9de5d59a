"""The texts from which an engine boots a configuration that is not stored."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from xentui import config as language
from xentui.errors import ConfigError, StoreCode, StoreError, XentuiError
from xentui.model.domain import Domain
from xentui.service import identity, temp_files
from xentui.service.boot_plan import BootPlan
from xentui.service.session import UNWRITABLE, Session

_UNWRITTEN = "/tmp/xentui-text.cfg"  # noqa: S108 - stands in a dry run for the file that is not written


class BootTexts:
    """Writes configurations to files from which an engine boots them once."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def stored_document(self, domain: Domain) -> language.Document | None:
        """Return the stored text, for its MAC addresses; a damaged one does not prevent a one-off boot."""
        try:
            entry = await self._session.store.read(domain.uuid)
            return language.parse(entry.text or "")
        except (StoreError, ConfigError):
            return None

    async def engine_text(self, document: language.Document, uuid: str, words: Sequence[str]) -> str | None:
        """Return the configuration in the engine's own language; None if the engine reads xl's.

        An engine with its own language creates no MAC addresses, and takes no ``words`` beside its file.
        """
        if self._session.toolstack.engine_domains is None:
            return None
        return await self._session.toolstack.boot_text(
            identity.complete(language.override(document, words), uuid).text
        )

    async def temp_file(self, text: str) -> str:
        """Write the text to a file of the host for xl; returns its path, in a dry run without writing."""
        if self._session.dry_run:
            return _UNWRITTEN
        return await temp_files.write(self._session.host, text)

    async def tidy(self, plan: BootPlan) -> None:
        """Remove the temporary file of a plan, which xl reads at the start only; one that is left is removed later."""
        if plan.temp_path and not self._session.dry_run:
            with contextlib.suppress(XentuiError):
                await temp_files.remove(self._session.host, plan.temp_path)

    async def one_off_path(self, domain: Domain, text: str) -> tuple[str, str]:
        """Return the path from which xl reads the text of a one-off boot, and the temporary file if the store cannot
        take it.
        """
        if self._session.dry_run:
            return f"{self._session.host.store_root}/domains/{domain.uuid}/oneoff.cfg", ""
        try:
            return await self._session.store.write_oneoff(domain.uuid, text), ""
        except StoreError as error:
            if error.code not in UNWRITABLE or (domain.memory_image and error.code != StoreCode.PERMISSION):
                raise
        temp_path = await self.temp_file(text)
        return temp_path, temp_path
