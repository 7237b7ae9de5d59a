"""What a file system says of itself in its first bytes: its kind, UUID and label, and whether it was left unclean."""

from __future__ import annotations

import os
import struct

from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xentui.bootmenu.xfs_log import Pieces

_BTRFS = 0x10000
_ISO = 0x8000
_DATE = 813
_CONTAINERS = (
    (b"QFI\xfb", "qcow2"),
    (b"conectix", "vhd"),
    (b"vhdxfile", "vhdx"),
    (b"KDMV", "vmdk"),
    (b"QED\0", "qed"),
)
"""Images that are no disk themselves but have one inside."""


class System(NamedTuple):
    """``kind`` as blkid(8) calls it, "" for nothing known; ``unclean`` where a journal waits to be played back;
    ``size`` how many bytes from its beginning on are its own, 0 where it does not tell.
    """

    kind: str
    uuid: str = ""
    label: str = ""
    unclean: bool = False
    size: int = 0


CONTAINERS = tuple(kind for _magic, kind in _CONTAINERS)
READABLE = ("btrfs", "ext2", "ext3", "ext4", "iso9660", "vfat", "xfs")
"""Those that have files a boot loader could read."""
READ_BY_PYGRUB = ("ext2", "ext3", "ext4", "iso9660", "vfat")
"""What pygrub's libfsimage reads of today's: its xfs is one of long ago, and it has no btrfs."""


def identify(image: int, start: int = 0) -> System:
    """Return what begins at a byte of the image open as ``image``; raises OSError where it cannot be read."""
    inside = "" if start else container(os.pread(image, 512, 0))
    if inside:
        return System(inside)
    return identified(lambda pieces: [os.pread(image, size, start + at) for at, size in pieces])


def identified(read: Pieces) -> System:
    """Return what a partition or a volume is that pieces are read of; raises what ``read`` does."""
    pieces = [(0, 4096), (_BTRFS, 1024), (_ISO, 2048)]
    # What is cut short has zeros behind it.
    head, btrfs, iso = (data.ljust(size, b"\0") for (_at, size), data in zip(pieces, read(pieces)))  # noqa: B905 - before Python 3.10
    if head[:4] == b"XFSB":
        return _xfs(head, read)
    for probe in (_ext, _luks, _lvm, _swap, _fat):
        found = probe(head)
        if found is not None:
            return found
    return _btrfs(btrfs) or _iso(iso) or System("")


def container(head: bytes) -> str:
    """Return the kind of image that begins like this and has a disk inside, "" for none."""
    return next((kind for magic, kind in _CONTAINERS if head.startswith(magic)), "")


def _ext(head: bytes) -> System | None:
    block = head[1024:2048]
    if block[56:58] != b"\x53\xef":
        return None
    compatible, incompatible, read_only = struct.unpack_from("<III", block, 92)
    later = incompatible & 0x2C0 or read_only & 0x78  # extents, 64 bits, flexible groups; huge files and on
    kind = "ext4" if later else "ext3" if compatible & 4 else "ext2"
    blocks, exponent = struct.unpack_from("<I", block, 4)[0], struct.unpack_from("<I", block, 24)[0]
    if incompatible & 0x80:
        blocks |= struct.unpack_from("<I", block, 336)[0] << 32
    size = blocks << 10 + exponent if exponent <= 6 else 0
    return System(kind, _uuid(block[104:120]), _text(block[120:136]), bool(incompatible & 4), size)


def _xfs(head: bytes, read: Pieces) -> System:
    from xentui.bootmenu import xfs_log  # few file systems are one

    block, blocks = struct.unpack_from(">IQ", head, 4)
    return System(
        "xfs", _uuid(head[32:48]), _text(head[108:120]), xfs_log.unclean(head, read), size=block * blocks
    )


def _luks(head: bytes) -> System | None:
    return System("crypto_LUKS", _text(head[168:208])) if head[:6] == b"LUKS\xba\xbe" else None


def _lvm(head: bytes) -> System | None:
    sectors = (head[at : at + 512] for at in range(0, 2048, 512))
    return System("LVM2_member") if any(each[:8] == b"LABELONE" for each in sectors) else None


def _swap(head: bytes) -> System | None:
    if head[4086:4096] not in (b"SWAPSPACE2", b"SWAP-SPACE"):
        return None
    return System("swap", size=(struct.unpack_from("<I", head, 1028)[0] + 1) * 4096)


def _fat(head: bytes) -> System | None:
    if head[3:11] == b"NTFS    ":
        sectors, each = struct.unpack_from("<Q", head, 40)[0], struct.unpack_from("<H", head, 11)[0]
        return System("ntfs", size=(sectors + 1) * each)
    for kind, serial, label in ((82, 67, 71), (54, 39, 43)):
        if head[kind : kind + 3] == b"FAT" and head[510:512] == b"\x55\xaa":
            number = struct.unpack_from("<I", head, serial)[0]
            name = _text(head[label : label + 11]).strip()
            uuid = f"{number >> 16:04X}-{number & 0xFFFF:04X}"
            each, few = struct.unpack_from("<H", head, 11)[0], struct.unpack_from("<H", head, 19)[0]
            size = each * (few or struct.unpack_from("<I", head, 32)[0])
            # Linux marks it in the byte before the signature while it is mounted to be written.
            unclean = bool(head[serial - 2] & 1)
            return System("vfat", uuid, "" if name == "NO NAME" else name, unclean, size)
    return None


def _btrfs(block: bytes) -> System | None:
    if block[64:72] != b"_BHRfS_M":
        return None
    unclean = struct.unpack_from("<Q", block, 96)[0] != 0
    size = struct.unpack_from("<Q", block, 112)[0]
    return System("btrfs", _uuid(block[32:48]), _text(block[299:555]), unclean, size)


def _iso(block: bytes) -> System | None:
    if block[1:6] != b"CD001":
        return None
    size = struct.unpack_from("<I", block, 80)[0] * 2048
    # The date of its last change, else that of its making, is what goes for its UUID.
    for at in (_DATE + 17, _DATE):
        digits = block[at : at + 16]
        if digits.isdigit() and digits.strip(b"0"):
            text = digits.decode("ascii")
            parts = (text[:4], *(text[each : each + 2] for each in range(4, 16, 2)))
            return System("iso9660", "-".join(parts), _text(block[40:72]).strip(), size=size)
    return System("iso9660", "", _text(block[40:72]).strip(), size=size)


def _uuid(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")
