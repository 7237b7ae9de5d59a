"""Checks of the device lists: disks, network interfaces, frame buffers."""

from __future__ import annotations

import re

from xentui.config.devices.disk import parse_disk
from xentui.config.devices.disk_spec import TAPDISK_HINTS
from xentui.config.devices.vdev import vdev_number
from xentui.config.devices.vif import KEYS, is_known_word, parse_vif, tokens
from xentui.config.linting.problems import Findings
from xentui.config.refusal import RefusedError, printable
from xentui.config.syntax import Scalar
from xentui.errors import ConfigError

_VFB_KEYS = (
    "vnc", "vnclisten", "vncpasswd", "vncdisplay", "vncunused", "keymap", "sdl", "opengl", "display",
    "xauthority",
)  # fmt: skip


_BLKTAP = re.compile(rf"[ \t]*(?:tap2?|tapdisk|ioemu):(?:tapdisk:)?({'|'.join(TAPDISK_HINTS)}):")


def check_disks(findings: Findings) -> None:
    """Specifications xl refuses, device names it cannot number, two disks on one device."""
    devices: dict[int, str] = {}
    for item in _items(findings, "disk"):
        try:
            disk = parse_disk(item.text, source=findings.document.source, line=item.line, column=item.column)
        except ConfigError as error:
            findings.error("disk", error)
            continue
        if match := _BLKTAP.match(item.text):
            _no_driver(findings, item, match.group(1))
        try:
            number = vdev_number(disk.vdev)
        except ConfigError as error:
            findings.error(
                "disk", RefusedError(error.message, line=item.line, column=item.column, hint=error.plain_hint)
            )
            continue
        if number in devices:
            findings.warning(
                "disk",
                f"two disks are '{printable(disk.vdev)}' to the guest",
                "Give each disk a device of its own.",
                at=item,
            )
        devices[number] = disk.vdev


def _no_driver(findings: Findings, item: Scalar, driver: str) -> None:
    """A driver of blktap: xl drops the prefixes before it, and then looks for a file named ``vmdk:…``."""
    findings.warning(
        "disk",
        f"disk '{printable(item.text)}': xl has no equivalent of tapdisk's driver {driver} and takes it for a file"
        " name",
        TAPDISK_HINTS[driver],
        at=item,
    )


def check_interfaces(findings: Findings) -> None:
    """Unknown keys, values xl drops, values it refuses, two interfaces with one MAC address."""
    seen: set[str] = set()
    for item in _items(findings, "vif"):
        for word in filter(None, tokens(item.text)):
            if not is_known_word(word):
                _unknown_word(findings, item, word)
        try:
            vif = parse_vif(item.text, source=findings.document.source, line=item.line, column=item.column)
        except RefusedError as error:
            # xl goes on after a bad mac or type, without it; a bad rate or number ends it.
            if error.words and error.words[0].startswith("Invalid parameter"):
                findings.warning("vif", f"{error.message}; xl goes on without it", error.plain_hint, at=item)
            else:
                findings.error("vif", error)
            continue
        if vif.mac and vif.mac in seen:
            findings.warning(
                "vif", f"two interfaces have the MAC address {vif.mac}", "Give each its own.", at=item
            )
        seen.add(vif.mac)


def _unknown_word(findings: Findings, item: Scalar, word: str) -> None:
    nearest = findings.nearest(word.partition("=")[0], KEYS)
    findings.warning(
        "vif",
        f"xl does not know '{printable(word)}' in a network interface and ignores it",
        f"Did you mean {nearest}=?" if nearest else f"Known are {', '.join(KEYS)}.",
        at=item,
    )


def check_frame_buffers(findings: Findings) -> None:
    """Keys of a frame buffer that xl ignores."""
    for item in _items(findings, "vfb"):
        for word in filter(None, tokens(item.text)):
            key, equals, _ = word.partition("=")
            if not equals or key not in _VFB_KEYS:
                findings.warning(
                    "vfb",
                    f"xl does not know '{printable(word)}' in a frame buffer and ignores it",
                    f"Known are {', '.join(_VFB_KEYS)}.",
                    at=item,
                )


def _items(findings: Findings, key: str) -> list[Scalar]:
    items: list[Scalar] = []
    for item in findings.document.items(key):
        if not isinstance(item, Scalar):
            break
        items.append(item)
    return items
