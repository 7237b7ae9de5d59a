"""What is told of a domain besides its state: a job, a move, an install, a memory image that is left."""

from __future__ import annotations

from xentui.errors import Hint
from xentui.model.domain import Domain
from xentui.model.job import HostJob
from xentui.model.listed import ListedDomain
from xentui.model.migration import AWAY, INCOMING, half
from xentui.model.state import DomainState
from xentui.service import crash_copies
from xentui.service.mend_command import mend_command
from xentui.store import StoredDomain
from xentui.text import plain

GOES_ON, TITLE = "goes_on", 200
"""In the mark of a boot: the title of the entry ("" for none, at most so long) of a domain made paused, to run then."""
_MADE = "it was made to boot{entry} and has not run yet: if nobody is starting it, unpause runs it, destroy ends it"
_SAVED = "saved to {path}: resume goes on from there, start boots it afresh"


def memory_image(entry: StoredDomain | None) -> str:
    """Return the file that holds a domain's saved memory: whole, taken by a resume, or being written."""
    if entry is None:
        return ""
    if entry.suspended:
        return "checkpoint.chk"
    if entry.resuming:
        return "checkpoint.resuming"
    return "checkpoint.part" if entry.saving else ""


def notice_of(
    row: ListedDomain | None,
    entry: StoredDomain | None,
    copy: crash_copies.CopyNote | None,
    job: HostJob | None,
) -> str:
    """Return what there is to know of a domain besides its state, in a sentence; "" for nothing.

    ``copy`` is what it was kept as, ``job`` what goes on with it.
    """
    if copy is not None:
        return copy.sentence
    if job is not None:
        return job.sentence
    if moves := _move(row, entry):
        return moves
    if entry is not None and entry.install is not None:
        return entry.install.sentence
    image = memory_image(entry)
    if row is not None:
        return _beside(row, image) or _made_to_run(row, entry)
    return _left(image) or (_SAVED.format(path=plain(entry.saved)) if entry and entry.saved else "")


def hint_of(domain: Domain) -> Hint:
    """Return what to do about a domain that is, or may be, half of a migration; "" for any other.

    Nothing is to be done while a job of the host deals with it, or while it runs.
    """
    runs = domain.state.alive and domain.state is not DomainState.PAUSED
    if not (domain.half or domain.maybe_half) or domain.job is not None or domain.copy_of or runs:
        return ""
    to = domain.moving.to if domain.moving is not None else ""
    return mend_command(domain.label, to), " looks at both hosts"


def _move(row: ListedDomain | None, entry: StoredDomain | None) -> str:
    """Return what there is to know of a domain that moves to another host, or has come from one; "" for any other."""
    if row is not None and row.domid and half(row.name):
        return _half(row, entry)
    return entry.moving.sentence if entry is not None and entry.moving is not None else ""


MAYBE_HALF = "it has never run here: it was started paused, or came from another host"
_HALVES = {
    INCOMING: "a half of a migration: it came from another host and was never let run",
    AWAY: "a half of a migration: its guest was stopped here, to run on another host",
}


def has_never_run(row: ListedDomain) -> bool:
    """Return whether a guest that is built is paused and has had no CPU time."""
    return bool(row.domid and row.vcpus) and row.state is DomainState.PAUSED and not row.cpu_seconds


def _half(row: ListedDomain, entry: StoredDomain | None) -> str:
    """Return what there is to know of a domain that bears the name of half a migration."""
    where = entry.moving.to if entry is not None and entry.moving is not None else ""
    if row.state.alive and row.state is not DomainState.PAUSED:
        return f"it runs under the name of half a migration{f' to {where}' if where else ''}"
    return f"{_HALVES[half(row.name)]}{f' ({where})' if where else ''}"


def _made_to_run(row: ListedDomain, entry: StoredDomain | None) -> str:
    """Return what there is to know of a domain whose start was cut off before its first instruction."""
    mark = entry.running if entry is not None else None
    if mark is None or not isinstance(title := mark.get(GOES_ON), str) or not has_never_run(row):
        return ""
    domid, above = mark.get("domid"), mark.get("above")
    if row.domid != domid and not (type(above) is int and row.domid > above):
        return ""
    return _MADE.format(entry=f" “{plain(title, TITLE)}”" if title else "")


def _left(image: str) -> str:
    """Return what is left of a domain that is not there."""
    if image == "checkpoint.resuming":
        return "a resume was interrupted; whether it ran since is not known. Its memory image is kept until destroyed"
    if image == "checkpoint.part":
        return "a suspend was interrupted; the memory image it wrote is kept until destroyed"
    return ""


def _beside(row: ListedDomain, image: str) -> str:
    """Return what there is to know of a domain that is there, and of its memory image."""
    if row.by:
        return f"{row.by} has started it: it is shown, and not touched"
    if row.asleep:
        return "its guest was stopped for a save that did not complete: unpause continues it"
    if image not in ("checkpoint.chk", "checkpoint.resuming"):
        return ""
    if image == "checkpoint.chk" and row.state is DomainState.PAUSED and not row.cpu_seconds:
        return "it was built from its saved memory image and has not run: destroy it, and resume it from the image"
    return "it runs although a saved memory image of it exists; that image is out of date"
