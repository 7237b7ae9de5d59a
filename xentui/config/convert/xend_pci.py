"""PCI devices, ports and interrupts that xend gave to a domain."""

from __future__ import annotations

import re

from xentui.config.convert.xend_source import XendSource
from xentui.config.sxp import Sxp

_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{1,4})")
_PORT = re.compile(r"0[xX]([0-9a-fA-F]{1,4})|([0-9]{1,5})")
_OPTIONS = ("msitranslate", "power_mgmt")
_TRUTH = {"1": "1", "yes": "1", "True": "1", "0": "0", "no": "0", "False": "0"}
_ANY_SLOT = 0x100
"""Where the guest was to see the device at any free place (XendConstants.py)."""
_SLOTS = 0x20


def pci_devices(source: XendSource, device: Sxp) -> list[str]:
    """Return the specifications of one ``pci`` device, which holds several of them."""
    source.text((device, "backend"), fits="0".__eq__, why="xl takes PCI devices of Domain-0 only")
    specs = []
    for item in device.children("dev"):
        words = [source.text((item, key), fits=_HEX.fullmatch) for key in ("domain", "bus", "slot", "func")]
        if not all(words[1:]):
            source.leave(item, "it has no bus, slot and function")
            continue
        domain, bus, slot, function = (_hex(word or "0") for word in words)
        address = f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}{_place(source, item)}"
        specs.append(",".join([address, *_options(source, item)]))
    return specs


def _place(source: XendSource, item: Sxp) -> str:
    """Return where the guest sees the device: ``@SLOT``, "" for anywhere."""
    slot = source.text((item, "vslot"), fits=_HEX.fullmatch)
    whole = source.text(
        (item, "vdevfn"),
        (item, "requested_vdevfn"),
        fits=lambda text: _HEX.fullmatch(text) and (_hex(text) & _ANY_SLOT or not _hex(text) & 7),
        why="xl's @SLOT has no function in it",
    )
    number = _hex(whole) if whole else _hex(slot or "0") << 3
    # Slot 0 is the machine's own bridge: older xends wrote it for any.
    if number & _ANY_SLOT or not 0 < number >> 3 < _SLOTS:
        return ""
    return f"@{number >> 3:x}"


def _options(source: XendSource, item: Sxp) -> list[str]:
    """``(opts ((msitranslate 1) (power_mgmt 1)))`` as xl's words, which have the same names."""
    holders = item.children("opts")
    inner = [pairs for entry in holders for pairs in entry.lists if not pairs.head]
    source.open(*holders, *inner)
    words = []
    for key in _OPTIONS:
        places = [(node, key) for node in (*holders, *inner)]
        value = source.text(*places, fits=_TRUTH.__contains__, why="xl's options for a PCI device are 0 or 1")
        if value:
            words.append(f"{key}={_TRUTH[value]}")
    return words


def ports(source: XendSource, device: Sxp) -> str:
    """``(ioports (from 0x2f8) (to 0x2ff))`` in xl's hexadecimal, "" for what is none."""
    first, last = (_PORT.fullmatch(source.text((device, key))) for key in ("from", "to"))
    if not first or not last:
        source.leave(device, "it is not a range of ports")
        return ""
    low, high = (
        int(match.group(1), 16) if match.group(1) else int(match.group(2)) for match in (first, last)
    )
    return f"{low:x}-{high:x}" if low != high else f"{low:x}"


def interrupt(source: XendSource, device: Sxp) -> str:
    """``(irq (irq 7))``, "" for what is none."""
    number = source.text((device, "irq"), fits=lambda text: text.isascii() and text.isdigit())
    if not number:
        source.leave(device, "it is not an interrupt")
    return number


def _hex(text: str) -> int:
    match = _HEX.fullmatch(text)
    return int(match.group(1), 16) if match else 0
