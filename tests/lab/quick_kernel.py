"""quick_kernel.py BZIMAGE OUT: a kernel that libxenguest unpacks fast.

Under emulation the dom0 works ten seconds to unpack Debian's XZ.  The header is pointed at another copy, gzip, behind
the end (Documentation/arch/x86/boot.rst: payload_offset, payload_length); only those who unpack it themselves, as
Xen does for PV and PVH guests, read that.  A BIOS or GRUB needs the kernel as it was.
"""

import gzip
import lzma
import struct
import sys
from pathlib import Path

SECTOR, SETUP_SECTORS, PAYLOAD = 512, 0x1F1, 0x248

kernel = bytearray(Path(sys.argv[1]).read_bytes())
start = ((kernel[SETUP_SECTORS] or 4) + 1) * SECTOR
offset, length = struct.unpack_from("<II", kernel, PAYLOAD)
unpacked = lzma.LZMADecompressor().decompress(bytes(kernel[start + offset : start + offset + length]))
packed = gzip.compress(unpacked, mtime=0)
kernel += bytes(-len(kernel) % SECTOR)
struct.pack_into("<II", kernel, PAYLOAD, len(kernel) - start, len(packed))
Path(sys.argv[2]).write_bytes(kernel + packed)
