"""A job that puts a system on a new disk: by tools that report, leave daemons behind, fail and fill the disk."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from xentui import agent
from xentui.agent.errors import AgentError
from xentui.agent.images.image_jobs import PASSING
from xentui.agent.jobs import control, launch, worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.systems import system_jobs, system_names, system_worker
from xentui.agent.systems.tool_output import ToolWords

JOB, UUID, FS_UUID = "b" * 32, "12345678-1111-4222-8333-123456789abc", "9abcdef0-1111-4222-8333-123456789abc"
HASH = "$6$saltsalt$" + "x" * 86
MIB = 1 << 20
TEXT = "name = 'web'\n"


def _mounts() -> bool:
    """Whether a file can be mounted here, in a namespace of its own."""
    if os.geteuid():
        return False
    argv = [*system_worker._ALONE, "sh", "-c", "mount -t tmpfs none /mnt && losetup --find"]
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


needs_mounts = pytest.mark.skipif(not _mounts(), reason="nothing can be mounted here")

TREE = """
mkdir -p $1/etc/kernel $1/etc/ssh $1/bin $1/boot $1/root $1/usr/sbin $1/lib/systemd/system
cd $1
echo 'root:*:19000:0:99999:7:::' >etc/shadow; chmod 640 etc/shadow
echo a-kernel >boot/vmlinuz-6.1.0-9-amd64; echo a-ram-disk >boot/initrd.img-6.1.0-9-amd64
echo a-kernel >boot/vmlinuz-6.1.0-10-amd64; echo a-ram-disk >boot/initrd.img-6.1.0-10-amd64
touch usr/sbin/ifup lib/systemd/system/serial-getty@.service; echo old >etc/machine-id
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A store."""
    found = str(tmp_path / "store")
    agent.dispatch(found, "list", {})
    return found


def system(tmp_path: Path, tool: list[str] | str = TREE, **more: Any) -> dict[str, Any]:
    """What a job is told of a disk, to be filled by a tool or a script of the shell."""
    setup = {"hostname": "web", "menu": True, "network": True, "keys": ["ssh-ed25519 AAAA me"], "fresh": True}
    argv = ["sh", "-euc", tool, "sh", "{root}"] if isinstance(tool, str) else tool
    return {
        "path": str(tmp_path / "web.img"),
        "size": 32 * MIB,
        "filesystem": "ext4",
        "uuid": FS_UUID,
        "kind": "mmdebstrap",
        "tool": argv,
        "setup": {**setup, "sources": ["deb http://deb.example.org/debian bookworm main"]},
        **more,
    }


def begun(root: str, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, secret: str = "") -> JobWork:
    """A job as its process finds it."""
    monkeypatch.setattr(launch, "spawn", lambda place, lock, task: None)
    system_jobs.start_system_job(
        root, job=JOB, prefix=[], uuid=UUID, called="web", text=TEXT, system=told, secret=secret
    )
    return JobWork(root, JOB)


def ended(root: str) -> tuple[int, str, str]:
    """Exit status of the job, what it tells of what is left, and its log."""
    told = control.look_job(root, job=JOB)
    end = told["end"]
    assert end is not None
    return end["exit"], end["then"], told["said"]


def inside(image: Path, path: str) -> str:
    """A file of the new system, read without mounting it."""
    argv = ["debugfs", "-R", f"cat {path}", str(image)]
    return subprocess.run(argv, capture_output=True, check=False, text=True).stdout


def listed(image: Path, path: str) -> str:
    argv = ["debugfs", "-R", f"stat {path}", str(image)]
    return subprocess.run(argv, capture_output=True, check=False, text=True).stdout


def nothing_is_left(tmp_path: Path) -> bool:
    names = {name for name in os.listdir(tmp_path) if name != "store"}
    argv = ["losetup", "--list", "--noheadings"]
    loops = subprocess.run(argv, capture_output=True, check=True, text=True)
    return (
        not {name for name in names if "web" in name or "xentui" in name}
        and str(tmp_path) not in loops.stdout
    )


@needs_mounts
def test_the_disk_has_the_system_and_what_boots_it(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, system(tmp_path), monkeypatch, secret=HASH)
    system_worker.make(work)
    assert ended(root)[:2] == (0, "")
    image = tmp_path / "web.img"
    assert inside(image, "/boot/grub/grub.cfg").splitlines()[2:6] == [
        "menuentry 'Linux 6.1.0-10-amd64' {",
        f"    linux /boot/vmlinuz-6.1.0-10-amd64 root=UUID={FS_UUID} ro console=hvc0 net.ifnames=0",
        "    initrd /boot/initrd.img-6.1.0-10-amd64",
        "}",
    ]
    assert inside(image, "/etc/fstab") == f"UUID={FS_UUID} / ext4 defaults,noatime 0 1\n"
    assert inside(image, "/etc/hostname") == "web\n"
    assert "iface eth0 inet dhcp" in inside(image, "/etc/network/interfaces")
    assert inside(image, "/root/.ssh/authorized_keys") == "ssh-ed25519 AAAA me\n"
    assert inside(image, "/etc/shadow").startswith(f"root:{HASH}:")
    assert "Mode:  0640" in listed(image, "/etc/shadow")
    assert inside(image, "/etc/machine-id") == ""
    assert "/serial-getty@.service" in listed(
        image, "/etc/systemd/system/getty.target.wants/serial-getty@hvc0.service"
    )
    assert "Mode:  0755" in listed(image, "/etc/kernel/postinst.d/zz-xentui-grub")
    stored = Path(root) / "domains" / UUID / "config.cfg"
    assert stored.read_text() == TEXT
    assert (image.stat().st_mode & 0o777, image.stat().st_size) == (0o600, 32 * MIB)


@needs_mounts
def test_debootstrap_tells_how_far_it_is_on_descriptor_3(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        TREE
        + """
echo 'I: not for the log of a program' >/dev/null
printf 'I: RETRIEVING\\nIA: libc6\\nIA: 2.36\\nIF: Retrieving %%s %%s\\n' >&3
printf 'P: 50 100 DOWNDEBS\\nPF: Downloading packages\\n' >&3
printf 'gpgv: Good signature\\n' >&2
"""
    )
    work = begun(root, system(tmp_path, script, kind="debootstrap"), monkeypatch)
    system_worker.make(work)
    code, _then, said = ended(root)
    assert code == 0, said
    assert "I: Retrieving libc6 2.36\n" in said
    assert "gpgv: Good signature\n" in said
    assert [line for line in said.splitlines() if line.startswith("PF: ")] == []


def test_how_far_each_tool_is_by_what_it_prints() -> None:
    """As debootstrap 1.0.128 and, on a terminal, mmdebstrap 1.3.5 say it."""
    far: list[float] = []
    said: list[str] = []
    words = ToolWords("debootstrap", far.append, said.append)
    words.take(3, b"P: 0 100 DOWNREL\nPF: Downloading Release file\nP: 31870120 63740240 DOWNDEBS\nP: 1 x")
    words.take(
        3, b" CONFBASE\nP: 7 0 CONFBASE\nE: INVALIDRELEASE\nEA: http://m\nEF: Invalid Release %s, 100%%"
    )
    words.end()
    assert far == [0.0, 26.5]
    assert said == ["E: Invalid Release http://m, 100%"]
    far.clear()
    said.clear()
    words = ToolWords("mmdebstrap", far.append, said.append)
    words.take(
        1,
        b"\x1b[32mI: downloading packages with apt...\x1b[0m\r\n\x1b[2K" + b"downloading:  50.00 [####   ]\r",
    )
    words.take(1, b"\x1b[2Kdone\r\n\x1b[1;31mE: apt-get failed\x1b[0m\r\n\x1b]0;title\x07")
    words.end()
    assert far == [5, 15.0]
    assert said == ["I: downloading packages with apt...", "E: apt-get failed", "]0;title"]


@needs_mounts
def test_the_password_is_nowhere_but_in_the_system(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, system(tmp_path), monkeypatch, secret=HASH)
    system_worker.make(work)
    assert ended(root)[0] == 0
    kept = b"".join(path.read_bytes() for path in Path(root).rglob("*") if path.is_file())
    assert HASH.encode() not in kept


@needs_mounts
def test_the_host_sees_no_mount_and_keeps_its_own_files(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile tree: its folders are links to the host's."""
    victim = tmp_path / "victim"
    victim.mkdir()
    script = (
        TREE
        + f"""
rm -r $1/root; ln -s {victim} $1/root; mv $1/etc/kernel $1/k; ln -s {victim} $1/etc/kernel
ln -s {victim}/shown $1/etc/hostname; ln -s {victim}/hosts $1/etc/hosts; mkfifo $1/etc/fstab
"""
    )
    work = begun(root, system(tmp_path, script), monkeypatch, secret=HASH)
    system_worker.make(work)
    code, _then, said = ended(root)
    assert list(victim.iterdir()) == [], said
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    assert "/mnt " not in Path("/proc/self/mounts").read_text()
    assert code == 1 or inside(tmp_path / "web.img", "/etc/hostname") == "web\n"


@needs_mounts
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'E: apt-get update failed' >&2; exit 25", "E: apt-get update failed"),
        (TREE + "head -c 64M /dev/zero >$1/big", "No space left on device"),
        ("mkdir -p $1/etc $1/bin; echo root:*:1:: >$1/etc/shadow", "E: it has no kernel in /boot"),
        ("mkdir $1/nothing", "E: it is not a root file system"),
        (TREE + "rm $1/etc/shadow", "E: it has no /etc/shadow"),
    ],
    ids=["tool fails", "disk full", "no kernel", "no system", "no accounts"],
)
def test_what_fails_is_told_in_the_words_of_the_tool_and_leaves_nothing(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    system_worker.make(begun(root, system(tmp_path, script), monkeypatch, secret=HASH))
    code, then, said = ended(root)
    assert code not in (0, 130)
    assert then == "nothing is left of it"
    assert words in said
    assert nothing_is_left(tmp_path)
    assert not (Path(root) / "domains" / UUID).exists()


@needs_mounts
def test_what_is_cancelled_leaves_no_processes_no_mounts_and_no_image(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"{600 + os.getpid() % 1000}.25"
    script = f"mount -t proc proc $1/proc || mkdir $1/proc; setsid sleep {mark} & echo begun; sleep {mark}"
    work = begun(root, system(tmp_path, script), monkeypatch)
    making = threading.Thread(target=system_worker.make, args=[work])
    making.start()
    wait_until(lambda: "begun" in control.look_job(root, job=JOB).get("said", ""))
    control.cancel_job(root, job=JOB)
    making.join()
    assert ended(root)[:2] == (130, "it was cancelled: nothing is left of it")
    wait_until(lambda: nothing_is_left(tmp_path))
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and mark.encode() in _command(pid)]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@needs_mounts
def test_an_archive_is_unpacked_and_set_up(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "rootfs.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("etc", "bin", "boot", "etc/ssh"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        for name, data in (
            ("boot/vmlinuz", b"a-kernel"),
            ("etc/inittab", b"::sysinit:/sbin/openrc\n"),
            ("etc/ssh/ssh_host_rsa_key", b"secret"),
        ):
            file = tarfile.TarInfo(name)
            file.size = len(data)
            tar.addfile(file, BytesIO(data))
    tool = ["tar", "--extract", "--file=-", "--numeric-owner", "--directory", "{root}"]
    told = system(tmp_path, tool, kind="tar", archive=str(archive), uses=[str(archive)])
    told["setup"]["fresh"] = False
    system_worker.make(begun(root, told, monkeypatch))
    code, _then, said = ended(root)
    assert code == 0, said
    image = tmp_path / "web.img"
    assert "linux /boot/vmlinuz root=/dev/xvda ro" in inside(image, "/boot/grub/grub.cfg")
    assert inside(image, "/etc/inittab").endswith("hvc0::respawn:/sbin/getty 38400 hvc0\n")
    assert inside(image, "/etc/ssh/ssh_host_rsa_key") == ""


@needs_mounts
@pytest.mark.parametrize(
    "name", ["out/there", "../../../../../../../../{victim}/there"], ids=["link", "above"]
)
def test_an_archive_that_leads_out_is_refused_by_tar(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    archive = tmp_path / "rootfs.tar"
    with tarfile.open(archive, "w") as tar:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, str(victim)
        tar.addfile(link)
        file = tarfile.TarInfo(name.format(victim=str(victim)[1:]))
        file.size = 3
        tar.addfile(file, BytesIO(b"out"))
    tool = ["tar", "--extract", "--file=-", "--directory", "{root}"]
    told = system(tmp_path, tool, kind="tar", archive=str(archive), uses=[str(archive)])
    system_worker.make(begun(root, told, monkeypatch))
    code, then, said = ended(root)
    assert code and then == "nothing is left of it"
    assert "/there: " in said
    assert list(victim.iterdir()) == []


def test_what_is_there_already_is_never_written_over(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web.img").write_text("somebody's")
    with pytest.raises(AgentError) as refused:
        begun(root, system(tmp_path), monkeypatch)
    assert refused.value.code == "exists"
    assert (tmp_path / "web.img").read_text() == "somebody's"


@pytest.mark.parametrize(
    "more",
    [
        {"path": "web.img"},
        {"filesystem": "btrfs"},
        {"kind": "rsync"},
        {"tool": []},
        {"tool": [1]},
        {"make": ["lvcreate"]},
        {"uuid": "x"},
        {"setup": {"hostname": "a\nb"}},
        {"setup": {"keys": ["a\nb"]}},
        {"size": True},
    ],
    ids=json.dumps,
)
def test_a_job_that_makes_no_sense_is_not_begun(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    with pytest.raises(AgentError) as refused:
        begun(root, system(tmp_path, **more), monkeypatch)
    assert refused.value.code == "invalid"


def test_a_job_that_was_killed_leaves_nothing(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, system(tmp_path), monkeypatch, secret=HASH)
    Path(work.record["system"]["passing"]).write_text("half of it")
    system_worker.settle(work)
    assert ended(root)[:2] == (1, "it was interrupted: nothing is left of it")
    assert not [name for name in os.listdir(tmp_path) if "xentui" in name]
    assert not (Path(work.place) / system_names.SECRET).exists()


def test_a_volume_of_somebody_else_stays_whose_name_was_taken_meanwhile(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours could not be renamed; the job is killed once it has taken that away, and settled by who looks next."""
    path = tmp_path / "web"
    commands = {
        "make": ["true"],
        "name": ["false"],
        "drop": ["rm", str(tmp_path / PASSING)],
        "undo": ["rm", str(path)],
    }
    work = begun(root, system(tmp_path, path=str(path), **commands), monkeypatch)
    passing = Path(work.record["system"]["passing"])
    passing.touch()
    path.write_text("somebody's")
    work.mark("named")

    def killed(point: str) -> None:
        raise InterruptedError(point)

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(worker, "reached", killed)
        system_worker.settle(work)
    assert not passing.exists()
    system_worker.settle(JobWork(root, JOB))
    assert path.read_text() == "somebody's"
    assert ended(root)[:2] == (1, "it was interrupted: nothing is left of it")
