"""Numbers that mean nothing, and what xl makes of them: it takes any, wraps some round, and fails late."""

from __future__ import annotations

from xentui.config.linting.problems import Findings
from xentui.config.numbers import c_int
from xentui.config.schema import NUMBER, Key, schema

_UINT32, _UINT64 = 1 << 32, 1 << 64
_SIZES = ("memory", "maxmem", "shadow_memory", "videoram", "stubdomain_memory", "rdm_mem_boundary")
"""Kept by libxl in KiB, in 64 bits without a sign."""
_SCHEDULER = ("cpu_weight", "cap", "period")
"""Of these -1 is libxl's mark for what is not set."""
_CHECKED_LATE = (*_SCHEDULER, "usbversion", "vcpus", "maxvcpus", "max_grant_version")
"""``xl create -n`` takes these; libxl or Xen refuses them when the domain is made."""
_OF_QEMU = ("vncdisplay", "spiceport", "spicetls_port")
_ZERO = {
    "memory": "the domain gets no memory and cannot start",
    "maxmem": "the domain may have no memory at all",
    "vcpus": "xl accepts it, and the domain has one virtual CPU",
    "maxvcpus": "xl treats it as not set",
    "max_event_channels": "xl treats it as not set",
}


def check_ranges(findings: Findings) -> None:
    """Warn of numbers outside the sensible range; of what xl refuses an error stands there already."""
    for name in findings.document.keys():  # noqa: SIM118 - not a dict
        key = schema().get(name)
        if key is None or key.kind != NUMBER or key.toolstack == "xm":
            continue
        number = findings.document.number(name)
        if number is None or key.holds(number) or findings.has_error(name):
            continue
        findings.warning(
            name,
            f"{number} is out of range for '{name}': {_made_of(key, number)}",
            f"Write {key.takes}.",
            at=findings.document.parts(name)[-1].value,
        )


def _made_of(key: Key, number: int) -> str:
    """Return what xl makes of it."""
    name = key.name
    if number == 0 and name in _ZERO:
        return _ZERO[name]
    taken = _kept(name, number)
    if name in _SCHEDULER and taken == -1:
        made = "xl treats it as not set"
    elif taken != number:
        made = f"xl reads it as {taken}{' MiB' if key.is_size else ''}"
    elif name in _SIZES:
        made = "no host has that much memory"
    elif name in _OF_QEMU:
        made = "xl passes it to QEMU, which does not start with it"
    else:
        made = "xl accepts it, and the start fails" if name in _CHECKED_LATE else "xl accepts it as it is"
    return made


def _kept(name: str, number: int) -> int:
    """Return the number as libxl's field holds it."""
    if name in _SIZES:
        return number * 1024 % _UINT64 // 1024
    return number % _UINT32 if name == "max_event_channels" else c_int(number)
