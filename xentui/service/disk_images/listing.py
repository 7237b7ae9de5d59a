"""What is known of the images of a host: files, volumes, devices, and which domains name them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xentui.errors import HostError, StoreCode, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.model.devices import Disk
from xentui.model.disk_image import BackingFile, DiskImage, ImageKind, ImageList, ImagePart, Room
from xentui.model.domain import Domain, Snapshot
from xentui.service.disk_images.volume import Volumes
from xentui.service.disk_reader import run_reader
from xentui.service.disk_use import disks_in_use, is_here, path_of
from xentui.store.reading import NONSENSE
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import ImageFacts

USUAL_FOLDERS = ("/var/lib/xen/images", "/var/lib/libvirt/images")
_AT_ONCE = 1_000
_PARTS = 130
_SECONDS = 30.0
_LSBLK = ("lsblk", "--json", "--bytes", "--paths", "--output", "NAME,TYPE,SIZE,FSTYPE,MOUNTPOINT")
_DEVICES = 1_000
_LISTED_TYPES = ("disk", "part", "mpath", "raid0", "raid1", "raid5", "raid6", "raid10", "md")


class Naming:
    """Which domains name a thing, and with which disk; things are the agent's identities of them."""

    def __init__(self, snapshot: Snapshot, facts: Mapping[str, ImageFacts], shown: Mapping[str, str]) -> None:
        self._named: dict[str, dict[str, Disk]] = {}
        self._running: dict[str, dict[str, None]] = {}
        for domain, disk, runs in disks_of(snapshot.domains):
            seen = facts.get(shown.get(path_of(disk), ""))
            thing = (seen or {}).get("identity") or path_of(disk)
            self._named.setdefault(thing, {}).setdefault(domain.label, disk)
            if runs:
                self._running.setdefault(thing, {})[domain.label] = None

    def domains(self, thing: str) -> tuple[str, ...]:
        """Return the labels of the domains that name it."""
        return tuple(self._named.get(thing, ()))

    def running(self, thing: str) -> tuple[str, ...]:
        """Return the labels of the domains that run with it, or wait to be resumed with it."""
        return tuple(self._running.get(thing, ()))

    def format(self, thing: str) -> str:
        """Return the format the domains give it to their guests as; "" where none names it."""
        return next((disk.format for disk in self._named.get(thing, {}).values()), "")


def disks_of(domains: Iterable[Domain]) -> Iterable[tuple[Domain, Disk, bool]]:
    """Yield every disk of a domain that is a path of the host, once as stored and once as it runs, and whether it
    does.
    """
    for domain in domains:
        runs = [disk for disk in disks_in_use(domain) if is_here(disk)]
        for disk in runs:
            yield domain, disk, True
        for disk in (*domain.config.disks, *(domain.stored.disks if domain.stored else ())):
            if is_here(disk) and disk not in runs:
                yield domain, disk, False


async def facts_of(host: Host, paths: Iterable[str]) -> dict[str, ImageFacts]:
    """Return what the agent knows of paths, by where they lie for it."""
    wanted = sorted(set(paths))
    found: dict[str, ImageFacts] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        told = await host.call(operations.look_at_images, paths=wanted[start : start + _AT_ONCE])
        found.update(told)
    return found


async def look_at(
    host: Host, snapshot: Snapshot, volumes: Volumes, paths: Sequence[str]
) -> tuple[DiskImage, ...]:
    """Return the images at these paths, as the user writes them."""
    places = {path: host.host_path(path) for path in paths}
    named = {path_of(disk): "" for _domain, disk, _runs in disks_of(snapshot.domains)}
    shown = {path: host.host_path(path) for path in named}
    facts = await facts_of(host, [*places.values(), *shown.values()])
    naming = Naming(snapshot, facts, shown)
    return tuple(_read(host, path, facts[place], naming, volumes) for path, place in places.items())


async def look_around(host: Host, snapshot: Snapshot, volumes: Volumes, folder: str = "") -> ImageList:
    """Return the images of a folder; of all that domains name, of the folders these lie in, the volumes and the devices
    where none is given.  Raises StoreError where there is no such folder.
    """
    named = dict.fromkeys(path_of(disk) for _domain, disk, _runs in disks_of(snapshot.domains))
    shown = {path: host.host_path(path) for path in named}
    volume_places = {volume.path: host.host_path(volume.path) for volume in volumes.volumes.values()}
    facts = await facts_of(host, [*shown.values(), *volume_places.values()])
    naming = Naming(snapshot, facts, shown)
    if folder:
        wanted = [folder]
    else:
        files = [path for path, place in shown.items() if facts[place]["kind"] == "file"]
        wanted = sorted({*(path.rpartition("/")[0] or "/" for path in files), *USUAL_FOLDERS})
        wanted = [each for each in wanted if not f"{each}/".startswith("/dev/")]
    listed: dict[str, ImageFacts] = {}
    truncated = False
    asked = [host.call(operations.list_images, folder=host.host_path(each)) for each in wanted]
    # What is asked for at the same time takes one turn of the line.
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, BaseException):
            if folder or not isinstance(answer, StoreError) or answer.code != StoreCode.MISSING:
                raise answer
            continue
        truncated = truncated or bool(answer["truncated"])
        listed.update({host.shown(path): seen for path, seen in answer["images"].items()})
    if not folder:
        own = {facts[place].get("identity") for place in volume_places.values()} - {None}
        # What domains name by another path of its device (/dev/zd0, /dev/mapper/vg0-web) is listed as the volume.
        shown = {path: place for path, place in shown.items() if facts[place].get("identity") not in own}
        listed.update({path: facts[place] for path, place in shown.items()})
        listed.update({path: facts[place] for path, place in volume_places.items()})
    images = {path: _read(host, path, seen, naming, volumes) for path, seen in listed.items()}
    if not folder:
        known = {seen.get("identity") for seen in listed.values()}
        images.update(await _devices(host, naming, known, images))
    # What guests have first, what they could have last.
    ordered = tuple(sorted(images.values(), key=lambda image: (image.kind is ImageKind.DEVICE, image.path)))
    return ImageList(ordered, rooms(ordered), truncated)


def rooms(images: Iterable[DiskImage]) -> tuple[Room, ...]:
    """Return the file systems and pools that images lie on, and what these may still take there."""
    found: dict[str, Room] = {}
    for image in images:
        if image.lies_on and image.free is not None:
            now = found.get(image.lies_on) or Room(image.lies_on, image.free, 0)
            found[image.lies_on] = replace(
                now, free=min(now.free, image.free), promised=now.promised + image.promise
            )
    return tuple(found[name] for name in sorted(found))


async def parts_of(host: Host, image: DiskImage) -> tuple[ImagePart, ...]:
    """Return the partitions and file systems of an image; raises HostError where they cannot be read."""
    path, form = image.path, "raw" if image.content == "vhd-fixed" else image.format
    done = await run_reader(host, ["--places", f"--formats={form}", path], timeout=_SECONDS)
    try:
        answer = json.loads(done.text)
        if "error" in answer:
            raise HostError(plain(str(answer["error"]), 500), subject=path)
        return tuple(_part(each) for each in answer["places"][:_PARTS])
    except NONSENSE as error:
        raise HostError(
            "the partitions of the image cannot be read",
            subject=path,
            hint="the host needs python3",
            details=tuple(plain(word, 500) for word in done.words[-3:]),
        ) from error


def _part(values: Mapping[str, Any]) -> ImagePart:
    start, length, size = int(values["start"]), int(values["length"]), int(values["size"])
    return ImagePart(
        int(values["partition"]),
        start,
        start + max(length, size),
        plain(str(values["kind"]), 40),
        plain(str(values["label"]), 100),
    )


def _read(host: Host, path: str, seen: ImageFacts, naming: Naming, volumes: Volumes) -> DiskImage:
    """Return an image as the agent and the volume managers tell of it.

    Raises StoreError where what the agent says makes no sense.
    """
    kind = seen["kind"]
    thing = seen.get("identity") or path
    domains, running = naming.domains(thing), naming.running(thing)
    volume = volumes.volumes.get(path)
    content = plain(str(seen.get("content") or ""), 20)
    # What a domain gives to its guest as raw bytes is that, whatever the guest has written to its beginning.
    form = naming.format(thing) or {"": "raw", "vhd-fixed": "vhd"}.get(content, content)
    if volume is not None:
        return DiskImage(
            path,
            kind=ImageKind.THIN if volume.pool else ImageKind.VOLUME,
            domains=domains,
            running=running,
            format=naming.format(thing) or "raw",
            size=volume.size,
            used=volume.used,
            lies_on=volume.lies_on,
            free=volume.free,
        )
    if kind == "block":
        size = seen.get("size")
        return DiskImage(
            path,
            kind=ImageKind.DEVICE,
            domains=domains,
            running=running,
            format=naming.format(thing) or "raw",
            size=size,
            used=size,
        )
    if kind != "file":
        return DiskImage(path, kind=ImageKind.MISSING, domains=domains, running=running, format=form)
    raw = form in ("raw", "")
    return DiskImage(
        path,
        kind=ImageKind.FILE,
        domains=domains,
        running=running,
        format=form,
        content=content,
        size=seen.get("size") if raw else seen.get("virtual"),
        used=seen.get("allocated"),
        lies_on=str(seen.get("file_system") or ""),
        free=seen.get("free"),
        backing=tuple(
            BackingFile(host.shown(plain(each[0], 4096)), plain(each[1], 20))
            for each in seen.get("backing", ())
        )
        if form == "qcow2"
        else (),
    )


async def _devices(
    host: Host, naming: Naming, known: set[str | None], images: Mapping[str, DiskImage]
) -> dict[str, DiskImage]:
    """Return the other block devices of the host, as lsblk(8) lists them."""
    rows = await _listed(host)
    facts = await facts_of(host, [host.host_path(path) for path, _size, _use in rows])
    found: dict[str, DiskImage] = {}
    for path, size, use in rows:
        thing = facts[host.host_path(path)].get("identity")
        if path in images or thing in known:
            continue
        found[path] = DiskImage(
            path,
            ImageKind.DEVICE,
            size=size,
            used=size,
            domains=naming.domains(thing or path),
            running=naming.running(thing or path),
            use=use,
        )
    return found


async def as_listed(host: Host, image: DiskImage) -> DiskImage:
    """Return a device as the list shows it, with what the host uses it for; any other image as it is.

    What lsblk(8) lists is there, even where nothing in /dev has its name.
    """
    if image.kind not in (ImageKind.DEVICE, ImageKind.MISSING) or not image.path.startswith("/dev/"):
        return image
    for path, size, use in await _listed(host):
        if path == image.path:
            return replace(image, kind=ImageKind.DEVICE, size=size, used=size, use=use)
    return image


async def _listed(host: Host) -> list[tuple[str, int, str]]:
    """Return path, size in bytes and use of the block devices of the host; none where it has no lsblk(8)."""
    done = await host.run(_LSBLK, timeout=_SECONDS)
    rows: list[tuple[str, int, str]] = []
    if done.exit_code == 0:
        try:
            _rows(json.loads(done.text)["blockdevices"], rows)
        except NONSENSE:
            return []
    return rows


def _rows(devices: Any, found: list[tuple[str, int, str]], depth: int = 0) -> None:
    for each in devices:
        if len(found) >= _DEVICES or depth > 8:
            return
        if each["type"] in _LISTED_TYPES:
            mount, kind = each.get("mountpoint"), each.get("fstype")
            children = bool(each.get("children"))
            use = f"mounted at {plain(str(mount), 100)}" if mount else plain(str(kind or ""), 40)
            found.append(
                (plain(str(each["name"]), 255), int(each["size"]), use or ("has parts" if children else ""))
            )
        _rows(each.get("children") or (), found, depth + 1)
