"""The interface between the service and a toolstack: the engine that creates and destroys the domains of a host.

A :class:`Toolstack` belongs to one host.  It reads the host itself (the methods that are awaited), and returns changes
as argv lists, which the service runs: so read-only sessions, dry runs and the audit log are implemented in one place.
Only a toolstack knows the engine's options, output and exit codes.

Every read raises HostError where the host does not answer, and CommandError where the engine fails or its output
cannot be parsed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from xentui.errors import XentuiError
from xentui.hosts.base import Completed, Stream
from xentui.model.answers import ConsoleTrouble, HostVerdict, LoadSample, RefusedDevices, SavedImage
from xentui.model.devices import Disk, Vif
from xentui.model.domain import HostInfo
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.trigger import Trigger
from xentui.toolstack.argv import Argv
from xentui.toolstack.engine_domains import EngineDomains
from xentui.toolstack.targets import DrainCommands, EngineMove, JobCommands, StoredConfig, Target

if TYPE_CHECKING:
    from xentui.model.consoles import GuestConsole, WhichConsole
    from xentui.model.keys import GuestKey


class Commands(Protocol):
    """The commands that change a host, as argv lists; no method runs anything."""

    # Boots

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot a managed domain; ``words`` are configuration lines that override the stored ones.

        ``paused`` leaves it paused.  With ``console`` the argv is for a terminal: it shows boot menu and console.
        """

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot the configuration file at ``path`` of the host; the other arguments are as of :meth:`start`."""

    # Life

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to power off; ``acpi_fallback`` presses the ACPI power button of a guest without PV drivers."""

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to reboot; ``acpi_fallback`` as of :meth:`shutdown`."""

    def destroy(self, domain: Target) -> Argv:
        """Destroy the domain at once, without asking its guest."""

    def pause(self, domain: Target) -> Argv:
        """Stop the domain's vCPUs; its memory stays."""

    def unpause(self, domain: Target) -> Argv:
        """Let the vCPUs of a paused domain run again."""

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:
        """Send an event to the guest; ``vcpu`` is the vCPU that gets it, None for the engine's usual one."""

    def sysrq(self, domain: Target, letter: str) -> Argv:
        """Send the magic SysRq key with a letter to a Linux guest."""

    def send_key(self, domain: Target, key: GuestKey) -> Argv:
        """Press keys on the emulated keyboard of an HVM guest, or send a break on its first serial port."""

    def rename(self, domain: Target, name: str) -> Argv:
        """Give a running domain another name."""

    def save(self, domain: Target, path: str) -> Argv:
        """Write memory and configuration of the domain to the file ``path`` of the host, then destroy the domain."""

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        """Restore a domain from a file that :meth:`save` wrote; ``paused`` leaves it paused."""

    def suspend(self, domain: Target, image: str) -> Argv:
        """Suspend a managed domain: its memory goes to the file ``image``, or to the engine's own place for it."""

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:
        """Resume a managed domain from what :meth:`suspend` has written; ``paused`` leaves it paused."""

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        """Migrate the running domain to ``host``.

        ``config`` is a file of this host with the configuration it gets there ("": its own), ``ssh`` the command that
        connects to the host ("": the engine's usual one).  Raises UsageError for a host name that no shell may get.
        """

    # What it has

    def set_memory(self, domain: Target, mib: int) -> Argv:
        """Set the balloon target, in MiB."""

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        """Set the maximum memory, in MiB."""

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        """Set how many vCPUs are online."""

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        """Attach a disk; raises ConfigError where the engine has no syntax for it."""

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:
        """Detach a disk by its guest device (``xvdb``); ``force`` does not wait for the guest to release it."""

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        """Insert an image file into a CD drive, in place of what is in it."""

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        """Eject the medium of a CD drive; an empty drive stays empty."""

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        """Attach a network interface; raises ConfigError where the engine has no syntax for it."""

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:
        """Detach an interface by its number, or by its MAC address where the engine uses that."""

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:
        """Attach a terminal to a console of the guest; None is the engine's primary one."""


class Toolstack(Commands, Protocol):
    """The engine of one host."""

    @property
    def name(self) -> str:
        """The name of the engine in sentences: ``xl``."""

    @property
    def long_list(self) -> str:
        """The name in sentences of the command that :meth:`details` runs: ``xl list -l``."""

    @property
    def cannot(self) -> Mapping[str, str]:
        """Why the engine cannot do an action, as the rest of a sentence, by :class:`xentui.service.legality.Action`."""

    @property
    def halves_are_plain(self) -> bool:
        """Whether a guest that arrives by migration has its own name, and is paused, until it is allowed to run.

        xl gives it the name ``NAME--incoming`` meanwhile.
        """

    @property
    def engine_domains(self) -> EngineDomains | None:
        """The managed domains, where the engine itself stores them; None where xentui's store has them."""

    @property
    def jobs(self) -> JobCommands | None:
        """The commands that xentui's own jobs on the host run to save and resume.

        Its ``list`` must accept a domid as a further argument and print the row of that domain only: a job checks in
        this way whose domid it is, because in the list of all domains a name can contain line feeds and imitate rows.

        None where the engine itself completes a save, even if the client is gone, and never resumes a guest twice from
        one image: its commands (:meth:`suspend`, :meth:`save` …) are run, and waited for, instead.
        """

    @property
    def draining(self) -> DrainCommands | None:
        """The commands of a job that drains the host; None where xentui cannot drain hosts of this engine."""

    def moving(self, domain: Target, host: str, *, arrives: str = "") -> EngineMove | None:
        """Return the commands of a job in which the engine itself migrates a guest to ``host``.

        ``arrives`` is the IP address on which the target receives the memory ("": the engine chooses one).  None where
        the command of :meth:`migrate` does it, as with xl.  Raises UsageError for a host name that no URI may contain.
        """

    # Looking

    async def domains(self) -> tuple[ListedDomain, ...]:
        """Return the domains that the hypervisor has, Domain-0 included."""

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        """Return what takes long to read of each domain (configuration, devices), by domid.

        ``timeout`` is in seconds.  An entry without a domid is left out.  Raises CommandError where it cannot be read;
        what :meth:`domains` returns is still valid then.
        """

    def forget(self) -> None:
        """Drop all cached answers, one of which may have caused an error."""

    async def host_info(self) -> HostInfo:
        """Return memory, CPUs and version of the host."""

    async def host_report(self) -> str:
        """Return the engine's own report on the host (``xl info``), unchanged."""

    async def messages(self) -> str:
        """Return the hypervisor's log (``xl dmesg``)."""

    async def uptimes(self) -> Mapping[int, int]:
        """Return seconds since each domain was booted, by domid."""

    async def cpu_pools(self) -> tuple[str, ...]:
        """Return the names of the host's CPU pools."""

    async def watch(self) -> Stream:
        """Return a stream with a line for each domain that comes or goes; raises HostError where there is none."""

    def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        """Yield the resources used so far by each domain, by name, every ``seconds``, until the engine's tool ends."""

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:
        """Return the consoles that a terminal can attach to; None where they are not known."""

    async def console_owner(self, domain: Target) -> str:
        """Return who is attached to the console of a domain, as text for the user; "" where that is not known."""

    async def check(self, path: str) -> HostVerdict:
        """Return the engine's own check of the configuration file at ``path`` of the host, which is not booted."""

    async def saved_image(self, path: str) -> SavedImage | None:
        """Return the head of the memory image at ``path`` (a path of the agent); None where the file is none.

        Raises StoreError where there is no such file.
        """

    async def boot_text(self, text: str) -> str | None:
        """Return the engine's own form of the configuration ``text``, for :meth:`create`; None where it reads the text.

        Raises ConfigError and CommandError where the text cannot be converted.
        """

    async def command_line(self, domain: Target) -> str | None:
        """Return the kernel command line that a domain was built with; None where the host does not record it."""

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        """Return the configured devices of a domain that the host never connected; none where it does not record it."""

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        """Return whether a CD drive has been empty since the start: no medium can be inserted while the guest runs."""

    # What a command has done

    def failed(self, done: Completed) -> bool:
        """Return whether a command has failed, which its exit status alone does not always show."""

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        """Return why a console client ended, from the last ``words`` it printed; None where they name no reason."""

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        """Return the error for a command that failed.

        It is a HostError where the host is the cause (no engine, no permission), else a CommandError with argv, exit
        code, the engine's own output, and a sentence where that output is known.
        """
