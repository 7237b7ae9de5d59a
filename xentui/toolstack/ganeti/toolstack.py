"""A Ganeti cluster, seen from its master: read, and never changed by what xentui does to domains of its own.

Its instances are shown as managed domains: those that run, and those that do not.  Ganeti drives ``xl`` itself on the
node of each; nothing here runs ``xl``, and no node but the master is asked.
"""
# ruff: noqa: ARG002 - a method takes what it takes in the protocol

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from xentui import config as language
from xentui.errors import CommandError, HostError, StoreCode, StoreError, UsageError, XentuiError
from xentui.hosts.turns import turn
from xentui.model.answers import HostVerdict, RefusedDevices
from xentui.model.domain import HostInfo
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.state import DomainState
from xentui.text import plain_lines
from xentui.toolstack.argv import QUERY_TIMEOUT
from xentui.toolstack.engine_domains import EngineDomain
from xentui.toolstack.ganeti import commands, failures, parse
from xentui.toolstack.ganeti.parse import ClusterNode, GanetiJob, Instance

if TYPE_CHECKING:
    from xentui.config import Document
    from xentui.hosts.base import Completed, Host, Stream
    from xentui.model.answers import ConsoleTrouble, LoadSample, SavedImage
    from xentui.model.consoles import GuestConsole
    from xentui.toolstack.targets import Target

_FRESH = 1.0
"""Seconds one answer serves the questions of one look: each costs the master a query of all its nodes."""
_TYPES = {"xen-pvm": "pv", "xen-hvm": "hvm"}
_UNTOUCHED = (
    *(
        "start",
        "install",
        "shutdown",
        "reboot",
        "destroy",
        "pause",
        "unpause",
        "trigger",
        "sysrq",
        "send-key",
    ),
    *("suspend", "resume", "save", "clear", "delete", "clone", "rename", "mem-set", "mem-max", "vcpu-set"),
    *("block-attach", "block-detach", "cd-insert", "cd-eject", "network-attach", "network-detach"),
    *("migrate", "autostart", "edit", "template"),
)
"""Actions (:class:`xentui.service.legality.Action`) that are Ganeti's: all that change an instance."""
_Read = TypeVar("_Read")


class GanetiToolstack(commands.GanetiCommands):
    """What Ganeti says; implements :class:`xentui.toolstack.base.Toolstack`."""

    name = "Ganeti"
    halves_are_plain = False
    long_list = "gnt-instance list"
    jobs = None
    draining = None
    moving = staticmethod(lambda *_words, **_more: None)

    def __init__(self, host: Host) -> None:
        self._host = host
        self._last: tuple[float, tuple[Instance, ...]] = (-_FRESH, ())
        self._asking = asyncio.Lock()
        self.engine_domains = GanetiDomains(self)

    @property
    def cannot(self) -> Mapping[str, str]:
        """All that changes an instance."""
        return dict.fromkeys(_UNTOUCHED, commands.READ_ONLY)

    # What the cluster has

    async def instances(self) -> tuple[Instance, ...]:
        """Return every instance of the cluster, by name."""
        async with turn(self._asking, QUERY_TIMEOUT, f"`{self.long_list}`"):
            taken, found = self._last
            if time.monotonic() - taken >= _FRESH:
                found = await self._query(commands.INSTANCES, parse.instances)
                self._last = (time.monotonic(), found)
            return found

    async def nodes(self) -> tuple[ClusterNode, ...]:
        """Return every node of the cluster."""
        return await self._query(commands.NODES, parse.nodes)

    async def ganeti_jobs(self) -> tuple[GanetiJob, ...]:
        """Return the jobs Ganeti still tells of, the oldest first."""
        return await self._query(commands.JOBS, parse.jobs)

    async def output_lines(self, argv: Sequence[str], subject: str = "") -> list[str]:
        """Return the lines a reading command prints."""
        return plain_lines((await self._run(argv, subject)).text, limit=10_000)

    # Looking

    async def domains(self) -> tuple[ListedDomain, ...]:
        """Return the instances that run; a control domain the cluster has none of its own."""
        ids = domids(found := await self.instances())
        return tuple(
            ListedDomain(
                each.name, ids[each.uuid], each.memory_mib or each.maxmem_mib, each.vcpus or each.most_vcpus,
                DomainState.RUNNING, 0.0, each.uuid,
            )
            for each in found
            if each.status.runs
        )  # fmt: skip

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        """Nothing: what runs with another configuration than is kept, Ganeti does not tell."""
        return {}

    def forget(self) -> None:
        """Ask anew next time."""
        self._last = (-_FRESH, ())

    async def host_info(self) -> HostInfo:
        """Return all nodes together."""
        found, said = await asyncio.gather(self.nodes(), self.output_lines(commands.VERSION))
        version = next(
            (line.partition(": ")[2] for line in said if line.startswith("Software version: ")), ""
        )
        return HostInfo(
            self._host.name,
            f"Ganeti {version}".rstrip(),
            sum(node.memory_mib or 0 for node in found),
            sum(node.free_mib or 0 for node in found),
            sum(node.cpus or 0 for node in found),
        )

    async def host_report(self) -> str:
        """``gnt-cluster info``."""
        return (await self._run(commands.CLUSTER)).text

    async def messages(self) -> str:
        """UsageError: each node has a hypervisor of its own."""
        raise UsageError("a cluster has no log of one hypervisor", hint="`xl dmesg` on a node shows its own")

    async def uptimes(self) -> Mapping[int, int]:
        """Nothing: Ganeti does not tell."""
        return {}

    async def cpu_pools(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    async def watch(self) -> Stream:
        """HostError: Ganeti tells of nothing by itself, it is asked again and again."""
        raise HostError("Ganeti tells of nothing by itself")

    async def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        """Nothing of any instance, as long as it is asked."""
        while True:
            yield {}
            await asyncio.sleep(seconds)

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:
        """Not told."""
        return None

    async def console_owner(self, domain: Target) -> str:
        """Not told."""
        return ""

    async def check(self, path: str) -> HostVerdict:
        """Nothing: Ganeti reads no such files."""
        return HostVerdict()

    async def saved_image(self, path: str) -> SavedImage | None:
        """None: Ganeti saves no memory."""
        return None

    async def boot_text(self, text: str) -> str | None:
        """None: no text is booted here."""
        return None

    async def command_line(self, domain: Target) -> str | None:
        """Not told."""
        return None

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        """None are told of."""
        return RefusedDevices()

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        """False: there are no drives to be filled from here."""
        return False

    # What a command has done

    def failed(self, done: Completed) -> bool:
        """Return whether a command has failed: its exit status tells."""
        return done.exit_code != 0

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        """None is known."""
        return None

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        """Return the error for a command that failed, from Ganeti's words."""
        return failures.explain(done, subject)

    async def _query(self, argv: Sequence[str], reader: Callable[[str], _Read]) -> _Read:
        done = await self._run(argv)
        try:
            return await asyncio.to_thread(reader, done.text)
        except (ValueError, UsageError) as error:
            raise CommandError(
                f"what `{argv[0]} {argv[1]}` printed is not valid: {error}",
                argv=argv,
                exit_code=done.exit_code,
                details=plain_lines(done.text, 3),
                hint="run it on the master by hand",
            ) from error

    async def _run(self, argv: Sequence[str], subject: str = "") -> Completed:
        done = await self._host.run(argv, timeout=QUERY_TIMEOUT)
        if done.exit_code != 0:
            raise failures.explain(done, subject)
        return done


class GanetiDomains:
    """The instances as managed domains; implements :class:`xentui.toolstack.engine_domains.EngineDomains`."""

    def __init__(self, toolstack: GanetiToolstack) -> None:
        self._toolstack = toolstack

    async def list(self) -> tuple[EngineDomain, ...]:
        """Return every instance, running or not; those that are to run start with their node (by ganeti-watcher)."""
        try:
            found = await self._toolstack.instances()
        except CommandError as error:
            raise StoreError(error.message, code=StoreCode.IO, details=error.details) from error
        return tuple(EngineDomain(each.uuid, each.name, configuration(each).text) for each in found)

    async def define(self, uuid: str, name: str, text: str) -> None:
        """Code ``permission``: Ganeti keeps what it keeps."""
        raise _kept(name)

    async def receive(self, uuid: str, name: str, text: str) -> None:
        """Code ``permission``."""
        raise _kept(name)

    async def believes(self, uuid: str) -> bool:
        """Return whether it has the instance."""
        return any(each.uuid == uuid for each in await self.list())

    async def undefine(self, uuid: str) -> None:
        """Code ``permission``."""
        raise _kept(uuid)

    async def set_autostart(self, uuid: str, *, on: bool) -> None:
        """Code ``permission``: what is to run is started by ganeti-watcher."""
        raise _kept(uuid)

    async def drop_memory(self, uuid: str) -> None:
        """Code ``permission``."""
        raise _kept(uuid)

    async def own_text(self, uuid: str) -> str:
        """Return what ``gnt-instance info`` says."""
        found = next((each for each in await self._toolstack.instances() if each.uuid == uuid), None)
        if found is None:
            raise StoreError("Ganeti has no such instance", code=StoreCode.MISSING, subject=uuid)
        return "\n".join(await self._toolstack.output_lines(commands.info(found.name), found.name))


def configuration(instance: Instance) -> Document:
    """Return what Ganeti tells of an instance's configuration, in the language of xl.cfg(5); disks it tells nothing of.

    Xen instances get all of the maximum (hv_xen.py).
    """
    document = language.parse("").set("name", instance.name).set("uuid", instance.uuid)
    if kind := _TYPES.get(instance.hypervisor):
        document = document.set("type", kind)
    if boots := instance.bootloader or instance.kernel:
        document = document.set("bootloader" if instance.bootloader else "kernel", boots)
    document = document.set("memory", instance.maxmem_mib).set("vcpus", instance.most_vcpus)
    for number, mac in enumerate(instance.macs):
        bridge = instance.bridges[number] if number < len(instance.bridges) else ""
        words = [*([f"mac={mac}"] if mac else []), *([f"bridge={bridge}"] if bridge else [])]
        document = document.append_item("vif", ",".join(words))
    return document


def domids(instances: Sequence[Instance]) -> dict[str, int]:
    """Return a number for each uuid, the same in every look, in the place of the domid that a cluster has not."""
    taken: dict[int, str] = {}
    for uuid in sorted(each.uuid for each in instances):
        number = zlib.crc32(uuid.encode()) >> 1 or 1
        while number in taken:
            number += 1
        taken[number] = uuid
    return {uuid: number for number, uuid in taken.items()}


def _kept(subject: str) -> StoreError:
    return StoreError(
        "Ganeti keeps it, and is not told to keep it otherwise", code=StoreCode.PERMISSION, subject=subject,
        hint="`gnt-instance modify` on the master changes it",
    )  # fmt: skip
