"""What the host says of a path that is to be a disk: whether it is one, and in which format."""

from __future__ import annotations

from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.model.devices import Disk
from xentui.model.disk_image import format_by_name
from xentui.service.disk_use import look_at

_FORMATS = ("raw", "qcow", "qcow2", "vhd", "qed")
_RAW = ("", "vhd-fixed")
"""Contents that are given to a guest byte for byte; a fixed vhd has a mark behind its bytes."""


@dataclass(frozen=True, slots=True)
class DiskFound:
    """What is at a path.

    ``format`` is xl's word for it, ``problem`` why it can be no disk, as the end of a sentence, "" where it can.  Of
    what is ``missing`` the format is what its name tells.
    """

    format: str = "raw"
    problem: str = ""
    missing: bool = False


async def found_at(host: Host, path: str) -> DiskFound:
    """Look at a path of the host.  Raises HostError where the host cannot answer."""
    facts = (await look_at(host, [Disk(path, "")]))[path]
    if facts["kind"] == "missing":
        problem = "does not exist on the host: create it, or correct the path"
        return DiskFound(format_by_name(path), problem, missing=True)
    if facts["kind"] == "dir":
        return DiskFound(problem="is a folder: name an image or a device")
    content = facts.get("content", "")
    if content in _RAW:
        return DiskFound()
    if content not in _FORMATS:
        return DiskFound(problem=f"is a {content} image, which xl cannot use: convert it by qemu-img")
    return DiskFound(content)
