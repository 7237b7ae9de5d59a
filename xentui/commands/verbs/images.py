"""``image …``: the disks of guests as files, volumes and devices of the host."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.errors import UsageError
from xentui.model.sizes import disk_size, shown_bytes

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.disk_image import DiskImage, Room
    from xentui.service.disk_images.images import ImageDetails

_FORMATS = ("raw", "qcow2", "vhd")
_SIZE = "such as 10G, 512M, 1.5T or 1048576B; a unit is needed"


async def _create(context: Context, args: argparse.Namespace) -> None:
    if args.sparse and args.preallocated:
        raise UsageError("is either --sparse or --preallocated", subject=args.path)
    if bool(args.backing) != bool(args.backing_format):
        raise UsageError(
            "--backing needs --backing-format, and that it", subject=args.path, hint="raw, qcow2 or vhd"
        )
    preallocated = True if args.preallocated else False if args.sparse else None
    with context.progress(f"create {args.path}") as progress:
        image = await context.hypervisor.images.create(
            args.path,
            disk_size(args.size),
            format=args.format or "raw",
            preallocated=preallocated,
            pool=args.pool or "",
            backing=(args.backing, args.backing_format) if args.backing else None,
            progress=progress,
        )
    _made(context, image, args)


async def _copy(context: Context, args: argparse.Namespace) -> None:
    with context.progress(f"copy {args.path}") as progress:
        image = await context.hypervisor.images.copy(args.path, args.to, progress=progress)
    _made(context, image, args)


async def _convert(context: Context, args: argparse.Namespace) -> None:
    with context.progress(f"convert {args.path}") as progress:
        image = await context.hypervisor.images.convert(
            args.path,
            args.to,
            format=args.format or "raw",
            source_format=getattr(args, "from") or "",
            preallocated=args.preallocated,
            progress=progress,
        )
    _made(context, image, args)


def _made(context: Context, image: DiskImage, args: argparse.Namespace) -> None:
    if context.hypervisor.session.dry_run:
        return
    if args.json:
        context.json(_image_json(image))
        return
    context.note(f"{image.path}: {_sizes(image)}")
    if image.free is not None and image.promise > image.free:
        context.warn(
            f"{image.path} may grow by {shown_bytes(image.promise)}, and {shown_bytes(image.free)} are free there"
        )


def _sizes(image: DiskImage) -> str:
    size = "of unknown size" if image.size is None else shown_bytes(image.size)
    used = "" if image.used is None or image.used == image.size else f", {shown_bytes(image.used)} used"
    return f"{image.format}, {size}{used}"


async def _resize(context: Context, args: argparse.Namespace) -> None:
    context.hypervisor.session.require_writable()
    images, size = context.hypervisor.images, disk_size(args.size)
    if (cut := await images.cut(args.path, size)) is not None:
        await commands.confirmation.confirmed(context, args, cut, subject=args.path)
    context.asked()
    told = await images.resize(args.path, size)
    if told and not context.hypervisor.session.dry_run:
        context.note(f"{args.path}: {shown_bytes(size)}; {told}")


async def _rm(context: Context, args: argparse.Namespace) -> None:
    context.hypervisor.session.require_writable()
    images = context.hypervisor.images
    for number, path in enumerate(args.path, 1):
        await commands.confirmation.confirmed(context, args, await images.removal(path), subject=path)
        if number == len(args.path):
            context.asked()
        await images.remove(path)


async def _info(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.images.info(args.path)
    if args.json:
        context.json(_details_json(found))
        return
    for line in details_lines(found):
        context.out(line)


def details_lines(found: ImageDetails) -> Iterator[str]:
    """Yield an image in lines: what it is, its sizes, what it lies on, who names it, and what is in it."""
    image, room = found.image, found.room
    rows = [("image", image.path), ("kind", image.kind.value), ("format", image.format)]
    if image.content and image.content != image.format:
        rows.append(("begins as", f"a {image.content} image"))
    rows += [("size", _bytes(image.size)), ("used", _bytes(image.used))]
    if image.lies_on and image.free is not None:
        grows = f"it may grow by {shown_bytes(image.promise)}, " if image.promise else ""
        rows.append(("lies on", f"{image.lies_on}: {grows}{shown_bytes(image.free)} are free"))
    for base in image.backing:
        rows.append(("based on", f"{base.path} ({base.format or 'of a format that is not recorded'})"))
    if image.use:
        rows.append(("the host", image.use))
    rows.append(("domains", ", ".join(image.domains) or "no domain uses it"))
    if image.running:
        rows.append(("in use by", ", ".join(image.running)))
    for part in found.parts:
        what = " ".join(
            word for word in (part.kind or "unknown data", part.label and f'"{part.label}"') if word
        )
        where = f"partition {part.number}" if part.number else "the whole"
        end = (
            f", {shown_bytes(part.end - part.start)} from {shown_bytes(part.start)}"
            if part.end > part.start
            else ""
        )
        rows.append((where, f"{what}{end}"))
    if found.parts_unknown:
        rows.append(("partitions", found.parts_unknown))
    width = max(len(name) for name, _text in rows)
    yield from (f"{name:<{width}}  {text}" for name, text in rows)
    if room is not None and room.overcommitted:
        yield f"warning: {promises(room)}"


def promises(room: Room) -> str:
    """Return what to say where images may take more than there is."""
    return f"{room.name}: images may grow by {shown_bytes(room.promised)}, {shown_bytes(room.free)} are free"


def _bytes(size: int | None) -> str:
    return (
        "not known"
        if size is None
        else f"{shown_bytes(size)} ({size} bytes)"
        if size >= 1024
        else f"{size} bytes"
    )


async def _list(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.images.list(args.folder or "")
    if args.json:
        context.json(
            {
                "images": [_image_json(image) for image in found.images],
                "rooms": [
                    {"name": room.name, "free": room.free, "promised": room.promised} for room in found.rooms
                ],
                "truncated": found.truncated,
            }
        )
        return
    for line in table(found.images):
        context.out(line)
    for room in found.rooms:
        if room.overcommitted:
            context.warn(promises(room))
    if found.truncated:
        context.warn("there are more images than are listed: name a folder")


def table(images: Sequence[DiskImage]) -> Iterator[str]:
    """Images in rows: the path last, as it may be long."""
    rows = [("FORMAT", "SIZE", "USED", "DOMAINS", "PATH")]
    rows += [
        (
            image.format if image.kind.value in ("file", "missing") else image.kind.value,
            "missing" if image.kind.value == "missing" else _short(image.size),
            _short(image.used),
            named(image),
            image.path,
        )
        for image in images
    ]
    widths = [min(30, max(len(row[at]) for row in rows)) for at in range(4)]
    for row in rows:
        yield "  ".join((*(f"{text:<{width}}" for text, width in zip(row, widths, strict=False)), row[4]))


def _short(size: int | None) -> str:
    return "?" if size is None else shown_bytes(size)


def named(image: DiskImage) -> str:
    """Return the domains that name an image, with ``*`` behind those that run with it; else what the host does with
    it.
    """
    return ",".join(name + "*" * (name in image.running) for name in image.domains) or image.use or "-"


def _image_json(image: DiskImage) -> dict[str, Any]:
    """Return the documented form of an image (docs/images.md)."""
    return {
        "path": image.path,
        "kind": image.kind.value,
        "format": image.format,
        "content": image.content,
        "size": image.size,
        "used": image.used,
        "lies_on": image.lies_on,
        "free": image.free,
        "promise": image.promise,
        "backing": [{"path": base.path, "format": base.format} for base in image.backing],
        "domains": list(image.domains),
        "running": list(image.running),
        "use": image.use,
    }


def _details_json(found: ImageDetails) -> dict[str, Any]:
    room = found.room
    return {
        **_image_json(found.image),
        "partitions": [
            {
                "number": part.number,
                "start": part.start,
                "end": part.end,
                "filesystem": part.kind,
                "label": part.label,
            }
            for part in found.parts
        ],
        "partitions_unknown": found.parts_unknown,
        "room": None
        if room is None
        else {
            "name": room.name,
            "free": room.free,
            "promised": room.promised,
            "overcommitted": room.overcommitted,
        },
    }


_PATH = Argument(
    ("path",),
    "a file, a volume (/dev/GROUP/NAME, /dev/zvol/POOL/NAME) or a device of the host",
    ArgumentKind.PATH,
)
_JSON = flag("--json", help="machine-readable (docs/images.md)")

COMMANDS = (
    Command(
        id="image.list",
        verb="image list",
        summary="List disk images: those that domains name and files beside them, or those of a folder",
        group=Group.IMAGES,
        arguments=(
            Argument(("folder",), "a folder of the host", ArgumentKind.PATH, optional=True),
            _JSON,
        ),
        run=_list,
        details="A * marks a domain that runs with the image.",
    ),
    Command(
        id="image.info",
        verb="image info",
        summary="Show an image: format, sizes, free space, backing files, domains, contents",
        group=Group.IMAGES,
        arguments=(_PATH, _JSON),
        run=_info,
    ),
    Command(
        id="image.create",
        verb="image create",
        summary="Make an image, sparse or preallocated: a file, or a volume of LVM or ZFS",
        group=Group.IMAGES,
        arguments=(
            Argument(
                ("path",),
                "a new file of the host, or a new volume: /dev/GROUP/NAME (LVM), /dev/zvol/POOL/NAME (ZFS)",
                ArgumentKind.PATH,
            ),
            Argument(("size",), _SIZE),
            flag("--sparse", help="it takes space as it is written (usual for a file; a thin volume)"),
            flag("--preallocated", help="allocate all its space now (usual for a volume)"),
            Argument(("--format",), "raw (usual), qcow2 or vhd", ArgumentKind.CHOICE, choices=_FORMATS),
            Argument(("--pool",), "the thin pool of a volume, where its group has several"),
            Argument(("--backing",), "an image that a qcow2 one is based on", ArgumentKind.PATH),
            Argument(("--backing-format",), "the format of that", ArgumentKind.CHOICE, choices=_FORMATS),
            _JSON,
        ),
        mutates=True,
        run=_create,
        details="Nothing that exists is overwritten; if it is cancelled by Ctrl-C, nothing is left.",
    ),
    Command(
        id="image.resize",
        verb="image resize",
        summary="Resize an image; it can grow while a domain runs with it",
        group=Group.IMAGES,
        arguments=(_PATH, Argument(("size",), _SIZE)),
        mutates=True,
        asks=True,
        run=_resize,
        details="A smaller size is asked about again, and refused if a partition or file system ends after it.",
    ),
    Command(
        id="image.copy",
        verb="image copy",
        summary="Copy an image or a device to a new file; zeros take no space there",
        group=Group.IMAGES,
        arguments=(_PATH, Argument(("to",), "a new file of the host", ArgumentKind.PATH), _JSON),
        mutates=True,
        run=_copy,
    ),
    Command(
        id="image.convert",
        verb="image convert",
        summary="Convert an image to another format (qemu-img)",
        group=Group.IMAGES,
        arguments=(
            _PATH,
            Argument(("to",), "a new file of the host", ArgumentKind.PATH),
            Argument(("--format",), "raw (usual), qcow2 or vhd", ArgumentKind.CHOICE, choices=_FORMATS),
            Argument(
                ("--from",),
                "the format it has, where no domain tells",
                ArgumentKind.CHOICE,
                choices=(*_FORMATS, "vmdk", "qed", "qcow", "vdi", "vhdx"),
            ),
            flag("--preallocated", help="allocate all its space now"),
            _JSON,
        ),
        mutates=True,
        run=_convert,
    ),
    Command(
        id="image.rm",
        verb="image rm",
        summary="Remove images for good, after asking for their names",
        group=Group.IMAGES,
        arguments=(Argument(("path",), "a file or a volume of the host", ArgumentKind.PATH, many=True),),
        mutates=True,
        asks=True,
        run=_rm,
        details="Refused while a domain runs with one, or another image is based on it.",
    ),
)
