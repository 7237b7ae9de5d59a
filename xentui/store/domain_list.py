"""Every managed domain of a host, with what the last answer told kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.hosts.base import FileAgent
from xentui.store import reading
from xentui.store.client import StoreClient, nothing
from xentui.store.records import StoredDomain

if TYPE_CHECKING:
    from xentui.agent.answers import PageAnswer

_MOST = 200_000
"""Entries a list may have: Xen runs 32,000 domains at most."""


class DomainList(StoreClient):
    """Lists domains; it keeps what the last :meth:`list` told, so that the next asks for less."""

    def __init__(self, host: FileAgent) -> None:
        super().__init__(host)
        self._known: dict[str, StoredDomain] = {}
        self._digest = ""
        self._summaries = False

    def forget(self) -> None:
        """Have the next :meth:`list` tell everything."""
        self._known, self._digest = {}, ""

    async def list(self, *, summaries: bool = False) -> tuple[StoredDomain, ...]:
        """Every managed domain, by uuid; damaged ones say so.  An absent store is empty.

        With ``summaries`` an entry comes with the summary kept for its text (:meth:`put_summaries`) instead
        of the text, where there is one.
        """
        if summaries != self._summaries:
            self._known, self._digest, self._summaries = {}, "", summaries
        cache: str | dict[str, str] = self._digest or self._tokens()
        after = ""
        told = 0
        while True:
            answer = await self._call(
                operations.list_domains, _whatever, cache=cache, summaries=summaries, after=after
            )
            try:
                page = await asyncio.to_thread(reading.page, answer)
                told += len(page.entries)
                if page.forgotten and not isinstance(cache, str):
                    raise ValueError("it forgets what it was just told")
                if page.next and (page.next <= after or not page.entries or told > _MOST):
                    raise ValueError("the list does not end")
            except reading.NONSENSE as error:
                self.forget()
                raise reading.ill_formed(error) from error
            cache = self._tokens() if page.forgotten else self._take(page)
            after = page.next
            if not after and not page.forgotten:
                return tuple(sorted(self._known.values(), key=lambda domain: domain.uuid))

    def _take(self, page: reading.Page) -> dict[str, str]:
        for uuid in page.gone:
            self._known.pop(uuid, None)
        self._known.update({found.uuid: found for found in page.entries})
        self._digest = page.digest
        return self._tokens() if page.next else {}

    async def read(self, uuid: str) -> StoredDomain:
        """One managed domain with its text; codes ``missing`` and ``damaged``."""
        return await self._call(operations.read, reading.stored_domain, uuid=uuid)

    async def read_anew(self, uuids: Iterable[str]) -> tuple[StoredDomain, ...]:
        """What the last :meth:`list` told, with the texts of some; one that cannot be read is damaged now."""
        for uuid in uuids:
            known = self._known[uuid]
            try:
                found = replace(await self.read(uuid), token=known.token)
            except StoreError as error:
                found = replace(known, damaged=error.message, token="")
            self._known[uuid] = found
        return tuple(sorted(self._known.values(), key=lambda domain: domain.uuid))

    def _tokens(self) -> dict[str, str]:
        return {uuid: domain.token for uuid, domain in self._known.items()}

    async def put_summaries(self, summaries: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Keep summaries for other processes: uuid to the text's sha256 and an object JSON can say."""
        given = {uuid: {"sha256": sha, "summary": dict(kept)} for uuid, (sha, kept) in summaries.items()}
        await self._call(operations.put_summaries, nothing, summaries=given)


def _whatever(answer: PageAnswer) -> PageAnswer:
    return answer
