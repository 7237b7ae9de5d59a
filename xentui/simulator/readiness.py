"""The simulated host as an installed system: what a check of it reads, and the faults that can be put into it.

The files are those of a Debian 12 dom0 that is ready: what was read on a real one, without its serial numbers.  They
are made when they are first asked for; a host is filled sooner without them.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from xentui.errors import UsageError
from xentui.simulator import host, shared_storage, systems, xen_tools
from xentui.simulator.call import Call
from xentui.simulator.files import HostFiles
from xentui.simulator.state import State

_XEN = "4.17.7+13-g2445b30a44-0+deb12u1"
_GRUB_XEN_PART = "/etc/default/grub.d/xen.cfg"
_GRUB_CFG = "/boot/grub/grub.cfg"
_PYGRUB = "/usr/lib/xen-4.17/bin/pygrub"
_OVERRIDE = "XEN_OVERRIDE_GRUB_DEFAULT"
_XEN_TITLE, _LINUX_TITLE = "Debian GNU/Linux, with Xen hypervisor", "Debian GNU/Linux"
_MENU = f"""set default="{{default}}"
set timeout=5
menuentry '{_LINUX_TITLE}' --class debian --id 'gnulinux-simple-1' {{{{
  linux /boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda1 ro quiet
  initrd /boot/initrd.img-6.1.0-56-amd64
}}}}
submenu 'Advanced options for Debian GNU/Linux' --id 'gnulinux-advanced-1' {{{{
  menuentry 'Debian GNU/Linux, with Linux 6.1.0-56-amd64' --id 'gnulinux-6.1.0-56-amd64-advanced-1' {{{{
    linux /boot/vmlinuz-6.1.0-56-amd64 root=/dev/vda1 ro quiet
    initrd /boot/initrd.img-6.1.0-56-amd64
  }}}}
}}}}
menuentry '{_XEN_TITLE}' --class debian --class xen --id 'xen-gnulinux-simple-1' {{{{
  multiboot2 /boot/xen-4.17-amd64.gz placeholder {{options}}
  module2 /boot/vmlinuz-6.1.0-56-amd64 placeholder root=/dev/vda1 ro quiet
  module2 --nounzip /boot/initrd.img-6.1.0-56-amd64
}}}}
"""
_PACKAGES = {
    "grub-xen-host": "2.06-13+deb12u2",
    "qemu-system-xen": "1:7.2+dfsg-7+deb12u18+b3",
    "xen-hypervisor-4.17-amd64": _XEN,
    "xen-tools": "4.9.2-1",
    "xen-utils-4.17": _XEN,
}
_PROCESSES = {
    412: ("oxenstored", "/usr/lib/xen-4.17/bin/oxenstored --pid-file /run/xenstore.pid"),
    419: ("xenconsoled", "/usr/lib/xen-4.17/bin/xenconsoled --log=guest --pid-file /run/xenconsoled.pid"),
    530: ("chronyd", "/usr/sbin/chronyd -F 1"),
    601: ("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
}
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_FILES: Mapping[str, str] = {
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "/etc/default/grub": 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n',
    _GRUB_XEN_PART: '#GRUB_CMDLINE_XEN_DEFAULT=""\n# Make booting into Xen the default.\n'
    f'{_OVERRIDE}=1\nif [ "${_OVERRIDE}" = "1" ]; then\n\tGRUB_DEFAULT="{_XEN_TITLE}"\nfi\n',
    "/etc/default/xen": 'XENSTORED_ARGS=\nXENCONSOLED_ARGS="--log=guest"\n',
    "/etc/init.d/xendomains": "#!/bin/sh\n",
    "/etc/rc2.d/S01xendomains": "#!/bin/sh\n",
    "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n#PermitRootLogin prohibit-password\n",
    "/proc/xen/capabilities": "control_d\n",
    "/proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu de tsc msr pae cx8 apic sep cmov pat svm hypervisor\n",
    "/proc/loadavg": "0.12 0.08 0.05 1/213 4711\n",
    "/proc/sys/kernel/osrelease": "6.1.0-56-amd64\n",
    "/sys/devices/system/cpu/modalias": "cpu:type:x86,ven0002fam0019mod0011:feature:,0000,0001,0002,0003,0004\n",
    "/sys/hypervisor/type": "xen\n",
    "/sys/module/loop/parameters/max_loop": "8\n",
    "/dev/loop-control": "",
    "/run/systemd/system/.here": "",
    "/usr/bin/python3": "",
    **xen_tools.FILES,
    **systems.FILES,
    "/usr/sbin/update-grub": "",
    "/boot/xen-4.17-amd64.gz": "",
    _PYGRUB: '#!/usr/bin/python3\nopts = ["quiet", "runas=", "entry="]\n',
}
_ROOM = (("/dev/vda1", "/", 40 << 20, 22 << 20), ("/dev/vda2", "/srv", 400 << 20, 180 << 20))
"""File systems: device, mount point, size and what is free, in KiB."""


class Installed:
    """The system of a simulated host: its ``files``, and what its ``state`` remembers of it."""

    def __init__(self, files: HostFiles, state: State) -> None:
        self.files, self.state = files, state

    def furnish(self) -> None:
        """Make what is not there yet."""
        if self.files.path(_BOOT_ID).exists():
            return
        with self.state.change():  # one at a time: another host may log in meanwhile
            if not self.files.path("/etc/os-release").exists():
                self._write()
            elif not self.files.path(_BOOT_ID).exists():
                self._boot_id()

    def _write(self) -> None:
        shutil.rmtree(self.files.path("/proc"), ignore_errors=True)
        for path, text in _FILES.items():
            self.put(path, text)
        for number, (name, command) in _PROCESSES.items():
            self.process(number, name, command)
        self.packages(_PACKAGES)
        self.menu()
        self._boot_id()

    def _boot_id(self) -> None:
        """Write what no two hosts have alike, whole at once; it is there when all else is."""
        passing = f"{_BOOT_ID}.new"
        self.put(passing, f"{uuid.uuid5(uuid.NAMESPACE_URL, str(self.files.folder))}\n")
        self.files.path(passing).replace(self.files.path(_BOOT_ID))

    def put(self, path: str, text: str) -> None:
        """Write a file."""
        self.files.write(path, text.encode())

    def change(self, path: str, old: str, new: str) -> None:
        """Exchange a piece of a file."""
        place = self.files.path(path)
        self.put(path, place.read_text(encoding="utf-8").replace(old, new))

    def take(self, path: str) -> None:
        """Take a file or a folder away."""
        place = self.files.path(path)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    def process(self, number: int, name: str, command: str) -> None:
        """Have a process run."""
        self.put(f"/proc/{number}/comm", f"{name}\n")
        self.put(f"/proc/{number}/cmdline", command.replace(" ", "\0") + "\0")

    def packages(self, versions: Mapping[str, str]) -> None:
        """Have these packages installed."""
        entries = (
            f"Package: {name}\nStatus: install ok installed\nVersion: {version}\n"
            for name, version in versions.items()
        )
        self.put("/var/lib/dpkg/status", "\n".join(entries))

    def menu(self) -> None:
        """Make the boot menu anew of what it is made of, as update-grub does."""
        part = self.files.path(_GRUB_XEN_PART).read_text(encoding="utf-8")
        default = _XEN_TITLE if re.search(rf"^{_OVERRIDE}=1$", part, re.MULTILINE) else "0"
        options = host.command_line(host.hardware(self.state))
        self.put(_GRUB_CFG, _MENU.format(default=default, options=options))

    def hardware(self, **what: object) -> None:
        """Let the machine be another in some respect."""
        with self.state.change():
            replace(host.hardware(self.state), **what).save(self.state)  # type: ignore[arg-type]

    def remember(self, key: str, value: object) -> None:
        """Have the state remember something."""
        with self.state.change():
            self.state.put(key, value)

    # Faults

    def break_(self, fault: str) -> None:
        """Put a fault in, by the check that finds it; raises UsageError where there is none of that name."""
        known = _FAULTS.get(fault)
        if known is None:
            raise UsageError(
                "is no fault of the simulated host",
                subject=fault,
                hint=f"there are {', '.join([*_FAULTS, *shared_storage.FAULTS])}",
            )
        self.furnish()
        known(self)

    def repair(self) -> None:
        """Take all faults out."""
        for bridge in host.Hardware().bridges:
            self.files.path(f"/sys/class/net/{bridge}/bridge").mkdir(parents=True, exist_ok=True)
        self.remember("no_hypervisor", False)
        self.remember("full", False)
        usual = host.Hardware()
        self.hardware(balloons=False, virt_caps=usual.virt_caps, version=usual.version)
        self._write()


def _plain_linux(it: Installed) -> None:
    it.take("/proc/xen")
    it.take("/sys/hypervisor")
    it.remember("no_hypervisor", True)
    _boots_linux(it)


def _boots_linux(it: Installed) -> None:
    it.change(_GRUB_XEN_PART, f"{_OVERRIDE}=1", f"{_OVERRIDE}=0")
    it.menu()


def _no_logs(it: Installed) -> None:
    it.put("/etc/default/xen", "XENSTORED_ARGS=\n")
    it.process(419, "xenconsoled", "/usr/lib/xen-4.17/bin/xenconsoled --pid-file /run/xenconsoled.pid")


def _no_bridges(it: Installed) -> None:
    for bridge in host.Hardware().bridges:
        it.take(f"/sys/class/net/{bridge}")


def _no_loop(it: Installed) -> None:
    it.take("/dev/loop-control")
    it.take("/sys/module/loop")


def _old_pygrub(it: Installed) -> None:
    it.put(_PYGRUB, "#!/usr/bin/python3\n")
    it.packages({**_PACKAGES, "xen-utils-4.17": "4.17.2+55-g0b56bed864-1"})
    it.hardware(version="4.17.2")


_FAULTS: Mapping[str, Callable[[Installed], None]] = {
    "xen": _plain_linux,
    "toolstack": lambda it: it.remember("no_hypervisor", True),
    "boot": _boots_linux,
    "versions": lambda it: it.packages({**_PACKAGES, "xen-utils-4.17": "4.17.9+2-gabc-0+deb12u1"}),
    "pygrub": _old_pygrub,
    "dom0-memory": lambda it: it.hardware(balloons=True),
    "cpu": lambda it: it.hardware(virt_caps="pv gnttab-v1 gnttab-v2"),
    "xenstored": lambda it: it.take("/proc/412"),
    "xenconsoled": lambda it: it.take("/proc/419"),
    "console-log": _no_logs,
    "xendomains": lambda it: it.take("/etc/rc2.d/S01xendomains"),
    "loop": _no_loop,
    "bridges": _no_bridges,
    "space": lambda it: it.remember("full", True),
    "time": lambda it: it.take("/proc/530"),
    "xen-tools": lambda it: it.take("/usr/bin/xen-create-image"),
    "python": lambda it: it.take("/usr/bin/python3"),
    "ssh": lambda it: it.put("/etc/ssh/sshd_config", "MaxSessions 2\n"),
}
FAULTS = tuple(_FAULTS)


# Commands


def df(call: Call, words: Sequence[str]) -> int:
    """``df -Pk PATH …``: a row for each path."""
    call.now()
    call.out("Filesystem     1024-blocks      Used Available Capacity Mounted on\n")
    full = bool(call.state.get("full", False))
    for path in (word for word in words if not word.startswith("-")):
        device, mount, size, free = _ROOM[1] if f"{path}/".startswith("/srv/") else _ROOM[0]
        left = size // 100 if full else free
        used = size - left
        call.out(f"{device:<14} {size:11} {used:9} {left:9} {-(-used * 100 // size):7}% {mount}\n")
    return 0


def update_grub(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - every command takes both
    """``update-grub``."""
    Installed(call.files, call.state).menu()
    call.err("Generating grub configuration file ...\ndone\n")
    return 0


def systemctl(call: Call, words: Sequence[str]) -> int:
    """``systemctl enable|start UNIT``."""
    return _serve(call, list(words[:2]))


def service(call: Call, words: Sequence[str]) -> int:
    """``service UNIT start``."""
    return _serve(call, [*words[1:2], *words[:1]])


def _serve(call: Call, words: list[str]) -> int:
    it = Installed(call.files, call.state)
    if words == ["enable", "xendomains"]:
        it.put("/etc/rc2.d/S01xendomains", "#!/bin/sh\n")
    elif words in (["enable", "--now"], ["enable", "o2cb"]):
        pass  # what shares storage: nfs-server, o2cb and ocfs2
    elif words in (["start", "xen"], ["start", "xenconsoled"], ["start", "xenstored"]):
        for number in (412, 419):
            it.process(number, *_PROCESSES[number])
    else:
        call.err(f"Failed to {words[0] if words else 'do nothing'}: Unit not found.\n")
        return 5
    return 0


def modprobe(call: Call, words: Sequence[str]) -> int:
    """``modprobe loop``."""
    if list(words) != ["loop"]:
        call.err(f"modprobe: FATAL: Module {words[0] if words else ''} not found\n")
        return 1
    it = Installed(call.files, call.state)
    for path in ("/dev/loop-control", "/sys/module/loop/parameters/max_loop"):
        it.put(path, _FILES[path])
    return 0


def mkdir(call: Call, words: Sequence[str]) -> int:
    """``mkdir -p PATH …``."""
    for word in words:
        if word.startswith("-"):
            continue
        place = call.files.path(word, call.cwd)
        if call.files.root not in place.parents:  # the machine's own folders are nobody's to make
            call.err(f"mkdir: cannot create directory '{word}': Permission denied\n")
            return 1
        place.mkdir(parents=True, exist_ok=True)
    return 0
