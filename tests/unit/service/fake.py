"""A host that says what a test wants it to, for the parts of the service that only listen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from xentui.errors import HostError, StoreError
from xentui.hosts.base import Completed
from xentui.service.inventory import Inventory
from xentui.service.pacing import Pacing
from xentui.service.session import Session
from xentui.service.watcher import Watcher
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for

HEAD = "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID  Reason-Code\tSecurity Label"


class FakeStream:
    """A long-running command: a line each time the test puts one, ended by None."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.closed = False
        self.error_text = ""

    def say(self, *lines: str) -> None:
        """Let the command print lines."""
        for line in lines:
            self.queue.put_nowait(line.encode())

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines, until the command ends."""
        while (line := await self.queue.get()) is not None:
            yield line

    async def close(self) -> int:
        """Stop the command."""
        self.closed = True
        return -15


class FakeHost:
    """Answers listings with ``rows`` and ``configs``, the store with ``stored``; counts what it is asked."""

    name = "fake"
    toolstack = ""
    turns = 2
    store_root = "/var/lib/xentui"

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.configs: bytes = b"[]"
        self.stored: list[dict[str, Any]] = []
        self.boot = ""
        """What tells this boot of it from others."""
        self.polls = 0
        self.details = 0
        """How often ``xl list -l`` was asked; while ``details_ready`` is not set it takes its time."""
        self.details_ready = asyncio.Event()
        self.details_ready.set()
        self.details_failure: Exception | None = None
        self.failure: Exception | None = None
        self.known: Any = None
        """What the caller said it knows of the store, at the last look."""
        self.store_failure: StoreError | None = None
        self.watchable = True
        self.streams: list[FakeStream] = []
        self.asked: list[tuple[str, ...]] = []

    async def run(self, argv: Sequence[str], **_: object) -> Completed:
        """Answer ``xl list``."""
        if self.failure:
            raise self.failure
        if argv[2] == "-l":
            self.details += 1
            await self.details_ready.wait()
            if self.details_failure:
                raise self.details_failure
            return Completed(tuple(argv), 0, self.configs, b"")
        self.polls += 1
        return Completed(tuple(argv), 0, "\n".join([HEAD, *self.rows]).encode(), b"")

    async def stream(self, argv: Sequence[str]) -> FakeStream:
        """Start a long-running command."""
        self.asked.append(tuple(argv))
        if not self.watchable:
            raise HostError("cannot run it")
        self.streams.append(FakeStream())
        return self.streams[-1]

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        """Answer for the store."""
        if self.store_failure:
            raise self.store_failure
        if operation == "look":
            self.known = arguments["cache"]
            page = {"entries": self.stored, "gone": [], "digest": "digest", "next": ""}
            around: dict[str, Any] = {"auto": [], "jobs": [], "ended": None, "spent": [], "kept": {}}
            around["boot"] = self.boot
            return {**page, "around": around, "took": 0.0}
        return []

    def host_path(self, path: str) -> str:
        """Paths are what they are."""
        return path

    def shown(self, text: str) -> str:
        return text

    async def next_stream(self) -> FakeStream:
        """The command the service starts next."""
        count = len(self.streams)
        async with asyncio.timeout(60):
            while len(self.streams) == count:  # noqa: ASYNC110 - the service starts it by itself
                await asyncio.sleep(0.001)
        return self.streams[-1]


class Untiring(Pacing):
    """Looks as often as it is told, whatever that costs: a busy machine must not make a test wait.

    ``details`` are the seconds between two ``xl list -l`` while nothing changes.
    """

    def __init__(self, interval: float, *, details: float = 600.0) -> None:
        super().__init__(interval)
        self.details = details

    def list_pause(self) -> float:
        return self.interval

    def details_pause(self, *, changed: bool) -> float:
        return 0.0 if changed else self.details

    def burst_pause(self) -> float:
        return 0.05


def watcher(host: FakeHost, *, interval: float) -> Watcher:
    """One that follows that host."""
    made = Watcher(session(host), inventory(host))
    made.pacing = Untiring(interval)
    return made


def session(host: FakeHost) -> Session:
    """A session on that host."""
    far: Any = host
    return Session(far, toolstack_for(far), ManagedStore(far), "admin@desk")


def inventory(host: FakeHost) -> Inventory:
    """The inventory of that host."""
    return Inventory(session(host))


def row(
    name: str, domid: int, uuid: str, *, letters: str = "-b----", memory: int = 128, seconds: float = 1.0
) -> str:
    """A line of ``xl list -v``."""
    return f"{name:<40} {domid:5} {memory:5} {1:5}     {letters}  {seconds:8.1f} {uuid}        -                -"
