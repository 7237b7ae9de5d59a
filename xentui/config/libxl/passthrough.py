"""Ports, interrupts, memory and device tree nodes of the host that a guest gets, as libxl's JSON writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from xentui.config.libxl.devices import RDM_POLICIES, SCANF_HEX, Json
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_strtoul
from xentui.config.refusal import printable
from xentui.config.syntax import Scalar

_PAGES = re.compile(rf"({SCANF_HEX.pattern}),({SCANF_HEX.pattern})(?:@({SCANF_HEX.pattern}))?")
_UINT32_MAX = (1 << 32) - 1


def host_resources(reader: Reader) -> Json:
    """``ioports``, ``irqs`` and ``iomem``; raises RefusedError for what xl cannot read."""
    ports = [_ports(reader, text) for text in _texts(reader, "ioports", "#{} in ioport")]
    irqs = [_irq(reader, text) for text in _texts(reader, "irqs", "{} in irq")]
    pages = [_pages(reader, text) for text in _texts(reader, "iomem", "{} in iomem")]
    return {"ioports": ports or None, "irqs": irqs or None, "iomem": pages or None}


def reservation(reader: Reader) -> Json | None:
    """``rdm``: how memory that devices have for themselves is kept free; None where nothing is asked for.

    xl gives up on any known policy (its check is the wrong way round) and on a comma at the end: it then goes on
    as if ``rdm`` were not there.
    """
    text = reader.string("rdm")
    if text is None:
        return None
    comma = ","
    asked: Json = {}
    while comma:
        key, equals, text = text.partition("=")
        if not equals:
            return None
        value, comma, text = text.partition(",")
        if key == "policy" and value.lower() not in RDM_POLICIES:
            reader.warn_unended(f"Unknown RDM policy: {value}")
        elif key == "strategy" and value != "host":
            reader.warn_unended(f"Unknown RDM strategy option: {value}")
            return None
        elif key == "strategy":
            asked["strategy"] = value
        else:
            if key != "policy":
                reader.warn_unended(f"Unknown RDM state option: {key}")
            return None
    return asked


def device_tree_nodes(reader: Reader) -> list[Json]:
    """``dtdevs``."""
    return [{"path": item.text} for item in reader.scalars("dtdev") or ()]


def _texts(reader: Reader, key: str, place: str) -> Iterator[str]:
    """Yield the items of a list that, unlike most, may not have a list in it."""
    for index, item in enumerate(reader.list(key) or ()):
        if not isinstance(item, Scalar):
            words = f"xl: Unable to get element {place.format(index)} list"
            reader.refuse(
                f"{key} has a list in it", words, key=key, at=item, hint="Write its items as strings."
            )
        yield item.text


def _ports(reader: Reader, text: str) -> Json:
    first = end = _bounded(reader, "ioports", "ioport", text, base=16)
    at = first[1]
    if text[at : at + 1] == "-":
        end = _bounded(reader, "ioports", "ioport", text, base=16, at=at + 1)
    elif at < len(text):
        reader.warn(f"xl: Invalid argument parsing ioport: {text}")
    return _without_zeros({"first": first[0], "number": (end[0] - first[0] + 1) % (1 << 32)})


def _irq(reader: Reader, text: str) -> int:
    return _bounded(reader, "irqs", "irq", text, base=10, whole=True)[0]


def _bounded(
    reader: Reader, key: str, name: str, text: str, *, base: int, at: int = 0, whole: bool = False
) -> tuple[int, int]:
    """Return a number of 32 bits, and where it ends; raises RefusedError for none, one too large, or (``whole``) a
    rest.
    """
    number, end = c_strtoul(text, base, at)
    # The last of a range is looked at for a rest before it is for its size.
    if end == at or ((whole or at) and end < len(text)):
        _refuse(reader, key, text, f"xl: Invalid argument parsing {name}: {text}")
    if number >= _UINT32_MAX:
        _refuse(reader, key, text, f"xl: {name} {number:x} too big")
    return number, end


def _pages(reader: Reader, text: str) -> Json:
    match = _PAGES.match(text)
    if not match or match.end() < len(text):
        _refuse(reader, "iomem", text, f"xl: Invalid argument parsing iomem: {text}")
    reader.scanned(text, match.end())
    start, number, guest = match.groups()
    json = _without_zeros({"start": c_strtoul(start, 16)[0], "number": c_strtoul(number, 16)[0]})
    if guest:
        json["gfn"] = c_strtoul(guest, 16)[0]
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
