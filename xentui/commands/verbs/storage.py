"""``storage …``: what lies below the disks of guests, whether another host shares it, and setting it up."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.late import later

_FOLDER = Argument(("folder",), "where: a folder of this host", ArgumentKind.PATH)

COMMANDS = (
    Command(
        id="storage.show",
        verb="storage show",
        summary="Show the storage below images: mounts, volumes, devices, free space, domains, problems",
        group=Group.HOST,
        arguments=(
            Argument(
                ("what",),
                "a path, or a domain: all its disks",
                ArgumentKind.DOMAIN,
                metavar="PATH|DOM",
                optional=True,
            ),
            Argument(
                ("--shared-with",),
                "say of each disk whether that host has it, too",
                ArgumentKind.HOST,
                metavar="HOST",
            ),
            flag("--json", help="machine-readable (docs/storage.md)"),
        ),
        run=later(lambda: commands.storage_session.show),
        details=(
            "`show` may be left out. A file that is left in a folder for a moment proves that the folder is "
            "shared."
        ),
    ),
    Command(
        id="storage.free",
        verb="storage free",
        summary="Detach a loop device that holds an image and that nobody uses, after asking",
        group=Group.HOST,
        arguments=(Argument(("path",), "the image, or the loop device", ArgumentKind.PATH),),
        mutates=True,
        asks=True,
        run=later(lambda: commands.storage_session.free),
    ),
    Command(
        id="storage.export",
        verb="storage export",
        summary="Export a folder to another host by NFS, with options fit for images, after asking",
        group=Group.HOST,
        arguments=(
            Argument(("folder",), "a folder of this host", ArgumentKind.PATH),
            Argument(("client",), "the host that is to mount it: a name, an address, or a network"),
        ),
        mutates=True,
        asks=True,
        run=later(lambda: commands.storage_session.export),
        details="It shows what it does; the old content of changed files is kept beside them.",
    ),
    Command(
        id="storage.mount",
        verb="storage mount",
        summary="Mount a folder of an NFS server, with options fit for images, now and at boot, after asking",
        group=Group.HOST,
        arguments=(Argument(("source",), "SERVER:/FOLDER"), _FOLDER),
        mutates=True,
        asks=True,
        run=later(lambda: commands.storage_session.mount),
        details="It shows each step and asks; the old content of changed files is kept beside them.",
    ),
    Command(
        id="storage.ocfs2",
        verb="storage ocfs2",
        summary="Mount a device shared by several hosts as OCFS2, now and at boot, after asking",
        group=Group.HOST,
        arguments=(
            Argument(("device",), "the device, as this host calls it", ArgumentKind.PATH),
            _FOLDER,
            Argument(
                ("--node",),
                "a host of the cluster, this one too; once each",
                metavar="NAME=ADDRESS",
                many=True,
            ),
            Argument(("--cluster",), "its name (xen)", metavar="NAME"),
            Argument(
                ("--slots",), "hosts that may mount it at the same time (4)", ArgumentKind.NUMBER, metavar="N"
            ),
            flag("--format", help="make the file system, on an empty device, after its name was typed"),
        ),
        mutates=True,
        asks=True,
        run=later(lambda: commands.storage_session.ocfs2),
        details="A node that loses its heartbeat reboots itself: read docs/storage.md first.",
    ),
)
