"""How a domain of xend boots and what its machine is like: the ``image``, and the XenAPI's ``platform``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from xentui.config.convert.xend_screen import hvm_screen
from xentui.config.convert.xend_source import XendSource, alike
from xentui.config.convert.xend_values import Lines, is_number, number_in, spelled
from xentui.config.libxl.build import TIMER_MODES, TSC_MODES
from xentui.config.sxp import Sxp
from xentui.frozen import dataclass

_HVM_KEYS = (
    "boot", "acpi", "apic", "pae", "hap", "oos", "viridian", "hpet", "vpt_align", "timer_mode", "nestedhvm",
    "usb", "usbdevice", "serial", "soundhw", "stdvga", "nographic", "xen_platform_pci", "gfx_passthru",
    "smbios_firmware", "acpi_firmware",
)  # fmt: skip
_KEYS = ("localtime", "rtc_timeoffset", "tsc_mode", "nomigrate", "pci_msitranslate", "pci_power_mgmt")
"""Of guests of any kind."""
_TEXTS = ("boot", "usbdevice", "serial", "soundhw", "smbios_firmware", "acpi_firmware")
_DEFAULTS = ("localtime", "rtc_timeoffset", "tsc_mode", "nomigrate")
"""Left out where they are 0: xend writes some always, and 0 is what xl takes without them."""
_MODES = {"tsc_mode": TSC_MODES, "timer_mode": TIMER_MODES}
_LEAST_VIDEORAM = {"0": 8, "1": 16}
"""What libxl asks of qemu-xen's cirrus and of its standard VGA, in MiB."""
FLOPPIES = ("fda", "fdb")
_FIRMWARE = "hvmloader"
_FOUND = "with xend this was the firmware of an HVM guest, which xl finds by itself"
_STALE = "the boot loader finds it again at each boot"


@dataclass(frozen=True, slots=True)
class Image:
    """What kind of guest it is (``pv``, ``hvm``), and the lists that have its settings, the image first."""

    kind: str
    nodes: tuple[Sxp, ...]


def image(source: XendSource, lines: Lines) -> Image:
    """Kernel, boot loader, command line and machine, and an HVM guest's screen."""
    domain = source.domain
    wrapper = domain.child("image") or Sxp(domain.line)
    inner = next(iter(wrapper.lists), None) or Sxp(domain.line)
    word = next((item for item in wrapper.items[1:] if isinstance(item, str)), "")
    source.open(wrapper, inner)
    if word in ("hvm", "linux"):
        source.use(wrapper)
    policy = source.text((domain, "HVM_boot_policy"))
    kind = "hvm" if "hvm" in (inner.head, word) or policy else "pv"
    lines.string("type", kind)
    if inner.head not in ("hvm", "linux", ""):
        source.made(Sxp(inner.line, inner.head), f'type = "{kind}"', "xl knows pv, pvh and hvm")
    platform = _pairs(source, "platform")
    # The XenAPI's copy of the image: what is told of the one need not be told of the other.
    source.use(
        *(entry for node in platform for entry in node.lists if any(alike(entry, own) for own in inner.lists))
    )
    nodes = (inner, *platform, domain)
    if kind == "pv":
        _boot(source, inner, lines)
    else:
        _machine(source, nodes, lines)
    for key in _KEYS:
        _setting(source, key, nodes, lines)
    if kind == "hvm":
        hvm_screen(source, nodes, lines)
    return Image(kind, nodes)


def _pairs(source: XendSource, name: str) -> list[Sxp]:
    """Return the lists of pairs behind a name, as the XenAPI has them."""
    found = source.domain.children(name)
    inner = [pairs for entry in found for pairs in entry.lists if not pairs.head]
    source.open(*found, *inner)
    return inner


def _boot(source: XendSource, inner: Sxp, lines: Lines) -> None:
    """Kernel or boot loader of a PV guest, and the command line in xend's order."""
    domain = source.domain
    loader = source.text((domain, "bootloader"), (domain, "PV_bootloader"))
    lines.string("bootloader", loader)
    arguments = source.text((domain, "bootloader_args"), (domain, "PV_bootloader_args"))
    if loader:
        lines.string("bootargs", arguments)
    elif arguments:
        for entry in chain(domain.children("bootloader_args"), domain.children("PV_bootloader_args")):
            source.leave(entry, "there is no boot loader for them")
    for key in ("kernel", "ramdisk"):
        places = ((inner, key), (domain, f"PV_{key}"))
        if loader:
            for node, name in places:
                for entry in node.children(name):
                    source.leave(entry, _STALE)
        else:
            lines.string(key, source.text(*places))
    root = source.text((inner, "root")).removeprefix("root=")
    address = source.text((inner, "ip"))
    words = [f"ip={address}" if address else "", f"root={root}" if root else "", source.text((inner, "args"))]
    whole = " ".join(filter(None, words))
    lines.string("root", root)
    # PV_args has all three in it.
    own = source.text((domain, "PV_args"), fits=lambda text: not whole or text.split() == whole.split(),
                      why="the image has another value, which takes precedence")  # fmt: skip
    lines.string("extra", " ".join(filter(None, (words[0], words[2]))) or ("" if whole else own))


def _machine(source: XendSource, nodes: Sequence[Sxp], lines: Lines) -> None:
    """What an HVM guest has and a PV guest has not."""
    orders = [(pairs, "order") for pairs in _pairs(source, "HVM_boot_params")]
    if extid := next(iter(_entries(nodes, "extid", "1")), None):
        source.made(extid, "viridian = 1", "xl's name for it; extid 1 was Viridian (XendConfig.py)")
        source.use(*_entries(nodes, "extid", "1"))
        source.use(*_entries(nodes, "viridian", "1"))
    _direct_kernel(source, nodes, lines)
    _floppies(source, nodes, lines)
    for key in _HVM_KEYS:
        if key == "boot":
            lines.string(key, source.text(*((node, key) for node in nodes), *orders))
        elif key == "serial" and (ports := _serial_ports(source, nodes)):
            lines.items(key, ports)
        elif key == "viridian" and extid:
            lines.number(key, 1)
        else:
            _setting(source, key, nodes, lines)
    least = _LEAST_VIDEORAM["1" if _entries(nodes, "stdvga", "1") else "0"]
    memory = source.text(
        *((node, "videoram") for node in nodes),
        fits=lambda text: (number_in(text) or 0) >= least,
        why=f"libxl asks for {least} MiB with this graphics card, and takes that by itself",
    )
    if memory:
        lines.number("videoram", int(memory))


def _direct_kernel(source: XendSource, nodes: Sequence[Sxp], lines: Lines) -> None:
    """A kernel that the firmware boots in the place of a disk; the firmware itself xl finds without help."""
    places = [(node, "kernel") for node in nodes]
    kernel = source.text(*places, fits=lambda text: text.rpartition("/")[2] != _FIRMWARE, why=_FOUND)
    if not kernel:
        return
    lines.string("kernel", kernel)
    lines.string("ramdisk", source.text(*((node, "ramdisk") for node in nodes)))
    root = source.text(*((node, "root") for node in nodes)).removeprefix("root=")
    lines.string("root", root)
    lines.string("extra", source.text(*((node, "args") for node in nodes)))


def _floppies(source: XendSource, nodes: Sequence[Sxp], lines: Lines) -> None:
    """Images in the floppy drives: xl has no parameter for them, QEMU has options."""
    words: list[str] = []
    for key in FLOPPIES:
        image = source.text(*((node, key) for node in nodes))
        if image:
            words += [f"-{key}", image]
            for entry in (entry for node in nodes for entry in node.children(key)):
                source.made(
                    entry, f"device_model_args_hvm: -{key} {image}", "an option of QEMU's (xl.cfg(5))"
                )
    lines.items("device_model_args_hvm", words)


def _serial_ports(source: XendSource, nodes: Sequence[Sxp]) -> list[str]:
    """Return several serial ports: ``(serial (pty /dev/ttyS1))``."""
    for node in nodes:
        for entry in node.children("serial"):
            inner = entry.items[1] if len(entry.items) == 2 else ""
            if isinstance(inner, Sxp) and inner.items and all(isinstance(item, str) for item in inner.items):
                source.use(entry)
                return [str(item) for item in inner.items]
    return []


def _entries(nodes: Sequence[Sxp], key: str, value: str) -> list[Sxp]:
    return [entry for node in nodes for entry in node.children(key) if spelled(node.value(key)) == value]


def _setting(source: XendSource, key: str, nodes: Sequence[Sxp], lines: Lines) -> None:
    places = [(node, key) for node in nodes]
    if key in _TEXTS:
        lines.string(key, source.text(*places))
        return
    modes = _MODES.get(key)
    text = source.text(
        *places,
        fits=(lambda text: 0 <= (number_in(text) or 0) < len(modes) and is_number(text))
        if modes
        else is_number,
        same=spelled,
        why="xl has no such mode" if modes else "it is not a number",
    )
    number = number_in(text)
    if number is None or (not number and key in _DEFAULTS):
        return
    if modes:
        lines.string(key, modes[number])
    else:
        lines.number(key, number)
