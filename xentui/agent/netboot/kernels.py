"""What a kernel's file tells of how Xen can start it: the notes of its ELF image, behind whatever it is packed with."""

from __future__ import annotations

import bz2
import lzma
import os
import struct
import subprocess
import zlib
from typing import TYPE_CHECKING, Any, Iterator, List, NamedTuple, Set, Tuple

from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import PATH
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import KernelFacts

_HEAD = 4096
_CHUNK = 1 << 18
_PACKED, _PLAIN = 128 << 20, 512 << 20  # bytes looked at, before and after unpacking
_MEMORY = 256 << 20  # what lzma may take
_ELF = b"\x7fELF"
_PT_NOTE = 4
_SEGMENTS, _NOTES, _NAMES = 64, 1 << 20, 64
_ENTRY, _PHYS32_ENTRY = 1, 18  # of a PV and of a PVH guest (xen/include/public/elfnote.h)
_MARKS = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x02\x21\x4c\x18", "lz4"),
    (b"\x89LZO\x00", "lzo"),
)
_TOOLS = {"zstd": ["zstd", "-dcq"], "lz4": ["lz4", "-dcq"]}


class _NotKnownError(Exception):
    """Why a kernel does not tell."""


class _Kernel(NamedTuple):
    """Where the ELF image of a kernel begins in its file, how long it may be, and what it is packed with."""

    kind: str
    at: int
    length: int
    packing: str
    release: str


@host_operation("look_at_kernel", path=PATH)
def look_at_kernel(*, path: str) -> KernelFacts:
    """Return what a kernel is: ``kind`` ``bzimage``, ``elf`` or ``other``, what it is packed with, and the release it
    tells.

    ``pv`` and ``pvh`` tell whether Xen can start it so, None where that is not known: then ``why`` says why.
    """
    fd, status = fsio.open_regular(path)
    try:
        kernel = _kernel(os.pread(fd, _HEAD, 0), status.st_size)
        told: KernelFacts = {
            "kind": kernel.kind,
            "packing": kernel.packing,
            "release": kernel.release,
            "pv": None,
            "pvh": None,
            "why": "",
        }
        if kernel.kind == "other":
            return told
        if not kernel.packing:
            kernel = kernel._replace(packing=_packing(os.pread(fd, 16, kernel.at)))
            told["packing"] = kernel.packing
        try:
            notes = _notes(_Plain(_pieces(fd, kernel)))
        except (_NotKnownError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            told["why"] = str(error) or "it is too short"
        else:
            told["pv"], told["pvh"] = _ENTRY in notes, _PHYS32_ENTRY in notes
        return told
    finally:
        os.close(fd)


def _kernel(head: bytes, size: int) -> _Kernel:
    """Return what a file is by its first bytes (Documentation/arch/x86/boot.rst of Linux)."""
    if head[:4] == _ELF:
        return _Kernel("elf", 0, size, "", "")
    if head[0x202:0x206] == b"HdrS" and len(head) > 0x250:
        protocol, at = struct.unpack_from("<H", head, 0x206)[0], (head[0x1F1] or 4) * 512 + 512
        words = struct.unpack_from("<H", head, 0x20E)[0] + 0x200
        release = head[words:].split(b"\0", 1)[0].split(b" ", 1)[0] if words < len(head) else b""
        offset, length = struct.unpack_from("<II", head, 0x248)
        if protocol < 0x208 or not offset or at + offset >= size:
            return _Kernel("bzimage", 0, 0, "unknown", _printable(release))
        return _Kernel("bzimage", at + offset, min(length, size), "", _printable(release))
    packing = _packing(head)
    return _Kernel("elf" if packing else "other", 0, size, packing, "")


def _printable(text: bytes) -> str:
    return "".join(chr(byte) for byte in text[:100] if 0x21 <= byte < 0x7F)


def _packing(head: bytes) -> str:
    return next((name for mark, name in _MARKS if head.startswith(mark)), "")


# Unpacking


def _pieces(fd: int, kernel: _Kernel) -> Iterator[bytes]:
    """Return the ELF image, piece by piece; raises what the unpackers do."""
    packed = _read(fd, kernel.at, min(kernel.length, _PACKED))
    if not kernel.packing:
        return packed
    if kernel.packing == "gzip":
        return _inflated(packed)
    if kernel.packing in ("xz", "lzma"):
        return _unpacked(packed, lzma.LZMADecompressor(memlimit=_MEMORY))
    if kernel.packing == "bzip2":
        return _unpacked(packed, bz2.BZ2Decompressor())
    if kernel.packing in _TOOLS:
        return _by_tool(fd, kernel)
    raise _NotKnownError(
        "it does not say where its image is"
        if kernel.packing == "unknown"
        else f"it is compressed with {kernel.packing}"
    )


def _read(fd: int, at: int, length: int) -> Iterator[bytes]:
    while length > 0:
        piece = os.pread(fd, min(_CHUNK, length), at)
        if not piece:
            return
        yield piece
        at, length = at + len(piece), length - len(piece)


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(31)
    for piece in packed:
        yield stream.decompress(piece, _CHUNK)
        while stream.unconsumed_tail and not stream.eof:
            yield stream.decompress(stream.unconsumed_tail, _CHUNK)
        if stream.eof:
            return


def _unpacked(packed: Iterator[bytes], stream: Any) -> Iterator[bytes]:
    for piece in packed:
        yield stream.decompress(piece, _CHUNK)
        while not stream.eof and not stream.needs_input:
            yield stream.decompress(b"", _CHUNK)
        if stream.eof:
            return


def _by_tool(fd: int, kernel: _Kernel) -> Iterator[bytes]:
    """Yield what a tool of the host makes of it; Python has no unpacker of its own for these."""
    argv = _TOOLS[kernel.packing]
    own = os.dup(fd)
    try:
        os.lseek(own, kernel.at, os.SEEK_SET)
        child = subprocess.Popen(argv, stdin=own, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        raise _NotKnownError(
            f"it is compressed with {kernel.packing}, and the host has no {argv[0]}"
        ) from None
    finally:
        os.close(own)
    with child:
        try:
            yield from iter(lambda: child.stdout.read(_CHUNK) if child.stdout else b"", b"")
        finally:
            child.kill()


class _Plain:
    """The unpacked image, of which parts are taken in the order they lie."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._at = 0
        self._rest = b""

    def take(self, at: int, size: int) -> bytes:
        """``size`` bytes from ``at`` on, which is not before what was taken last."""
        if at < self._at or at + size > _PLAIN:
            raise _NotKnownError("its notes are not where xentui looks for them")
        self._ahead(at)
        found = [self._rest[:size]]
        self._rest = self._rest[size:]
        length = len(found[0])
        while length < size:
            piece = self._next()
            found.append(piece[: size - length])
            self._rest = piece[size - length :]
            length += len(found[-1])
        self._at += size
        return b"".join(found)

    def _ahead(self, at: int) -> None:
        while at - self._at > len(self._rest):
            self._at += len(self._rest)
            self._rest = self._next()
        self._rest = self._rest[at - self._at :]
        self._at = at

    def _next(self) -> bytes:
        for piece in self._pieces:
            if piece:
                return piece
        raise EOFError


# ELF


def _notes(image: _Plain) -> Set[int]:
    """Return the types of Xen's notes in an ELF image."""
    head = image.take(0, 64)
    if head[:4] != _ELF or head[5] != 1 or head[4] not in (1, 2):
        raise _NotKnownError("it does not contain an x86 ELF image")
    wide = head[4] == 2
    at, size, count = (
        (*struct.unpack_from("<Q", head, 32), *struct.unpack_from("<HH", head, 54))
        if wide
        else (*struct.unpack_from("<I", head, 28), *struct.unpack_from("<HH", head, 42))
    )
    if count > _SEGMENTS or size < (56 if wide else 32) or size > 4096:
        raise _NotKnownError("it does not contain a valid ELF image")
    found: Set[int] = set()
    for begin, length in sorted(_note_segments(_table(image, head, at, size * count), size, count, wide)):
        if length > _NOTES:
            raise _NotKnownError("its notes are too large")
        found |= _types(image.take(begin, length))
    return found


def _table(image: _Plain, head: bytes, at: int, length: int) -> bytes:
    """Return the table of segments, which in a 32-bit image begins within the first 64 bytes."""
    if at >= len(head):
        return image.take(at, length)
    return head[at:] + image.take(len(head), length - (len(head) - at))


def _note_segments(table: bytes, size: int, count: int, wide: bool) -> List[Tuple[int, int]]:
    found = []
    for number in range(count):
        start = number * size
        if struct.unpack_from("<I", table, start)[0] != _PT_NOTE:
            continue
        kind, begin_at, length_at = ("<Q", 8, 32) if wide else ("<I", 4, 16)
        begin, length = (struct.unpack_from(kind, table, start + field)[0] for field in (begin_at, length_at))
        found.append((begin, length))
    return found


def _types(notes: bytes) -> Set[int]:
    found: Set[int] = set()
    at = 0
    while at + 12 <= len(notes):
        name, data, kind = struct.unpack_from("<III", notes, at)
        if name > _NAMES or data > _NOTES:
            break
        if notes[at + 12 : at + 12 + name] == b"Xen\0":
            found.add(kind)
        at += 12 + (name + 3) // 4 * 4 + (data + 3) // 4 * 4
    return found
