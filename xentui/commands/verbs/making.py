"""``make``: a new guest, from what it starts from to the installer that runs."""

from __future__ import annotations

import argparse

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.errors import UsageError

_SYSTEMS = ("debian", "ubuntu", "suse", "fedora", "alpine", "linux", "windows", "bsd", "other")
_TYPES = ("pv", "pvh", "hvm")
_FORMATS = ("raw", "qcow2", "vhd")
_TOOLS = ("mmdebstrap", "debootstrap")
_FILE_SYSTEMS = ("ext4", "xfs")
_WITH_A_TEMPLATE = ("--template", "--set", "--start", "--memory", "--vcpus")
_NOT_GIVEN: tuple[object, ...] = (None, False, [])


async def _make(context: Context, args: argparse.Namespace) -> None:
    if args.template:
        options = (argument for argument in COMMANDS[0].arguments if argument.is_option)
        given = [argument.names[0] for argument in options if getattr(args, argument.dest) not in _NOT_GIVEN]
        await commands.template_session.make_of_template(
            context, args, [name for name in given if name not in _WITH_A_TEMPLATE]
        )
        return
    if args.set:
        raise UsageError("is what a template asks for", subject="--set", hint="with --template")
    await commands.make_session.make(context, args)


def _path(name: str, help: str) -> Argument:
    return Argument((name,), help, ArgumentKind.PATH, metavar="PATH")


COMMANDS = (
    Command(
        id="host.make",
        verb="make",
        summary="Make a guest: its disks, its configuration and its install configuration",
        group=Group.MANAGED,
        arguments=(
            Argument(("name",), "the name of the new domain", optional=True),
            Argument(
                ("--from",),
                "a file of answers on this machine (host:PATH, -); options given as well take precedence",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            Argument(
                ("--template",),
                "of a template (`template`); goes with --set, --memory, --vcpus, --start only",
                ArgumentKind.DOMAIN,
                metavar="TEMPLATE",
            ),
            Argument(
                ("--set",),
                "what that asks for, or any other key: memory=2G; of a disk copy, shared or a size, and a path: "
                "xvda=copy,/srv/web2.img",
                metavar="BLANK=VALUE",
                many=True,
                optional=True,
            ),
            Argument(
                ("--system",),
                f"the system it gets: {', '.join(_SYSTEMS)}, or one of the host's osinfo-db, such as debian12",
                metavar="SYSTEM",
            ),
            Argument(
                ("--type",), "how it boots (default: what suits best)", ArgumentKind.CHOICE, choices=_TYPES
            ),
            Argument(("--memory",), "MiB, or with a unit: 2G", metavar="SIZE"),
            Argument(("--vcpus",), "virtual processors", ArgumentKind.NUMBER, metavar="N"),
            _path("--kernel", "install with this kernel of the host; with --iso: of the CD"),
            _path("--ramdisk", "and with this initrd"),
            Argument(("--extra",), "added to the installer's kernel command line", metavar="WORDS"),
            _path(
                "--tree", "install from a netboot tree: a folder of the host, or http://, https://, nfs://"
            ),
            Argument(
                ("--unattended",),
                "a file of this machine (host:PATH, -) with answers for the installer: preseed, kickstart, AutoYaST, "
                "autoinstall",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            _path("--iso", "install from an image of a CD"),
            flag("--pxe", help="install from the network"),
            _path("--image", "no install: the first disk is a copy of this image"),
            _path(
                "--cloud",
                "no install: the same with a cloud image, set up at its first boot by the options below",
            ),
            Argument(
                ("--image-format",), "the format of the image to copy", ArgumentKind.CHOICE, choices=_FORMATS
            ),
            flag(
                "--debootstrap",
                help="no install: put a Debian or Ubuntu system on the first disk, from packages of a mirror",
            ),
            Argument(("--suite",), "its release, such as bookworm or noble (default: the host's own)"),
            Argument(
                ("--mirror",), "where its packages come from (default: as for the host's own)", metavar="URL"
            ),
            Argument(("--packages",), "more packages, separated by commas", metavar="NAMES"),
            Argument(
                ("--by",),
                "the tool to use (default: mmdebstrap if installed)",
                ArgumentKind.CHOICE,
                choices=_TOOLS,
            ),
            _path("--keyring", "a file of the host with the keys of the mirror's archive"),
            _path(
                "--archive",
                "no install: unpack this archive (tar) of a root file system to the first disk",
            ),
            Argument(
                ("--filesystem",),
                "the file system of a system that is made (default: ext4)",
                ArgumentKind.CHOICE,
                choices=_FILE_SYSTEMS,
            ),
            flag("--no-install", help="no install: the first disk exists and has a system"),
            _path("--disk", "its first disk (default: a file in the folder that has the images of the host)"),
            Argument(("--size",), "make that disk with this size: 10G, 1.5T"),
            Argument(
                ("--format",),
                "its format: raw (default), qcow2 or vhd",
                ArgumentKind.CHOICE,
                choices=_FORMATS,
            ),
            flag("--preallocated", help="allocate all its space now"),
            Argument(
                ("--bridge",),
                "the bridge of its interface (default: the host's usual one; none: no interface)",
            ),
            Argument(("--user",), "of a cloud image: the user who may log in (default: the image's own)"),
            Argument(
                ("--ssh-key",),
                "the public key for logins, or a file of this machine with some (host:PATH, -); default: your own",
                ArgumentKind.OWN_FILE,
                metavar="KEY",
            ),
            Argument(
                ("--password-file",),
                "the file with the password for logins in its first line (-: standard input); only its hash is kept",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            Argument(("--hostname",), "its host name (default: the domain's name)", metavar="NAME"),
            Argument(("--address",), "a fixed address, 192.0.2.10/24 (default: DHCP)"),
            Argument(("--gateway",), "the router for a fixed address"),
            Argument(("--dns",), "its name servers, separated by commas"),
            Argument(
                ("--user-data",),
                "a file of this machine (host:PATH, -) with cloud-init's user-data, which takes precedence",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            flag("--vnc", help="add a VNC display"),
            flag("--start", help="then start its installer, or the guest itself"),
            Argument(
                ("--save",), "write the answers to a new file of this machine (host:PATH)", metavar="FILE"
            ),
        ),
        mutates=True,
        asks=True,
        run=_make,
        details="It first shows what it would make, and asks; --dry-run only shows it. If something fails, "
        "everything that was made is removed again. Without --start it prints the install configuration, for "
        "`install`.",
    ),
)
