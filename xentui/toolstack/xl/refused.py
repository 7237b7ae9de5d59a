"""The devices of a guest whose scripts have failed, as xenstore tells."""

from __future__ import annotations

from xentui.hosts.base import Completed
from xentui.model.answers import RefusedDevices
from xentui.patterns import late_pattern

_STATUS = late_pattern(r'/backend/\w+/\d+/(\d{1,9})(?:/hotplug-status = "([^"]*)")?')


def devices(vbds: Completed, vifs: Completed) -> RefusedDevices:
    """Return what the answers to :func:`xentui.toolstack.xl.xenstore.backends` of disks and interfaces tell."""
    return RefusedDevices(_numbers(vbds), _numbers(vifs))


def _numbers(done: Completed) -> frozenset[int]:
    """Return the numbers of the devices in an answer to :func:`xentui.toolstack.xl.xenstore.backends` that are not
    connected.

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
