"""Ports, interrupts, memory and device tree nodes of the host that a guest gets, as libxl's JSON writes them."""

from __future__ import annotations

import re
from typing import NoReturn

from xentui.config.libxl_devices import Json
from xentui.config.reader import Reader
from xentui.config.refusal import printable
from xentui.config.syntax import Scalar

_HEX = r"[ \t]*\+?(?:0[xX])?([0-9a-fA-F]{1,16})"
_PORTS = re.compile(rf"{_HEX}(?:(-)(?:{_HEX})?)?(.*)", re.DOTALL)
_IRQ = re.compile(r"[ \t]*\+?([0-9]{1,18})")
_PAGES = re.compile(rf"{_HEX},{_HEX}(?:@{_HEX})?")
_UINT32_MAX = (1 << 32) - 1


def host_resources(reader: Reader) -> Json:
    """``ioports``, ``irqs`` and ``iomem``; raises RefusedError for what xl cannot read."""
    ports = [_ports(reader, text) for text in _texts(reader, "ioports", "#{} in ioport")]
    irqs = [_irq(reader, text) for text in _texts(reader, "irqs", "{} in irq")]
    pages = [_pages(reader, text) for text in _texts(reader, "iomem", "{} in iomem")]
    return {"ioports": ports or None, "irqs": irqs or None, "iomem": pages or None}


def device_tree_nodes(reader: Reader) -> list[Json]:
    """``dtdevs``."""
    return [{"path": item.text} for item in reader.scalars("dtdev") or ()]


def _texts(reader: Reader, key: str, place: str) -> list[str]:
    """The items of a list that, unlike most, may not have a list in it."""
    texts: list[str] = []
    for index, item in enumerate(reader.list(key) or ()):
        if not isinstance(item, Scalar):
            words = f"xl: Unable to get element {place.format(index)} list"
            reader.refuse(f"{key} has a list in it", words, key=key, hint="Write its items as strings.")
        texts.append(item.text)
    return texts


def _ports(reader: Reader, text: str) -> Json:
    match = _PORTS.fullmatch(text)
    if not match:
        _refuse(reader, "ioports", text, f"xl: Invalid argument parsing ioport: {text}")
    first, dash, last, rest = int(match.group(1), 16), match.group(2), match.group(3), match.group(4)
    if dash and (last is None or rest):
        _refuse(reader, "ioports", text, f"xl: Invalid argument parsing ioport: {text}")
    end = int(last, 16) if last else first
    for number in (first, end):
        if number >= _UINT32_MAX:
            _refuse(reader, "ioports", text, f"xl: ioport {number:x} too big")
    if rest:
        reader.warn(f"xl: Invalid argument parsing ioport: {text}")
    return _without_zeros({"first": first, "number": (end - first + 1) % (1 << 32)})


def _irq(reader: Reader, text: str) -> int:
    match = _IRQ.fullmatch(text)
    number = int(match.group(1)) if match else -1
    if number < 0:
        _refuse(reader, "irqs", text, f"xl: Invalid argument parsing irq: {text}")
    if number >= _UINT32_MAX:
        _refuse(reader, "irqs", text, f"xl: irq {number:x} too big")
    return number


def _pages(reader: Reader, text: str) -> Json:
    match = _PAGES.fullmatch(text)
    if not match:
        _refuse(reader, "iomem", text, f"xl: Invalid argument parsing iomem: {text}")
    start, number, guest = match.groups()
    json = _without_zeros({"start": int(start, 16), "number": int(number, 16)})
    if guest:
        json["gfn"] = int(guest, 16)
    return json


def _without_zeros(json: Json) -> Json:
    return {key: value for key, value in json.items() if value}


def _refuse(reader: Reader, key: str, text: str, words: str) -> NoReturn:
    hints = {"ioports": "3f8-3ff", "irqs": "5", "iomem": "a0,20"}
    reader.refuse(
        f"{key}: '{printable(text)}' cannot be read",
        words,
        key=key,
        hint=f'Write for example {key} = ["{hints[key]}"].',
    )
