"""What a file that ``virsh save`` has written holds, by its head (libxl_conf.h libxlSavefileHeader).

::

    char magic[16]; uint32 version, xmlLen; uint32 unused[10]; then the XML of the domain
"""

from __future__ import annotations

import struct

from xentui.model.answers import SavedImage
from xentui.toolstack.virsh import domain_xml

MAGIC = b"libvirt-xml\n \0 \r"
HEAD = struct.Struct("<16sII40x")
HEAD_USUAL = 16 << 10
"""Bytes that are enough for most: what comes behind them is a guest's memory, and long on a slow line."""


def is_image(head: bytes) -> bool:
    """Return whether a file begins as libvirt begins one."""
    return head.startswith(MAGIC)


def head_length(head: bytes) -> int:
    """Return how many bytes of the file the XML reaches to; 0 where its head says nothing, or more than can be."""
    if len(head) < HEAD.size or not is_image(head):
        return 0
    length = int(HEAD.unpack_from(head)[2])
    return HEAD.size + length if 0 < length <= domain_xml.LIMIT else 0


def xml_of(head: bytes) -> str:
    """Return the XML in the head of a file; "" where it has none to be read."""
    end = head_length(head)
    if not end or end > len(head):
        return ""
    return head[HEAD.size : end].rstrip(b"\0").decode("utf-8", "replace")


def saved_image(xml: str) -> SavedImage:
    """Return what the XML says: the name; its configuration is not read, libvirt restores by its own."""
    try:
        return SavedImage(domain_xml.text_of(domain_xml.domain(xml), "name"))
    except ValueError:
        return SavedImage()
