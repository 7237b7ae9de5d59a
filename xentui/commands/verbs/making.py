"""``make``: a new guest, from what it starts from to the installer that runs."""

from __future__ import annotations

import argparse

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
        from xentui.commands.template_session import make_of_template  # few make guests

        options = (argument for argument in COMMANDS[0].arguments if argument.is_option)
        given = [argument.names[0] for argument in options if getattr(args, argument.dest) not in _NOT_GIVEN]
        await make_of_template(context, args, [name for name in given if name not in _WITH_A_TEMPLATE])
        return
    if args.set:
        raise UsageError("is what a template asks for", subject="--set", hint="with --template")
    from xentui.commands.make_session import make  # few make guests

    await make(context, args)


def _path(name: str, help: str) -> Argument:
    return Argument((name,), help, ArgumentKind.PATH, metavar="PATH")


COMMANDS = (
    Command(
        id="host.make",
        verb="make",
        summary="Make a guest: its disks, its configuration, and the one it is installed by",
        group=Group.MANAGED,
        arguments=(
            Argument(("name",), "the name of the new domain", optional=True),
            Argument(
                ("--from",),
                "a file of answers on this machine (host:PATH, -); what is given besides goes before it",
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
                ("--type",), "what it boots as; else what suits best", ArgumentKind.CHOICE, choices=_TYPES
            ),
            Argument(("--memory",), "MiB, or with a unit: 2G", metavar="SIZE"),
            Argument(("--vcpus",), "virtual processors", ArgumentKind.NUMBER, metavar="N"),
            _path("--kernel", "install by this kernel of the host; with --iso: of the CD"),
            _path("--ramdisk", "and this initrd"),
            Argument(("--extra",), "what is added to the installer's kernel line", metavar="WORDS"),
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
                "no install: the same of a cloud image, told at its first boot by the options below",
            ),
            Argument(("--image-format",), "what the image to copy is", ArgumentKind.CHOICE, choices=_FORMATS),
            flag(
                "--debootstrap",
                help="no install: a Debian or Ubuntu system is put on the first disk, from packages of a mirror",
            ),
            Argument(("--suite",), "which release of it: bookworm, noble; else the host's own"),
            Argument(
                ("--mirror",), "where its packages come from; else where the host's own do", metavar="URL"
            ),
            Argument(("--packages",), "more of them, with commas between", metavar="NAMES"),
            Argument(
                ("--by",),
                "by this tool; else mmdebstrap where it is there",
                ArgumentKind.CHOICE,
                choices=_TOOLS,
            ),
            _path("--keyring", "a file of the host with the keys of the mirror's archive"),
            _path(
                "--archive",
                "no install: this archive (tar) of a root file system is unpacked to the first disk",
            ),
            Argument(
                ("--filesystem",),
                "what a system that is made lies on (usual: ext4)",
                ArgumentKind.CHOICE,
                choices=_FILE_SYSTEMS,
            ),
            flag("--no-install", help="no install: the first disk is there, with a system on it"),
            _path("--disk", "its first disk; else a file where the host has images"),
            Argument(("--size",), "that is made, of this size: 10G, 1.5T"),
            Argument(("--format",), "as raw (usual), qcow2 or vhd", ArgumentKind.CHOICE, choices=_FORMATS),
            flag("--preallocated", help="with all its room at once"),
            Argument(("--bridge",), "of its interface; else the host's usual one; none: no interface"),
            Argument(("--user",), "of a cloud image: who may log in; else the image's own user"),
            Argument(
                ("--ssh-key",),
                "who logs in: by this public key, or those of a file of this machine (host:PATH, -); else your own",
                ArgumentKind.OWN_FILE,
                metavar="KEY",
            ),
            Argument(
                ("--password-file",),
                "and by the password in this file's first line (- asks standard input); its hash is kept",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            Argument(("--hostname",), "its host name; else the domain's name", metavar="NAME"),
            Argument(("--address",), "a fixed address, 192.0.2.10/24; else DHCP"),
            Argument(("--gateway",), "the router of a fixed address"),
            Argument(("--dns",), "its name servers, with commas between"),
            Argument(
                ("--user-data",),
                "a file of this machine (host:PATH, -) with cloud-init's user-data, which goes before all of it",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            flag("--vnc", help="a screen besides its console"),
            flag("--start", help="start it then: its installer, or itself"),
            Argument(
                ("--save",), "write the answers to a new file of this machine (host:PATH)", metavar="FILE"
            ),
        ),
        mutates=True,
        asks=True,
        run=_make,
        details="What would be made is shown and asked for first; --dry-run only shows it. Where something fails, "
        "what was made is removed again. Without --start the install configuration is printed, for `install`.",
    ),
)
