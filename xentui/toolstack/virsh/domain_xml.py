"""libvirt's domain XML, read without trust: no document type, no entities, bounded in size, depth and number."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

LIMIT = 1 << 20
"""Bytes of one domain; libvirt itself takes no more from a file than 10 MiB, and writes some KiB."""
_DEPTH = 64
_ELEMENTS = 20_000
NO_MAC = "00:00:00:00:00:00"
"""What libvirt makes of an interface without an address in a file of xl's (9.0.0), and starts the guest with."""
_OF_XL = frozenset(
    [
        *(
            "name",
            "uuid",
            "memory",
            "currentMemory",
            "vcpu",
            "bootloader",
            "bootloader_args",
            "os",
            "features",
        ),
        *("cpu", "clock", "on_poweroff", "on_reboot", "on_crash", "devices"),
    ]
)
"""What of a domain a file of xl's can say."""


def read(text: str | bytes) -> Element:
    """Return the root of a document; raises ValueError for what is none, too large, or declares a document type."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(data) > LIMIT:
        raise ValueError("it is larger than 1 MiB")
    return _Reader().read(data)


class _Reader:
    """One document; whatever declares a type or an entity is refused before it is acted on."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._depth = self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse

    def read(self, data: bytes) -> Element:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise ValueError(f"it is not XML: {error}") from None
        return self._builder.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > _DEPTH or self._count > _ELEMENTS:
            raise ValueError("it is nested too deeply, or has too many elements")
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)

    def _refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type, which libvirt's never does")


def domain(text: str | bytes) -> Element:
    """Return the root of a domain's document; raises ValueError as :func:`read`, and for any other document."""
    root = read(text)
    if root.tag != "domain":
        raise ValueError("it is not a domain of libvirt's")
    return root


def text_of(root: Element, tag: str) -> str:
    """Return the text of a child, "" where there is none."""
    return (root.findtext(tag) or "").strip()


def without_address(root: Element) -> int:
    """Return how many interfaces have no MAC address, or the one that stands for none."""
    found = [each.find("mac") for each in root.iterfind("devices/interface")]
    return sum(1 for mac in found if mac is None or mac.get("address", "") in ("", NO_MAC))


def carried_over(before: Element, after: Element) -> str:
    """Return the document ``after`` with what ``before`` says of the domain that no file of xl's can say.

    That is whatever stands beside the devices in elements xl has nothing for: title, description, metadata, tuning.
    """
    there = {child.tag for child in after}
    for child in before:
        if child.tag not in _OF_XL and child.tag not in there:
            after.append(child)
    return tostring(after, encoding="unicode")
