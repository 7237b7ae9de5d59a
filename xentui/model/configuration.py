"""What a domain is made of: the comparable part of a stored and of a running configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields

from xentui.frozen import dataclass
from xentui.model.devices import Disk, Vif


@dataclass(frozen=True, slots=True)
class DomainConfig:
    """A configuration reduced to what the list shows and drift compares; memory in KiB.

    ``actions`` holds every ``on_*`` as libxl reports it, defaults filled in; :func:`action_word` is for people.
    ``boot_order`` is what an HVM guest's firmware tries (``c`` disk, ``d`` CD, ``n`` network, ``a`` floppy).
    ``template`` says that domains are made of it, and it is none itself.
    """

    name: str = ""
    uuid: str = ""
    type: str = "pv"
    memory_kib: int = 0
    maxmem_kib: int = 0
    vcpus: int = 1
    maxvcpus: int = 1
    kernel: str = ""
    ramdisk: str = ""
    cmdline: str = ""
    bootloader: str = ""
    bootloader_args: tuple[str, ...] = ()
    firmware: str = ""
    boot_order: str = ""
    disks: tuple[Disk, ...] = ()
    vifs: tuple[Vif, ...] = ()
    actions: Mapping[str, str] = field(default_factory=dict)
    template: bool = False

    @property
    def boot_method(self) -> str:
        """``pygrub``, another boot loader's name, ``direct kernel``, ``firmware`` (HVM), or ``none``."""
        if self.type == "hvm" and not self.kernel:
            return "firmware"
        if is_domuloader(self.bootloader):
            return "domUloader"
        if self.bootloader:
            return self.bootloader.rpartition("/")[2]
        if self.kernel:
            return "direct kernel"
        return "firmware" if self.firmware else "none"


@dataclass(frozen=True, slots=True)
class Summary:
    """The comparable configuration of a text, or why it has none."""

    config: DomainConfig | None
    error: str = ""


def action_word(action: str) -> str:
    """Return what a configuration file writes for an action as libxl reports it (``restart_rename``)."""
    return "rename-restart" if action == "restart_rename" else action.replace("_", "-")


def is_domuloader(bootloader: str) -> bool:
    """Return whether a boot loader is xend's domUloader, or xentui's program in its place."""
    name = bootloader.rpartition("/")[2].lower()
    return name.startswith("domuloader") or name == "xentui-domuloader"


def same_loader(stored: DomainConfig, running: DomainConfig) -> bool:
    """Return whether both boot alike by domUloader: the running one has xentui's program, and what that needs to be
    told.

    Arguments that xm's spelling gives (``bootargs``) are in the running configuration only.
    """
    if not (is_domuloader(stored.bootloader) and is_domuloader(running.bootloader)):
        return False
    told = tuple(
        word for word in running.bootloader_args if word != "--whole" and not word.startswith("--image=")
    )
    return stored.bootloader_args in ((), running.bootloader_args, told)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two configurations differ: what it is called, and both values as text ("" where absent).

    Of drift ``old`` is the stored value, ``new`` the running one; of an edit they are those before and after.
    """

    field: str
    old: str
    new: str


def differences(stored: DomainConfig, running: DomainConfig) -> tuple[Difference, ...]:
    """Return where a running configuration has drifted from the stored one.

    Disks are matched by guest device, interfaces by MAC address (by position where the stored one has none).
    What the toolstack fills in by itself (a bridge, a MAC) is no drift.
    """
    found: list[Difference] = []
    apart = _COMPARED_APART | _LOADER if same_loader(stored, running) else _COMPARED_APART
    for item in fields(DomainConfig):
        name = item.name
        if name in apart:
            continue
        mine, theirs = getattr(stored, name), getattr(running, name)
        if mine != theirs:
            found.append(Difference(name, _text(mine), _text(theirs)))
    found += _actions(stored.actions, running.actions)
    found += _disks(stored.disks, running.disks)
    found += _vifs(stored.vifs, running.vifs)
    return tuple(found)


_COMPARED_APART = frozenset({"uuid", "boot_order", "disks", "vifs", "actions", "template"})
_LOADER = frozenset({"bootloader", "bootloader_args"})


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _actions(stored: Mapping[str, str], running: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(event, action_word(stored.get(event, "")), action_word(running.get(event, "")))
        for event in sorted({*stored, *running})
        if stored.get(event, "") != running.get(event, "")
    ]


def _disks(stored: tuple[Disk, ...], running: tuple[Disk, ...]) -> list[Difference]:
    mine = {disk.vdev: describe_disk(disk) for disk in stored}
    theirs = {disk.vdev: describe_disk(disk) for disk in running}
    return [
        Difference(f"disk {vdev}", mine.get(vdev, ""), theirs.get(vdev, ""))
        for vdev in sorted({*mine, *theirs})
        if mine.get(vdev) != theirs.get(vdev)
    ]


def _vifs(stored: tuple[Vif, ...], running: tuple[Vif, ...]) -> list[Difference]:
    found: list[Difference] = []
    pairs = vif_pairs(stored, running)
    for index, vif in enumerate(stored):
        mine = describe_vif(vif)
        theirs = describe_vif(running[pairs[index]], like=vif) if index in pairs else ""
        if mine != theirs:
            found.append(Difference(f"vif {index}", mine, theirs))
    left = [vif for place, vif in enumerate(running) if place not in pairs.values()]
    found += [Difference(f"vif {len(stored) + n}", "", describe_vif(vif)) for n, vif in enumerate(left)]
    return found


def vif_pairs(stored: Sequence[Vif], running: Sequence[Vif]) -> dict[int, int]:
    """Return which stored interface is which running one, by their places: by MAC address.

    Those stored without one, as by hand, are what is left of the running ones, in their order.
    """
    left = list(range(len(running)))
    pairs: dict[int, int] = {}
    for index, vif in enumerate(stored):
        mac = vif.mac.lower()
        match = next((place for place in left if mac and running[place].mac.lower() == mac), None)
        if match is not None:
            left.remove(match)
            pairs[index] = match
    for index, vif in enumerate(stored):
        if not vif.mac and left:
            pairs[index] = left.pop(0)
    return pairs


def describe_disk(disk: Disk) -> str:
    """Return a disk in a few words: target, format unless raw, access, cdrom."""
    words = [disk.target or "(empty)"]
    if disk.format not in ("raw", "empty"):
        words.append(disk.format)
    words.append("cdrom" if disk.cdrom else disk.access.value.rstrip("!"))
    return " ".join(words)


def describe_vif(vif: Vif, *, like: Vif | None = None) -> str:
    """Return an interface in a few words; with ``like`` only the fields set there."""
    shown = []
    for name in ("mac", "bridge", "ip", "model", "script", "vifname", "backend"):
        value = getattr(vif, name)
        if value and (like is None or getattr(like, name)):
            shown.append(f"{name}={value.lower() if name == 'mac' else value}")
    return " ".join(shown) or "default"
