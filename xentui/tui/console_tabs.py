"""Consoles in the screen: opening, following a domain, giving one the bare terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from xentui.console.attach_live import attach_live
from xentui.console.broadcast import Broadcast
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.live import WATCHING
from xentui.console.recorded import RecordedConsole
from xentui.console.session import Phase
from xentui.console.shown_console import ShownConsole
from xentui.errors import NotAllowedError, XentuiError
from xentui.model.consoles import WhichConsole
from xentui.model.domain import BUILDING, Domain
from xentui.service import consoles, lookup
from xentui.service.legality import Action, require
from xentui.text import lines
from xentui.toolstack.targets import target
from xentui.tui.console_boots import ConsoleBoots
from xentui.tui.console_watch import Watching
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.layout import WIDE
from xentui.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from xentui.service.boot_plan import BootPlan
    from xentui.tui.context import RecordResult


class ConsoleTabs:
    """What is done with consoles on the main screen."""

    def __init__(self, context: UiContext, main: MainScreen, hub: ConsoleHub, watching: Watching) -> None:
        self._context = context
        self.watching = watching
        self._main = main
        self._hub = hub
        self._boots = ConsoleBoots(context, main, hub, watching)
        self._unsure: set[LiveConsole] = set()
        """Those of which it is not known whether their guests lack something to speak on them."""
        self._awaited: dict[str, tuple[bool, WhichConsole | None]] = {}
        """Domains whose consoles are wanted and not there yet, by uuid: how they are to be opened."""
        hub.on_taken = self._taken
        hub.on_unwatched = self._unwatched

    async def open(self, domain: Domain, *, looking: bool = False, which: WhichConsole | None = None) -> None:
        """Show the console of a domain; one that is open already is only shown, unless ``which`` is another.

        Raises NotAllowedError where the domain does not run and has shown nothing yet.
        """
        live = self._hub.get(domain.uuid)
        same = live is None or which in (None, live.which)
        self._awaited.clear()  # the last one that is asked for gets the keys
        comes = (live is None or live.ended) and self._comes(domain)
        if comes:
            self._awaited[domain.uuid] = looking, which
            self._context.notify(f"{domain.label}: its console opens as soon as there is one")
        if (
            live is not None
            and same
            and (looking or live.session.phase is Phase.OPEN or domain.domid is None)
        ):
            self._show(live, looking=looking or live.ended)
            return
        if comes:
            return
        require(domain, Action.CONSOLE)
        await self._attach(domain, which or (live.which if live is not None else None), looking=looking)

    def _comes(self, domain: Domain) -> bool:
        """Return whether it has no console now, and will have one soon: xl is making it, or this session has it
        booted.
        """
        if domain.booting == BUILDING:
            return True
        doing = self._context.jobs.conditions().get(domain.label, "")
        return doing in _COMING and not _possible(domain)

    def _open_awaited(self) -> None:
        """Open what has been waited for and is there now; what does not come any more is not waited for."""
        for uuid, how in list(self._awaited.items()):
            domain = self._of_uuid(uuid)
            if domain is not None and not self._comes(domain):
                del self._awaited[uuid]
                if _possible(domain):
                    self._context.background(partial(self._arrived, domain, *how))

    async def _arrived(self, domain: Domain, looking: bool, which: WhichConsole | None) -> None:
        """Show a console that was waited for; who does something else by now keeps the keys."""
        current = self._main.current
        waits = self._main.is_current and self._main.table.has_focus
        try:
            if waits and current is not None and current.uuid == domain.uuid:
                await self.open(domain, looking=looking, which=which)
            else:
                await self.live(domain)
        except XentuiError as error:
            self._context.notify_error(error)

    async def live(self, domain: Domain) -> tuple[LiveConsole, bool]:
        """Return the console of a domain that runs, attached to where it is not yet; whether it was."""
        live = self._hub.get(domain.uuid)
        if fresh := live is None or live.ended:
            require(domain, Action.CONSOLE)
            live = await self._attached(domain, None)
            self._main.show_tabs()
        return live, fresh

    async def _attach(self, domain: Domain, which: WhichConsole | None, *, looking: bool = False) -> None:
        live = await self._attached(domain, which)
        self._main.consoles.show(live, looking=looking, fresh=True)
        if which is None:
            self._unsure.add(live)
            self._find_lacking()

    def _find_lacking(self) -> None:
        """Find out what attached guests lack to speak, as soon as it is known what each runs with."""
        self._unsure = {live for live in self._unsure if not live.ended}
        for live in list(self._unsure):
            domain = self._domain(live)
            if domain is not None and domain.running is not None:
                self._unsure.discard(live)
                if live.which is None and consoles.asks_for(domain):
                    self._context.background(partial(self._tell_lacking, domain, live))

    async def _tell_lacking(self, domain: Domain, live: LiveConsole) -> None:
        """Say what its configuration lacks where its console stays silent."""
        try:
            there = await consoles.of(self._context.hypervisor.session.toolstack, domain)
        except XentuiError:
            return  # it is attached all the same
        lacking = consoles.lacking(domain, there)
        live.lacking = lacking.brief if lacking is not None else ""
        live.changed()

    async def _attached(self, domain: Domain, which: WhichConsole | None) -> LiveConsole:
        if domain.domid is None:
            raise NotAllowedError("cannot attach: it is not running", subject=domain.label)
        argv = self._context.hypervisor.session.toolstack.console(target(domain), which)
        await self.watching.ready(domain.uuid)
        return await self._hub.open(
            uuid=domain.uuid, name=domain.label, domid=domain.domid, argv=argv, which=which
        )

    async def boot(self, plan: BootPlan, record: RecordResult) -> None:
        """Run a planned boot with its menu and console in a tab; how it ends is recorded by ``record``, and shown."""
        await self._boots.begin(plan, record)

    async def again(self) -> None:
        """Attach again to the domain whose console has ended."""
        live = self._main.console.console
        if live is None:
            return
        domain = self._domain(live)
        try:
            if domain is None:
                raise NotAllowedError("cannot attach: the domain is gone", subject=live.name)
            require(domain, Action.CONSOLE)
            await self._attach(domain, live.which)
        except XentuiError as error:
            self._context.notify_error(error)

    async def watch(self) -> None:
        """Show what the holder of the console in sight shares."""
        live = self._main.console.console
        if live is None:
            return
        try:
            await self._hub.watch(live.uuid)
        except XentuiError as error:
            self._context.notify_error(error)

    async def take_over(self) -> None:
        """Take the console in sight over from its holder, who is told, if the user agrees."""
        live = self._main.console.console
        domain = self._domain(live) if live is not None else None
        if live is None or domain is None:
            return
        about = [f"  {live.status.removeprefix(WATCHING)}", "The present user is told, and loses it."]
        question = ConfirmDialog(f"Take over the console of {live.name}?", about, "Take over", careful=True)
        if not await self._context.ask(question):
            return
        try:
            require(domain, Action.CONSOLE)
            await self._hub.take_over(live.uuid)
            await self._attach(domain, live.which)
        except XentuiError as error:
            self._context.notify_error(error)

    def _taken(self, live: LiveConsole, who: str) -> None:
        self._context.notify(f"the console of {live.name} was taken over by {who}", severity="warning")

    def _unwatched(self, live: LiveConsole) -> None:
        """Tell it where it is not seen."""
        main = self._main
        main.show_tabs()
        shown = live in (main.consoles.first.console, main.consoles.second.console)
        if not shown or (main.narrow and not main.has_class("-front")):
            why = live.status.removeprefix("ended: ")
            self._context.notify(f"{live.name} is no longer watched: {why}", severity="warning")

    async def agrees_to_paste(self, text: str, guests: int) -> bool:
        """Return whether the user agrees that several lines are typed into so many guests."""
        told = lines(text.replace("\r\n", "\n").replace("\r", "\n"))
        shown = [f"  {line[:60]}" for line in told[:6]] + (
            [f"  … {len(told) - 6} more"] if len(told) > 6 else []
        )
        whom = "the guest" if guests == 1 else f"{guests} guests"
        question = ConfirmDialog(f"Type {len(told)} lines into {whom}?", shown, "Type")
        agreed = await self._context.ask(question)
        return bool(agreed)

    async def beside(self, domain: Domain) -> None:
        """Show the console of a domain beside the one that is shown; where it stands there already, no more.

        Raises NotAllowedError where there is no room, or nothing to stand beside.
        """
        main = self._main
        if (beside := main.consoles.second.console) is not None and beside.uuid == domain.uuid:
            main.consoles.show_beside(None)
            return
        if main.narrow:
            raise NotAllowedError(
                f"cannot show two consoles: the terminal has {main.size.width} columns, and {WIDE} are needed"
            )
        first = main.consoles.first.console
        if first is None or first.uuid == domain.uuid:
            raise NotAllowedError(
                "cannot show it beside another console: none is open",
                subject=domain.label,
                hint="open that first",
            )
        live, _fresh = await self.live(domain)
        main.consoles.show_beside(live)

    async def together(self, wanted: Sequence[LiveConsole], known: Sequence[LiveConsole]) -> None:
        """Type into several open consoles at once if the user agrees: those ``wanted``, else all that are ``known``.

        Raises NotAllowedError where fewer than two are open.
        """
        opened = [live for live in known if not live.ended and not live.watching]
        chosen = [live for live in opened if live in wanted]
        if len(chosen) < 2:
            chosen = opened
        if len(chosen) < 2:
            raise NotAllowedError("cannot type into several consoles: open two first")
        names = [f"  {live.name} (domid {live.domid})" for live in chosen[:10]]
        names += [f"  … {len(chosen) - 10} more"] if len(chosen) > 10 else []
        about = [*names, "Every key goes to all of them until you leave the console."]
        question = ConfirmDialog(f"Type into {len(chosen)} consoles at once?", about, "Type", careful=True)
        if await self._context.ask(question):
            shown = self._main.console.console
            self._show(shown if shown is not None and shown in chosen else chosen[0])
            self._main.consoles.type_together(Broadcast(chosen))

    async def close(self, domain: Domain) -> None:
        """Leave the console of a domain and take its tab away."""
        live = self._hub.get(domain.uuid)
        log = self._main.console.replays.recorded
        if log is not None and (log.uuid == domain.uuid or self._main.console.view.has_focus):
            self._main.consoles.show(None)
            return
        if live is None:
            self._context.notify(f"{domain.label} has no console open", severity="warning")
            return
        runs_on = "" if live.ended else "; it keeps running"
        await self._hub.close(live.uuid or f"?{live.name}")
        self._main.consoles.forget(live)
        self._context.notify(f"left the console of {live.name}{runs_on}")

    async def close_all(self) -> None:
        """Leave all consoles."""
        await self._hub.close_all()

    async def full_screen(self, domain: Domain) -> None:
        """Give a console the bare terminal until the leave key."""
        live = self._hub.get(domain.uuid)
        try:
            if live is None or live.ended:
                require(domain, Action.CONSOLE)
                await self._attach(domain, live.which if live is not None else None)
                live = self._hub.get(domain.uuid)
        except XentuiError as error:
            self._context.notify_error(error)
            return
        if live is None:
            return
        self._show(live)
        with self._main.app.suspend():
            await asyncio.to_thread(attach_live, live.session)
        self._main.app.refresh(layout=True)
        self._main.to_list()

    def domains_changed(self) -> None:
        """Let consoles follow their domains to new domids and names."""
        snapshot = self._context.host_state.snapshot
        if snapshot is None:
            return
        present, building = lookup.names_and_domids(snapshot)
        self._hub.domains_changed(present, building)
        self._find_lacking()
        self._open_awaited()
        self._boots.show_started(building)
        self._main.show_tabs()

    def _domain(self, live: ShownConsole) -> Domain | None:
        return self._of_uuid(live.uuid)

    def _of_uuid(self, uuid: str) -> Domain | None:
        snapshot = self._context.host_state.snapshot
        domains = snapshot.domains if snapshot is not None else ()
        return max((item for item in domains if uuid == item.uuid), key=lookup.identity_rank, default=None)

    async def show_log(self, recorded: RecordedConsole, *, search: str = "", row: int = -1) -> None:
        """Show a session of a log where its live console would be, at a row of what is searched for in it."""
        self._main.consoles.show(recorded, looking=True)
        if search:
            await self._main.console.search.find(search)
        if row >= 0:
            self._main.console.search.go_to(row)

    def _show(self, live: LiveConsole, *, looking: bool = False) -> None:
        self._main.consoles.show(live, looking=looking)


_COMING = ("booting", "rebooting")
"""What a job of this session does to a domain that has a console soon."""


def _possible(domain: Domain) -> bool:
    """Return whether it has a console to attach to."""
    try:
        require(domain, Action.CONSOLE)
    except XentuiError:
        return False
    return True
