"""The hypervisor: whether there is one, what it and its tools are, and what the processors can do for it."""

from __future__ import annotations

import re

from xentui.service.host_check import distributions, facts as read
from xentui.service.host_check.facts import Facts
from xentui.service.host_check.report_line import CheckState, Finding, Mend, fault, note, ok, unknown, warning

_NAMED = (
    (r"xen-hypervisor-[0-9].*|xen-hypervisor", "hypervisor"),
    (r"xen", "Xen"),
    (r"", "tools"),
    (r"qemu-system-xen|xen-qemu|qemu-x86|qemu-system-x86.*", "QEMU"),
    (r"grub-xen-host|grub-xen-bin|grub2-x86_64-xen", "grub-xen"),
)
"""Packages by what they are."""


def control_domain(facts: Facts) -> Finding:
    """Return whether this is a Xen control domain."""
    capabilities = facts.texts.get(read.CAPABILITIES)
    version = facts.report.get("xen_version", "")
    if facts.control:
        return ok(f"runs on Xen {version}".rstrip() + " as the control domain")
    if facts.unread:
        return unknown(facts.unread)
    below = facts.texts.get(read.HYPERVISOR, "").strip()
    if below == "xen" and capabilities is None:
        mount = ("mount", "-t", "xenfs", "xenfs", "/proc/xen")
        return fault(
            "Xen runs, but /proc/xen is not mounted",
            "xl cannot tell that this is the control domain, and starts nothing",
            " ".join(mount),
            Mend("mount /proc/xen", (), (mount,)),
        )
    if below == "xen":
        return fault(
            "is a guest of Xen itself", "guests can be run from the control domain only; log in there"
        )
    steps = distributions.steps(facts)
    installed = [path for path in facts.found(read.XEN_IMAGES) if not path.endswith(".config")]
    found = "Xen is not running: this is plain Linux" + (
        f", although {installed[0]} is installed" if installed else ""
    )
    return Finding(
        CheckState.FAULT, found, "guests can run on the hypervisor only", steps[0] if steps else "", steps
    )


def toolstack(facts: Facts) -> Finding:
    """Return whether xl answers."""
    if facts.report.get("xen_version"):
        return ok(
            f"answers, {facts.report.get('host', '') or 'the host'} has {facts.report.get('free_memory', '?')} MiB free"
        )
    if facts.report:
        return unknown("the answer of `xl info` is not valid")
    return fault(f"does not answer: {facts.silent}", "nothing can be listed, started or stopped", "xl info")


def versions(facts: Facts) -> Finding:
    """Return whether what runs is what is installed."""
    running = facts.report.get("xen_version", "")
    if not running:
        return unknown(facts.silent or "xl info reports no version of Xen")
    if not facts.packages:
        return note(f"Xen {running}; the packages of this system cannot be listed")
    told = [
        f"{what} {_short(version)}"
        for pattern, what in _NAMED
        for name, version in sorted(facts.packages.items())
        if re.fullmatch(pattern, name) or (what == "tools" and _is_tools(name, facts))
    ]
    tools = next((version for name, version in facts.packages.items() if _is_tools(name, facts)), "")
    installed = ", ".join(dict.fromkeys(told)) or "no package of Xen"
    found = f"Xen {running} runs; installed: {installed}"
    if tools and not re.match(rf"{re.escape(running)}(?!\d)", tools):
        return warning(
            found,
            "the tools are for another version than the running hypervisor: they may be incompatible",
            "shut down the guests and reboot the host",
        )
    return ok(found)


def processor(facts: Facts) -> Finding:
    """Return what the processors can do for guests."""
    if not facts.control:
        flags = re.search(r"^flags\s*:(.*)$", facts.texts.get(read.CPU_INFO, ""), re.MULTILINE)
        if flags is None:
            return unknown(facts.trouble(read.CPU_INFO))
        words = flags[1].split()
        kind = "VT-x" if "vmx" in words else "AMD-V" if "svm" in words else ""
        if kind:
            return ok(f"have {kind}: PV, PVH and HVM guests can run")
        return warning(
            "have neither VT-x nor AMD-V", "only PV guests can run", "switch it on in the firmware setup"
        )
    if "virt_caps" not in facts.report:
        return unknown(facts.silent or "xl info does not report virt_caps")
    words = facts.report["virt_caps"].split()
    if "hvm" not in words:
        return warning(
            "run PV guests only",
            "no PVH or HVM guest can start",
            "switch VT-x or AMD-V on in the firmware setup",
        )
    if "hap" not in words:
        return warning(
            "have no hap (nested paging)",
            "HVM and PVH guests then need shadow paging, which builds such as Debian's lack",
        )
    return ok("PV, PVH and HVM guests with nested paging (hap)")


def iommu(facts: Facts) -> Finding:
    """Return whether devices can be handed to guests safely."""
    if "virt_caps" not in facts.report:
        return unknown(facts.silent or "xl info does not report virt_caps")
    words = facts.report["virt_caps"].split()
    direct = [word for word in words if word.endswith("directio")]
    if direct:
        return ok(f"is on ({', '.join(direct)})")
    return note(
        "is off, or there is none",
        "needed only to pass PCI devices through to guests",
        "iommu=1 on Xen's command line, and in the firmware setup",
    )


def _is_tools(name: str, facts: Facts) -> bool:
    """Return whether a package has the tools of Xen; what Debian calls xen-tools makes guests."""
    if name == "xen-tools":
        return distributions.family(facts) == "suse"
    return name == "xen-runtime" or bool(re.fullmatch(r"xen-utils-[0-9.]+", name))


def _short(version: str) -> str:
    """Return a package's version without epoch, and without what its distribution puts behind."""
    return re.split(r"-|\+(?!\d)", version.rpartition(":")[2])[0]
