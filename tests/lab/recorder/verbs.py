"""The answers of each xl verb: what works, and every refusal a front end has to explain."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from . import guests
from .guests import WORK, config, create, destroy_all, domid, wait_booted, wait_gone
from .notebook import Notebook, run

VERBS = [
    "create",
    "config-update",
    "list",
    "destroy",
    "shutdown",
    "reboot",
    "pause",
    "unpause",
    "console",
    "save",
    "migrate",
    "restore",
    "dump-core",
    "cd-insert",
    "cd-eject",
    "mem-max",
    "mem-set",
    "button-press",
    "vcpu-list",
    "vcpu-pin",
    "vcpu-set",
    "vm-list",
    "info",
    "domid",
    "domname",
    "rename",
    "trigger",
    "sysrq",
    "debug-keys",
    "dmesg",
    "network-attach",
    "network-list",
    "network-detach",
    "block-attach",
    "block-list",
    "block-detach",
    "uptime",
    "claims",
    "sched-credit2",
    "channel-list",
]
HARMLESS_WITHOUT_ARGUMENTS = {"list", "vcpu-list", "vm-list", "info", "uptime", "claims", "sched-credit2"}


def usage(folder: Path) -> None:
    """Help texts, unknown verbs and options, missing arguments."""
    book = Notebook(folder, "usage", "help, unknown verbs and options, missing arguments; no guest runs")
    book.record("help", "xl", "help")
    book.record("long help", "xl", "help", "--long")
    book.record("no verb", "xl")
    for verb in ("new", "start", "delete", "log", "frobnicate", "suspend", "resume", "top", "cd-frob"):
        if verb != "top":
            book.record(f"unknown verb {verb}", "xl", verb)
    book.record("unknown global option", "xl", "-Z", "list")
    book.record("help of an unknown verb", "xl", "help", "frobnicate")
    for verb in VERBS:
        book.record(f"help {verb}", "xl", "help", verb)
        book.record(f"{verb} with an unknown option", "xl", verb, "--nosuch")
        if verb not in HARMLESS_WITHOUT_ARGUMENTS and verb != "dmesg":
            book.record(f"{verb} without arguments", "xl", verb)
    for verb in (
        "rename",
        "mem-set",
        "mem-max",
        "vcpu-set",
        "block-attach",
        "block-detach",
        "network-detach",
        "save",
        "sysrq",
        "trigger",
        "migrate",
        "dump-core",
    ):
        book.record(f"{verb} with one argument", "xl", verb, "0")
    for verb in ("destroy", "pause", "rename", "domid", "list", "block-list", "network-list", "info"):
        book.record(f"{verb} with too many arguments", "xl", verb, "a", "b", "c", "d")
    book.save()


def host(folder: Path) -> None:
    """What describes the host: info, dmesg, configuration files and folders."""
    book = Notebook(folder, "host", "the host itself; no guest runs")
    book.record("info", "xl", "info")
    book.record("info with topology", "xl", "info", "-n")
    for key in ("free_memory", "total_memory", "xen_version", "nosuchkey"):
        book.record(f"one value: {key}", "xl", "info", key)
    out = book.record("hypervisor log", "xl", "dmesg")
    book.entries[-1]["stdout"] = book.entries[-1]["stdout"][:40]
    book.note("hypervisor log is kept to its first lines", lines=len(out.splitlines()))
    for verb in ("list", "vm-list", "vcpu-list", "uptime", "claims", "cpupool-list", "sched-credit2"):
        book.record(f"{verb}, nothing but Domain-0", "xl", verb)
    book.record("list -l, nothing but Domain-0", "xl", "list", "-l")
    book.record("list -v", "xl", "list", "-v")
    book.record("list -Z", "xl", "list", "-Z")
    book.record("list -n", "xl", "list", "-n")
    book.record("list -c", "xl", "list", "-c")
    book.record("list of domain 0 by number", "xl", "list", "0")
    book.record("list of domain 0 by name", "xl", "list", "Domain-0")
    book.record("list -l 0", "xl", "list", "-l", "0")
    book.record("uptime -s", "xl", "uptime", "-s")
    book.record("uptime of domain 0", "xl", "uptime", "0")
    for name in ("Domain-0", "0", "nosuch", ""):
        book.record(f"domid {name!r}", "xl", "domid", name)
    for number in ("0", "99", "nosuch", "", "-1", "0x0"):
        book.record(f"domname {number!r}", "xl", "domname", number)
    for name in ("nosuch", "99", "", "-1", "007", "0x1", "32767", "99999999999"):
        book.record(f"list {name!r}", "xl", "list", "--", name) if name.startswith("-") else book.record(
            f"list {name!r}", "xl", "list", name
        )
    book.record("xentop, two turns", "xentop", "-b", "-i", "2", "-d", "1")
    book.record("xentop, full names", "xentop", "-b", "-f", "-i", "1")
    book.record("xentop with networks, vcpus and disks", "xentop", "-b", "-n", "-v", "-x", "-i", "1")
    book.record("the store's view of domain 0", "xenstore-ls", "/local/domain/0")
    book.record("the store's /vm", "xenstore-ls", "/vm")
    book.record("a missing node", "xenstore-read", "/local/domain/99/name")
    book.record("an existing node", "xenstore-read", "/local/domain/0/name")
    book.record("list of a missing node", "xenstore-ls", "/local/domain/99")
    book.record("domains in the store", "xenstore-list", "/local/domain")
    for path in (
        "/etc/xen",
        "/etc/xen/auto",
        "/etc/xen/scripts",
        "/var/log/xen",
        "/var/lib/xen",
        "/run/xen",
        "/var/lib/xen/save",
        "/proc/xen",
        "/usr/lib/xen-4.17/bin",
    ):
        book.record(f"folder {path}", "ls", "-la", path)
    for path in (
        "/etc/xen/xl.conf",
        "/proc/xen/capabilities",
        "/sys/hypervisor/type",
        "/etc/xen/xlexample.pvlinux",
    ):
        book.record(f"file {path}", "cat", path)
    book.record("xendomains settings in force", "grep", "-v", "^#", "/etc/default/xendomains")
    book.record("xendomains status", "service", "xendomains", "status")
    book.save()


REFUSED = {
    "memory with no value": 'name = "bad"\nmemory =\n',
    "unterminated string": 'name = "bad\nmemory = 128\n',
    "unterminated list": 'name = "bad"\ndisk = [ "file:/x,xvda,w"\n',
    "a word without quotes": "name = bad\n",
    "Python code": 'import os\nname = "bad"\n',
    "memory as a word": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nmemory = "much"\n',
    "memory as a list": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nmemory = ["128"]\n',
    "disk as a string": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\ndisk = "file:/x,xvda,w"\n',
    "disk mode w!": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\ndisk = ["file:/x.img,xvda,w!"]\n',
    "disk with /dev/xvda": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\ndisk = ["file:/x,/dev/xvda,w"]\n',
    "vif without =": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nvif = ["xenbr0"]\n',
    "vif with a bad mac": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nvif = ["mac=zz:00"]\n',
    "no name": 'kernel = "/srv/guests/vmlinuz"\nmemory = 128\n',
    "no kernel and no bootloader": 'name = "bad"\nmemory = 128\n',
    "unknown key": 'name = "odd"\nkernel = "/srv/guests/vmlinuz"\nmemroy = 128\n',
    "key given twice": 'name = "odd"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\nmemory = 256\n',
    "unknown on_crash": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\non_crash = "explode"\n',
    "unknown type": 'name = "bad"\ntype = "lx"\nkernel = "/srv/guests/vmlinuz"\n',
    "builder linux": 'name = "odd"\nbuilder = "linux"\nkernel = "/srv/guests/vmlinuz"\n',
    "bad uuid": 'name = "bad"\nuuid = "123"\nkernel = "/srv/guests/vmlinuz"\n',
    "memory above maxmem": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nmemory = 256\nmaxmem = 128\n',
    "vcpus above maxvcpus": 'name = "bad"\nkernel = "/srv/guests/vmlinuz"\nvcpus = 4\nmaxvcpus = 2\n',
    "empty file": "",
    "binary": "\x00\x01\x02name = 1\n",
}


def refusals(folder: Path) -> None:
    """Creations that fail, and dry runs."""
    book = Notebook(folder, "create-refused", "xl create -n, and creations that fail; no guest runs")
    for kind in guests.CONFIGS:
        book.record(f"dry run: {kind}", "xl", "create", "-n", str(WORK / f"{kind}.cfg"))
    book.record("dry run, quiet", "xl", "create", "-n", "-q", str(WORK / "direct.cfg"))
    book.record(
        "dry run with settings", "xl", "create", "-n", str(WORK / "direct.cfg"), "memory=200", 'name="other"'
    )
    book.record(
        "dry run, settings in one argument",
        "xl",
        "create",
        "-n",
        str(WORK / "direct.cfg"),
        "memory=200; vcpus=2",
    )
    book.record("a setting that is malformed", "xl", "create", "-n", str(WORK / "direct.cfg"), "memory=")
    book.record("a setting without quotes", "xl", "create", "-n", str(WORK / "direct.cfg"), "name=other")
    book.record("defconfig option", "xl", "create", "-n", f"--defconfig={WORK}/direct.cfg")
    book.record("global dry run", "xl", "-N", "create", str(WORK / "direct.cfg"))
    for number, (what, text) in enumerate(REFUSED.items()):
        path = WORK / f"refused-{number:02}.cfg"
        path.write_text(text)
        book.note(f"file: {what}", path=str(path), text=text)
        book.record(f"dry run: {what}", "xl", "create", "-n", str(path))
    book.record("missing file", "xl", "create", "/nonexistent.cfg")
    book.record("a folder", "xl", "create", "/etc/xen")
    cases = {
        "missing-disk": {"disk": "['file:/nonexistent.img,xvda,w']"},
        "missing-kernel": {"kernel": '"/nonexistent-kernel"'},
        "missing-ramdisk": {"ramdisk": '"/nonexistent-ramdisk"'},
        "not-a-kernel": {"kernel": '"/etc/passwd"'},
        "too-much-memory": {"memory": "8000", "maxmem": "8000"},
        "too-little-memory": {"memory": "32", "maxmem": "32"},
        "missing-bridge": {"vif": "['bridge=nosuchbr']"},
        "too-many-vcpus": {"vcpus": "600", "maxvcpus": "600"},
        "bad-boot-image": {"disk": f"['file:{WORK}/data.img,xvda,w']"},
        "missing-loader": {"bootloader": '"nosuchloader"'},
        "name-of-dom0": {"name": '"Domain-0"'},
        "name-that-is-a-number": {"name": '"42"'},
        "name-with-space": {"name": '"two words"'},
    }
    for name, settings in cases.items():
        base = "pygrub" if name in ("bad-boot-image", "missing-loader") else "direct"
        path_name = config(name, base, **settings)
        book.note(f"file: {name}", path=path_name, text=Path(path_name).read_text())
        book.record(f"create: {name}", "xl", "create", path_name)
        book.record(f"list after: {name}", "xl", "list")
        destroy_all()
    book.record("folder /var/log/xen", "ls", "-la", "/var/log/xen")
    book.save()


def lifecycle(folder: Path) -> None:
    """A direct-kernel PV guest through its life."""
    book = Notebook(folder, "lifecycle", "a PV guest booted from kernel and ramdisk, through its life")
    path = config("direct", uuid='"6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01"')
    book.note("file", path=path, text=Path(path).read_text())
    book.record("create", "xl", "create", path)
    wait_booted("direct")
    number = domid("direct")
    for argv in (
        ["list"],
        ["list", "-v"],
        ["list", "-l"],
        ["list", "direct"],
        ["list", number],
        ["list", "-l", "direct"],
        ["list", "DIRECT"],
        ["list", "direct", "Domain-0"],
        ["list", "-v", "direct"],
        ["vm-list"],
        ["vcpu-list"],
        ["vcpu-list", "direct"],
        ["uptime"],
        ["uptime", "-s"],
        ["uptime", "direct"],
        ["domid", "direct"],
        ["domname", number],
        ["network-list", "direct"],
        ["block-list", "direct"],
        ["config-update", "direct"],
    ):
        book.record(" ".join(argv), "xl", *argv)
    book.record("uuid as a domain", "xl", "list", "6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01")
    book.record("domid of a uuid", "xl", "domid", "6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01")
    book.record("xentop, two turns", "xentop", "-b", "-i", "2", "-d", "1")
    book.record("xentop with networks, vcpus and disks", "xentop", "-b", "-n", "-v", "-x", "-i", "1")
    book.record("the store's view of the guest", "xenstore-ls", f"/local/domain/{number}")
    book.record("the store with permissions", "xenstore-ls", "-f", "-p", f"/local/domain/{number}/device")
    book.record("the store's /vm", "xenstore-ls", "/vm")
    book.record("the store's /libxl", "xenstore-ls", f"/libxl/{number}")
    book.record("backends", "xenstore-ls", "/local/domain/0/backend")
    book.record("console node", "xenstore-ls", f"/local/domain/{number}/console")
    book.record("folder /var/log/xen", "ls", "-la", "/var/log/xen")
    book.record("folder /var/lib/xen", "ls", "-la", "/var/lib/xen")
    book.record("log of the guest's own xl", "cat", "/var/log/xen/xl-direct.log")
    book.record("processes of xl", "ps", "-eo", "pid,ppid,stat,args")
    book.entries[-1]["stdout"] = [
        line for line in book.entries[-1]["stdout"] if "xl " in line or "PPID" in line
    ]

    book.record("create again: the name is taken", "xl", "create", path)
    twin = config("twin", "direct", uuid='"6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01"', disk="[]", vif="[]")
    book.record("create with a uuid that is taken", "xl", "create", twin)
    book.record("list: two domains of one uuid", "xl", "list", "-v")
    run(["xl", "destroy", "twin"])
    same_disk = config("samedisk", "direct", vif="[]")
    book.record("create with a disk that another domain writes", "xl", "create", same_disk)
    run(["xl", "destroy", "samedisk"])

    for step in ("pause", "pause", "unpause", "unpause"):
        book.record(f"{step}", "xl", step, "direct")
        book.record(f"list after {step}", "xl", "list", "direct")
    for verb in (
        "pause",
        "unpause",
        "destroy",
        "shutdown",
        "reboot",
        "console",
        "save",
        "block-list",
        "network-list",
        "vcpu-list",
        "uptime",
        "domid",
        "sysrq",
        "mem-set",
        "mem-max",
        "vcpu-set",
        "rename",
        "block-attach",
        "block-detach",
        "network-attach",
        "network-detach",
        "dump-core",
        "trigger",
        "config-update",
    ):
        extra = {
            "save": ["/root/x.save"],
            "mem-set": ["128"],
            "mem-max": ["128"],
            "vcpu-set": ["1"],
            "rename": ["b"],
            "block-attach": [f"file:{WORK}/data.img,xvdb,w"],
            "block-detach": ["xvdb"],
            "network-detach": ["0"],
            "dump-core": ["/root/x.core"],
            "sysrq": ["h"],
            "trigger": ["nmi"],
        }.get(verb, [])
        book.record(f"{verb} of an unknown name", "xl", verb, "nosuch", *extra)
        book.record(f"{verb} of an unknown domid", "xl", verb, "99", *extra)
    # xl reads an empty name as domain 0, so `shutdown` and `reboot` are left out: they turn the host off.
    for verb in ("pause", "destroy", "domid", "block-list", "vcpu-list"):
        book.record(f"{verb} of an empty name", "xl", verb, "")
    book.record("destroy domain 0", "xl", "destroy", "0")
    book.record("destroy Domain-0", "xl", "destroy", "Domain-0")
    book.record("console of domain 0", "xl", "console", "0", timeout=8)
    book.record("block-list 0", "xl", "block-list", "0")
    book.record("network-list 0", "xl", "network-list", "0")

    book.record("rename", "xl", "rename", "direct", "renamed")
    book.record("list after rename", "xl", "list")
    book.record("list -l after rename", "xl", "list", "-l", "renamed")
    other = config("other", "direct", disk="[]", vif="[]", extra='"console=hvc0"')
    book.record("create -p -q", "xl", "create", "-p", "-q", other)
    other_domid = domid("other")
    book.record("list after create -p", "xl", "list")
    book.record("list -l of a paused guest without disks", "xl", "list", "-l", "other")
    book.record("rename to a name in use", "xl", "rename", "other", "renamed")
    book.record("rename to the same name", "xl", "rename", "renamed", "renamed")
    book.record("rename to an empty name", "xl", "rename", "other", "")
    book.record("rename to a number", "xl", "rename", "other", "77")
    book.record("list after the renames", "xl", "list")
    book.record("vm-list with a nameless domain", "xl", "vm-list")
    book.record("list -l with a nameless domain", "xl", "list", "-l", other_domid)
    book.record("list of two", "xl", "list", "renamed", other_domid)
    book.record("destroy a paused one", "xl", "destroy", other_domid)
    book.record("list after destroy", "xl", "list")
    book.record("rename back", "xl", "rename", "renamed", "direct")
    book.record("create -q", "xl", "create", "-q", other)
    book.record("destroy by name", "xl", "destroy", "other")
    book.record("create with settings", "xl", "create", other, "memory=100", 'name="settings"')
    book.record("destroy", "xl", "destroy", "settings")

    pid, descriptor = guests.first_client("direct")
    book.record("a second console client", "xl", "console", "direct", timeout=8)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    os.close(descriptor)

    book.record("shutdown -w", "xl", "shutdown", "-w", "direct")
    book.record("list after", "xl", "list")
    time.sleep(3)
    book.record("list 3 s later", "xl", "list")
    book.record("log of the guest's own xl, afterwards", "cat", "/var/log/xen/xl-direct.log")
    wait_gone("direct")
    book.record("shutdown --all with no guest", "xl", "shutdown", "--all", "-w")
    create(path)
    wait_booted("direct")
    book.record("shutdown --all -w", "xl", "shutdown", "--all", "-w")
    wait_gone("direct")
    create(path)
    book.record("shutdown before the kernel listens", "xl", "shutdown", "direct")
    book.record("reboot before the kernel listens", "xl", "reboot", "direct")
    wait_booted("direct")
    book.record("reboot", "xl", "reboot", "direct")
    time.sleep(5)
    wait_booted("direct")
    book.record("list after reboot", "xl", "list")
    book.record("reboot -w", "xl", "reboot", "-w", "direct")
    destroy_all()
    book.record("folder /var/log/xen at the end", "ls", "-la", "/var/log/xen")
    book.save()
