"""Which disks of a domain are copied for a clone, and which are shared or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui import config as language
from xentui.errors import NotAllowedError, UsageError, option
from xentui.model.devices import Access, Disk
from xentui.service.cloning.paths import candidates
from xentui.service.disk_use import is_here, path_of
from xentui.service.host_files import whole_path


class CloneDisks:
    """What becomes of each disk of a configuration: copied, shared or left out."""

    def __init__(
        self,
        document: language.Document,
        paths: Mapping[str, str],
        share: Sequence[str],
        *,
        without: bool,
        blanks: Mapping[str, language.DiskBlank] | None = None,
    ) -> None:
        self.disks = language.disks_of(document)
        rules = blanks or {}
        # What is said of this one domain goes before what its template says.
        self._paths = {vdev: blank.path for vdev, blank in rules.items() if blank.path} | dict(paths)
        self.copied: list[int] = []
        self.empty: dict[int, int] = {}
        """The sizes of new ones, by the index of those in whose place they come."""
        self.read: list[int] = []
        """Those of the template that are read by both."""
        self.left_out: list[int] = []
        self.shares: list[str] = []
        self._require_known([*rules, *share])
        shared = set(share)
        for index, disk in enumerate(self.disks):
            mine = self.is_chosen(disk)
            rule = rules.get(disk.vdev, language.DiskBlank())
            if not disk.target:
                if mine:
                    raise UsageError("is an empty drive", subject=disk.vdev)
                continue
            if rule.rule is language.DiskRule.EMPTY and not without:
                self.empty[index] = rule.size
                continue
            if rule.rule is language.DiskRule.SHARED and not disk.cdrom:
                self.read.append(index)
                self.shares.append(f"{disk.vdev}: {disk.target} is the template's, which it only reads")
                continue
            if shared & {disk.vdev, disk.target, path_of(disk)}:
                if mine:
                    raise UsageError("is either shared or copied", subject=disk.vdev)
                self.shares.append(_shared(disk))
            elif not mine and (words := _stays(disk)):
                self.shares.append(words)
            elif without:
                if mine:
                    raise UsageError("no disks are copied: --no-disks", subject=disk.vdev)
                self.left_out.append(index)
            elif not is_here(disk):
                raise NotAllowedError(
                    f"the disk {disk.vdev} lies elsewhere ({disk.target}): it cannot be copied from here",
                    subject=disk.vdev,
                    hint=(
                        option("--share", disk.vdev, form=f"`:clone` with `--share {disk.vdev}`"),
                        " leaves it to both, ",
                        option("--no-disks", form="with `--no-disks`"),
                        " leaves the disks out",
                    ),
                )
            else:
                self.copied.append(index)

    @property
    def unshared(self) -> frozenset[str]:
        """The disks the clone does not have with others any more."""
        own = (*self.copied, *self.left_out, *self.empty, *self.read)
        return frozenset(self.disks[index].vdev for index in own)

    def _require_known(self, share: Sequence[str]) -> None:
        known = {word for disk in self.disks for word in (disk.vdev, disk.target, path_of(disk)) if word}
        for word in (*self._paths, *share):
            if word not in known:
                names = ", ".join(disk.vdev for disk in self.disks)
                raise UsageError(
                    "it has no such disk", subject=word, hint=f"it has {names}" if names else "it has none"
                )
        for path in self._paths.values():
            whole_path(path)

    def _own(self, disk: Disk) -> str:
        words = (disk.vdev, disk.target, path_of(disk))
        return next((self._paths[word] for word in words if word and word in self._paths), "")

    def is_chosen(self, disk: Disk) -> bool:
        """Return whether somebody has said where the copy is to be."""
        return bool(self._own(disk))

    def offered(self, disk: Disk, old: str, new: str) -> list[str]:
        """Return the paths its copy may have, best first."""
        own = self._own(disk)
        return [own] if own else list(candidates(path_of(disk), old, new))


def is_copied(disk: Disk) -> bool:
    """Return whether a clone is given a copy of a disk, where nobody says otherwise."""
    return bool(disk.target) and not _stays(disk)


def _stays(disk: Disk) -> str:
    """Return what is said of a disk that is not written to, or shared on purpose; "" for one to be copied."""
    if disk.cdrom:
        return f"{disk.vdev}: the medium {disk.target} is in both"
    if disk.access is Access.READ:
        return f"{disk.vdev}: {disk.target} is read-only, and both have it"
    if disk.access is Access.SHARED:
        return f"{disk.vdev}: {disk.target} is shared on purpose (w!), and both write to it"
    return ""


def _shared(disk: Disk) -> str:
    words = _stays(disk)
    return words or f"{disk.vdev}: {disk.target} is written to by both: only one of them can run at a time"
