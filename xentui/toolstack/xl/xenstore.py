"""Reading xenstore."""

from __future__ import annotations

INITIALISING = "1"
"""The state of a device (XenbusStateInitialising) whose backend has not looked at it yet."""


def qemu_disk_state(domid: int, number: int) -> list[str]:
    """The state of a disk or drive that QEMU serves; ``number`` is its device number (5632 for hdc)."""
    return ["xenstore-read", f"/local/domain/0/backend/qdisk/{domid}/{number}/state"]


def backends(domid: int, kind: str) -> list[str]:
    """All that Domain-0 has of the devices of a ``kind`` (``vbd``, ``vif``) it serves a domain."""
    return ["xenstore-ls", "-f", f"/local/domain/0/backend/{kind}/{domid}"]
