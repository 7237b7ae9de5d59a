"""Starting and stopping domains."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from xentui.errors import CommandError, HostError, NotAllowedError, XentuiError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import lookup
from xentui.service.acting import Acting
from xentui.service.boot import Boot, BootPlan
from xentui.service.checks import Checks
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require, require_now
from xentui.service.session import Session
from xentui.toolstack import parse, xl

Progress = Callable[[int], None]
"""Called with a percentage as long work goes on."""
_POLL_SECONDS = 0.5
_REBOOT_GAP = 15.0
_CLEANING = 10.0
_WHOLE = ("checkpoint.chk", "checkpoint.resuming")


class Lifecycle:
    """The verbs that start, stop and freeze domains; all look the domain up again when they act.

    All raise NotAllowedError when the state forbids it or the session is read-only, CommandError when xl
    refuses, HostError when the host is gone.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._boot = Boot(session, inventory)
        self._checks = Checks(session.host)
        self._acting = Acting(session, inventory)

    async def start(self, domain: Domain, *, paused: bool = False) -> BootPlan:
        """Boot the stored configuration of a managed domain; the file it was made from is not read.

        Returns the plan that was run, with its warnings.
        """
        plan = await self._boot.stored(domain, paused=paused)
        await self._boot.run(plan)
        return plan

    async def plan_start(self, domain: Domain, *, paused: bool = False) -> BootPlan:
        """Prepare :meth:`start` with a console: the caller runs the plan's argv on a terminal, then settles it."""
        return await self._boot.stored(domain, paused=paused, console=True)

    async def create(self, path: str, *, words: Sequence[str] = (), paused: bool = False) -> BootPlan:
        """Boot the configuration file at ``path``; returns the plan that was run: name, kind, warnings.

        An unknown name becomes a transient domain; the name of a managed one that is off boots this file once
        under the managed identity, its stored configuration untouched.
        """
        plan = await self._boot.file(path, words=words, paused=paused)
        await self._boot.run(plan)
        return plan

    async def plan_create(self, path: str, *, words: Sequence[str] = (), paused: bool = False) -> BootPlan:
        """Prepare :meth:`create` with a console, as :meth:`plan_start` does."""
        return await self._boot.file(path, words=words, paused=paused, console=True)

    async def settle(self, plan: BootPlan, exit_code: int, words: Sequence[str] = ()) -> None:
        """Note how a planned boot that ran on a terminal ended; raises CommandError where it failed."""
        await self._boot.settle(plan, exit_code, words)

    async def shutdown(self, domain: Domain, *, acpi_fallback: bool = False) -> Domain:
        """Ask the guest to power off; returns the domain that was asked, for which :meth:`wait_gone` waits."""
        return await self._acting.on(
            domain, Action.SHUTDOWN, lambda domid: xl.shutdown(domid, acpi_fallback=acpi_fallback)
        )

    async def reboot(self, domain: Domain, *, acpi_fallback: bool = False) -> Domain:
        """Ask the guest to reboot; returns the domain that was asked, for :meth:`wait_rebooted`."""
        return await self._acting.on(
            domain, Action.REBOOT, lambda domid: xl.reboot(domid, acpi_fallback=acpi_fallback)
        )

    async def destroy(self, domain: Domain) -> None:
        """End the domain at once; of one that is not there, drop the saved memory."""
        if domain.domid is None:
            await self._drop_image(await self._still_saved(domain))
            return
        await self._acting.end(domain, xl.destroy)

    async def clear(self, domain: Domain) -> tuple[Domain, ...]:
        """Let go of the stopped copies of a domain that xl keeps (``rename-restart``); returns those it were.

        Raises NotAllowedError where there is none.
        """
        self._session.require_writable()
        kept = tuple(lookup.copies(await self._inventory.glance(), domain))
        if not kept:
            raise NotAllowedError("cannot clear: it has no stopped copy that xl keeps", subject=domain.label)
        for copy in kept:
            await self._acting.on(copy, Action.DESTROY, xl.destroy)
        return kept

    async def pause(self, domain: Domain) -> None:
        """Stop the domain's CPUs; its memory stays."""
        await self._acting.on(domain, Action.PAUSE, xl.pause)

    async def unpause(self, domain: Domain) -> None:
        """Let a paused domain run on."""
        await self._acting.on(domain, Action.UNPAUSE, xl.unpause)

    async def save(self, domain: Domain, path: str, *, progress: Progress | None = None) -> None:
        """Write the domain's memory to the file ``path`` on the host and end the domain."""
        domid = self._held(domain, Action.SAVE)
        target = self._session.host.host_path(path)
        await self._checks.writable_image(path)
        await _to_its_end(
            self._session.change(xl.save(domid, target), subject=domain.label, watcher=watch(progress))
        )

    async def restore(self, path: str, *, paused: bool = False, progress: Progress | None = None) -> None:
        """Continue the domain saved in the file ``path`` on the host."""
        target = self._session.host.host_path(path)
        await _to_its_end(
            self._session.change(xl.restore(target, paused=paused), subject=path, watcher=watch(progress))
        )

    async def suspend(self, domain: Domain, *, progress: Progress | None = None) -> None:
        """Save a managed domain to the store's own checkpoint; it is *suspended* then.

        The domain is looked at anew: one listed a while ago may have been suspended or stopped by others since.
        Raises StoreError, code ``busy``, while another save of it is under way.
        """
        session, store = self._session, self._session.store
        session.require_writable()
        now = require_now(await self._inventory.glance(), domain, Action.SUSPEND)
        if session.dry_run:
            path = store.image_path(now.uuid, "checkpoint.part")
            await session.change(xl.save(self._held(now, Action.SUSPEND), path), subject=now.label)
            return
        if now.memory_image in _WHOLE:
            # Of one poll, the image may be younger than the list.  A domain that runs after the image was seen has
            # outlived it: it is out of date.
            now = require_now(await self._inventory.glance(), now, Action.SUSPEND)
            if now.memory_image in _WHOLE:
                await self._drop_image(now)
        domid = self._held(now, Action.SUSPEND)

        async def work() -> None:
            path = await store.checkpoint_begin(now.uuid)
            try:
                await session.change(xl.save(domid, path), subject=now.label, watcher=watch(progress))
            except XentuiError as error:
                await self._suspend_failed(now, path, certain=isinstance(error, CommandError))
                raise
            await store.checkpoint_commit(now.uuid, path)

        await _to_its_end(work())

    async def resume(self, domain: Domain, *, paused: bool = False, progress: Progress | None = None) -> None:
        """Continue a suspended domain from its checkpoint, which is spent then.

        Raises ConfigError where one of its disks is gone or in use by another domain.
        """
        session, store = self._session, self._session.store
        session.require_writable()
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.RESUME)
        if session.dry_run:
            path = store.image_path(domain.uuid, "checkpoint.resuming")
            await session.change(xl.restore(path, paused=paused), subject=domain.label)
            return
        session.caution(await self._checks.resumable(domain, snapshot))

        async def work() -> None:
            path = await store.resume_begin(domain.uuid)
            try:
                argv = xl.restore(path, paused=paused)
                await session.change(argv, subject=domain.label, watcher=watch(progress))
            except XentuiError as error:
                await self._resume_failed(domain, certain=isinstance(error, CommandError))
                raise
            await store.resume_commit(domain.uuid)

        await _to_its_end(work())

    async def _suspend_failed(self, domain: Domain, path: str, *, certain: bool) -> None:
        """Settle the image of a save that failed, or (not ``certain``) whose outcome a lost connection hid.

        xl ends a domain only after its image is whole, so a domain that is gone was saved.  One that still is
        there may still be being saved unless xl has said that it failed: its file is left alone.
        """
        with contextlib.suppress(HostError):
            now = await self._found(domain)
            if now is None and not certain:
                await self._session.store.checkpoint_commit(domain.uuid, path)
            elif now is not None and certain:
                await self._session.store.checkpoint_abort(domain.uuid, path)

    async def _resume_failed(self, domain: Domain, *, certain: bool) -> None:
        """Settle the image of a restore that failed, or (not ``certain``) whose outcome a lost connection hid.

        An image must never be resumed twice: it is given back only where xl has said that it failed and nothing
        came up, and spent only where the guest runs.  Else it stays aside until somebody decides.
        """
        with contextlib.suppress(HostError):
            now = await self._found(domain)
            if now is not None and now.state in (DomainState.RUNNING, DomainState.BLOCKED):
                await self._session.store.resume_commit(domain.uuid)
            elif now is None and certain:
                await self._session.store.resume_abort(domain.uuid)

    async def _found(self, domain: Domain) -> Domain | None:
        snapshot = await self._inventory.poll()
        held = (other for other in snapshot.domains if other.uuid == domain.uuid and other.domid is not None)
        return next(held, None)

    async def _still_saved(self, domain: Domain) -> Domain:
        """A domain that was only saved memory, as it is now; raises NotAllowedError where it runs.

        Who wanted to drop its memory has not agreed to the end of a guest.
        """
        now = require_now(await self._inventory.glance(), domain, Action.DESTROY)
        if now.domid is not None:
            raise NotAllowedError(
                "cannot drop its saved memory: it runs meanwhile",
                subject=domain.label,
                hint=f"`xentui destroy {domain.label}` once more ends it",
            )
        return now

    async def _drop_image(self, domain: Domain) -> None:
        """Remove the saved memory of a domain, whatever became of it."""
        store = self._session.store
        path = store.image_path(domain.uuid, domain.memory_image or "checkpoint.chk")
        await self._session.store_change(
            ["drop-memory", path], subject=domain.label, action=lambda: store.remove_file(path)
        )

    async def wait_gone(self, domain: Domain, *, timeout: float | None = None) -> None:
        """Wait until the guest of ``domain`` has stopped: it is off, or kept as shut down or crashed.

        Raises NotAllowedError past ``timeout`` seconds.
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
        """Wait until the domain lives under another domid, or has been gone for a while.

        xl rests for two seconds between the old domain and the new one, and building that takes time: so a
        domain counts as gone for good only after fifteen.
        """
        gone_since: float | None = None

        def done(now: Domain | None) -> bool:
            nonlocal gone_since
            if now is not None and now.domid is not None:
                gone_since = None
                # A domain is paused while xl still builds it.
                return now.domid != domain.domid and now.state in (DomainState.RUNNING, DomainState.BLOCKED)
            gone_since = gone_since or time.monotonic()
            return time.monotonic() - gone_since > _REBOOT_GAP

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
            raise NotAllowedError(
                f"the guest has not obeyed within {timeout:g} s",
                subject=domain.label,
                hint=f"look at its console, wait longer, or `xentui destroy {domain.label}`",
            ) from None

    @staticmethod
    def _held(domain: Domain, action: Action) -> int:
        require(domain, action)
        if domain.domid is None:
            raise NotAllowedError(f"cannot {action}: it has no domid", subject=domain.label)
        return domain.domid


async def _to_its_end(work: Coroutine[Any, Any, object]) -> None:
    """Await ``work``; a cancellation is obeyed only when it has ended.

    A save or restore killed half-way leaves a guest that neither runs nor can be continued.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error from None
        raise


def watch(progress: Progress | None) -> Callable[[bytes], None] | None:
    """A watcher of standard error that reports xl's percentages, each once."""
    if progress is None:
        return None
    last = -1

    def watcher(data: bytes) -> None:
        nonlocal last
        for percent in parse.progress(data):
            if percent != last:
                last = percent
                progress(percent)

    return watcher
