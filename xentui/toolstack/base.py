"""What the service asks of a toolstack: the engine that makes and ends the domains of a host.

A :class:`Toolstack` belongs to one host.  It looks at it by itself (the methods that are awaited), and says in argv
what changes it: those the service runs, so that read-only sessions, dry runs and the audit log have one place.  It
holds all that is known of the engine's words, output and exit codes.

Every look raises HostError where the host does not answer, and CommandError where the engine fails or what it says
makes no sense.
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
    """What changes a host, as argv lists; nothing here runs anything."""

    # Boots

    def start(
        self, stored: StoredConfig, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot a managed domain; ``words`` are configuration lines over those that are stored.

        With ``console`` the argv is for a terminal: it shows the boot menu and the console, as in :meth:`create`.
        """

    def create(
        self, path: str, *, paused: bool = False, console: bool = False, words: Sequence[str] = ()
    ) -> Argv:
        """Boot the configuration file at ``path`` of the host; ``words`` are further configuration lines."""

    # Life

    def shutdown(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to power off; ``acpi_fallback`` presses the power button of one without PV drivers."""

    def reboot(self, domain: Target, *, acpi_fallback: bool = False) -> Argv:
        """Ask the guest to reboot."""

    def destroy(self, domain: Target) -> Argv:
        """End the domain at once."""

    def pause(self, domain: Target) -> Argv:
        """Stop the domain's CPUs."""

    def unpause(self, domain: Target) -> Argv:
        """Let the domain's CPUs run again."""

    def trigger(self, domain: Target, event: Trigger, *, vcpu: int | None = None) -> Argv:
        """Send an event to the guest, to one of its CPUs where that matters."""

    def sysrq(self, domain: Target, letter: str) -> Argv:
        """Have a Linux guest act as on its magic SysRq key and a letter."""

    def send_key(self, domain: Target, key: GuestKey) -> Argv:
        """Press keys on the keyboard that an HVM guest is given, or break its first serial line."""

    def rename(self, domain: Target, name: str) -> Argv:
        """Give a running domain another name."""

    def save(self, domain: Target, path: str) -> Argv:
        """Write memory and configuration of the domain to ``path`` and end it there."""

    def restore(self, path: str, *, paused: bool = False) -> Argv:
        """Continue from a file :meth:`save` wrote."""

    def suspend(self, domain: Target, image: str) -> Argv:
        """End a managed domain, its memory kept for :meth:`resume`: in ``image``, or where the engine has such."""

    def resume(self, stored: StoredConfig, image: str, *, paused: bool = False) -> Argv:
        """Let a suspended domain go on."""

    def migrate(self, domain: Target, host: str, *, config: str = "", ssh: str = "") -> Argv:
        """Move the domain to another host while it runs.

        ``config`` is a file of this host with what it shall have there, ``ssh`` the command that reaches the host.
        Raises UsageError for a host no shell may be given.
        """

    # What it has

    def set_memory(self, domain: Target, mib: int) -> Argv:
        """Set the balloon target."""

    def set_max_memory(self, domain: Target, mib: int) -> Argv:
        """Set the memory ceiling."""

    def set_vcpus(self, domain: Target, count: int) -> Argv:
        """Set how many vCPUs are online."""

    def attach_disk(self, domain: Target, disk: Disk) -> Argv:
        """Add a disk; raises ConfigError where it cannot be said to the engine."""

    def detach_disk(self, domain: Target, vdev: str, *, force: bool = False) -> Argv:
        """Remove a disk by its guest name."""

    def insert_medium(self, domain: Target, vdev: str, path: str) -> Argv:
        """Put an image file into a CD drive, in the place of what is in it."""

    def eject_medium(self, domain: Target, vdev: str) -> Argv:
        """Empty a CD drive; an empty one stays so."""

    def attach_interface(self, domain: Target, vif: Vif) -> Argv:
        """Add a network interface; raises ConfigError where it cannot be said to the engine."""

    def detach_interface(self, domain: Target, device: str, *, mac: str = "") -> Argv:
        """Remove an interface by its number, or by its address where the engine goes by that."""

    def console(self, domain: Target, which: WhichConsole | None = None) -> Argv:
        """Attach a terminal to a console of the guest, by default to the one the engine takes for its first."""


class Toolstack(Commands, Protocol):
    """The engine of one host."""

    @property
    def name(self) -> str:
        """How sentences call it: ``xl``."""

    @property
    def long_list(self) -> str:
        """How sentences call the command that :meth:`details` runs."""

    @property
    def cannot(self) -> Mapping[str, str]:
        """What it cannot do, by the words of :class:`xentui.service.legality.Action`, and why, as half a sentence."""

    @property
    def halves_are_plain(self) -> bool:
        """Whether a guest that arrives from another host bears its own name, and is paused, until it is let run."""

    @property
    def engine_domains(self) -> EngineDomains | None:
        """The managed domains the engine keeps itself; None where they are in xentui's store."""

    @property
    def jobs(self) -> JobCommands | None:
        """What xentui's own jobs on the host run to save and resume.

        Its ``list`` must take a domid behind it, and print the row of that domain alone: a job asks so whose domid it
        is, since in the list of all a name can hold line feeds and show rows that are none.

        None where the engine sees to it by itself that a save comes to its end whoever asked for it, and that a guest
        never goes on twice from one image: its commands (:meth:`suspend`, :meth:`save` …) are run and waited for then.
        """

    @property
    def draining(self) -> DrainCommands | None:
        """What a job runs that empties the host; None where xentui empties no host of this engine."""

    def moving(self, domain: Target, host: str, *, arrives: str = "") -> EngineMove | None:
        """Return what a job runs where the engine itself moves a guest to ``host`` (:meth:`migrate` says by which
        address).

        ``arrives`` is the IP address on which the other host takes the memory ("": the engine finds one).  None where
        the command of :meth:`migrate` moves the guest, as xl's does.  Raises UsageError for a host no URI may hold.
        """

    # Looking

    async def domains(self) -> tuple[ListedDomain, ...]:
        """Return the domains there are, Domain-0 included."""

    async def details(self, *, timeout: float) -> Mapping[int, RunningDetails]:
        """Return what takes longer to learn of each domain, by domid; those that do not say whose they are are left
        out.

        CommandError where it cannot be read: what is known of the domains else still holds.
        """

    def forget(self) -> None:
        """Read everything anew next time: what was kept may be what could not be dealt with."""

    async def host_info(self) -> HostInfo:
        """Memory, CPUs and version of the host."""

    async def host_report(self) -> str:
        """Return all the engine says of the host, as it says it."""

    async def messages(self) -> str:
        """Return the hypervisor's own log."""

    async def uptimes(self) -> Mapping[int, int]:
        """Return seconds since each domain was booted, by domid."""

    async def cpu_pools(self) -> tuple[str, ...]:
        """Return the names of the host's CPU pools."""

    async def watch(self) -> Stream:
        """Follow the host: a line for each time a domain came or went.  HostError where it cannot be followed."""

    def samples(self, seconds: int) -> AsyncGenerator[Mapping[str, LoadSample], None]:
        """Return what each domain has used by now, by name, every ``seconds``; ends when the engine's own tool does."""

    async def consoles(self, domain: Target) -> tuple[GuestConsole, ...] | None:
        """Return the consoles a terminal can be attached to; None where that cannot be told."""

    async def console_owner(self, domain: Target) -> str:
        """Return who has the console of a domain, as words for the user; "" where that cannot be told."""

    async def check(self, path: str) -> HostVerdict:
        """Return what the engine says of the configuration file at ``path``, without booting it."""

    async def saved_image(self, path: str) -> SavedImage | None:
        """Return what is in the file at ``path`` (as the agent calls it); None where it is not a memory image.

        Raises StoreError where there is no such file.
        """

    async def boot_text(self, text: str) -> str | None:
        """Return what :meth:`create` reads from a file to boot ``text``; None where that is the text itself.

        Raises ConfigError and CommandError where the engine cannot be told it.
        """

    async def command_line(self, domain: Target) -> str | None:
        """Return the command line a domain was built with, by whatever boot loader; None where the host does not
        tell.
        """

    async def refused_devices(self, domain: Target) -> RefusedDevices:
        """Return the devices a domain is said to have and that the host never connected; none where it does not
        tell.
        """

    async def drive_is_unopened(self, domain: Target, vdev: str) -> bool:
        """Return whether a CD drive has been empty since the start, so that nothing may be put into it while it
        runs.
        """

    # What a command has done

    def failed(self, done: Completed) -> bool:
        """Return whether a command that ended has failed; not every failure shows in its exit status."""

    def console_trouble(self, words: Sequence[str]) -> ConsoleTrouble | None:
        """Return what the last ``words`` of a console that ended say of it; None where they say nothing of the kind."""

    def explain(self, done: Completed, subject: str = "") -> XentuiError:
        """Return the error for a command that failed.

        HostError where the fault is the host's (no engine there, no right to use it), else CommandError with argv,
        exit code, the tool's own words, and a sentence where the words are known.
        """
