"""How an engine that migrates guests itself connects to the other host, and the address that receives the memory."""

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
    """The result of a connection from the source's engine client to the target's engine.

    ``done`` is the completed command that listed the target's domains (None: it was not run), ``untried`` why it could
    not be run.
    """

    done: Completed | None = None
    untried: str = ""

    @property
    def believed(self) -> frozenset[str]:
        """The uuids of the domains that the target's engine regards as its own."""
        if self.done is None or self.done.exit_code:
            return frozenset()
        return frozenset(
            re.findall(r"(?m)^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$", self.done.text)
        )

    def argv(
        self, source: Hypervisor, domain: Domain, reach: Reach, tried: Completed | None
    ) -> tuple[str, ...]:
        """Return the command that migrates the guest; empty if no URI may contain the address."""
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
    """Let the source's engine client connect to the target's engine.

    None if the engine does not migrate guests itself.
    """
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
    """Return the address of the target that a login from the source used, which can receive the memory too; "" for
    none.

    libvirt would use the target's own host name, which is often 127.0.1.1 in /etc/hosts.
    """
    found = re.search(rf"(?m)^{ARRIVES} : \S+ \d+ (\S+) \d+\s*$", report)
    try:
        return str(ipaddress.ip_address(found[1])) if found else ""
    except ValueError:
        return ""
