"""Every managed domain of a host, with what the last answer told kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.hosts.base import FileAgent
from xentui.model.configuration import Summary
from xentui.store import reading
from xentui.store.client import AUTO_FOLDER, StoreClient, nothing
from xentui.store.hints import explained
from xentui.store.records import StoredDomain, StoreLook, Surroundings

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import LookAnswer, PageAnswer

    Cache = str | dict[str, str]
_Answer = TypeVar("_Answer")

_MOST = 200_000
"""Entries a list may have: Xen runs 32,000 domains at most."""


class DomainList(StoreClient):
    """Lists domains; it keeps what the last :meth:`list` told, so that the next asks for less."""

    def __init__(self, host: FileAgent) -> None:
        super().__init__(host)
        self._known: dict[str, StoredDomain] = {}
        self._sorted: tuple[StoredDomain, ...] | None = None
        self._digest = ""
        self._summaries = False

    def forget(self) -> None:
        """Have the next :meth:`list` tell everything."""
        self._known, self._sorted, self._digest = {}, None, ""

    async def list(self, *, summaries: bool = False) -> tuple[StoredDomain, ...]:
        """Return every managed domain, by uuid; damaged ones say so.  An absent store is empty.

        With ``summaries`` an entry comes with the summary kept for its text (:meth:`put_summaries`) instead
        of the text, where there is one.
        """

        async def ask(cache: Cache, after: str) -> PageAnswer:
            return await self._call(
                operations.list_domains, _whatever, cache=cache, summaries=summaries, after=after
            )

        await self._read_pages(ask, summaries=summaries)
        return self._by_uuid()

    async def look(self, folder: str = AUTO_FOLDER) -> StoreLook:
        """Return every managed domain as :meth:`list` tells them with summaries, and what is around them, in one
        answer.
        """
        told: LookAnswer = {}
        took = 0.0

        async def ask(cache: Cache, after: str) -> PageAnswer:
            nonlocal told, took
            began = time.monotonic()
            told = await self._call(
                operations.look,
                _whatever,
                auto_dir=self._host.host_path(folder),
                cache=cache,
                summaries=True,
                after=after,
            )
            took = time.monotonic() - began
            return told

        await self._read_pages(ask, summaries=True)
        turn = max(0.0, took - reading.seconds(told.get("took")))
        return StoreLook(self._by_uuid(), self._around(told), turn)

    def _around(self, told: LookAnswer) -> Surroundings | StoreError:
        try:
            if "refused" in told:
                return explained(reading.refusal(told["refused"]), operations.surroundings, {})
            return reading.surroundings(told["around"])
        except reading.NONSENSE as error:
            return reading.ill_formed(error)

    async def _read_pages(
        self, ask: Callable[[Cache, str], Awaitable[PageAnswer]], *, summaries: bool
    ) -> None:
        if summaries != self._summaries:
            self.forget()
            self._summaries = summaries
        cache: Cache = self._digest or self._tokens()
        after = ""
        told = 0
        while True:
            answer = await ask(cache, after)
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
                return

    def _by_uuid(self) -> tuple[StoredDomain, ...]:
        """Return what is known: the same object as long as that has not changed."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._known.values(), key=attrgetter("uuid")))
        return self._sorted

    def _take(self, page: reading.Page) -> dict[str, str]:
        for uuid in page.gone:
            self._known.pop(uuid, None)
            self._sorted = None
        for found in page.entries:
            known = self._known.get(found.uuid)
            if known is not None and known.contents is not None and _same_text(known, found):
                found = replace(found, text=None, summary=None, contents=known.contents)  # noqa: PLW2901
            if found != known:
                self._known[found.uuid] = found
                self._sorted = None
        self._digest = page.digest
        return self._tokens() if page.next else {}

    async def read(self, uuid: str) -> StoredDomain:
        """Return one managed domain with its text; codes ``missing`` and ``damaged``."""
        return await self._call(operations.read, reading.stored_domain, uuid=uuid)

    async def read_anew(self, uuids: Iterable[str]) -> tuple[StoredDomain, ...]:
        """Return what the last :meth:`list` told, with the texts of some; one that cannot be read is damaged now."""
        for uuid in uuids:
            known = self._known[uuid]
            try:
                found = replace(await self.read(uuid), token=known.token)
            except StoreError as error:
                found = replace(known, damaged=error.message, token="")
            self._known[uuid] = found
        self._sorted = None
        return self._by_uuid()

    def keep_contents(self, contents: Mapping[str, Summary]) -> tuple[StoredDomain, ...]:
        """Return what the last :meth:`look` told with the contents of some, by uuid; their texts and summaries are not
        kept: of thousands of domains they take many megabytes.
        """
        for uuid, summary in contents.items() if self._summaries else ():
            known = self._known.get(uuid)
            if known is not None:
                self._known[uuid] = replace(known, text=None, summary=None, contents=summary)
                self._sorted = None
        return self._by_uuid()

    def _tokens(self) -> dict[str, str]:
        return {uuid: domain.token for uuid, domain in self._known.items()}

    async def put_summaries(self, summaries: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Keep summaries for other processes: uuid to the text's sha256 and an object JSON can say."""
        given = {uuid: {"sha256": sha, "summary": dict(kept)} for uuid, (sha, kept) in summaries.items()}
        await self._call(operations.put_summaries, nothing, summaries=given)


def _same_text(known: StoredDomain, found: StoredDomain) -> bool:
    return not found.damaged and found.config_sha256 == known.config_sha256


def _whatever(answer: _Answer) -> _Answer:
    return answer
