"""What lies below the disks of guests, and whether two hosts see the same there.

:func:`same_file` says of a path whether it is one thing on two hosts, proven by what was written through one and read
through the other, or by the numbers devices have of their own; never by the path alone.
"""

from __future__ import annotations

from xentui.service.storage.same_storage import Sameness, Verdict, same_file, same_files

__all__ = ["Sameness", "Verdict", "same_file", "same_files"]
