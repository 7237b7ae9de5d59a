"""Prepares and runs boots: which checks are made, and exactly which text is booted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from xentui import config as language
from xentui.errors import (
    CommandError,
    StoreCode,
    StoreError,
)
from xentui.hosts.base import Completed
from xentui.model.boot import BootKind
from xentui.model.boot_menu import WantedEntry
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import boot_choice, boot_default, domuloader, identity
from xentui.service.admission import require_store
from xentui.service.boot_choice import BootChoice
from xentui.service.boot_marks import BootMarks
from xentui.service.boot_plan import USUAL_BOOT, BootOptions, BootPlan, Watch, managed_off, require_no_other
from xentui.service.boot_release import BootRelease
from xentui.service.boot_texts import BootTexts
from xentui.service.checks import Checks, refuse_errors
from xentui.service.config_convert import converted
from xentui.service.config_source import ConfigSource, HostFile
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require, require_now
from xentui.service.session import UNWRITABLE, Session
from xentui.service.session_change import SessionChange
from xentui.store import StoredDomain
from xentui.toolstack.argv import Argv
from xentui.toolstack.targets import StoredConfig


class Boot:
    """Prepares and runs boots."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack
        self._checks = Checks(session)
        self._texts = BootTexts(session)
        self._marks = BootMarks(session, inventory)
        self._release = BootRelease(session, inventory)

    async def plan_stored(self, domain: Domain, options: BootOptions = USUAL_BOOT) -> BootPlan:
        """Return the boot of a managed domain's stored configuration, or this once of another entry of its boot menu.

        A wanted entry is booted without showing the menu: it has no console of its own.  Raises NotAllowedError unless
        the domain is off now, NoSuchDomainError if it is gone, StoreError while it is being suspended, ConfigError if
        xl would refuse the text or a disk is missing or in use.
        """
        self._session.require_writable()
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.START)
        require_no_other(snapshot, domain)
        entry = await self._ready(domain)
        if entry.suspended:
            # A save that was under way has ended since the poll.
            require(replace(domain, state=DomainState.SUSPENDED), Action.START)
        path = self._session.store.config_path(domain.uuid)
        document = language.parse(entry.text or "", source=domain.label)
        warnings = refuse_errors(document)
        loader, chosen, told = await self._loading(document, options.wanted)
        warnings += (*told, *await self._checks.bootable(document, snapshot))
        config = StoredConfig(domain.uuid, domain.stored_name or domain.name, path)
        paused = options.builds_paused(chosen)
        argv = self._toolstack.start(config, paused=paused, console=options.console, words=loader)
        plan = BootPlan(
            domain.name,
            tuple(argv),
            BootKind.ONE_OFF if options.wanted else BootKind.STORED,
            domain.uuid,
            version=entry.version,
            source=f"its boot menu: {chosen.title}" if chosen and options.wanted else "",
            warnings=warnings,
            saved_to=domain.saved_to,
            chosen=chosen,
            paused=options.paused,
            watched=options.watched,
        )
        await self._marked_before(plan, snapshot, console=options.console)
        return plan

    async def plan_source(
        self,
        origin: ConfigSource,
        options: BootOptions,
        *,
        words: Sequence[str] = (),
        as_xm: bool = False,
    ) -> BootPlan:
        """Return the boot of a configuration that is not stored, with ``KEY=VALUE`` words over it; one of xm is
        converted.

        ``as_xm`` says that it is one of xm even if xl accepts it.  Raises NotAllowedError if a domain with that name or
        uuid exists, ConfigError and StoreError if the file cannot be used.
        """
        self._session.require_writable()
        source = await origin.read()
        document, changes = converted(source.text, source=source.path, as_xm=as_xm)
        document = language.override(document, words)
        warnings = (*changes, *refuse_errors(document, words))
        found = language.identity(document)
        snapshot = await self._inventory.poll()
        require_store(snapshot)
        managed = managed_off(snapshot, found.name, found.uuid, source.path)
        warnings += await self._checks.bootable(document, snapshot)
        loader, chosen, told = await self._loading(document, options.wanted)
        plan = BootPlan(
            found.name,
            (),
            BootKind.TRANSIENT,
            source=source.path,
            warnings=(*warnings, *told),
            chosen=chosen,
            paused=options.paused,
            watched=options.watched,
        )
        console = options.console
        create = partial(self._toolstack.create, paused=options.builds_paused(chosen), console=console)
        if managed is not None:
            plan = await self._once(plan, managed, document, create, loader)
            await self._marked_before(plan, snapshot, console=console)
            return plan
        uuid = found.uuid or identity.new_uuid()
        if console and not found.uuid:
            # Who looks for its console on the host finds it by that, which xl would make up.
            named = (f"uuid={uuid}",)
            words, document = (*words, *named), language.override(document, named)
        text = await self._texts.engine_text(document, uuid, loader)
        as_it_lies = isinstance(origin, HostFile) and not origin.local and not changes and text is None
        temp_path = "" if as_it_lies else await self._texts.temp_file(document.text if text is None else text)
        given = (*(() if temp_path else language.override_words(words)), *loader)
        argv = create(temp_path or source.path, words=given if text is None else ())
        return replace(
            plan, argv=tuple(argv), temp_path=temp_path, guest_uuid=uuid if console or found.uuid else ""
        )

    async def _once(
        self,
        plan: BootPlan,
        managed: Domain,
        document: language.Document,
        create: Callable[..., Argv],
        loader: Sequence[str],
    ) -> BootPlan:
        """Return the plan to boot a managed domain from another text than the stored one.

        ``create`` builds its argv.
        """
        document = identity.complete(document, managed.uuid, await self._texts.stored_document(managed))
        text = await self._texts.engine_text(document, managed.uuid, loader)
        target, temp_path = await self._texts.one_off_path(managed, document.text if text is None else text)
        argv = create(target, words=loader if text is None else ())
        return replace(
            plan,
            argv=tuple(argv),
            kind=BootKind.ONE_OFF,
            uuid=managed.uuid,
            temp_path=temp_path,
            saved_to=managed.saved_to,
        )

    async def _marked_before(self, plan: BootPlan, snapshot: Snapshot, *, console: bool) -> None:
        """Record a boot before it is run, if afterwards would be too late."""
        if console:
            await self._marks.expect(plan, snapshot)
        elif plan.unpaused_after_check:
            await self._marks.announce(plan, snapshot)

    async def run(self, plan: BootPlan, watch: Watch | None = None) -> None:
        """Run a plan without a terminal, and record the result.

        ``watch`` is called before the first instruction of a guest whose plan is ``watched``.
        """
        aside = await self._marks.put_aside(plan)
        try:
            await self._session.change(
                plan.argv, subject=plan.name, worked=lambda: self._marks.record_boot(plan)
            )
        except CommandError:
            if aside:
                await self._session.store.put_back(aside)
            raise
        finally:
            await self._texts.tidy(plan)
        self._report_boot(plan)
        if plan.chosen is not None or plan.watched:
            await self._release.unpause_checked(plan, watch)
            await self._marks.clear_announcement(plan)

    async def record_result(self, plan: BootPlan, exit_code: int, words: Sequence[str]) -> None:
        """Record the result of a plan that was run on a terminal; raises CommandError if it failed."""
        if self._session.dry_run:
            return
        await self._texts.tidy(plan)
        await self._marks.record_boot(plan, expected=True)
        if exit_code != 0:
            raise self._toolstack.explain(
                Completed(plan.argv, exit_code, b"", "\n".join(words).encode("utf-8", "replace")), plan.name
            )
        self._report_boot(plan)

    def _report_boot(self, plan: BootPlan) -> None:
        """Report a boot to the session, which lists what was done."""
        what = "start" if plan.kind is BootKind.STORED else "create"
        self._session.made(
            SessionChange(plan.name, what, reason="the guest has booted; shut it down instead")
        )

    async def _ready(self, domain: Domain) -> StoredDomain:
        """Return the entry of a domain, made ready for a boot.

        If the store cannot be written, a domain can still boot from the file that is in it.
        """
        store = self._session.store
        unwritable: StoreError | None = None
        if not self._session.dry_run:
            try:
                return await store.boot_begin(domain.uuid)
            except StoreError as error:
                if error.code not in UNWRITABLE:
                    raise
                unwritable = error
        entry = await store.read(domain.uuid)
        # On a full file system a save may still become an image; on a read-only one it cannot.
        if unwritable and (entry.pending or (entry.saving and unwritable.code != StoreCode.PERMISSION)):
            raise unwritable
        return entry

    async def _loading(
        self, document: language.Document, wanted: WantedEntry | None
    ) -> tuple[tuple[str, ...], BootChoice | None, tuple[str, ...]]:
        """Return the boot loader's configuration lines, the entry it is to boot, and sentences for the user.

        If the configuration names domUloader, or the entry needs it, xentui's program is installed on the host.
        """
        host = self._session.host
        chosen: BootChoice | None = None
        told: tuple[str, ...] = ()
        if wanted is None and not boot_default.is_set(document):
            words = domuloader.loader_words(document, host)
        elif wanted is None:
            chosen, told = await boot_default.checked(document, host)
            words = ()
        else:
            chosen = await boot_choice.read_and_choose(document, host, wanted)
            words, told = chosen.words, chosen.notes
        if any(domuloader.PROGRAM in word for word in words) and not self._session.dry_run:
            await domuloader.install(host)
        return words, chosen, told
