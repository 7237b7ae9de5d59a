"""Starting and stopping domains."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from xentui.errors import NotAllowedError, StoreError, Suggest, TimedOutError
from xentui.model.configuration import action_word
from xentui.model.domain import Domain
from xentui.model.job import INSTALL, HostJob
from xentui.model.keys import GuestKey
from xentui.model.state import DomainState
from xentui.model.trigger import Trigger
from xentui.service import lookup
from xentui.service.boot import Boot
from xentui.service.boot_plan import BootOptions, BootPlan, Watch
from xentui.service.config_source import Text, named
from xentui.service.domain_runner import DomainRunner
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, against_key, against_trigger, require_now
from xentui.service.saving import Progress, Saving
from xentui.service.session import Session
from xentui.service.session_change import SessionChange

if TYPE_CHECKING:
    from xentui.model.boot_menu import WantedEntry

_POLL_SECONDS = 0.5
_REBOOT_GAP = 60.0
_COMING_BACK = frozenset({"restart", "restart_rename", "coredump_restart", "soft_reset"})
_CLEANING = 10.0


class Lifecycle:
    """Starts, stops and pauses domains; each method looks the domain up again before it acts.

    All raise NotAllowedError if the state forbids it or the session is read-only, CommandError if the toolstack
    refuses, HostError if the host is out of reach.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack
        self._boot = Boot(session, inventory)
        self._acting = DomainRunner(session, inventory)
        self._saving = Saving(session, inventory)

    async def start(
        self,
        domain: Domain,
        *,
        paused: bool = False,
        wanted: WantedEntry | None = None,
        watch: Watch | None = None,
    ) -> BootPlan:
        """Boot the stored configuration of a managed domain; the file that it was made from is not read.

        ``wanted`` is an entry of its boot menu, for this boot only.  With ``watch`` the domain is built paused, and is
        unpaused when ``watch`` has attached to its console, so that no output is lost.  Returns the plan that was run,
        with its warnings.
        """
        plan = await self._boot.plan_stored(
            domain, BootOptions(paused, watched=watch is not None, wanted=wanted)
        )
        await self._boot.run(plan, watch)
        return plan

    async def plan_boot(self, domain: Domain) -> BootPlan:
        """Prepare :meth:`start` for a job of the host that runs the plan's argv; raises as :meth:`start`."""
        return await self._boot.plan_stored(domain)

    async def plan_start(self, domain: Domain, *, paused: bool = False) -> BootPlan:
        """Prepare :meth:`start` with a console: the caller runs its argv on a terminal and records the result."""
        return await self._boot.plan_stored(domain, BootOptions(paused, console=True))

    async def create(
        self,
        file: str | Text,
        *,
        words: Sequence[str] = (),
        paused: bool = False,
        as_xm: bool = False,
        wanted: WantedEntry | None = None,
        watch: Watch | None = None,
    ) -> BootPlan:
        """Boot a configuration file (see :func:`~xentui.service.config_source.named`); returns the plan that was run.

        A new name becomes a transient domain.  The name of a managed domain that is off boots this file once under the
        managed identity; its stored configuration is not changed.  ``as_xm`` says that the file is one of xm even if xl
        accepts it; ``wanted`` is an entry of its boot menu, ``watch`` as of :meth:`start`.
        """
        plan = await self._boot.plan_source(
            named(self._session.host, file),
            BootOptions(paused, watched=watch is not None, wanted=wanted),
            words=words,
            as_xm=as_xm,
        )
        await self._boot.run(plan, watch)
        return plan

    async def plan_create(
        self, file: str | Text, *, words: Sequence[str] = (), paused: bool = False, as_xm: bool = False
    ) -> BootPlan:
        """Prepare :meth:`create` with a console, as :meth:`plan_start` does."""
        return await self._boot.plan_source(
            named(self._session.host, file), BootOptions(paused, console=True), words=words, as_xm=as_xm
        )

    async def record_result(self, plan: BootPlan, exit_code: int, words: Sequence[str] = ()) -> None:
        """Record how a planned boot that ran on a terminal ended; raises CommandError where it failed."""
        await self._boot.record_result(plan, exit_code, words)

    async def shutdown(self, domain: Domain, *, acpi_fallback: bool = False) -> Domain:
        """Ask the guest to power off; returns the domain that was asked, for :meth:`wait_gone`.

        An installer that is shut down in this way has not ended by itself: the stored configuration is not booted then.
        """
        asked = await self._acting.on(
            domain,
            Action.SHUTDOWN,
            lambda target: self._toolstack.shutdown(target, acpi_fallback=acpi_fallback),
            before=self._break_install,
        )
        self._final(asked.label, "shutdown", "the guest was asked to power off; start it again")
        return asked

    async def reboot(self, domain: Domain, *, acpi_fallback: bool = False) -> Domain:
        """Ask the guest to reboot; returns the domain that was asked, for :meth:`wait_rebooted`."""
        asked = await self._acting.on(
            domain,
            Action.REBOOT,
            lambda target: self._toolstack.reboot(target, acpi_fallback=acpi_fallback),
        )
        self._final(asked.label, "reboot", "the guest was told to reboot")
        return asked

    async def destroy(self, domain: Domain) -> None:
        """Destroy the domain at once; if it is not running, drop its saved memory."""
        if domain.domid is None:
            await self._saving.drop_image(await self._still_saved(domain))
        else:
            await self._acting.end(domain, self._toolstack.destroy, before=self._break_install)
        self._final(domain.label, "destroy", "what the guest had in memory is gone")

    async def _break_install(self, domain: Domain) -> None:
        """Tell the host not to boot anything when the installer of a domain, which is about to be destroyed, ends."""
        job = domain.job
        if job is None or job.kind != INSTALL or not job.under_way or self._session.dry_run:
            return
        with contextlib.suppress(StoreError):  # it has ended long ago
            await self._session.store.cancel_job(job.id)

    async def clear(self, domain: Domain) -> tuple[Domain, ...]:
        """Destroy the stopped copies of a domain that xl keeps (``on_crash = "rename-restart"``); returns them.

        Raises NotAllowedError if there is none.
        """
        self._session.require_writable()
        kept = tuple(lookup.copies(await self._inventory.glance(), domain))
        if not kept:
            raise NotAllowedError("cannot clear: it has no stopped copy that xl keeps", subject=domain.label)
        for copy in kept:
            await self._acting.on(copy, Action.DESTROY, self._toolstack.destroy)
        self._final(domain.label, "clear", "what the stopped copies had in memory is gone")
        return kept

    async def pause(self, domain: Domain) -> None:
        """Stop the domain's vCPUs; its memory stays."""
        paused = await self._acting.on(domain, Action.PAUSE, self._toolstack.pause)
        self._reversible(paused, "pause", self.unpause)

    async def unpause(self, domain: Domain) -> None:
        """Let the vCPUs of a paused domain run again, or those of a guest that was stopped for a save that failed."""
        self._session.require_writable()
        if domain.asleep:
            # It may have been woken since, ended, or been started under another domid.
            domain = require_now(await self._inventory.glance(), domain, Action.UNPAUSE)
        if domain.asleep:
            await self._saving.wake(domain)
            return
        woken = await self._acting.on(domain, Action.UNPAUSE, self._toolstack.unpause)
        self._reversible(woken, "unpause", self.pause)

    async def wake(self, domain: Domain) -> None:
        """Resume a guest that was stopped for a migration; the caller has checked that it does not run on the other
        host.
        """
        self._session.require_writable()
        await self._saving.wake(domain)

    async def trigger(self, domain: Domain, event: Trigger) -> None:
        """Send an event to the guest; raises NotAllowedError if a guest of its type cannot receive it."""
        if reason := against_trigger(domain, event):
            raise NotAllowedError(f"cannot trigger: {reason}", subject=domain.label)
        await self._acting.on(domain, Action.TRIGGER, lambda target: self._toolstack.trigger(target, event))
        self._final(domain.label, f"trigger {event}", "the guest has received it")

    async def sysrq(self, domain: Domain, letter: str) -> None:
        """Send a letter of the magic SysRq, one of :data:`xentui.model.keys.SYSRQ`."""
        await self._acting.on(domain, Action.SYSRQ, lambda target: self._toolstack.sysrq(target, letter))
        self._final(domain.label, f"sysrq {letter}", "the guest has received it")

    async def send_key(self, domain: Domain, key: GuestKey) -> None:
        """Press keys of an HVM guest's keyboard, or send a break; raises NotAllowedError if the guest has no such
        device.
        """
        self._session.require_writable()
        if reason := against_key(domain, key):
            raise NotAllowedError(f"cannot send {key}: {reason}", subject=domain.label)
        await self._acting.on(domain, Action.SEND_KEY, lambda target: self._toolstack.send_key(target, key))
        self._final(domain.label, f"send-key {key}", "the guest has received it")

    async def save(self, domain: Domain, path: str, *, progress: Progress | None = None) -> None:
        """Write the domain's memory to the file ``path`` on the host, and destroy the domain (see Saving)."""
        await self._saving.save(domain, path, progress=progress)
        self._final(domain.label, "save", f"it has stopped; restore it from {path}")

    async def restore(
        self, path: str, *, paused: bool = False, force: bool = False, progress: Progress | None = None
    ) -> None:
        """Restore the domain saved in the file ``path`` on the host; ``force`` does so although its disks have changed
        since.
        """
        await self._saving.restore(path, paused=paused, force=force, progress=progress)
        self._final(path, "restore", "the guest has been running since")

    async def suspend(self, domain: Domain, *, progress: Progress | None = None) -> None:
        """Save a managed domain to its checkpoint in the store; it is *suspended* then."""
        await self._saving.suspend(domain, progress=progress)
        self._reversible(domain, "suspend", self.resume)

    async def resume(self, domain: Domain, *, paused: bool = False, progress: Progress | None = None) -> None:
        """Resume a suspended domain from its checkpoint, which is used up by that."""
        await self._saving.resume(domain, paused=paused, progress=progress)
        self._final(domain.label, "resume", "the guest has been running since; suspend it again")

    async def follow(self, job: HostJob, *, progress: Progress | None = None) -> None:
        """Wait for the end of a job of the host that somebody has started; raises as the command that started it."""
        await self._saving.follow(job, progress=progress)

    def _reversible(self, domain: Domain, what: str, undo: Callable[[Domain], Awaitable[None]]) -> None:
        """Report a change that another of these methods undoes, if the domain's state still allows that."""
        self._session.made(SessionChange(domain.label, what, partial(undo, domain)))

    def _final(self, subject: str, what: str, reason: str) -> None:
        """Report a change that cannot be undone, and why."""
        self._session.made(SessionChange(subject, what, reason=reason))

    async def _still_saved(self, domain: Domain) -> Domain:
        """Return the present state of a domain that was only saved memory; raises NotAllowedError if it runs.

        A user who agreed to drop saved memory has not agreed to destroy a running guest.
        """
        now = require_now(await self._inventory.glance(), domain, Action.DESTROY)
        if now.domid is not None:
            raise NotAllowedError(
                "cannot drop its saved memory: it runs meanwhile",
                subject=domain.label,
                hint=(Suggest("domain.destroy", domain.label), " once more ends it"),
            )
        return now

    async def wait_gone(self, domain: Domain, *, timeout: float | None = None) -> None:
        """Wait until the guest of ``domain`` has stopped: it is off, or kept as shut down or crashed.

        Raises TimedOutError after ``timeout`` seconds.
        """
        ended_since: float | None = None

        def done(now: Domain | None) -> bool:
            nonlocal ended_since
            if now is None or now.domid is None:
                return True
            if now.state.alive:
                return False
            # xl clears an ended domain away in a moment; one that is preserved stays.
            ended_since = ended_since or time.monotonic()
            return "preserve" in now.config.actions.values() or time.monotonic() - ended_since > _CLEANING

        await self._wait(domain, done, timeout)

    async def wait_rebooted(self, domain: Domain, *, timeout: float | None = None) -> None:
        """Wait until the domain runs under another domid.

        xl waits for two seconds between the old domain and the new one, and then builds it; on a slow host no domain
        was listed for 16 seconds.  Raises TimedOutError after ``timeout`` seconds, if it has been gone for a minute,
        and at once if its ``on_reboot`` does not restart it.
        """
        action = domain.config.actions.get("on_reboot", "")
        gone_since: float | None = None

        def done(now: Domain | None) -> bool:
            nonlocal gone_since
            if now is not None and now.domid is not None and now.domid != domain.domid:
                # A domain is paused while xl still builds it.
                return now.state in (DomainState.RUNNING, DomainState.BLOCKED)
            if now is None or now.domid is None:
                gone_since = gone_since or time.monotonic()
                if action and action not in _COMING_BACK:
                    what = f"the guest has stopped and is off: its on_reboot is {action_word(action)}"
                    raise _not_back(domain, what, Suggest("domain.start", domain.label))
                if time.monotonic() - gone_since > _REBOOT_GAP:
                    what = f"the guest has stopped, and has not come back within {_REBOOT_GAP:g} s"
                    raise _not_back(domain, what, Suggest("domain.start", domain.label))
            elif now.state is DomainState.SHUTDOWN and action == "preserve":
                what = "the guest has stopped and is kept as it was: its on_reboot is preserve"
                raise _not_back(domain, what, Suggest("domain.destroy", domain.label))
            return False

        await self._wait(domain, done, timeout)

    async def _wait(
        self, domain: Domain, done: Callable[[Domain | None], bool], timeout: float | None
    ) -> None:
        if self._session.dry_run:
            return
        try:
            async with asyncio.timeout(timeout):
                # Polled: not every change of state has a xenstore event (a guest that is kept after its end).
                while not done(await self._inventory.current(domain)):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise TimedOutError(
                f"the guest has not done so within {timeout:g} s",
                subject=domain.label,
                hint=("look at its console, wait longer, or ", Suggest("domain.destroy", domain.label)),
            ) from None


def _not_back(domain: Domain, what: str, hint: Suggest) -> TimedOutError:
    return TimedOutError(what, subject=domain.label, hint=hint)
