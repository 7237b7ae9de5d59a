"""The hypervisor service: everything a front end can ask of one host."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from xentui import service
from xentui.hosts.base import Host
from xentui.service.inventory import Inventory
from xentui.service.session import Announce, Session
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for

if TYPE_CHECKING:
    from xentui.service.cloning import Cloning
    from xentui.service.console_texts import ConsoleTexts
    from xentui.service.definitions import Definitions
    from xentui.service.devices import Devices
    from xentui.service.disk_images import DiskImages
    from xentui.service.disposing import Disposing
    from xentui.service.editing import Editing
    from xentui.service.exporting import Exporting
    from xentui.service.history import History
    from xentui.service.importing import Importing
    from xentui.service.installing import Installing
    from xentui.service.lifecycle import Lifecycle
    from xentui.service.live_and_stored import LiveAndStored
    from xentui.service.making import Making
    from xentui.service.repository import Repository
    from xentui.service.resources import Resources
    from xentui.service.statistics import Statistics
    from xentui.service.templates import Templates
    from xentui.service.watcher import Watcher
    from xentui.service.xen_tools.guests import XenTools
    from xentui.store.history import AuditRecord
    from xentui.toolstack.base import Toolstack


class Hypervisor:
    """One host and the parts of the service on it; an async context manager that lets go of the host at its end.

    Arguments: ``host`` is where commands run; ``toolstack`` what drives it (default: the host's own);
    ``user`` who acts (default: the login user); ``read_only`` refuses
    changes; ``dry_run`` hands exact commands to ``announce`` instead of running them; ``warn`` gets warnings.

    >>> async with Hypervisor(host) as hypervisor:
    ...     domain = await hypervisor.inventory.find("web1")
    ...     await hypervisor.lifecycle.start(domain)
    """

    def __init__(
        self,
        host: Host,
        *,
        toolstack: Toolstack | None = None,
        user: str = "",
        read_only: bool = False,
        dry_run: bool = False,
        announce: Announce | None = None,
        warn: Announce | None = None,
    ) -> None:
        drives = toolstack or toolstack_for(host)
        domains = drives.engine_domains
        self.session = Session(
            host,
            drives,
            ManagedStore(host) if domains is None else service.engine_store.EngineStore(host, domains),
            user,
            read_only=read_only,
            dry_run=dry_run,
            announce=announce,
            warn=warn,
        )
        self.inventory = Inventory(self.session)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Starting, stopping, freezing."""
        return service.lifecycle.Lifecycle(self.session, self.inventory)

    @cached_property
    def repository(self) -> Repository:
        """The one writer of configurations into the store."""
        return service.repository.Repository(self.session)

    @cached_property
    def console_texts(self) -> ConsoleTexts:
        """What consoles are watched for, and scripts for them."""
        return service.console_texts.ConsoleTexts(self.session, self.repository)

    @cached_property
    def _changes(self) -> LiveAndStored:
        return service.live_and_stored.LiveAndStored(self.session, self.repository)

    @cached_property
    def history(self) -> History:
        """The versions of stored configurations."""
        return service.history.History(self.session, self.inventory, self.repository)

    @cached_property
    def definitions(self) -> Definitions:
        """Stored configurations: new, delete, rename, start with the host."""
        return service.definitions.Definitions(self.session, self.inventory, self.repository, self._changes)

    @cached_property
    def cloning(self) -> Cloning:
        """One domain made of another, with copies of its disks."""
        return service.cloning.Cloning(self.session, self.inventory, self.repository)

    @cached_property
    def templates(self) -> Templates:
        """Templates, and what is made of them."""
        return service.templates.Templates(self.session, self.inventory, self._changes, self.cloning)

    @cached_property
    def disposing(self) -> Disposing:
        """Domains deleted with their disks."""
        return service.disposing.Disposing(
            self.session, self.inventory, self.repository, self.definitions, self.images
        )

    @cached_property
    def importing(self) -> Importing:
        """Old files of xm and xend into the store."""
        return service.importing.Importing(self.session, self.inventory, self.definitions)

    @cached_property
    def exporting(self) -> Exporting:
        """Managed domains to the host's libvirt, or to files."""
        return service.exporting.Exporting(self.session, self.inventory)

    @cached_property
    def devices(self) -> Devices:
        """Disks and interfaces."""
        return service.devices.Devices(self.session, self.inventory, self._changes, lambda: self.images)

    @cached_property
    def images(self) -> DiskImages:
        """Images of disks: files, volumes, devices."""
        return service.disk_images.DiskImages(self.session, self.inventory)

    @cached_property
    def making(self) -> Making:
        """New guests, from what they start from to the installer that runs."""
        parts = service.making.Parts(self.definitions, self.images, self.lifecycle, self.installing)
        return service.making.Making(self.session, self.inventory, parts)

    @cached_property
    def installing(self) -> Installing:
        """Installs of managed domains."""
        return service.installing.Installing(self.session, self.inventory, self.images)

    @cached_property
    def xen_tools(self) -> XenTools:
        """Guests made by xen-create-image."""
        return service.xen_tools.guests.XenTools(self.session, self.inventory, self.definitions)

    @cached_property
    def resources(self) -> Resources:
        """Memory and vCPUs."""
        return service.resources.Resources(self.session.toolstack, self.inventory, self._changes)

    @cached_property
    def editing(self) -> Editing:
        """Configurations being edited: drafts, what a change means, history, drift, one change to many."""
        return service.editing.Editing(self.session, self.inventory, self.repository)

    @property
    def host(self) -> Host:
        """The host this service works on."""
        return self.session.host

    def stricter(self, *, read_only: bool, dry_run: bool, announce: Announce) -> Hypervisor:
        """Return a service on the same host for one piece of work that may do less; what this one may stays as it
        is.
        """
        session = self.session
        less = Hypervisor(self.host, toolstack=session.toolstack)
        less.session = replace(
            session,
            read_only=session.read_only or read_only,
            dry_run=session.dry_run or dry_run,
            announce=announce,
        )
        less.inventory = self.inventory
        return less

    def watcher(self, *, interval: float = 3.0, spread: float = 0.0) -> Watcher:
        """Return a follower of the host's changes.

        ``interval`` is seconds between polls when nothing happens, ``spread`` how far they may differ, as a part of it.
        """
        return service.watcher.Watcher(self.session, self.inventory, interval=interval, spread=spread)

    def statistics(self, *, seconds: int = 1) -> Statistics:
        """Load figures every ``seconds``."""
        return service.statistics.Statistics(self.session, seconds=seconds)

    async def audit(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """Return the last ``limit`` records of the host's audit log, oldest first."""
        return await self.session.store.audit_tail(limit)

    async def __aenter__(self) -> Hypervisor:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.host.close()
