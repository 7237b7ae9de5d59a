"""A job that makes a guest, with a tool that mounts, leaves daemons behind and prints a password."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from xentui import agent
from xentui.agent.errors import AgentError
from xentui.agent.jobs import control, launch, records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.systems import guest_jobs, guest_worker

JOB = "a" * 32
POINT = Path("/tmp/xEnTuItEsT")  # as File::Temp calls folders
_ALONE = ["unshare", "--mount", "--propagation", "slave", "--", "true"]
needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(_ALONE, capture_output=True, check=False).returncode != 0,
    reason="nothing can be mounted here",
)
WHOLE = """
mkdir -p {folder}; touch {folder}/disk.img {config}
p=hunter; echo "Root Password   :  ${{p}}$((1 + 1))"
echo 'All done'
"""
LEAVING = """
mkdir -p {folder}; touch {folder}/disk.img
mkdir {point}; mount -t tmpfs none {point}
setsid sh -c 'echo $$ >{folder}/../daemon; exec sleep 600' >/dev/null 2>&1 &
echo 'Installation method: debootstrap'
sleep 600
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A store."""
    found = str(tmp_path / "store")
    agent.dispatch(found, "list", {})
    return found


@pytest.fixture
def guest(tmp_path: Path) -> dict[str, Any]:
    """What a job is told of a guest; its command is for a test to fill in."""
    folder = tmp_path / "domains" / "web"
    return {
        "argv": ["true"],
        "config": str(tmp_path / "web.cfg"),
        "folder": str(folder),
        "disks": [str(folder / "disk.img")],
        "removals": [],
    }


@pytest.fixture
def point() -> Iterator[Path]:
    """Where the tool mounts something; taken away whatever a test has left of it."""
    yield POINT
    subprocess.run(["umount", str(POINT)], capture_output=True, check=False)  # noqa: S607 - wherever it is
    if POINT.exists():
        POINT.rmdir()


def begun(root: str, guest: dict[str, Any], script: str, monkeypatch: pytest.MonkeyPatch) -> JobWork:
    """A job as its process finds it, for a tool that is a script of the shell."""
    monkeypatch.setattr(launch, "spawn", lambda place, lock, task: None)
    filled = script.format(folder=guest["folder"], config=guest["config"], point=POINT)
    told = {**guest, "argv": ["sh", "-c", filled]}
    guest_jobs.start_guest_job(root, job=JOB, prefix=[], guest=told)
    return JobWork(root, JOB)


@needs_mounts
def test_a_password_is_not_in_what_is_kept(
    root: str, guest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, guest, WHOLE, monkeypatch)
    guest_worker.make(work)
    told = control.look_job(root, job=JOB)
    end = told["end"]
    assert end is not None and end["exit"] == 0
    assert told["said"] == "Root Password   :  (not kept here)\nAll done\n"
    assert b"hunter2" not in b"".join(path.read_bytes() for path in Path(work.place).iterdir())


@needs_mounts
def test_what_is_cancelled_leaves_no_mounts_no_processes_and_no_files(
    root: str, guest: dict[str, Any], point: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, guest, LEAVING, monkeypatch)
    daemon = Path(guest["folder"]).parent / "daemon"
    making = threading.Thread(target=guest_worker.make, args=[work])
    making.start()
    wait_until(lambda: daemon.exists() and bool(daemon.read_text().strip()) and point.exists())
    wait_until(lambda: control.look_job(root, job=JOB)["said"] != "")
    assert not os.path.ismount(point), "the host sees nothing of it"
    control.cancel_job(root, job=JOB)
    making.join()
    told = control.look_job(root, job=JOB)
    end = told["end"]
    assert end is not None and end["exit"] == records.CANCELLED
    assert end["then"] == "it was cancelled: nothing is left of it"
    assert not Path(guest["folder"]).exists() and not point.exists()
    pid = int(daemon.read_text())
    wait_until(lambda: not alive(pid))


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_mounts
def test_what_was_not_made_is_never_removed_and_what_stays_is_said(
    root: str, guest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "mkdir -p {folder}/kept; touch {folder}/disk.img {config}; exit 0"
    work = begun(root, guest, script, monkeypatch)
    guest_worker.make(work)
    end = control.look_job(root, job=JOB)["end"]
    assert end is not None and end["exit"] == 1, "0 says nothing"
    assert "left on the host" in end["then"] and "kept in it is not the one that was made" in end["then"]
    assert not Path(guest["config"]).exists()
    assert (Path(guest["folder"]) / "kept").is_dir()


def test_a_guest_of_that_name_made_since_the_host_was_started_anew_stays(
    root: str, guest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(guest["folder"]).parent).mkdir()
    work = begun(root, guest, "true", monkeypatch)
    work.record["boot"] = "another"
    Path(guest["folder"]).mkdir()
    for path in (guest["config"], *guest["disks"]):
        Path(path).write_text("by hand")
    guest_worker.settle(work)
    end = control.look_job(root, job=JOB)["end"]
    assert end is not None and f"left on the host: {guest['config']}, {guest['disks'][0]}" in end["then"]
    assert Path(guest["config"]).exists() and Path(guest["disks"][0]).exists()


@needs_mounts
def test_what_prints_without_end_does_not_fill_the_disk(
    root: str, guest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    work = begun(root, guest, f"{sys.executable} -c \"print('x' * (5 << 20), end='')\"", monkeypatch)
    guest_worker.make(work)
    assert (Path(work.place) / records.OUTPUT).stat().st_size <= 1 << 20


@pytest.mark.parametrize(
    "change",
    [
        {"config": "web.cfg"},
        {"disks": []},
        {"disks": ["/elsewhere/disk.img"]},
        {"argv": []},
        {"argv": "reboot"},
        {"folder": "", "removals": []},
        {"room": -1},
    ],
)
def test_what_makes_no_sense_is_refused(root: str, guest: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(AgentError) as caught:
        guest_jobs.start_guest_job(root, job=JOB, prefix=[], guest={**guest, **change})
    assert caught.value.code == "invalid"


def test_a_folder_others_may_write_to_is_refused(root: str, guest: dict[str, Any], tmp_path: Path) -> None:
    above = tmp_path / "domains"
    above.mkdir()
    above.chmod(0o777)
    with pytest.raises(AgentError) as caught:
        guest_jobs.start_guest_job(root, job=JOB, prefix=[], guest=guest)
    assert caught.value.code == "untrusted"
