"""Reading xenstore."""

from __future__ import annotations

INITIALISING = "1"
"""The state of a device (XenbusStateInitialising) whose backend has not looked at it yet."""


def qemu_disk_state(domid: int, number: int) -> list[str]:
    """Return the state of a disk or drive that QEMU serves; ``number`` is its device number (5632 for hdc)."""
    return ["xenstore-read", f"/local/domain/0/backend/qdisk/{domid}/{number}/state"]


def vm(domid: int) -> list[str]:
    """Return where xenstore has what a domain was built of."""
    return ["xenstore-read", f"/local/domain/{domid}/vm"]


def command_line(path: str) -> list[str]:
    """Return the kernel's command line of a PV domain, below an answer to :func:`vm`."""
    return ["xenstore-read", f"{path}/image/cmdline"]


def backends(domid: int, kind: str) -> list[str]:
    """Return all that Domain-0 has of the devices of a ``kind`` (``vbd``, ``vif``) it serves a domain."""
    return ["xenstore-ls", "-f", f"/local/domain/0/backend/{kind}/{domid}"]


def all_of(domid: int) -> list[str]:
    """Return all that xenstore has of a domain."""
    return ["xenstore-ls", "-f", f"/local/domain/{domid}"]
