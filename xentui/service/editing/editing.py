"""What front ends edit configurations with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xentui.errors import ConfigError, NotAllowedError
from xentui.model.domain import Domain
from xentui.service import disk_facts, host_files, lookup
from xentui.service.boot import Boot
from xentui.service.boot_plan import BootOptions, BootPlan
from xentui.service.config_source import Text, named
from xentui.service.disk_facts import DiskFound
from xentui.service.editing import drafts
from xentui.service.editing.bulk import Bulk
from xentui.service.editing.check import CheckResult, check, refused
from xentui.service.editing.drafts import Draft
from xentui.service.editing.drift import Drifts
from xentui.service.editing.impact import Impact, impact_of
from xentui.service.editing.live_apply import LiveApply, Outcome
from xentui.service.editing.live_impact import LiveChange
from xentui.service.editing.storing import SaveResult, Storing
from xentui.service.editing.suggestions import Suggestions
from xentui.service.inventory import Inventory
from xentui.service.repository import Repository
from xentui.service.session import Session


class Editing:
    """Drafts, what a change means, and the ways out: store, boot once, write to a file.

    ``drift`` compares and settles what is stored, runs and lies in a file; ``bulk`` makes one change to many.

    All raise NotAllowedError when the state forbids it or the session is read-only, ConfigError for a text xl
    would refuse, StoreError when the store or a file refuses, HostError when the host is gone; with nothing
    half-done.
    """

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._storing = Storing(session, inventory, repository)
        self._boot = Boot(session, inventory)
        self._applying = LiveApply(session, inventory)
        self.drift = Drifts(session, inventory, repository)
        self.bulk = Bulk(session, repository)
        self._suggesting = Suggestions(session, inventory)

    # Beginning

    async def open(self, domain: Domain) -> Draft:
        """Return the draft of a domain: its stored text, or what a transient one runs.

        Of a damaged entry the newest version that can be read; ``notice`` says so.
        """
        return await drafts.opened(self._session, domain)

    def blank(self, name: str = "", *, bridge: str = "") -> Draft:
        """Return the draft of a new domain: little more than its name, and an interface where a bridge is named."""
        return drafts.blank(name, bridge)

    async def usual_bridge(self) -> str:
        """Return the bridge of the host a new guest is most likely meant for; "" where there is none."""
        bridges = await self.suggestions("bridge")
        return drafts.USUAL_BRIDGE if drafts.USUAL_BRIDGE in bridges else next(iter(bridges), "")

    async def open_file(self, path: str) -> Draft:
        """Return the draft of a configuration file of the host, found as ``new`` finds it; one of xm is converted.

        ``changes`` tells what was changed; of a file that cannot be converted the text is opened as it is.
        """
        return await drafts.file(named(self._session.host, path))

    # Looking

    async def check(self, text: str, *, on_host: bool = True) -> CheckResult:
        """Return what is wrong with a text: what our linter finds and, with ``on_host``, what ``xl create -n`` says
        there.

        Changes nothing, and works in a read-only session.
        """
        return await check(self._session, text, on_host=on_host)

    async def check_to_store(self, draft: Draft, text: str) -> CheckResult:
        """Check as :meth:`check` does, and as an error report what the store would refuse.

        That is a name that cannot be, or another domain's uuid.
        """
        checked = await self.check(text)
        if not checked.errors:
            try:
                await self._storing.require(draft, text)
            except (ConfigError, NotAllowedError) as error:
                return refused(checked, text, error)
        return checked

    def impact(self, draft: Draft, text: str, domain: Domain | None) -> Impact:
        """Return what changes from the draft to ``text``; ``domain`` is the draft's as it is now, None for a new
        one.
        """
        return impact_of(self._session.toolstack, draft, text, domain)

    # The ways out

    async def store(
        self, draft: Draft, text: str, *, reason: str = "", overwrite: bool = False
    ) -> SaveResult:
        """Store ``text`` as a new version of the draft's domain, or as a new managed domain.

        A uuid and MAC addresses are added where missing; an identical text makes no version.  Raises StoreError,
        code ``conflict``, where somebody else has stored meanwhile: with ``overwrite`` the text becomes the version
        after theirs.  Raises NotAllowedError for a name that is taken, as ``new`` does.
        """
        return await self._storing.store(draft, text, reason=reason, overwrite=overwrite)

    async def keep(self, domain: Domain) -> SaveResult:
        """Make a transient domain managed as it runs, before it is stopped and its configuration lost.

        Raises NotAllowedError where its configuration is not known, or its name is taken.
        """
        draft = await self.open(lookup.require_again(await self._inventory.poll(), domain))
        return await self.store(draft, draft.text, reason="kept as it ran")

    async def apply_live(self, domain: Domain, changes: Sequence[LiveChange]) -> tuple[Outcome, ...]:
        """Make live changes of :meth:`impact` on the running domain, each with its own result.

        The stored text is not touched.  Raises NotAllowedError in a read-only session only.
        """
        return await self._applying.apply(domain, changes)

    async def boot_once(
        self, draft: Draft, text: str, *, paused: bool = False, console: bool = False
    ) -> BootPlan:
        """Boot ``text`` without storing it: under the managed identity, marked one-off; a new name is transient.

        Returns the plan that was run.  With ``console`` the caller runs its argv on a terminal and then records
        its result, as those of :meth:`Lifecycle.plan_create <xentui.service.lifecycle.Lifecycle.plan_create>`.
        """
        plan = await self._boot.plan_source(Text(text, draft.label), BootOptions(paused, console))
        plan = replace(plan, source=draft.source)
        if not console:
            await self._boot.run(plan)
        return plan

    async def record_result(self, plan: BootPlan, exit_code: int, words: tuple[str, ...] = ()) -> None:
        """Record how a boot of :meth:`boot_once` ended that ran on a terminal; raises CommandError where it failed."""
        await self._boot.record_result(plan, exit_code, words)

    async def write_file(self, path: str, text: str, *, overwrite: bool = False) -> None:
        """Write ``text`` to a file of the host: whole or not at all, never over an existing one unless told to.

        A new file is owner-only, a replaced one keeps its mode.  Raises StoreError with code ``exists``.
        """
        await host_files.write(self._session, path, text, overwrite=overwrite)

    # Suggestions

    async def disk_at(self, path: str) -> DiskFound:
        """Return what is at a path of the host that is to be a disk.  Raises HostError where the host cannot answer."""
        return await disk_facts.found_at(self._session.host, path)

    async def suggestions(self, kind: str, prefix: str = "") -> tuple[str, ...]:
        """Return what may stand in a field, as the host has it; empty where it does not tell.

        Kinds: bridge, kernel, ramdisk, image, block-device, keymap, cpu, pool, bootloader.  A ``prefix`` with a
        slash completes paths too; folders end with one.
        """
        return await self._suggesting.suggestions(kind, prefix)
