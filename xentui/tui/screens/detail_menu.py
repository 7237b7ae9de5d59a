"""The boot menu in the details: read where it is in sight and the cursor rests, then kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from xentui.fleet.link import LinkState
from xentui.model.domain import Domain
from xentui.tui import screens
from xentui.tui.context import MainContext, UiContext
from xentui.tui.details import DetailLine
from xentui.tui.domain_list.host_row import HostRow
from xentui.tui.domain_list.row import DomainRow

_REST = 0.3
"""Seconds the cursor rests at a domain before its disk is read."""
_COME, _STAYED = 30.0, 600.0
"""Seconds after which a disk is looked at again: when the cursor comes to its domain, and while it stays there."""
_READING = "boot menu in the details"
_NOT_READ = {
    LinkState.SLOW: "is slow",
    LinkState.CONNECTING: "has not answered yet",
    LinkState.AWAY: "does not answer",
}


class DetailMenu:
    """Has the boot menu of the domain under the cursor; ``changed`` is called when there is more to show;
    ``key_of`` is the key of an action.

    One disk is read at a time: when the cursor moves on, that ends.  An image that is as it was is not read again.
    """

    def __init__(
        self, context: MainContext, changed: Callable[[], None], key_of: Callable[[str], str]
    ) -> None:
        self._context, self._key_of = context, key_of
        self._changed = changed
        self._here = ""
        self._reading = ""
        self._asked = ""
        self.shown = False
        """Whether it is in sight."""

    def show(self, shown: bool, row: DomainRow | None) -> None:
        """Show it, or do not; who asks for it has it read from a host that is slow, too."""
        self.shown = shown
        self._asked = row.key if shown and row is not None else ""
        self.at(row)

    def at(self, row: DomainRow | None) -> None:
        """The cursor is at a row: give up reading another one's disk, and read this one's where that is due."""
        key = row.key if row is not None and self.shown else ""
        if self._reading not in ("", key):
            self._reading = ""
            self._context.background(_nothing, instead_of=_READING)
        come, self._here = key != self._here, key
        if row is None or not key or self._reading or not _has_one(row.domain):
            return
        host, domain = self._context.hosts[row.host], row.domain
        if self._readable(host, key) and host.guest_kernels.older(domain, _COME if come else _STAYED):
            self._reading = key
            self._context.background(partial(self._read, host, domain, key), instead_of=_READING)

    def lines(self, row: DomainRow | HostRow) -> Sequence[DetailLine]:
        """Return what there is to show of it; nothing where it is not in sight."""
        if not self.shown:
            return ()
        if isinstance(row, HostRow):
            return (DetailLine("menu", "a host has none that is read: choose a domain", "muted"),)
        host, domain = self._context.hosts[row.host], row.domain
        if not _has_one(domain):
            return (DetailLine("menu", "it has no boot menu that can be read", "muted"),)
        key = self._key_of("domain.boot-entries")
        answer = host.guest_kernels.menu(domain)
        if answer is not None:
            kernel = host.guest_kernels.of(domain, host.host_state.booted(domain))
            return screens.boot_details.menu_lines(domain, answer, kernel, key)
        if self._readable(host, row.key):
            return (DetailLine("menu", "reading its disk …", "muted"),)
        words = _NOT_READ.get(host.host_state.link(time.time()).state, "was slow")
        return (DetailLine("menu", f"not read, as the host {words}: {key} reads it", "note"),)

    def _readable(self, host: UiContext, key: str) -> bool:
        """Return whether a disk of a host is read unasked, or was asked for."""
        return self._asked == key or host.host_state.link(time.time()).state is LinkState.UP

    async def _read(self, host: UiContext, domain: Domain, key: str) -> None:
        try:
            await asyncio.sleep(_REST)
            if (snapshot := host.host_state.snapshot) is not None:
                host.guest_kernels.forget(snapshot.domains)
            await host.guest_kernels.read([domain])
        finally:
            if self._reading == key:
                self._reading = ""
        self._changed()


def _has_one(domain: Domain) -> bool:
    return bool(domain.uuid) and not domain.is_control and not domain.copy_of


async def _nothing() -> None:
    """Take the place of a reading that is given up."""
