"""``block-*`` and ``network-*``."""

from __future__ import annotations

import argparse

from xentui import config as language
from xentui.commands.arguments import Argument, Kind, Verb, domain, flag
from xentui.commands.context import Context
from xentui.service.legality import Action


async def _block_attach(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.attach_disk(found, args.words)


async def _block_detach(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.detach_disk(found, args.device, force=args.force)


async def _block_list(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    context.out(f"{'Device':<8}{'Vdev':>10}  {'Mode':<6}{'Format':<8}Target")
    for disk in found.config.disks:
        mode = "cdrom" if disk.cdrom else disk.access.value
        number = language.vdev_number(disk.vdev)
        context.out(f"{disk.vdev:<8}{number:>10}  {mode:<6}{disk.format:<8}{disk.target or '-'}")


async def _cd_insert(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.change_medium(found, args.device, args.path)


async def _cd_eject(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.change_medium(found, args.device or "", "")


async def _network_attach(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.attach_vif(found, args.words)


async def _network_detach(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await context.hypervisor.devices.detach_vif(found, args.device)


async def _network_list(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    context.out(f"{'Idx':<5}{'MAC':<19}{'Bridge':<16}Model")
    for position, vif in enumerate(found.config.vifs):
        index = vif.devid if vif.devid is not None else position
        context.out(f"{index:<5}{vif.mac or '-':<19}{vif.bridge or '-':<16}{vif.model or '-'}")


VERBS = (
    Verb(
        "block-attach",
        "Attach a disk: live where the domain runs, and stored where it is managed",
        "Devices",
        _block_attach,
        (
            domain(Action.BLOCK_ATTACH),
            Argument(
                ("words",),
                "BACKEND DEVICE MODE as in `file:/srv/data.img /dev/xvdb w`, or xl's disk specification",
                metavar="SPEC",
                many=True,
            ),
        ),
        changes=True,
    ),
    Verb(
        "block-detach",
        "Detach a disk",
        "Devices",
        _block_detach,
        (
            domain(Action.BLOCK_DETACH),
            Argument(("device",), "xvdb, /dev/xvdb or 51728"),
            flag("-f", "--force", help="without the guest's consent"),
        ),
        changes=True,
    ),
    Verb(
        "cd-insert",
        "Put an image into a CD drive",
        "Devices",
        _cd_insert,
        (
            domain(Action.CD_INSERT),
            Argument(("device",), "the drive: hdc, /dev/hdc or 5632"),
            Argument(("path",), "the image file on the host", Kind.PATH),
        ),
        "What was in it before comes out. While the domain runs it must be an HVM domain, and the medium a file.",
        changes=True,
    ),
    Verb(
        "cd-eject",
        "Take the medium out of a CD drive",
        "Devices",
        _cd_eject,
        (
            domain(Action.CD_EJECT),
            Argument(("device",), "the drive, where there are several", optional=True),
        ),
        changes=True,
    ),
    Verb("block-list", "List a domain's disks", "Devices", _block_list, (domain(),)),
    Verb(
        "network-attach",
        "Attach a network interface",
        "Devices",
        _network_attach,
        (
            domain(Action.NETWORK_ATTACH),
            Argument(
                ("words",), "such as mac=… bridge=… model=…", metavar="KEY=VALUE", many=True, optional=True
            ),
        ),
        changes=True,
    ),
    Verb(
        "network-detach",
        "Detach a network interface",
        "Devices",
        _network_detach,
        (domain(Action.NETWORK_DETACH), Argument(("device",), "its number or MAC address")),
        changes=True,
    ),
    Verb("network-list", "List a domain's network interfaces", "Devices", _network_list, (domain(),)),
)
