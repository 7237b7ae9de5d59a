"""What the images of a host lie on: mounts, volumes, devices, the room there, whose disks, and what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList

from xentui.commands.storage_session import advice, free_question, used
from xentui.errors import XentuiError, joined
from xentui.model.sizes import shown_bytes
from xentui.service.host_check import mending
from xentui.service.storage import report, setup, stray_loops
from xentui.service.storage.report import ImageStore
from xentui.service.storage.setup import SetUpStep, carry_out_step
from xentui.text import plain
from xentui.tui.bindings import Heading, bound
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import ConfirmDialog, TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.jobs import Job, JobState
from xentui.tui.screens.list_screen import ListScreen
from xentui.tui.widgets.key_hints import Hint
from xentui.tui.widgets.styled_line import part

_NAME = 22
"""Columns of a place's name."""
_SET_UP = (
    Choice("export", "Export a folder    ", "to another host, by NFS"),
    Choice("mount", "Mount a folder     ", "of an NFS server"),
    Choice("ocfs2", "Mount a shared disk", "as OCFS2, by several hosts at once"),
)


_Planned = Callable[[dict[str, str]], Awaitable[tuple[SetUpStep, ...]]]
_Work = Callable[[Job], Awaitable[str]]


def _key(keys: str, action: str, label: str, tooltip: str) -> Binding:
    return bound(keys, action, label, tooltip, id=f"storage.{action}", group=Heading.DEVICES, show=True)


class StorageScreen(ListScreen[ImageStore]):
    """All places a host's images lie in; below, what there is to say of the one in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("f", "free", "Free", "Detach the loop device that nobody uses"),
        _key("n", "set_up", "Set up", "Export, mount, or make a cluster file system, step by step"),
        _key("f5", "again", "Refresh", "Refresh"),
        _key("escape,q,ctrl+f", "back", "Back", "Back to the list"),
    ]
    COMPONENT_CLASSES = {"storage-screen--warning", "storage-screen--idle"}

    def compose(self) -> ComposeResult:
        """Title, places, what is to be said of one, keys."""
        yield self.title_line
        yield OptionList(id="stores")
        yield VerticalScroll(self.about, id="store-about", can_focus=True)
        yield self.notice
        yield self.hints

    def on_mount(self) -> None:
        """Look at the host."""
        self.set_focus(self.listed)
        self.show_about()
        self.action_again()

    def action_again(self) -> None:
        """Refresh."""
        self.title_line.update(Text("Storage of the host …"))
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        try:
            found = await report.report(self.context.hypervisor)
        except XentuiError as error:
            self.title_line.update(Text("Storage of the host: cannot be read"))
            self.context.notify_error(error)
            return
        wrong = sum(len(store.warnings) for store in found.stores)
        summary = f"{wrong} warning{'s' * (wrong > 1)}" if wrong else "nothing is wrong"
        self.title_line.update(Text(f"Storage of {plain(found.host, 40)}: {summary}"))
        worst = next((number for number, store in enumerate(found.stores) if store.warnings), 0)
        self.show_rows(found.stores, identity=lambda store: store.name, first=worst)
        self.notice.explain("* running" if any(store.running for store in found.stores) else "")

    def row_text(self, store: ImageStore) -> Text:
        """Return name, kind, free space, and the domains that use it."""
        name = plain(store.name, 4096)
        name = name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"
        room = "" if store.free is None else f"{shown_bytes(store.free)} free"
        sign = "!" if store.warnings else " "
        look = "warning" if store.warnings else "" if store.domains else "idle"
        text = f"{sign} {name:<{_NAME}} {plain(store.kind, 8):<8} {room:>12}  {used(store)}"
        return Text(
            text, part(self, f"storage-screen--{look}") if look else "", no_wrap=True, overflow="ellipsis"
        )

    def about_lines(self, store: ImageStore) -> Iterator[str]:
        """Yield what is mounted there, what is wrong, and which devices it is on."""
        room = "" if store.free is None else f", {shown_bytes(store.free)} free"
        room += f" of {shown_bytes(store.room)}" if room and store.room else ""
        yield f"{plain(store.name, 4096)}: {plain(store.source or store.kind, 200)}{room}"
        yield from advice(store, self.context.word)

    def show_about(self) -> None:
        """Show the box, and the keys that the current row has."""
        super().show_about()
        store = self.current
        off = self.context.hypervisor.session.read_only
        why = " (read-only)" if off else ""
        stray = store is not None and any(loop.stray for loop in store.loops)
        self.hints.show_hints(
            [
                *([Hint("f", f"Free{why}", off=off)] if stray else []),
                Hint("n", f"Set up{why}", off=off),
                Hint("Tab", "Read", 2),
                Hint("F5", "Refresh", 1),
                Hint("Esc", "Back"),
            ]
        )

    # Changes

    def action_free(self) -> None:
        """Detach a loop device that nobody uses."""
        store = self.current
        stray = [loop for loop in store.loops if loop.stray] if store is not None else []
        if not stray:
            self.context.notify("there is no unused loop device there", severity="warning")
        elif self.writable():
            self.context.background(partial(self._free, stray[0].device))

    async def _free(self, device: str) -> None:
        try:
            found = await stray_loops.stray_loops(self.context.hypervisor, device)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        if not await self.context.ask(ConfirmDialog(free_question(found), (), "Free", careful=True)):
            return

        async def work(_job: Job) -> str:
            await stray_loops.free(self.context.hypervisor, device)
            return "free"

        await self._done("free", device, work)

    def action_set_up(self) -> None:
        """Choose what is to be set up."""
        if self.writable():
            self.context.background(self._set_up)

    async def _set_up(self) -> None:
        chosen = await self.context.ask(ChooseDialog("Set up", _SET_UP))
        if not chosen:
            return
        asked = {"export": self._export, "mount": self._mount, "ocfs2": self._ocfs2}[chosen]
        try:
            steps = await asked()
        except XentuiError as error:
            self.context.notify_error(error)
            return
        await self._carry_out(steps)

    async def _export(self) -> tuple[SetUpStep, ...]:
        fields = [
            Field("folder", "Folder", "/srv/", path=True, help="of this host"),
            Field("client", "Client", help="the host that is to mount it: a name, an address, a network"),
        ]
        return await self._asked(
            "Export a folder",
            fields,
            lambda a: setup.nfs_export(self.context.hypervisor, a["folder"], a["client"]),
        )

    async def _mount(self) -> tuple[SetUpStep, ...]:
        fields = [
            Field("source", "Source", help="SERVER:/FOLDER"),
            Field(
                "folder", "Folder", "/srv/", path=True, help="where it is mounted here, as on the other hosts"
            ),
        ]
        return await self._asked(
            "Mount a folder",
            fields,
            lambda a: setup.nfs_mount(self.context.hypervisor, a["source"], a["folder"]),
        )

    async def _ocfs2(self) -> tuple[SetUpStep, ...]:
        fields = [
            Field("device", "Device", "/dev/", path=True, help="the disk that all of them see"),
            Field("folder", "Folder", "/srv/", path=True, help="where it is mounted"),
            Field("nodes", "Nodes", help="NAME=ADDRESS of each host, as `uname -n` says, blanks between"),
            Field("cluster", "Cluster", "xen", help="at most 16 letters and digits"),
            Field("format", "Make the file system (on the first host only)", switch=True),
        ]

        def planned(answer: dict[str, str]) -> Awaitable[tuple[SetUpStep, ...]]:
            nodes = [
                (name, address)
                for name, _eq, address in (word.partition("=") for word in answer["nodes"].split())
            ]
            return setup.ocfs2(
                self.context.hypervisor,
                answer["device"],
                answer["folder"],
                cluster=answer["cluster"],
                nodes=nodes,
                format=bool(answer["format"]),
            )

        return await self._asked("Mount a shared disk", fields, planned)

    async def _asked(self, title: str, fields: Sequence[Field], planned: _Planned) -> tuple[SetUpStep, ...]:
        """Ask, and plan what was answered; what is wrong with it is said in the dialog."""
        steps: list[SetUpStep] = []

        async def attempt(answer: dict[str, str]) -> None:
            steps[:] = await planned(answer)

        answer = await self.context.ask(FormDialog(title, fields, "Next", attempt=attempt))
        return tuple(steps) if answer is not None else ()

    async def _carry_out(self, steps: Sequence[SetUpStep]) -> None:
        """Show, ask and do step after step; a no, or a step that breaks, ends it, and what is done by then is told."""
        for number, step in enumerate(steps, 1):
            lines = [*mending.mend_lines(step.mend), *step.losses]
            title = f"{number} of {len(steps)}: {step.question}"
            dialog: TypedDialog | ReviewDialog = (
                TypedDialog(title, lines, step.typed, "Do it")
                if step.typed
                else ReviewDialog(title, lines, "Do it")
            )
            if not await self.context.ask(dialog):
                if number > 1:
                    self.context.notify(setup.left_off(steps, number), severity="warning")
                return

            async def work(job: Job, step: SetUpStep = step) -> str:
                kept = await carry_out_step(self.context.hypervisor, step, "host")
                job.output += [f"the previous content is in {copy}" for copy in kept]
                return "; ".join(["done", *(f"the old file is {copy}" for copy in kept)])

            if not await self._done("set up", step.mend.what, work, left_off=setup.left_off(steps, number)):
                return

    async def _done(self, title: str, subject: str, work: _Work, *, left_off: str = "") -> bool:
        """Do work as a job, look again, and tell whether it has come to its end; of one that has not ``left_off`` says
        more.
        """

        async def watched(job: Job) -> str:
            try:
                return await work(job)
            except XentuiError as error:
                if left_off:
                    error.hint = joined("; ", error.hint, left_off)
                raise
            except Exception:
                job.output += [left_off] if left_off else []
                raise

        job = self.context.jobs.start(title, subject, watched, cancellable=False)
        if job.task is not None:
            await asyncio.wait([job.task])
        if self.is_attached:
            self.action_again()
        return job.state is JobState.DONE
