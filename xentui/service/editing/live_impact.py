"""Which changes of a configuration the running domain can take now, and by which commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError
from xentui.frozen import dataclass
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain
from xentui.service import media
from xentui.service.editing import device_pairs
from xentui.service.editing.fields import mebibytes, term
from xentui.service.legality import Action, reason_against
from xentui.toolstack.argv import Argv
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import Target, target

_FLOOR_MIB = 4


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A change that concerns the running domain: ``argv`` would make it now, unless there is a ``reason`` against.

    ``field`` is that of the :class:`Difference` it belongs to; ``disk`` and ``vif`` are what is attached.
    """

    title: str
    argv: tuple[str, ...]
    reason: str = ""
    field: str = ""
    domid: int = -1
    disk: Disk | None = None
    vif: Vif | None = None

    @property
    def possible(self) -> bool:
        """Whether it can be made now."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Live:
    """The changes that concern the running domain, and the fields in which it is already so."""

    changes: tuple[LiveChange, ...] = ()
    settled: frozenset[str] = frozenset()

    @property
    def now(self) -> frozenset[str]:
        """The fields that need no new start."""
        hindered = {change.field for change in self.changes if not change.possible}
        return self.settled | ({change.field for change in self.changes} - hindered)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A field in which the running domain is as it is wanted."""

    field: str


@dataclass(frozen=True, slots=True)
class _Running:
    """The running domain, and how the toolstack is told to change it."""

    toolstack: Toolstack
    domain: Domain
    target: Target

    def change(
        self,
        title: str,
        argv: Argv,
        reason: str,
        field: str,
        *,
        disk: Disk | None = None,
        vif: Vif | None = None,
    ) -> LiveChange:
        """Return one change of it."""
        return LiveChange(title, tuple(argv), reason, field, self.target.domid, disk=disk, vif=vif)


_Found = Iterator[LiveChange | _Settled]


def live_changes(
    toolstack: Toolstack, old: language.Document | None, new: language.Document, domain: Domain | None
) -> Live:
    """Return what of the change from ``old`` to ``new`` concerns the devices, memory and CPUs of the running domain.

    Only what the edit changes, and only as far as it is not so yet.
    """
    if domain is None or domain.domid is None or domain.running is None or domain.is_control:
        return Live()
    on = _Running(toolstack, domain, target(domain))
    found = [
        *_memory(old, new, on),
        *_vcpus(old, new, on),
        *_disks(old, new, on),
        *_vifs(old, new, on),
    ]
    return Live(
        tuple(item for item in found if isinstance(item, LiveChange)),
        frozenset(item.field for item in found if isinstance(item, _Settled)),
    )


def _memory(old: language.Document | None, new: language.Document, on: _Running) -> _Found:
    domain = on.domain
    mib = new.number("memory")
    if mib is None or (old and old.number("memory") == mib):
        return
    if mib == domain.target_mib:
        yield _Settled(term("memory"))
        return
    reason = reason_against(domain, Action.MEM_SET)
    if not reason and mib > domain.maxmem_mib > 0:
        reason = f"its maximum while it runs is {mebibytes(domain.maxmem_mib)}"
    if not reason and mib < _FLOOR_MIB:
        reason = f"no guest kernel fits into less than {_FLOOR_MIB} MiB"
    title = f"set memory to {mebibytes(mib)}"
    yield on.change(title, on.toolstack.set_memory(on.target, mib), reason, term("memory"))


def _vcpus(old: language.Document | None, new: language.Document, on: _Running) -> _Found:
    domain = on.domain
    count = new.number("vcpus") or 1
    if old and (old.number("vcpus") or 1) == count:
        return
    if count == domain.vcpus:
        yield _Settled(term("vcpus"))
        return
    reason = reason_against(domain, Action.VCPU_SET)
    maximum = domain.config.maxvcpus
    if not reason and count > maximum:
        reason = f"its maximum while it runs is {maximum}"
    plural = "virtual CPU" if count == 1 else "virtual CPUs"
    argv = on.toolstack.set_vcpus(on.target, count)
    yield on.change(f"set {count} {plural}", argv, reason, term("vcpus"))


def _disks(old: language.Document | None, new: language.Document, on: _Running) -> _Found:
    domain = on.domain
    running = {disk.vdev: disk for disk in domain.config.disks}
    for pair in device_pairs.changed_disks(device_pairs.disks(old), device_pairs.disks(new)):
        present = running.get(pair.vdev)
        if pair.new and present and not device_pairs.changed_disks((present,), (_as_run(pair.new),)):
            yield _Settled(pair.field)
            continue
        if not (pair.new or present):
            yield _Settled(pair.field)
            continue
        drive = (pair.new and pair.new.cdrom) or (present and present.cdrom)
        if pair.new and present and _exchanged(present, pair.new):
            yield _medium(on, pair.new, pair.field)
            continue
        reason = "a drive comes and goes only with a start" if drive else ""
        if present:
            why = reason or reason_against(domain, Action.BLOCK_DETACH)
            title = f"detach disk {pair.vdev}" + (", to exchange it" if pair.new else "")
            yield on.change(title, on.toolstack.detach_disk(on.target, pair.vdev), why, pair.field)
        if pair.new:
            why = reason or reason_against(domain, Action.BLOCK_ATTACH)
            title = f"attach disk {pair.vdev} ({pair.new.target or 'empty'})"
            argv = on.toolstack.attach_disk(on.target, pair.new)
            yield on.change(title, argv, why, pair.field, disk=pair.new)


def _exchanged(present: Disk, wanted: Disk) -> bool:
    """Return whether both are one CD drive, with another medium or none."""
    return present.cdrom and wanted.cdrom and _emptied(present) == _emptied(_as_run(wanted))


def _emptied(disk: Disk) -> Disk:
    return replace(disk, target="", format="empty", access=Access.READ)


def _medium(on: _Running, drive: Disk, field: str) -> LiveChange:
    verb = Action.CD_INSERT if drive.target else Action.CD_EJECT
    title = f"insert {drive.target} into {drive.vdev}" if drive.target else f"eject {drive.vdev}"
    argv = media.exchange(on.toolstack, on.target, drive)
    return on.change(title, argv, reason_against(on.domain, verb), field, disk=drive)


def _as_run(disk: Disk) -> Disk:
    """Return a disk as the hypervisor would report it, spellings apart."""
    return Disk(
        disk.target, disk.vdev, disk.format, disk.access, disk.cdrom,
        backend=disk.backend, backendtype=disk.backendtype, script=disk.script,
    )  # fmt: skip


def _vifs(old: language.Document | None, new: language.Document, on: _Running) -> _Found:
    domain = on.domain
    running = {vif.mac.lower(): (index, vif) for index, vif in enumerate(domain.config.vifs) if vif.mac}
    for pair in device_pairs.changed_vifs(device_pairs.vifs(old), device_pairs.vifs(new)):
        macs = [vif.mac.lower() for vif in (pair.old, pair.new) if vif and vif.mac]
        place, present = next((running[mac] for mac in macs if mac in running), (0, None))
        if (pair.new and present and _serves(present, pair.new)) or not (pair.new or present):
            yield _Settled(pair.field)
            continue
        if present:
            number = str(present.devid if present.devid is not None else place)
            title = f"detach interface {present.mac}" + (", to exchange it" if pair.new else "")
            why = reason_against(domain, Action.NETWORK_DETACH)
            yield on.change(
                title, on.toolstack.detach_interface(on.target, number, mac=present.mac), why, pair.field
            )
        if pair.new:
            argv = _attached(on, pair.new)
            where = f" ({pair.new.bridge})" if pair.new.bridge else ""
            title = f"attach interface {pair.new.mac or 'with a new address'}{where}"
            why = reason_against(domain, Action.NETWORK_ATTACH)
            if not why and not argv:
                why = f"its settings cannot be given to {on.toolstack.name} as words"
            yield on.change(title, argv, why, pair.field, vif=pair.new)


def _serves(present: Vif, wanted: Vif) -> bool:
    """Return whether the running interface is what is wanted: the same in all that is said of it."""
    names = ("mac", "bridge", "ip", "model", "script", "vifname", "backend")
    return not wanted.rate and all(
        getattr(present, name).lower() == getattr(wanted, name).lower()
        for name in names
        if getattr(wanted, name)
    )


def _attached(on: _Running, vif: Vif) -> Argv:
    """Return how the interface is attached; empty where the toolstack has no words for it."""
    try:
        return on.toolstack.attach_interface(on.target, vif)
    except ConfigError:
        return []
