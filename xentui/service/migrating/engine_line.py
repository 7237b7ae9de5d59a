"""How an engine that moves guests by itself reaches the other host, and where their memory arrives."""

from __future__ import annotations

import ipaddress
import re

from xentui.errors import HostError, UsageError
from xentui.frozen import dataclass
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.domain import Domain
from xentui.service.hypervisor import Hypervisor
from xentui.toolstack.targets import Target, target as target_of

ARRIVES = "xentui_arrives"
"""Stands before what sshd says of a login in the report of a try: both ends of it."""
_SECONDS = 60.0
_NOBODY = Target(0, "00000000-0000-0000-0000-000000000000", "")


@dataclass(frozen=True, slots=True)
class EngineTry:
    """``done`` is how the engine's client ended on the source that asked the target's engine for all its domains (None:
    it was not run), ``untried`` why it could not be run.
    """

    done: Completed | None = None
    untried: str = ""

    @property
    def believed(self) -> frozenset[str]:
        """The uuids of what the target's engine takes for its own."""
        if self.done is None or self.done.exit_code:
            return frozenset()
        return frozenset(
            re.findall(r"(?m)^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", self.done.text)
        )

    def argv(
        self, source: Hypervisor, domain: Domain, reach: Reach, tried: Completed | None
    ) -> tuple[str, ...]:
        """Return what moves the guest; nothing where no URI may hold the address."""
        try:
            move = source.session.toolstack.moving(
                target_of(domain),
                reach.address,
                arrives=login_address(tried.text if tried is not None else ""),
            )
        except UsageError:
            return ()
        return move.argv if move is not None else ()


async def engine_try(source: Hypervisor, reach: Reach) -> EngineTry | None:
    """Have the source's engine client ask the target's engine; None where the engine moves no guests by itself."""
    try:
        move = source.session.toolstack.moving(_NOBODY, reach.address)
    except UsageError:
        return EngineTry()  # another check says that of the address
    if move is None:
        return None
    if reach.problem:
        return EngineTry()
    try:
        return EngineTry(await source.host.run([*move.there, "list", "--all", "--uuid"], timeout=_SECONDS))
    except HostError as error:
        return EngineTry(None, error.message)


def login_address(report: str) -> str:
    """Return the address of the target that the source's login came to, which its memory can come to as well; "" for
    none.

    libvirt would take the target's own host name, which /etc/hosts often has as 127.0.1.1.
    """
    found = re.search(rf"(?m)^{ARRIVES} : \S+ \d+ (\S+) \d+\s*$", report)
    try:
        return str(ipaddress.ip_address(found[1])) if found else ""
    except ValueError:
        return ""
