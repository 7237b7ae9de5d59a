"""The simulated machine: its name, memory and processors, and what ``xl info`` and ``xl dmesg`` say of it."""

from __future__ import annotations

from dataclasses import asdict, fields

from xentui.frozen import dataclass
from xentui.simulator.guest import Guest
from xentui.simulator.state import State

#: What the hypervisor keeps for itself, and for each domain, in KiB.
_OVERHEAD_KB = 23 * 1024
_PER_DOMAIN_KB = 1024


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine and its system; memory in MiB."""

    name: str = "sim"
    memory_mb: int = 32768
    cpus: int = 8
    dom0_mb: int = 2048
    release: str = "6.1.0-56-amd64"
    virt_caps: str = "pv hvm hap gnttab-v1 gnttab-v2"
    bridges: tuple[str, ...] = ("xenbr0", "xenbr1")
    balloons: bool = False
    version: str = "4.17.7"

    def save(self, state: State) -> None:
        """Remember the machine in the host's state."""
        state.put("hardware", asdict(self))
        state.put("cpus", self.cpus)


_KINDS = {
    **{field.name: type(field.default) for field in fields(Hardware)},
    "bridges": list,  # JSON has no tuples
}


def hardware(state: State) -> Hardware:
    """Return the machine of a host."""
    known = state.get("hardware", {})
    given = known.items() if isinstance(known, dict) else [(str(known), None)]
    if odd := [name for name, value in given if type(value) is not _KINDS.get(name)]:
        raise state.damage(f"no host has {odd[0]!r}")
    return Hardware(**known)


def free_kb(state: State) -> int:
    """Memory no domain has, in KiB; what paused or dying domains hold counts as taken."""
    taken = sum(_guest_memory_kb(guest) for guest in state.guests())
    return max(0, hardware(state).memory_mb * 1024 - _OVERHEAD_KB - taken)


def _guest_memory_kb(guest: Guest) -> int:
    return max(guest.mem_kb, guest.target_kb) + (_PER_DOMAIN_KB if guest.domid else 0)


def information(state: State, *, numa: bool) -> list[tuple[str, str]]:
    """Return the lines of ``xl info`` in order: key and value; a line that is no pair has no value."""
    machine = hardware(state)
    free = free_kb(state) // 1024
    lines = [
        ("host", machine.name),
        ("release", machine.release),
        ("version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)"),
        ("machine", "x86_64"),
        ("nr_cpus", str(machine.cpus)),
        ("max_cpu_id", str(machine.cpus - 1)),
        ("nr_nodes", "1"),
        ("cores_per_socket", str(machine.cpus)),
        ("threads_per_core", "1"),
        ("cpu_mhz", "2445.427"),
        ("hw_caps", "178bf3fd:80002001:20100800:00000007:00000000:00000000:00000000:00000000"),
        ("virt_caps", machine.virt_caps),
        ("total_memory", str(machine.memory_mb - 1)),
        ("free_memory", str(free)),
        ("sharing_freed_memory", "0"),
        ("sharing_used_memory", "0"),
        ("outstanding_claims", "0"),
        ("free_cpus", "0"),
    ]
    if numa:
        lines += [(line, "") for line in _topology(machine, free)]
    return [
        *lines,
        *_version(machine.version),
        ("xen_caps", "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "),
        ("xen_scheduler", "credit2"),
        ("xen_pagesize", "4096"),
        ("platform_params", "virt_start=0xffff800000000000"),
        ("xen_changeset", ""),
        ("xen_commandline", command_line(machine)),
        ("cc_compiler", "x86_64-linux-gnu-gcc (Debian 12.2.0-14+deb12u1) 12.2.0"),
        ("cc_compile_by", "pkg-xen-devel"),
        ("cc_compile_domain", "lists.alioth.debian.org"),
        ("cc_compile_date", "Wed Nov  4 16:52:28 UTC 2026"),
        ("build_id", "151b373fd64b321593bf987fd923cd10dabadac4"),
        ("xend_config_format", "4"),
    ]


def _version(version: str) -> list[tuple[str, str]]:
    major, minor, extra = version.split(".")
    return [("xen_major", major), ("xen_minor", minor), ("xen_extra", f".{extra}"), ("xen_version", version)]


def command_line(machine: Hardware) -> str:
    """Return what the hypervisor was booted with; where it ``balloons``, Domain-0 begins with all memory there is."""
    return "" if machine.balloons else f"dom0_mem={machine.dom0_mb}M,max:{machine.dom0_mb}M"


def _topology(machine: Hardware, free: int) -> list[str]:
    return [
        "cpu_topology           :",
        "cpu:    core    socket     node",
        *(f"{number:3d}:    {number:4d}     {0:4d}     {0:4d}" for number in range(machine.cpus)),
        "device topology        :",
        "device           node",
        "No device topology data available",
        "numa_info              :",
        "node:    memsize    memfree    distances",
        f"{0:4d}:    {machine.memory_mb - 1:6d}     {free:6d}      10",
    ]


def boot_messages(machine: Hardware) -> list[str]:
    """Return the hypervisor's own log since it started, as ``xl dmesg`` shows it."""
    size = machine.memory_mb
    return [
        "(XEN) Xen version 4.17.7 (Debian 4.17.7+13-g2445b30a44-0+deb12u1)"
        " (pkg-xen-devel@lists.alioth.debian.org)"
        " (x86_64-linux-gnu-gcc (Debian 12.2.0-14+deb12u1) 12.2.0) debug=n Wed Nov  4 16:52:28 UTC 2026",
        "(XEN) Bootloader: GRUB 2.06-13+deb12u1",
        f"(XEN) Command line: {command_line(machine)}",
        "(XEN) Xen image load base address: 0",
        "(XEN) Video information:",
        "(XEN)  VGA is text mode 80x25, font 8x16",
        f"(XEN) System RAM: {size - 1}MB ({(size - 1) * 1024 + 528}kB)",
        "(XEN) Domain heap initialised",
        "(XEN) Using scheduler: SMP Credit Scheduler rev2 (credit2)",
        "(XEN) Initializing Credit2 scheduler",
        "(XEN) Platform timer is 100.000MHz HPET",
        "(XEN) Detected 2445.427 MHz processor.",
        "(XEN) HVM: ASIDs enabled.",
        "(XEN) HVM: SVM enabled",
        "(XEN) HVM: Hardware Assisted Paging (HAP) detected",
        "(XEN) HVM: HAP page sizes: 4kB, 2MB",
        f"(XEN) Brought up {machine.cpus} CPUs",
        "(XEN) *** Building a PV Dom0 ***",
        "(XEN) Dom0 has maximum 8 VCPUs",
        "(XEN) Freed 2048kB init memory",
    ]
