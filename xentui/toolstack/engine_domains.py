"""Managed domains that an engine keeps itself, as libvirt, Ganeti and xend do, in place of xentui's store."""

from __future__ import annotations

from typing import Protocol

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class EngineDomain:
    """One managed domain of an engine: its configuration in the language of xl.cfg(5), whatever the engine's own is.

    ``autostart``: it starts with the host; ``suspended``: the engine has its memory, to go on from; ``damaged`` is why
    the engine cannot write it in that language ("": it can).
    """

    uuid: str
    name: str
    text: str
    autostart: bool = False
    suspended: bool = False
    damaged: str = ""


class EngineDomains(Protocol):
    """The managed domains of one host's engine.

    Every method raises StoreError where the engine refuses, HostError where the host is out of reach.
    """

    async def list(self) -> tuple[EngineDomain, ...]:
        """Return every managed domain, running or not."""

    async def define(self, uuid: str, name: str, text: str) -> None:
        """Keep a domain, or what is kept of the ``uuid`` from now on; ``text`` says name and uuid too."""

    async def receive(self, uuid: str, name: str, text: str) -> None:
        """Keep a domain of another host's engine, of which that has given :meth:`own_text`."""

    async def believes(self, uuid: str) -> bool:
        """Return whether the engine takes a domain for one of its own, kept or not, whatever there is of it."""

    async def undefine(self, uuid: str) -> None:
        """Keep a domain no longer; one that runs goes on."""

    async def set_autostart(self, uuid: str, *, on: bool) -> None:
        """Have a domain start with the host, or not."""

    async def drop_memory(self, uuid: str) -> None:
        """Let go of the memory of a suspended domain: it is off then."""

    async def own_text(self, uuid: str) -> str:
        """Return what the engine keeps of a domain, in its own language."""
