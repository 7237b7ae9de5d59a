"""Disk specifications of xm as xl takes them (xen/util/blkif.py, xl-disk-configuration(5))."""

from __future__ import annotations

import re

from xentui.config.devices.disk import parse_disk
from xentui.config.devices.disk_spec import TAPDISK_HINTS
from xentui.config.devices.vdev import vdev_number
from xentui.errors import ConfigError

_PREFIX = re.compile(r"([a-z][a-z0-9]*):")
_KNOWN = ("raw", "qcow", "qcow2", "vhd", "iscsi", "nbd", "enbd", "drbd", "file", "phy", "tap", "tap2", "aio",
          "tapdisk", "ioemu")  # fmt: skip
_TAPS = ("tap", "tap2", "tapdisk", "ioemu")
_FORMATS = ("raw", "qcow", "qcow2", "vhd")
_DROPPED = ("file", "phy", "tap", "tap2", "aio", "tapdisk", "ioemu")
_SYNC = re.compile(r"[ \t]*(?:tap2?|tapdisk|ioemu):(?:tapdisk:)?sync:")
_MODES = {"w!": "w", "W": "w", "R": "r"}


def converted(spec: str) -> tuple[str, str]:
    """Return a specification for xl, and why it differs ("" where it does not, the text is then the same).

    What is no specification to either is given back as it is.
    """
    if fits(spec) and not _SYNC.match(spec):
        return spec, ""
    fields = [field.strip() for field in spec.split(",")]
    if not 3 <= len(fields) <= 5 or any("=" in field for field in fields[1:]):
        return spec, ""
    reasons: list[str] = []
    if fields != spec.split(","):
        reasons.append("xl reads spaces as part of the value")
    target, device, mode = fields[:3]
    backend = fields[3] if len(fields) > 3 else ""
    target, script = _target(target, reasons)
    device = _device(device, reasons)
    if mode in _MODES:
        reasons.append(
            "xl has no 'w!': two guests that write to one disk need a cluster file system"
            if mode == "w!"
            else "xl's access is r or w"
        )
        mode = _MODES[mode]
    if len(fields) > 3:
        reasons.append(
            "xl names the backend with a key"
            if backend not in ("", "0")
            else "Domain-0 is the default backend"
        )
    if len(fields) > 4:
        reasons.append("the guest chooses the protocol itself")
    end = [f"backend={backend}"] if backend not in ("", "0") else []
    if script:
        new = ",".join([*_words(device, mode), *end, f"script={script}", f"target={target}"])
    elif "=" in target and (split := _without_prefixes(target)):
        reasons.append("xl reads text before an = as a key, except in a target= at the end")
        form, path = split
        new = ",".join([*form, *_words(device, mode), *end, f"target={path}"])
    else:
        new = ",".join([target, device, mode, *end])
    if new == spec or not reasons or not fits(new):
        return spec, ""
    return new, f"{'; '.join(reasons)} (xl-disk-configuration(5))"


def fits(spec: str) -> bool:
    """Return whether xl takes a specification."""
    try:
        vdev_number(parse_disk(spec).vdev)
    except ConfigError:
        return False
    return True


def _words(device: str, mode: str) -> list[str]:
    """Device and access by their keys."""
    name, _, kind = device.partition(":")
    return [f"vdev={name}", f"access={mode}", *(["cdrom"] if kind == "cdrom" else [])]


def _without_prefixes(target: str) -> tuple[list[str], str] | None:
    """Return the format that prefixes give, and the path behind them; None where one of them means more to xl."""
    form: list[str] = []
    while match := _PREFIX.match(target):
        name, target = match.group(1), target[match.end() :]
        if name in _FORMATS:
            form = [f"format={name}"]
        elif name not in _DROPPED:
            return None
    return form, target


def _target(target: str, reasons: list[str]) -> tuple[str, str]:
    """Return the target with prefixes xl takes, and the script that serves it."""
    match = _PREFIX.match(target)
    if match is None and target.startswith("/"):
        reasons.append("without a prefix xl reads the second field as the format")
        return f"{'phy' if target.startswith('/dev/') else 'file'}:{target}", ""
    kind = match.group(1) if match else ""
    rest = target[match.end() :] if match else ""
    if kind in _TAPS:
        # tap:tapdisk:sync: is what blktap2 was given by xend itself.
        driver = rest.removeprefix("tapdisk:")
        if driver.startswith("sync:"):
            reasons.append("xl has no tap:sync")
            return f"file:{driver.removeprefix('sync:')}", ""
    elif kind and kind not in _KNOWN and kind not in TAPDISK_HINTS:
        reasons.append(f"xl has no {kind}: and names the script that serves it")
        return rest, f"block-{kind}"
    return target, ""


def _device(device: str, reasons: list[str]) -> str:
    bare = device.removeprefix("ioemu:")
    if bare != device:
        reasons.append("xl has no ioemu: in front of the device")
    short = bare.removeprefix("/dev/")
    if short != bare:
        reasons.append("xl's device names have no path")
    return short
