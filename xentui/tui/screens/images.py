"""The images of a host: files, volumes and devices, who uses them, and what they may still take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from xentui.commands.verbs.images import details_lines, named, promises
from xentui.errors import XentuiError
from xentui.model.disk_image import VOLUME_PATHS, DiskImage, ImageKind
from xentui.model.sizes import DISK_EXAMPLES, disk_size, shown_bytes
from xentui.service import danger
from xentui.service.disk_images.commands import FORMATS
from xentui.text import plain
from xentui.tui.bindings import Heading, bound
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.report import TextDialog
from xentui.tui.dialogs.step import Attempt
from xentui.tui.jobs import Job, Work, ended
from xentui.tui.screens.list_screen import ListScreen
from xentui.tui.widgets.key_hints import Hint
from xentui.tui.widgets.styled_line import part

_TAIL = 36
"""Columns of the end of a path, which tells more than its beginning."""
_KINDS = (ImageKind.FILE, ImageKind.MISSING)


def _key(keys: str, action: str, label: str, tooltip: str) -> Binding:
    return bound(keys, action, label, tooltip, id=f"images.{action}", group=Heading.DEVICES, show=True)


class ImagesScreen(ListScreen[DiskImage]):
    """All images a host is known to have; below, what there is to say of the one in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "Details", "Show all there is to know of the image"),
        _key("n", "new", "New", "Make a new image or volume"),
        _key("g", "grow", "Grow", "Resize the image"),
        _key("c", "copy", "Copy", "Copy the image to a new file"),
        _key("v", "convert", "Convert", "Convert the image to another format"),
        _key("D", "remove", "Remove", "Remove the image for good"),
        _key("f5", "again", "Refresh", "Refresh"),
        _key("escape,q,ctrl+d", "back", "Back", "Back to the list"),
    ]
    COMPONENT_CLASSES = {"images-screen--warning", "images-screen--idle"}

    def __init__(self, context: UiContext) -> None:
        super().__init__(context, about_id="image-about")

    def compose(self) -> ComposeResult:
        """Title, images, what is to be said of one, keys."""
        yield self.title_line
        yield OptionList(id="images")
        yield self.about
        yield self.notice
        yield self.hints

    def on_mount(self) -> None:
        """Look at the host."""
        self.set_focus(self.listed)
        self.show_about()
        self.action_again()

    def action_again(self) -> None:
        """Refresh."""
        self.title_line.update(Text("Images of the host …"))
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self, then: str = "") -> None:
        """Show the images there are; the cursor goes to ``then``, or stays where it is."""
        try:
            found = await self.context.hypervisor.images.list()
        except XentuiError as error:
            self.title_line.update(Text("Images of the host: cannot be read"))
            self.context.notify_error(error)
            return
        short = [room for room in found.rooms if room.overcommitted]
        title = Text(f"Images of the host: {len(found.images)}", no_wrap=True, overflow="ellipsis")
        for room in short:
            title.append(f"  {plain(promises(room), 200)}", part(self, "images-screen--warning"))
        self.title_line.update(title)
        self.show_rows(
            found.images, identity=lambda image: image.path, select=then, none="none; n creates one"
        )
        self.notice.explain("* running" if any(image.running for image in found.images) else "")

    def row_text(self, image: DiskImage) -> Text:
        """Return path, format, size, allocated space, and the domains that use it."""
        kind = image.format if image.kind in _KINDS else image.kind.value
        size = "missing" if image.kind is ImageKind.MISSING else shown_bytes(image.size or 0)
        used = shown_bytes(image.used) if image.used is not None else "?"
        path = plain(image.path, 4096)
        path = path if len(path) <= _TAIL else f"…{path[1 - _TAIL :]}"
        look = "images-screen--warning" if image.kind is ImageKind.MISSING else ""
        look = look or ("" if image.domains else "images-screen--idle")
        text = f"{path:<{_TAIL}} {kind:<6} {size:>7} {used:>7}  {named(image)}"
        return Text(text, part(self, look) if look else "", no_wrap=True, overflow="ellipsis")

    def about_lines(self, image: DiskImage) -> Iterator[str]:
        """Yield what is known of an image without reading it."""
        yield plain(image.path, 4096)
        parts = [image.kind.value, image.format]
        if image.promise and image.free is not None:
            parts.append(f"may grow by {shown_bytes(image.promise)}, {shown_bytes(image.free)} are free")
        if image.content and image.content != image.format:
            parts.append(f"begins as a {image.content} image")
        yield ", ".join(parts)
        if image.running:
            yield f"in use by {', '.join(image.running)}"
        elif image.domains:
            yield f"a disk of {', '.join(image.domains)}"
        for base in image.backing:
            yield f"based on {base.path} ({base.format or 'its format is not recorded'})"
        if image.use:
            yield f"the host: {image.use}"

    def show_about(self) -> None:
        """Show the box, and the keys that the current row has."""
        super().show_about()
        kind = self.current.kind if self.current is not None else None
        gone, own = kind is ImageKind.MISSING, kind is not ImageKind.DEVICE
        self.hints.show_hints(
            [
                Hint("Enter", "Details", off=gone),
                Hint("n", "New"),
                Hint("g", "Grow", off=gone or not own),
                Hint("c", "Copy", off=gone),
                Hint("v", "Convert", 2, off=gone),
                Hint("D", "Remove", 1, off=gone or not own),
                Hint("F5", "Refresh", 3),
                Hint("Esc", "Back"),
            ]
        )

    @on(OptionList.OptionSelected)
    def _entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if (image := self.current) is not None:
            self.run_worker(self._details(image.path), exclusive=True, group="details")

    async def _details(self, path: str) -> None:
        try:
            found = await self.context.hypervisor.images.info(path)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        await self.context.show(
            TextDialog(plain(path, 200), [plain(line, 500) for line in details_lines(found)])
        )

    # Changes

    def action_new(self) -> None:
        """Make an image."""
        if not self.writable():
            return
        image = self.current
        folder = (
            image.path.rpartition("/")[0] if image is not None and image.kind is ImageKind.FILE else "/srv"
        )
        self.context.background(partial(self._new, f"{folder}/"))

    async def _new(self, folder: str) -> None:
        fields = [
            Field("path", "Path", folder, path=True, help=f"a new file, or a volume: {VOLUME_PATHS}"),
            Field("size", "Size", "10G", help=f"with its unit: {DISK_EXAMPLES}", check=disk_size),
            Field("format", "Format", "raw", options=FORMATS),
            Field("whole", "Allocate all its space now", switch=True),
        ]
        images = self.context.hypervisor.images

        async def attempt(answer: Mapping[str, str]) -> bool:
            path, size, whole = answer["path"], disk_size(answer["size"]), bool(answer["whole"])

            async def work(job: Job) -> str:
                progress = self.context.jobs.progress(job)
                await images.create(
                    path, size, format=answer["format"], preallocated=whole, progress=progress
                )
                return f"{path} is made"

            return await self._begun("make", path, work)

        await self.context.ask(FormDialog("New image", fields, "Make", attempt=attempt))

    def action_grow(self) -> None:
        """Resize the image."""
        if (image := self.current) is not None and self.writable():
            self.context.background(partial(self._resize, image))

    async def _resize(self, image: DiskImage) -> None:
        images = self.context.hypervisor.images
        try:
            images.guards.require_own_size(image)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        now = shown_bytes(image.size or 0)
        fields = [Field("size", "Size", now, help=f"with its unit: {DISK_EXAMPLES}", check=disk_size)]
        lines = [f"{plain(image.path, 200)} has {now}."]
        if image.running:
            lines.append(f"{', '.join(image.running)} runs with it: it can only grow.")

        async def attempt(answer: Mapping[str, str]) -> bool:
            size = disk_size(answer["size"])

            async def work(_job: Job) -> str:
                told = await images.resize(image.path, size)
                return f"{shown_bytes(size)}; {told}" if told else shown_bytes(size)

            agreed = await self._agreed(image.path, "Cut", size)
            return agreed and await self._begun("resize", image.path, work, by_itself=False)

        await self.context.ask(FormDialog("Another size", fields, "Resize", lines, attempt=attempt))

    def action_remove(self) -> None:
        """Remove the image."""
        if (image := self.current) is not None and self.writable():
            self.context.background(partial(self._remove, image))

    async def _remove(self, image: DiskImage) -> None:
        try:
            agreed = await self._agreed(image.path, "Remove")
        except XentuiError as error:
            self.context.notify_error(error)
            return
        if not agreed:
            return

        async def work(_job: Job) -> str:
            await self.context.hypervisor.images.remove(image.path)
            return "removed"

        with suppress(XentuiError):  # the job tells it
            await self._begun("remove", image.path, work, by_itself=False)

    async def _agreed(self, path: str, label: str, size: int | None = None) -> bool:
        """Ask before something is lost; raises XentuiError for what is in the way of it."""
        images = self.context.hypervisor.images
        found = await images.removal(path) if size is None else await images.cut(path, size)
        if found is None:
            return True
        lines = danger.told(found, self.context.word)
        return await self.context.ask(TypedDialog(found.question, lines, found.typed, label)) is True

    def action_copy(self) -> None:
        """Copy the image."""
        if (image := self.current) is not None and self.writable():
            self.context.background(partial(self._copy, image))

    async def _copy(self, image: DiskImage) -> None:
        async def attempt(answer: Mapping[str, str]) -> bool:
            path = answer["path"]

            async def work(job: Job) -> str:
                progress = self.context.jobs.progress(job)
                await self.context.hypervisor.images.copy(image.path, path, progress=progress)
                return f"{path} is made"

            return await self._begun("copy", path, work)

        await self._to(image, "Copy", attempt)

    def action_convert(self) -> None:
        """Make an image of another format."""
        if (image := self.current) is not None and self.writable():
            self.context.background(partial(self._convert, image))

    async def _convert(self, image: DiskImage) -> None:
        other = "qcow2" if image.format == "raw" else "raw"
        fields = (
            # Of what no domain names only its bytes tell, which a guest may have written.
            Field(
                "from",
                "Format",
                image.format if image.domains or not image.content else "",
                needed=False,
                help="what a guest wrote to it may look like another",
            ),
            Field("format", "New format", other, options=FORMATS),
        )
        images = self.context.hypervisor.images

        async def attempt(answer: Mapping[str, str]) -> bool:
            path = answer["path"]

            async def work(job: Job) -> str:
                progress = self.context.jobs.progress(job)
                await images.convert(
                    image.path,
                    path,
                    format=answer["format"],
                    source_format=answer["from"],
                    progress=progress,
                )
                return f"{path} is made"

            return await self._begun("convert", path, work)

        await self._to(image, "Convert", attempt, *fields)

    async def _to(self, image: DiskImage, label: str, attempt: Attempt, *fields: Field) -> None:
        """Ask for the file that is to be made of an image, and attempt it."""
        folder = f"{image.path.rpartition('/')[0]}/" if image.kind is ImageKind.FILE else "/srv/"
        path = Field("path", "To", folder, path=True, help="a new file of the host")
        dialog = FormDialog(f"{label} {plain(image.path, 200)}", [path, *fields], label, attempt=attempt)
        await self.context.ask(dialog)

    async def _begun(self, title: str, path: str, work: Work, *, by_itself: bool = True) -> bool:
        """Do work as a job of the session until it goes on by itself; what it made is shown.

        Raises the error it has failed with: the dialog that began it stands, with all that was typed.
        """

        async def shown(job: Job) -> str | None:
            try:
                return await work(job)
            finally:
                if self.is_attached:
                    self.run_worker(self._look(path), exclusive=True, group="look")

        return await ended(self.context.jobs.start(title, path, shown, by_itself=by_itself))
