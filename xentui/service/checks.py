"""Checks before a boot, an attach or a save: what xl would refuse late and tersely, said early and plainly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.config.linting.advice import advice
from xentui.errors import ConfigError, StoreCode, StoreError
from xentui.hosts import operations
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain, Snapshot
from xentui.service import duplicates, identity
from xentui.service.disk_use import check_disks, others_of, path_of, require_present
from xentui.service.session import Session
from xentui.text import is_odd, plain, shown_name
from xentui.toolstack.targets import Target

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import PathFacts

_STAT_AT_ONCE = 10_000


def writing_advice(document: language.Document) -> tuple[str, ...]:
    """Return what is said of a configuration when it is written, and not again at each start."""
    return tuple(f"{problem.message} ({problem.hint})" for problem in advice(document))


def refuse_errors(document: language.Document, words: Sequence[str] = ()) -> tuple[str, ...]:
    """Raise ConfigError for the first thing in ``document`` xl would refuse; returns the warnings as sentences.

    ``words`` are the ``KEY=VALUE`` words its last lines were made from; what is wrong there is said of them.
    """
    _refuse_odd_name(document)
    own_lines = document.text.removesuffix("\n").count("\n") + 1 - len(words)
    problems = language.lint(document, own_lines=own_lines)
    errors = [problem for problem in problems if problem.severity is language.Severity.ERROR]
    if errors:
        first = errors[0]
        word = words[first.line - own_lines - 1] if first.line > own_lines else ""
        raise ConfigError(
            first.message,
            source=word or document.source,
            line=0 if word else first.line,
            column=first.column,
            hint=first.hint,
            details=[
                f"line {problem.line}: {problem.message}" if problem.line else problem.message
                for problem in errors[1:10]
            ],
        )
    return tuple(
        (
            f"{words[problem.line - own_lines - 1]}: {problem.message}"
            if problem.line > own_lines
            else f"{document.source}{f':{problem.line}' if problem.line else ''}: {problem.message}"
        )
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in problems
    )


def _refuse_odd_name(document: language.Document) -> None:
    """Raise ConfigError for a name that is not what it looks like, though xl takes it.

    ``xl list`` prints it as it is: it could be mistaken for another domain.
    """
    name = document.string("name") or ""
    if is_odd(name):
        line, column = document.place("name")
        raise ConfigError(
            f"the name is misleading: {shown_name(name)}",
            source=document.source,
            line=line,
            column=column,
            hint="Write it with letters, digits and _ . : + - only.",
        )


def checked_text(document: language.Document) -> str:
    """Return the text of a document that is about to be stored, whole; raises as :func:`refuse_errors`."""
    refuse_errors(document)
    return document.text


class Checks:
    """Looks at a host's files, its running and its suspended domains.

    What looks at disks returns warnings as sentences: of whom it is not known which disks they hold.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._host = session.host
        self._toolstack = session.toolstack

    async def bootable(self, document: language.Document, snapshot: Snapshot) -> tuple[str, ...]:
        """Raise ConfigError where a disk or kernel of ``document`` is missing or a disk held by another domain."""
        disks = language.disks_of(document)
        own = language.identity(document)
        others = others_of(snapshot, own.uuid or "")
        same = [domain for domain in others if domain.name != own.name]
        doubled = tuple(duplicates.macs(identity.macs(document), same))
        warnings = (*await self.disks(disks, others, source=document.source), *doubled)
        files = [path for key in ("kernel", "ramdisk") if (path := document.string(key))]
        if files and not document.get("bootloader"):
            require_present(files, await self._stat(files), document.source, "kernel")
        return warnings

    async def resumable(self, domain: Domain, snapshot: Snapshot, image: str) -> tuple[str, ...]:
        """Raise ConfigError where a disk of the suspended ``domain`` is missing or held by another domain.

        A guest goes on with what it had in memory of its file systems: a disk that somebody else has written
        to meanwhile is destroyed by that.  Its disks are those it is resumed with, which its memory image (at the path
        ``image``; "": where the engine keeps it) tells: what is stored may have been edited since.
        """
        disks = domain.stored.disks if domain.stored else ()
        saved = await self._toolstack.saved_image(image) if image else None
        if saved is not None and saved.config is not None:
            shared = frozenset(disk.vdev for disk in disks if disk.access is Access.SHARED)
            disks = language.marked(saved.config.disks, shared)
        return await self.disks(disks, others_of(snapshot, domain.uuid), source=domain.label)

    async def disks(self, disks: Sequence[Disk], others: Sequence[Domain], *, source: str) -> tuple[str, ...]:
        """Raise ConfigError where one of ``disks`` is not there or in use; see :mod:`xentui.service.disk_use`."""
        return await check_disks(self._session, disks, others, source=source)

    async def medium(
        self, drive: Disk, others: Sequence[Domain], *, held: Target | None, source: str
    ) -> tuple[str, ...]:
        """Raise ConfigError where the medium of a CD drive does not exist, one of the ``others`` writes to it, or it
        cannot be put in while it runs.

        xl empties the drive before QEMU is asked, and QEMU takes no block device then (``'file' driver requires
        '/dev/fdset/0' to be a regular file``).  A drive that was empty from the start on it has not opened yet; it
        ends over that the moment a medium comes (QEMU 7.2: ``failed to create 'qdisk' device``), and the guest
        loses its disks and its screen.
        """
        path = path_of(drive)
        found = await self._stat([path])
        require_present([path], found, source, "medium")
        warnings = await self.disks([drive], others, source=source)
        if held is None:
            return warnings
        if await self._toolstack.drive_is_unopened(held, drive.vdev):
            raise ConfigError(
                f"the drive {drive.vdev} was empty when the domain started: QEMU ends when a medium comes into it",
                source=source,
                hint="store it in the configuration, it is there from the next start on; a drive that starts with a "
                "medium can be emptied and filled while it runs",
            )
        if found[path]["kind"] == "block":
            raise ConfigError(
                f"{path} is a block device: while the domain runs only image files can be put into a drive",
                source=source,
                hint="store it in the configuration, it is there from the next start on; or copy it to a file",
            )
        return warnings

    async def vif(self, vif: Vif, *, source: str) -> None:
        """Raise ConfigError for a key xl does not know, or a bridge the host does not have.

        The bridge is looked for only where vif-bridge will: not for another script, another backend domain,
        or on a host with Open vSwitch, whose bridges are no devices of this kind.
        """
        language.check_vif(vif, source=source)
        if not vif.bridge or vif.backend or vif.script.rpartition("/")[2] not in ("", "vif-bridge"):
            return
        shown = plain(vif.bridge, 60)
        if "/" in vif.bridge or vif.bridge in (".", ".."):
            raise ConfigError(f"`{shown}` cannot be the name of a bridge", source=source, hint=_BRIDGES)
        devices, switch = "/sys/class/net", "/sys/class/net/ovs-system"
        bridge = f"{devices}/{vif.bridge}/bridge"
        found = await self._stat([devices, switch, bridge])
        visible, switched, there = (found[path]["kind"] != "missing" for path in (devices, switch, bridge))
        if visible and not there and (vif.script or not switched):
            raise ConfigError(f"the host has no bridge {shown}", source=source, hint=_BRIDGES)

    async def writable_image(self, path: str, uuid: str) -> None:
        """Raise StoreError unless the domain of ``uuid`` may be saved to ``path``: nothing is there, or its own image.

        xl overwrites whatever it is given: a configuration, a disk image, a block device, the memory of another
        domain, of which that may be all there is.  An earlier image of one that runs fits its disks no more.
        """
        found = (await self._stat([path]))[path]
        kind = found["kind"]
        hint = "choose another name"
        if kind == "missing":
            return
        if kind != "file":
            what = {"dir": "a folder", "block": "a block device"}.get(kind, "no regular file")
            raise StoreError(
                f"cannot save there: it is {what}", code=StoreCode.INVALID, subject=path, hint=hint
            )
        target = self._host.host_path(path)
        image = await self._toolstack.saved_image(target)
        if image is None:
            raise StoreError(
                "cannot save there: the file exists and is not a saved domain",
                code=StoreCode.EXISTS,
                subject=path,
                hint=f"{hint}, or remove the file first",
            )
        saved = image.config
        if saved is None or saved.uuid != uuid:
            whose = shown_name(saved.name) if saved is not None and saved.name else "another domain"
            raise StoreError(
                f"cannot save there: the file holds the saved memory of {whose}",
                code=StoreCode.EXISTS,
                subject=path,
                hint=f"{hint}, or remove the file first, if that memory is no longer needed",
            )

    async def _stat(self, paths: Iterable[str]) -> Mapping[str, PathFacts]:
        """Return what the agent knows of each path, by the path as the user writes it."""
        places = {path: self._host.host_path(path) for path in paths}
        wanted = sorted(set(places.values()))
        found: dict[str, PathFacts] = {}
        for start in range(0, len(wanted), _STAT_AT_ONCE):
            told = await self._host.call(operations.stat, paths=wanted[start : start + _STAT_AT_ONCE])
            found.update(told)
        return {path: found[place] for path, place in places.items()}


_BRIDGES = "`ip link show type bridge` on the host lists those it has; correct `bridge=`, or create it"
