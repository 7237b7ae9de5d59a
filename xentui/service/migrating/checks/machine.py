"""Whether the target's machine can go on with what the source's has begun: Xen, processor, memory, clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.model.configuration import DomainConfig
from xentui.service.host_check.facts import assignments
from xentui.service.migrating.check_input import Case, hard, soft, while_off
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.migrating.side import Side

_HVM_EXTRA, _PV_EXTRA = 2048, 1024
_ROUND = 2048
_DOM0_LEAST = 128 << 10
"""KiB: libxl_mem.c and libxl_internal.h of 4.17 (LIBXL_HVM_EXTRA_MEMORY, LIBXL_MIN_DOM0_MEM and so on)."""
_CLOCKS = 2.0
"""Seconds by which clocks may differ without a word."""
_VENDORS = {"0000": "Intel", "0002": "AMD", "0009": "Hygon", "000A": "Zhaoxin"}
"""By the kernel's number of the vendor (arch/x86/include/asm/processor.h)."""
_TOLD_PAGING = (4, 13)
"""From this version on virt_caps has ``hap`` and ``shadow`` where they are there (CHANGELOG of Xen 4.13)."""


def version(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the target's Xen is at least as new: a stream is read by those that came later only."""
    ours, theirs = _version(case.ours), _version(case.theirs)
    if not case.live or ours is None or theirs is None:
        return
    words = f"Xen {_dotted(ours)} runs here, {_dotted(theirs)} on {case.there}"
    if theirs < ours:
        yield hard(
            "version",
            f"{words}: an older Xen does not take what a newer one sends",
            while_off(case, "update the target first"),
        )
    elif theirs > ours:
        yield soft("newer", f"{words}: it cannot come back while it runs")


def processor(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether the target's processor is of the same maker, and has what the guest may have found at its start."""
    if not case.live:
        return
    ours, theirs = _vendor(case.ours), _vendor(case.theirs)
    if ours and theirs and ours != theirs:
        yield hard(
            "cpu-vendor",
            f"the processors are of two makers: {ours} here, {theirs} on {case.there}; no guest survives that",
            while_off(case),
        )
        return
    missing = _missing(case.ours.report.get("hw_caps", ""), case.theirs.report.get("hw_caps", ""))
    if missing:
        yield soft(
            "cpu-features",
            f"the processor of {case.there} lacks {missing} {'feature' if missing == 1 else 'features'} of the one "
            "here (hw_caps): a guest that uses one is refused, or ends",
            "give such guests a cpuid= both hosts have",
        )


def paging(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether Xen can note which pages a guest writes to, and whether the target can run such a guest at all."""
    kind = case.domain.config.type
    if kind == "pv":
        if case.live and _tells(case.ours) and "shadow" not in _virt(case.ours):
            yield hard(
                "shadow",
                "a PV guest is sent while it runs by shadow paging only, which this Xen was built without, as Debian's "
                "is (Failed to enable logdirty)",
                while_off(case, "make it PVH"),
            )
        return
    if "hvm" not in _virt(case.theirs):
        yield hard(
            "hvm",
            f"{case.there} runs PV guests only, and this is a {kind.upper()} one",
            "switch virtualization on in its firmware",
        )
    for side in (case.ours, case.theirs) if case.live else ():
        if _tells(side) and "hvm" in _virt(side) and not {"hap", "shadow"} & _virt(side):
            yield hard(
                "hap",
                f"{side.name} has neither nested nor shadow paging, without which no {kind.upper()} guest moves",
                while_off(case),
            )


def memory(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether there is room for it: xl does not look, and fails in the middle of the copy."""
    config = case.domain.config
    need, free, given = room(case)
    most = max(_current(case), config.maxmem_kib, case.domain.maxmem_kib)
    later = needed(config, most)
    if need > free + given:
        yield hard(
            "memory",
            f"it takes {_mib(need)} MiB, and {case.there} has {_mib(free)} free"
            + (f" and {_mib(given)} that its Domain-0 may give" if given else ""),
            "make room there, or give it less first (mem-set)",
        )
    elif need > free:
        yield soft(
            "balloon",
            f"it takes {_mib(need)} MiB, and {case.there} has {_mib(free)} free: its Domain-0 gives up "
            f"{_mib(need - free)} MiB for it",
            "dom0_mem= on Xen's command line there keeps Domain-0 what it has",
        )
    elif later > free + given:
        yield soft(
            "max-memory",
            f"it can grow to {_mib(most)} MiB, for which {case.there} has no room now ({_mib(free)} MiB free)",
        )


def room(case: Case) -> tuple[int, int, int]:
    """Return what it takes of the target's memory, what is free there, and what Domain-0 may give besides, in KiB."""
    free = case.theirs.number("free_memory") << 10
    return needed(case.domain.config, _current(case)), free, _from_dom0(case.theirs)


def _current(case: Case) -> int:
    return max(case.domain.memory_kib if case.live else 0, case.domain.config.memory_kib)


def clock(case: Case) -> Iterator[MigrationFinding]:
    """Yield whether both hosts take it for the same time: a guest's own clock may jump by the difference."""
    apart = case.theirs.ahead - case.ours.ahead
    if abs(apart) - case.theirs.slack - case.ours.slack > _CLOCKS:
        yield soft(
            "clock",
            f"the clock of {case.there} is {abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'}: guests that take "
            "their time from the host jump by that",
            "have chrony or ntpd run on both",
        )


def needed(config: DomainConfig, kib: int) -> int:
    """KiB that a domain of so many takes from the host (libxl__domain_need_memory_calculate).

    Paging takes a MiB for each vCPU and a page for each MiB of what it may have, where the hardware does it.
    """
    if config.type == "pv":
        whole = kib + _PV_EXTRA
    else:
        most = max(kib, config.maxmem_kib)
        whole = kib + _HVM_EXTRA + 4 * (256 * max(1, config.maxvcpus) + most // 1024)
    return -(-whole // _ROUND) * _ROUND


def _from_dom0(side: Side) -> int:
    """KiB that xl takes from Domain-0 where it lacks memory: none where that was given a size (xl.conf(5))."""
    auto = assignments(side.conf).get("autoballoon", "auto").strip("\"'").lower()
    fixed = re.search(r"(^|\s)dom0_mem=", side.report.get("xen_commandline", "")) is not None
    if auto in ("off", "0") or (auto not in ("on", "1") and fixed):
        return 0
    dom0 = next((each for each in side.snapshot.domains if each.is_control), None)
    return max(0, dom0.memory_kib - _DOM0_LEAST) if dom0 is not None else 0


def _missing(ours: str, theirs: str) -> int:
    """Return how many features of one processor another has not; 0 where either says nothing that can be read."""
    words = [re.findall(r"\b[0-9a-fA-F]{8}\b", text)[:64] for text in (ours, theirs)]
    if not words[0] or not words[1]:
        return 0
    return sum((int(a, 16) & ~int(b, 16)).bit_count() for a, b in zip(*words, strict=False))


def _vendor(side: Side) -> str:
    found = re.match(r"ven([0-9A-Fa-f]{4})", side.cpu)
    return _VENDORS.get(found[1].upper(), f"vendor {found[1]}") if found else ""


def _virt(side: Side) -> frozenset[str]:
    return frozenset(side.report.get("virt_caps", "").split())


def _tells(side: Side) -> bool:
    """Return whether its Xen says by which paging it runs guests."""
    known = _version(side)
    return known is not None and known >= _TOLD_PAGING


def _version(side: Side) -> tuple[int, int] | None:
    known = side.report.get("xen_major", ""), side.report.get("xen_minor", "")
    if not all(word.isascii() and word.isdigit() and len(word) < 5 for word in known):
        return None
    return int(known[0]), int(known[1])


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _mib(kib: int) -> int:
    return kib // 1024
