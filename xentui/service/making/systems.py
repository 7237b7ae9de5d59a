"""The systems a guest can be made for: what each needs, and where its installer's kernel lies."""

from __future__ import annotations

from xentui.errors import UsageError
from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class GuestSystem:
    """A system that can be installed.

    ``types`` are the kinds of guest it boots as, the best first, and ``why`` says why that is; ``memory`` MiB are
    usual, ``least`` what its installer needs (0 where nobody has measured it).  ``extra`` is what stands on the kernel
    line of its installer besides the console, ``tree_words`` where that has come from a server; ``kernels`` are kernel
    and initrd in a netboot tree, ``remote`` those below the folders above it that mirrors have, ``on_cd`` those on its
    CD that a PV guest can be started by.  ``emulated``: it has no drivers for Xen's devices by itself.

    ``base`` is the one of ours that a release of osinfo-db's stands on, "" for ours; ``disk`` bytes suit it (0 where
    nobody says so), and ``advice`` is where its memory and vCPUs are from, "" for ours.
    """

    id: str
    label: str
    types: tuple[str, ...]
    why: str
    memory: int = 1024
    least: int = 0
    vcpus: int = 1
    extra: str = ""
    tree_words: tuple[str, ...] = ()
    kernels: tuple[tuple[str, str], ...] = ()
    remote: tuple[tuple[str, str], ...] = ()
    on_cd: tuple[str, str] | None = None
    emulated: bool = False
    base: str = ""
    disk: int = 0
    advice: str = ""

    @property
    def kind(self) -> str:
        """Which of ours it is."""
        return self.base or self.id


_LINUX = (("vmlinuz", "initrd.gz"), ("vmlinuz", "initrd.img"), ("linux", "initrd.gz"), ("linux", "initrd"))
SYSTEMS = (
    GuestSystem(
        "debian",
        "Debian",
        ("pv", "hvm"),
        "its installer boots as PV; as PVH it never finds its devices",
        # With less, the one of Debian 12 has a low memory mode (S15lowmem): it stops and says so, and is in English.
        least=832,
        kernels=(
            ("linux", "initrd.gz"),
            ("vmlinuz", "initrd.gz"),
            ("debian-installer/amd64/linux", "debian-installer/amd64/initrd.gz"),
            ("netboot/xen/vmlinuz", "netboot/xen/initrd.gz"),
            ("netboot/debian-installer/amd64/linux", "netboot/debian-installer/amd64/initrd.gz"),
            ("install.amd/vmlinuz", "install.amd/initrd.gz"),
        ),
        remote=(
            (
                "current/images/netboot/debian-installer/amd64/linux",
                "current/images/netboot/debian-installer/amd64/initrd.gz",
            ),
            (
                "images/netboot/debian-installer/amd64/linux",
                "images/netboot/debian-installer/amd64/initrd.gz",
            ),
        ),
        on_cd=("/install.amd/vmlinuz", "/install.amd/initrd.gz"),
    ),
    GuestSystem(
        "ubuntu",
        "Ubuntu",
        ("pv", "pvh", "hvm"),
        "its kernel boots each way; PV needs nothing of the processor",
        memory=2048,
        kernels=(("casper/vmlinuz", "casper/initrd"), *_LINUX),
        remote=(("netboot/amd64/linux", "netboot/amd64/initrd"), ("amd64/linux", "amd64/initrd")),
        on_cd=("/casper/vmlinuz", "/casper/initrd"),
    ),
    GuestSystem(
        "suse",
        "SUSE Linux, openSUSE",
        ("pv", "pvh", "hvm"),
        "its ordinary kernel boots as PV since version 15",
        memory=2048,
        kernels=(
            ("boot/x86_64/vmlinuz-xen", "boot/x86_64/initrd-xen"),
            ("boot/x86_64/loader/linux", "boot/x86_64/loader/initrd"),
            *_LINUX,
        ),
        tree_words=("install={url}",),
        on_cd=("/boot/x86_64/loader/linux", "/boot/x86_64/loader/initrd"),
    ),
    GuestSystem(
        "fedora",
        "Fedora, Enterprise Linux",
        ("pvh", "pv", "hvm"),
        "the kernel tells whether it boots as PVH or PV; each release has its own",
        memory=2048,
        vcpus=2,
        extra="inst.text",
        tree_words=("inst.repo={url}",),
        kernels=(("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"), *_LINUX),
        on_cd=("/images/pxeboot/vmlinuz", "/images/pxeboot/initrd.img"),
    ),
    GuestSystem(
        "alpine",
        "Alpine Linux",
        ("pvh", "pv", "hvm"),
        "its kernel for virtual machines boots as PVH",
        memory=256,
        kernels=(("boot/vmlinuz-virt", "boot/initramfs-virt"), ("vmlinuz-virt", "initramfs-virt"), *_LINUX),
        tree_words=("modloop={url}/modloop-virt", "alpine_repo={release}/main"),
        on_cd=("/boot/vmlinuz-virt", "/boot/initramfs-virt"),
    ),
    GuestSystem(
        "linux",
        "another Linux",
        ("pv", "pvh", "hvm"),
        "PV needs nothing of the processor",
        kernels=_LINUX,
    ),
    GuestSystem(
        "windows",
        "Windows",
        ("hvm",),
        "it boots on a whole machine only",
        memory=4096,
        vcpus=2,
        emulated=True,
    ),
    GuestSystem("bsd", "FreeBSD, NetBSD, OpenBSD", ("hvm", "pvh"), "its installer boots on a whole machine"),
    GuestSystem("other", "another system", ("hvm",), "what is not known boots on a whole machine"),
)


def system(id: str) -> GuestSystem:
    """Return the system of that id; raises UsageError."""
    found = next((each for each in SYSTEMS if each.id == id), None)
    if found is None:
        known = ", ".join(each.id for each in SYSTEMS)
        raise UsageError("is not a system that xentui knows", subject=id, hint=f"one of {known}")
    return found
