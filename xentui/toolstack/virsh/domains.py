"""The domains libvirt keeps: its persistent ones are xentui's managed ones."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from typing import TypeVar

from xentui.errors import CommandError, ConfigError, StoreCode, StoreError
from xentui.hosts.base import Host
from xentui.toolstack.engine_domains import EngineDomain
from xentui.toolstack.virsh import commands, domain_xml, parse
from xentui.toolstack.virsh.client import Virsh
from xentui.toolstack.virsh.native import Native
from xentui.toolstack.virsh.scratch import files

_Answer = TypeVar("_Answer")
_UNREADABLE = "libvirt cannot write it as a configuration of xl's; `virsh edit` on the host changes it"


class LibvirtDomains:
    """Tells and changes them; implements :class:`xentui.toolstack.engine_domains.EngineDomains`."""

    def __init__(self, host: Host, virsh: Virsh, native: Native) -> None:
        self._host = host
        self._virsh = virsh
        self._native = native
        self._texts: dict[str, tuple[bytes, str]] = {}

    async def list(self) -> tuple[EngineDomain, ...]:
        """Return every persistent domain; the XML of each is read, and only what has changed in it is converted
        again.
        """
        return await _as_store_errors(self._list())

    def forget(self) -> None:
        """Convert everything anew next time."""
        self._texts = {}

    async def define(self, uuid: str, name: str, text: str) -> None:
        """Keep a domain, or what is kept of the ``uuid`` from now on; ``text`` says name and uuid too.

        What libvirt keeps of it beside what a file of xl's can say stays.
        """
        await _as_store_errors(self._define(uuid, name, text))

    async def receive(self, uuid: str, name: str, text: str) -> None:
        """Keep a domain by libvirt's own XML; ConfigError where that is another domain's."""
        await _as_store_errors(self._receive(uuid, name, text))

    async def believes(self, uuid: str) -> bool:
        """Return whether libvirt lists it, one that it has lost sight of included."""
        return uuid in parse.uuids(await _as_store_errors(self._virsh.ask(*commands.KNOWN)))

    async def undefine(self, uuid: str) -> None:
        """Keep a domain no longer; one that runs goes on, as a transient one."""
        await _as_store_errors(self._virsh.ask("undefine", uuid))

    async def set_autostart(self, uuid: str, *, on: bool) -> None:
        """Have libvirtd start a domain when it is started itself, or not."""
        await _as_store_errors(self._virsh.ask("autostart", uuid, *(() if on else ("--disable",))))

    async def drop_memory(self, uuid: str) -> None:
        """Let go of the memory of a suspended domain: it is off then."""
        await _as_store_errors(self._virsh.ask("managedsave-remove", uuid))

    async def own_text(self, uuid: str) -> str:
        """Return the XML of what is kept."""
        return await _as_store_errors(self._xml(uuid))

    async def _list(self) -> tuple[EngineDomain, ...]:
        named, autostarted, saved = await self._virsh.ask_all(
            (commands.LIST, commands.AUTOSTARTED, commands.SAVED)
        )
        names = parse.names(named)
        texts = await self._read(tuple(names))
        started, suspended = parse.uuids(autostarted), parse.uuids(saved)
        return tuple(
            EngineDomain(
                uuid,
                name,
                texts[uuid],
                autostart=uuid in started,
                suspended=uuid in suspended,
                damaged="" if texts[uuid] else _UNREADABLE,
            )
            for uuid, name in names.items()
            if uuid in texts
        )

    async def _read(self, uuids: tuple[str, ...]) -> dict[str, str]:
        """Return the texts by uuid, "" for one that cannot be written; what is gone meanwhile is left out."""
        documents = dict(zip(uuids, await self._virsh.ask_all([_dump(uuid) for uuid in uuids]), strict=True))
        digests = {
            uuid: hashlib.sha256(xml.encode()).digest() for uuid, xml in documents.items() if xml.strip()
        }
        changed = [uuid for uuid, digest in digests.items() if self._texts.get(uuid, (b"", ""))[0] != digest]
        small = [uuid for uuid in changed if len(documents[uuid]) <= domain_xml.LIMIT]
        texts = await self._native.to_xl([documents[uuid] for uuid in small])
        made = dict.fromkeys(changed, "") | dict(zip(small, texts, strict=True))
        self._texts = {
            uuid: (digest, made[uuid] if uuid in made else self._texts[uuid][1])
            for uuid, digest in digests.items()
        }
        return {uuid: text for uuid, (_, text) in self._texts.items()}

    async def _xml(self, uuid: str) -> str:
        return await self._virsh.ask(*_dump(uuid))

    async def _receive(self, uuid: str, name: str, text: str) -> None:
        try:
            found = domain_xml.domain(text)
        except ValueError as error:
            raise ConfigError(f"the other host's libvirt has told no domain: {error}", source=name) from None
        if (found.findtext("uuid"), found.findtext("name")) != (uuid, name):
            raise ConfigError("the other host's libvirt has told another domain", source=name)
        async with files(self._host, [text]) as (path,):
            await self._virsh.ask("define", path)

    async def _define(self, uuid: str, name: str, text: str) -> None:
        xml = await self._native.to_xml(text)
        named, autostarted = await self._virsh.ask_all((commands.LIST, commands.AUTOSTARTED))
        former = parse.names(named).get(uuid)
        before = await self._xml(uuid) if former is not None else ""
        if before:
            xml = _carried_over(before, xml)
        if former in (None, name):
            async with files(self._host, [xml]) as (path,):
                await self._virsh.ask("define", path)
        else:
            await self._renamed(uuid, name, before, xml, on=uuid in parse.uuids(autostarted))

    async def _renamed(self, uuid: str, name: str, before: str, after: str, *, on: bool) -> None:
        """Define under another name what is off: libvirt keeps a uuid under one name, and its Xen driver renames none.

        One process of the host does it all, which a line that is cut does not stop between.  Where the new text is not
        taken, the former is defined again; where it is, libvirt refuses the former: its uuid has another name by then.
        """
        again = (("autostart", uuid),) if on else ()
        async with files(self._host, [before, after]) as (former, path):
            defined = (("define", path), ("define", former))
            said = await self._virsh.ask_all((("undefine", uuid), *defined, *again, commands.LIST))
            if parse.names(said[-1]).get(uuid) == name:
                return
        raise CommandError(
            f"libvirt did not take the name {name} for it",
            argv=commands.virsh("define", "FILE"),
            exit_code=1,
            subject=uuid,
            hint="one that runs keeps its name: shut it down first; `virsh define` on the host says why",
        )


def _dump(uuid: str) -> tuple[str, ...]:
    return ("dumpxml", "--inactive", "--security-info", uuid)


def _carried_over(before: str, after: str) -> str:
    try:
        return domain_xml.carried_over(domain_xml.domain(before), domain_xml.domain(after))
    except ValueError as error:
        argv = commands.virsh("dumpxml")
        raise CommandError(
            f"what libvirt keeps of the domain cannot be read: {error}", argv=argv, exit_code=0
        ) from None


async def _as_store_errors(work: Awaitable[_Answer]) -> _Answer:
    """Return what ``work`` answers; whatever libvirt refuses is a StoreError, as of the store it stands for."""
    try:
        return await work
    except ConfigError as error:
        raise StoreError(
            error.message,
            code=StoreCode.INVALID,
            subject=error.subject,
            hint=error.hint,
            details=error.details,
        ) from error
    except CommandError as error:
        raise StoreError(
            error.message, code=StoreCode.IO, subject=error.subject, hint=error.hint, details=error.details
        ) from error
