"""Migration: reads both hosts, plans, and has the source's host move the domain."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError, HostError, NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.hosts.reach import Reach
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.disk_use import check_disks, is_here, others_of, path_of
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.legality import Action, require, require_now
from xentui.service.mend_command import mend_command
from xentui.service.migrating import checks, live_migration
from xentui.service.migrating.check_input import Case
from xentui.service.migrating.checks.disks import direct, folder_of, is_copy
from xentui.service.migrating.checks.machine import room
from xentui.service.migrating.engine_connection import ARRIVES, EngineTry, engine_try
from xentui.service.migrating.engine_handover import keeps
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import (
    DiskMove,
    MigrationFinding,
    MigrationPlan,
    Mode,
    require_allowable,
)
from xentui.service.migrating.side import Side, look
from xentui.service.migrating.ssh_login import try_line
from xentui.service.storage import Sameness, Verdict, same_files
from xentui.store.reading import NONSENSE
from xentui.toolstack.targets import target as target_of

_LOADERS = ("/usr/lib/xen-*/bin", "/usr/lib/xen/bin", "/usr/libexec/xen/bin", "/usr/bin")
"""Where libxl looks for a boot loader without a path, by what packagers make of it."""
_TIES = {
    "pci": "a PCI device of the host",
    "dtdev": "a device of the host's device tree",
    "usbdev": "a USB device of the host",
    "vtpm": "a virtual TPM",
    "vnuma": "vNUMA",
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A domain that is to move, with its disks on the host and the files that its next start needs."""

    domain: Domain
    mode: Mode
    disks: tuple[Disk, ...]
    needs: Mapping[str, tuple[str, ...]]

    @property
    def paths(self) -> tuple[str, ...]:
        """Those of the disks, each once."""
        return tuple(dict.fromkeys(path_of(disk) for disk in self.disks))

    @property
    def folders(self) -> tuple[str, ...]:
        """Where copies of the disks would lie."""
        if self.mode is Mode.LIVE:
            return ()
        return tuple(sorted({folder_of(path) for path in self.paths} - set(self.paths)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """Both hosts, as they were read for all domains that are to move."""

    ours: Side
    theirs: Side
    same: Mapping[str, Sameness]
    reach: Reach
    tried: Completed | str
    bases: frozenset[str]
    engine: EngineTry | None


class Migrating:
    """Migrates domains from the host of ``source`` to others; it uses two services, and belongs to neither."""

    def __init__(self, source: Hypervisor) -> None:
        self._source = source

    async def plan(
        self,
        domain: Domain,
        target: Hypervisor,
        mode: Mode | None = None,
        *,
        reach: Reach | None = None,
        allow: Collection[str] = (),
        leave: bool | None = None,
    ) -> MigrationPlan:
        """Read both hosts, and return the plan of a migration of ``domain`` to ``target``; nothing is changed.

        ``mode`` is the one that the domain's state allows by default; ``reach`` is how the source's host connects to
        the target's (default: from config.toml or the target's address).  A finding whose word is in ``allow`` does not
        stop it.  ``leave`` says whether a small file may be left in folders for a moment, to prove that both hosts
        share them (default: not in a dry run or a read-only session, which leave none in any case).

        Raises NotAllowedError if the state of the domain forbids it in any case, HostError if one of the hosts does not
        answer, UsageError for a word that allows nothing.
        """
        (found,) = await self.plans([domain], target, mode, reach=reach, allow=allow, leave=leave)
        if isinstance(found, XentuiError):
            raise found
        return found

    async def plans(
        self,
        domains: Sequence[Domain],
        target: Hypervisor,
        mode: Mode | None = None,
        *,
        reach: Reach | None = None,
        allow: Collection[str] = (),
        leave: bool | None = None,
    ) -> list[MigrationPlan | XentuiError]:
        """Plan several domains as :meth:`plan` does, but read both hosts once; an error takes the place of a plan.

        Each is planned as if it alone were to move.  Raises HostError and UsageError as :meth:`plan`.
        """
        require_allowable(allow)
        wanted = [self._wanted(domain, target, mode) for domain in domains]
        possible = [each for each in wanted if isinstance(each, _Wanted)]
        if not possible:
            return [each for each in wanted if isinstance(each, XentuiError)]
        only_looks = self._source.session.dry_run or self._source.session.read_only
        reach = reach or target.host.reach
        disks = [disk for each in possible for disk in each.disks]
        paths = list(dict.fromkeys(place for each in possible for place in (*each.paths, *each.folders)))
        needs = {name: found for each in possible for name, found in each.needs.items()}
        ours, theirs, same, tried, engine = await asyncio.gather(
            look(self._source, disks, {}, found_there=True),
            look(target, disks, needs),
            same_files(
                self._source.session,
                target.session,
                [(path, path) for path in paths],
                leave=not only_looks if leave is None else leave,
            ),
            self._try(reach),
            engine_try(self._source, reach),
        )
        ties = await self._ties(possible)
        seen = _Seen(
            ours,
            theirs,
            dict(zip(paths, same, strict=True)),
            reach,
            tried,
            await _bases(target, ours),
            engine,
        )
        made: list[MigrationPlan | XentuiError] = []
        for each in wanted:
            if isinstance(each, _Wanted):
                made.append(await self._planned(each, target, seen, ties[each.domain.uuid], allow, leave))
            else:
                made.append(each)
        return made

    def _wanted(self, domain: Domain, target: Hypervisor, mode: Mode | None) -> _Wanted | XentuiError:
        """Return what is to move, or what forbids that whatever the hosts say."""
        ours_by, theirs_by = self._source.session.toolstack.name, target.session.toolstack.name
        try:
            if ours_by != theirs_by:
                raise NotAllowedError(
                    f"cannot migrate: it is {ours_by}'s, and {target.host.name} is driven by {theirs_by}",
                    subject=domain.label,
                    hint="a guest moves between hosts of one engine",
                )
            _require_whole(domain)
            require(domain, Action.MIGRATE)
            mode = _mode(domain, mode)
            config = _config(domain, mode)
        except NotAllowedError as error:
            return error
        return _Wanted(domain, mode, _disks(config), _needs(config))

    async def _planned(  # noqa: PLR0917 - what was asked, and what was seen
        self,
        wanted: _Wanted,
        target: Hypervisor,
        seen: _Seen,
        ties: tuple[str, ...],
        allow: Collection[str],
        leave: bool | None,
    ) -> MigrationPlan | XentuiError:
        mode, tried = wanted.mode, seen.tried
        try:
            now = _require_whole(require_now(seen.ours.snapshot, wanted.domain, Action.MIGRATE))
            if {path_of(disk) for disk in _disks(_config(now, mode))} != set(wanted.paths):
                # Edited, or attached to, meanwhile.
                return await self.plan(now, target, mode, reach=seen.reach, allow=allow, leave=leave)
        except NotAllowedError as error:
            return error
        case = Case(
            domain=now,
            mode=mode,
            ours=seen.ours,
            theirs=seen.theirs,
            reach=seen.reach,
            disks=wanted.disks,
            same=seen.same,
            bases=seen.bases,
            ties=ties,
            boots=tuple(wanted.needs),
            tried=tried if isinstance(tried, Completed) else None,
            untried=tried if isinstance(tried, str) else "",
            engine=seen.engine,
        )
        in_use, doubts = await _use(target, case)
        case = replace(case, in_use=in_use, doubts=doubts)
        need, free, given = room(case)
        return MigrationPlan(
            domain=now,
            mode=mode,
            target=target,
            reach=seen.reach,
            findings=tuple(_allowed(finding, allow) for finding in checks.found(case)),
            disks=tuple(_move(case, disk) for disk in wanted.disks),
            commands=self._commands(case),
            need_kib=need,
            free_kib=free,
            given_kib=given,
            direct=direct(case),
            cached="cached" in allow,
        )

    async def run(self, plan: MigrationPlan, progress: Progress | None = None) -> Domain | None:
        """Run a plan; returns the domain on the target, None in a dry run.

        Raises NotAllowedError if the plan has a finding that stops it.
        """
        if plan.hard:
            raise NotAllowedError(
                f"cannot migrate: {plan.hard[0].why}", subject=plan.domain.label, hint=plan.hard[0].hint
            )
        return await live_migration.run(self._source, plan, progress)

    async def _try(self, reach: Reach) -> Completed | str:
        """Have the source's host log in on the target's and ask xl there; why it could not be tried, "" for no need."""
        also = f'echo "{ARRIVES} : $SSH_CONNECTION"' if keeps(self._source) else ""
        return await try_line(self._source, reach, also)

    async def _ties(self, wanted: Sequence[_Wanted]) -> Mapping[str, tuple[str, ...]]:
        """Return what binds domains to their host, in words, by uuid."""
        inventory, store = self._source.inventory, self._source.session.store
        ties: dict[str, tuple[str, ...]] = {}
        for each in wanted:
            domain = each.domain
            if each.mode is Mode.LIVE:
                details = inventory.details_of(domain)
                found = set(details.ties) if details is not None else set()
            else:
                document = language.parse((await store.read(domain.uuid)).text or "", source=domain.label)
                found = {key for key in _TIES if document.get(key)}
            ties[domain.uuid] = tuple(words for key, words in _TIES.items() if key in found)
        return ties

    def _commands(self, case: Case) -> tuple[tuple[str, ...], ...]:
        """Return what is run on the source's host where it moves while it runs."""
        if not case.live or case.reach.problem:
            return ()
        if case.engine is not None:
            return (case.engine.argv(self._source, case.domain, case.reach, case.tried),)
        ssh = " ".join(case.reach.command)
        migrate = self._source.session.toolstack.migrate
        return (tuple(migrate(target_of(case.domain), case.reach.address, ssh=ssh)),)


def _require_whole(domain: Domain) -> Domain:
    """Return the domain; raises NotAllowedError if it is half of a broken migration."""
    if is_left(domain):
        raise NotAllowedError(
            "cannot migrate: another migration of it was cut, and has to be ended first",
            subject=domain.label,
            hint=(mend_command(domain.label), " looks at both hosts"),
        )
    return domain


def _mode(domain: Domain, wanted: Mode | None) -> Mode:
    """Return how a domain can move in its state; raises NotAllowedError if that is not the wanted mode."""
    possible = Mode.OFFLINE if domain.state is DomainState.OFF else Mode.LIVE
    if wanted not in (None, possible):
        why, hint = (
            ("it is off", "leave out --live")
            if possible is Mode.OFFLINE
            else ("it is running", "shut it down first, or leave out --offline")
        )
        raise NotAllowedError(f"cannot migrate {wanted}: {why}", subject=domain.label, hint=hint)
    return possible


def _config(domain: Domain, mode: Mode) -> DomainConfig:
    """Return the configuration that moves; raises NotAllowedError if the host does not report it."""
    found = domain.running if mode is Mode.LIVE else domain.stored
    if found is None:
        raise NotAllowedError(
            "cannot migrate: its devices are not known", subject=domain.label, hint="try again in a moment"
        )
    return found


def _disks(config: DomainConfig) -> tuple[Disk, ...]:
    return tuple(disk for disk in config.disks if is_here(disk))


def _needs(config: DomainConfig) -> Mapping[str, tuple[str, ...]]:
    """Return the files of its host a domain boots from, and patterns that find them."""
    if config.bootloader:
        name = config.bootloader
        places = (
            (glob.escape(name),) if "/" in name else tuple(f"{each}/{glob.escape(name)}" for each in _LOADERS)
        )
        return {name: places}
    return {path: (glob.escape(path),) for path in (config.kernel, config.ramdisk) if path.startswith("/")}


async def _use(target: Hypervisor, case: Case) -> tuple[str, tuple[str, ...]]:
    """Return who else on the target uses one of the disks, and what is not known of that."""
    there = [disk for disk in case.disks if case.theirs.disks[path_of(disk)].kind in ("file", "block")]
    others = others_of(case.theirs.snapshot, case.domain.uuid)
    try:
        return "", await check_disks(target.session, there, others, source=case.domain.label)
    except ConfigError as error:
        return error.message, ()


async def _bases(target: Hypervisor, ours: Side) -> frozenset[str]:
    """Return the files images are based on that are on the target."""
    wanted = {base: target.host.host_path(base) for seen in ours.disks.values() for base in seen.bases}
    if not wanted:
        return frozenset()
    found = await target.host.call(operations.stat, paths=sorted(set(wanted.values())))
    try:
        return frozenset(base for base, place in wanted.items() if found[place]["kind"] in ("file", "block"))
    except NONSENSE as error:
        raise HostError("the host's answer about its files is not valid", subject=target.host.name) from error


def _allowed(finding: MigrationFinding, allow: Collection[str]) -> MigrationFinding:
    return replace(finding, hard=False) if finding.allow and finding.word in allow else finding


def _move(case: Case, disk: Disk) -> DiskMove:
    path = path_of(disk)
    seen, same = case.ours.disks[path], case.same[path]
    shared = same.verdict is Verdict.SAME or is_copy(case, disk)
    return DiskMove(disk, path, shared, seen.size, seen.used)
