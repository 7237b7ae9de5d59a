"""``block-*`` and ``network-*``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui import config as language, model
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.model.sizes import disk_size, shown_bytes
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.devices import Disk
    from xentui.model.domain import Domain


async def _block_attach(context: Context, found: Domain, args: argparse.Namespace) -> str:
    devices = context.hypervisor.devices
    if not args.new:
        if args.preallocated or args.sparse:
            raise UsageError("--preallocated and --sparse are for a new image", hint="add --new SIZE")
        disk = await devices.attach_disk(found, args.words)
        return f"disk {disk.vdev} attached"
    if args.preallocated and args.sparse:
        raise UsageError("a new image is either --sparse or --preallocated")
    size = disk_size(args.new)
    preallocated = True if args.preallocated else False if args.sparse else None
    with context.progress("make its image") as progress:
        disk = await devices.attach_disk(
            found,
            args.words,
            new=model.disk_image.NewImage("", size, preallocated=preallocated),
            progress=progress,
        )
    return f"disk {disk.vdev} attached: {disk.target}, new, {disk.format}, {shown_bytes(size)}"


async def _block_detach(context: Context, found: Domain, args: argparse.Namespace) -> str:
    vdev = await context.hypervisor.devices.detach_disk(found, args.device, force=args.force)
    return f"disk {vdev} detached"


async def _block_list(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    context.out(f"{'Device':<8}{'Vdev':>10}  {'Mode':<6}{'Format':<8}Target")
    for disk in found.config.disks:
        mode = "cdrom" if disk.cdrom else disk.access.value
        number = language.vdev_number(disk.vdev)
        context.out(f"{disk.vdev:<8}{number:>10}  {mode:<6}{disk.format:<8}{disk.target or '-'}")


async def _cd_insert(context: Context, found: Domain, args: argparse.Namespace) -> str:
    return _in_drive(await context.hypervisor.devices.change_medium(found, args.device, args.path))


async def _cd_eject(context: Context, found: Domain, args: argparse.Namespace) -> str:
    return _in_drive(await context.hypervisor.devices.change_medium(found, args.device or "", ""))


def _in_drive(drive: Disk) -> str:
    return f"{drive.target} is in {drive.vdev}" if drive.target else f"{drive.vdev} is empty"


async def _network_attach(context: Context, found: Domain, args: argparse.Namespace) -> str:
    vif = await context.hypervisor.devices.attach_vif(found, args.words)
    return f"interface {vif.mac} attached"


async def _network_detach(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.devices.detach_vif(found, args.device)
    return f"interface {args.device} detached"


async def _network_list(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    context.out(f"{'Idx':<5}{'MAC':<19}{'Bridge':<16}Model")
    for position, vif in enumerate(found.config.vifs):
        index = vif.devid if vif.devid is not None else position
        context.out(f"{index:<5}{vif.mac or '-':<19}{vif.bridge or '-':<16}{vif.model or '-'}")


COMMANDS = (
    Command(
        id="domain.medium",
        label="CD drive",
        says="change a medium",
        summary="Insert or eject the medium of a CD drive",
        group=Group.DEVICES,
        arguments=(domain(Action.CD_INSERT),),
        targets=Targets.ONE,
        mutates=True,
    ),
    Command(
        id="domain.disk-attach",
        verb="block-attach",
        label="Add disk",
        says="attach a disk",
        summary="Attach a disk, to the running domain and in its stored configuration",
        group=Group.DEVICES,
        arguments=(
            domain(Action.BLOCK_ATTACH),
            Argument(
                ("words",),
                "BACKEND DEVICE MODE as in `file:/srv/data.img /dev/xvdb w`, or xl's disk specification",
                metavar="SPEC",
                many=True,
            ),
            Argument(
                ("--new",),
                "make the image first, of this size: 10G, 512M, 1.5T",
                metavar="SIZE",
                optional=True,
            ),
            flag("--sparse", help="the new image takes space as it is written (a thin volume)"),
            flag("--preallocated", help="allocate all the space of the new image now"),
        ),
        targets=Targets.ONE,
        mutates=True,
        act=_block_attach,
        details=(
            "With --new, SPEC may be a path alone: the next free device is taken, and the format by the end of "
            "the name (.qcow2, .vhd, else raw); /dev/GROUP/NAME is a volume of LVM, /dev/zvol/POOL/NAME one of "
            "ZFS. If the disk cannot be attached, its new image is removed."
        ),
    ),
    Command(
        id="domain.disk-detach",
        verb="block-detach",
        label="Drop disk",
        says="detach a disk",
        summary="Detach a disk",
        group=Group.DEVICES,
        arguments=(
            domain(Action.BLOCK_DETACH),
            Argument(("device",), "xvdb, /dev/xvdb or 51728"),
            flag("-f", "--force", help="even if the guest does not release it"),
        ),
        targets=Targets.ONE,
        mutates=True,
        act=_block_detach,
    ),
    Command(
        id="domain.cd-insert",
        verb="cd-insert",
        summary="Insert an image into a CD drive",
        group=Group.DEVICES,
        arguments=(
            domain(Action.CD_INSERT),
            Argument(("device",), "the drive: hdc, /dev/hdc or 5632"),
            Argument(("path",), "the image file on the host", ArgumentKind.PATH),
        ),
        targets=Targets.ONE,
        mutates=True,
        act=_cd_insert,
        details=(
            "A medium that is in it is ejected. While the domain runs, it must be an HVM domain, and the medium a "
            "file."
        ),
    ),
    Command(
        id="domain.cd-eject",
        verb="cd-eject",
        summary="Eject the medium of a CD drive",
        group=Group.DEVICES,
        arguments=(
            domain(Action.CD_EJECT),
            Argument(("device",), "the drive, if there are several", optional=True),
        ),
        targets=Targets.ONE,
        mutates=True,
        act=_cd_eject,
    ),
    Command(
        id="domain.block-list",
        verb="block-list",
        summary="List a domain's disks",
        group=Group.DEVICES,
        arguments=(domain(),),
        targets=Targets.ONE,
        run=_block_list,
    ),
    Command(
        id="domain.net-attach",
        verb="network-attach",
        label="Add interface",
        says="attach an interface",
        summary="Attach a network interface",
        group=Group.DEVICES,
        arguments=(
            domain(Action.NETWORK_ATTACH),
            Argument(
                ("words",), "such as mac=… bridge=… model=…", metavar="KEY=VALUE", many=True, optional=True
            ),
        ),
        targets=Targets.ONE,
        mutates=True,
        act=_network_attach,
    ),
    Command(
        id="domain.net-detach",
        verb="network-detach",
        label="Drop interface",
        says="detach an interface",
        summary="Detach a network interface",
        group=Group.DEVICES,
        arguments=(domain(Action.NETWORK_DETACH), Argument(("device",), "its number or MAC address")),
        targets=Targets.ONE,
        mutates=True,
        act=_network_detach,
    ),
    Command(
        id="domain.network-list",
        verb="network-list",
        summary="List a domain's network interfaces",
        group=Group.DEVICES,
        arguments=(domain(),),
        targets=Targets.ONE,
        run=_network_list,
    ),
)
