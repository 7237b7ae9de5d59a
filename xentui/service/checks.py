"""Checks before a boot or an attach: what xl would refuse late and tersely, said early and plainly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xentui import config as language
from xentui.errors import ConfigError
from xentui.hosts.base import Host
from xentui.model.devices import Access, Disk
from xentui.model.domain import Domain, Snapshot

_BACKENDS_ELSEWHERE = ("iscsi", "nbd", "enbd", "drbd", "rbd")


def refuse_errors(document: language.Document) -> tuple[str, ...]:
    """Raise ConfigError for the first thing in ``document`` xl would refuse; returns the warnings as sentences."""
    problems = language.lint(document)
    errors = [problem for problem in problems if problem.severity is language.Severity.ERROR]
    if errors:
        first = errors[0]
        raise ConfigError(
            first.message,
            source=document.source,
            line=first.line,
            column=first.column,
            hint=first.hint,
            details=[f"line {problem.line}: {problem.message}" for problem in errors[1:10]],
        )
    return tuple(
        f"{document.source}:{problem.line}: {problem.message}"
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in problems
    )


class Checks:
    """Looks at a host's files and running domains."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def bootable(self, document: language.Document, snapshot: Snapshot) -> None:
        """Raise ConfigError where a disk or kernel of ``document`` is missing or a disk in use by another domain."""
        disks = [language.parse_disk(spec, source=document.source) for spec in document.strings("disk")]
        identity = language.identity(document)
        others = [
            domain
            for domain in snapshot.domains
            if domain.running and not domain.is_control and domain.uuid != identity.uuid
        ]
        await self.disks(disks, others, source=document.source)
        files = [path for key in ("kernel", "ramdisk") if (path := document.string(key))]
        if files and not document.get("bootloader"):
            await self._present(files, document.source, "kernel")

    async def disks(self, disks: Sequence[Disk], others: Iterable[Domain], *, source: str) -> None:
        """Raise ConfigError where one of ``disks`` does not exist, or is held by one of the ``others``."""
        own = [disk for disk in disks if _is_here(disk)]
        await self._present([_path(disk) for disk in own], source, "disk")
        held = [(domain, disk) for domain in others if domain.running for disk in domain.running.disks]
        for disk in own:
            for domain, other in held:
                if _path(disk) == _path(other) and _clash(disk, other):
                    raise ConfigError(
                        f"the disk {_path(disk)} is in use by {domain.label} ({_access(other)})",
                        source=source,
                        hint="two domains that write to one disk destroy its file system: stop the other one, "
                        "detach the disk there, or make it read-only in both",
                    )

    async def _present(self, paths: Sequence[str], source: str, what: str) -> None:
        if not paths:
            return
        found = await self._host.call("stat", paths=[self._host.host_path(path) for path in paths])
        for path in paths:
            kind = found[self._host.host_path(path)]["kind"]
            if kind == "missing":
                raise ConfigError(
                    f"the {what} {path} does not exist on the host",
                    source=source,
                    hint=f"create it, or correct the path in `{'disk' if what == 'disk' else 'kernel/ramdisk'}`",
                )
            if kind == "dir":
                raise ConfigError(f"the {what} {path} is a folder", source=source)


def _is_here(disk: Disk) -> bool:
    """Whether the target is a path of this host, to be looked at."""
    return (
        bool(disk.target) and not disk.backend and not disk.script and disk.prefix not in _BACKENDS_ELSEWHERE
    )


def _path(disk: Disk) -> str:
    """``phy:vg/lv`` means ``/dev/vg/lv`` (libxl prepends it)."""
    return disk.target if disk.target.startswith("/") else f"/dev/{disk.target}"


def _clash(mine: Disk, theirs: Disk) -> bool:
    if mine.access is Access.SHARED:
        return False
    return Access.READ not in (mine.access, theirs.access) or mine.access is not theirs.access


def _access(disk: Disk) -> str:
    return "read-only" if disk.access is Access.READ else "read-write"
