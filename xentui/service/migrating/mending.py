"""Cleans up after a broken migration, step by step, each after a check of both hosts."""

from __future__ import annotations

from typing import Protocol

from xentui.errors import NoSuchDomainError, NotAllowedError, UsageError
from xentui.model.domain import Domain, Snapshot
from xentui.service.hypervisor import Hypervisor
from xentui.service.lookup import find
from xentui.service.migrating import engine_halves, engine_handover, halves, store_handover
from xentui.service.migrating.halves import Broken, MendStep
from xentui.text import plain
from xentui.toolstack.targets import target as target_of

_MOST_STEPS = 12


async def look(ours: Hypervisor, theirs: Hypervisor | None, word: str) -> tuple[Hypervisor, Broken]:
    """Return what is left of the migration of a domain, and its source, which may be either host.

    ``theirs`` is None if the other host is known to be dead.  Raises NoSuchDomainError if neither host knows the word,
    UsageError if both are one host, NotAllowedError if the domain was to move to a third one.
    """
    if word.isascii() and word.isdigit():
        raise UsageError(
            "is a domid, which each host counts by itself",
            subject=word,
            hint="give the domain's name, or its uuid",
        )
    mine = await ours.inventory.poll()
    other = await theirs.inventory.poll() if theirs is not None else None
    if theirs is not None and other is not None and _is_one((ours, mine), (theirs, other)):
        raise UsageError("is this host itself", subject=theirs.host.name, hint="name the other one")
    domain: Domain | None = None
    for snapshot in (mine, other):
        for name in (word, f"{word}--migratedaway", f"{word}--incoming"):
            if domain is None and snapshot is not None:
                try:
                    domain = find(snapshot, name)
                except NoSuchDomainError:
                    continue
    if domain is None:
        who = f"{ours.host.name} does not know" if theirs is None else "neither host knows"
        raise NoSuchDomainError(f"{plain(who, 200)} it, nor a half of it", subject=word)
    if domain.is_control:
        raise UsageError("is the host's own system, which cannot move", subject=word)
    of = _of(ours)
    if theirs is not None and other is not None and of.is_target(mine, other, domain.uuid):
        broken = of.judge(domain.uuid, other, mine)
        require_target(broken, ours.host.name, ours.host.reach.address)
        return theirs, broken
    broken = of.judge(domain.uuid, mine, other)
    if theirs is not None:
        require_target(broken, theirs.host.name, theirs.host.reach.address)
    return ours, broken


def require_target(broken: Broken, *target: str) -> None:
    """Raise NotAllowedError if the domain was to move to another host than ``target``, by its names.

    That other host may run it, which a third host cannot know.
    """
    move = broken.moving
    known = {_place(word) for word in (move.to, move.address) if word} if move is not None else set()
    if move is not None and known and not known & {_place(word) for word in target if word}:
        there = plain(move.to or move.address, 200)
        raise NotAllowedError(
            f"nothing is done: it was on its way to {there}, not to {plain(target[0], 200)}",
            subject=broken.name,
            hint=f"name {there}; where that is the same host, call it so in config.toml",
        )


def _place(word: str) -> str:
    """Return what names and addresses of one host have in common: its name, without user and domain."""
    name = word.removeprefix("ssh://").partition("?")[0].rpartition("@")[2].lower()
    short = name.partition(".")[0]
    return name if short.isdigit() else short


def _is_one(ours: tuple[Hypervisor, Snapshot], theirs: tuple[Hypervisor, Snapshot]) -> bool:
    """Return whether two hosts are one host with two names; simulated hosts share the kernel, but not the store."""
    places = [(snapshot.boot, it.host.store_root) for it, snapshot in (ours, theirs)]
    return bool(places[0][0]) and places[0] == places[1]


async def mend(source: Hypervisor, target: Hypervisor | None, broken: Broken) -> Broken:
    """Do the steps; returns what both hosts have then.  The caller has asked the user before anything is destroyed.

    Both hosts are read again before each step: a step that was not agreed to is not done.  Raises NotAllowedError if
    the state has changed, or if nothing is safe.
    """
    source.session.require_writable()
    if broken.stuck:
        raise NotAllowedError(f"nothing is done: {broken.why}", subject=broken.name, hint=broken.stuck)
    agreed, now = list(broken.steps), broken
    for turn in range(_MOST_STEPS):
        now = await _again(source, target, broken)
        if agreed and not turn and now.nothing:
            where = source.host.name if target is None else "either host"
            raise NoSuchDomainError(
                f"nothing was done: nothing of it is on {plain(where, 200)} any more", subject=broken.name
            )
        if now.stuck:
            raise NotAllowedError(f"nothing more is done: {now.why}", subject=now.name, hint=now.stuck)
        if not now.steps:
            return now
        step = now.steps[0]
        if step not in agreed:
            raise NotAllowedError(
                f"nothing more is done: what is there has changed: {now.why}",
                subject=now.name,
                hint="look again, and agree to what is to be done now",
            )
        agreed.remove(step)
        await _do(step, source, target, now)
    raise NotAllowedError(f"it does not come to an end: {now.why}", subject=now.name)


async def _again(source: Hypervisor, target: Hypervisor | None, broken: Broken) -> Broken:
    # The target first: what it had then it has had before the source was looked at, never the other way round.
    theirs = await target.inventory.glance() if target is not None else None
    ours = await source.inventory.glance()
    return _of(source).judge(broken.uuid, ours, theirs)


class _Judges(Protocol):
    """What tells what a migration has left, by whose guests they are."""

    def is_target(self, ours: Snapshot, theirs: Snapshot, uuid: str) -> bool:
        """Return whether of two hosts the first is the one a domain was to reach."""

    def judge(self, uuid: str, ours: Snapshot, theirs: Snapshot | None) -> Broken:
        """Return what is left, and what ends it."""


def _of(hypervisor: Hypervisor) -> _Judges:
    return engine_halves if engine_handover.keeps(hypervisor) else halves


async def _do(step: MendStep, source: Hypervisor, target: Hypervisor | None, now: Broken) -> None:
    here, there = now.here, now.there
    if step is MendStep.DROP_THERE and target is not None and there is not None:
        await (engine_handover.drop if engine_handover.keeps(target) else store_handover.drop_half)(
            target, there
        )
    elif step is MendStep.DROP_HERE and here is not None:
        await store_handover.destroy(source, here)
    elif step is MendStep.WAKE_HERE and here is not None:
        await source.lifecycle.wake(here)
    elif step is MendStep.NAME_HERE and here is not None:
        await _rename(source, here, now.name)
    elif step is MendStep.NAME_THERE and target is not None and there is not None:
        await _rename(target, there, now.name)
    elif step is MendStep.STAY_HERE:
        await source.session.store_change(
            ["stay", now.name],
            subject=now.name,
            action=lambda: source.session.store.settle_move(now.uuid),
        )
    elif step is MendStep.HAND_OVER and target is not None:
        await store_handover.hand_over(source, target, now.uuid, now.name)
    elif step is MendStep.GO_ON_THERE and target is not None and there is not None:
        await engine_handover.go_on(target, there)
    elif step is MendStep.FORGET_HERE:
        await engine_handover.forget(source, now.uuid, now.name)
    elif step is MendStep.FORGET_THERE and target is not None:
        await engine_handover.forget(target, now.uuid, now.name)


async def _rename(hypervisor: Hypervisor, domain: Domain, name: str) -> None:
    session = hypervisor.session
    await session.change(session.toolstack.rename(target_of(domain), name), subject=domain.label)
