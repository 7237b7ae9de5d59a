"""The arguments of a drain job: what is done with each guest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xentui.errors import NotAllowedError
from xentui.model.devices import Access
from xentui.model.domain import Domain
from xentui.model.drain import DrainedGuest, DrainWay
from xentui.service.disk_use import is_here, path_of
from xentui.service.draining.plan import HostStep, StepKind
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.live_migration import job_arguments
from xentui.service.migrating.offline import move_job_arguments
from xentui.service.migrating.plan import MigrationPlan
from xentui.service.migrating.store_handover import reach_arguments
from xentui.store.client import AUTO_FOLDER
from xentui.store.drains import spelt
from xentui.text import plain
from xentui.toolstack.targets import DrainCommands, target as target_of

_NAME = 500
_BALLOON = "balloon"
_WAYS = {StepKind.MOVE: DrainWay.MOVE, StepKind.SHUTDOWN: DrainWay.SHUTDOWN}


def commands_of(host: Hypervisor) -> DrainCommands:
    """Return the commands that the job runs; raises NotAllowedError if hosts of this engine cannot be drained."""
    found = host.session.toolstack.draining
    if found is None:
        raise NotAllowedError(
            f"xentui empties no host of {host.session.toolstack.name}", subject=host.host.name
        )
    return found


def step_arguments(source: Hypervisor, step: HostStep) -> dict[str, Any]:
    """Return the arguments for a guest that is taken off (:func:`xentui.agent.drain.drain_arguments.checked`)."""
    domain, before, commands = step.domain, step.guest, commands_of(source)
    if domain is None:
        raise NotAllowedError("is not known", subject=step.name)
    kept = step.kind is not StepKind.MOVE and domain.autostart  # the link of one that moves goes along
    guest = DrainedGuest(
        domain.uuid,
        domain.stored_name or domain.label,
        _WAYS.get(step.kind, before.way if before is not None else DrainWay.AUTOSTART),
        step.to,
        autostart=kept or (before is not None and before.autostart),
        order=domain.autostart_order if kept else before.order if before is not None else None,
    )
    told = {
        **_whom(step, guest, commands, domid=domain.domid or 0),
        "to": step.to,
        "begun": before is not None and before.begun,
        "linked": domain.autostart,
        "link": {"autostart": True, "order": domain.autostart_order},
        "unlink": _of(commands.unlink, domain.uuid),
    }
    if step.kind is StepKind.MOVE and step.move is not None:
        migration, jobs = job_arguments(source, step.move)
        listed = {name: list(argv) for name, argv in jobs.items()}
        place = {**_place(commands, step.move, step.asks, domain), **reach_arguments(step.move)}
        return {**told, "migration": migration, "commands": listed, "place": place}
    if step.kind is StepKind.SHUTDOWN:
        # A guest without drivers for it still hears its power button.
        fallback = domain.config.type == "hvm"
        argv = source.session.toolstack.shutdown(target_of(domain), acpi_fallback=fallback)
        return {**told, "argv": list(argv)}
    return told


def return_arguments(home: Hypervisor, step: HostStep, others: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments for a guest that is brought back (:func:`xentui.agent.drain.undrain_arguments.checked`).

    ``others`` are the hosts that guests were moved to, by their names in the record.
    """
    domain, guest, commands = step.domain, step.guest, commands_of(home)
    if guest is None:
        raise NotAllowedError("is not known", subject=step.name)
    if domain is not None:
        guest = replace(guest, name=domain.stored_name or domain.name)
    moves = step.kind is StepKind.MOVE
    told = {
        **_whom(step, guest, commands, domid=(domain.domid or 0) if moves and domain is not None else 0),
        "to": home.host.name if moves else "",
        "link": _of(commands.link, step.uuid),
        "sha256": step.sha256,
    }
    other = others.get(guest.to)
    if moves and step.move is not None and domain is not None and isinstance(other, Hypervisor):
        return {**told, **_moved(home, step.move, step.asks, domain, other, guest.to)}
    if step.kind is StepKind.START and step.boot is not None and domain is not None:
        boot = step.boot
        disks = domain.stored.disks if domain.stored is not None else ()
        return {
            **told,
            "argv": list(boot.argv),
            "named": list(commands.named),
            "mark": {"kind": boot.kind, "version": boot.version, "source": boot.source, "domid": None},
            "disks": [
                {"path": path_of(disk), "file": home.host.host_path(path_of(disk))}
                for disk in disks
                if is_here(disk) and disk.access is Access.WRITE and not disk.cdrom
            ],
        }
    if step.kind is StepKind.RESOLVED:
        return {**told, "why": plain(step.why, _NAME)}
    if step.kind is StepKind.AUTOSTART:
        return told
    raise NotAllowedError("is not brought back by the host itself", subject=step.name)


def _moved(  # noqa: PLR0917 - both hosts, and how
    home: Hypervisor,
    plan: MigrationPlan,
    asks: Sequence[str],
    domain: Domain,
    other: Hypervisor,
    name: str,
) -> dict[str, Any]:
    """Return the arguments of the migration that brings a guest back."""
    commands, there = commands_of(home), other.host
    migration: Mapping[str, object]
    if domain.domid is not None:
        migration, jobs = job_arguments(other, plan)
    else:
        migration, jobs = move_job_arguments(other, plan), commands.jobs.by_name()
    # What the simulator calls another host is a folder of this machine: nothing leads there.
    near, reach = list(there.command_prefix), there.reach
    return {
        "migration": migration,
        "commands": {each: list(argv) for each, argv in jobs.items()},
        "place": {
            **_place(commands, plan, asks, domain),
            "reach": [],
            "prefix": list(home.host.command_prefix),
        },
        "source": {
            "reach": [] if near else [*reach.command, "--", reach.address],
            "prefix": near,
            "root": there.store_root,
            "auto": there.host_path(AUTO_FOLDER),
            "name": plain(name, _NAME),
        },
    }


def _whom(step: HostStep, guest: DrainedGuest, commands: DrainCommands, *, domid: int) -> dict[str, Any]:
    return {
        "does": step.kind.value,
        "uuid": step.uuid,
        "name": plain(step.name, _NAME),
        "domid": domid,
        "guest": spelt(guest),
        "kept": _of(commands.kept, step.uuid),
    }


def _of(argv: Sequence[str], uuid: str) -> list[str]:
    return [*argv, uuid] if argv else []


def _place(
    commands: DrainCommands, plan: MigrationPlan, asks: Sequence[str], domain: Domain
) -> dict[str, Any]:
    """Return what the job checks again on the host that a guest goes to."""
    return {
        "info": list(commands.info),
        "list": list(commands.jobs.list),
        "named": list(commands.named),
        "need": plan.need_kib,
        "spare": plan.given_kib if _BALLOON in asks else 0,
        "files": [plan.target.host.host_path(disk.path) for disk in plan.disks],
        "name": domain.name,
    }
