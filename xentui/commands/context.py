"""What a verb works with: the service, where its words go, and the terminal if there is one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import KW_ONLY, field
from typing import TYPE_CHECKING, Any, Protocol

from xentui.errors import Hint, Render, UsageError, XentuiError, worded
from xentui.frozen import dataclass
from xentui.service.hypervisor import Hypervisor
from xentui.text import escaped, printable

if TYPE_CHECKING:
    from xentui.console.attach import BegunConsole, Share
    from xentui.console.exit_result import ExitResult
    from xentui.console.live import LiveConsole
    from xentui.console.transcript import Transcript
    from xentui.model.consoles import WhichConsole
    from xentui.model.domain import Domain, Snapshot
    from xentui.service.boot_plan import BootPlan
    from xentui.service.danger import Question
    from xentui.service.jobs.progress import Progress

ProgressBar = Callable[[str], AbstractContextManager["Progress | None"]]
Attach = Callable[[list[str], bool, "Transcript | None", "Share | None"], "ExitResult"]


class OpenConsole(Protocol):
    """Shows a domain's console."""

    async def __call__(self, domain: Domain, *, which: WhichConsole | None = None) -> None:
        """Open it, or another than the usual one."""


class Confirm(Protocol):
    """Asks whether something may be done."""

    async def __call__(self, question: str, about: Sequence[str] = (), /) -> bool:
        """Ask the question; ``about`` are lines on what it is about, where what was told so far does not tell that."""


BeginConsole = Callable[[list[str], "Transcript", "Share | None"], "BegunConsole"]


@contextmanager
def no_progress(_title: str) -> Iterator[Progress | None]:
    """The progress bar of output nobody watches."""
    yield None


def _no_terminal(
    _argv: list[str], _survive: bool, _transcript: Transcript | None, _share: Share | None
) -> ExitResult:
    raise UsageError("needs a terminal of its own", hint="leave out --read-only and --dry-run")


def _no_console(_argv: list[str], _transcript: Transcript, _share: Share | None) -> BegunConsole:
    raise UsageError("needs a terminal of its own", hint="leave out --console")


@dataclass(slots=True, repr=False, eq=False)
class Context:
    """What one front end gives to verbs.

    ``out`` and ``note`` take lines for standard output and for the person (standard error); ``progress`` makes a
    bar for work that takes long; ``attach`` runs an argv on the user's terminal, and logs what it prints;
    ``begin_console`` runs one the terminal is attached to later; ``terminal``
    says whether standard output is one; ``raw`` takes text for standard output that must arrive byte for byte;
    ``own_terminal`` says that standard input and output are this process's to hand to an editor; ``render``
    words the commands that are suggested; ``ask`` asks somebody before what cannot be
    taken back, None where nobody is there, and ``confirm`` whether what was told may be done; ``asked`` is told that
    nothing more will be asked; ``yes`` agrees to all
    of it beforehand; ``standard_input`` reads it, None where it is not the command's; ``warned`` takes what is odd, by
    default ``note``; ``open_console`` shows a domain's console and ``boot_console`` a boot, where the front end has a
    place for them: else they are attached to the terminal.  ``ask_secret`` asks for what is not shown as it is typed,
    None where nobody is there.  ``live_console`` is a domain's console where the front end keeps them open,
    and whether it was opened just now; ``show_secret`` shows what nobody is to keep, where lines that ``out`` takes are
    kept: see :meth:`reveal_secret`.  ``take_json`` takes what would be printed as JSON, where several
    hosts make one text.  ``beside`` are the other hosts of the session.  ``failures`` are the errors that were told.

    Control characters do not pass ``out`` and ``note``: what is told may come from guests, files and other hosts.
    """

    hypervisor: Hypervisor
    out: Callable[[str], None]
    note: Callable[[str], None]
    _: KW_ONLY
    render: Render
    progress: ProgressBar = no_progress
    attach: Attach = field(default=_no_terminal)
    begin_console: BeginConsole = field(default=_no_console)
    terminal: bool = False
    raw: Callable[[str], None] | None = None
    own_terminal: bool = False
    ask: Callable[[Question], Awaitable[bool]] | None = None
    confirm: Confirm | None = None
    asked: Callable[[], None] = lambda: None
    yes: bool = False
    warned: Callable[[str], None] | None = None
    standard_input: Callable[[], bytes] | None = None
    open_console: OpenConsole | None = None
    boot_console: Callable[[BootPlan], Awaitable[None]] | None = None
    ask_secret: Callable[[str], Awaitable[str | None]] | None = None
    live_console: Callable[[Domain], Awaitable[tuple[LiveConsole, bool]]] | None = None
    show_secret: Callable[[str, str, str, str], Awaitable[bool]] | None = None
    take_json: Callable[[Any], None] | None = None
    beside: Sequence[Hypervisor] = ()
    failures: list[XentuiError] = field(default_factory=list)
    _written: Callable[[str], None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        written = self._written = self.out
        noted = self.note
        self.out = lambda line: written(printable(line))
        self.note = lambda line: noted(printable(line))

    def warn(self, line: str) -> None:
        """Tell the person what is odd, though the command goes on."""
        if self.warned is None:
            self.note(f"warning: {line}")
        else:
            self.warned(line)

    async def reveal_secret(self, name: str, what: str, secret: str, kept: str) -> bool:
        """Show a secret of ``name``, which is ``kept`` in a file as long as nobody has it; whether somebody has now."""
        if self.show_secret is not None:
            return await self.show_secret(name, what, secret, kept)
        self.out(f"{what}: {secret}")
        return True

    def word(self, hint: Hint) -> str:
        """Return a hint as this front end words it."""
        return worded(hint, self.render)

    def advise(self, hint: Hint) -> None:
        """Tell the person what can be done next."""
        self.note(self.word(hint))

    def report(self, error: XentuiError) -> list[str]:
        """Return the lines of an error as this front end words it."""
        return error.report(self.render)

    def report_error(self, error: XentuiError) -> None:
        """Tell the person of an error, whole."""
        self.failures.append(error)
        for line in self.report(error):
            self.note(line)

    def json(self, value: Any) -> None:
        """Print ``value`` as JSON."""
        if self.take_json is not None:
            self.take_json(value)
            return
        self._written(escaped(json.dumps(value, indent=2, ensure_ascii=False)))

    def text(self, text: str) -> None:
        """Print a file's text: to a terminal without control characters, elsewhere byte for byte."""
        if self.raw is not None and not self.terminal:
            self.raw(text)
            return
        for line in text.removesuffix("\n").split("\n"):
            self.out(line.removesuffix("\r"))


@dataclass(frozen=True, slots=True)
class HostPart:
    """What of a command is one host's: the context for it, and the arguments with that host's domains alone.

    ``seen`` is what the host was just seen to have, or why it was not, where it was looked at to find the domains.
    """

    context: Context
    args: argparse.Namespace
    seen: Snapshot | XentuiError | None = None

    @property
    def host(self) -> str:
        """How the user calls the host."""
        return self.context.hypervisor.host.name
