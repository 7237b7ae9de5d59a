"""What is kept with a domain for its console: patterns it is watched for, a line each, and scripts by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from xentui.errors import NotAllowedError, StoreCode, StoreError, Suggest, UsageError, XentuiError
from xentui.expect.script import parsed
from xentui.model.domain import Domain
from xentui.service.repository import Repository
from xentui.service.session import Session
from xentui.store.attached import Attached
from xentui.text import lines

_WATCH: Final = "watch"
_SCRIPT: Final = "script."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


class ConsoleTexts:
    """Patterns and scripts of managed domains: texts beside the configuration, each with versions as that has."""

    def __init__(self, session: Session, repository: Repository) -> None:
        self._session = session
        self._repository = repository

    async def watched(self, uuid: str) -> list[str]:
        """Return the patterns a domain's console is watched for; none of one that is not managed."""
        try:
            seen = await self._session.store.read_attached(uuid, _WATCH)
        except StoreError as error:
            if error.code != StoreCode.MISSING:
                raise
            return []
        return [line for line in lines(seen.text) if line]

    async def watch(self, domain: Domain, patterns: Sequence[str]) -> None:
        """Store the patterns a managed domain's console is watched for; that they can be is known by then."""
        await self._store(domain, _WATCH, "".join(f"{pattern}\n" for pattern in patterns))

    async def sighted(self, label: str, pattern: str, line: str) -> None:
        """Tell the audit log what a guest printed that is watched for; one that takes nothing is no trouble."""
        session = self._session
        if session.read_only or session.dry_run:
            return
        told = {"user": session.user, "host": session.host.name, "domain": label}
        argv = ["xentui-console", "seen", pattern, line]
        try:
            await session.store.audit_append({**told, "argv": argv, "exit": 0, "seconds": 0.0})
        except XentuiError:
            return

    async def scripts(self, domain: Domain) -> dict[str, Attached]:
        """Return the scripts of a domain by name; none of one that is not managed."""
        if not domain.managed:
            return {}
        found = await self._session.store.list_attached(domain.uuid)
        return {each.name.removeprefix(_SCRIPT): each for each in found if each.name.startswith(_SCRIPT)}

    async def script(self, domain: Domain, name: str) -> str:
        """Return the text of a script of a domain.  Raises UsageError where it has none of that name."""
        found = await self.scripts(domain)
        if name not in found:
            has = f"it has {', '.join(sorted(found))}" if found else "it has none yet"
            raise UsageError(
                f"has no script `{name}`",
                subject=domain.label,
                hint=(f"{has}; ", Suggest("console.script"), " stores one"),
            )
        return found[name].text

    async def store_script(self, domain: Domain, name: str, text: str) -> None:
        """Store a script of a managed domain.

        Raises ScriptError with the line of what is wrong, UsageError for a name that is none.
        """
        if not _NAME.match(name):
            raise UsageError(
                "a script is named by letters, digits, - and _", subject=name[:80], hint="for example login"
            )
        parsed(text, name)
        await self._store(domain, _SCRIPT + name, text)

    async def remove_script(self, domain: Domain, name: str) -> None:
        """Take a script of a managed domain away; its versions stay.  Raises as :meth:`script` where there is none."""
        await self.script(domain, name)
        await self._store(domain, _SCRIPT + name, "")

    async def _store(self, domain: Domain, name: str, text: str) -> None:
        if not domain.managed:
            raise NotAllowedError(
                "cannot keep that with it: it is not managed",
                subject=domain.label,
                hint=(Suggest("host.new"), " stores its configuration"),
            )
        seen = await self._session.store.read_attached(domain.uuid, name)
        if seen.text != text:
            await self._repository.attach(domain.uuid, seen, text, label=domain.label)
