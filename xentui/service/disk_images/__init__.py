"""Images of guests' disks on a host: looked at, made, grown, copied, converted, removed.

What a file system, LVM, ZFS or qemu-img does is theirs to do.  An image that a running domain may write to is never
written, but for its end, which grows.
"""

from __future__ import annotations

from xentui.service.disk_images.images import DiskImages

__all__ = ["DiskImages"]
