"""Simulated hosts side by side, and a command line on the first of them."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.seeded import seed
from xentui.commands import run
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.hosts.sim import SimHost
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run
from xentui.simulator import control
from xentui.simulator.readiness import Installed


class Hosts:
    """Simulated hosts a, b and c; a has guests, the others have none."""

    def __init__(self, folder: Path, toolstack: str = "") -> None:
        self.sims = {
            name: SimHost(folder / "xentui" / f"sim-{name}", name=f"sim:{name}", toolstack=toolstack)
            for name in "abc"
        }
        for host in self.sims.values():
            seed(Path(host.store_root).parent, domains=0)
            control.set_speed(host.simulator, math.inf)
        self.by = {name: Hypervisor(host, user="admin@desk") for name, host in self.sims.items()}
        self.out: list[str] = []
        self.notes: list[str] = []
        self.questions: list[str] = []
        self.about: list[str] = []
        """What the last question was about."""
        self.answer: bool | None = None
        """What a question is answered with; None where nobody is there."""

    async def guest(self, name: str, *, memory: int = 256, kind: str = "pvh", disk: bool = False) -> Domain:
        """A managed guest of a, which is off."""
        host = self.sims["a"]
        text = (
            f'name = "{name}"\ntype = "{kind}"\nmemory = {memory}\nkernel = "/boot/vmlinuz-6.1.0-56-amd64"\n'
        )
        if disk:
            Path(host.host_path("/srv/guests")).mkdir(parents=True, exist_ok=True)
            Path(host.host_path(f"/srv/guests/{name}.img")).write_bytes(bytes(4096))
            text += f"disk = ['/srv/guests/{name}.img,raw,xvda,w']\n"
        Path(host.host_path(f"/etc/xen/{name}.cfg")).write_text(text)
        await self.by["a"].definitions.new(f"/etc/xen/{name}.cfg")
        return await self.by["a"].inventory.find(name)

    async def running(self, name: str, **settings: Any) -> Domain:
        await self.by["a"].lifecycle.start(await self.guest(name, **settings))
        return await self.by["a"].inventory.find(name)

    def memory(self, host: str, mib: int) -> None:
        """Have a host another size."""
        simulator = self.sims[host].simulator
        simulator.furnish()
        Installed(simulator.files, simulator.state).hardware(memory_mb=mib)

    async def run(self, *words: str) -> int:
        """A command line on host a, beside which the others are open."""
        self.out.clear()
        self.notes.clear()
        verb = run.find_verb(words[0])
        context = Context(
            self.by["a"],
            self.out.append,
            self.notes.append,
            render=as_command_line(),
            beside=self.others,
            confirm=None if self.answer is None else self._confirmed,
        )
        return await run.run_verb(verb, run.parse_verb(verb, words[1:]), context)

    async def _confirmed(self, question: str, about: Sequence[str] = ()) -> bool:
        self.questions.append(question)
        self.about = list(about)
        return self.answer is True

    async def where(self) -> dict[str, str]:
        """On which hosts each guest is, and in which state: ``a:off``."""
        found: dict[str, str] = {}
        for name, it in self.by.items():
            for domain in (await it.inventory.poll()).domains:
                if not domain.is_control:
                    word = "on" if domain.state.alive else domain.state.value
                    found[domain.name] = " ".join(filter(None, (found.get(domain.name), f"{name}:{word}")))
        return found

    @property
    def others(self) -> list[Hypervisor]:
        return [self.by["b"], self.by["c"]]

    @property
    def json(self) -> Any:
        return json.loads("\n".join(self.out))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


@pytest.fixture
def toolstack() -> str:
    """What drives the hosts; "" for xl."""
    return ""


@pytest.fixture
async def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toolstack: str) -> AsyncIterator[Hosts]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = Hosts(tmp_path, toolstack)
    async with AsyncExitStack() as stack:
        for hypervisor in made.by.values():
            await stack.enter_async_context(hypervisor)
        yield made
