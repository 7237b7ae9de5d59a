"""What the kernel of a simulated guest prints: its boot, its panic, its end."""

from __future__ import annotations

from xentui.frozen import dataclass
from xentui.simulator.guest import CRASH, POWEROFF, REBOOT, WATCHDOG

RELEASE = "6.1.0-56-amd64"
VERSION = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)"


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """What a guest knows of itself; memory in KiB."""

    name: str
    kind: str
    command_line: str
    memory_kb: int
    vcpus: int
    disks: tuple[str, ...] = ()


def boot_log(facts: GuestFacts) -> list[tuple[float, str]]:
    """Return the lines of the kernel's boot with the second each is printed at, up to about 1.0."""
    pages = facts.memory_kb // 4
    how = "Xen PV" if facts.kind == "pv" else "Xen PVH"
    texts = [
        f"Linux version {RELEASE} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0,"
        f" GNU ld (GNU Binutils for Debian) 2.40) {VERSION}",
        f"Command line: {facts.command_line}",
        "x86/fpu: x87 FPU will use FXSAVE",
        "signal: max sigframe size: 1440",
        "Released 0 page(s)",
        "BIOS-provided physical RAM map:",
        "Xen: [mem 0x0000000000000000-0x000000000009ffff] usable",
        "Xen: [mem 0x00000000000a0000-0x00000000000fffff] reserved",
        f"Xen: [mem 0x0000000000100000-{facts.memory_kb * 1024 - 1:#018x}] usable",
        "NX (Execute Disable) protection: active",
        "DMI not present or invalid.",
        f"Hypervisor detected: {how}",
        f"last_pfn = {pages:#x} max_arch_pfn = 0x400000000",
        "Disabled",
        "x86/PAT: MTRRs disabled, skipping PAT initialization too.",
        "Kernel/User page tables isolation: disabled on XEN PV.",
        f"setup_percpu: NR_CPUS:8192 nr_cpumask_bits:{facts.vcpus} nr_cpu_ids:{facts.vcpus} nr_node_ids:1",
        "Booting kernel on Xen" if facts.kind == "pv" else "Booting paravirtualized kernel on Xen PVH",
        "Xen version: 4.17.7 (preserve-AD)",
        f"Built 1 zonelists, mobility grouping on.  Total pages: {pages - pages // 64}",
        f"Kernel command line: {facts.command_line}",
        f"Memory: {facts.memory_kb * 3 // 4}K/{facts.memory_kb}K available (14343K kernel code, 2340K rwdata,"
        " 9088K rodata, 2796K init, 17408K bss)",
        f"SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs={facts.vcpus}, Nodes=1",
        "Console: colour dummy device 80x25",
        "printk: console [hvc0] enabled",
        "clocksource: xen: mask: 0xffffffffffffffff max_cycles: 0x1cd42e4dffb, max_idle_ns: 881590591483 ns",
        "installing Xen timer for CPU 0",
        "tsc: Detected 2445.427 MHz processor",
        f"smp: Brought up 1 node, {facts.vcpus} CPU{'s' if facts.vcpus > 1 else ''}",
        "xen:grant_table: Grant tables using version 1 layout",
        "xen:balloon: Initialising balloon driver",
        "NET: Registered PF_INET protocol family",
        "Trying to unpack rootfs image as initramfs...",
        "Freeing initrd memory: 7652K",
        "Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled",
        "Freeing unused kernel image (initmem) memory: 2796K",
        "Run /init as init process",
        *(f"blkfront: {disk}: flush diskcache: enabled; persistent grants: enabled;" for disk in facts.disks),
        "xen_netfront: Initialising Xen virtual ethernet driver",
    ]
    step = 0.95 / len(texts)
    return [(number * step, f"[{number * step:12.6f}] {text}") for number, text in enumerate(texts)]


def up_line(facts: GuestFacts) -> str:
    """Return what the guest's init says once it is up."""
    return f"guest up: {RELEASE} cmdline: {facts.command_line}"


def farewell(reason: int, uptime: float) -> list[str]:
    """Return the last lines of a guest that stopped for that reason."""
    stamp = f"[{uptime:12.6f}]"
    if reason == POWEROFF:
        return [f"{stamp} reboot: Power down"]
    if reason == REBOOT:
        return [f"{stamp} reboot: Restarting system"]
    if reason in (CRASH, WATCHDOG):
        return [
            f"{stamp} sysrq: Trigger a crash",
            f"{stamp} Kernel panic - not syncing: sysrq triggered crash",
            f"{stamp} CPU: 0 PID: 1 Comm: sh Not tainted {RELEASE} #1  Debian 6.1.192-2",
            f"{stamp} Call Trace:",
            f"{stamp}  <TASK>",
            f"{stamp}  dump_stack_lvl+0x44/0x5c",
            f"{stamp}  panic+0x118/0x2ed",
            f"{stamp}  sysrq_handle_crash+0x16/0x20",
            f"{stamp}  __handle_sysrq.cold+0x45/0x11b",
            f"{stamp}  write_sysrq_trigger+0x24/0x40",
            f"{stamp}  </TASK>",
            f"{stamp} Kernel Offset: disabled",
        ]
    return []
