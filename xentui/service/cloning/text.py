"""The configuration of a clone: what only one domain can have is its own, all else as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from xentui import config as language
from xentui.config.devices.vif import tokens

_HELD = ("pci", "usbdev", "usbdevice", "vtpm", "p9", "channel", "spiceport", "spicetls_port")
"""What two domains cannot have at one time, and xentui cannot choose another of."""
_HARMLESS_SERIAL = ("pty", "none", "null", "stdio", "vc")
_DISPLAY = re.compile(r"([^:]*):[0-9]+")
"""An address with the number of a display behind it (xl.cfg(5), vnclisten)."""
_OWN = ("name", "uuid", "disk")


def cloned(
    document: language.Document, name: str, uuid: str, disks: Mapping[int, str | None], mac: Callable[[], str]
) -> language.Document:
    """Return the configuration under another name and uuid, with a MAC address made for each interface.

    ``disks`` are the specifications to put in the place of others, by their index, None for one that is left out.
    A VNC display of its own number becomes the first that is free; names of interfaces on the host are left out.
    """
    document = document.set("name", name).set("uuid", uuid)
    changed = {index: spec for index, spec in disks.items() if spec is not None}
    document = document.replace_items("disk", changed)
    for index in sorted((index for index, spec in disks.items() if spec is None), reverse=True):
        document = document.remove_item("disk", index)
    vifs = {index: _vif(spec, mac()) for index, spec in enumerate(document.strings("vif"))}
    document = document.replace_items("vif", vifs)
    frames = {index: _frame(spec) for index, spec in enumerate(document.strings("vfb"))}
    document = document.replace_items("vfb", frames)
    if document.string("vncdisplay") is not None:
        document = document.remove("vncdisplay")
    if document.number("vncunused") == 0:
        document = document.remove("vncunused")
    listen = _DISPLAY.fullmatch(document.string("vnclisten") or "")
    return document.set("vnclisten", listen[1]) if listen else document


def _vif(spec: str, mac: str) -> str:
    words = [word for word in tokens(spec) if word and not word.startswith("vifname=")]
    if not any(word.startswith("mac=") for word in words):
        return ",".join([f"mac={mac}", *words])
    return ",".join(f"mac={mac}" if word.startswith("mac=") else word for word in words)


def _frame(spec: str) -> str:
    kept = []
    for word in spec.split(","):
        key, _equals, value = word.strip().partition("=")
        listen = _DISPLAY.fullmatch(value) if key == "vnclisten" else None
        if key == "vncdisplay" or (key == "vncunused" and value == "0"):
            continue
        kept.append(f"vnclisten={listen[1]}" if listen else word)
    return ",".join(kept)


def review_notes(document: language.Document, old: str) -> Iterator[str]:
    """Yield sentences on what the user should review in the configuration of a clone of ``old``."""
    held = [key for key in _HELD if document.parts(key)]
    if (document.string("serial") or "pty") not in _HARMLESS_SERIAL:
        held.append("serial")
    if held:
        yield f"{', '.join(held)}: as in {old}, and only one of them can have it while it runs"
    if addresses := [spec for spec in document.strings("vif") if "ip=" in spec]:
        which = "an interface" if len(addresses) == 1 else f"{len(addresses)} interfaces"
        yield f"vif: {which} of it with an address (ip=) that {old} has, too"
    named = re.compile(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])")
    keys = [key for key in document.keys() if key not in _OWN and _names(document, key, named)]  # noqa: SIM118
    if keys:
        yield f"{', '.join(keys)}: {'names' if len(keys) == 1 else 'name'} {old} still"


def _names(document: language.Document, key: str, named: re.Pattern[str]) -> bool:
    return any(named.search(text) for text in (document.string(key) or "", *document.strings(key)))
