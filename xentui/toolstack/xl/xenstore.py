"""Reading xenstore."""

from __future__ import annotations

from xentui.hosts.base import Completed
from xentui.patterns import late_pattern

INITIALISING = "1"
"""The state of a device (XenbusStateInitialising) whose backend has not looked at it yet."""


def qemu_disk_state(domid: int, number: int) -> list[str]:
    """The state of a disk or drive that QEMU serves; ``number`` is its device number (5632 for hdc)."""
    return ["xenstore-read", f"/local/domain/0/backend/qdisk/{domid}/{number}/state"]


def vm(domid: int) -> list[str]:
    """Return where xenstore has what a domain was built of."""
    return ["xenstore-read", f"/local/domain/{domid}/vm"]


def command_line(path: str) -> list[str]:
    """The kernel's command line of a PV domain, below an answer to :func:`vm`."""
    return ["xenstore-read", f"{path}/image/cmdline"]


def backends(domid: int, kind: str) -> list[str]:
    """All that Domain-0 has of the devices of a ``kind`` (``vbd``, ``vif``) it serves a domain."""
    return ["xenstore-ls", "-f", f"/local/domain/0/backend/{kind}/{domid}"]


def all_of(domid: int) -> list[str]:
    """All that xenstore has of a domain."""
    return ["xenstore-ls", "-f", f"/local/domain/{domid}"]


_STATUS = late_pattern(r'/backend/\w+/\d+/(\d{1,9})(?:/hotplug-status = "([^"]*)")?')


def refused(done: Completed) -> frozenset[int]:
    """The numbers of the devices in an answer to :func:`backends` that are not connected.

    What the hotplug script has refused stays in xenstore and in what ``xl list -l`` prints (seen with Xen 4.17.7); the
    frontend's state, which ``xl block-list`` shows, does not tell: it is 3 or 1 of such a disk, and 4 of such an
    interface.  Where a script has done its work the backend has ``hotplug-status`` ``connected``.
    """
    if done.exit_code != 0:
        return frozenset()  # it has none, or they are in a driver domain
    there: set[int] = set()
    connected: set[int] = set()
    for match in _STATUS.finditer(done.text):
        number = int(match[1])
        there.add(number)
        if match[2] == "connected":
            connected.add(number)
    return frozenset(there - connected)
