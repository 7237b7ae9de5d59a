"""Memory and vCPUs of a domain: live where it runs, and stored where it is managed."""

from __future__ import annotations

from xentui import config as language
from xentui.errors import NotAllowedError, Suggest
from xentui.model import sizes
from xentui.model.domain import Domain, Snapshot
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_now
from xentui.service.live_and_stored import LiveAndStored
from xentui.service.undo_stored import changed_since
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import target

_GUEST_FLOOR_MIB = 4
_CONTROL_FLOOR_MIB = 256
_KILLED = "a guest with too little memory kills its processes or hangs"


class Resources:
    """``mem-set``, ``mem-max`` and ``vcpu-set``; sizes in MiB.

    All decide on what the domain is when they are called; NoSuchDomainError where nothing is left of it.
    """

    def __init__(self, toolstack: Toolstack, inventory: Inventory, changes: LiveAndStored) -> None:
        self._toolstack = toolstack
        self._inventory = inventory
        self._changes = changes

    async def set_memory(self, domain: Domain, mib: int, *, force: bool = False) -> None:
        """Set the memory target; raises NotAllowedError above the maximum, and below what a system can live on.

        With ``force`` it may be what :func:`too_little` names.
        """
        domain = require_now(await self._inventory.poll(), domain, Action.MEM_SET)
        if mib < _GUEST_FLOOR_MIB and not domain.is_control:
            raise NotAllowedError(
                f"cannot set {mib} MiB: no guest kernel fits into less than {_GUEST_FLOOR_MIB} MiB",
                subject=domain.label,
                hint=f"give the size in MiB, or with a suffix: {sizes.EXAMPLES}",
            )
        if not force and (reason := too_little(domain, mib)):
            raise NotAllowedError(
                f"cannot set {mib} MiB: {reason}",
                subject=domain.label,
                hint=(
                    f"{_KILLED}: give it {floor(domain)} MiB or more; if it is meant: ",
                    Suggest("domain.mem-set", domain.label, str(mib), "--force"),
                ),
            )
        if domain.maxmem_mib and mib > domain.maxmem_mib:
            raise NotAllowedError(
                f"cannot set {mib} MiB: its maximum is {domain.maxmem_mib} MiB",
                subject=domain.label,
                hint=(
                    Suggest("domain.mem-max", domain.label, str(mib)),
                    " and a new start raise it" if domain.domid is not None else " first",
                ),
            )

        def edit(document: language.Document) -> language.Document:
            # Without maxmem the maximum is `memory` itself: lowering one must not lower the other for good.
            if document.number("maxmem") is None and mib < (document.number("memory") or 0):
                document = document.set("maxmem", document.number("memory") or mib)
            return document.set("memory", mib)

        before = domain.target_mib

        async def reverse(now: Domain, _snapshot: Snapshot) -> list[str] | None:
            if now.target_mib == before:
                return None
            if now.target_mib != mib and not now.is_control:  # the control domain takes its time to get there
                raise changed_since(now, f"it has {now.target_mib} MiB now")
            return self._toolstack.set_memory(target(now), before)

        argv = self._toolstack.set_memory(target(domain), mib) if domain.domid is not None else None
        await self._changes.apply(domain, argv, edit, f"mem-set {mib}", reverse=reverse)

    async def store_memory(self, domain: Domain, mib: int, maximum: int) -> None:
        """Store memory and its ceiling for the next start of a managed domain; what runs stays as it is."""
        domain = require_now(await self._inventory.poll(), domain, Action.MEM_SET)

        def edit(document: language.Document) -> language.Document:
            if document.number("maxmem") is not None or maximum > mib:
                document = document.set("maxmem", max(maximum, mib))
            return document.set("memory", mib)

        await self._changes.apply(domain, None, edit, f"mem-set {mib} at the next start", reverse=None)

    async def store_vcpus(self, domain: Domain, count: int) -> None:
        """Store how many vCPUs a managed domain has from its next start on; what runs stays as it is."""
        domain = require_now(await self._inventory.poll(), domain, Action.VCPU_SET)

        def edit(document: language.Document) -> language.Document:
            if (document.number("maxvcpus") or count) < count:
                document = document.set("maxvcpus", count)
            return document.set("vcpus", count)

        await self._changes.apply(domain, None, edit, f"vcpu-set {count} at the next start", reverse=None)

    async def set_maximum(self, domain: Domain, mib: int) -> None:
        """Set the memory ceiling; raises NotAllowedError below the present target."""
        domain = require_now(await self._inventory.poll(), domain, Action.MEM_MAX)
        if mib < domain.target_mib:
            raise NotAllowedError(
                f"cannot set a maximum of {mib} MiB: it has {domain.target_mib} MiB now",
                subject=domain.label,
                hint=(Suggest("domain.mem-set", domain.label, str(mib)), " first"),
            )
        before = domain.maxmem_mib

        async def reverse(now: Domain, _snapshot: Snapshot) -> list[str] | None:
            if now.maxmem_mib == before:
                return None
            if now.maxmem_mib != mib:
                raise changed_since(now, f"its maximum is {now.maxmem_mib} MiB now")
            if now.target_mib > before:
                raise changed_since(
                    now, f"it has {now.target_mib} MiB now, more than the {before} MiB before"
                )
            return self._toolstack.set_max_memory(target(now), before)

        argv = self._toolstack.set_max_memory(target(domain), mib) if domain.domid is not None else None
        await self._changes.apply(
            domain,
            argv,
            lambda document: document.set("maxmem", mib),
            f"mem-max {mib}",
            reverse=reverse,
        )

    async def set_vcpus(self, domain: Domain, count: int) -> None:
        """Set how many vCPUs are online; of a domain that is off, also the maximum where it is lower."""
        domain = require_now(await self._inventory.poll(), domain, Action.VCPU_SET)
        maximum = domain.config.maxvcpus
        if domain.domid is not None and not domain.is_control and count > maximum:
            raise NotAllowedError(
                f"cannot set {count} vCPUs: its maximum while it runs is {maximum}",
                subject=domain.label,
                hint="shut it down, set them, and start it again",
            )

        def edit(document: language.Document) -> language.Document:
            top = max(document.number("maxvcpus") or 0, document.number("vcpus") or 1)
            if document.number("maxvcpus") is not None or count < top:
                document = document.set("maxvcpus", max(top, count))
            return document.set("vcpus", count)

        before = domain.vcpus

        async def reverse(now: Domain, _snapshot: Snapshot) -> list[str] | None:
            # A guest may take its time over it, or not do it at all.
            if now.vcpus not in (count, before):
                raise changed_since(now, f"it has {now.vcpus} vCPUs now")
            return self._toolstack.set_vcpus(target(now), before)

        argv = self._toolstack.set_vcpus(target(domain), count) if domain.domid is not None else None
        await self._changes.apply(domain, argv, edit, f"vcpu-set {count}", reverse=reverse)


def too_little(domain: Domain, mib: int) -> str:
    """Return why so little memory will hardly do, "" where it will: what a system has in use does not get smaller.

    More than it has is always well: who is below the floor must be able to come back to it.
    """
    if mib >= min(floor(domain), domain.target_mib):
        return ""
    if domain.is_control:
        if mib < _CONTROL_FLOOR_MIB:
            return "that is too little for the host's own system"
        return f"that is less than half of the {domain.memory_mib} MiB the host's own system has"
    if domain.domid is None:
        return f"it is stored with {domain.target_mib} MiB, and will hardly start with so little"
    kept = ", and that is what the next start would give it" if domain.managed else ""
    return f"that is little compared with the {domain.target_mib} MiB it has{kept}"


def floor(domain: Domain) -> int:
    """Return the least memory in MiB a domain may be given without insisting.

    Half of what it has and 256 for the host's own system; a quarter for a guest, but 32 for one that has 64.
    """
    if domain.is_control:
        return max(_CONTROL_FLOOR_MIB, (domain.memory_mib + 1) // 2)
    return max(_GUEST_FLOOR_MIB, min(32, domain.target_mib // 2), (domain.target_mib + 3) // 4)
