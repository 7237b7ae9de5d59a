"""From a configuration to a running domain: what is checked, what exactly is booted, what is noted of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from xentui import config as language
from xentui.errors import (
    CommandError,
    ConfigError,
    HostError,
    NotAllowedError,
    StoreCode,
    StoreError,
    Suggest,
    XentuiError,
)
from xentui.frozen import dataclass
from xentui.hosts.base import Completed
from xentui.model.boot import BootKind
from xentui.model.boot_menu import WantedEntry
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import boot_choice, boot_default, domuloader, identity, temp_files
from xentui.service.admission import require_store
from xentui.service.boot_choice import BootChoice
from xentui.service.checks import Checks, refuse_errors
from xentui.service.config_convert import converted
from xentui.service.config_source import ConfigSource, HostFile
from xentui.service.done import Done
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require, require_now
from xentui.service.lookup import of_uuid
from xentui.service.session import UNWRITABLE, Session
from xentui.store import StoredDomain
from xentui.toolstack.targets import StoredConfig, Target, target

Watch = Callable[[Domain], Awaitable[None]]
"""Begins to look at the console of a domain that is made and has not run yet; what goes wrong it tells by itself."""
_ATTACHING = 5.0
"""Seconds a console client has to attach before the guest goes on without it."""
_LOOK = 0.1
_UNWRITTEN = "/tmp/xentui-text.cfg"  # noqa: S108 - stands in a dry run for the file that is not written


@dataclass(frozen=True, slots=True)
class BootPlan:
    """A boot that is checked and ready: the argv to run, and what to note when it has worked.

    ``kind`` is what is booted; ``uuid`` is "" for a transient domain, whose ``guest_uuid`` that is; ``warnings`` are
    sentences worth showing; ``temp_path`` is a file that is only there for this boot; ``saved_to`` the file that has
    the memory the domain is booted without.  ``chosen`` is the entry of its boot menu that was asked for; such a domain
    is made paused, and goes on, unless it is to stay ``paused``, when it has been seen that it was built with that.
    So is one that is ``held`` until somebody watches it.
    """

    name: str
    argv: tuple[str, ...]
    kind: BootKind
    uuid: str = ""
    version: int = 0
    source: str = ""
    warnings: tuple[str, ...] = ()
    temp_path: str = ""
    saved_to: str = ""
    chosen: BootChoice | None = None
    paused: bool = False
    held: bool = False
    guest_uuid: str = ""

    @property
    def runs_as(self) -> str:
        """The uuid that it will run with; "" where the toolstack makes one up."""
        return self.uuid or self.guest_uuid


class Boot:
    """Prepares and runs boots."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack
        self._checks = Checks(session)

    async def plan_stored(
        self,
        domain: Domain,
        *,
        paused: bool = False,
        console: bool = False,
        held: bool = False,
        wanted: WantedEntry | None = None,
    ) -> BootPlan:
        """The boot of a managed domain's stored configuration, or of another entry of its boot menu just this once.

        A chosen entry shows no menu: it has no ``console`` of its own.  One that is ``held`` waits for who watches it.

        Raises NotAllowedError unless it is off now, NoSuchDomainError where it is gone, StoreError while it is being
        suspended, ConfigError where xl would refuse the text or a disk is missing or in use.
        """
        self._session.require_writable()
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.START)
        _require_no_other(snapshot, domain)
        entry = await self._ready(domain)
        if entry.suspended:
            # A save that was under way has ended since the poll.
            require(replace(domain, state=DomainState.SUSPENDED), Action.START)
        path = self._session.store.config_path(domain.uuid)
        document = language.parse(entry.text or "", source=domain.label)
        warnings = refuse_errors(document)
        loader, chosen, told = await self._loading(document, wanted)
        warnings += (*told, *await self._checks.bootable(document, snapshot))
        config = StoredConfig(domain.uuid, domain.stored_name or domain.name, path)
        stopped = paused or held or (chosen is not None and not console)
        argv = self._toolstack.start(config, paused=stopped, console=console, words=loader)
        plan = BootPlan(
            domain.name,
            tuple(argv),
            BootKind.ONE_OFF if wanted else BootKind.STORED,
            domain.uuid,
            version=entry.version,
            source=f"its boot menu: {chosen.title}" if chosen and wanted else "",
            warnings=warnings,
            saved_to=domain.saved_to,
            chosen=chosen,
            paused=paused,
            held=held,
        )
        if console:
            await self._expect(plan, snapshot)
        return plan

    async def plan_source(
        self,
        origin: ConfigSource,
        *,
        words: Sequence[str] = (),
        paused: bool = False,
        console: bool = False,
        as_xm: bool = False,
        held: bool = False,
        wanted: WantedEntry | None = None,
    ) -> BootPlan:
        """The boot of a configuration that is not stored, with ``KEY=VALUE`` words over it; one of xm is converted.

        ``as_xm`` says that it is xm's even if xl takes it; ``held`` and ``wanted`` are as of :meth:`plan_stored`.

        Raises NotAllowedError where a domain of that name or uuid exists, ConfigError and StoreError where the
        file is not fit.
        """
        self._session.require_writable()
        source = await origin.read()
        document, changes = converted(source.text, source=source.path, as_xm=as_xm)
        document = language.override(document, words)
        warnings = (*changes, *refuse_errors(document, words))
        found = language.identity(document)
        snapshot = await self._inventory.poll()
        require_store(snapshot)
        managed = _managed_off(snapshot, found.name, found.uuid, source.path)
        warnings += await self._checks.bootable(document, snapshot)
        loader, chosen, told = await self._loading(document, wanted)
        warnings += told
        stopped = paused or held or (chosen is not None and not console)
        if managed is None:
            uuid = found.uuid or identity.new_uuid()
            if console and not found.uuid:
                # Who looks for its console on the host finds it by that, which xl would make up.
                named = (f"uuid={uuid}",)
                words, document = (*words, *named), language.override(document, named)
            text = await self._other_text(document, uuid, loader)
            as_it_lies = isinstance(origin, HostFile) and not origin.local and not changes and text is None
            temp_path = "" if as_it_lies else await self._temp_file(document.text if text is None else text)
            given = (*(() if temp_path else language.override_words(words)), *loader)
            given = given if text is None else ()
            argv = self._toolstack.create(
                temp_path or source.path, paused=stopped, console=console, words=given
            )
            return BootPlan(
                found.name,
                tuple(argv),
                BootKind.TRANSIENT,
                source=source.path,
                warnings=warnings,
                temp_path=temp_path,
                chosen=chosen,
                paused=paused,
                held=held,
                guest_uuid=uuid if console or found.uuid else "",
            )
        document = identity.complete(document, managed.uuid, await self._stored_document(managed))
        text = await self._other_text(document, managed.uuid, loader)
        target, temp_path = await self._one_off_path(managed, document.text if text is None else text)
        given = loader if text is None else ()
        argv = self._toolstack.create(target, paused=stopped, console=console, words=given)
        plan = BootPlan(
            found.name,
            tuple(argv),
            BootKind.ONE_OFF,
            managed.uuid,
            source=source.path,
            warnings=warnings,
            temp_path=temp_path,
            saved_to=managed.saved_to,
            chosen=chosen,
            paused=paused,
            held=held,
        )
        if console:
            await self._expect(plan, snapshot)
        return plan

    async def run(self, plan: BootPlan, watch: Watch | None = None) -> None:
        """Run a plan without a terminal and note the outcome.

        ``watch`` is called for a plan that is held before the guest's first instruction.
        """
        aside = await self._put_aside(plan)
        try:
            await self._session.change(plan.argv, subject=plan.name, worked=lambda: self._noted(plan))
        except CommandError:
            if aside:
                await self._session.store.put_back(aside)
            raise
        finally:
            await self._tidy(plan)
        self._told(plan)
        if plan.chosen is not None or plan.held:
            await self._let_go(plan, watch)

    async def settle(self, plan: BootPlan, exit_code: int, words: Sequence[str]) -> None:
        """Note the outcome of a plan that ran on a terminal; raises CommandError where it failed."""
        if self._session.dry_run:
            return
        await self._tidy(plan)
        await self._noted(plan, expected=True)
        if exit_code != 0:
            raise self._toolstack.explain(
                Completed(plan.argv, exit_code, b"", "\n".join(words).encode("utf-8", "replace")), plan.name
            )
        self._told(plan)

    def _told(self, plan: BootPlan) -> None:
        """Tell the session of a boot."""
        what = "start" if plan.kind is BootKind.STORED else "create"
        self._session.made(Done(plan.name, what, reason="the guest has booted; shut it down instead"))

    async def _ready(self, domain: Domain) -> StoredDomain:
        """The entry of a domain, made ready for a boot.

        A store that cannot be written keeps no domain off that could boot from it as it lies there.
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

    async def _stored_document(self, domain: Domain) -> language.Document | None:
        """The stored text, for its MAC addresses; a damaged one is no obstacle to a one-off boot."""
        try:
            entry = await self._session.store.read(domain.uuid)
            return language.parse(entry.text or "")
        except (StoreError, ConfigError):
            return None

    async def _loading(
        self, document: language.Document, wanted: WantedEntry | None
    ) -> tuple[tuple[str, ...], BootChoice | None, tuple[str, ...]]:
        """What xl is told of the boot loader, the entry it is to boot, and sentences worth showing.

        Where the configuration names domUloader, or the entry needs it, the host has xentui's program of that kind.
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

    async def _let_go(self, plan: BootPlan, watch: Watch | None) -> None:
        """Let a domain go on that was built with the chosen entry; raises HostError, and ends it, where it was not.

        Until then it is paused and has done nothing; who is to ``watch`` it is there by then.
        """
        if self._session.dry_run:
            if plan.chosen is not None:
                self._session.say(f"# the guest is to be built with: {plan.chosen.args}")
            if not plan.paused:
                self._session.say("# then: xl unpause DOMID")
            return
        snapshot = await self._inventory.poll()
        found = (
            of_uuid(snapshot, plan.uuid)
            if plan.uuid
            else next((each for each in snapshot.domains if each.name == plan.name), None)
        )
        if found is None or found.domid is None:
            raise HostError("it ended before xentui could see what it boots", subject=plan.name)
        guest = target(found)
        if plan.chosen is not None:
            await self._compared(plan, plan.chosen, guest)
        try:
            if watch is not None:
                await watch(found)
                await self._attached(guest)
        finally:
            # Whatever becomes of the console: it was asked to run.
            if not plan.paused:
                await self._session.change(self._toolstack.unpause(guest), subject=plan.name)

    async def _attached(self, guest: Target) -> None:
        """Wait until a client has the console, for some seconds at most: what is said before is lost to HVM guests."""
        deadline = time.monotonic() + _ATTACHING
        while not await self._toolstack.console_owner(guest) and time.monotonic() < deadline:  # noqa: ASYNC110 - the host tells nobody
            await asyncio.sleep(_LOOK)

    async def _compared(self, plan: BootPlan, chosen: BootChoice, guest: Target) -> None:
        """Raise HostError, and end the domain, where it was not built with the chosen entry."""
        built_with = await self._toolstack.command_line(guest)
        if built_with is not None and built_with.split() != chosen.args.split():
            await self._session.change(self._toolstack.destroy(guest), subject=plan.name)
            raise HostError(
                f"it was not built with “{chosen.title}”, and was destroyed before it ran",
                subject=plan.name,
                hint="the boot loader has chosen something else: read /var/log/xen/bootloader.*.log on the host",
                details=(f"wanted: {chosen.args}", f"built with: {built_with}"),
            )

    async def _other_text(self, document: language.Document, uuid: str, words: Sequence[str]) -> str | None:
        """What an engine with a language of its own boots the configuration from; None where it reads this one.

        Such a one makes no addresses, and takes no ``words`` beside its file.
        """
        if self._toolstack.engine_domains is None:
            return None
        return await self._toolstack.boot_text(
            identity.complete(language.override(document, words), uuid).text
        )

    async def _temp_file(self, text: str) -> str:
        """A file of the host that xl reads the text from; in a dry run only its name."""
        if self._session.dry_run:
            return _UNWRITTEN
        return await temp_files.write(self._session.host, text)

    async def _tidy(self, plan: BootPlan) -> None:
        """Remove the temporary file of a plan: xl reads it at the start only.  One that stays is swept some day."""
        if plan.temp_path and not self._session.dry_run:
            with contextlib.suppress(XentuiError):
                await temp_files.remove(self._session.host, plan.temp_path)

    async def _one_off_path(self, domain: Domain, text: str) -> tuple[str, str]:
        """Where xl reads the text of a one-off boot, and the temporary file that is for one the store cannot take."""
        if self._session.dry_run:
            return f"{self._session.host.store_root}/domains/{domain.uuid}/oneoff.cfg", ""
        try:
            return await self._session.store.write_oneoff(domain.uuid, text), ""
        except StoreError as error:
            if error.code not in UNWRITABLE or (domain.memory_image and error.code != StoreCode.PERMISSION):
                raise
        temp_path = await self._temp_file(text)
        return temp_path, temp_path

    async def _put_aside(self, plan: BootPlan) -> str:
        """Keep xendomains from restoring an old memory over what is about to boot; returns what was put aside."""
        if not plan.saved_to or self._session.dry_run:
            return ""
        return await self._session.store.put_aside(plan.uuid)

    async def _noted(self, plan: BootPlan, *, expected: bool = False) -> None:
        """Note what was booted; where it was ``expected``, only if nothing else was booted since.

        It runs, whatever becomes of the note.
        """
        if not plan.uuid or self._session.dry_run:
            return
        try:
            if expected:
                mark = (await self._session.store.read(plan.uuid)).running
                if not mark or mark.get("kind") != plan.kind or "above" not in mark:
                    return
            await self._note(plan)
        except XentuiError as error:
            self._session.unnoted(plan.argv, "could not record in the store what it booted", error)

    async def _note(self, plan: BootPlan) -> None:
        """Mark what was booted; of a one-off configuration with the domid it got, so that it is known for one."""
        if plan.kind is BootKind.STORED:
            await self._mark(plan, {"domid": None})  # that one is asked of none but those
            return
        snapshot = await self._inventory.poll()
        found = of_uuid(snapshot, plan.uuid)
        domid = found.domid if found else None
        await self._mark(plan, {"domid": domid})

    async def _expect(self, plan: BootPlan, snapshot: Snapshot) -> None:
        """Mark what is about to be booted on a terminal: how it went is noted only when that is left, much later.

        The domain will have a domid above all there are.
        """
        if self._session.dry_run:
            return
        highest = max((other.domid or 0 for other in snapshot.domains), default=0)
        await self._put_aside(plan)
        try:
            await self._mark(plan, {"domid": None, "above": highest})
        except StoreError as error:
            if error.code not in UNWRITABLE:
                raise
            self._session.unnoted(plan.argv, "could not record in the store what it boots", error)

    async def _mark(self, plan: BootPlan, place: Mapping[str, int | None]) -> None:
        record = {"kind": plan.kind, "version": plan.version, "source": plan.source, **place}
        await self._session.store.mark_running(plan.uuid, record)


def _require_no_other(snapshot: Snapshot, domain: Domain) -> None:
    """Raise NotAllowedError where another engine of the host runs a domain of the same name."""
    for other in snapshot.domains:
        if other.by and other.domid is not None and domain.answers_to(other.name):
            raise NotAllowedError(
                f"cannot start: {other.by} runs a domain of that name (domid {other.domid})",
                subject=domain.label,
                hint=f"it may be the same guest, on the same disks: stop it with {other.by}, or rename this one",
            )


def _managed_off(snapshot: Snapshot, name: str, uuid: str | None, source: str) -> Domain | None:
    """The managed domain a file is an experiment with; None for a new, transient one.

    Raises NotAllowedError where a domain of that name or uuid stands in the way.
    """
    for domain in snapshot.domains:
        same_name, same_uuid = domain.answers_to(name), bool(uuid) and domain.uuid == uuid
        if domain.copy_of and domain.name != name:
            continue  # it is in nobody's way
        if not (same_name or same_uuid) or (domain.state is DomainState.DYING and not domain.name):
            continue
        if domain.domid is not None:
            what = f"a domain named {name}" if same_name else f"the domain with that uuid, {domain.label},"
            raise NotAllowedError(
                f"cannot create: {what} is there already with domid {domain.domid}",
                subject=source,
                hint=(
                    "stop it first (",
                    Suggest("domain.shutdown", "-w", domain.label),
                    "), or change the file's name and uuid",
                ),
            )
        if domain.state is DomainState.SUSPENDED:
            require(domain, Action.START)
        if same_uuid and not same_name:
            raise NotAllowedError(
                f"cannot create: the uuid belongs to the managed domain {domain.label}, the name is another",
                subject=source,
                hint="leave the uuid out, or rename the managed domain first",
            )
        if same_name and uuid and domain.uuid != uuid:
            raise NotAllowedError(
                f"cannot create: the name belongs to the managed domain {domain.uuid}, the uuid is another",
                subject=source,
                hint="leave the uuid out to boot the file as that domain, or choose another name",
            )
        return domain
    return None
