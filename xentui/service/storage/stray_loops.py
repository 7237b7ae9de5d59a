"""Letting go of a loop device that nobody uses: what a guest leaves whose end was not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.errors import NotAllowedError, StoreCode, StoreError
from xentui.service.storage import places, report
from xentui.service.storage.report import LoopDevice
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.hypervisor import Hypervisor


async def stray_loops(hypervisor: Hypervisor, path: str) -> tuple[LoopDevice, ...]:
    """Return the loop devices on a file, or the one of that name, that nobody uses.

    Raises StoreError, code ``missing``, where there is none on it, NotAllowedError where one is in use: by a domain, a
    mount, swap, a device above it or a process.
    """
    _mounts, _truncated, loops = await report.around(hypervisor.host)
    found = [loop for loop in loops if path in (loop.device, loop.file)]
    if not found:
        real = (await places.look(hypervisor.host, [path])).found[path].real
        found = [loop for loop in loops if real and real == loop.file]
    if not found:
        raise StoreError("no loop device holds it", code=StoreCode.MISSING, subject=path)
    for loop in found:
        users = loop.users or tuple(f"domain {name}" for name in await report.domains_using(hypervisor, loop))
        if users:
            raise NotAllowedError(
                f"{loop.device} is in use: {plain(', '.join(users), 300)}",
                subject=path,
                hint="it goes when whoever uses it lets go of it",
            )
    return tuple(found)


async def free(hypervisor: Hypervisor, path: str) -> tuple[LoopDevice, ...]:
    """Detach the loop devices on a file; raises as :func:`stray_loops`, CommandError where losetup fails."""
    session = hypervisor.session
    session.require_writable()
    found = await stray_loops(hypervisor, path)
    for loop in found:
        await session.change(["losetup", "--detach", loop.device], subject=path)
    return found
