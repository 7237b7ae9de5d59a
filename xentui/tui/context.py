"""What the parts of the screen ask of the app: the service, the jobs, and somebody to ask and to tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from xentui.errors import Suggest, XentuiError
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Jobs
from xentui.tui.undo import Undos

if TYPE_CHECKING:
    from xentui.commands.completion import CompletionSource
    from xentui.console.hub import LiveConsole
    from xentui.console.recorded import RecordedConsole
    from xentui.console.shown_console import ShownConsole
    from xentui.model.consoles import WhichConsole
    from xentui.service.boot_plan import BootPlan
    from xentui.service.editing import Draft
    from xentui.service.kernels import GuestKernels
    from xentui.tui.domain_list.row import DomainRow

    RecordResult = Callable[[BootPlan, int, tuple[str, ...]], Awaitable[None]]
    """Notes how a boot ended: its plan, the exit status, and the last words of the command."""

Answer = TypeVar("Answer")


class ScreenContext(Protocol):
    """What the parts of the screen work with whatever host is meant; the app is one, which nobody below it names."""

    # Telling and asking

    def notify(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice; ``error`` has more to say about it."""

    def word(self, suggest: Suggest) -> str:
        """Word a command that an error suggests: by its key, else as it is typed on the ``:`` line."""

    def notify_error(self, error: XentuiError) -> None:
        """Tell of an error: as a warning where something is only not possible now."""

    def notify_at_once(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice before returning, so that it can be taken back."""

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer, None where it was left."""

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""

    def close(self, screen: Screen[Any]) -> None:
        """Take a screen away, and whatever stands on it; dialogs there are left without an answer."""

    def shown_key(self, key: str) -> str:
        """Return a key as it is shown."""

    # Work

    async def wait_until_prompted(self, doing: Worker[None]) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], *, instead_of: str = "") -> None:
        """Begin work nobody waits for, which no screen ends; ``instead_of`` gives up an earlier one of that name."""


class UiContext(ScreenContext, Protocol):
    """What actions, screens, the editor and consoles work with: the screen, and the one host they are for."""

    label: str
    """What the list calls the host; "" where it is the only one."""
    hypervisor: Hypervisor
    jobs: Jobs
    """The jobs of the session; those begun here are this host's."""
    host_state: HostState
    undos: Undos
    """What this session has changed, for its undoing."""
    tried: dict[str, tuple[Draft, str]]
    """Texts that were booted once and not stored, by uuid, with the drafts they come from."""

    @property
    def completion_source(self) -> CompletionSource:
        """What completion asks of the host."""

    @property
    def guest_kernels(self) -> GuestKernels:
        """The boot menus of its guests, as far as their disks have been read."""

    @property
    def beside(self) -> Sequence[Hypervisor]:
        """The other hosts of the session."""

    # The list, and consoles

    def rows(self, now: float) -> Sequence[DomainRow]:
        """Return the rows of its domains."""

    def view(self, name: str, domains: Sequence[Domain]) -> None:
        """Do what concerns the screen only (an action of the list or the screen)."""

    def refresh_host(self) -> None:
        """Look at the host at once."""

    def select(self, uuid: str) -> None:
        """Let the list go to a domain as soon as it is listed."""

    def go_to(self, uuid: str) -> None:
        """Go to a domain in the list, taking the filter back where it hides it."""

    def console_of(self, domain: Domain) -> LiveConsole | None:
        """Return the console of a domain that is open, or has ended and is still shown."""

    async def open_console(
        self, domain: Domain, *, looking: bool = False, which: WhichConsole | None = None
    ) -> None:
        """Show the console of a domain, attaching to it where it is not attached yet.

        ``which`` takes the place of another console of the domain that is open.
        """

    async def follow_console(self, host: str, domain: Domain) -> None:
        """Open the console of a domain on the host it has moved to, where it was open on this one."""

    async def show_log(self, recorded: RecordedConsole, *, search: str = "", row: int = -1) -> None:
        """Show a session of a console's log, looked for what is searched for there, at a row."""

    async def live_console(self, domain: Domain) -> tuple[LiveConsole, bool]:
        """Return the console of a domain, attached to where it is not yet, and whether that was done now; it is not
        shown.
        """

    async def ask_secret(self, question: str) -> str | None:
        """Ask for what is not shown as it is typed."""

    async def show_secret(self, name: str, what: str, secret: str, kept: str) -> bool:
        """Show what is shown once, and is ``kept`` in a file until then; whether ``name`` was typed as asked."""

    def watch_console(self, uuid: str, patterns: Sequence[str]) -> None:
        """Watch the console of a domain for these from now on."""

    async def boot_console(self, plan: BootPlan, record: RecordResult | None = None) -> None:
        """Run a planned boot in a console tab: boot menu and console in one session.

        ``record`` records how it ended; the lifecycle's by default.
        """


class PromptHandler(Protocol):
    """What becomes of the lines typed on the main screen."""

    def ask_search(self) -> None:
        """Ask what to search a console for."""

    def changed(self, kind: str, text: str) -> None:
        """The line is being typed."""

    def left(self, kind: str, *, elsewhere: bool = False) -> None:
        """The line was left without Enter; ``elsewhere``: by going to another part of the screen."""

    async def entered(self, kind: str, text: str) -> None:
        """Do what was typed."""


class ConsoleHandler(Protocol):
    """What is done with the console in sight."""

    async def again(self) -> None:
        """Attach again to the domain whose console has ended."""

    async def watch(self) -> None:
        """Show what the holder of the console shares."""

    async def take_over(self) -> None:
        """Take the console over from its holder if the user agrees."""

    async def agrees_to_paste(self, text: str, guests: int) -> bool:
        """Return whether the user agrees that several lines are typed into so many guests."""


class MainContext(ScreenContext, Protocol):
    """What the main screen, and what stands around it, asks of the app besides."""

    jobs: Jobs

    @property
    def hosts(self) -> Mapping[str, UiContext]:
        """The hosts that are shown, by what the list calls them: "" for one that is alone."""

    @property
    def here(self) -> UiContext:
        """The host one is at: that of the dialog or screen on top, else of the domain under the cursor."""

    def opened(self) -> Sequence[LiveConsole]:
        """Return the open consoles of all hosts, in the order they were opened."""

    def host_of(self, console: ShownConsole) -> UiContext:
        """Return the host a console is of."""

    @property
    def read_only(self) -> bool:
        """Whether the session may change nothing."""

    @property
    def prompts(self) -> PromptHandler:
        """What becomes of typed lines."""

    @property
    def consoles(self) -> ConsoleHandler:
        """What is done with the console in sight."""

    @property
    def rings(self) -> bool:
        """Whether the bell of a guest in sight is to be heard."""

    def begin(self) -> None:
        """Follow the hosts: the main screen is drawn."""

    async def act(self, name: str, rows: Sequence[DomainRow]) -> None:
        """Do an action to the domains of rows, on the host of each.

        Returns when it goes on in the background, has ended, or asks something.
        """

    async def change_host(self, name: str) -> None:
        """Leave this host for another; raises UsageError for one that is none."""

    def filter_list(self, text: str) -> None:
        """Filter the list, and say so as long as it is."""

    def clear_notice(self) -> None:
        """Take the last notice back for what holds as long as nothing else is told."""
