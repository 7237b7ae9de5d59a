"""Images of guests' disks as files of the host: what they are, and made, grown, cut or removed at one stroke.

What takes long is a job (:mod:`xentui.agent.images.image_jobs`).  Every file that is written here lies in a folder
that nobody else can exchange (:mod:`xentui.agent.files.safe_folder`), and is root's or the acting user's own.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from typing import TYPE_CHECKING, Dict, Iterator, List, Tuple, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import access, fsio, safe_folder
from xentui.agent.files.mounts import kind_of
from xentui.agent.images import image_headers
from xentui.agent.protocol.arguments import COUNT, PATH, PATHS, optional
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import ImageFacts, ImageFolder

SECTOR = 512
_SCAN_LIMIT = 200_000
_CHAIN = 16
#: What the name of an image ends in; one without an ending is taken for one from this size on.
_ENDINGS = (".img", ".raw", ".qcow2", ".qcow", ".vhd", ".vmdk", ".qed", ".iso", ".vdi", ".vhdx", ".disk")
_NAMELESS = 1 << 20


@host_operation("look_at_images", paths=PATHS)
def look_at_images(*, paths: List[str]) -> Dict[str, ImageFacts]:
    """Return what each path is, as :func:`xentui.agent.files.access.stat_paths` says, and of a file or a block device
    besides:

    ``content`` and ``virtual``, the format its own bytes tell and the size a guest would see; ``backing``, lists of
    path and format, the files a qcow2 image is based on, one behind the other (an empty format is not told);
    ``file_system``, where the one it lies on is mounted, and ``free``, how many bytes that still takes.
    """
    mounts: Dict[int, str] = {}
    return {path: _facts(path, mounts) for path in paths}


@host_operation("list_images", folder=PATH, limit=optional(COUNT))
def list_images(*, folder: str, limit: int = 2000) -> ImageFolder:
    """Return the images in a folder, by path: files that end as images do, or begin as one."""
    found: Dict[str, ImageFacts] = {}
    names, truncated = [], False
    mounts: Dict[int, str] = {}
    with os.scandir(folder) as scan:
        for count, item in enumerate(scan):
            if count >= _SCAN_LIMIT:
                truncated = True
                break
            with contextlib.suppress(OSError):
                if item.is_file() and not item.name.startswith(".xentui-"):
                    names.append(item.name)
    for name in sorted(names):
        path = os.path.join(folder, name)
        facts = _facts(path, mounts)
        if not _is_image(name, facts):
            continue
        if len(found) >= limit:
            truncated = True
            break
        found[path] = facts
    return {"images": found, "truncated": truncated}


def _is_image(name: str, facts: ImageFacts) -> bool:
    if facts["kind"] != "file":
        return False
    size = facts["size"] or 0
    if facts.get("content") or name.lower().endswith(_ENDINGS):
        return True
    return "." not in name and size >= _NAMELESS and size % SECTOR == 0


def _facts(path: str, mounts: Dict[int, str]) -> ImageFacts:
    facts = cast("ImageFacts", access.stat_paths(paths=[path])[path])
    facts["backing"] = []
    if facts["kind"] == "file":
        try:
            fd, status = fsio.open_regular(path)
        except (OSError, AgentError):
            return facts
        try:
            head = image_headers.look(fd, status.st_size)
            room = os.fstatvfs(fd)
        except OSError:
            return facts
        finally:
            os.close(fd)
        facts["content"], facts["virtual"] = head.content, head.size
        if status.st_dev not in mounts:
            mounts[status.st_dev] = _mount(path, status.st_dev)
        facts["file_system"], facts["free"] = mounts[status.st_dev], room.f_bavail * room.f_frsize
        if head.backing:
            facts["backing"] = [list(each) for each in _chain(path, head)]
    elif facts["kind"] == "block":
        facts["content"], facts["virtual"] = "", facts.get("size")
    return facts


def _mount(path: str, device: int) -> str:
    """Return the highest folder above a file that is on the same file system."""
    here = os.path.dirname(os.path.realpath(path))
    while here != "/":
        above = os.path.dirname(here)
        try:
            if os.stat(above).st_dev != device:
                break
        except OSError:
            break
        here = above
    return here


def _chain(path: str, head: image_headers.ImageHead) -> Iterator[List[str]]:
    """Yield the files an image is based on; the names are the image's own, and what they lead to is looked at, never
    read.
    """
    seen = {path}
    for _ in range(_CHAIN):
        path = os.path.join(os.path.dirname(path), head.backing)
        yield [path, head.backing_format]
        # A backing file is what the header above says it is: raw bytes, which a guest wrote, have no chain.
        if path in seen or head.backing_format != "qcow2":
            return
        seen.add(path)
        try:
            fd, status = fsio.open_regular(path)
        except (OSError, AgentError):
            return
        try:
            head = image_headers.look(fd, status.st_size)
        except OSError:
            return
        finally:
            os.close(fd)
        if not head.backing:
            return


@host_operation("make_image", path=PATH, size=COUNT)
def make_image(*, path: str, size: int) -> None:
    """Make a file of ``size`` bytes that takes no room yet; code ``exists`` where there is something of that name."""
    folder, name = parent(path)
    with folder:
        require_free(folder, name, path)
        fd = folder.open_own(name, os.O_RDWR | os.O_EXCL)
        try:
            try:
                os.ftruncate(fd, size)
                os.fsync(fd)
            finally:
                os.close(fd)
        except OSError:
            folder.remove(name)
            raise
        folder.sync()


@host_operation("try_image", path=PATH, size=COUNT, room=COUNT)
def try_image(*, path: str, size: int, room: int) -> None:
    """Raise what is in the way of a new file of ``size`` bytes of which ``room`` are taken at once; leaves nothing.

    Code ``exists``, ``missing`` and ``full`` as making it has; whether a file may be that large only the file system
    knows, and tells of one without a name (open(2), O_TMPFILE) where it has such.
    """
    folder, name = parent(path)
    with folder:
        require_free(folder, name, path, room)
        try:
            fd = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=folder.fd)
        except OSError as error:
            if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
                return
            raise
        try:
            os.ftruncate(fd, size)
        finally:
            os.close(fd)


def require_free(folder: safe_folder.Folder, name: str, path: str, room: int = 0) -> None:
    """Raise code ``exists`` where a folder has something of that name, ``full`` where it has less than ``room`` bytes.

    ``path`` is what is told of it.
    """
    if folder.look(name) is not None:
        raise AgentError("exists", "something with that name exists already", path)
    left = os.fstatvfs(folder.fd)
    free = left.f_bavail * left.f_frsize
    if free < room:
        raise AgentError("full", f"it needs {gib(room)}, and {gib(free)} are free", path)


def gib(size: int) -> str:
    """Return a number of bytes, for a sentence."""
    return f"{size / (1 << 40):.1f} TiB" if size >= 1 << 43 else f"{size / (1 << 30):.1f} GiB"


@host_operation("resize_image", path=PATH, size=COUNT, before=COUNT)
def resize_image(*, path: str, size: int, before: int) -> None:
    """Give a file of raw bytes another size; code ``conflict`` where it does not have ``before`` bytes any more."""
    folder, name = safe_folder.open_parent(path, follow=True)
    with folder:
        fd = folder.open_file(name, os.O_RDWR)
        try:
            if os.fstat(fd).st_size != before:
                raise AgentError("conflict", "its size has changed meanwhile", path)
            os.ftruncate(fd, size)
            os.fsync(fd)
        finally:
            os.close(fd)


@host_operation("remove_image", path=PATH)
def remove_image(*, path: str) -> None:
    """Remove a file; code ``missing`` where there is none."""
    folder, name = safe_folder.open_parent(path, follow=False)
    with folder:
        status = folder.look(name)
        if status is None:
            raise AgentError("missing", "there is no such file", path)
        if not stat.S_ISREG(status.st_mode):
            raise AgentError("invalid", "is not a regular file", path)
        folder.remove(name)
        folder.sync()


def parent(path: str) -> Tuple[safe_folder.Folder, str]:
    """Return the folder a new file is to be in, and the file's name; code ``missing`` where there is no such folder."""
    try:
        return safe_folder.open_parent(path, follow=False)
    except FileNotFoundError:
        raise AgentError("missing", "its folder does not exist on the host", path) from None


def hold(fd: int) -> None:
    """Lock an image that is being made, so that whoever sweeps the folder leaves it alone.

    Not on NFS: there it is a lock of all bytes (nfs(5), ``local_lock``), with which qemu-img's own locks clash; and no
    sweep takes one, since it opens files to read them only.
    """
    if not kind_of(os.fstat(fd).st_dev).startswith("nfs"):
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
