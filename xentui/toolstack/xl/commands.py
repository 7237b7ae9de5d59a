"""argv of ``xl`` and of what comes with it (xl(1), xl_cmdtable.c).

Domains are always given by domid: xl takes a name of digits for a domid, and an empty name for Domain-0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import UsageError
from xentui.hosts.reach import Reach
from xentui.model.devices import Disk, Vif
from xentui.toolstack.argv import Argv

if TYPE_CHECKING:
    from xentui.model.consoles import WhichConsole
    from xentui.model.keys import GuestKey
    from xentui.model.trigger import Trigger
    from xentui.toolstack.targets import StoredConfig, Target

LIST = ("xl", "list", "-v")
LIST_LONG = ("xl", "list", "-l")
INFO = ("xl", "info")
DMESG = ("xl", "dmesg")
UPTIME = ("xl", "uptime")
POOLS = ("xl", "cpupool-list")
WATCH = ("xenstore-watch", "@introduceDomain", "@releaseDomain")

_FIRST_SERIAL = "serial0"


class XlCommands:
    """What changes a host, as argv; implements :class:`xentui.toolstack.base.Commands`."""

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot the file a managed domain is stored in: xl knows none that is off."""
        return self.create(stored.path, paused=paused, console=console, words=words)

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot the configuration file at ``path``; ``words`` are further configuration lines."""
        flags = [*(("-p",) if paused else ()), *(("-c",) if console else ())]
        return ["xl", "create", *flags, path, *words]

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to power off; ``acpi_fallback`` presses the power button of an HVM guest without PV drivers."""
        return ["xl", "shutdown", *(("-F",) if acpi_fallback else ()), str(domain.domid)]

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to reboot."""
        return ["xl", "reboot", *(("-F",) if acpi_fallback else ()), str(domain.domid)]

    def destroy(self, domain: Target) -> Argv:
        """End the domain at once."""
        return ["xl", "destroy", str(domain.domid)]

    def pause(self, domain: Target) -> Argv:
        """Stop the domain's CPUs."""
        return ["xl", "pause", str(domain.domid)]

    def unpause(self, domain: Target) -> Argv:
        """Let the domain's CPUs run again."""
        return ["xl", "unpause", str(domain.domid)]

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:
        """Send an event to the guest, to its first CPU unless another is named."""
        return ["xl", "trigger", str(domain.domid), event.value, *(() if vcpu is None else (str(vcpu),))]

    def sysrq(self, domain: Target, letter: str) -> Argv:
        """Write the letter where the guest's Xen driver looks for it (control/sysrq); none is told if nobody does."""
        return ["xl", "sysrq", str(domain.domid), letter]

    def send_key(self, domain: Target, key: GuestKey) -> Argv:
        """Ask the guest's QEMU; it calls the first serial port ``serial0`` (softmmu/vl.c)."""
        told = f"chardev-send-break {_FIRST_SERIAL}" if key == "break" else f"sendkey {key.value}"
        return ["xl", "qemu-monitor-command", str(domain.domid), told]

    def rename(self, domain: Target, name: str) -> Argv:
        """Give a running domain another name."""
        return ["xl", "rename", str(domain.domid), name]

    def save(self, domain: Target, path: str) -> Argv:
        """Write memory and configuration of the domain to ``path`` and end it there."""
        return ["xl", "save", str(domain.domid), path]

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        """Continue from a file :meth:`save` wrote."""
        return ["xl", "restore", *(("-p",) if paused else ()), path]

    def suspend(self, domain: Target, image: str) -> Argv:
        """Save the domain to ``image``."""
        return self.save(domain, image)

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:  # noqa: ARG002 - xl has no name for it
        """Restore the domain from ``image``."""
        return self.restore(image, paused=paused)

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        """Move the domain to another host; always live (xl takes ``--live`` and ignores it)."""
        if problem := Reach(host, ssh).problem:
            raise UsageError(problem, hint="letters, digits and . - _ : @ only: a shell reads it")
        told = [*(("-C", config) if config else ()), *(("-s", ssh) if ssh else ())]
        return ["xl", "migrate", *told, str(domain.domid), host]

    def set_memory(self, domain: Target, mib: int) -> Argv:
        """Set the balloon target; the ``m`` is explicit because xl's code and manual differ on the default unit."""
        return ["xl", "mem-set", str(domain.domid), f"{mib}m"]

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        """Set the memory ceiling."""
        return ["xl", "mem-max", str(domain.domid), f"{mib}m"]

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        """Set how many vCPUs are online."""
        return ["xl", "vcpu-set", str(domain.domid), str(count)]

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        """Add a disk, told as an xl-disk-configuration(5) string."""
        return ["xl", "block-attach", str(domain.domid), language.format_disk(disk)]

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:
        """Remove a disk by its guest name."""
        return ["xl", "block-detach", *(("-f",) if force else ()), str(domain.domid), vdev]

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        """Put an image file into a CD drive of an HVM guest, in the place of what is in it."""
        return ["xl", "cd-insert", str(domain.domid), vdev, path]

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        """Empty a CD drive of an HVM guest; an empty one stays so."""
        return ["xl", "cd-eject", str(domain.domid), vdev]

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        """Add an interface; each key is its own argument (xl keeps only the first of a comma-joined one)."""
        return ["xl", "network-attach", str(domain.domid), *language.format_vif(vif).split(",")]

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:  # noqa: ARG002 - the number does
        """Remove an interface by number or MAC address."""
        return ["xl", "network-detach", str(domain.domid), device]

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:
        """Attach to a console of the guest; xl heeds ``-n`` only where ``-t`` comes with it (xl_console.c)."""
        told = ["-t", which.kind.value, "-n", str(which.number)] if which is not None else []
        return ["xl", "console", *told, str(domain.domid)]


def check(path: str) -> Argv:
    """Have xl parse a configuration without booting it."""
    return ["xl", "create", "-n", path]


def xentop(seconds: int) -> Argv:
    """Statistics in batch mode with full names, until stopped."""
    return ["xentop", "-b", "-f", "-d", str(seconds)]
