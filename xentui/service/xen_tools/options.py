"""The options of xen-create-image that xentui passes on, and those it does not."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass

DIR, LVM = "dir", "lvm"
STORAGES = (DIR, LVM)
"""Where the disks of a guest can lie: images in a folder, or volumes of a group."""
DEBOOTSTRAP, TAR, COPY, RINSE = "debootstrap", "tar", "copy", "rinse"
METHODS = (DEBOOTSTRAP, TAR, COPY, RINSE)
"""How its system can be installed."""


class Kind(StrEnum):
    """What an option takes, by how it is checked."""

    FLAG = "flag"
    NAME = "name"
    PATH = "path"
    FOLDER = "folder"
    DISK_SIZE = "disk size"
    MEMORY = "memory"
    NUMBER = "number"
    CHOICE = "choice"
    ADDRESS = "address"
    ADDRESSES = "addresses"
    MAC = "mac"
    URL = "url"
    ROLES = "roles"
    WORDS = "words"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Option:
    """One option, by the name xen-tools has for it on the command line and in xen-tools.conf.

    ``storages`` and ``methods`` are those it is for; ``off`` says that it can be turned off where xen-tools.conf turns
    it on; ``least`` and ``most`` bound a number; ``form`` says that the screen's form asks for it; ``built_in`` is what
    xen-tools takes where nothing is said.
    """

    name: str
    summary: str
    kind: Kind
    choices: tuple[str, ...] = ()
    storages: tuple[str, ...] = STORAGES
    methods: tuple[str, ...] = METHODS
    off: bool = False
    least: int = 1
    most: int = 1
    form: bool = False
    built_in: str = ""

    def values(self, text: str) -> tuple[str, ...]:
        """Return what is given in one text: addresses may be several, separated by commas."""
        return tuple(text.split(",")) if self.kind is Kind.ADDRESSES else (text,)

    @property
    def dest(self) -> str:
        """Its name as an attribute of parsed arguments."""
        return self.name.replace("-", "_")

    def fits(self, storage: str, method: str) -> bool:
        """Return whether it means something with these."""
        return storage in self.storages and method in self.methods


_BY_PACKAGES = (DEBOOTSTRAP, RINSE)
_BY_SOURCE = (TAR, COPY)

OPTIONS = (
    Option(DIR, "folder in which its images are to lie, below domains/NAME", Kind.FOLDER, storages=(DIR,)),
    Option(LVM, "volume group of its volumes, NAME-disk and NAME-swap", Kind.NAME, storages=(LVM,)),
    Option("lvm_thin", "thin pool of the group, for thin volumes", Kind.NAME, storages=(LVM,), form=True),
    Option("install-method", "how its system is installed", Kind.CHOICE, METHODS, built_in=DEBOOTSTRAP),
    Option(
        "install-source",
        "the archive to unpack (tar), or the folder to copy (copy)",
        Kind.SOURCE,
        methods=_BY_SOURCE,
        form=True,
    ),
    Option("dist", "distribution, such as bookworm", Kind.NAME, form=True, built_in="stable"),
    Option("mirror", "where packages come from", Kind.URL, methods=(DEBOOTSTRAP,), form=True),
    Option("arch", "amd64 or i386", Kind.NAME, methods=_BY_PACKAGES),
    Option("keyring", "keys its packages are signed with", Kind.PATH, methods=(DEBOOTSTRAP,)),
    Option("apt_proxy", "proxy for packages, then and in the guest", Kind.URL, methods=(DEBOOTSTRAP,)),
    Option(
        "cache",
        "keep packages on the host",
        Kind.CHOICE,
        ("yes", "no"),
        methods=(DEBOOTSTRAP,),
        built_in="yes",
    ),
    Option("cachedir", "folder they are kept in", Kind.FOLDER, methods=(DEBOOTSTRAP,)),
    Option("size", "size of its disk, such as 4G or 512M", Kind.DISK_SIZE, form=True, built_in="2000Mb"),
    Option("swap", "size of its swap space", Kind.DISK_SIZE, form=True, built_in="128M"),
    Option("noswap", "it gets no swap space", Kind.FLAG),
    Option(
        "image",
        "whether images take their room at once",
        Kind.CHOICE,
        ("sparse", "full"),
        storages=(DIR,),
        form=True,
        built_in="sparse",
    ),
    Option(
        "fs",
        "file system of its disk",
        Kind.CHOICE,
        ("ext4", "ext3", "ext2", "xfs", "btrfs", "reiserfs"),
        form=True,
        built_in="ext3",
    ),
    Option("memory", "memory, such as 512M or 2G", Kind.MEMORY, form=True, built_in="96Mb"),
    Option("maxmem", "how far its memory can be raised", Kind.MEMORY),
    Option("vcpus", "virtual CPUs", Kind.NUMBER, most=512, form=True, built_in="1"),
    Option("dhcp", "it asks a DHCP server for its address", Kind.FLAG),
    Option("ip", "its address; auto: the next of /etc/xen-tools/ips.txt", Kind.ADDRESSES, form=True),
    Option("netmask", "its netmask", Kind.ADDRESS, form=True),
    Option("gateway", "its gateway", Kind.ADDRESS, form=True),
    Option("broadcast", "its broadcast address", Kind.ADDRESS),
    Option("nameserver", "its name server; else as the host's", Kind.ADDRESS),
    Option("bridge", "bridge of its interface", Kind.NAME, form=True),
    Option("mac", "address of its interface", Kind.MAC),
    Option("randommac", "a random address instead of one made of its name", Kind.FLAG),
    Option("vifname", "what the host calls its interface", Kind.NAME),
    Option("vlan", "VLAN of an Open vSwitch", Kind.NUMBER, most=1024),
    Option("pygrub", "it boots its own kernel, by pygrub", Kind.FLAG),
    Option("kernel", "kernel of the host it boots", Kind.PATH),
    Option("initrd", "initrd of the host it boots with", Kind.PATH),
    Option("modules", "folder of that kernel's modules", Kind.FOLDER),
    Option("serial_device", "its console, such as hvc0", Kind.NAME),
    Option("disk_device", "what its disks are called, such as xvda", Kind.NAME),
    Option("genpass", "0: no root password is made", Kind.NUMBER, least=0, most=1, built_in="1"),
    Option("genpass_len", "length of the root password", Kind.NUMBER, least=8, most=64),
    Option(
        "hash_method",
        "how the root password is hashed",
        Kind.CHOICE,
        ("sha512", "sha256", "md5"),
        built_in="md5",
    ),
    Option("accounts", "the host's users are users of the guest", Kind.FLAG, off=True),
    Option("role", "role scripts to run, separated by commas", Kind.ROLES, form=True),
    Option("role-args", "arguments of those", Kind.WORDS),
    Option("nohosts", "the guest is not written to the host's /etc/hosts", Kind.FLAG),
    Option("copyhosts", "the host's /etc/hosts is the guest's", Kind.FLAG, off=True),
    Option("template", "template its configuration is made of", Kind.PATH),
)
BY_NAME = {option.name: option for option in OPTIONS}

ALWAYS = ("--noverbose", "--keep", "--noforce", "--noboot", "--nopasswd")
"""Passed whatever xen-tools.conf says: it may print passwords, remove more than it has made, write over what is there,
start the guest before it is managed, and ask without end where nobody is."""
NOT_DRIVEN = ("partitions", "image-dev", "swap-dev", "evms", "zpool")
"""Options of xen-tools.conf that say otherwise where disks come from."""


def fitting(storage: str, method: str) -> tuple[Option, ...]:
    """Return the options that mean something for a kind of storage and a method."""
    return tuple(option for option in OPTIONS if option.fits(storage, method))
