"""Figures in five characters or less."""

from __future__ import annotations

from collections.abc import Sequence

_STEPS = "kMGTPE"
_KIB = 1024
_BLOCKS = "▁▂▃▄▅▆▇█"


def size(kibibytes: int) -> str:
    """Return a size given in KiB, from megabytes up: ``512M``, ``1.5G``; "" for none."""
    if kibibytes <= 0:
        return ""
    value, step = kibibytes / _KIB, 1
    while value >= _KIB and step < len(_STEPS) - 1:
        value, step = value / _KIB, step + 1
    if value >= 99.95 or value == int(value):
        return f"{value:.0f}{_STEPS[step]}" if value < 99999 else "huge"
    return f"{value:.1f}{_STEPS[step]}"


def rate(bytes_a_second: float) -> str:
    """Return a rate in bytes a second: ``0``, ``840``, ``3.2k``, ``17M``."""
    value, step = max(bytes_a_second, 0.0), -1
    while value >= 999.5 and step < len(_STEPS) - 1:
        value, step = value / _KIB, step + 1
    if step < 0:
        return f"{value:.0f}"
    if value >= 9.95:
        return f"{value:.0f}{_STEPS[step]}" if value < 99999 else "huge"
    return f"{value:.1f}{_STEPS[step]}"


def percent(value: float) -> str:
    """Return a load in percent of one CPU, in four characters; tenths only below ten, where they say something."""
    if value >= 9999.5:
        return f"{value / 1000:.0f}k" if value < 999_000 else "huge"
    if value >= 9.95:
        return f"{value:.0f}"
    return f"{max(value, 0.0):.1f}"


def duration(seconds: float) -> str:
    """Return how long, in the largest unit: ``42s``, ``17m``, ``5h``, ``12d``."""
    count = max(int(seconds), 0)
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if count >= length:
            return f"{min(count // length, 9999)}{unit}"
    return f"{count}s"


def long_duration(seconds: float) -> str:
    """Return how long, in two units: ``42s``, ``17m``, ``5h07m``, ``12d04h``; at most seven characters."""
    minutes = max(int(seconds), 0) // 60
    if minutes < 60:
        return duration(seconds)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02}h" if days < 1000 else f"{min(days, 99999)}d"


def spark(samples: Sequence[float], width: int, full: float) -> str:
    """Return the last ``width`` samples as blocks, the newest at the right; ``full`` is the value of a whole block.

    Blank where there is no sample, so that a low line always is a measurement.
    """
    if not samples or width <= 0:
        return ""
    top = len(_BLOCKS) - 1
    scale = top / full if full > 0 else 0.0
    line = "".join(_BLOCKS[max(0, min(top, round(value * scale)))] for value in samples[-width:])
    return line.rjust(width)
