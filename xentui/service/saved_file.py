"""Whether a domain saved to a file may go on from it: a guest believes its disks to be as it left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from xentui.errors import ConfigError, NotAllowedError, StoreError, Suggest
from xentui.hosts import operations
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service.disk_use import check_disks, is_here, look_at, others_of, path_of
from xentui.service.session import Session
from xentui.text import is_odd, shown_name

_SETTLED = 5.0
"""Seconds after the image was written in which its disks may be flushed yet."""


async def check_restorable(
    session: Session, snapshot: Snapshot, path: str, *, force: bool = False
) -> tuple[str, ...]:
    """Raise where the domain in the file ``path`` of the host must not be continued; returns warnings as sentences.

    ConfigError where one of its disks is missing or in use, or its name is no honest one.  NotAllowedError where it
    runs, and, unless ``force`` is given, where it has been booted since, has another memory image, or its disks were
    written to since: the guest would write what it has in memory over file systems that have moved on.
    """
    host = session.host
    target = host.host_path(path)
    facts = (await host.call(operations.stat, paths=[target]))[target]
    if facts["kind"] != "file":
        return ()  # xl says what it is
    image = await session.toolstack.saved_image(target)
    if image is None or image.config is None:
        return (
            f"{path}: its head has no configuration that can be read: whether its disks are in use, or were written to "
            "since, is not known",
        )
    saved = image.config
    own = [domain for domain in snapshot.domains if domain.uuid == saved.uuid and not domain.is_control]
    _refuse_odd_name(image.name, path)
    _refuse_running(own, path)
    others = others_of(snapshot, *(domain.uuid for domain in own))
    warnings = await check_disks(session, saved.disks, others, source=path)
    reason = "" if force else await _moved_on(session, own, saved, facts)
    if reason:
        raise NotAllowedError(
            f"cannot restore: {reason}",
            subject=path,
            hint=(
                "its guest would write what it has in memory over file systems that have moved on; only where its "
                "disks were put back too: ",
                _insisting(path),
            ),
        )
    return warnings


def _insisting(path: str) -> Suggest:
    """Return what restores a file although its disks have changed."""
    return Suggest("host.restore", path, "--force", form="the box “Restore even if its disks have changed”")


def _refuse_odd_name(name: str, path: str) -> None:
    if is_odd(name):
        raise ConfigError(
            f"the saved domain's name is misleading: {shown_name(name)}",
            source=path,
            hint="it could be mistaken for another domain",
        )


def _refuse_running(own: Sequence[Domain], path: str) -> None:
    for domain in own:
        if domain.domid is not None and domain.state.alive:
            raise NotAllowedError(
                f"cannot restore: {domain.label} runs already, with domid {domain.domid}",
                subject=path,
                hint=(
                    "two of one guest destroy its disks: ",
                    Suggest("domain.destroy", domain.label),
                    " first, if that is meant; where it has written to them since: ",
                    _insisting(path),
                ),
            )


async def _moved_on(
    session: Session, own: Sequence[Domain], saved: DomainConfig, facts: Mapping[str, Any]
) -> str:
    """Return why the disks may no longer be as the image was left with; "" where nothing tells so."""
    made = float(facts["mtime"])
    for domain in own:
        if domain.state is DomainState.SUSPENDED:
            return f"{domain.label} is suspended, with a memory image of its own"
        if domain.managed and not domain.damaged and await _booted(session, domain.uuid) > made:
            return f"{domain.label} has been started since the image was made"
    disks = [
        disk for disk in saved.disks if is_here(disk) and disk.access is not Access.READ and not disk.cdrom
    ]
    found = await look_at(session.host, disks)
    for disk in disks:
        now = found[path_of(disk)]
        if now["kind"] == "file" and float(now["mtime"]) > made + _SETTLED:
            return f"its disk {path_of(disk)} was written to since the image was made"
    return ""


async def _booted(session: Session, uuid: str) -> float:
    """Return when a managed domain was last booted by xentui, in seconds since 1970; 0.0 where that is not known."""
    try:
        mark = (await session.store.read(uuid)).running
        return datetime.fromisoformat(str(mark["time"])).timestamp() if mark else 0.0
    except (StoreError, KeyError, ValueError):
        return 0.0
