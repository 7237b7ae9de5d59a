"""What only xm read, and what to write for xl in its place (xm's create.py of 4.4)."""

from __future__ import annotations

from functools import partial

from xentui.config.schema.key import BOOLEAN, LIST, NUMBER, STRING, XM, Key, Unit
from xentui.config.schema.xm_options import OPTIONS

_only = partial(Key, toolstack=XM)

XM_ONLY: tuple[Key, ...] = (
    _only(
        "bootargs",
        STRING,
        default="-q",
        term="boot loader arguments",
        doc="Arguments for the boot loader.",
        instead='bootloader_args = ["…"]',
    ),
    _only(
        "bootentry",
        STRING,
        term="boot entry",
        doc="Entry for the boot loader, obsolete.",
        instead='bootloader_args = ["--entry=…"]',
    ),
    _only("cpu", NUMBER, default="-1", term="CPU", doc="The physical CPU to run on.", instead='cpus = "N"'),
    _only(
        "cpu_cap",
        NUMBER,
        default="0",
        unit=Unit.PERCENT,
        term="CPU cap",
        doc="Maximum CPU time in percent.",
        instead="cap = N",
    ),
    _only(
        "cpuid_check", LIST, term="CPU feature check", doc="CPU features to check for.", instead="cpuid = …"
    ),
    _only(
        "vcpu_avail",
        NUMBER,
        term="virtual CPU mask",
        doc="Bit mask of virtual CPUs online.",
        instead="vcpus = N and maxvcpus = M",
    ),
    _only(
        "ip",
        STRING,
        term="IP address",
        doc="IP address on the kernel command line.",
        instead='extra = "ip=…", or ip= in vif',
    ),
    _only(
        "gateway", STRING, term="gateway", doc="Gateway on the kernel command line.", instead='extra = "ip=…"'
    ),
    _only(
        "netmask", STRING, term="netmask", doc="Netmask on the kernel command line.", instead='extra = "ip=…"'
    ),
    _only(
        "hostname",
        STRING,
        term="host name",
        doc="Host name on the kernel command line.",
        instead='extra = "ip=…"',
    ),
    _only(
        "dhcp",
        STRING,
        default="off",
        term="DHCP",
        doc="DHCP on the kernel command line.",
        instead='extra = "ip=dhcp"',
    ),
    _only(
        "interface",
        STRING,
        default="eth0",
        term="interface",
        doc="Interface on the kernel command line.",
        instead='extra = "ip=…"',
    ),
    _only(
        "nfs_server",
        STRING,
        term="NFS server",
        doc="NFS server on the kernel command line.",
        instead='extra = "nfsroot=…"',
    ),
    _only(
        "nfs_root",
        STRING,
        term="NFS root",
        doc="NFS root on the kernel command line.",
        instead='extra = "nfsroot=…"',
    ),
    _only("nics", NUMBER, term="interfaces", doc="Number of interfaces, obsolete.", instead="vif = ['', …]"),
    _only(
        "vif2", LIST, term="interfaces (netchannel2)", doc="Interfaces of netchannel2.", instead="vif = […]"
    ),
    _only("vscsi", LIST, term="SCSI devices", doc="SCSI devices."),
    _only("vusb", LIST, term="USB devices", doc="USB devices.", instead="usbctrl and usbdev"),
    _only("irq", LIST, term="interrupts", doc="Interrupts of the host.", instead="irqs = […]"),
    _only(
        "vncconsole",
        BOOLEAN,
        default="0",
        term="VNC console",
        doc="Open a VNC viewer for the console.",
        instead="xl create -V",
    ),
    _only(
        "vncviewer", BOOLEAN, default="0", term="VNC viewer", doc="Open a VNC viewer.", instead="xl create -V"
    ),
    _only(
        "restart",
        STRING,
        term="restart",
        doc="When to restart, obsolete.",
        instead="on_poweroff, on_reboot and on_crash",
    ),
    _only(
        "on_xend_start",
        STRING,
        default="ignore",
        term="on xend start",
        doc="Whether xend starts the domain.",
        instead="a link in /etc/xen/auto",
    ),
    _only(
        "on_xend_stop",
        STRING,
        default="ignore",
        term="on xend stop",
        doc="What xend does with the domain when it stops.",
        instead="xendomains",
    ),
    _only(
        "device_model",
        STRING,
        default="qemu-dm",
        term="device model",
        doc="Path of the device model.",
        instead="device_model_version or device_model_override",
    ),
    _only("features", STRING, term="features", doc="Features of the guest kernel."),
    _only("loader", STRING, term="loader", doc="HVM loader.", instead="firmware_override = …"),
    _only("fda", STRING, term="floppy A", doc="First floppy image."),
    _only("fdb", STRING, term="floppy B", doc="Second floppy image."),
    _only("isa", BOOLEAN, default="0", term="ISA", doc="ISA only."),
    _only("monitor", BOOLEAN, default="0", term="monitor", doc="QEMU monitor."),
    _only("guest_os_type", STRING, default="default", term="guest system", doc="Kind of guest system."),
    _only("target", NUMBER, term="target", doc="Memory target.", instead="memory = N"),
    _only(
        "blkif",
        BOOLEAN,
        default="0",
        term="disk backend",
        doc="The domain serves disks.",
        instead="driver_domain = 1",
    ),
    _only(
        "netif",
        BOOLEAN,
        default="0",
        term="network backend",
        doc="The domain serves interfaces.",
        instead="driver_domain = 1",
    ),
    _only(
        "tpmif",
        BOOLEAN,
        default="0",
        term="TPM backend",
        doc="The domain serves TPMs.",
        instead="driver_domain = 1",
    ),
    _only("access_control", STRING, term="access control", doc="Security policy.", instead="seclabel = …"),
    _only(
        "description", STRING, term="description", doc="Free text about the domain.", instead="a # comment"
    ),
    _only(
        "memory_sharing", BOOLEAN, default="0", term="memory sharing", doc="Share memory with other domains."
    ),
    _only("machine_address_size", NUMBER, term="address size", doc="Bits of machine addresses."),
    _only(
        "suppress_spurious_page_faults",
        BOOLEAN,
        default="0",
        term="page faults",
        doc="Hide spurious page faults.",
    ),
    _only("s3_integrity", BOOLEAN, default="1", term="S3 integrity", doc="Check memory over S3."),
    _only("actmem", NUMBER, default="0", term="active memory", doc="Active memory sharing."),
    _only(
        "oos_off",
        BOOLEAN,
        default="0",
        term="out-of-sync shadows",
        doc="No out-of-sync shadows.",
        instead="oos = 0",
    ),
    _only("allow_d3", BOOLEAN, default="0", term="PCI D3", doc="Allow D3 for PCI."),
    _only("superpages", BOOLEAN, default="0", term="large pages", doc="Back the guest by large pages."),
    _only(
        "extid",
        BOOLEAN,
        default="0",
        term="Hyper-V",
        doc="Show Hyper-V's interface to the guest.",
        instead="viridian = 1",
    ),
    _only("parallel", STRING, term="parallel port", doc="Parallel port of the guest."),
    _only("watchdog", STRING, term="watchdog", doc="Watchdog of the device model."),
    _only(
        "watchdog_action",
        STRING,
        term="watchdog action",
        doc="What the device model does when its watchdog fires.",
        instead="on_watchdog",
    ),
    _only("monitor_path", STRING, term="monitor path", doc="Where QEMU's monitor listens."),
    _only("vhpt", NUMBER, default="0", term="VHPT", doc="Size of the guest's page table on Itanium."),
    _only("xenpaging_file", STRING, term="paging file", doc="File that memory is paged out to."),
    _only("xenpaging_extra", LIST, term="pager arguments", doc="Arguments of the pager."),
    _only(
        "xen_extended_power_mgmt",
        NUMBER,
        default="0",
        term="power management",
        doc="Power management for the guest.",
    ),
    _only(
        "cdrom",
        STRING,
        term="CD image",
        doc="Image in the CD drive.",
        instead="a disk: 'IMAGE,raw,hdc,r,cdrom'",
    ),
    _only(
        "macaddr", STRING, term="MAC address", doc="Address of the first interface.", instead="mac= in vif"
    ),
    _only("ipaddr", LIST, term="IP addresses", doc="IP addresses.", instead="ip= in vif"),
    _only("ssidref", NUMBER, term="security label", doc="Number of a security label.", instead="seclabel"),
    _only("memmap", STRING, term="memory map", doc="Map of the memory, for the device model."),
    *OPTIONS,
)
