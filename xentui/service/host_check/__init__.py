"""Whether a host is ready for guests: what is read of it, one check a function, and what mends it.

:func:`look` reads all that the checks need at once (:mod:`facts`) and lets each make its line of it: a check never asks
the host by itself, and one that finds nothing it understands says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.frozen import dataclass
from xentui.service.host_check import boot, readers, remote, resources, services, xen
from xentui.service.host_check.facts import XEND, Facts, gather
from xentui.service.host_check.report_line import CheckState, HostCheck, Line, unknown

if TYPE_CHECKING:
    from xentui.service.hypervisor import Hypervisor

CHECKS = (
    HostCheck("xen", "control domain", xen.control_domain, anywhere=True),
    HostCheck("toolstack", "toolstack", xen.toolstack),
    HostCheck("boot", "boot loader", boot.boot_loader, anywhere=True),
    HostCheck("versions", "versions", xen.versions),
    HostCheck("pygrub", "pygrub", readers.pygrub),
    HostCheck("dom0-memory", "dom0 memory", boot.dom0_memory),
    HostCheck("cpu", "processors", xen.processor, anywhere=True),
    HostCheck("iommu", "IOMMU", xen.iommu),
    HostCheck("xenstored", "xenstore", services.xenstored),
    HostCheck("xenconsoled", "consoles", services.xenconsoled),
    HostCheck("console-log", "console logs", services.console_logging),
    HostCheck("xendomains", "xendomains", services.xendomains),
    HostCheck("relocation", "relocation", services.relocation, anywhere=True, where=XEND),
    HostCheck("loop", "loop devices", resources.loop_devices),
    HostCheck("bridges", "bridges", resources.bridges),
    HostCheck("space", "free space", resources.space, anywhere=True),
    HostCheck("xen-tools", "xen-tools", resources.xen_tools),
    HostCheck("time", "time", services.time, anywhere=True),
    HostCheck("python", "python3", remote.python, anywhere=True),
    HostCheck("ssh", "ssh", remote.ssh, anywhere=True),
)
_WORSE = tuple(CheckState)
"""From best to worst."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a host stands: a line a check; ``control`` says whether it is a Xen host at all, ``distribution`` what else
    it calls itself, ``steps`` what makes it one.
    """

    host: str
    lines: tuple[Line, ...]
    control: bool
    distribution: str = ""
    steps: tuple[str, ...] = ()

    @property
    def worst(self) -> CheckState:
        """The state of the worst line."""
        return max((line.state for line in self.lines), key=_WORSE.index, default=CheckState.OK)

    def line(self, id: str) -> Line | None:
        """Return the line of that check."""
        return next((line for line in self.lines if line.id == id), None)


async def look(hypervisor: Hypervisor) -> Report:
    """Check a host; raises HostError where it is out of reach."""
    return judged(hypervisor.host.name, await gather(hypervisor))


def judged(host: str, facts: Facts) -> Report:
    """Return what the checks say of what was read; of a machine without Xen only those that mean something there."""
    lines = tuple(_asked(check, facts) for check in CHECKS if check.fits(facts))
    steps = next((line.steps for line in lines if line.steps), ())
    return Report(host, lines, facts.control, facts.distribution_name, steps)


def _asked(check: HostCheck, facts: Facts) -> Line:
    try:
        finding = check.find(facts)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        # What a host says may be anything; a check that it leads astray is no reason to keep the others back.
        finding = unknown(f"what was read is not valid ({error})")
    return finding.named(check.id, check.title)
