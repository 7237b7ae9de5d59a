"""The fields that ask for disks, interfaces and frame buffers, in the same words everywhere, and what they make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from xentui.config import format_disk, format_vif, parse_disk, parse_vif, vdev_number
from xentui.errors import ConfigError, UsageError
from xentui.model.devices import Access, Disk, Vif
from xentui.model.disk_image import VOLUME_PATHS, NewImage
from xentui.model.sizes import DISK_EXAMPLES, disk_size
from xentui.tui.context import UiContext
from xentui.tui.dialogs.field import Field, Said

Ask = Callable[[str], Awaitable[Said]]
"""Has the host say what the value of a field is."""
_PREFIXES = ("phy", "file")
_FORMATS = ("raw", "qcow2", "qcow", "vhd", "qed")
_MISSING = "does not exist on the host: type the size of a new one, or correct the path"
NEW_SIZE = "10G"
"""The size that is offered to who wants a new image."""
TARGET_HELP = "a path of the host, also phy:/dev/vg/lv or file:/srv/a.img"
BRIDGE_HELP = "a bridge of the host; Ctrl-Space lists them"


def disk_asked(ui: UiContext, *, refuses: bool) -> Ask:
    """Return what asks the host about the path of a disk; ``refuses`` says that it has to be there by now, or to be
    made.
    """

    async def ask(text: str) -> Said:
        path = _without_prefix(text)
        if not path.startswith("/"):
            return Said()  # a script knows what it is
        found = await ui.hypervisor.editing.disk_at(path)
        if found.missing:
            return Said(note=_MISSING, needs="size" if refuses else "", sets={"format": found.format})
        if found.problem:
            return Said(found.problem, refuses)
        return Said(note=f"format {found.format}, as the host says", sets={"format": found.format})

    return ask


def bridge_asked(ui: UiContext) -> Ask:
    """Return what asks the host whether it has a bridge; one may come with the guest, or be made by another script."""

    async def ask(name: str) -> Said:
        known = await ui.hypervisor.editing.suggestions("bridge")
        return (
            Said()
            if not known or name in known
            else Said(f"is not a bridge of the host; it has {', '.join(known)}")
        )

    return ask


def disk_fields(
    disk: Disk, ask: Ask | None = None, *, drives: bool = False, folder: str = "", size: str = ""
) -> list[Field]:
    """Return the fields of a disk; with ``drives`` it may be a CD-ROM drive, which may be empty.

    ``folder`` is offered as the beginning of a path that is asked for anew, ``size`` as that of a new image.
    """
    target = Field(
        "target",
        "Image or device",
        _spelled(disk) or folder,
        path=True,
        needed=not drives,
        suggest="image block-device",
        help=TARGET_HELP,
        asks=ask,
    )
    vdev = Field(
        "vdev", "Guest device", disk.vdev, help="xvda, xvdb …; hda, hdc for an emulated drive", check=_vdev
    )
    access = Field(
        "access",
        "Access",
        disk.access.value,
        options=("w", "r", "w!"),
        help="w: read and write; r: read-only; w!: also written by other domains (cluster file system)",
    )
    kind = Field(
        "format",
        "Format",
        disk.format,
        options=(*_FORMATS, "empty") if drives else _FORMATS,
        help="of the image; set to what the host finds there",
    )
    new = [
        Field(
            "size",
            "Size of a new one",
            size,
            needed=False,
            help=f"{DISK_EXAMPLES}; empty: the disk exists",
            check=disk_size,
        ),
        Field("whole", "Allocate all its space now", switch=True),
    ]
    cdrom = Field("cdrom", "CD-ROM drive", "yes" if disk.cdrom else "", switch=True)
    return [target, vdev, access, kind, *([cdrom] if drives else []), *new]


def new_image(answer: Mapping[str, str]) -> NewImage | None:
    """Return the image that is to be made for a disk, None where it exists; raises UsageError for one that cannot
    be.
    """
    if not answer["size"]:
        return None
    path = _without_prefix(answer["target"])
    if answer.get("cdrom") or not path.startswith("/"):
        raise UsageError(
            "no image can be made for such a disk",
            subject=answer["target"],
            hint=f"name a new file of the host, or a volume: {VOLUME_PATHS}; or leave the size empty",
        )
    whole = True if answer["whole"] else None
    return NewImage(path, disk_size(answer["size"]), answer["format"], whole)


def disk_spec(answer: Mapping[str, str], spec: str = "") -> str:
    """Return what the answers make of the disk that was ``spec`` ("" for a new one); raises ConfigError where it is
    none.

    Of one that others write to as well (``w!``), for which xl has no word, only that it is written to.
    """
    before = parse_disk(spec, allow_shared=True) if spec else Disk("", "")
    target, prefix = answer["target"], ""
    if target == _spelled(before):
        target, prefix = before.target, before.prefix
    else:
        path = _without_prefix(target)
        prefix = target.removesuffix(path).rstrip(":")
        target = path
    drive = bool(answer.get("cdrom"))
    disk = replace(
        before,
        target=target,
        vdev=answer["vdev"].removeprefix("/dev/"),
        access=Access.READ if answer["access"] == Access.READ else Access.WRITE,
        format=answer["format"],
        cdrom=drive,
        # A prefix says raw.
        prefix=prefix if answer["format"] in ("raw", before.format) else "",
    )
    if not target and not drive and answer["format"] != "empty":
        raise ConfigError("a disk needs a path; only a CD-ROM drive may be empty")
    if spec and disk == before:
        return spec
    made = format_disk(disk)
    parse_disk(made)
    return made


def vif_fields(vif: Vif, ask: Ask | None = None) -> list[Field]:
    """Return the fields of an interface."""
    more = ",".join(f"{name}={value}" for name, value in _rest(vif))
    return [
        Field(
            "bridge",
            "Bridge",
            vif.bridge,
            needed=False,
            suggest="bridge",
            help=BRIDGE_HELP,
            asks=ask,
        ),
        Field(
            "mac",
            "MAC address",
            vif.mac,
            needed=False,
            help="empty: generated once, and kept",
            check=lambda text: parse_vif(f"mac={text}"),
        ),
        Field("model", "Model", vif.model, needed=False, help="HVM: e1000, rtl8139, virtio-net …"),
        Field("ip", "IP address", vif.ip, needed=False),
        Field(
            "more",
            "More",
            more,
            needed=False,
            help="KEY=VALUE,… (script, type, rate, vifname …)",
            check=parse_vif,
        ),
    ]


def vif_spec(answer: Mapping[str, str], spec: str = "") -> str:
    """Return what the answers make of the interface that was ``spec`` ("" for a new one); raises ConfigError."""
    words = [f"{name}={answer[name]}" for name in ("mac", "bridge", "model", "ip") if answer[name]]
    made = parse_vif(",".join([*words, *filter(None, [answer["more"].strip(" ,")])]))
    return spec if spec and made == parse_vif(spec) else format_vif(made)


def _vdev(text: str) -> int:
    return vdev_number(text.removeprefix("/dev/"))


def _without_prefix(text: str) -> str:
    head, colon, path = text.partition(":")
    return path if colon and head in _PREFIXES else text


def _spelled(disk: Disk) -> str:
    """Return a disk's path, with the prefix it was written with."""
    return f"{disk.prefix}:{disk.target}" if disk.prefix and disk.target else disk.target


def _rest(vif: Vif) -> Sequence[tuple[str, str]]:
    named = [(name, getattr(vif, name)) for name in ("type", "script", "vifname", "backend", "rate")]
    return [(name, value) for name, value in (*named, *vif.extra) if value]


# Frame buffers: words xl reads of an item of vfb, all others are kept

_VFB = ("vnc", "vnclisten", "vncdisplay", "vncpasswd", "keymap", "sdl")


def _vfb_words(spec: str) -> list[tuple[str, str]]:
    words = [word.strip().partition("=") for word in spec.split(",") if word.strip()]
    return [(name.strip(), value.strip()) for name, _, value in words]


def vfb_fields(spec: str) -> list[Field]:
    """Return the fields of a frame buffer."""
    words = dict(_vfb_words(spec or "vnc=1,vnclisten=127.0.0.1"))
    more = ",".join(f"{name}={value}" for name, value in words.items() if name not in _VFB)
    return [
        Field("vnclisten", "Listens on", words.get("vnclisten", ""), needed=False, help="default 127.0.0.1"),
        Field(
            "vncdisplay",
            "Display",
            words.get("vncdisplay", ""),
            needed=False,
            help="the port is 5900 + this number",
        ),
        Field("vncpasswd", "Password", words.get("vncpasswd", ""), needed=False),
        Field("keymap", "Keymap", words.get("keymap", ""), needed=False, suggest="keymap"),
        Field("more", "More", more, needed=False, help="vncunused=…,opengl=…,display=…,xauthority=…"),
        Field("vnc", "VNC", "yes" if words.get("vnc", "1") != "0" else "", switch=True),
        Field("sdl", "SDL window on the host", "yes" if words.get("sdl", "0") != "0" else "", switch=True),
    ]


def vfb_spec(answer: Mapping[str, str], spec: str) -> str:
    """Return what the answers make of a frame buffer: the words in the order they were in, new ones at the end."""
    before = dict(_vfb_words(spec))
    now = {name: answer[name] for name in _VFB if answer[name] and name not in ("vnc", "sdl")}
    for name, default in (("vnc", "1"), ("sdl", "0")):
        number = "1" if answer[name] else "0"
        if name in before and (before[name] != "0") == bool(answer[name]):
            now[name] = before[name]
        elif number != default or name in before or (not spec and name == "vnc"):
            now[name] = number
    now |= dict(_vfb_words(answer["more"]))
    if "," in "".join(now.values()):
        raise ConfigError("a value of a frame buffer cannot contain a comma")
    if now == before:
        return spec
    order = [name for name in dict.fromkeys((*before, *_VFB, *now)) if name in now]
    return ",".join(f"{name}={now[name]}" for name in order)
