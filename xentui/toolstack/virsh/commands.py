"""argv of ``virsh`` (virsh(1); checked against libvirt 9.0.0 and what its Xen driver implements).

Domains are always given by uuid: virsh takes a name of digits for a domid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xentui.errors import ConfigError, NotAllowedError, UsageError
from xentui.model.devices import Access, Disk, Vif
from xentui.toolstack.argv import Argv

if TYPE_CHECKING:
    from xentui.model.consoles import WhichConsole
    from xentui.model.keys import GuestKey
    from xentui.model.trigger import Trigger
    from xentui.toolstack.targets import StoredConfig, Target

VIRSH = ("env", "LC_ALL=C", "virsh", "-q", "-c", "xen:///system")
"""Its words are translated, and would not be known again; a login over SSH may bring any language along."""
LIST = ("list", "--all", "--persistent", "--uuid", "--name")
AUTOSTARTED = ("list", "--all", "--autostart", "--uuid")
SAVED = ("list", "--all", "--with-managed-save", "--uuid")
ACTIVE = ("list", "--uuid")
KNOWN = ("list", "--all", "--uuid")
LANGUAGE = "xen-xl"
"""How libvirt calls the language of xl.cfg(5)."""

CANNOT: Mapping[str, str] = {
    "trigger": "libvirt sends a Xen guest no such events",
    "sysrq": "libvirt sends a Xen guest no sysrq",
    "send-key": "libvirt sends a Xen guest no keys",
    "install": "installs boot by words that libvirt is not told at a start",
    "clone": "clones are stored by xentui's own store, and libvirt keeps these domains",
    "template": "libvirt has no templates, and keeps these domains",
}
"""By the actions of the service.  The driver has none of these calls, which its library asks for no right to."""

_HOST = r"[A-Za-z0-9_][A-Za-z0-9_.:@%-]*"
_VDEV = r"[a-z]+[0-9]*"
_PLAIN_SSH = r"(?:ssh(?: -o(?:BatchMode|ServerAlive[A-Za-z]+)=[a-z0-9]+)*)?"
"""ssh as it leads anywhere: asking nothing, and ending when the line is dead, which libvirt sees to by itself."""


class VirshCommands:
    """What changes a host, as argv; implements :class:`xentui.toolstack.base.Commands`."""

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot what libvirt keeps; raises NotAllowedError for ``words``, which it cannot be told."""
        if words:
            raise NotAllowedError(
                "libvirt boots what it keeps: it cannot be told another boot entry or loader for one start",
                subject=stored.name,
                hint="store it in the configuration",
            )
        return virsh("start", stored.uuid, *_flags(paused=paused, console=console))

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot the XML file at ``path``; raises UsageError for ``words``, which belong into the text before."""
        if words:
            raise UsageError("libvirt takes no configuration lines beside a file", subject=path)
        return virsh("create", path, *_flags(paused=paused, console=console))

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to power off; without a mode libvirt presses the power button of one without PV drivers."""
        return virsh("shutdown", domain.uuid, *(() if acpi_fallback else ("--mode", "paravirt")))

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:  # noqa: ARG002 - Xen has no reset button
        """Ask the guest to reboot."""
        return virsh("reboot", domain.uuid)

    def destroy(self, domain: Target) -> Argv:
        """End the domain at once."""
        return virsh("destroy", domain.uuid)

    def pause(self, domain: Target) -> Argv:
        """Stop the domain's CPUs."""
        return virsh("suspend", domain.uuid)

    def unpause(self, domain: Target) -> Argv:
        """Let the domain's CPUs run again."""
        return virsh("resume", domain.uuid)

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:  # noqa: ARG002
        """Raise NotAllowedError: the driver sends none."""
        raise _cannot("trigger", domain)

    def sysrq(self, domain: Target, letter: str) -> Argv:  # noqa: ARG002
        """Raise NotAllowedError: the driver sends none."""
        raise _cannot("sysrq", domain)

    def send_key(self, domain: Target, key: GuestKey) -> Argv:  # noqa: ARG002
        """Raise NotAllowedError: the driver sends none."""
        raise _cannot("send-key", domain)

    def rename(self, domain: Target, name: str) -> Argv:
        """Raise NotAllowedError: what is off is renamed where it is kept, and what runs not at all."""
        raise NotAllowedError(
            f"cannot rename to {name}: libvirt renames no Xen guest that runs",
            subject=domain.name,
            hint="shut it down first",
        )

    def save(self, domain: Target, path: str) -> Argv:
        """Write memory and configuration of the domain to ``path`` and end it there."""
        return virsh("save", domain.uuid, path)

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        """Continue from a file :meth:`save` wrote."""
        return virsh("restore", path, *(("--paused",) if paused else ()))

    def suspend(self, domain: Target, image: str) -> Argv:  # noqa: ARG002 - libvirt has a place of its own
        """End the domain, its memory kept by libvirt."""
        return virsh("managedsave", domain.uuid)

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:  # noqa: ARG002 - as in suspend
        """Let a domain go on: libvirt starts what it has the memory of from that."""
        return virsh("start", stored.uuid, *_flags(paused=paused))

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        """Move the domain with its definition, and leave it paused there; libvirtd talks to the other host's by itself.

        Raises UsageError for what libvirt cannot be told: its own ssh leads there.
        """
        if config or not re.fullmatch(_PLAIN_SSH, ssh):
            raise UsageError(
                "libvirt migrates by its own ssh, and with what the domain has",
                subject=domain.name,
                hint="what reaches the other host belongs into root's ~/.ssh/config on this one",
            )
        return migration(domain, host)

    def set_memory(self, domain: Target, mib: int) -> Argv:
        """Set the balloon target of the guest that runs; what is kept is defined anew."""
        return virsh("setmem", domain.uuid, f"{mib}MiB", "--live")

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        """Set the memory ceiling of the guest that runs."""
        return virsh("setmaxmem", domain.uuid, f"{mib}MiB", "--live")

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        """Set how many vCPUs of the guest that runs are online."""
        return virsh("setvcpus", domain.uuid, str(count), "--live")

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        """Add a disk to the guest that runs."""
        return virsh("attach-disk", domain.uuid, *disk_words(disk), "--live")

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:  # noqa: ARG002 - it has no such flag
        """Remove a disk by its guest name."""
        return virsh("detach-disk", domain.uuid, _vdev(vdev), "--live")

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        """Put an image file into a CD drive."""
        return virsh("change-media", domain.uuid, _vdev(vdev), _operand(path), "--update", "--live")

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        """Empty a CD drive."""
        return virsh("change-media", domain.uuid, _vdev(vdev), "--eject", "--live")

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        """Add a network interface to the guest that runs."""
        return virsh("attach-interface", domain.uuid, *vif_words(vif), "--live")

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:
        """Remove an interface by its MAC address: libvirt knows none by number."""
        if not mac:
            raise ConfigError(
                "libvirt knows interfaces by their MAC address, and this one has none", source=device
            )
        return virsh("detach-interface", domain.uuid, "bridge", "--mac", mac, "--live")

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:  # noqa: ARG002 - it names one only
        """Attach to the console of the guest; its key to leave is that of xl, Ctrl-]."""
        return virsh("console", domain.uuid)


def virsh(*words: str) -> Argv:
    """Return a command of virsh on the host's own Xen."""
    return [*VIRSH, *words]


def migration(domain: Target, host: str, arrives: str = "") -> Argv:
    """Move a domain with its definition to another host, where it stays paused (libxl_migration.c).

    Without ``--suspend`` it runs there before the source has heard of it: where that answer is lost libvirt 9.0.0 lets
    the source go on too, and both run (seen in the lab).  Without ``--undefinesource`` it would stay defined here.
    Not ``--tunnelled``: a line that breaks then hangs the domain's every request until libvirtd is started anew.
    Raises UsageError for a host no URI may hold.
    """
    data = ("--migrateuri", f"tcp://{_bracketed(arrives)}") if arrives else ()
    moved = ("--live", "--persistent", "--undefinesource", "--p2p", "--suspend")
    return virsh("migrate", *moved, *data, domain.uuid, far_uri(host))


def far_uri(host: str) -> str:
    """Return how libvirt reaches the Xen of another host; raises UsageError for one no URI may hold."""
    if not re.fullmatch(_HOST, host):
        raise UsageError(
            "is not a host name", subject=host, hint="letters, digits and . - _ : @ only: it is part of a URI"
        )
    user, _, name = host.rpartition("@")
    return f"xen+ssh://{user or 'root'}@{_bracketed(name)}/system?no_tty=1"


def _bracketed(address: str) -> str:
    """Return an address as a URI has it: one of IPv6, which has more than one colon, in brackets."""
    return f"[{address}]" if address.count(":") > 1 else address


def disk_words(disk: Disk) -> Argv:
    """Source, target and options of ``attach-disk``; raises ConfigError for what libvirt has no word for."""
    if disk.script or disk.backend or disk.extra:
        raise ConfigError(
            "libvirt's Xen driver knows no block scripts, driver domains and further options of disks",
            source=disk.vdev,
        )
    if disk.backendtype not in ("", "phy", "qdisk"):
        raise ConfigError(f"libvirt's Xen driver has no {disk.backendtype} disks", source=disk.vdev)
    if not disk.target:
        raise ConfigError("a disk without an image cannot be attached while the guest runs", source=disk.vdev)
    block = on_device(disk)
    words = [_operand(disk.target), _vdev(disk.vdev), "--sourcetype", "block" if block else "file"]
    kernel = block or _by_loop(disk)
    words += ["--driver", "phy" if kernel else "qemu", "--subdriver", disk.format or "raw"]
    words += [
        "--targetbus",
        "xen" if disk.vdev.startswith("xvd") else "scsi" if disk.vdev.startswith("sd") else "ide",
    ]
    if disk.cdrom:
        words += ["--type", "cdrom"]
    if disk.cdrom or disk.access is Access.READ:
        return [*words, "--mode", "readonly"]
    return [*words, "--mode", "shareable"] if disk.access is Access.SHARED else words


def _by_loop(disk: Disk) -> bool:
    """Return whether a file is for a loop device of the kernel's: a guest that began without QEMU's disks has no QEMU,
    and libxl waits for one in vain (`unable to add device`, seen with 4.17).
    """
    return disk.backendtype != "qdisk" and disk.format in ("", "raw") and not disk.cdrom and bool(disk.target)


def on_device(disk: Disk) -> bool:
    """Return whether a disk is for the kernel's block backend: a device, where nobody has said otherwise."""
    if disk.backendtype:
        return disk.backendtype == "phy"
    return disk.target.startswith("/dev/") and disk.format in ("", "raw") and not disk.cdrom


def vif_words(vif: Vif) -> Argv:
    """Type, source and options of ``attach-interface``; raises ConfigError for what it has no word for."""
    if vif.backend or vif.extra or vif.rate or vif.ip:
        raise ConfigError(
            "virsh attach-interface has no words for ip, rate, backend and further options of an interface",
            source=vif.mac,
            hint="store it in the configuration: it counts from the next start",
        )
    if not vif.bridge:
        raise ConfigError("libvirt wants the bridge named", source=vif.mac, hint="add bridge=")
    words = ["bridge", _operand(vif.bridge)]
    for option, value in (
        ("--mac", vif.mac),
        ("--model", vif.model),
        ("--script", vif.script),
        ("--target", vif.vifname),
    ):
        if value:
            words += [option, _operand(value)]
    return words


def _flags(*, paused: bool = False, console: bool = False) -> Argv:
    return [*(("--paused",) if paused else ()), *(("--console",) if console else ())]


def _operand(word: str) -> str:
    """Return a word of the user's that virsh must not take for an option."""
    if word.startswith("-"):
        raise ConfigError("virsh would take it for an option", source=word)
    return word


def _vdev(vdev: str) -> str:
    if not re.fullmatch(_VDEV, vdev):
        raise ConfigError("is not the name of a guest's device", source=vdev)
    return vdev


def _cannot(action: str, domain: Target) -> NotAllowedError:
    return NotAllowedError(f"cannot {action}: {CANNOT[action]}", subject=domain.name)
