"""A simulated host with a clock of its own, on which nothing takes real time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from xentui.simulator import Result, Simulator, control


class Clock:
    """A clock that goes on only when somebody waits or says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        return False


@dataclass
class Bench:
    """A simulated host and its clock; ``run`` takes the words of a command."""

    simulator: Simulator
    clock: Clock
    work: Path
    written: list[Path] = field(default_factory=list)

    def run(self, *argv: str) -> Result:
        return self.simulator.run(argv)

    def ok(self, *argv: str) -> str:
        """Run a command that must succeed; its standard output."""
        result = self.run(*argv)
        assert result.exit_code == 0, result.stderr.decode()
        return result.stdout.decode()

    def refused(self, *argv: str, code: int = 1) -> str:
        """Run a command that must fail with that exit status; its standard error."""
        result = self.run(*argv)
        assert result.exit_code == code, (result.exit_code, result.stderr)
        return result.stderr.decode()

    def config(self, name: str, **settings: str) -> str:
        """Write the configuration of a small PV guest; settings are in xl's language.  Returns its path."""
        lines = {
            "name": f'"{name}"',
            "kernel": '"/srv/guests/vmlinuz"',
            "ramdisk": '"/srv/guests/guest-initrd.gz"',
            "memory": "128",
            **settings,
        }
        path = self.work / f"{name}.cfg"
        path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items() if value))
        return str(path)

    def create(self, name: str, **settings: str) -> int:
        """Create a guest and let it boot; its domid."""
        self.ok("xl", "create", "-q", self.config(name, **settings))
        self.clock.sleep(60)
        return int(self.ok("xl", "domid", name))

    def letters(self, name: str) -> str:
        """The state letters of ``xl list``."""
        return self.ok("xl", "list", name).splitlines()[1].split()[-2]

    def names(self) -> list[str]:
        """The names ``xl list`` shows, Domain-0 left out."""
        self.clock.sleep(0)
        return [line.split()[0] for line in self.ok("xl", "list").splitlines()[2:]]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An empty host on which everything happens at once."""
    clock = Clock()
    simulator = Simulator(tmp_path / "sim", clock=clock, sleep=clock.sleep, domains=0)
    control.set_speed(simulator, math.inf)
    work = tmp_path / "work"
    work.mkdir()
    yield Bench(simulator, clock, work)
    simulator.close()


@pytest.fixture
def slow_bench(bench: Bench) -> Bench:
    """The same at normal speed, on its own clock."""
    control.set_speed(bench.simulator, 1.0)
    return bench
