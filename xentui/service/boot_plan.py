"""A boot that is checked and ready, and what stands in the way of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from xentui.errors import NotAllowedError, Suggest
from xentui.frozen import dataclass
from xentui.model.boot import BootKind
from xentui.model.boot_menu import WantedEntry
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service.boot_choice import BootChoice
from xentui.service.legality import Action, require

Watch = Callable[[Domain], Awaitable[None]]
"""Begins to look at the console of a domain that is made and has not run yet; what goes wrong it tells by itself."""


@dataclass(frozen=True, slots=True)
class BootOptions:
    """How a domain is to be booted, whatever its configuration.

    ``paused`` leaves it paused.  ``console`` attaches the terminal that runs the argv, which shows the boot menu.
    ``watched`` builds it paused, and unpauses it when somebody has attached to its console.  ``wanted`` is an entry of
    its boot menu.
    """

    paused: bool = False
    console: bool = False
    watched: bool = False
    wanted: WantedEntry | None = None

    def builds_paused(self, chosen: BootChoice | None) -> bool:
        """Return whether the toolstack builds the domain paused where the boot entry ``chosen`` was found."""
        return self.paused or self.watched or (chosen is not None and not self.console)


USUAL_BOOT = BootOptions()


@dataclass(frozen=True, slots=True)
class BootPlan:
    """A boot that is checked and ready: the argv to run, and what to record when it has worked.

    ``kind`` is what is booted; ``uuid`` is that of a managed domain, "" for a transient one, whose uuid is
    ``guest_uuid``; ``warnings`` are sentences for the user; ``temp_path`` is a file that exists for this boot only;
    ``saved_to`` is the file with the memory that the domain is booted without.  ``chosen`` is the wanted entry of its
    boot menu: such a domain is built paused, and is unpaused, unless it is to stay ``paused``, when a check has shown
    that it was built with that entry.  One that is ``watched`` is unpaused when its console is attached.
    """

    name: str
    argv: tuple[str, ...]
    kind: BootKind
    uuid: str = ""
    version: int = 0
    source: str = ""
    warnings: tuple[str, ...] = ()
    temp_path: str = ""
    saved_to: str = ""
    chosen: BootChoice | None = None
    paused: bool = False
    watched: bool = False
    guest_uuid: str = ""

    @property
    def unpaused_after_check(self) -> bool:
        """Whether it is created paused, checked, and unpaused if the check succeeds."""
        return (self.chosen is not None or self.watched) and not self.paused

    @property
    def run_uuid(self) -> str:
        """The uuid that it will run with; "" where the toolstack makes one up."""
        return self.uuid or self.guest_uuid


def require_no_other(snapshot: Snapshot, domain: Domain) -> None:
    """Raise NotAllowedError where another engine of the host runs a domain of the same name."""
    for other in snapshot.domains:
        if other.by and other.domid is not None and domain.answers_to(other.name):
            raise NotAllowedError(
                f"cannot start: {other.by} runs a domain of that name (domid {other.domid})",
                subject=domain.label,
                hint=f"it may be the same guest, on the same disks: stop it with {other.by}, or rename this one",
            )


def managed_off(snapshot: Snapshot, name: str, uuid: str | None, source: str) -> Domain | None:
    """Return the managed domain a file is an experiment with; None for a new, transient one.

    Raises NotAllowedError where a domain of that name or uuid stands in the way.
    """
    for domain in snapshot.domains:
        same_name, same_uuid = domain.answers_to(name), bool(uuid) and domain.uuid == uuid
        if domain.copy_of and domain.name != name:
            continue  # it is in nobody's way
        if not (same_name or same_uuid) or (domain.state is DomainState.DYING and not domain.name):
            continue
        if domain.domid is not None:
            what = f"a domain named {name}" if same_name else f"the domain with that uuid, {domain.label},"
            raise NotAllowedError(
                f"cannot create: {what} is there already with domid {domain.domid}",
                subject=source,
                hint=(
                    "stop it first (",
                    Suggest("domain.shutdown", "-w", domain.label),
                    "), or change the file's name and uuid",
                ),
            )
        if domain.state is DomainState.SUSPENDED or domain.template:
            require(domain, Action.START)
        if same_uuid and not same_name:
            raise NotAllowedError(
                f"cannot create: the uuid belongs to the managed domain {domain.label}, the name is another",
                subject=source,
                hint="leave the uuid out, or rename the managed domain first",
            )
        if same_name and uuid and domain.uuid != uuid:
            raise NotAllowedError(
                f"cannot create: the name belongs to the managed domain {domain.uuid}, the uuid is another",
                subject=source,
                hint="leave the uuid out to boot the file as that domain, or choose another name",
            )
        return domain
    return None
