"""Which parameters stand in which section of the form, and which ones a way to boot takes.  No Textual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from xentui.config import SCHEMA, Document, Key


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the form: ``keys`` are its parameters, ``rows`` the list it shows as rows ("" for none)."""

    id: str
    title: str
    keys: tuple[str, ...] = ()
    rows: str = ""


class BootMethod(StrEnum):
    """How a guest is booted; the value is what the form calls it."""

    DIRECT = "direct kernel"
    PYGRUB = "pygrub"
    DOMULOADER = "domUloader"
    FIRMWARE = "firmware"
    LOADER = "other boot loader"


GENERAL = Section("general", "General", ("name", "uuid", "type", "pool", "nomigrate"))
CPU = Section(
    "cpu",
    "CPU and memory",
    ("memory", "maxmem", "vcpus", "maxvcpus", "cpus", "cpus_soft", "cpu_weight", "cap"),
)
BOOT = Section("boot", "Boot")
DISKS = Section("disks", "Disks", rows="disk")
NETWORK = Section("network", "Network", rows="vif")
GRAPHICS = Section(
    "graphics",
    "Graphics, console",
    (
        "vnc",
        "vnclisten",
        "vncdisplay",
        "vncunused",
        "vncpasswd",
        "sdl",
        "spice",
        "spiceport",
        "vga",
        "videoram",
        "keymap",
        "serial",
        "nographic",
    ),
    rows="vfb",
)
EVENTS = Section("events", "Events", ("on_poweroff", "on_reboot", "on_crash", "on_watchdog", "on_soft_reset"))
OTHER = Section("other", "Other keys")
SECTIONS = (GENERAL, CPU, BOOT, DISKS, NETWORK, GRAPHICS, EVENTS, OTHER)

BOOT_KEYS: Mapping[BootMethod, tuple[str, ...]] = {
    BootMethod.DIRECT: ("kernel", "ramdisk", "root", "extra", "cmdline"),
    BootMethod.PYGRUB: ("bootloader_args", "root", "extra", "cmdline"),
    BootMethod.DOMULOADER: ("bootloader_args", "root", "extra", "cmdline"),
    BootMethod.FIRMWARE: ("kernel", "boot", "firmware", "bios"),
    BootMethod.LOADER: ("bootloader", "bootloader_args", "root", "extra", "cmdline"),
}
_ANY_BOOT = frozenset(key for keys in BOOT_KEYS.values() for key in keys)
_HOMED = (
    frozenset(key for section in SECTIONS for key in (*section.keys, section.rows)) | _ANY_BOOT | {"builder"}
)


def boot_method(document: Document) -> BootMethod:
    """How a document boots its guest."""
    loader = (document.string("bootloader") or "").rpartition("/")[2]
    if loader == "pygrub":
        return BootMethod.PYGRUB
    if loader.lower().startswith(("domuloader", "xentui-domuloader")):
        return BootMethod.DOMULOADER
    if loader:
        return BootMethod.LOADER
    hvm = document.string("type") == "hvm" or document.string("builder") == "hvm"
    return BootMethod.FIRMWARE if hvm else BootMethod.DIRECT


def with_method(document: Document, method: BootMethod) -> Document:
    """The document booting its guest another way: what the other way does not take is removed."""
    for key in ("bootloader", *sorted(_ANY_BOOT)):
        taken = key in BOOT_KEYS[method] or (key == "bootloader" and method is BootMethod.LOADER)
        if not taken and document.parts(key):
            document = document.remove(key)
    if method is BootMethod.PYGRUB:
        # The entry of a domUloader means nothing to pygrub.
        document = document.set("bootloader", "pygrub")
    elif method is BootMethod.DOMULOADER:
        document = document.set("bootloader", "domUloader")
    elif method is BootMethod.FIRMWARE and document.string("type") not in ("hvm", "pvh"):
        document = document.set("type", "hvm")
    return document


def other_keys(document: Document) -> tuple[str, ...]:
    """The parameters that are set and have no place in another section, known or not."""
    return tuple(key for key in document.keys() if key not in _HOMED)  # noqa: SIM118 - not a dict


def addable(document: Document) -> tuple[Key, ...]:
    """The parameters of xl that could be added to the section of other keys."""
    present = set(document.keys())
    return tuple(
        key
        for name, key in SCHEMA.items()
        if key.toolstack != "xm" and name not in _HOMED and name not in present
    )
