"""A host as completion sees it, without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from xentui.model.domain import Domain
from xentui.model.state import DomainState


@dataclass
class FakeCompletionSource:
    """Domains and files to complete from; ``asked`` notes what was wanted."""

    known: list[Domain] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def domains(self) -> Sequence[Domain]:
        self.asked.append("domains")
        return self.known

    async def paths(self, prefix: str) -> Sequence[str]:
        self.asked.append(f"paths {prefix}")
        return [path for path in self.files if path.startswith(prefix)]

    async def own_paths(self, prefix: str) -> Sequence[str]:
        self.asked.append(f"own paths {prefix}")
        return [path for path in self.own if path.startswith(prefix)]

    def hosts(self) -> Sequence[str]:
        self.asked.append("hosts")
        return ["local", "sim", "xen1"]

    def groups(self) -> Sequence[str]:
        self.asked.append("groups")
        return ["racks"]


def domain(
    name: str, state: DomainState, domid: int | None = None, *, managed: bool = True, uuid: str = ""
) -> Domain:
    return Domain(name, uuid or f"uuid-of-{name}", state, domid, managed)


@pytest.fixture
def ground() -> FakeCompletionSource:
    return FakeCompletionSource(
        [
            domain("Domain-0", DomainState.RUNNING, 0, managed=False),
            domain("web1", DomainState.BLOCKED, 1),
            domain("test", DomainState.PAUSED, 7),
            domain("build", DomainState.RUNNING, 5, managed=False),
            domain("backup", DomainState.OFF),
            domain("router", DomainState.OFF),
            domain("lab", DomainState.SUSPENDED),
        ],
        ["/etc/xen/", "/etc/xen/web1.cfg", "/srv/my disk.img"],
        ["/home/bob/web9.cfg", "here.cfg"],
    )
