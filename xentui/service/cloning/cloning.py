"""Cloning: looks at what can be copied, and has a job of the host do it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import NotAllowedError, StoreCode, StoreError, UsageError, option
from xentui.hosts import operations
from xentui.model.devices import Access, Disk
from xentui.model.disk_image import DiskImage, ImageKind, format_by_name
from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service import identity
from xentui.service.admission import require_free_name
from xentui.service.checks import checked_text, refuse_errors
from xentui.service.cloning import text as texts
from xentui.service.cloning.disks import CloneDisks
from xentui.service.cloning.plan import ClonePlan, DiskCopy
from xentui.service.disk_images import jobs, listing, volumes as managers
from xentui.service.disk_images.volume import VolumePlace, Volumes
from xentui.service.disk_use import check_disks, others_of, path_of
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.legality import Action, require_now

if TYPE_CHECKING:
    from xentui.service.inventory import Inventory
    from xentui.service.repository import Repository
    from xentui.service.session import Session

_INSIDE = (
    "inside it is still {old}: change its host name, /etc/machine-id, SSH host keys and fixed addresses "
    "at its first start"
)
_AFTER_SUSPEND = "{old} is suspended: the clone boots with file systems as after a power cut"


class Cloning:
    """Makes one managed domain of another that does not run.

    Raises NotAllowedError where the state forbids it, the name is taken or a disk cannot be copied, ConfigError where
    another domain writes to a disk, StoreError where a copy cannot be made (its code says why), UsageError for words
    that make no sense.
    """

    def __init__(self, session: Session, inventory: Inventory, repository: Repository) -> None:
        self._session = session
        self._inventory = inventory
        self._repository = repository
        self._host = session.host

    async def plan(
        self,
        domain: Domain,
        name: str,
        *,
        paths: Mapping[str, str] | None = None,
        share: Sequence[str] = (),
        without: bool = False,
        values: Mapping[str, str] | None = None,
        blanks: Mapping[str, language.DiskBlank] | None = None,
    ) -> ClonePlan:
        """Return what a clone, or a domain made of a template, would be; nothing is done.

        ``paths`` are those of copies, by the guest's name of the disk or its path, the others are chosen; the disks
        to ``share`` are both domains' then; ``without`` leaves out what would be copied.  ``values`` are of keys of its
        configuration; ``blanks`` say what becomes of disks, in the place of what a template says of them.
        """
        snapshot = await self._inventory.poll()
        require_free_name(name, snapshot, doing=f"clone {domain.label}")
        domain = require_now(snapshot, domain, Action.CLONE)
        document = language.parse(
            (await self._session.store.read(domain.uuid)).text or "", source=domain.label
        )
        rules = {**language.blanks_of(document).disks, **(blanks or {})}
        document = language.filled(language.with_blanks(document, None), values or {})
        choice = CloneDisks(document, paths or {}, share, without=without, blanks=rules)
        volumes = await managers.look(self._host, [path_of(choice.disks[index]) for index in choice.copied])
        copies = await self._copies(snapshot, volumes, domain, name, choice)
        specs: dict[int, str | None] = dict.fromkeys(choice.left_out)
        for index, copy in copies.items():
            specs[index] = _spec(choice.disks[index], copy)
        for index in choice.read:
            specs[index] = language.format_disk(replace(choice.disks[index], access=Access.READ))
        uuid, used = identity.new_uuid(), _macs(snapshot)
        made = texts.cloned(document, name, uuid, specs, lambda: _new_mac(used))
        made = language.with_shared(made, language.shared_vdevs(made) - choice.unshared)
        # What somebody has answered is worth a word where it is odd.
        notes = [*texts.review_notes(made, domain.name), *(refuse_errors(made) if values else ())]
        if domain.state is DomainState.SUSPENDED:
            notes.append(_AFTER_SUSPEND.format(old=domain.label))
        if any(not copy.empty for copy in copies.values()):
            notes.append(_INSIDE.format(old=domain.label))
        return ClonePlan(
            domain, name, uuid, checked_text(made), tuple(copies.values()), tuple(choice.shares), tuple(notes)
        )

    async def clone(self, plan: ClonePlan, *, progress: Progress | None = None) -> None:
        """Copy the disks and store the clone: a job of the host, which goes on when the line breaks (GoesOnError).

        Cancelled or failed, it leaves nothing, or says what.
        """
        session, host = self._session, self._host
        session.require_writable()
        # It may run by now, and write to what is copied.
        require_now(await self._inventory.glance(), plan.domain, Action.CLONE)
        reason = f"{'made of the template' if plan.domain.template else 'clone of'} {plan.domain.label}"
        if session.dry_run:
            for argv in (argv for copy in plan.copies for argv in copy.shown()):
                session.say(shlex.join(argv))
        if session.dry_run or not plan.copies:
            await self._repository.create(plan.uuid, plan.name, plan.text, reason=reason)
            return
        disks = {
            copy.vdev: copy.job_arguments(host.host_path(copy.image.path), host.host_path(copy.path))
            for copy in plan.copies
        }

        begin = partial(
            session.store.start_clone_job,
            of=plan.domain.uuid,
            uuid=plan.uuid,
            name=plan.name,
            text=plan.text,
            disks=disks,
            reason=reason,
            subject=plan.name,
            user=session.user,
        )

        def explain(error: StoreError) -> StoreError:
            told = jobs.explained(error, session.host.shown(error.subject), "copy")
            return told if error.code in (StoreCode.FULL, StoreCode.UNTRUSTED, StoreCode.MISSING) else error

        request = JobRequest("clone", plan.name, begin, "the domain was not cloned", explain=explain)
        work = run_to_end(session, request, progress=progress)
        why = "its disks would be left: delete it with them"
        await self._repository.done_by(plan.name, reason, work, lasting=why)

    async def _copies(
        self, snapshot: Snapshot, volumes: Volumes, domain: Domain, name: str, choice: CloneDisks
    ) -> dict[int, DiskCopy]:
        """Return the copies, by the index of their disks; raises what is in the way of one."""
        disks = {index: choice.disks[index] for index in (*choice.copied, *choice.empty)}
        there = [choice.disks[index] for index in (*choice.copied, *choice.read)]
        if not disks and not there:
            return {}
        read = [replace(disk, access=Access.READ) for disk in there]
        warnings = await check_disks(
            self._session, read, others_of(snapshot, domain.uuid), source=domain.label
        )
        self._session.caution(warnings)
        paths = [path_of(choice.disks[index]) for index in choice.copied]
        images = {image.path: image for image in await listing.look_at(self._host, snapshot, volumes, paths)}
        offered = {index: choice.offered(disk, domain.name, name) for index, disk in disks.items()}
        for index in choice.empty:
            offered[index] = [_raw(path) for path in offered[index]]
        places = {path: self._host.host_path(path) for some in offered.values() for path in some}
        seen = await self._host.call(operations.stat, paths=sorted(set(places.values())))
        taken = {path for path, place in places.items() if seen[place]["kind"] != "missing"}
        copies: dict[int, DiskCopy] = {}
        for index, disk in disks.items():
            free = next((path for path in offered[index] if path not in taken), "")
            if not free:
                raise StoreError(
                    "something with that name exists already",
                    code=StoreCode.EXISTS,
                    subject=offered[index][0],
                    hint=(
                        "choose another path: ",
                        option("--disk", f"{disk.vdev}=PATH", form=f"in the field of {disk.vdev}"),
                    ),
                )
            taken.add(free)
            if size := choice.empty.get(index, 0):
                copies[index] = self._empty(disk, size, free, volumes)
            else:
                image = images[path_of(disk)]
                copies[index] = self._copy(disk, image, free, volumes, chosen=choice.is_chosen(disk))
        _require_room(copies.values(), volumes)
        return copies

    @staticmethod
    def _empty(disk: Disk, size: int, path: str, volumes: Volumes) -> DiskCopy:
        return DiskCopy(
            disk.vdev, DiskImage(path, ImageKind.MISSING), path, _place(path, volumes), empty=size
        )

    def _copy(self, disk: Disk, image: DiskImage, path: str, volumes: Volumes, *, chosen: bool) -> DiskCopy:
        if image.kind is ImageKind.DEVICE and not chosen:
            raise NotAllowedError(
                f"the disk {disk.vdev} is a device of the host, {image.path}: where its copy is to be must be said",
                subject=disk.vdev,
                hint=(
                    option("--disk", f"{disk.vdev}=/srv/xen/FILE", form=f"the field of {disk.vdev}"),
                    " says it; ",
                    option("--share", disk.vdev, form=f"`:clone` with `--share {disk.vdev}`"),
                    " leaves the disk to both",
                ),
            )
        if image.backing and path.rpartition("/")[0] != image.path.rpartition("/")[0]:
            raise NotAllowedError(
                f"the image {image.path} is based on {image.backing[0].path}, and finds that from its own folder",
                subject=disk.vdev,
                hint="leave the copy in that folder",
            )
        place = _place(path, volumes)
        if place is None:
            return DiskCopy(disk.vdev, image, path)
        if image.format != "raw":
            raise UsageError(f"a volume holds raw bytes, not a {image.format} image", subject=path)
        return DiskCopy(disk.vdev, image, path, place, volumes.volumes.get(image.path))


def _place(path: str, volumes: Volumes) -> VolumePlace | None:
    """Return the volume a disk would be, None for a file; raises UsageError for what is no place for either."""
    place = managers.place_of(path)
    if place is None:
        if path.startswith("/dev/"):
            raise UsageError(
                "is not a valid place for a disk", subject=path, hint=f"{managers.EXAMPLES}; or a file"
            )
        return None
    volumes.require_place(place)
    return place


def _raw(path: str) -> str:
    """Return a path under a name that promises no format: what is new and empty holds raw bytes."""
    form = format_by_name(path)
    return path if form == "raw" else f"{path.rpartition('.')[0]}.img"


def _spec(disk: Disk, copy: DiskCopy) -> str:
    """Return the disk as the clone has it."""
    if copy.empty:
        disk = replace(disk, format="raw", prefix="", backendtype="")
        return language.format_disk(replace(disk, target=copy.path, access=Access.WRITE))
    access = Access.WRITE if disk.access is Access.SHARED else disk.access
    if (copy.image.kind is ImageKind.FILE) is (copy.place is not None):
        # What was right for a file is none for a device, and the other way round.
        disk = replace(disk, prefix="", backendtype="")
    return language.format_disk(replace(disk, target=copy.path, access=access))


def _require_room(copies: Iterable[DiskCopy], volumes: Volumes) -> None:
    needed: dict[VolumePlace, int] = {}
    for copy in copies:
        if copy.place and not copy.snapshot:
            group = copy.place.beside("")
            needed[group] = needed.get(group, 0) + copy.room
            volumes.require_room(copy.place, needed[group])


def _macs(snapshot: Snapshot) -> set[str]:
    configs = [each for domain in snapshot.domains for each in (domain.running, domain.stored) if each]
    return {vif.mac.lower() for config in configs for vif in config.vifs if vif.mac}


def _new_mac(used: set[str]) -> str:
    while (mac := identity.new_mac()) in used:
        pass
    used.add(mac)
    return mac
