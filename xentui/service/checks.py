"""Checks before a boot, an attach or a save: what xl would refuse late and tersely, said early and plainly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xentui import config as language
from xentui.errors import ConfigError, StoreError
from xentui.hosts.base import Host
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import doubles
from xentui.service.disk_claims import Claim, Holders, claims_of
from xentui.text import is_odd, plain, shown_name
from xentui.toolstack import save_file, xenstore

_BACKENDS_ELSEWHERE = ("iscsi", "nbd", "enbd", "drbd", "rbd")
_STAT_AT_ONCE = 10_000
_LOOK_AT_ONCE = 1_000
_NAMED = 3
"""So many domains a warning names."""


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
            else f"{document.source}:{problem.line}: {problem.message}"
        )
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in problems
    )


def _refuse_odd_name(document: language.Document) -> None:
    """Raise ConfigError for a name that is not what it looks like, though xl takes it.

    ``xl list`` prints it as it is: it would be taken for that of another domain.
    """
    name = document.string("name") or ""
    if is_odd(name):
        line, column = document.place("name")
        raise ConfigError(
            f"the name is not what it looks like: {shown_name(name)}",
            source=document.source,
            line=line,
            column=column,
            hint="Write it with letters, digits and _ . : + - only.",
        )


def sound_text(document: language.Document) -> str:
    """The text of a document that is about to be stored, whole; raises as :func:`refuse_errors`."""
    refuse_errors(document)
    return document.text


class Checks:
    """Looks at a host's files, its running and its suspended domains.

    What looks at disks returns warnings as sentences: of whom it is not known which disks they hold.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    async def bootable(self, document: language.Document, snapshot: Snapshot) -> tuple[str, ...]:
        """Raise ConfigError where a disk or kernel of ``document`` is missing or a disk held by another domain."""
        disks = language.disks_of(document)
        own = language.identity(document)
        others = _others(snapshot, own.uuid or "")
        same = [domain for domain in others if domain.name != own.name]
        doubled = tuple(doubles.macs(doubles.addresses(document), same))
        warnings = (*await self.disks(disks, others, source=document.source), *doubled)
        files = [path for key in ("kernel", "ramdisk") if (path := document.string(key))]
        if files and not document.get("bootloader"):
            self._require_present(files, await self._stat(files), document.source, "kernel")
        return warnings

    async def resumable(self, domain: Domain, snapshot: Snapshot) -> tuple[str, ...]:
        """Raise ConfigError where a disk of the suspended ``domain`` is missing or held by another domain.

        A guest goes on with what it had in memory of its file systems: a disk that somebody else has written
        to meanwhile is destroyed by that.
        """
        disks = domain.stored.disks if domain.stored else ()
        return await self.disks(disks, _others(snapshot, domain.uuid), source=domain.label)

    async def disks(self, disks: Sequence[Disk], others: Sequence[Domain], *, source: str) -> tuple[str, ...]:
        """Raise ConfigError where one of ``disks`` does not exist, or is held by one of the ``others``.

        A running domain holds its disks, a suspended one those it will go on with.  Two paths are one disk
        where they lead to the same file or block device.
        """
        own = [disk for disk in disks if _is_here(disk)]
        if not own:
            return ()
        held = [(domain, disk) for domain in others for disk in _held(domain) if _is_here(disk)]
        found = await self._look(own, [disk for _, disk in held])
        self._require_present([_path(disk) for disk in own], found, source, "disk")
        holders: Holders[tuple[Domain, Disk]] = Holders()
        for domain, other in held:
            holders.add((domain, other), claims_of(_path(other), found[_path(other)]))
        shared: dict[str, None] = {}
        for disk in own:
            for claim, theirs, (domain, other) in holders.meeting(claims_of(_path(disk), found[_path(disk)])):
                if not _writes(disk, claim) and not _writes(other, theirs):
                    continue
                if Access.SHARED not in (disk.access, other.access) or disk.access is not other.access:
                    raise _in_use(disk, domain, other, source, base=claim.base or theirs.base)
                shared[f"{source}: {_SHARING.format(disk=_path(disk), domain=domain.label)}"] = None
        return (*_contents(own, found, source), *shared, *_doubts(own, others, source))

    async def medium(
        self, drive: Disk, others: Sequence[Domain], *, domid: int | None, source: str
    ) -> tuple[str, ...]:
        """Raise ConfigError where the medium of a CD drive does not exist, one of the ``others`` writes to it, or it
        cannot be put in while it runs.

        xl empties the drive before QEMU is asked, and QEMU takes no block device then (``'file' driver requires
        '/dev/fdset/0' to be a regular file``).  A drive that was empty from the start on it has not opened yet; it
        ends over that the moment a medium comes (QEMU 7.2: ``failed to create 'qdisk' device``), and the guest
        loses its disks and its screen.
        """
        path = _path(drive)
        found = await self._stat([path])
        self._require_present([path], found, source, "medium")
        warnings = await self.disks([drive], others, source=source)
        if domid is None:
            return warnings
        state = await self._host.run(xenstore.qemu_disk_state(domid, language.vdev_number(drive.vdev)))
        if state.exit_code == 0 and state.stdout.strip() == xenstore.INITIALISING.encode():
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

    async def writable_image(self, path: str) -> None:
        """Raise StoreError unless a domain may be saved to ``path``: nothing is there, or an earlier image.

        xl overwrites whatever it is given: a configuration, a disk image, a block device.
        """
        found = (await self._stat([path]))[path]
        kind = found["kind"]
        hint = "choose another name"
        if kind == "missing":
            return
        if kind != "file":
            what = {"dir": "a folder", "block": "a block device"}.get(kind, "no regular file")
            raise StoreError(f"cannot save there: it is {what}", code="invalid", subject=path, hint=hint)
        head = await self._host.call("read_head", path=self._host.host_path(path), limit=len(save_file.MAGIC))
        if head != save_file.MAGIC:
            raise StoreError(
                "cannot save there: the file exists and is no saved domain",
                code="exists",
                subject=path,
                hint=f"{hint}, or remove the file first",
            )

    async def _look(self, own: Sequence[Disk], held: Sequence[Disk]) -> Mapping[str, Mapping[str, Any]]:
        """What the agent knows of the disks' paths, by the path as the user writes it, and what they stand on."""
        disks = [*own, *held]
        places = {_path(disk): self._host.host_path(_path(disk)) for disk in disks}
        chained = {places[_path(disk)] for disk in disks if disk.format == "qcow2"}
        wanted = sorted(set(places.values()))
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(wanted), _LOOK_AT_ONCE):
            part = wanted[start : start + _LOOK_AT_ONCE]
            among = [place for place in part if place in chained]
            found.update(await self._host.call("look_at_disks", paths=part, chained=among))
        return {path: found[place] for path, place in places.items()}

    async def _stat(self, paths: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """What the agent knows of each path, by the path as the user writes it."""
        places = {path: self._host.host_path(path) for path in paths}
        wanted = sorted(set(places.values()))
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(wanted), _STAT_AT_ONCE):
            found.update(await self._host.call("stat", paths=wanted[start : start + _STAT_AT_ONCE]))
        return {path: found[place] for path, place in places.items()}

    @staticmethod
    def _require_present(
        paths: Sequence[str], found: Mapping[str, Mapping[str, Any]], source: str, what: str
    ) -> None:
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


_MISSING = {
    "disk": "create it, or correct the path in `disk`",
    "kernel": "create it, or correct the path in `kernel/ramdisk`",
    "medium": "name an image file of the host",
}
_SHARING = (
    "{disk} is shared with {domain}, and both write to it (w!): only a cluster file system survives that"
)
_FORMATS = ("qcow", "qcow2", "vhd", "qed")
"""The formats of images that xl has a word for."""
_BRIDGES = "`ip link show type bridge` on the host lists those it has; correct `bridge=`, or create it"


def _others(snapshot: Snapshot, uuid: str) -> list[Domain]:
    return [domain for domain in snapshot.domains if not domain.is_control and domain.uuid != uuid]


def _held(domain: Domain) -> tuple[Disk, ...]:
    """The disks nobody else may write to while ``domain`` runs or waits to be resumed.

    Of one that runs and whose devices ``xl list -l`` does not tell, those it was most likely started with.
    """
    if domain.running is not None:
        stored = domain.stored.disks if domain.stored else ()
        shared = frozenset(disk.vdev for disk in stored if disk.access is Access.SHARED)
        return language.marked(domain.running.disks, shared)
    if domain.domid is None and domain.state is not DomainState.SUSPENDED:
        return ()
    return domain.stored.disks if domain.stored else ()


def _unsure(domain: Domain) -> bool:
    """Whether ``domain`` may hold other disks than :func:`_held` knows of.

    One that is going away has let go of them, or does so in a moment.
    """
    if domain.is_control or domain.running is not None or domain.state is DomainState.DYING:
        return False
    if domain.domid is None:
        return domain.state is DomainState.SUSPENDED and domain.stored is None
    return domain.stored is None or domain.one_off


def _doubts(disks: Sequence[Disk], others: Sequence[Domain], source: str) -> tuple[str, ...]:
    """What to say where it cannot be told whether one of ``disks`` is in use."""
    names = [domain.label for domain in others if _unsure(domain)]
    if not names or all(disk.access is Access.SHARED for disk in disks):
        return ()
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"{source}: whether a disk is in use by {', '.join(names[:_NAMED])}{more} is not known: the devices there "
        "could not be read",
    )


def _in_use(disk: Disk, domain: Domain, other: Disk, source: str, *, base: bool) -> ConfigError:
    there = "" if _path(other) == _path(disk) else f" as {_path(other)}"
    what = "shares an image file with" if base else "is in use by"
    if domain.state is DomainState.SUSPENDED:
        return ConfigError(
            f"the disk {_path(disk)} belongs to the suspended domain {domain.label}{there} ({_access(other)})",
            source=source,
            hint="its guest goes on with the file systems it had: resume and stop it first, or drop its memory "
            f"with `xentui destroy {domain.label}`",
        )
    if Access.SHARED in (disk.access, other.access):
        hint = "it is marked as shared (w!) on one side only: mark it so in both, if a cluster file system is on it"
    elif base:
        hint = "who writes to the file that another image is based on destroys that image: stop the other one first"
    else:
        hint = (
            "two domains that write to one disk destroy its file system: stop the other one, "
            "detach the disk there, or make it read-only in both"
        )
    return ConfigError(
        f"the disk {_path(disk)} {what} {domain.label}{there} ({_access(other)})", source=source, hint=hint
    )


def _contents(disks: Sequence[Disk], found: Mapping[str, Mapping[str, Any]], source: str) -> Iterator[str]:
    """What to say where an image's first bytes tell another format than the configuration."""
    for disk in disks:
        content, path = found[_path(disk)].get("content", ""), _path(disk)
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


def _is_here(disk: Disk) -> bool:
    """Whether the target is a path of this host, to be looked at."""
    return (
        bool(disk.target) and not disk.backend and not disk.script and disk.prefix not in _BACKENDS_ELSEWHERE
    )


def _path(disk: Disk) -> str:
    """``phy:vg/lv`` means ``/dev/vg/lv`` (libxl prepends it)."""
    return disk.target if disk.target.startswith("/") else f"/dev/{disk.target}"


def _writes(disk: Disk, claim: Claim) -> bool:
    return disk.access is not Access.READ and not disk.cdrom and not claim.base


def _access(disk: Disk) -> str:
    return "read-only" if disk.access is Access.READ else "read-write"
