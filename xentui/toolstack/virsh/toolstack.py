"""libvirt on one host: what it keeps and does by ``virsh``, what runs by a look of xl's, which sees all there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.errors import CommandError
from xentui.hosts import operations
from xentui.hosts.base import Completed, Host, Stream
from xentui.model.answers import HostVerdict
from xentui.model.domain import HostInfo
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.state import DomainState
from xentui.text import plain
from xentui.toolstack.targets import DrainCommands, EngineMove
from xentui.toolstack.virsh import commands, failures, parse, save_file
from xentui.toolstack.virsh.client import Virsh
from xentui.toolstack.virsh.domains import LibvirtDomains
from xentui.toolstack.virsh.native import Native, advice, left_out
from xentui.toolstack.xl.toolstack import XlToolstack

if TYPE_CHECKING:
    from xentui.errors import XentuiError
    from xentui.model.answers import ConsoleTrouble, LoadSample, RefusedDevices, SavedImage
    from xentui.model.consoles import GuestConsole
    from xentui.toolstack.targets import Target

OTHER = "xl"
"""Who has started what libvirt does not know: another engine, which is xl on a host of xl's."""

DEFINITIONS = ("/etc/libvirt/libxl", "/etc/libvirt/libxl/autostart")
"""Where its Xen driver has the definitions, and the links to those that start with the host (libxl_conf.c)."""


class VirshToolstack(commands.VirshCommands):
    """What ``virsh`` of a host says and does; implements :class:`xentui.toolstack.base.Toolstack`."""

    name = "libvirt"
    halves_are_plain = True

    def __init__(self, host: Host) -> None:
        self._host = host
        self._xen = XlToolstack(host)
        self._virsh = Virsh(host)
        self._native = Native(host, self._virsh)
        self._domains = LibvirtDomains(host, self._virsh, self._native)
        self._others: frozenset[str] = frozenset()

    @property
    def long_list(self) -> str:
        """xl's."""
        return self._xen.long_list

    @property
    def cannot(self) -> Mapping[str, str]:
        """What libvirt's Xen driver has no call for, and what is done by xentui's own store."""
        return commands.CANNOT

    @property
    def engine_domains(self) -> LibvirtDomains:
        """Its persistent domains."""
        return self._domains

    @property
    def jobs(self) -> None:
        """None: libvirtd itself brings a save to its end, and forgets an image when the guest goes on from it."""
        return

    @property
    def draining(self) -> DrainCommands:
        """Return what xl lists, whoever has it made; libvirt alone knows what it keeps."""
        return replace(
            self._xen.draining,
            kept=(*commands.VIRSH, "dominfo"),
            unlink=(*commands.VIRSH, "autostart", "--disable"),
            link=(*commands.VIRSH, "autostart"),
        )

    def moving(self, domain: Target, host: str, *, arrives: str = "") -> EngineMove:
        """libvirtd moves it: the guest waits there until the job has seen that it is defined here no more."""
        return EngineMove(
            tuple(commands.migration(domain, host, arrives)),
            commands.VIRSH,
            (*commands.VIRSH[:-1], commands.far_uri(host)),
            DEFINITIONS,
            self._xen.jobs,
            tuple(self._xen.pause(domain)),
            tuple(self._xen.unpause(domain)),
            tuple(self._xen.destroy(domain)),
        )

    # Looking

    async def domains(self) -> tuple[ListedDomain, ...]:
        """Return what runs, whoever started it; what libvirt did not start is marked.

        Where libvirt does not answer, what runs is told all the same.
        """
        rows, ours = await asyncio.gather(self._xen.domains(), self._active())
        if ours is None:
            return rows
        marked = _marked(rows, ours)
        others = frozenset(row.uuid for row in marked if row.by)
        if others - self._others:
            # It may have been started between the two looks.
            ours = await self._active()
            marked = rows if ours is None else _marked(rows, ours)
            others = frozenset(row.uuid for row in marked if row.by)
        self._others = others
        return marked

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        """Return what ``xl list -l`` tells: libxl keeps it of every domain, whoever has it made."""
        return await self._xen.details(timeout=timeout)

    def forget(self) -> None:
        """Read everything anew next time."""
        self._xen.forget()
        self._domains.forget()

    async def host_info(self) -> HostInfo:
        """Return what ``xl info`` tells."""
        return await self._xen.host_info()

    async def host_report(self) -> str:
        """``xl info`` as it is."""
        return await self._xen.host_report()

    async def messages(self) -> str:
        """``xl dmesg``."""
        return await self._xen.messages()

    async def uptimes(self) -> Mapping[int, int]:
        """Return what ``xl uptime`` tells."""
        return await self._xen.uptimes()

    async def cpu_pools(self) -> tuple[str, ...]:
        """Return what ``xl cpupool-list`` tells."""
        return await self._xen.cpu_pools()

    async def watch(self) -> Stream:
        """libvirt's own events, of what it keeps too; what xl starts and stops the next look tells."""
        return await self._host.stream(commands.virsh("event", "--loop", "--timestamp", "--all"))

    def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        """Return the blocks of one long-running ``xentop -b``."""
        return self._xen.samples(seconds)

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:  # noqa: ARG002 - of any the same
        """None: virsh attaches to the first."""
        return None

    async def console_owner(self, domain: Target) -> str:  # noqa: ARG002 - libvirtd has them all
        """Nothing: libvirtd has the terminal, whoever has asked it to."""
        return ""

    async def check(self, path: str) -> HostVerdict:
        """Return what libvirt's conversion says of a file of xl's, what it leaves out, and what it makes of the
        disks.
        """
        refusal, again = await self._native.verdict(path)
        if refusal:
            words = plain(refusal, 500)
            return HostVerdict((words,), words, 0, "correct the setting it names")
        text = (await self._host.call(operations.read_head, path=path, limit=1 << 20)).decode(
            "utf-8", "replace"
        )
        lost = left_out(text, again)
        told = (f"libvirt keeps nothing of {', '.join(plain(key, 60) for key in lost)}",) if lost else ()
        return HostVerdict((*told, *advice(text)))

    async def saved_image(self, path: str) -> SavedImage | None:
        """Return the head of a file that ``virsh save`` wrote."""
        head = await self._host.call(operations.read_head, path=path, limit=save_file.HEAD_USUAL)
        if not save_file.is_image(head):
            return None
        if len(head) < (length := save_file.head_length(head)):
            head = await self._host.call(operations.read_head, path=path, limit=length)
        return save_file.saved_image(save_file.xml_of(head))

    async def boot_text(self, text: str) -> str:
        """Return the XML ``virsh create`` reads."""
        return await self._native.to_xml(text)

    async def command_line(self, domain: Target) -> str | None:
        """Return what xenstore says of it."""
        return await self._xen.command_line(domain)

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        """Return what xenstore says of them."""
        return await self._xen.refused_devices(domain)

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        """Return what xenstore says of it."""
        return await self._xen.drive_is_unopened(domain, vdev)

    # What a command has done

    def failed(self, done: Completed) -> bool:
        """Return whether a command has failed."""
        return failures.failed(done)

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        """Return what the last words of a console say."""
        return failures.console_trouble(tuple(words))

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        """Return the error for a command that failed, from virsh's words."""
        return failures.explain(done, subject)

    async def _active(self) -> frozenset[str] | None:
        """Return the uuids of what runs by libvirt; None where it does not say."""
        try:
            return parse.uuids(await self._virsh.ask(*commands.ACTIVE))
        except CommandError:
            return None


def _marked(rows: Sequence[ListedDomain], ours: frozenset[str]) -> tuple[ListedDomain, ...]:
    """Return the rows; what libvirt did not start says so.

    What is being built is nobody's yet: libvirt lists it when it is made, xl from its beginning.
    """
    return tuple(
        replace(row, by=OTHER)
        if row.domid and row.uuid not in ours and row.state is not DomainState.DYING and not _is_made(row)
        else row
        for row in rows
    )


def _is_made(row: ListedDomain) -> bool:
    """Return whether a domain may be one that has not run yet."""
    return row.state is DomainState.PAUSED and not row.cpu_seconds
