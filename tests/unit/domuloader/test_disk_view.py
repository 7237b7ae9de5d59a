"""What a child of root is shown of a disk, and that nothing of it stays."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.domuloader.conftest import KERNEL, MakeDisk
from xentui.domuloader import children, disk_view, program, readers
from xentui.domuloader.children import Wanted
from xentui.domuloader.packing import packed

WORDS = """
import os, sys
path, original = sys.argv[1:]
tried = []
for wish in (lambda: os.open(path, os.O_RDWR), lambda: os.chmod(path, 0o666), lambda: os.open(original, os.O_RDONLY),
             lambda: os.listdir(os.path.dirname(path))):
    try:
        wish()
        tried.append("done")
    except PermissionError:
        tried.append("no")
with open(path, "rb") as file:
    print(os.getuid(), os.getgid(), os.getgroups(), *tried, file.read(4).decode())
"""


def works() -> bool:
    """Whether this is a root who has loop devices, nodes and users beyond those of a container."""
    if os.geteuid() != 0:
        return False
    with contextlib.ExitStack() as left:
        try:
            fd = os.memfd_create("disk")
            left.callback(os.close, fd)
            os.truncate(fd, 1 << 16)
            disk_view._node(disk_view._device(fd, "disk", left), children.stranger(), left)
        except OSError:
            return False
    return True


root = pytest.mark.skipif(not works(), reason="needs root with loop devices")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(b"disk".ljust(1 << 16, b"\0"))
    path.chmod(0o600)
    return path


def told(view: disk_view.View, original: Path) -> str:
    """What a child says that tries everything."""
    out = os.memfd_create("out")
    try:
        wanted = Wanted(view.path, None, "", 1 << 16, view.who)
        children.copy(["/usr/bin/env", "python3", "-I", "-c", WORDS, view.path, str(original)], out, wanted)
        return os.pread(out, 1 << 16, 0).decode().strip()
    finally:
        os.close(out)


def remains(image: Path, pid: int | None = None) -> list[str]:
    """Folders below /dev of a process, and loop devices of a file."""
    group = children.stranger().group - os.getpid() + (pid or os.getpid())
    left = []
    for folder in Path("/dev").glob("xentui-domuloader-*"):
        with contextlib.suppress(FileNotFoundError):  # another worker's
            left += [str(folder)] * (folder.stat().st_gid == group)
    for file in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):
            left += [str(file)] * (file.read_text().strip() == str(image))
    return left


def group_of_disks() -> int:
    try:
        return grp.getgrnam("disk").gr_gid
    except KeyError:
        return 6


@root
@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_a_child_reads_an_image_of_root_s_and_has_no_group_of_the_host(disk: Path, mode: int) -> None:
    os.chown(disk, 0, group_of_disks())
    disk.chmod(mode)
    with disk_view.viewed(str(disk)) as view:
        assert view.who is not None
        user, group = view.who
        assert min(user, group) > 2_000_000_000
        assert told(view, disk) == f"{user} {group} [] no no no no disk"
        status = os.stat(view.path)
        assert (stat.S_ISBLK(status.st_mode), status.st_uid, status.st_mode & 0o777) == (True, 0, 0o440)
        folder = os.stat(Path(view.path).parent)
        assert (folder.st_uid, folder.st_gid, folder.st_mode & 0o777) == (0, group, 0o710)
    assert remains(disk) == []
    assert stat.S_IMODE(disk.stat().st_mode) == mode


@root
def test_a_child_reads_a_block_device_of_the_group_of_disks(disk: Path) -> None:
    """As udev makes those of LVM."""
    with contextlib.ExitStack() as left:
        fd = os.open(disk, os.O_RDONLY)
        left.callback(os.close, fd)
        number = disk_view._device(fd, "disk", left)
        folder = Path(disk_view._node(number, children.stranger(), left)).parent
        volume = folder / "volume"
        os.mknod(volume, stat.S_IFBLK, number)
        left.callback(volume.unlink)
        os.chown(volume, 0, group_of_disks())
        volume.chmod(0o660)
        folder.chmod(0o755)
        with disk_view.viewed(str(volume)) as view:
            assert view.who is not None
            assert os.stat(view.path).st_rdev == number
            assert told(view, volume) == f"{view.who.user} {view.who.group} [] no no no no disk"
    assert remains(disk) == []


@root
def test_nothing_stays_after_a_failure(disk: Path) -> None:
    with pytest.raises(ValueError, match="oh no"), disk_view.viewed(str(disk)):
        raise ValueError("oh no")
    assert remains(disk) == []


@root
def test_the_whole_way_out_of_an_image_of_root_s(
    extended: MakeDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = extended()
    path.chmod(0o600)
    monkeypatch.setattr(program, "READERS", (readers.debugfs,))
    words = [f"--output={tmp_path / 'answer'}", f"--output-directory={tmp_path / 'out'}", "--whole"]
    program.run([*words, "--entry=xvda1:/boot/vmlinuz-xen", str(path)])
    (kernel,) = (tmp_path / "out").iterdir()
    assert kernel.read_bytes() == KERNEL
    path.write_bytes(bytes(1 << 16))
    with pytest.raises(program.LoaderError) as error:
        program.run([*words, "--entry=xvda1:/boot/vmlinuz-xen", str(path)])
    assert f"trying to open {path}" in str(error.value), "not by the name of the node"
    assert remains(path) == []


@root
def test_nothing_stays_where_libxl_ends_it(disk: Path, tmp_path: Path) -> None:
    archive = tmp_path / "xentui-domuloader"
    archive.write_bytes(packed())
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = (
        f"import sys, time; sys.path.insert(0, {str(archive)!r})\n"
        "from xentui.domuloader import program\n"
        f"def reader(wanted, out): open({str(fifo)!r}, 'w').close(); time.sleep(60)\n"
        "program.READERS = (reader,)\n"
        f"sys.argv[1:] = ['--output-directory={tmp_path}/out', '--entry=xvda:/boot/x', {str(disk)!r}]\n"
        "program.main()\n"
    )
    with subprocess.Popen([sys.executable, "-I", "-c", code]) as process:
        fifo.read_bytes()
        assert len(remains(disk, process.pid)) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    assert remains(disk, process.pid) == []
    assert list((tmp_path / "out").iterdir()) == []


def test_what_everybody_may_read_is_read_as_it_is(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(disk_view, "may_read", lambda _path, _who: True)
    disk.chmod(0o644)
    with disk_view.viewed(str(disk)) as view:
        assert view == disk_view.View(str(disk), str(disk), children.stranger())


def test_no_child_tries_what_is_for_its_owner_only(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def may_read(path: str, _who: object) -> bool:
        tried.append(path)
        return True

    def node(_device: int, _who: object, _left: object) -> str:
        return "/dev/node"

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(disk_view, "may_read", may_read)
    monkeypatch.setattr(disk_view, "_device", lambda _fd, _image, _left: 0)
    monkeypatch.setattr(disk_view, "_node", node)
    disk.chmod(0o640)
    with disk_view.viewed(str(disk)) as view:
        assert view.path == "/dev/node"
    assert tried == ["/dev/node"]


def test_who_is_not_root_reads_as_who_he_is(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with disk_view.viewed(str(disk)) as view:
        assert view == disk_view.View(str(disk), str(disk), None)


def test_a_host_without_loop_devices_is_a_sentence(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(disk_view, "may_read", lambda _path, _who: False)

    def missing(_fd: int, _image: str) -> int:
        raise FileNotFoundError(2, "No such file or directory", "/dev/loop-control")

    monkeypatch.setattr(disk_view, "_loop", missing)
    with pytest.raises(
        disk_view.ViewError, match=r"without root privileges .*loop-control.*load the loop module"
    ):
        disk_view.viewed(str(disk)).__enter__()
    with pytest.raises(disk_view.ViewError, match="neither a file nor"):
        disk_view.viewed(os.devnull).__enter__()
    with pytest.raises(FileNotFoundError):
        disk_view.viewed(str(disk.parent / "none")).__enter__()


def test_what_a_path_leads_to_is_not_opened_before_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open a watchdog starts it; to open a FIFO waits for its other end."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "image").symlink_to("fifo")
    real, opened_with = os.open, []

    def noted(path: str, flags: int, *more: int) -> int:
        opened_with.append(flags)
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", noted)
    for name in ("image", "fifo"):
        with pytest.raises(disk_view.ViewError, match="neither a file nor a block device"):
            disk_view.opened(str(tmp_path / name))
    assert all(flags & os.O_PATH for flags in opened_with)


def test_a_loop_device_that_another_took_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def ioctl(_fd: int, request: int, _argument: object = 0) -> int:
        if request == disk_view._SET_FD:
            raise OSError(16, "Device or resource busy")
        return 3

    def opening(path: str, _flags: int) -> int:
        opened.append(path)
        return 99

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "close", lambda _fd: None)
    with pytest.raises(OSError, match="no loop device is free"):
        disk_view._loop(0, "disk")
    assert opened == ["/dev/loop-control", *["/dev/loop3"] * disk_view._TRIES]


def test_nodes_of_those_that_were_killed_are_swept(tmp_path: Path) -> None:
    left, used, young, odd = (
        tmp_path / f"xentui-domuloader-{name}" for name in ("left", "used", "young", "odd")
    )
    for folder in (left, used, young, odd):
        folder.mkdir()
        (folder / "image").touch()
    (odd / "else").touch()
    (tmp_path / "xentui-domuloader-link").symlink_to(young)
    for folder in (left, used, odd):
        os.utime(folder, (0, 0))
    lock = os.open(used, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    disk_view.sweep(str(tmp_path), "xentui-domuloader-", ["image"])
    os.close(lock)
    assert not left.exists()
    assert (used / "image").exists()
    assert (young / "image").exists()
    assert (odd / "else").exists(), "nothing but the node is ever removed"
