"""What has happened to domains, in words.  No Textual."""

from __future__ import annotations

import time

from xentui.commands.describe import autostart
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.events import Event, EventKind
from xentui.text import plain


@dataclass(frozen=True, slots=True)
class HostEvent:
    """One thing that happened on the host: when (seconds since the epoch), to which domain, and in words.

    ``uuid`` is where to find it, ``weight`` how much it matters: ``error``, ``warning`` or ``information``; ``own``
    that this session has asked for it; ``printed`` is the line of the guest's console that has it.
    """

    at: float
    name: str
    uuid: str
    text: str
    weight: str = "information"
    own: bool = False
    printed: str = ""


_DAY = 86400
_AWAY, _COMING = "--migratedaway", "--incoming"
"""How xl calls a domain on the host it leaves, and on the one it comes to (4.17)."""
_STATED = {
    DomainState.CRASHED: "has crashed",
    DomainState.SHUTDOWN: "has shut down, and is kept",
    DomainState.SUSPENDED: "was suspended",
}
_LET_GO = (DomainState.CRASHED, DomainState.SHUTDOWN, DomainState.DYING)


def row(event: HostEvent, now: float, name: str = "") -> str:
    """Return an event as a line: when, to which domain (``name`` is what the list calls it), and what."""
    form = "%H:%M:%S" if now - event.at < _DAY else "%m-%d %H:%M:%S"
    clock = time.strftime(form, time.localtime(event.at))
    mark = "  (asked for here)" if event.own and not event.printed else ""
    printed = f": {event.printed}" if event.printed else ""
    return f"{clock}  {plain(name or event.name, 40):<20}  {plain(event.text, 300)}{printed}{mark}"


def event_text(event: Event) -> str:
    """Return what happened to a domain, told of it in a sentence; "" for what is not worth one."""
    before, after = event.before, event.after
    text = ""
    match event.kind:
        case EventKind.STATE if before is not None and after is not None:
            text = _stated(before, after)
        case EventKind.VANISHED if before is not None:
            text = "was deleted" if before.domid is None else "has ended, and its configuration is gone"
            text = "has migrated away" if before.name.endswith(_AWAY) else text
        case EventKind.APPEARED if after is not None:
            text = "was stored" if after.domid is None else "was started"
            text = "is coming from another host" if after.name.endswith(_COMING) else text
        case EventKind.REBOOTED:
            text = "has rebooted"
        case EventKind.RENAMED if before is not None and after is not None:
            text = _renamed(before, after)
        case EventKind.CHANGED if before is not None and after is not None:
            text = changed(before, after)
    return text


def _renamed(before: Domain, after: Domain) -> str:
    if after.name.endswith(_AWAY):
        return "is leaving for another host"
    came = before.name == f"{after.name}{_COMING}"
    return "has come from another host" if came else f"was called {before.label} before"


def _stated(before: Domain, after: Domain) -> str:
    if _installer_ended(after):
        return "has reached the end of its installer"
    text = _STATED.get(after.state, "")
    if after.state is DomainState.PAUSED:
        text = "is booting" if after.booting else "was paused"
    elif after.state is DomainState.OFF:
        text = "has ended, and is off" if before.state in _LET_GO else "has stopped"
        text = "has lost its saved memory" if before.state is DomainState.SUSPENDED else text
    elif after.state.alive and not before.booting:
        text = "was started" if before.domid is None else "runs on"
    return text


def _installer_ended(domain: Domain) -> bool:
    """Return whether it is kept only for what sees it through its install, which boots what is stored next."""
    return domain.state is DomainState.SHUTDOWN and domain.installing


def weight(event: Event) -> str:
    """Return how much it matters: an ``error``, a ``warning``, or for ``information``."""
    before, after = event.before, event.after
    if after is not None and after.state is DomainState.CRASHED and event.kind is EventKind.STATE:
        return "error"
    if after is not None and event.kind is EventKind.STATE and _installer_ended(after):
        return "information"
    ran = before is not None and before.state.alive
    ended = ran and (after is None or after.state in (DomainState.OFF, DomainState.SHUTDOWN))
    damaged = after is not None and bool(after.damaged) and event.kind is EventKind.CHANGED
    return "warning" if ended or damaged or event.kind is EventKind.REBOOTED else "information"


def describe(event: Event) -> str:
    """Return an event in words, "" for one that is not worth any."""
    before, after = event.before, event.after
    match event.kind:
        case EventKind.APPEARED if after is not None:
            return "stored" if after.domid is None else f"started with domid {after.domid}"
        case EventKind.REBOOTED if after is not None:
            return f"rebooted: domid {after.domid} now"
        case EventKind.RENAMED if before is not None:
            return f"renamed from {before.label}"
        case EventKind.STATE if before is not None and after is not None:
            return f"{before.state} → {after.state}"
        case EventKind.CHANGED if before is not None and after is not None:
            return changed(before, after)
    return ""


def changed(before: Domain, after: Domain) -> str:
    """Return what is another about a domain, in words."""
    parts = []
    if before.version != after.version and after.version is not None:
        parts.append(f"stored as version {after.version}")
    if before.memory_mib != after.memory_mib:
        parts.append(f"memory {before.memory_mib} → {after.memory_mib} MiB")
    if before.vcpus != after.vcpus:
        parts.append(f"vCPUs {before.vcpus} → {after.vcpus}")
    if (before.autostart, before.autostart_order) != (after.autostart, after.autostart_order):
        parts.append(f"autostart {autostart(after)}")
    if (
        before.running is not None
        and after.running is not None
        and before.running.disks != after.running.disks
    ):
        parts.append(f"disks: {', '.join(disk.vdev for disk in after.running.disks) or 'none'}")
    if not before.damaged and after.damaged:
        parts.append(f"store entry damaged: {after.damaged}")
    return ", ".join(parts)
