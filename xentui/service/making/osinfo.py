"""The systems that the host's osinfo-db tells of, as ours with its memory, processors and room."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.errors import StoreError, UsageError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.sizes import shown_bytes
from xentui.service.making.systems import SYSTEMS, GuestSystem, system
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import OsinfoSystem
    from xentui.hosts.base import Host

FOLDER = "/usr/share/osinfo/os"
_MOST, _MIB, _GIB = 4000, 1 << 20, 1 << 30
_MEMORY, _VCPUS, _DISK = (64, 1 << 20), (1, 64), 4 << 40
"""Between what is believed: MiB, processors, and bytes at most."""
_DISTROS = {
    "debian": "debian", "ubuntu": "ubuntu", "opensuse": "suse", "sles": "suse", "sled": "suse", "sle": "suse",
    "fedora": "fedora", "rhel": "fedora", "centos": "fedora", "rocky": "fedora", "almalinux": "fedora",
    "ol": "fedora", "scientificlinux": "fedora", "eurolinux": "fedora", "miraclelinux": "fedora", "circle": "fedora",
    "alpinelinux": "alpine",
}  # fmt: skip
_FAMILIES = {"linux": "linux", "winnt": "windows", "freebsd": "bsd", "netbsd": "bsd", "openbsd": "bsd"}


@dataclass(frozen=True, slots=True)
class KnownSystems:
    """What the host's osinfo-db tells of, the newest first; ``note`` is why that is less than all, "" for all."""

    systems: tuple[GuestSystem, ...] = ()
    note: str = ""

    def of(self, base: str) -> tuple[GuestSystem, ...]:
        """Return those that are a release of one of ours."""
        return tuple(each for each in self.systems if each.base == base)


async def known(host: Host) -> KnownSystems:
    """Return what the host has; nothing, with a note, where it has no osinfo-db or a damaged one."""
    try:
        told = await host.call(operations.osinfo, path=host.host_path(FOLDER))
        if not told["there"]:
            return KnownSystems(note="the host has no osinfo-db (Debian: osinfo-db)")
        released = sorted(told["systems"][:_MOST], key=lambda each: str(each["released"]), reverse=True)
        found = {each.id: each for each in map(_system, released) if each is not None}
        damaged = int(told["damaged"])
    except (StoreError, KeyError, TypeError, ValueError, AttributeError):
        return KnownSystems(note="what the host's osinfo-db tells is not valid")
    if not found:
        return KnownSystems(note="the host's osinfo-db tells of no system")
    note = f"{damaged} files of the host's osinfo-db are damaged" if damaged else ""
    return KnownSystems(tuple(found.values()), note)


async def system_of(host: Host, id: str) -> GuestSystem:
    """Return one of our systems, or of the host's osinfo-db; raises UsageError for what is in neither."""
    if any(each.id == id for each in SYSTEMS):
        return system(id)
    told = await known(host)
    for each in told.systems:
        if each.id == id:
            return each
    own = ", ".join(each.id for each in SYSTEMS)
    more = f"; {told.note}" if told.note else ", or one of the host's osinfo-db, such as debian12"
    raise UsageError("is not a system that xentui knows", subject=plain(id, 60), hint=f"one of {own}{more}")


def _system(told: OsinfoSystem) -> GuestSystem | None:
    """Return one of osinfo-db's on the ground of ours; None for what has no name."""
    word, label = plain(str(told["id"]), 60), plain(str(told["name"]), 60)
    if not word or not label or word != str(told["id"]) or any(each.id == word for each in SYSTEMS):
        return None
    family = str(told["family"])
    base = system(_DISTROS.get(str(told["distro"]), _FAMILIES.get(family, "other")))
    least, usual = told["least"], told["usual"]
    ram = int(usual.get("ram", 0)) or int(least.get("ram", 0))
    cpus = int(usual.get("n-cpus", 0)) or int(least.get("n-cpus", 0))
    room = int(usual.get("storage", 0)) or int(least.get("storage", 0))
    minimum = -(-int(least.get("ram", 0)) // _MIB)
    made = replace(
        base,
        id=word,
        label=label,
        base=base.id,
        memory=_between(max(-(-ram // _MIB), base.least) if ram else base.memory, _MEMORY),
        vcpus=_between(cpus or base.vcpus, _VCPUS),
        least=max(base.least, min(minimum, _MEMORY[1])),
        disk=min(-(-room // _GIB) * _GIB, _DISK),
    )
    wanted = [
        *([f"{shown_bytes(made.memory * _MIB)} of memory"] if ram else []),
        *([_cpus(made.vcpus)] if cpus else []),
    ]
    return replace(made, advice=f"osinfo-db has {' and '.join(wanted)} for {label}" if wanted else "")


def _cpus(number: int) -> str:
    return f"{number} vCPU{'s' * (number != 1)}"


def _between(number: int, bounds: tuple[int, int]) -> int:
    return max(bounds[0], min(number, bounds[1]))
