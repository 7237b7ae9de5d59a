"""Whether the disks of a domain exist and are not in use by another one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import ConfigError, StoreError, Suggest
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.model.devices import Access, Disk
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import host_disks
from xentui.service.disk_claims import Claim, Holders, claims_of
from xentui.service.session import Session
from xentui.text import first_few

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import DiskFacts, PathFacts

_BACKENDS_ELSEWHERE = ("iscsi", "nbd", "enbd", "drbd", "rbd")
_LOOK_AT_ONCE = 1_000
_NAMED = 3
"""So many domains a warning names."""
_SHARING = (
    "{disk} is shared with {domain}, and both write to it (w!): only a cluster file system survives that"
)
_TWO_WRITERS = (
    "two domains that write to one disk destroy its file system: stop the other one, "
    "detach the disk there, or make it read-only in both"
)
_FORMATS = ("qcow", "qcow2", "vhd", "qed")
"""The formats of images that xl has a word for."""
_MISSING = {
    "disk": "create it, or correct the path in `disk`",
    "kernel": "create it, or correct the path in `kernel/ramdisk`",
    "medium": "name an image file of the host",
}


async def check_disks(
    session: Session,
    disks: Sequence[Disk],
    others: Sequence[Domain],
    *,
    source: str,
    advice: str = _TWO_WRITERS,
) -> tuple[str, ...]:
    """Raise ConfigError if one of ``disks`` does not exist, or is in use by one of the ``others``.

    A running domain uses its disks, a suspended one those that it will be resumed with, a template those that are
    copied from it.  Two paths are one disk if they are on the same bytes (:mod:`xentui.agent.storage.disks`).
    ``advice`` is the hint for a disk that another domain writes to.  Returns warnings as sentences.
    """
    own = [disk for disk in disks if is_here(disk)]
    if not own:
        return ()
    held = [
        (domain, disk)
        for domain in others
        for disk in (*disks_in_use(domain), *_copied_of(domain), *await _asleep(session, domain))
        if is_here(disk)
    ]
    found, uses = await asyncio.gather(
        look_at(session.host, [*own, *(disk for _, disk in held)]), session.host.call(operations.host_disks)
    )
    require_present([path_of(disk) for disk in own], found, source, "disk")
    holders: Holders[tuple[Domain, Disk]] = Holders()
    for domain, other in held:
        holders.add((domain, other), claims_of(path_of(other), found[path_of(other)]))
    shared: dict[str, None] = {}
    for disk in own:
        for claim, theirs, (domain, other) in holders.meeting(claims_of(path_of(disk), found[path_of(disk)])):
            if not _writes(disk, claim) and not _writes(other, theirs):
                continue
            if Access.SHARED not in (disk.access, other.access) or disk.access is not other.access:
                raise _in_use(disk, domain, other, source, advice, base=claim.base or theirs.base)
            shared[f"{source}: {_SHARING.format(disk=path_of(disk), domain=domain.label)}"] = None
    for disk in own:
        access = Access.READ if disk.cdrom else disk.access
        claims = claims_of(path_of(disk), found[path_of(disk)])
        shared.update(dict.fromkeys(host_disks.check(path_of(disk), access, claims, uses, source)))
    return (*_contents(own, found, source), *shared, *_doubts(own, others, source))


def others_of(snapshot: Snapshot, *uuids: str) -> list[Domain]:
    """Return the domains with which a domain could share a disk: all except itself, but with Domain-0."""
    return [domain for domain in snapshot.domains if domain.uuid not in uuids]


async def look_at(host: Host, disks: Sequence[Disk]) -> Mapping[str, DiskFacts]:
    """Return the agent's facts on the disks' paths, by the path as the user writes it, and what these paths are on."""
    places = {path_of(disk): host.host_path(path_of(disk)) for disk in disks}
    chained = {places[path_of(disk)] for disk in disks if disk.format == "qcow2"}
    wanted = sorted(set(places.values()))
    found: dict[str, DiskFacts] = {}
    for start in range(0, len(wanted), _LOOK_AT_ONCE):
        part = wanted[start : start + _LOOK_AT_ONCE]
        among = [place for place in part if place in chained]
        told = await host.call(operations.look_at_disks, paths=part, chained=among)
        found.update(told)
    return {path: found[place] for path, place in places.items()}


def require_present(paths: Sequence[str], found: Mapping[str, PathFacts], source: str, what: str) -> None:
    """Raise ConfigError for a path that does not exist or is a folder; ``what`` is its role: disk, kernel, medium."""
    for path in paths:
        kind = found[path]["kind"]
        if kind == "missing":
            raise ConfigError(
                f"the {what} {path} does not exist on the host",
                source=source,
                hint=_MISSING[what],
            )
        if kind == "dir":
            raise ConfigError(f"the {what} {path} is a folder", source=source)


def disks_in_use(domain: Domain) -> tuple[Disk, ...]:
    """Return the disks that nobody else may write to while ``domain`` runs or waits to be resumed.

    For a running domain whose devices are not known, these are the disks that it was most likely started with.
    """
    if domain.running is not None:
        stored = domain.stored.disks if domain.stored else ()
        shared = frozenset(disk.vdev for disk in stored if disk.access is Access.SHARED)
        return language.marked(domain.running.disks, shared)
    if domain.domid is None and domain.state is not DomainState.SUSPENDED:
        return ()
    return domain.stored.disks if domain.stored else ()


def _copied_of(domain: Domain) -> tuple[Disk, ...]:
    """Return the disks of a template, which must not change because others are copied from them."""
    stored = domain.stored.disks if domain.template and domain.stored else ()
    return tuple(replace(disk, access=Access.READ) for disk in stored)


async def _asleep(session: Session, domain: Domain) -> tuple[Disk, ...]:
    """Return the disks that a suspended domain will be resumed with: those of its memory image."""
    if domain.state is not DomainState.SUSPENDED:
        return ()
    try:
        image = await session.toolstack.saved_image(
            session.store.image_path(domain.uuid, domain.memory_image)
        )
    except StoreError:
        return ()
    return image.config.disks if image is not None and image.config is not None else ()


def _unsure(domain: Domain) -> bool:
    """Return whether ``domain`` may use other disks than :func:`disks_in_use` returns.

    A dying domain has released its disks, or will in a moment.
    """
    if domain.is_control or domain.running is not None or domain.state is DomainState.DYING:
        return False
    if domain.domid is None:
        return domain.state is DomainState.SUSPENDED and domain.stored is None
    return domain.stored is None or domain.one_off


def _doubts(disks: Sequence[Disk], others: Sequence[Domain], source: str) -> tuple[str, ...]:
    """Return sentences on ``disks`` of which it is not known whether they are in use."""
    names = [domain.label for domain in others if _unsure(domain)]
    if not names or all(disk.access is Access.SHARED for disk in disks):
        return ()
    return (
        f"{source}: whether a disk is in use by {first_few(names, _NAMED)} is not known: the devices there "
        "could not be read",
    )


def _in_use(disk: Disk, domain: Domain, other: Disk, source: str, advice: str, *, base: bool) -> ConfigError:
    there = "" if path_of(other) == path_of(disk) else f" as {path_of(other)}"
    what = "shares an image file with" if base else "is in use by"
    if domain.template:
        return ConfigError(
            f"the disk {path_of(disk)} belongs to the template {domain.label}{there}: nothing writes to it",
            source=source,
            hint=("make a copy: ", Suggest("host.make", "NAME", "--template", domain.label)),
        )
    if domain.state is DomainState.SUSPENDED:
        return ConfigError(
            f"the disk {path_of(disk)} belongs to the suspended domain {domain.label}{there} ({_access(other)})",
            source=source,
            hint=(
                "its guest goes on with the file systems it had: resume and stop it first, or drop its memory with ",
                Suggest("domain.destroy", domain.label),
            ),
        )
    if Access.SHARED in (disk.access, other.access):
        hint = "it is marked as shared (w!) on one side only: mark it so in both, if a cluster file system is on it"
    elif base:
        hint = "writing to a file that another image is based on destroys that image: stop the other domain first"
    else:
        hint = advice
    return ConfigError(
        f"the disk {path_of(disk)} {what} {domain.label}{there} ({_access(other)})", source=source, hint=hint
    )


def _contents(disks: Sequence[Disk], found: Mapping[str, DiskFacts], source: str) -> Iterator[str]:
    """Yield sentences on images whose first bytes indicate another format than the configuration."""
    for disk in disks:
        content, path = found[path_of(disk)].get("content", ""), path_of(disk)
        if content == disk.format or disk.cdrom or found[path]["kind"] != "file":
            continue
        if content == "vhd-fixed" and disk.format in ("raw", "vhd"):
            continue  # raw bytes, and a mark behind them
        if content and disk.format == "raw":
            spec = language.format_disk(replace(disk, format=content, prefix=""))
            advice = f"write `{spec}`" if content in _FORMATS else "convert it with `qemu-img convert -O raw`"
            yield (
                f"{source}: {path} begins as a {content} image, and is given to the guest as raw bytes: it will not "
                f"boot, or write over the image's header ({advice})"
            )
        elif disk.format in _FORMATS:
            what = f"a {content} image" if content else "no such image"
            yield f"{source}: {path} is given as {disk.format}, and its first bytes are those of {what}"


def is_here(disk: Disk) -> bool:
    """Return whether the target is a path of this host."""
    return (
        bool(disk.target) and not disk.backend and not disk.script and disk.prefix not in _BACKENDS_ELSEWHERE
    )


def path_of(disk: Disk) -> str:
    """Return the path of a disk's target: ``phy:vg/lv`` means ``/dev/vg/lv`` (libxl adds it)."""
    return disk.target if disk.target.startswith("/") else f"/dev/{disk.target}"


def _writes(disk: Disk, claim: Claim) -> bool:
    return disk.access is not Access.READ and not disk.cdrom and not claim.base


def _access(disk: Disk) -> str:
    return "read-only" if disk.access is Access.READ else "read-write"
