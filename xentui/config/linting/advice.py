"""What a configuration is likely to lack though xl takes it: said when it is written, not at each start."""

from __future__ import annotations

import re

from xentui.config.devices.disk import parse_disk
from xentui.config.document import Document
from xentui.config.kind import is_hvm
from xentui.config.linting.problems import Findings, Problem
from xentui.config.syntax import Scalar
from xentui.errors import ConfigError

_WORDS = re.compile(r"[a-z]+")
_NO_ROOT = ("swap", "data")
_LOADERS = ("pygrub", "domuloader", "domuloader.py")


def advice(document: Document) -> tuple[Problem, ...]:
    """Warnings about a boot loader that reads the wrong disk, and an HVM guest without a console."""
    findings = Findings(document)
    _first_disk(findings)
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
