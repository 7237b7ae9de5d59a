"""What is answered before a guest is made."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.disk_image import NewImage

TYPES = ("pv", "pvh", "hvm")
FORMATS = ("raw", "qcow2", "vhd")


class SourceKind(StrEnum):
    """What a new guest starts from."""

    KERNEL = "kernel"
    """A kernel and an initrd on the host, usually an installer's."""
    TREE = "tree"
    """A folder that holds those: a netboot tree, or a CD that is mounted; of the host, or of a server."""
    ISO = "iso"
    """The image of a CD."""
    NETWORK = "network"
    """Nothing: it asks the network (PXE)."""
    IMAGE = "image"
    """An image whose copy is its first disk."""
    CLOUD = "cloud"
    """The same of a cloud image, which is told at its first boot who may log in."""
    BUILD = "build"
    """A Debian or Ubuntu system, put on its first disk by mmdebstrap or debootstrap."""
    ARCHIVE = "archive"
    """An archive of a root file system, unpacked to its first disk."""
    DISK = "disk"
    """Its first disk, which is there."""

    @property
    def installs(self) -> bool:
        """Whether something is started from it that puts a system on the disk."""
        return not (self.copies or self.builds or self is SourceKind.DISK)

    @property
    def builds(self) -> bool:
        """Whether its first disk is made with a system on it."""
        return self in (SourceKind.BUILD, SourceKind.ARCHIVE)

    @property
    def copies(self) -> bool:
        """Whether its first disk is a copy of an image."""
        return self in (SourceKind.IMAGE, SourceKind.CLOUD)


class Display(StrEnum):
    """What a guest is looked at by."""

    CONSOLE = "console"
    VNC = "vnc"


@dataclass(frozen=True, slots=True)
class GuestSource:
    """Where a guest's system comes from.

    ``path`` is the folder of a tree, or its address (http://, https://, nfs://), the ISO image, or the image to copy,
    and ``format`` what that is; ``kernel`` and ``ramdisk`` are files of the host, or of the CD where ``kind`` is that;
    ``extra`` is added to the installer's kernel line.

    Of a system that is made ``path`` is the archive, ``kernel`` and ``ramdisk`` what boots it in the place of its own,
    ``suite``, ``mirror``, ``packages``, ``tool`` and ``keyring`` where its packages come from and by what, and
    ``filesystem`` what it lies on; "" for each is what is usual.
    """

    kind: SourceKind = SourceKind.KERNEL
    path: str = ""
    kernel: str = ""
    ramdisk: str = ""
    extra: str = ""
    format: str = ""
    suite: str = ""
    mirror: str = ""
    packages: tuple[str, ...] = ()
    filesystem: str = ""
    tool: str = ""
    keyring: str = ""


@dataclass(frozen=True, slots=True)
class WantedDisk:
    """A disk: a new one of ``size`` bytes, or one that is there, where that is 0."""

    path: str
    size: int = 0
    format: str = "raw"
    preallocated: bool = False
    pool: str = ""

    @property
    def image(self) -> NewImage:
        """The image that is made for a new one."""
        return NewImage(self.path, self.size, self.format, self.preallocated or None, self.pool)


@dataclass(frozen=True, slots=True)
class WantedInterface:
    """A network interface; a MAC address is made where none is given."""

    bridge: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True)
class FirstBoot:
    """What a cloud image is told at its first boot (cloud-init's NoCloud).

    ``user`` "" is the one the image has; ``keys`` are lines of an ``authorized_keys`` file; ``password`` is a hash as
    crypt(5) stores it, "" for none.  ``hostname`` "" is the domain's name.  ``address`` "" asks DHCP, else it is one
    with its prefix (``192.0.2.10/24``), with ``gateway`` and ``dns`` servers.  ``user_data`` is a whole text that goes
    before all of it; ``path`` where the small disk with it lies, "" beside the first disk.
    """

    user: str = ""
    keys: tuple[str, ...] = ()
    password: str = ""
    hostname: str = ""
    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    user_data: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything a guest is made by.

    ``unattended`` are answers for the installer, a whole text.

    ``type`` "" and ``memory`` (MiB) and ``vcpus`` 0 are what suits the system.  ``configuration`` and
    ``install_configuration`` are texts that were written by hand, "" where what follows from the other answers is
    taken.
    """

    name: str = ""
    system: str = "linux"
    type: str = ""
    memory: int = 0
    vcpus: int = 0
    display: Display = Display.CONSOLE
    source: GuestSource = GuestSource()
    first_boot: FirstBoot = FirstBoot()
    disks: tuple[WantedDisk, ...] = ()
    interfaces: tuple[WantedInterface, ...] = ()
    unattended: str = ""
    configuration: str = ""
    install_configuration: str = ""
