"""Ganeti's commands as argv; nothing here runs anything.

What changes an instance waits for Ganeti's job, unless it only ``submits`` it; ``-f`` keeps it from asking by itself.
"""
# ruff: noqa: ARG002 - a method takes what it takes in the protocol

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from xentui.errors import NotAllowedError, UsageError

if TYPE_CHECKING:
    from xentui.model.consoles import WhichConsole
    from xentui.model.devices import Disk, Vif
    from xentui.model.keys import GuestKey
    from xentui.model.trigger import Trigger
    from xentui.toolstack.argv import Argv
    from xentui.toolstack.targets import StoredConfig, Target

SEPARATOR = "|"
FIELDS = (
    *("name", "uuid", "pnode", "snodes", "status", "oper_ram", "oper_vcpus", "be/maxmem", "be/vcpus"),
    *("hypervisor", "hv/kernel_path", "hv/bootloader_path", "os", "disk_template"),
    *("nic.macs", "nic.bridges", "tags"),
)
NODE_FIELDS = ("name", "role", "mtotal", "mfree", "ctotal", "pinst_cnt", "offline")
JOB_FIELDS = ("id", "status", "summary")
SHUTDOWN_TIMEOUT = 120
"""Seconds Ganeti gives a guest to shut down before it ends it (constants.DEFAULT_SHUTDOWN_TIMEOUT)."""
READ_ONLY = "Ganeti keeps it (`xentui ganeti` hands it starting, stopping and moving)"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}\Z")
"""Names of instances and nodes are host names (netutils.Hostname)."""


def _table(command: str, fields: Sequence[str], *units: str) -> Argv:
    return [command, "list", "--no-headers", *units, f"--separator={SEPARATOR}", "-o", ",".join(fields)]


INSTANCES = _table("gnt-instance", FIELDS, "--units=m")
NODES = _table("gnt-node", NODE_FIELDS, "--units=m")
JOBS = _table("gnt-job", JOB_FIELDS)
CLUSTER = ["gnt-cluster", "info"]
VERSION = ["gnt-cluster", "version"]


def start(name: str) -> Argv:
    """Start an instance on its primary node."""
    return ["gnt-instance", "start", checked(name)]


def stop(name: str, seconds: int = SHUTDOWN_TIMEOUT) -> Argv:
    """Shut an instance down; what has not ended after ``seconds`` is ended, with 0 at once."""
    return ["gnt-instance", "shutdown", f"--timeout={seconds}", checked(name)]


def migrate(name: str, node: str = "") -> Argv:
    """Move an instance while it runs: to its secondary node, to ``node``, or where Ganeti finds a place."""
    return ["gnt-instance", "migrate", "-f", *_to(node), checked(name)]


def failover(name: str, node: str = "") -> Argv:
    """Shut an instance down and start it on another node."""
    return ["gnt-instance", "failover", "-f", *_to(node), checked(name)]


def info(name: str) -> Argv:
    """Return all Ganeti says of an instance."""
    return ["gnt-instance", "info", checked(name)]


def console_command(name: str) -> Argv:
    """Have Ganeti say how a terminal is attached to an instance's console."""
    return ["gnt-instance", "console", "--show-cmd", checked(name)]


def job_info(number: int) -> Argv:
    """Return all Ganeti says of a job."""
    return ["gnt-job", "info", str(number)]


def job_watch(number: int) -> Argv:
    """Follow what a job says, to its end."""
    return ["gnt-job", "watch", str(number)]


def checked(name: str) -> str:
    """Return a name of an instance or node; raises UsageError for what cannot be one, an option among it."""
    if not _NAME.match(name):
        raise UsageError("is not the name of an instance or node", subject=name)
    return name


def _to(node: str) -> Argv:
    return ["-n", checked(node)] if node else []


def _refuse(subject: str = "") -> NoReturn:
    raise NotAllowedError(f"cannot do that: {READ_ONLY}", subject=subject)


class GanetiCommands:
    """The commands of :class:`xentui.toolstack.base.Commands`: but for the console none is xentui's to run here."""

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Refused, as all that changes something is."""
        _refuse(stored.name)

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Refused."""
        _refuse(path)

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def destroy(self, domain: Target) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def pause(self, domain: Target) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def unpause(self, domain: Target) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def sysrq(self, domain: Target, letter: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def send_key(self, domain: Target, key: GuestKey) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def rename(self, domain: Target, name: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def save(self, domain: Target, path: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        """Refused."""
        _refuse(path)

    def suspend(self, domain: Target, image: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:
        """Refused."""
        _refuse(stored.name)

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        """Refused: Ganeti knows where it can go."""
        _refuse(domain.name)

    def set_memory(self, domain: Target, mib: int) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        """Refused."""
        _refuse(domain.name)

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:
        """Refused."""
        _refuse(domain.name)

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:
        """Ganeti's own way to it: from the master to the node the instance runs on."""
        return ["gnt-instance", "console", checked(domain.name)]
