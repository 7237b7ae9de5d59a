"""The screen on a simulated host, as tests drive it: keys in, what is shown out."""

from __future__ import annotations

import asyncio
import io
import math
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from textual._compositor import Compositor
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from tests.seeded import seed
from tests.unit.service.fake import Untiring
from tests.unit.tui import play
from tests.unit.tui.looks import rows
from tests.unit.tui.typing import Terminal
from xentui.hosts.base import Completed, Stream
from xentui.hosts.sim import SimHost
from xentui.model.domain import Domain
from xentui.settings import Settings
from xentui.simulator import Simulator, control
from xentui.tui.app import XentuiApp
from xentui.tui.domain_list.table import DomainTable

PATIENCE = 60.0
"""Seconds something may take on a busy machine."""
_LONGEST_PAUSE = 0.1
NARROW, WIDE, BROAD = (80, 24), (120, 40), (200, 50)
_CHARACTERS = {"enter": "\r", "escape": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f"}


async def until(
    condition: Callable[[], Any], what: Callable[[], object] = str, seconds: float = PATIENCE
) -> None:
    """Wait until ``condition`` holds; where it does not, ``what`` says what there is instead."""
    deadline = time.monotonic() + seconds
    pause = 0.01
    while not condition():
        assert time.monotonic() < deadline, f"waited too long; there is\n{what()}"
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)  # to read a whole screen costs more than what is waited for


class Clock:
    """Seconds since the epoch: those of the machine and what a test adds, or standing still at ``at``."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._added = 0.0
        self._real = time.time

    def __call__(self) -> float:
        return (self._real() if self._at is None else self._at) + self._added

    def go_on(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._added += seconds


class Lines:
    """A long-running command whose lines come when the test says so."""

    error_text = ""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def say(self, line: str) -> None:
        self._queue.put_nowait(line.encode())

    async def lines(self) -> AsyncIterator[bytes]:
        while (line := await self._queue.get()) is not None:
            yield line

    async def close(self) -> int:
        self._queue.put_nowait(None)
        return 0


class StageHost(SimHost):
    """A simulated host whose time passes at once, and that runs no processes of its own.

    It fails where ``answer`` says so, and remembers what ``ran``.  A console is the program in ``consoles``, by the
    last word of the command, else ``console``; long-running commands are :class:`Lines` in ``streams``, by their first.
    """

    def __init__(
        self,
        folder: Path,
        *,
        domains: int = 0,
        clock: Callable[[], float] = time.time,
        name: str = "sim",
    ) -> None:
        super().__init__(folder, name=name)
        if not (folder / "state.db").exists():
            seed(folder, domains=domains, clock=clock)
        self._simulator = Simulator(folder, clock=clock, sleep=_moment)
        control.set_speed(self._simulator, math.inf)
        self.ran: list[tuple[str, ...]] = []
        self.answer: Callable[[Sequence[str]], Completed | None] = lambda argv: None
        self.console = talking()
        self.consoles: dict[str, list[str]] = {}
        self.streams: dict[str, Lines] = {}

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        self.ran.append(tuple(argv))
        planned = self.answer(argv)
        return planned or await super().run(argv, stdin=stdin, timeout=timeout)

    async def stream(self, argv: Sequence[str]) -> Stream:
        made = self.streams[argv[0]] = Lines()
        return made

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        self.ran.append(tuple(argv))
        return self.consoles.get(argv[-1], self.console)

    @property
    def did(self) -> list[str]:
        """The commands that were run and that change something, each as a line."""
        looking = ("list", "info", "uptime", "vcpu-list", "block-list", "network-list", "dmesg")
        return [" ".join(argv) for argv in self.ran if argv[0] == "xl" and argv[1] not in looking]

    def guest(self, name: str, /, **settings: str) -> str:
        """Write a configuration file for a guest that boots directly; returns its path on the host."""
        lines = {
            "name": f'"{name}"',
            "kernel": '"/srv/guests/vmlinuz"',
            "ramdisk": '"/srv/guests/guest-initrd.gz"',
            "memory": "128",
            **settings,
        }
        path = f"/etc/xen/{name}.cfg"
        text = "".join(f"{key} = {value}\n" for key, value in lines.items())
        Path(self.host_path(path)).write_text(text)
        return path

    def image(self, name: str) -> str:
        """Make a disk image; returns its path on the host."""
        path = f"/srv/guests/{name}"
        Path(self.host_path(path)).write_bytes(b"\0" * 4096)
        return path


@dataclass(frozen=True)
class Noon:
    """A time that stands still; ``hide`` tells what differs from run to run all the same."""

    clock: Clock
    folder: Path
    hide: tuple[tuple[str, str], ...]

    def host(self, domains: int = 12) -> StageHost:
        """A simulated host at that time."""
        return StageHost(self.folder / "sim", domains=domains, clock=self.clock)


def _moment(_seconds: float) -> bool:
    time.sleep(0.01)
    return False


def talking(text: str = "ready\r\n", code: int = 0) -> list[str]:
    """A client like xenconsole: prints ``text`` and then what it is typed, until Ctrl-] or q."""
    program = (
        "import os, sys, tty\ntry: tty.setraw(0)\nexcept Exception: pass\n"
        f"os.write(1, {text.encode()!r})\n"
        "while (data := os.read(0, 99)) not in (b'', b'\\x1d', b'q'): os.write(1, repr(data)[2:-1].encode())\n"
        f"sys.exit({code})"
    )
    return [sys.executable, "-S", "-E", "-c", program]


_render_update = Compositor.render_update


class Frames:
    """Draws no frame that nobody sees: a test looks at the whole screen, and at its end it is drawn once more."""

    def __init__(self) -> None:
        self.asked = 0
        """How many frames there would have been."""

    def render_update(self, of: Compositor, full: bool = False, *given: Any, **more: Any) -> Any:
        """Return what stands for a frame, and None where there would be none, as Textual does."""
        if full:
            return _render_update(of, full, *given, **more)
        changed = bool(of._dirty_regions)
        of._dirty_regions.clear()
        self.asked += changed
        return of if changed else None


class Stage:
    """The app while it runs."""

    def __init__(
        self, app: XentuiApp, pilot: Pilot[None], host: StageHost, frames: Frames | None = None
    ) -> None:
        self.app, self.pilot, self.host, self._frames = app, pilot, host, frames or Frames()
        self._terminal = Terminal()

    # What is done

    async def press(self, *keys: str) -> None:
        """Press keys all at once, as a fast typist over a slow line does."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            character = key if len(key) == 1 else _CHARACTERS.get(key)
            self.app.post_message(Key(name, character))
        await self.settled(f"press {' '.join(keys)}")

    async def type(self, text: str, *then: str) -> None:
        """Type text, then press keys."""
        await self.press(*("space" if sign == " " else sign for sign in text), *then)

    async def sends(self, data: str, seconds: float = 0.15) -> None:
        """Send what a terminal sends, in one piece; ``seconds`` pass before anything follows."""
        for message in [*self._terminal.sends(data), *self._terminal.waits(seconds)]:
            message.set_sender(self.app)
            self.app.post_message(message)
        await self.settled(f"send {data!r}")

    async def paste(self, text: str) -> None:
        self.app.post_message(Paste(text))
        await self.settled("paste")

    async def command(self, line: str) -> None:
        """Type a line on the ``:`` line."""
        await self.press(":")
        await self.type(line, "enter")

    async def resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.settled(f"resize to {size[0]}x{size[1]}")

    async def settled(self, step: str = "") -> None:
        """Wait until all that was posted has been dealt with."""
        await self.pilot.pause(0)
        if step:
            await play.show(self.app, step)

    async def go(self, name: str) -> None:
        """Put the cursor on a domain."""
        await self.until(lambda: self.domain(name) is not None)
        domain = self.domain(name)
        assert domain is not None
        self.app.go_to(domain.uuid)
        await self.settled(f"go to {name}")

    async def mark(self, *names: str) -> None:
        for name in names:
            await self.go(name)
            await self.press("space")

    async def fill(self, *values: str) -> None:
        """Fill in the first lines of a form, one after the other, each anew, and press Enter."""
        for line, value in zip(self.app.screen.query(Input), values, strict=False):
            if line is not self.app.screen.query(Input).first():
                await self.press("down")
            await self.until(partial(self._focused, line))
            await self.press("end", "ctrl+u")
            await self.until(partial(self.holds, line, ""))
            await self.type(value)
            await self.until(partial(self.holds, line, value))
        await self.press("enter")

    def _focused(self, line: Input) -> bool:
        return self.app.focused is line

    def holds(self, line: Input, value: str) -> bool:
        return line.value == value

    # What is waited for

    async def until(self, condition: Callable[[], Any]) -> None:
        def meanwhile() -> Any:
            if self.app._exception is not None:  # nothing more will come
                raise self.app._exception
            return condition()

        await until(meanwhile, lambda: f"{self.screen}\n\n{self._at_work()}")

    def _at_work(self) -> str:
        """What keys go to, and where the tasks of the app stand: why nothing more has come."""
        open_ = self.app.typeahead._open
        said = [
            f"focus {self.app.focused!r} on {self.app.screen!r}, {self.app.typeahead.asking} asking, {open_}"
        ]
        for task in asyncio.all_tasks():
            stack = io.StringIO()
            task.print_stack(file=stack)
            said.append(stack.getvalue())
        return "\n".join(said)

    async def shows(self, *texts: str) -> None:
        """Wait until the screen shows all of these."""
        await self.until(lambda: self._seen(texts) == len(texts))
        await play.show(self.app, f"it shows {', '.join(map(repr, texts))}")

    async def hides(self, *texts: str) -> None:
        """Wait until the screen shows none of these."""
        await self.until(lambda: not self._seen(texts))

    def _seen(self, texts: Sequence[str]) -> int:
        """How many of these the screen shows: it is drawn once for all of them."""
        shown = self.screen
        return sum(text in shown for text in texts)

    async def quiet(self) -> None:
        """Wait until no job runs, and its end is in the list."""
        await self.until(lambda: not self.app.jobs.running)
        await self.settled()

    async def still(self) -> None:
        """Wait until nothing moves any more."""
        before = -1
        while before != (before := self._frames.asked):
            for _ in range(3):
                await self.pilot.pause(0.01)

    # What is seen

    @property
    def lines(self) -> list[str]:
        return rows(self.app)

    @property
    def screen(self) -> str:
        return "\n".join(self.lines)

    @property
    def notice(self) -> str:
        """The notice line."""
        return self.lines[self.app.main.notice.region.y] if self.app.screen is self.app.main else ""

    @property
    def names(self) -> list[str]:
        """The names in the list, those shown."""
        return [entry.domain.name for entry in self.app.main.table.model.shown_entries]

    @property
    def current(self) -> str:
        """The domain the cursor is on."""
        return self.app.main.current.name if self.app.main.current else ""

    @property
    def marked(self) -> list[str]:
        return [entry.domain.name for entry in self.app.main.table.marked]

    @property
    def in_list(self) -> bool:
        """Whether keys go to the list."""
        return isinstance(self.app.focused, DomainTable)

    def domain(self, name: str) -> Domain | None:
        """A domain as the last snapshot knows it."""
        snapshot = self.app.here.host_state.snapshot
        return (
            next((domain for domain in snapshot.domains if domain.name == name), None) if snapshot else None
        )

    def number(self, name: str) -> int | None:
        """The domid of a domain."""
        domain = self.domain(name)
        return domain.domid if domain else None

    def state(self, name: str) -> str:
        """The state of a domain in words, "gone" where there is none."""
        domain = self.domain(name)
        return domain.state.value.replace("blocked", "running") if domain else "gone"


@asynccontextmanager
async def stage(
    host: StageHost,
    *,
    size: tuple[int, int] = WIDE,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Stage]:
    """Run the app on a host until its list is there; what the test leaves running is ended."""
    app = XentuiApp(host, Settings(**(settings or {})), **options)
    for context in app.hosts.values():
        context.poller._watcher.pacing = Untiring(0.5, details=0.0)
    frames = Frames()

    def rendered(of: Compositor, *given: Any, **more: Any) -> Any:
        return frames.render_update(of, *given, **more)

    with patch.object(Compositor, "render_update", rendered):
        async with app.run_test(size=size) as pilot:
            made = Stage(app, pilot, host, frames)
            await made.until(lambda: app.here.host_state.snapshot or app.here.host_state.trouble)
            await made.settled()
            yield made
            rows(app)  # what it shows at last can be drawn, whether the test has looked or not
            for context in app.hosts.values():
                await context.consoles.close_all()
            await app.jobs.close()
