"""The dialogs of the wizard: each leads to the next, and Esc to the one before, with all that was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from xentui.model.disk_image import VOLUME_PATHS
from xentui.model.sizes import DISK_EXAMPLES, EXAMPLES, disk_size, memory_size, vcpu_count
from xentui.service.making import SYSTEMS, GuestSystem, SourceKind
from xentui.service.making.answers import FORMATS, TYPES
from xentui.service.making.building.distributions import DISTRIBUTIONS
from xentui.service.making.building.recipe import FILE_SYSTEMS
from xentui.tui.dialogs.choose import Choice
from xentui.tui.dialogs.field import Field, Said
from xentui.tui.dialogs.step import StepChoice
from xentui.tui.making.state import WizardState

_KINDS = (
    (SourceKind.KERNEL, "A kernel and its initrd", "install from files of the host"),
    (SourceKind.TREE, "A netboot tree", "install from a folder, or http, nfs"),
    (SourceKind.ISO, "The image of a CD", "install from it"),
    (SourceKind.NETWORK, "The network", "install by PXE; HVM only"),
    (SourceKind.IMAGE, "An image to copy", "no install: a copy is its first disk"),
    (SourceKind.CLOUD, "A cloud image", "no install: a copy, set up for login"),
    (SourceKind.BUILD, "A new Debian or Ubuntu", "no install: from packages of a mirror"),
    (SourceKind.ARCHIVE, "An archive (tar)", "no install: a root file system"),
    (SourceKind.DISK, "An existing disk", "no install: it has a system already"),
)


def title(step: int, about: str, count: int = 0) -> str:
    """Return what stands above a step; ``count`` is how many there are, 0 where the answers do not tell that yet."""
    return f"Make a guest, step {step}{f' of {count}' if count else ''}: {about}"


def order(answered: WizardState, system: GuestSystem, *, released: bool) -> list[str]:
    """Return the steps there are with these answers; ``released`` says whether a release of the system is asked for."""
    first = answered.kind is SourceKind.CLOUD or answered.kind.builds
    return [
        "kind",
        "system",
        *(["release"] if released else []),
        *(["source"] if source_fields(answered, system) else []),
        "disks",
        *(["first boot"] if first else []),
        "guest",
        "configuration",
    ]


OF_TEMPLATE = "template"
"""What is chosen for a domain that is made of a template."""


def kinds(answered: WizardState, *, templates: bool = False) -> StepChoice:
    """Return what it starts from; ``templates`` says that there are some."""
    choices = [Choice(kind, f"{label:<23}", about) for kind, label, about in _KINDS]
    if templates:
        choices.append(Choice(OF_TEMPLATE, f"{'A template':<23}", "no install: only its blanks are asked"))
    return StepChoice(title(1, "what it starts from"), choices, start=answered.kind)


def systems(answered: WizardState) -> StepChoice:
    """Return which system it gets."""
    choices = [
        Choice(each.id, f"{each.label:<24}", _suits(each), _against(each, answered)) for each in SYSTEMS
    ]
    return StepChoice(title(2, "its system"), choices, start=answered.base)


_RELEASES = 80


def releases(
    answered: WizardState, base: GuestSystem, found: Sequence[GuestSystem], heading: str
) -> StepChoice:
    """Return which release of it, of those the host's osinfo-db tells of."""
    choices = [Choice(base.id, f"{'any':<32}", _suits(base))]
    choices += [Choice(each.id, f"{each.label:<32.32}", _suits(each)) for each in found[:_RELEASES]]
    return StepChoice(heading, choices, start=answered.system)


def _suits(system: GuestSystem) -> str:
    kinds = [kind.upper() for kind in system.types]
    return f"{system.memory:>4}M  {' or '.join(filter(None, (', '.join(kinds[:-1]), kinds[-1])))}"


def _against(system: GuestSystem, answered: WizardState) -> str:
    by_kernel = answered.kind in (SourceKind.KERNEL, SourceKind.TREE)
    if answered.kind is SourceKind.BUILD and system.kind not in DISTRIBUTIONS:
        return "debootstrap cannot make it"
    return "is installed from a CD or the network" if by_kernel and system.emulated else ""


def source_fields(answered: WizardState, system: GuestSystem) -> list[Field]:
    """Return what is asked of the source; nothing where there is nothing to ask."""
    kind = answered.kind
    kernel = Field("kernel", "Kernel", answered.get("kernel"), path=True, suggest="kernel")
    ramdisk = Field("ramdisk", "Initrd", answered.get("ramdisk"), path=True, suggest="ramdisk", needed=False)
    extra = Field(
        "extra",
        "Kernel line",
        answered.get("extra"),
        needed=False,
        help="such as auto=true url=…; console= is set",
    )
    unattended = Field(
        "unattended",
        "Answers",
        answered.get("unattended"),
        path=True,
        needed=False,
        help="preseed, kickstart, AutoYaST or autoinstall; a file (local:PATH)",
    )
    if kind is SourceKind.KERNEL:
        return [kernel, ramdisk, extra, unattended]
    if kind is SourceKind.TREE:
        known = bool(system.kernels)
        inside = "in the folder; empty: where the system has it" if known else "in the folder"
        return [
            Field(
                "path",
                "Folder",
                answered.get("path", "/srv/"),
                path=True,
                help="of the host, or an address: https://…, http://…, nfs://HOST/…",
            ),
            Field("kernel", "Kernel", answered.get("kernel"), needed=not known, help=inside),
            Field("ramdisk", "Initrd", answered.get("ramdisk"), needed=False),
            extra,
            unattended,
        ]
    if kind is SourceKind.ISO:
        return [
            Field("path", "CD image", answered.get("path", "/srv/"), path=True, suggest="image"),
            Field(
                "kernel",
                "Kernel on it",
                answered.get("kernel"),
                needed=False,
                help="for PV and PVH, which have no drive to boot from",
            ),
            Field("ramdisk", "Initrd on it", answered.get("ramdisk"), needed=False),
            extra,
            unattended,
        ]
    if kind.copies:
        return [
            Field("path", "Image", answered.get("path", "/srv/"), path=True, suggest="image"),
            Field(
                "source-format",
                "Format",
                answered.get("source-format"),
                needed=False,
                options=FORMATS,
                help="raw, qcow2 or vhd; empty: as its domains say",
            ),
        ]
    if kind.builds:
        return _built_fields(answered)
    return []


def _built_fields(answered: WizardState) -> list[Field]:
    """Return what is asked of a system that is put on the disk."""
    filesystem = Field(
        "filesystem",
        "File system",
        answered.get("filesystem", "ext4"),
        options=FILE_SYSTEMS,
        help="ext4, or xfs for PVH",
    )
    if answered.kind is SourceKind.ARCHIVE:
        archive = Field(
            "path",
            "Archive",
            answered.get("path", "/srv/"),
            path=True,
            help="a root file system with its kernel: .tar, .tar.gz, .xz, .zst",
        )
        return [archive, filesystem]
    of_host = "empty: that of the host's own packages"
    return [
        Field("suite", "Suite", answered.get("suite"), needed=False, help=f"such as bookworm; {of_host}"),
        Field("mirror", "Mirror", answered.get("mirror"), needed=False, help=f"http://…; {of_host}"),
        Field(
            "packages", "More packages", answered.get("packages"), needed=False, help="separated by blanks"
        ),
        filesystem,
    ]


def login_fields(answered: WizardState, own: int) -> list[Field]:
    """Return who may log in to a system that is made; ``own`` is how many keys whoever asks has."""
    wanted = ("key", "password", "hostname")
    return [field for field in first_boot_fields(answered, own) if field.name in wanted]


def disk_fields(
    answered: WizardState,
    system: GuestSystem,
    place: Callable[[str], Awaitable[str]],
    check_name: Callable[[str], object],
) -> list[Field]:
    """Return its name and disks; ``place`` is where a new disk of a name lies."""

    async def named(name: str) -> Said:
        return Said(sets={"disk": await place(name)} if answered.kind is not SourceKind.DISK else {})

    new = answered.kind is not SourceKind.DISK
    first = Field(
        "disk",
        "First disk",
        answered.get("disk"),
        path=True,
        suggest="image block-device",
        help=f"a new file, or a volume: {VOLUME_PATHS}" if new else "a file or device of the host",
        needed=not new,
    )
    sized = answered.kind.copies
    size = Field(
        "size",
        "Size",
        answered.get("size", "" if sized else f"{max(system.disk >> 30, 10)}G"),
        needed=False,
        help=f"{DISK_EXAMPLES}; empty: {'that of the image' if sized else 'the disk exists'}",
        check=disk_size,
    )
    return [
        Field("name", "Name", answered.get("name"), check=check_name, asks=named),
        first,
        *([size] if new else []),
        Field("format", "Format", answered.get("format", "raw"), options=FORMATS),
        *(
            [Field("whole", "Allocate all its space now", answered.get("whole"), switch=True)]
            if new and not sized
            else []
        ),
        Field("disk2", "Second disk", answered.get("disk2"), path=True, needed=False),
        Field(
            "size2",
            "Its size",
            answered.get("size2"),
            needed=False,
            check=disk_size,
            help="empty: the disk exists",
        ),
    ]


def first_boot_fields(answered: WizardState, own: int) -> list[Field]:
    """Return what a cloud image is told; ``own`` is how many keys whoever asks has."""
    yours = f"your {own}" if own > 1 else "yours" if own else "none, as you have none"
    return [
        Field(
            "user", "User", answered.get("user"), needed=False, help="may become root; empty: the image's own"
        ),
        Field(
            "key",
            "SSH key",
            answered.get("key"),
            needed=False,
            help=f"or a file (local:PATH); empty: {yours}",
        ),
        Field(
            "password",
            "Password",
            answered.get("password"),
            needed=False,
            hidden=True,
            help="with or without a key; only its hash is kept",
        ),
        Field(
            "hostname", "Host name", answered.get("hostname"), needed=False, help="empty: the domain's name"
        ),
        Field("address", "Address", answered.get("address"), needed=False, help="192.0.2.10/24; empty: DHCP"),
        Field("gateway", "Gateway", answered.get("gateway"), needed=False, help="for a fixed address"),
        Field("dns", "Name servers", answered.get("dns"), needed=False, help="separated by blanks"),
        Field(
            "user-data",
            "User-data",
            answered.get("user-data"),
            needed=False,
            path=True,
            help="a cloud-init file; overrides what is above",
        ),
    ]


def guest_fields(answered: WizardState, system: GuestSystem, bridge: str) -> list[Field]:
    """Memory, processors, network and display."""
    return [
        Field(
            "type",
            "Boots as",
            answered.get("type"),
            needed=False,
            options=TYPES,
            help="pv, pvh or hvm; empty: what suits best",
        ),
        Field(
            "memory", "Memory", answered.get("memory", f"{system.memory}M"), help=EXAMPLES, check=memory_size
        ),
        Field("vcpus", "vCPUs", answered.get("vcpus", str(system.vcpus)), check=vcpu_count),
        Field(
            "bridge",
            "Bridge",
            answered.get("bridge", bridge),
            needed=False,
            suggest="bridge",
            help="empty: no interface",
        ),
        Field(
            "mac", "MAC address", answered.get("mac"), needed=False, help="empty: generated once, and kept"
        ),
        Field("vnc", "A VNC display besides its console", answered.get("vnc"), switch=True),
    ]
