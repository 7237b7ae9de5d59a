"""Sizes as people write them: ``512``, ``512M``, ``1.5G``, ``2 GiB``.  The one place that reads them."""

from __future__ import annotations

from xentui.errors import UsageError
from xentui.patterns import late_pattern

KIB, MIB, GIB, TIB = 1024.0, 1024.0**2, 1024.0**3, 1024.0**4
UNITS = {
    letter + end: worth
    for letter, worth in (("k", KIB), ("m", MIB), ("g", GIB), ("t", TIB))
    for end in ("", "b", "ib")
}
"""What a suffix is worth in bytes; how it is written, in capitals or not, does not matter."""
EXAMPLES = "512, 512M, 1.5G"
"""How help and errors say what may be written."""
_LIMIT_MIB = 1 << 30
_WRITTEN = late_pattern(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)[ \t]*([a-zA-Z]*)")


def size_in_bytes(text: str, bare: float = MIB) -> float | None:
    """Return a size as it was written, in bytes; a number without a suffix counts ``bare`` bytes.  None for what is
    none.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    suffix = found[2].lower()
    worth = UNITS.get(suffix) if suffix else bare
    return None if worth is None else float(found[1]) * worth


def mebibytes(text: str) -> int | None:
    """Return a size of memory in whole MiB, which a number without a suffix is in; None for what is none.

    Part of a MiB is left out: Xen gives memory by pages, its tools ask for it by MiB.
    """
    found = size_in_bytes(text)
    return None if found is None else int(found // MIB)


def memory_size(text: str) -> int:
    """Return a size of memory as the user writes it (MiB without a suffix) in MiB.

    Raises UsageError for anything else, and for less than 1 MiB.
    """
    mib = mebibytes(text)
    if mib is None:
        raise UsageError("is not a size", subject=text, hint=f"write MiB, or a suffix: {EXAMPLES}")
    if not 1 <= mib <= _LIMIT_MIB:
        raise UsageError("is not a possible size of memory", subject=text, hint=f"such as {EXAMPLES}")
    return mib


MOST_VCPUS = 8192
"""What Xen has for one domain (``MAX_VIRT_CPUS``)."""


def vcpu_count(given: str | int) -> int:
    """Return a number of virtual processors, as the user writes it or as it was read.

    Raises UsageError for what is none, and for one no host has.
    """
    text = str(given).strip()
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_VCPUS):
        raise UsageError("is not a possible number of vCPUs", subject=text, hint=f"give 1 to {MOST_VCPUS}")
    return int(text)


SECTOR = 512
_LARGEST = 1 << 62


def disk_size(text: str) -> int:
    """Return a size of a disk as the user writes it, in bytes: ``10G``, ``1.5T``, ``512M``, ``1048576B``.

    A number without a suffix is refused: tools take it for bytes, KiB or MiB, each another.  Raises UsageError for
    that, for what is not a size, and for one that is not made of whole sectors of 512 bytes.
    """
    given = text.strip()
    if not given:
        raise UsageError("a size is needed", subject="disk", hint=f"write it with its unit: {DISK_EXAMPLES}")
    bare = given[-1:] in "bB" and given[:-1].isdecimal()
    found = float(given[:-1]) if bare and len(given) < 20 else size_in_bytes(given, bare=0.0)
    if found is None:
        raise UsageError(
            "is not a size of a disk", subject=text, hint=f"write it with its unit: {DISK_EXAMPLES}"
        )
    if given.replace(".", "").isdecimal() and given.strip("0."):
        raise UsageError("has no unit", subject=text, hint=f"write {given}G, {given}M or {given}B")
    size = int(found)
    if not SECTOR <= size <= _LARGEST:
        raise UsageError("is not a possible size of a disk", subject=text, hint=f"such as {DISK_EXAMPLES}")
    if size != found or size % SECTOR:
        raise UsageError(
            f"is not a whole number of sectors of {SECTOR} bytes",
            subject=text,
            hint=f"{size // SECTOR * SECTOR + SECTOR}B is",
        )
    return size


DISK_EXAMPLES = "10G, 1.5T, 512M"


def shown_bytes(size: int) -> str:
    """Return a size in the largest unit that has a whole part, as :func:`disk_size` reads it: ``1.5G``, ``512B``."""
    value, unit = float(size), "B"
    for larger in "KMGTPE":
        if value < KIB - 0.5:
            break
        value, unit = value / KIB, larger
    return f"{value:.0f}{unit}" if value >= 99.95 or value == int(value) else f"{value:.1f}{unit}"
