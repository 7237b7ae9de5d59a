"""The managed domains of one host, as the layers above use them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from xentui.errors import StoreError
from xentui.hosts import operations
from xentui.hosts.base import FileAgent
from xentui.model.job import JobLook
from xentui.store import reading
from xentui.store.hints import explained
from xentui.store.records import AutostartLink, Source, StoredDomain, Surroundings

# What a list does not need is imported at first use: most commands only list.
if TYPE_CHECKING:
    from xentui.agent.answers import Deleted, Page
    from xentui.hosts.operations import Operation, P
    from xentui.store.history import AuditRecord, DeletedDomain, Undeleted, Version, VersionText

_T = TypeVar("_T")
_Answer = TypeVar("_Answer")
AUTO_FOLDER = "/etc/xen/auto"
_MOST = 200_000
"""Entries a list may have: Xen runs 32,000 domains at most."""


class ManagedStore:
    """The store of one host; it keeps what the last :meth:`list` told, so that the next asks for less.

    Every method raises :class:`~xentui.errors.StoreError` (its ``code`` says why) with nothing changed, or
    :class:`~xentui.errors.HostError` where the host is out of reach: a change may then have happened or not,
    but never in part.
    """

    def __init__(self, host: FileAgent) -> None:
        self._host = host
        self._known: dict[str, StoredDomain] = {}
        self._digest = ""
        self._summaries = False

    def forget(self) -> None:
        """Have the next :meth:`list` tell everything."""
        self._known, self._digest = {}, ""

    async def _call(
        self,
        operation: Operation[P, _Answer],
        read: Callable[[_Answer], _T],
        *_: P.args,
        **arguments: P.kwargs,
    ) -> _T:
        try:
            answer = await self._host.call(operation, *_, **arguments)
        except StoreError as error:
            raise explained(error, operation, arguments) from error
        try:
            return read(answer)
        except reading.NONSENSE as error:
            raise reading.ill_formed(error) from error

    # Looking

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
        await self._call(operations.put_summaries, _nothing, summaries=given)

    async def find(self, name: str) -> str | None:
        """The uuid stored under a name."""
        return await self._call(operations.find, reading.maybe_text, name=name)

    async def read(self, uuid: str) -> StoredDomain:
        """One managed domain with its text; codes ``missing`` and ``damaged``."""
        return await self._call(operations.read, reading.stored_domain, uuid=uuid)

    async def read_version(self, uuid: str, version: int) -> VersionText:
        """The text of one version; codes ``missing`` and ``damaged``."""
        from xentui.store import history  # noqa: PLC0415

        return await self._call(operations.read_version, history.version_text, uuid=uuid, version=version)

    async def history(self, uuid: str) -> tuple[Version, ...]:
        """What happened to a domain, oldest first; a deleted one's too."""
        from xentui.store import history  # noqa: PLC0415

        return await self._call(operations.history, _each(history.version), uuid=uuid)

    async def trash(self) -> tuple[DeletedDomain, ...]:
        """The deleted domains, the one deleted last first."""
        from xentui.store import history  # noqa: PLC0415

        return await self._call(operations.list_trash, _each(history.deleted_domain))

    # Changing

    async def create(
        self,
        uuid: str,
        name: str,
        text: str,
        *,
        source: Source | None = None,
        user: str = "",
        reason: str = "",
    ) -> Version:
        """Store a new domain; code ``exists`` where its name or uuid is taken.

        ``source`` is the file ``text`` was made from, with the sha256 of the file as it was read.
        """
        from xentui.store import history  # noqa: PLC0415

        return await self._call(
            operations.create,
            history.committed,
            uuid=uuid,
            name=name,
            text=text,
            source=_source(source),
            user=user,
            reason=reason,
        )

    async def put(
        self,
        uuid: str,
        name: str,
        text: str,
        *,
        user: str = "",
        reason: str = "",
        expect: StoredDomain | int | None = None,
        source: Source | None = None,
    ) -> Version:
        """Store a new version; without ``source`` the recorded one stays.

        ``expect`` is what the caller has seen: the domain as read (exact, even where an admin edited it by
        hand), or a version number.  Code ``conflict`` where it is no longer current.
        """
        from xentui.store import history  # noqa: PLC0415

        number = expect if isinstance(expect, int) else None
        sha = expect.config_sha256 if isinstance(expect, StoredDomain) else None
        return await self._call(
            operations.put,
            history.committed,
            uuid=uuid,
            name=name,
            text=text,
            user=user,
            reason=reason,
            expect_version=number,
            expect_sha256=sha,
            source=_source(source),
        )

    async def restore(
        self, uuid: str, version: int, *, user: str = "", reason: str = "", name: str | None = None
    ) -> Version:
        """Make an older version current, as a new version; a damaged entry is healed by it."""
        from xentui.store import history  # noqa: PLC0415

        return await self._call(
            operations.restore,
            history.committed,
            uuid=uuid,
            version=version,
            user=user,
            reason=reason,
            name=name,
        )

    async def settle(self, uuid: str) -> None:
        """Finish what a killed writer has left of a domain that is listed as ``pending``."""
        await self._call(operations.settle, _nothing, uuid=uuid)

    async def delete(self, uuid: str, *, user: str = "", reason: str = "") -> str:
        """Move a domain to the trash, its autostart link on record; code ``busy`` where it is suspended.

        Returns why a link could not be removed, "" where none is left.
        """
        auto = self._auto_folder
        return await self._call(operations.delete, _left, uuid=uuid, user=user, reason=reason, auto_dir=auto)

    async def undelete(self, name_or_uuid: str, *, user: str = "") -> Undeleted:
        """Bring back the domain deleted last under a name or uuid, with the autostart link it had.

        Codes ``missing``, and ``exists`` where the name or uuid is taken meanwhile.
        """
        from xentui.store import history  # noqa: PLC0415

        return await self._call(
            operations.undelete,
            history.undeleted,
            name_or_uuid=name_or_uuid,
            user=user,
            auto_dir=self._auto_folder,
        )

    # Beside the configuration

    async def mark_running(self, uuid: str, record: Mapping[str, Any] | None) -> None:
        """Note what was booted under a uuid; None takes the mark and the one-off text away."""
        await self._call(
            operations.mark_running, _nothing, uuid=uuid, record=None if record is None else dict(record)
        )

    async def write_oneoff(self, uuid: str, text: str) -> str:
        """Keep the text of a one-off boot; returns its path on the host.  Code ``busy`` as :meth:`boot_begin`."""
        return await self._call(operations.write_oneoff, reading.text, uuid=uuid, text=text)

    async def boot_begin(self, uuid: str) -> None:
        """A boot is about to be made of it; code ``busy`` while a save of it is under way.

        What is to be booted lies at :meth:`config_path` then, whatever writer was killed before.  A save that has
        been cut short can be committed no more: the guest will have run since.
        """
        await self._call(operations.boot_begin, _nothing, uuid=uuid)

    async def put_aside(self, uuid: str) -> str:
        """Let xendomains no longer restore a domain that is about to be booted afresh; returns where its file is then,
        "" where it has none.
        """
        return await self._call(operations.put_aside, reading.text, auto_dir=self._auto_folder, uuid=uuid)

    async def put_back(self, path: str) -> None:
        """The boot came to nothing: let xendomains restore the domain from what was put aside."""
        await self._call(operations.put_back, _nothing, path=path)

    async def remove_file(self, path: str) -> None:
        """Remove a memory image of the store by its path, nothing else; ``checkpoint.part`` is any unfinished one.

        Code ``busy`` while a save or restore is at work on it.
        """
        await self._call(operations.remove_file, _nothing, path=path)

    async def remove_image(self, uuid: str, name: str) -> None:
        """Remove a memory image of a domain, as :meth:`remove_file` does."""
        await self.remove_file(self.image_path(uuid, name))

    # Jobs

    async def start_job(
        self,
        job: str,
        kind: str,
        *,
        commands: Mapping[str, Sequence[str]] | None = None,
        uuid: str = "",
        domid: int = 0,
        path: str = "",
        paused: bool = False,
        subject: str = "",
        user: str = "",
    ) -> None:
        """Begin a job under a name of the caller's choice (32 random hex digits), see :mod:`xentui.agent.jobs`.

        ``commands`` are the argv it runs, as :class:`xentui.toolstack.base.JobCommands` names them; xl's where None.

        Code ``busy`` while another of the same domain or file is under way or interrupted.
        """
        await self._call(
            operations.start_job,
            _nothing,
            job=job,
            kind=kind,
            program=_job_program(),
            prefix=list(self._host.command_prefix),
            commands=None if commands is None else {name: list(argv) for name, argv in commands.items()},
            host=self._host.name,
            auto_dir=self._auto_folder,
            uuid=uuid,
            domid=domid,
            path=path,
            paused=paused,
            subject=subject,
            user=user,
        )

    async def settle_job(self, job: str) -> None:
        """Have settled, as a job again, what an interrupted job has left; does nothing to any other."""
        await self._call(operations.settle_job, _nothing, job=job, program=_job_program())

    async def look_job(self, job: str) -> JobLook:
        """How far a job is, and how it ended.

        Code ``missing`` where none of that name has begun.
        """
        return await self._call(operations.look_job, reading.job_look, job=job)

    async def settle_spent(self, uuid: str, *, runs: bool) -> None:
        """Put aside the image of a domain that xendomains has resumed, or drop it where the domain ``runs``."""
        await self._call(operations.settle_spent, _nothing, uuid=uuid, runs=runs)

    @property
    def _auto_folder(self) -> str:
        """Where what starts with the host lies for the agent."""
        return self._host.host_path(AUTO_FOLDER)

    async def surroundings(self, folder: str = AUTO_FOLDER) -> Surroundings:
        """What starts with the host, and what goes on there."""
        return await self._call(
            operations.surroundings, reading.surroundings, auto_dir=self._host.host_path(folder)
        )

    # Autostart and audit

    async def autostart(self, folder: str = AUTO_FOLDER) -> tuple[AutostartLink, ...]:
        """What starts with the host."""
        return await self._call(
            operations.list_autostart, _each(reading.autostart_link), auto_dir=self._host.host_path(folder)
        )

    async def set_autostart(
        self, uuid: str, name: str, on: bool, *, order: int | None = None, keep_order: bool = True
    ) -> None:
        """Have one link, of that name, to the stored configuration in the autostart folder, or none.

        ``order`` is its place there, 0 to 99; without one it keeps the place it has, unless ``keep_order`` is False.
        Codes ``exists`` and ``conflict`` where the name is taken there by the admin or by another domain; it keeps
        the links it has then.
        """
        auto = self._auto_folder
        if not on:
            await self._call(operations.unlink_autostart, _nothing, auto_dir=auto, uuid=uuid)
            return
        await self._call(
            operations.link_autostart,
            _nothing,
            auto_dir=auto,
            name=name,
            target=self.config_path(uuid),
            order=order,
            keep_order=keep_order,
        )

    def config_path(self, uuid: str) -> str:
        """Where the current configuration of a domain lies on the host."""
        return f"{self._host.store_root}/domains/{uuid}/config.cfg"

    def image_path(self, uuid: str, name: str = "checkpoint.chk") -> str:
        """Where a memory image of a domain lies on the host."""
        return f"{self._host.store_root}/domains/{uuid}/{name}"

    async def audit_append(self, record: Mapping[str, Any]) -> None:
        """Append a record of what has ended to the host's audit log; ``time`` is added."""
        await self._call(operations.audit_append, _nothing, record=dict(record))

    async def audit_open(self, record: Mapping[str, Any]) -> str:
        """Tell the audit log of what is about to run; returns the id to close it by."""
        return await self._call(operations.audit_open, str, record=dict(record))

    async def audit_close(self, id: str, record: Mapping[str, Any]) -> None:
        """Tell the audit log how it ended: ``exit`` (None where it is not known) and ``seconds``."""
        await self._call(operations.audit_close, _nothing, id=id, record=dict(record))

    async def audit_tail(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """The last commands of the audit log, oldest first."""
        from xentui.store import history  # noqa: PLC0415

        return await self._call(operations.audit_tail, _each(history.audit_record), limit=limit)


def _job_program() -> bytes:
    from xentui import agent  # noqa: PLC0415 - only what takes long needs it

    return agent.job_program()


def _whatever(answer: Page) -> Page:
    return answer


def _left(answer: Deleted) -> str:
    return reading.text(answer["autostart"])


def _nothing(_answer: object) -> None:
    return None


def _each(read: Callable[[_Answer], _T]) -> Callable[[Iterable[_Answer]], tuple[_T, ...]]:
    return lambda answer: tuple(read(item) for item in answer)


def _source(source: Source | None) -> dict[str, str] | None:
    return None if source is None else {"path": source.path, "sha256": source.sha256}
