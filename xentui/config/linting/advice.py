"""What a configuration is likely to lack though xl takes it: said when it is written, not at each start."""

from __future__ import annotations

import re

from xentui.config.devices.disk import parse_disk
from xentui.config.document import Document
from xentui.config.guest_type import is_hvm
from xentui.config.linting.problems import Findings, Problem
from xentui.config.refusal import printable
from xentui.config.syntax import Scalar
from xentui.errors import ConfigError

_WORDS = re.compile(r"[a-z]+")
_NO_ROOT = ("swap", "data")
_LOADERS = ("pygrub", "domuloader", "domuloader.py")


def advice(document: Document) -> tuple[Problem, ...]:
    """Warnings about a boot loader that reads the wrong disk, a disk that may never come, and no console for HVM."""
    findings = Findings(document)
    _first_disk(findings)
    _direct_io(findings)
    _console(findings)
    return findings.sorted()


def _first_disk(findings: Findings) -> None:
    """pygrub and domUloader look for a kernel on the first disk of the list, whatever its name is."""
    document = findings.document
    loader = (document.string("bootloader") or "").rpartition("/")[2]
    items = [item for item in document.items("disk") if isinstance(item, Scalar)]
    if loader.lower() not in _LOADERS or len(items) < 2:
        return
    try:
        first = parse_disk(items[0].text)
    except ConfigError:
        return
    words = _WORDS.findall(first.target.rpartition("/")[2].lower())
    kind = (
        "is a CD drive"
        if first.cdrom
        else next((f"looks like one for {word}" for word in _NO_ROOT if word in words), "")
    )
    if kind:
        findings.warning(
            "disk",
            f"{loader} reads the first disk only, and that {kind}",
            "Put the disk with /boot first in the list; its name in the guest stays what it is.",
            at=items[0],
        )


def _direct_io(findings: Findings) -> None:
    """QEMU opens such a disk with native AIO only (hw/block/xen-block.c), which Debian's is built without.

    The domain starts all the same, the guest waits half a minute for the disk, and goes down when it is migrated.
    """
    for item in findings.document.items("disk"):
        if not isinstance(item, Scalar):
            continue
        try:
            disk = parse_disk(item.text)
        except ConfigError:
            continue
        by_qemu = disk.backendtype == "qdisk" or disk.format not in ("raw", "empty")
        if by_qemu and any(key == "direct-io-safe" for key, _ in disk.extra):
            findings.warning(
                "disk",
                f"disk '{printable(disk.vdev)}' with direct-io-safe does not connect where QEMU has no native AIO, as"
                " in Debian 12",
                "Remove direct-io-safe, or check with `xl block-list` whether the disk is connected.",
                at=item,
            )


def _console(findings: Findings) -> None:
    document = findings.document
    if not is_hvm(document) or document.parts("serial"):
        return
    findings.at(
        "serial",
        0,
        0,
        "an HVM guest without serial has no console",
        'Add serial = "pty", and in the guest console=ttyS0 to the kernel\'s command line.',
    )
