"""What another process exports of a disk, read over its socket: a client of the NBD protocol, for reading only.

Source: doc/proto.md of the NetworkBlockDevice project ("fixed newstyle" negotiation, simple replies).
"""

from __future__ import annotations

import socket
import struct

from xentui.bootmenu.limits import BootMenuError

_MAGIC, _OPTION = b"NBDMAGIC", b"IHAVEOPT"
_FIXED, _NO_ZEROES = 1, 2
_GO = 7
_REPLY = struct.Struct(">QIII")
_REPLY_MAGIC = 0x3E889045565A9
_ACK, _INFO, _INFO_EXPORT, _ERROR = 1, 3, 0, 1 << 31
_REQUEST = struct.Struct(">IHHQQI")
_REQUEST_MAGIC, _READ = 0x25609513, 0
_ANSWER = struct.Struct(">IIQ")
_ANSWER_MAGIC = 0x67446698
_REPLIES, _WORDS = 20, 4096


class Export:
    """A disk at the other end of a socket that is connected; ``size`` in bytes.

    Raises BootMenuError for what is no answer, and OSError where none comes in the socket's time.
    """

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._number = 0
        self.size = self._negotiated()

    def _negotiated(self) -> int:
        if self._take(16) != _MAGIC + _OPTION:
            raise BootMenuError("qemu-nbd sends an invalid answer")
        self._take(2)
        name = struct.pack(">IH", 0, 0)
        self._peer.sendall(
            struct.pack(">I", _FIXED | _NO_ZEROES) + _OPTION + struct.pack(">II", _GO, len(name)) + name
        )
        size = -1
        for _ in range(_REPLIES):
            magic, _option, kind, length = _REPLY.unpack(self._take(_REPLY.size))
            if magic != _REPLY_MAGIC or length > _WORDS:
                break
            data = self._take(length)
            if kind & _ERROR:
                raise BootMenuError(f"qemu-nbd refuses: {data.decode('utf-8', 'replace')}")
            if kind == _INFO and length >= 12 and data[:2] == struct.pack(">H", _INFO_EXPORT):
                size = struct.unpack_from(">Q", data, 2)[0]
            if kind == _ACK and 0 <= size < 1 << 63:
                return size
        raise BootMenuError("qemu-nbd sends an invalid answer")

    def read(self, start: int, size: int) -> bytes:
        """Return the bytes from ``start``, fewer where the disk ends; raises OSError where they cannot be read."""
        size = min(size, max(0, self.size - start))
        if not size:
            return b""
        self._number += 1
        self._peer.sendall(_REQUEST.pack(_REQUEST_MAGIC, 0, _READ, self._number, start, size))
        magic, error, number = _ANSWER.unpack(self._take(_ANSWER.size))
        if magic != _ANSWER_MAGIC or number != self._number:
            raise BootMenuError("qemu-nbd sends an invalid answer")
        if error:
            raise OSError(error, "qemu-nbd cannot read that")
        return self._take(size)

    def _take(self, size: int) -> bytes:
        parts = []
        while size > 0:
            data = self._peer.recv(min(size, 1 << 18))
            if not data:
                raise BootMenuError("qemu-nbd has ended")
            parts.append(data)
            size -= len(data)
        return b"".join(parts)
