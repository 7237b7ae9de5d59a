"""The boot menu of a domain, read from its disk: what it would boot, and booting something else."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList, Static
from textual.worker import Worker

from xentui import config as language
from xentui.commands.availability import READ_ONLY
from xentui.errors import NotAllowedError, XentuiError
from xentui.model.boot_menu import BootEntry, BootMenu, WantedEntry
from xentui.model.domain import Domain
from xentui.service import boot_menu, boot_switch
from xentui.service.boot_choice import RESCUES
from xentui.service.boot_default import entry_of
from xentui.service.editing import default_entry
from xentui.service.legality import Action, require
from xentui.service.text_diff import unified
from xentui.text import plain
from xentui.tui import boot_method
from xentui.tui.bindings import screen_key
from xentui.tui.confirmation import willing
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.report import TextDialog, error_lines
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.jobs import on_host
from xentui.tui.screens.boot_menu_text import entry_text, headline, is_stored, legend, numbered, rows
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from xentui.tui.jobs import Job

_key = partial(screen_key, "boot-menu")
_HINTS = (
    Hint("Enter", "Lines"),
    Hint("v", "File", 3),
    Hint("b", "Boot"),
    Hint("s", "Start"),
    Hint("e", "Edit"),
    Hint("r", "Rescue", 1),
    Hint("d", "Default", 1),
    Hint("w", "Method", 2),
    Hint("Esc", "Back"),
)
_TICK = 0.5


class BootMenuScreen(ScreenAbove):
    """The entries of ``domain``, as its own boot loader would show them; below, all there is of the one in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "Lines", "Show what the entry is in the file"),
        _key("b", "boot", "Boot once", "Boot this entry once, and show its console"),
        _key("s", "start", "Start once", "Boot this entry once"),
        _key("e", "edit", "Edit first", "Edit the kernel's arguments, then boot once"),
        _key("r", "rescue", "Rescue", "Boot this entry into a rescue shell or target"),
        _key("d", "default", "Its default", "Make this the domain's entry; again undoes that"),
        _key(
            "w",
            "way",
            "Boot method",
            "Switch between pygrub, domUloader, GRUB in the guest, a host's kernel",
        ),
        _key("v", "file", "Whole file", "Show the file that contains the entry"),
        _key("f5", "reload", "Read again", "Read the disk again"),
        _key("escape,q", "back", "Back", "Back to the list; stops reading the disk"),
    ]

    def __init__(self, context: UiContext, domain: Domain) -> None:
        super().__init__()
        self.context = context
        self.domain = domain
        self.notice = NoticeLine()
        self._menu: BootMenu | None = None
        self._stored = ""
        self._title = Static(classes="log-title")
        self._about = Static(id="boot-entry")
        self._reading: Worker[None] | None = None
        self._since = 0.0

    def compose(self) -> ComposeResult:
        """Title, entries, details of one, keys."""
        yield self._title
        yield OptionList(id="boot-entries")
        yield VerticalScroll(self._about, id="boot-entry-pane", can_focus=False)
        yield self.notice
        yield KeyHints(_HINTS)

    def on_mount(self) -> None:
        """Read the menu."""
        self.set_focus(self.query_one(OptionList))
        self.set_interval(_TICK, self._tick)
        self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read the disk again."""
        self._since = time.monotonic()
        self._reading = self.run_worker(self._load(), exclusive=True)
        self._tick()

    def _tick(self) -> None:
        """Say how long the disk has been read."""
        if self._reading is not None and self._menu is None:
            seconds = time.monotonic() - self._since
            self._head(f"reading its disk, {seconds:.0f} s · Esc gives up")

    async def _load(self) -> None:
        hypervisor = self.context.hypervisor
        self._menu = None
        try:
            self.domain = await hypervisor.inventory.current(self.domain) or self.domain
            self._stored = entry_of(self.domain.stored) if self.domain.stored else ""
            menu = await boot_menu.of_domain(hypervisor.host, self.domain, text=True)
        except XentuiError as error:
            self._reading = None
            self._unreadable(error)
            return
        self._reading = None
        self._menu = menu
        self._show()

    def _unreadable(self, error: XentuiError) -> None:
        """What was seen on the disk, and what to do."""
        self._head("cannot be read")
        self.query_one(OptionList).clear_options()
        said = "\n".join(error_lines(error, self.context.word))
        self._about.update(Text(f"{said}\n\nF5 reads it again."))

    def _show(self) -> None:
        menu = self._menu
        if menu is None:
            return
        self._head(headline(menu))
        self.notice.explain(legend(menu, self._stored))
        listed = self.query_one(OptionList)
        kept = listed.highlighted
        listed.clear_options()
        options = list(rows(menu, self._stored))
        listed.add_options(options)
        numbers = [option.id for option in options]
        default = next((at for at, entry in enumerate(menu.entries) if entry.default), 0)
        place = numbers.index(str(default)) if str(default) in numbers else 0
        listed.highlighted = place if kept is None else min(kept, len(options) - 1)
        self._detail()

    def _head(self, words: str) -> None:
        self._title.update(
            Text(
                plain(f"Boot menu of {on_host(self.domain.label, self.context.label)}: {words}", 300),
                no_wrap=True,
                overflow="ellipsis",
            )
        )

    def _detail(self) -> None:
        if self._menu is not None:
            self._about.update(entry_text(self._menu, self._number))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor is on another entry."""
        event.stop()
        self._detail()

    @property
    def _number(self) -> int | None:
        """The number of the entry in sight."""
        option = self.query_one(OptionList).highlighted_option
        return int(option.id) if option is not None and option.id is not None else None

    @property
    def _entry(self) -> BootEntry | None:
        number = self._number
        return self._menu.entries[number] if self._menu is not None and number is not None else None

    # Looking

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter shows the entry's lines in the file."""
        event.stop()
        entry = self._entry
        if entry is None or self._menu is None:
            return
        text = self._menu.files.get(entry.source)
        first, last = entry.lines
        if not text or not first:
            self.context.notify("its lines are in no file that was read", severity="warning")
            return
        shown = numbered(text, first, last)
        self.app.push_screen(TextDialog(f"{entry.source}, lines {first} to {last}", shown))

    def action_file(self) -> None:
        """Show the whole file."""
        entry = self._entry
        path = (entry.source if entry else "") or (self._menu.source if self._menu else "")
        text = self._menu.files.get(path) if self._menu else None
        if not text:
            self.context.notify("there is no file to show", severity="warning")
            return
        self.app.push_screen(TextDialog(path, numbered(text, near=entry.lines[0] if entry else 1)))

    def action_back(self) -> None:
        """Back to the list; what is still read is given up."""
        if self._reading is not None:
            self._reading.cancel()
        super().action_back()

    # Booting

    async def action_boot(self) -> None:
        """Boot the entry just this once, and show its console."""
        await self._boot(console=True)

    async def action_start(self) -> None:
        """Boot the entry just this once."""
        await self._boot(console=False)

    async def action_edit(self) -> None:
        """Edit the arguments, then boot."""
        if (entry := self._startable("edit and boot")) is not None:
            await self.context.wait_until_prompted(self.run_worker(self._edited(entry)))

    async def action_rescue(self) -> None:
        """Choose a rescue target, then boot."""
        if (entry := self._startable("boot")) is not None:
            await self.context.wait_until_prompted(self.run_worker(self._rescued(entry)))

    async def _boot(self, *, console: bool) -> None:
        if self._startable("start") is not None:
            await self.context.wait_until_prompted(self.run_worker(self._run(console=console)))

    async def _edited(self, entry: BootEntry) -> None:
        field = Field(
            "args", "Arguments", entry.args, needed=False, help="for this boot only; nothing is written"
        )
        about = [entry.full_title, entry.kernel]
        answer = await self.context.ask(FormDialog("Edit the kernel's arguments", [field], "Boot", about))
        if answer is not None:
            await self._run(args=answer["args"], console=True)

    async def _rescued(self, entry: BootEntry) -> None:
        choices = [Choice(words, words, about) for words, about in RESCUES]
        answer = await self.context.ask(ChooseDialog(f"After the arguments of {entry.full_title}", choices))
        if answer is not None:
            await self._run(more=answer, console=True)

    async def _run(self, *, args: str | None = None, more: str = "", console: bool) -> None:
        number, context, domain = self._number, self.context, self.domain
        if number is None or not await willing(context, Action.START, "Start", [domain]):
            return
        wanted = WantedEntry(str(number) if self._ambiguous(number) else self._title_of(number), args, more)

        async def work(job: Job) -> str:
            watch = self._watch if console else None
            plan = await context.hypervisor.lifecycle.start(domain, wanted=wanted, watch=watch)
            job.warnings += plan.warnings
            return f"booted {plan.chosen.title}" if plan.chosen else "started"

        context.jobs.start("start", domain.label, work)
        context.close(self)

    async def _watch(self, found: Domain) -> None:
        """Attach to it before it runs."""
        try:
            await self.context.open_console(found)
        except XentuiError as error:
            self.context.notify_error(error)

    def _title_of(self, number: int) -> str:
        return self._menu.entries[number].full_title if self._menu else ""

    def _ambiguous(self, number: int) -> bool:
        """Return whether the title of an entry is that of several, so that its number has to be given."""
        if self._menu is None:
            return False
        title = self._title_of(number)
        return sum(title in (entry.title, entry.full_title) for entry in self._menu.entries) != 1

    def _startable(self, what: str) -> BootEntry | None:
        """Return the entry in sight, where its domain can be started; else why not is told."""
        entry = self._entry
        if entry is None:
            self.context.notify(f"cannot {what}: there is no entry", severity="warning")
            return None
        if self._refused(what):
            return None
        try:
            require(self.domain, Action.START)
            if not self.domain.managed:
                raise NotAllowedError("only a stored configuration can be started", subject=self.domain.label)
        except NotAllowedError as error:
            self.context.notify_error(error)
            return None
        return entry

    def _refused(self, what: str) -> bool:
        """Tell that a read-only session changes nothing, before anything is asked."""
        if self.context.hypervisor.session.read_only:
            self.context.notify(f"cannot {what}: {READ_ONLY}", severity="warning")
        return self.context.hypervisor.session.read_only

    # What is stored

    async def action_default(self) -> None:
        """Make the entry the one the domain boots, or leave that to its boot loader again."""
        if self._entry is not None and not self._refused("store an entry"):
            await self.context.wait_until_prompted(self.run_worker(self._default()))

    async def _default(self) -> None:
        menu, number = self._menu, self._number
        if menu is None or number is None:
            return
        title, taking_back = self._title_of(number), is_stored(menu, number, self._stored)
        if taking_back:
            question, said = "Let its boot loader choose the entry again?", ["The stored choice is removed."]
        else:
            question, said = "Make this the entry it boots?", [title, "It is stored as a new version."]
        if not await self.context.ask(ConfirmDialog(question, said, "Store")):
            return
        editing, wanted = self.context.hypervisor.editing, None if taking_back else WantedEntry(str(number))
        try:
            done = await default_entry.store(editing, self.context.hypervisor.host, self.domain, menu, wanted)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self.context.notify(
            f"{self.domain.label}: "
            + (
                f"version {done.version} boots {title}"
                if wanted
                else f"its loader decides, as version {done.version}"
            )
        )
        self.context.refresh_host()
        self.action_reload()

    async def action_way(self) -> None:
        """Choose another way of booting."""
        if not self._refused("store another boot method"):
            await self.context.wait_until_prompted(self.run_worker(self._way()))

    async def _way(self) -> None:
        hypervisor, label = self.context.hypervisor, self.domain.label
        try:
            draft = await hypervisor.editing.open(self.domain)
            document = language.parse(draft.text, source=label)
            offer = await boot_method.asked(self.context, document, label, self._menu)
            if offer is None:
                return
            text = boot_switch.switched(document, offer).text
            if text == draft.text:
                self.context.notify(f"{label}: boots with {offer.method} already; nothing was changed")
                return
            title = f"Let {label} boot with {offer.method}?"
            if not await self.context.ask(ReviewDialog(title, _changes(draft.text, text), "Store")):
                return
            done = await hypervisor.editing.store(draft, text, reason=f"boots with {offer.method}")
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self.context.notify(f"{label}: boots with {offer.method}, as version {done.version}")
        self.context.refresh_host()
        self.action_reload()


def _changes(old: str, new: str) -> list[str]:
    """Return the lines that change, with those around them."""
    return list(unified(old, new, "stored", "new"))
