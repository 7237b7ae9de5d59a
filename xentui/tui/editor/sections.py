"""Which parameters stand in which section of the form, and which ones a way to boot takes.  No Textual."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from xentui.config import SCHEMA, Document, Key
from xentui.config.guest_type import is_hvm, type_of
from xentui.frozen import dataclass


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


METHOD, ADD = "@method", "@add"
"""Fields that are no parameters: how the guest is booted; the parameter to add."""
FIRST_DISK, FIRST_BRIDGE = "@disk", "@bridge"
"""Fields of a part of a parameter: the path of the first disk, the bridge of the first interface."""

GENERAL = Section(
    "general",
    "General",
    ("name", "type", "memory", "vcpus", FIRST_DISK, FIRST_BRIDGE, METHOD, "uuid", "pool", "nomigrate"),
)
"""What a new guest needs, first; it is asked for on this one page."""
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
    BootMethod.PYGRUB: ("bootloader", "bootloader_args", "root", "extra", "cmdline"),
    BootMethod.DOMULOADER: ("bootloader", "bootloader_args", "root", "extra", "cmdline"),
    BootMethod.FIRMWARE: ("boot", "firmware", "bios"),
    BootMethod.LOADER: ("bootloader", "bootloader_args", "root", "extra", "cmdline"),
}
_ANY_BOOT = tuple(dict.fromkeys(key for keys in BOOT_KEYS.values() for key in keys))
_LOADERS = {BootMethod.PYGRUB: "pygrub", BootMethod.DOMULOADER: "domUloader"}
_NO_LOADER = (BootMethod.DIRECT, BootMethod.FIRMWARE)


def boot_method(document: Document) -> BootMethod:
    """Return how a document boots its guest; a boot loader that is still without a name is another one."""
    loader = (document.string("bootloader") or "").rpartition("/")[2]
    if loader == "pygrub":
        return BootMethod.PYGRUB
    if loader.lower().startswith(("domuloader", "xentui-domuloader")):
        return BootMethod.DOMULOADER
    if document.parts("bootloader"):
        return BootMethod.LOADER
    if is_hvm(document):
        kernel = (document.string("kernel") or "").rpartition("/")[2]
        # xm had the firmware in the place of the kernel.
        return BootMethod.FIRMWARE if kernel in ("", "hvmloader") else BootMethod.DIRECT
    by_firmware = type_of(document) == "pvh" and document.string("firmware")
    return BootMethod.FIRMWARE if by_firmware else BootMethod.DIRECT


def with_method(document: Document, method: BootMethod) -> Document:
    """Return the document booting its guest another way: what the other way does not take is removed.

    A guest whose type cannot boot that way gets one that can.
    """
    if method is boot_method(document):
        return document
    kept = set(BOOT_KEYS[method])
    kept.discard("bootloader_args")  # they mean nothing to another boot loader
    for key in _ANY_BOOT:
        if key not in kept and document.parts(key):
            document = document.remove(key)
    if method not in _NO_LOADER:
        document = document.set("bootloader", _LOADERS.get(method, ""))
    return _with_type(document, method)


def _with_type(document: Document, method: BootMethod) -> Document:
    pvh = type_of(document) == "pvh"
    if method is BootMethod.FIRMWARE:
        if pvh:
            return document.set("firmware", "pvgrub64")
        return document if is_hvm(document) else document.set("type", "hvm")
    if not is_hvm(document):
        return document
    document = document.remove("builder")
    return document.set("type", "pv") if document.parts("type") else document


def field_keys(section: Section, document: Document) -> tuple[str, ...]:
    """Return the parameters a section has fields for, as the document is."""
    if section is BOOT:
        return BOOT_KEYS[boot_method(document)]
    return other_keys(document) if section is OTHER else section.keys


def section_of(key: str, document: Document) -> Section:
    """Return where a parameter is set."""
    return next(
        (
            section
            for section in SECTIONS
            if section is not OTHER and (key == section.rows or key in field_keys(section, document))
        ),
        OTHER,
    )


def other_keys(document: Document) -> tuple[str, ...]:
    """Return the parameters that are set and have no field or row in another section, known or not."""
    return tuple(key for key in document.keys() if section_of(key, document) is OTHER)  # noqa: SIM118 - not a dict


def count(section: Section, document: Document) -> int:
    """Return how much there is in a section: its rows, else the parameters that are set."""
    if section.rows and not section.keys:
        return len(document.strings(section.rows))
    present = set(document.keys())
    rows = len(document.strings(section.rows)) if section.rows else 0
    return rows + sum(key in present for key in field_keys(section, document))


def addable(document: Document) -> tuple[Key, ...]:
    """Return the parameters of xl that are not set yet."""
    present = set(document.keys())
    return tuple(key for name, key in SCHEMA.items() if key.toolstack != "xm" and name not in present)
