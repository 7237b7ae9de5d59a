"""Ways to read one file of a guest's file system; the first that works is taken, a mount where there is no other."""

from __future__ import annotations

import os
import re
import stat
import sys
import time

from xentui.domuloader.children import (
    LargeError,
    MissingError,
    ReadError,
    Wanted,
    copy,
    heard,
    spent,
    write_all,
)
from xentui.domuloader.disk_view import ViewError, opened
from xentui.domuloader.partitions import Partition

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_LIBRARIES = ("usr/lib/xen*/lib/python", "usr/lib*/xen*/python", "usr/local/lib/xen*/python")
_NAMES = ("xenfsimage", "fsimage")
PLAIN = re.compile(r"[A-Za-z0-9._/+-]+\Z")
_MAX_LINKS = 40
_MAX_PATH = 4096
BANNER = re.compile(r"debugfs \d\S* \(.*\)\s*\Z")
_STATUS = re.compile(r"Inode: (\d+) +Type: (\w+(?: \w+)?) +Mode:.*?\bSize: (\d+)", re.DOTALL)
_TARGET = re.compile(r'^Fast[ _]link[ _]dest: "?([^"\n]*)"?$', re.MULTILINE)
_MOUNT_OPTIONS = ("noload", "norecovery", "")
"""Without a look at the journal, which a mount would play back: ext, xfs, others."""
_FSIMAGE = """
import sys
sys.path[:0] = sys.argv[4:]
try:
    import xenfsimage as fsimage
except ImportError:
    import fsimage
image, offset, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
system = fsimage.open(image, offset, "")
try:
    system.open_file(path + "/.")
except OSError:
    pass
else:
    sys.exit("it is not a file but a directory")
file = system.open_file(path)
done = 0
while True:
    data = file.read(1 << 18, done)
    if not data:
        break
    sys.stdout.buffer.write(data)
    done += len(data)
"""


def fsimage(wanted: Wanted, out: int) -> None:
    """pygrub's own library, libfsimage (tools/libfsimage).

    It gives the entries of a directory for a file, and some of its drivers give what they like for what a cut image
    has no more.
    """
    # Few readers come to this one; all of these take longer to import than a menu to be read.
    import site
    from importlib.util import find_spec
    from pathlib import Path

    folders = [
        str(folder) for pattern in _LIBRARIES for folder in sorted(Path("/").glob(pattern), reverse=True)
    ]
    if sys.flags.no_site:
        site.main()
    if not any(Path(folder).glob("*fsimage*") for folder in folders) and not any(map(find_spec, _NAMES)):
        raise MissingError("the host has no libfsimage")
    start = wanted.place.start if wanted.place else 0
    if wanted.place and start + wanted.place.size > _size(wanted.image):
        raise ReadError("the image ends before the end of the partition")
    python = sys.executable or "/usr/bin/python3"
    copy([python, "-I", "-c", _FSIMAGE, wanted.image, str(start), wanted.path, *folders], out, wanted)


def grub(wanted: Wanted, out: int, device: str = "") -> None:
    """GRUB's drivers (grub-fstest(1)): many file systems, LVM and RAID inside the guest too.

    It follows links within the guest, refuses what is not a regular file, and fails where one cannot be read whole.
    ``device`` is a volume within the image, as GRUB calls it.
    """
    copy(
        [grub_program(), wanted.image, "cat", f"{grub_device(wanted.place, device)}{wanted.path}"],
        out,
        wanted,
    )


def grub_program() -> str:
    """Return where grub-fstest(1) is; raises MissingError."""
    return program_path("grub-fstest", "grub2-fstest")


def grub_device(place: Partition | None, device: str = "") -> str:
    """Return what grub-fstest calls a partition of the image it is given, None: all of it, or a volume named
    ``device``.
    """
    return f"({device})" if device else f"(loop0,{place.number})" if place else "(loop0)"


def debugfs(wanted: Wanted, out: int) -> None:
    """e2fsprogs' debugfs(8): ext2, ext3 and ext4.

    It follows the links in the folders of a path itself, within the file system, but not what the path ends in.  What
    is wanted at most, all its runs may take together.
    """
    begun = spent()
    deadline = time.monotonic() + (wanted.wall or wanted.seconds)

    def rest() -> Wanted:
        left = wanted.seconds - int(spent() - begun)
        if left < 1 or time.monotonic() >= deadline:
            raise ReadError(f"reading took longer than {wanted.seconds} s")
        return wanted._replace(seconds=left, wall=int(deadline - time.monotonic()) + 1)

    program = program_path("debugfs")
    if "?" in wanted.image:
        raise ReadError("debugfs cannot read such an image")
    image = f"{wanted.image}?offset={wanted.place.start if wanted.place else 0}"
    path, links = wanted.path, 0
    while True:
        if not PLAIN.match(path) or len(path) > _MAX_PATH:
            raise ReadError("debugfs cannot read such a path")
        said = heard([program, "-R", f"stat {path}", image], rest(), banner=BANNER)
        status = _STATUS.search(said)
        if status is None:
            raise ReadError("debugfs does not report it")
        node, kind, size = f"<{status[1]}>", status[2], int(status[3])
        if kind != "symlink":
            break
        links += 1
        if links > _MAX_LINKS or size > _MAX_PATH:
            raise ReadError("its links lead nowhere")
        short = _TARGET.search(said)
        target = short[1] if short else heard([program, "-R", f"cat {node}", image], rest(), banner=BANNER)
        if len(target) != size:
            raise ReadError("its link cannot be read")
        path = target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
    if kind != "regular":
        raise ReadError(f"it is not a file but a {kind}")
    if size > wanted.limit:
        raise LargeError(f"it is larger than {wanted.limit >> 20} MiB")
    if copy([program, "-R", f"cat {node}", image], out, rest(), banner=BANNER) != size:
        raise ReadError(f"it cannot be read to its end, {size} bytes")


def mount(wanted: Wanted, out: int) -> None:
    """The kernel's own drivers, read-only: for hosts that have nothing else.

    It is not tried where another way has failed: whoever made the image could have seen to that.
    """
    import subprocess
    import tempfile

    if os.geteuid() != 0:
        raise ReadError("only root can mount it")
    program, unmount = program_path("mount"), program_path("umount")
    folder = tempfile.mkdtemp(prefix="xentui-domuloader-")
    try:
        words = ""
        for option in _MOUNT_OPTIONS:
            options = ["ro,loop,nodev,nosuid,noexec", *([option] if option else [])]
            if wanted.place:
                options.append(f"offset={wanted.place.start},sizelimit={wanted.place.size}")
            done = subprocess.run(
                [program, "-o", ",".join(options), wanted.image, folder],
                capture_output=True,
                check=False,
                timeout=60,
            )
            if done.returncode == 0:
                break
            words = done.stderr.decode("utf-8", "replace").strip()
        else:
            raise ReadError(words.split("\n")[-1] if words else "it cannot be mounted")
        try:
            _copy_inside(folder, wanted.path, out, wanted.limit)
        finally:
            subprocess.run([unmount, folder], capture_output=True, check=False)
    finally:
        os.rmdir(folder)


READERS = (fsimage, grub, debugfs, mount)


def _size(image: str) -> int:
    """Return bytes of a file or a block device."""
    try:
        fd = opened(image)
    except ViewError as error:
        raise ReadError(str(error)) from None
    try:
        return os.lseek(fd, 0, os.SEEK_END)
    finally:
        os.close(fd)


def program_path(*names: str) -> str:
    """Return where the first of these programs is that the host has; raises MissingError."""
    for name in names:
        for folder in PATH.split(":"):
            path = f"{folder}/{name}"
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    raise MissingError(f"the host has no {names[0]}")


def _copy_inside(root: str, path: str, out: int, limit: int) -> None:
    """Copy a regular file below ``root``; links in the guest lead to places of the guest."""
    try:
        fd = os.open(inside(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ReadError(error.strerror or str(error)) from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            raise ReadError(f"it is not a file of at most {limit >> 20} MiB")
        if not status.st_size:
            raise ReadError("it is empty")
        left = status.st_size
        while left > 0:
            data = os.read(fd, min(left, 1 << 18))
            if not data:
                raise ReadError(f"it cannot be read to its end, {status.st_size} bytes")
            left -= len(data)
            write_all(out, data)
    finally:
        os.close(fd)


def inside(root: str, path: str) -> str:
    """Return where a guest's path is below ``root``, its links followed within; raises ReadError for too many."""
    todo: list[str] = path.split("/")[::-1]
    done: list[str] = []
    links = 0
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = done[:-1]
            continue
        here = os.path.join(root, *done, part)
        if os.path.islink(here):
            links += 1
            if links > _MAX_LINKS:
                raise ReadError("its links lead nowhere")
            target = os.readlink(here)
            if target.startswith("/"):
                done = []
            todo += target.split("/")[::-1]
        else:
            done.append(part)
    return os.path.join(root, *done)
