"""argv builders for ``xl`` (xl(1), xl_cmdtable.c).

Domains are always given by domid: xl takes a name of digits for a domid, and an empty name for Domain-0.
"""

from __future__ import annotations

from collections.abc import Sequence

LIST = ("xl", "list", "-v")
LIST_LONG = ("xl", "list", "-l")
INFO = ("xl", "info")
DMESG = ("xl", "dmesg")
UPTIME = ("xl", "uptime")
POOLS = ("xl", "cpupool-list")
WATCH = ("xenstore-watch", "@introduceDomain", "@releaseDomain")


def create(path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()) -> list[str]:
    """Boot the configuration file at ``path``; ``words`` are further configuration lines."""
    flags = [*(("-p",) if paused else ()), *(("-c",) if console else ())]
    return ["xl", "create", *flags, path, *words]


def check(path: str, words: Sequence[str] = ()) -> list[str]:
    """Have xl parse a configuration without booting it (``xl create -n``)."""
    return ["xl", "create", "-n", path, *words]


def shutdown(domid: int, *, acpi_fallback: bool = False) -> list[str]:
    """Ask the guest to power off; ``acpi_fallback`` presses the power button of an HVM guest without PV drivers."""
    return ["xl", "shutdown", *(("-F",) if acpi_fallback else ()), str(domid)]


def reboot(domid: int, *, acpi_fallback: bool = False) -> list[str]:
    """Ask the guest to reboot."""
    return ["xl", "reboot", *(("-F",) if acpi_fallback else ()), str(domid)]


def destroy(domid: int) -> list[str]:
    """End the domain at once."""
    return ["xl", "destroy", str(domid)]


def pause(domid: int) -> list[str]:
    """Stop the domain's CPUs."""
    return ["xl", "pause", str(domid)]


def unpause(domid: int) -> list[str]:
    """Let the domain's CPUs run again."""
    return ["xl", "unpause", str(domid)]


def save(domid: int, path: str) -> list[str]:
    """Write memory and configuration of the domain to ``path`` and end it there."""
    return ["xl", "save", str(domid), path]


def restore(path: str, *, paused: bool = False) -> list[str]:
    """Continue from a file :func:`save` wrote."""
    return ["xl", "restore", *(("-p",) if paused else ()), path]


def rename(domid: int, name: str) -> list[str]:
    """Give a running domain another name."""
    return ["xl", "rename", str(domid), name]


def mem_set(domid: int, mib: int) -> list[str]:
    """Set the balloon target; the ``m`` is explicit because xl's code and manual differ on the default unit."""
    return ["xl", "mem-set", str(domid), f"{mib}m"]


def mem_max(domid: int, mib: int) -> list[str]:
    """Set the memory ceiling."""
    return ["xl", "mem-max", str(domid), f"{mib}m"]


def vcpu_set(domid: int, count: int) -> list[str]:
    """Set how many vCPUs are online."""
    return ["xl", "vcpu-set", str(domid), str(count)]


def block_attach(domid: int, spec: str) -> list[str]:
    """Add the disk of an xl-disk-configuration(5) string."""
    return ["xl", "block-attach", str(domid), spec]


def block_detach(domid: int, vdev: str, *, force: bool = False) -> list[str]:
    """Remove a disk by its guest name."""
    return ["xl", "block-detach", *(("-f",) if force else ()), str(domid), vdev]


def cd_insert(domid: int, vdev: str, path: str) -> list[str]:
    """Put an image file into a CD drive of an HVM guest, in the place of what is in it."""
    return ["xl", "cd-insert", str(domid), vdev, path]


def cd_eject(domid: int, vdev: str) -> list[str]:
    """Empty a CD drive of an HVM guest; an empty one stays so."""
    return ["xl", "cd-eject", str(domid), vdev]


def network_attach(domid: int, words: Sequence[str]) -> list[str]:
    """Add an interface; each key is its own argument (xl keeps only the first of a comma-joined one)."""
    return ["xl", "network-attach", str(domid), *words]


def network_detach(domid: int, device: str) -> list[str]:
    """Remove an interface by number or MAC address."""
    return ["xl", "network-detach", str(domid), device]


def console(domid: int) -> list[str]:
    """Attach to the guest's console."""
    return ["xl", "console", str(domid)]


def xentop(seconds: int = 1, iterations: int = 0) -> list[str]:
    """Statistics in batch mode with full names; ``iterations`` 0 runs until stopped."""
    count = ("-i", str(iterations)) if iterations else ()
    return ["xentop", "-b", "-f", "-d", str(seconds), *count]
