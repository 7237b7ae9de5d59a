"""Images with a disk inside, qcow2 and VHD: shown as the disk they hold, through qemu's read-only export.

qemu-nbd is told the format, never left to find out; it is told that there is nothing behind the image, whatever that
says; it has no rights, no network, and a socket nobody else can reach.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import tempfile

from xentui.bootmenu import fuse
from xentui.bootmenu.limits import MEMORY, SECONDS, WALL, BootMenuError
from xentui.bootmenu.nbd import Export
from xentui.bootmenu.superblock import container
from xentui.domuloader.children import ChildUser, MissingError, become
from xentui.domuloader.disk_view import View, held_folder, opened, sweep
from xentui.domuloader.readers import program_path
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

_DRIVERS = {"qcow2": "qcow2", "vhd": "vpc"}
"""What qemu calls the formats that are read."""
_PLACE = "/tmp"  # noqa: S108 - a user's own, as TMPDIR may be, is one no reader without rights passes
_PREFIX, _DISK, _SOCKET = "xentui-bootmenu-", "disk", "nbd"
"""The folder for as long as it is read, and what is in it."""
_QCOW2 = struct.Struct(">4sIQI")
_EXTERNAL_DATA = 4
_DIFFERENCING = 4
_SAID = 2000
_NODES = 1 << 16


@contextlib.contextmanager
def unpacked(view: View, kind: str) -> Iterator[View]:
    """The disk within an image of that kind, as a reader may see it.

    Raises BootMenuError where it cannot be shown, and says why.
    """
    if kind not in _DRIVERS:
        raise BootMenuError(f"it is a {kind} image, whose menu is not read; {_convert(view.image)}")
    _refuse_another(view, kind)
    with contextlib.ExitStack() as left:
        try:
            program = program_path("qemu-nbd")
        except MissingError:
            raise BootMenuError(
                f"a {kind} image is read through qemu-nbd, which the host lacks (Debian: qemu-utils)"
            ) from None
        sweep(_PLACE, _PREFIX, [_DISK, _SOCKET])
        folder = held_folder(_PLACE, _PREFIX, left, [_DISK, _SOCKET], release=fuse.unmount)
        os.chmod(folder, 0o711)  # noqa: S103 - a reader passes
        path = os.path.join(folder, _DISK)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444))
        left.callback(os.unlink, path)
        try:
            fd = fuse.mounted(path)
        except OSError as error:
            raise BootMenuError(
                f"a {kind} image is read through FUSE, which the host does not allow ({error}); {_convert(view.image)}"
            ) from None
        left.callback(fuse.unmount, path)
        yield View(path, path, view.who, _served(program, view, kind, folder, fd, left))


def _refuse_another(view: View, kind: str) -> None:
    """Refuse what is not an image of its kind, and what has its content elsewhere."""
    fd = opened(view.path)
    try:
        head = os.pread(fd, 4096, 0)
        behind = _behind_qcow2(fd, head) if kind == "qcow2" else _behind_vhd(fd, head)
    finally:
        os.close(fd)
    if behind:
        raise BootMenuError(
            f"it is a {kind} image over {behind}, which is not followed; {_convert(view.image)}"
        )


def _behind_qcow2(fd: int, head: bytes) -> str:
    if len(head) < 104 or container(head) != "qcow2":
        raise BootMenuError("its configuration says qcow2, but it is not a qcow2 image")
    _magic, version, where, length = _QCOW2.unpack_from(head)
    if where and length:
        return f"“{os.pread(fd, min(length, 1023), min(where, 1 << 40)).decode('utf-8', 'replace')}”"
    if version >= 3 and struct.unpack_from(">Q", head, 72)[0] & _EXTERNAL_DATA:
        return "a file of its own for the data"
    return ""


def _behind_vhd(fd: int, head: bytes) -> str:
    end = os.lseek(fd, 0, os.SEEK_END)
    # One of a fixed size has its description at the end only.
    footer = head[:512] if container(head) == "vhd" else os.pread(fd, 512, max(0, end - 512))
    if len(footer) < 64 or footer[:8] != b"conectix":
        raise BootMenuError("its configuration says vhd, but it is not a vhd image")
    return "another" if struct.unpack_from(">I", footer, 60)[0] == _DIFFERENCING else ""


def _convert(image: str) -> str:
    return f"`qemu-img convert -O raw {image} …` makes one that is"


def _served(  # noqa: PLR0917 - what with, of what, where to
    program: str, view: View, kind: str, folder: str, fd: int, left: contextlib.ExitStack
) -> tuple[int, ...]:
    """Have what qemu exports answer for the file that is mounted; returns the processes that do.

    Raises BootMenuError where it exports nothing.
    """
    said = left.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as peer:
        address = os.path.join(folder, _SOCKET)
        os.chmod(folder, 0o700)
        listening.bind(address)
        try:
            listening.listen(1)
            peer.connect(address)
        finally:
            os.unlink(address)
        os.chmod(folder, 0o711)  # noqa: S103
        qemu = _begun(program, _blocks(view.path, kind), listening.fileno(), said.fileno(), view.who)
        children = [qemu]
        left.callback(_end, children)
        ready, telling = os.pipe()
        server = os.fork()
        if server == 0:
            os.close(ready)
            listening.close()
            _serve(fd, peer, telling, view.who)
        children.append(server)
    os.close(fd)
    os.close(telling)
    try:
        answers = select.select([ready], [], [], WALL)[0]
        words = os.read(ready, _SAID) if answers else b"qemu-nbd does not answer"
    finally:
        os.close(ready)
    if words != b"+":
        _end(children)
        said.seek(0)
        lines = said.read(_SAID).decode("utf-8", "replace").strip().split("\n")
        reason = lines[-1].rpartition("}': ")[2].replace(view.path, view.image) or words.decode(
            "utf-8", "replace"
        )
        raise BootMenuError(f"the {kind} image cannot be read: {reason}")
    return qemu, server


def _blocks(path: str, kind: str) -> str:
    """Return the image as qemu is to open it: this file in this format, nothing behind it, whoever else has it open."""
    device = stat.S_ISBLK(os.stat(path).st_mode)
    file = {"driver": "host_device" if device else "file", "filename": path, "locking": "off"}
    image: dict[str, object] = {
        "driver": _DRIVERS[kind],
        "read-only": True,
        "force-share": True,
        "file": file,
    }
    if kind == "qcow2":
        image["backing"] = None
    return f"json:{json.dumps(image)}"


def _begun(program: str, blocks: str, listening: int, said: int, who: ChildUser | None) -> int:
    """Begin qemu-nbd, which takes its socket as systemd hands one; returns its process."""
    child = os.fork()
    if child:
        return child
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        # The socket may be in the place of one of those it is moved over.
        kept = [os.dup(each) for each in (nothing, said, said, listening)]
        os.setsid()
        for number, each in enumerate(kept):
            os.dup2(each, number)
        _confine(who)
        environment = {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C", "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())
        }  # fmt: skip
        os.execve(program, [program, "--read-only", blocks], environment)  # noqa: S606 - no shell is wanted
    finally:
        os._exit(127)


def _serve(fd: int, peer: socket.socket, telling: int, who: ChildUser | None) -> NoReturn:
    """Be the process that answers for the file."""
    try:
        # Who reads what the parent says is not to wait for this one.
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        _confine(who)
        peer.settimeout(WALL)
        try:
            export = Export(peer)
        except (BootMenuError, OSError) as error:
            os.write(telling, str(error).encode("utf-8", "replace")[:_SAID])
        else:
            os.write(telling, b"+")
            fuse.serve(fd, export.size, _reading(export))
    finally:
        os._exit(0)


def _reading(export: Export) -> Callable[[int, int], bytes]:
    def read(start: int, size: int) -> bytes:
        try:
            return export.read(start, size)
        except BootMenuError as error:
            raise OSError(str(error)) from None

    return read


def _confine(who: ChildUser | None) -> None:
    """Bound a child in time and memory, and leave it nothing but what it has open."""
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(2 * WALL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_NODES, _NODES))
    fuse.without_network()
    if who is not None:
        become(who)


def _end(children: list[int]) -> None:
    """End children, each once: the number of one that is gone may be another's."""
    while children:
        child = children.pop()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
