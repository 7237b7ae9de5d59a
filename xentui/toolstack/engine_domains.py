"""Managed domains that an engine stores itself, as libvirt, Ganeti and xend do, in place of xentui's store."""

from __future__ import annotations

from typing import Protocol

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class EngineDomain:
    """One managed domain of an engine: its configuration in the language of xl.cfg(5).

    ``autostart`` says that it starts with the host; ``suspended`` that the engine has its memory, to resume it;
    ``damaged`` is why the engine cannot convert it to that language ("": it can).
    """

    uuid: str
    name: str
    text: str
    autostart: bool = False
    suspended: bool = False
    damaged: str = ""


class EngineDomains(Protocol):
    """The managed domains of one host's engine.

    Every method raises StoreError if the engine refuses, HostError if the host is out of reach.
    """

    async def list(self) -> tuple[EngineDomain, ...]:
        """Return every managed domain, running or not."""

    async def define(self, uuid: str, name: str, text: str) -> None:
        """Define a domain, or redefine the one with ``uuid``; ``text`` contains name and uuid too."""

    async def receive(self, uuid: str, name: str, text: str) -> None:
        """Define a domain of another host's engine, from its :meth:`own_text`."""

    async def believes(self, uuid: str) -> bool:
        """Return whether the engine regards a domain as its own, whether it defines it or not."""

    async def undefine(self, uuid: str) -> None:
        """Remove the definition of a domain; a running one goes on."""

    async def set_autostart(self, uuid: str, *, on: bool) -> None:
        """Set whether a domain starts with the host."""

    async def drop_memory(self, uuid: str) -> None:
        """Drop the memory of a suspended domain: it is off then."""

    async def own_text(self, uuid: str) -> str:
        """Return the definition of a domain in the engine's own language."""
