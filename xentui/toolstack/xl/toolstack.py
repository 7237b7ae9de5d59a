"""xl on one host."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from xentui import config as language
from xentui.errors import CommandError, XentuiError
from xentui.hosts import operations
from xentui.hosts.base import Completed, Host, Stream
from xentui.model.domain import HostInfo
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.text import lines, plain_lines
from xentui.toolstack import xl
from xentui.toolstack.argv import QUERY_TIMEOUT
from xentui.toolstack.xl import commands, failures, parse, xenstore
from xentui.toolstack.xl.config_list import ConfigList
from xentui.toolstack.xl.details import details

if TYPE_CHECKING:
    from xentui.model.answers import ConsoleTrouble, HostVerdict, LoadSample, RefusedDevices, SavedImage
    from xentui.model.consoles import GuestConsole
    from xentui.toolstack.targets import DrainCommands, JobCommands, Target

_LINES_TOLD = 3
_Read = TypeVar("_Read")


class XlToolstack(commands.XlCommands):
    """What ``xl`` of a host says and does; implements :class:`xentui.toolstack.base.Toolstack`."""

    name = "xl"
    halves_are_plain = False
    long_list = shlex.join(commands.LIST_LONG)

    def __init__(self, host: Host) -> None:
        self._host = host
        self._details = ConfigList(details)
        self._known: dict[str, ListedDomain] = {}

    @property
    def cannot(self) -> Mapping[str, str]:
        """Nothing: what there is was made after what xl can do."""
        return {}

    @property
    def engine_domains(self) -> None:
        """Nothing: xl knows no domain that is off."""
        return

    @property
    def jobs(self) -> JobCommands:
        """All of it: a save of xl ends with the line that began it."""
        return xl.jobs.JOBS

    @property
    def draining(self) -> DrainCommands:
        """All of it."""
        return xl.jobs.DRAIN

    def moving(self, domain: Target, host: str, *, arrives: str = "") -> None:
        """None."""

    # Looking

    async def domains(self) -> tuple[ListedDomain, ...]:
        """Return what runs; of thousands of domains reading it takes longer than a screen may wait."""
        done = await self._query(commands.LIST, often=True)
        return await asyncio.to_thread(_read, self._rows, done)

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        """Return what ``xl list -l`` tells; where it fails in part, what it has printed whole still counts."""
        done = await self._host.run(commands.LIST_LONG, timeout=timeout)
        return await asyncio.to_thread(self._from_long, done)

    def forget(self) -> None:
        """Read all of ``xl list`` anew next time."""
        self._details, self._known = ConfigList(details), {}

    async def host_info(self) -> HostInfo:
        """Return what ``xl info`` tells."""
        return _read(_info, await self._query(commands.INFO, often=True))

    async def host_report(self) -> str:
        """``xl info`` as it is."""
        return (await self._query(commands.INFO)).text

    async def messages(self) -> str:
        """``xl dmesg``."""
        return (await self._query(commands.DMESG)).text

    async def uptimes(self) -> Mapping[int, int]:
        """Return what ``xl uptime`` tells."""
        return parse.uptimes((await self._query(commands.UPTIME)).text)

    async def cpu_pools(self) -> tuple[str, ...]:
        """Return what ``xl cpupool-list`` tells."""
        done = await self._query(commands.POOLS)
        return tuple(line.split()[0] for line in lines(done.text)[1:] if line.strip())

    async def watch(self) -> Stream:
        """xenstore's own watches of domains that come and go."""
        return await self._host.stream(commands.WATCH)

    async def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        """Yield the blocks of one long-running ``xentop -b``."""
        stream = await self._host.stream(commands.xentop(seconds))
        try:
            async with aclosing(xl.xentop.blocks(stream)) as blocks:
                async for block in blocks:
                    yield block
        finally:
            await stream.close()

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:
        """Return those that have a terminal on the host, as xenstore names it."""
        done = await self._host.run(xenstore.all_of(domain.domid), timeout=QUERY_TIMEOUT)
        return xl.console_client.consoles(done, domain.domid)

    async def console_owner(self, domain: Target) -> str:
        """Return who runs ``xenconsole`` on it."""
        return await xl.console_client.lock_owner(self._host, domain.domid)

    async def check(self, path: str) -> HostVerdict:
        """Return what ``xl create -n`` says, which boots nothing."""
        done = await self._host.run(commands.check(path), timeout=QUERY_TIMEOUT)
        if done.exit_code == 0:
            return xl.verdict.verdict(done, path, "")
        failure = failures.explain(done)
        if not isinstance(failure, CommandError):
            raise failure
        return xl.verdict.verdict(done, path, failure.plain_hint)

    async def saved_image(self, path: str) -> SavedImage | None:
        """Return the head of a file that ``xl save`` wrote."""
        save_file = xl.save_file
        head = await self._host.call(operations.read_head, path=path, limit=save_file.HEAD_USUAL)
        if not save_file.is_image(head):
            return None
        if len(head) < save_file.head_length(head) <= save_file.HEAD_LIMIT:
            head = await self._host.call(operations.read_head, path=path, limit=save_file.head_length(head))
        return save_file.saved_image(save_file.saved_config(head))

    async def boot_text(self, text: str) -> None:  # noqa: ARG002 - of any the same
        """Nothing: xl reads what is written."""
        return

    async def command_line(self, domain: Target) -> str | None:
        """Return what libxl notes of a PV guest in xenstore when it has built it; of others it notes none
        (libxl_create.c).
        """
        done = await self._host.run(xenstore.vm(domain.domid), timeout=QUERY_TIMEOUT)
        if done.exit_code != 0 or not (path := done.text.strip()).startswith("/vm/"):
            return None
        done = await self._host.run(xenstore.command_line(path), timeout=QUERY_TIMEOUT)
        return done.text.removesuffix("\n") if done.exit_code == 0 else None

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        """Return what xenstore says of Domain-0's backends; those of driver domains are not known of."""
        vbds, vifs = await asyncio.gather(
            *(
                self._host.run(xenstore.backends(domain.domid, kind), timeout=QUERY_TIMEOUT)
                for kind in ("vbd", "vif")
            )
        )
        return xl.refused.devices(vbds, vifs)

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        """Return whether QEMU has not opened it: its backend has not left the first of its states."""
        argv = xenstore.qemu_disk_state(domain.domid, language.vdev_number(vdev))
        done = await self._host.run(argv, timeout=QUERY_TIMEOUT)
        return done.exit_code == 0 and done.stdout.strip() == xenstore.INITIALISING.encode()

    # What a command has done

    def failed(self, done: Completed) -> bool:
        """Return whether xl has failed: of some of its verbs only its words tell."""
        return failures.failed(done)

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        """Return what the words of ``xenconsole`` say."""
        return xl.console_client.trouble(words)

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        """Return the error for a command that failed, from xl's words and exit status."""
        return failures.explain(done, subject)

    async def _query(self, argv: Sequence[str], *, often: bool = False) -> Completed:
        done = await self._host.run(argv, timeout=QUERY_TIMEOUT, often=often)
        if done.exit_code != 0:
            raise failures.explain(done)
        return done

    def _rows(self, text: str) -> tuple[ListedDomain, ...]:
        """Return the rows of ``xl list -v``, which are never without Domain-0: all would be taken for off otherwise.

        Two may be read at once, in two threads: each goes on with what one of them has kept.
        """
        known = self._known.copy()
        rows = parse.domain_list(text, known)
        self._known = known
        if not any(row.domid == 0 for row in rows):
            raise ValueError("Domain-0 is not listed")
        return rows

    def _from_long(self, done: Completed) -> Mapping[int, RunningDetails]:
        try:
            return self._details.read(done.stdout)
        except ValueError as error:
            if done.exit_code != 0:
                raise failures.explain(done) from None
            raise _nonsense(done, error) from None


def _info(text: str) -> HostInfo:
    """Return what ``xl info`` tells: at least how much memory there is."""
    info = parse.host_info(text)
    if info.total_memory_mib < 1:
        raise ValueError("it does not report the host's memory")
    return info


def _read(reader: Callable[[str], _Read], done: Completed) -> _Read:
    """Return what a command has printed; raises CommandError where that makes no sense although it did not fail."""
    try:
        return reader(done.text)
    except ValueError as error:
        raise _nonsense(done, error) from None


def _nonsense(done: Completed, error: ValueError) -> CommandError:
    return CommandError(
        f"what `{shlex.join(done.argv)}` printed is not valid: {error}",
        argv=done.argv,
        exit_code=done.exit_code,
        details=plain_lines(done.text, _LINES_TOLD) or ["(nothing)"],
        hint="run it on the host by hand; what is running there is not known",
    )
