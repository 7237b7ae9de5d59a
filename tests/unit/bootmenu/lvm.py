"""A disk that is LVM's, made without LVM: one physical volume with a group of linear volumes.

Source: lib/format_text of LVM 2 (layout.h, and what ``vgcfgbackup`` writes) and lib/label.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from itertools import accumulate
from pathlib import Path

EXTENT = 4 << 20
_AREA, _START, _SECTOR = 4096, 1 << 20, 512
_PV = "AAAAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGGGG"
_VOLUME = """
{name} {{
id = "{number:06}-1111-2222-3333-4444-5555-666666"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
segment_count = 1
segment1 {{
start_extent = 0
extent_count = {extents}
type = "striped"
stripe_count = 1
stripes = [
"pv0", {first}
]
}}
}}"""
_GROUP = """{group} {{
id = "VVVVVV-1111-2222-3333-4444-5555-666666"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = {sectors}
max_lv = 0
max_pv = 0
metadata_copies = 0
physical_volumes {{
pv0 {{
id = "{pv}"
device = "/dev/xvda"
status = ["ALLOCATABLE"]
flags = []
dev_size = {size}
pe_start = {start}
pe_count = {extents}
}}
}}
logical_volumes {{{volumes}
}}
}}
"""


def write(image: Path, group: str, volumes: Mapping[str, Path | bytes], start: int = 0) -> int:
    """Make the image a disk whose group, from byte ``start`` on, has volumes with these contents; returns its bytes.

    What is nothing but zeros takes no room.
    """
    sizes = {
        name: each.stat().st_size if isinstance(each, Path) else len(each) for name, each in volumes.items()
    }
    extents = {name: -(-size // EXTENT) for name, size in sizes.items()}
    firsts = dict(zip(extents, accumulate(extents.values(), initial=0), strict=False))
    size = _START + sum(extents.values()) * EXTENT
    rows = [
        _VOLUME.format(name=name, number=number, extents=extents[name], first=firsts[name])
        for number, name in enumerate(volumes)
    ]
    with image.open("wb") as file:
        file.truncate(start + size)
        file.seek(start)
        file.write(_head(group, "".join(rows), sum(extents.values()), size))
        for name, each in volumes.items():
            place = start + _START + firsts[name] * EXTENT
            with each.open("rb") if isinstance(each, Path) else BytesIO(each) as content:
                while chunk := content.read(1 << 20):
                    if chunk.count(0) != len(chunk):
                        file.seek(place)
                        file.write(chunk)
                    place += len(chunk)
    return size


def _head(group: str, volumes: str, extents: int, size: int) -> bytes:
    """What stands before the first volume: the label, and the area with the text of the group."""
    text = _GROUP.format(
        group=group,
        sectors=EXTENT // _SECTOR,
        pv=_PV,
        size=size // _SECTOR,
        start=_START // _SECTOR,
        extents=extents,
        volumes=volumes,
    ).encode()
    text += b"\0"
    areas = struct.pack("<8Q", _START, 0, 0, 0, _AREA, _START - _AREA, 0, 0)
    content = struct.pack("<I8s32sQ", 32, b"LVM2 001", _PV.replace("-", "").encode(), size) + areas
    content = content.ljust(_SECTOR - 20, b"\0")
    label = struct.pack("<8sQI", b"LABELONE", 1, _checksum(content)) + content
    where = struct.pack("<16sIQQ", b" LVM2 x[5A%r0N*>", 1, _AREA, _START - _AREA)
    where += struct.pack("<QQII", _SECTOR, len(text), _checksum(text), 0)
    where = where.ljust(_SECTOR - 4, b"\0")
    return (bytes(_SECTOR) + label).ljust(_AREA, b"\0") + struct.pack("<I", _checksum(where)) + where + text


def _checksum(data: bytes) -> int:
    """LVM's: a CRC-32 that begins with a number of its own and is not inverted at its end."""
    return zlib.crc32(data, 0xF597A6CF ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
