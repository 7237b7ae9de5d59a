"""Chance that is the same every time: numbers, uuids and MAC addresses that follow from a seed."""

from __future__ import annotations

_WORD = 0xFFFFFFFFFFFFFFFF


def mixed(*parts: int) -> int:
    """Return a 64-bit number that depends on ``parts`` alone and looks random (after splitmix64)."""
    value = 0x9E3779B97F4A7C15
    for part in parts:
        value = ((value ^ (part & _WORD)) * 0xBF58476D1CE4E5B9) & _WORD
        value = ((value ^ (value >> 31)) * 0x94D049BB133111EB) & _WORD
        value ^= value >> 29
    return value


def noise(*parts: int) -> float:
    """Return a number in [0, 1) that depends on ``parts`` alone."""
    return (mixed(*parts) >> 11) / float(1 << 53)


def uuid(*parts: int) -> str:
    """Return a version 4 uuid that depends on ``parts`` alone."""
    high, low = mixed(*parts, 1), mixed(*parts, 2)
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def mac(*parts: int) -> str:
    """Return a MAC address of Xen's own range, 00:16:3e, that depends on ``parts`` alone."""
    value = mixed(*parts)
    return f"00:16:3e:{value & 0x7F:02x}:{value >> 8 & 0xFF:02x}:{value >> 16 & 0xFF:02x}"
