"""The service on a simulated host whose time passes at once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from tests.unit.service.interposer import Interposed
from xentui.agent import surroundings
from xentui.hosts.base import Completed
from xentui.hosts.sim import SimHost
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control


class Faulty(SimHost):
    """A simulated host that fails where a test tells it to, and remembers what ran."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ran: list[tuple[str, ...]] = []
        self.answer: Callable[[Sequence[str]], Completed | None] = lambda argv: None
        self.jobs: Interposed | None = None

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """The simulator, behind what a test has put between it and a job."""
        real = super().command_prefix
        return self.jobs.prefix(real) if self.jobs else real

    def interposed(self) -> Interposed:
        """What jobs' commands meet from now on."""
        if self.jobs is None:
            self.jobs = Interposed(Path(self.store_root).parent / "interposed")
        return self.jobs

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Answer as told, else as the simulator does."""
        self.ran.append(tuple(argv))
        planned = self.answer(argv)
        return planned or await super().run(argv, stdin=stdin, timeout=timeout)

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
        place = Path(self.host_path(path))
        place.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
        return path

    def image(self, name: str) -> str:
        """Make a disk image; returns its path on the host."""
        path = f"/srv/guests/{name}"
        Path(self.host_path(path)).write_bytes(b"\0" * 4096)
        return path


@pytest.fixture
def host(tmp_path: Path) -> Faulty:
    """A simulated host without guests."""
    seed(tmp_path / "sim", domains=0)
    made = Faulty(tmp_path / "sim")
    control.set_speed(made.simulator, math.inf)
    return made


@pytest.fixture
async def hypervisor(host: Faulty) -> AsyncIterator[Hypervisor]:
    """The service on that host."""
    async with Hypervisor(host, user="admin@desk") as made:
        yield made


def during_a_look(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, happen: Callable[[], Awaitable[object]]
) -> None:
    """Have something happen once, after the stored domains were read and before what is around them is."""
    loop = asyncio.get_running_loop()
    real, reading = surroundings.surroundings, hypervisor.inventory._reading_store

    async def let_it_happen() -> None:
        reading.release()  # it looks itself
        try:
            await happen()
        finally:
            await reading.acquire()

    def tell(root: str, *, auto_dir: str) -> Any:
        monkeypatch.setattr(surroundings, "surroundings", real)
        asyncio.run_coroutine_threadsafe(let_it_happen(), loop).result()
        return real(root, auto_dir=auto_dir)

    monkeypatch.setattr(surroundings, "surroundings", tell)
