"""Volumes of a clone whose maker was killed: they may be there without a node."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from xentui.agent.images import clone_jobs, volumes
from xentui.agent.images.image_jobs import PASSING
from xentui.agent.jobs.worker import JobWork

DISK = {
    "vdev": "xvda",
    "path": "/dev/none/web2",
    "source": "/dev/zero",
    "passing": "/dev/none/xentui-0123456789abcdef",
    "make": ["make", PASSING],
    "name": ["name", PASSING],
    "drop": ["drop", PASSING],
    "undo": ["undo"],
}


class Work:
    """A job in a folder whose commands end as a test says; ``ran`` are their names."""

    def __init__(self, place: Path, **ends: int) -> None:
        self.place, self.root = str(place), str(place)
        clone = {"uuid": "u", "name": "web2", "reason": "", "disks": [DISK]}
        self.record = {"clone": clone, "prefix": []}
        self.ran: list[str] = []
        self._ends = ends

    def mark(self, name: str) -> None:
        (Path(self.place) / name).touch()

    def marked(self, name: str) -> bool:
        return (Path(self.place) / name).exists()

    def on_record(self, _argv: list[str], do: Callable[[], int]) -> int:
        return do()

    def execute(self, argv: list[str]) -> int:
        self.ran.append(argv[0])
        return self._ends.get(argv[0], 0)


def copies(work: Work) -> Any:
    return clone_jobs._DiskCopies(cast("JobWork", work))


@pytest.mark.parametrize(
    ("make", "drop", "ran", "said"),
    [
        (5, 0, ["make"], "nothing is left of it"),
        (137, 0, ["make", "drop"], "nothing is left of it"),
        (137, 5, ["make", "drop"], f"left over: {DISK['passing']}"),
    ],
    ids=["it has said why not", "killed", "killed, and in the way"],
)
def test_what_a_killed_maker_may_have_made_is_removed_or_told(
    tmp_path: Path, make: int, drop: int, ran: list[str], said: str
) -> None:
    work = Work(tmp_path, make=make, drop=drop)
    made = copies(work)
    assert made._volume(made.disks[0]).make() == make
    assert copies(work).take_away() == said
    assert work.ran == ran


def test_so_is_what_was_being_made_when_the_job_itself_was_killed(tmp_path: Path) -> None:
    work = Work(tmp_path)
    work.mark("making-0")
    assert copies(work).take_away() == "nothing is left of it" and work.ran == ["drop"]


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A disk whose devices come and go as udev has it, in a folder of the test's; nobody waits long for them."""
    monkeypatch.setattr(volumes, "_PATIENCE", 0.2)
    monkeypatch.setattr(volumes, "_PAUSE", 0.01)
    paths = {"path": str(tmp_path / "web2"), "passing": str(tmp_path / "xentui-0123456789abcdef")}
    monkeypatch.setitem(DISK, "path", paths["path"])
    monkeypatch.setitem(DISK, "passing", paths["passing"])
    return paths


def test_a_volume_whose_device_does_not_come_has_failed_and_is_removed(
    tmp_path: Path, late: dict[str, str]
) -> None:
    work = Work(tmp_path)
    made = copies(work)
    assert made._volume(made.disks[0]).make() != 0
    assert copies(work).take_away() == "nothing is left of it" and work.ran == ["make", "drop"]


def test_a_device_that_comes_a_moment_later_is_waited_for(tmp_path: Path, late: dict[str, str]) -> None:
    work = Work(tmp_path)
    made = copies(work)
    soon = threading.Timer(0.05, Path(late["passing"]).touch)
    soon.start()
    assert made._volume(made.disks[0]).make() == 0 and not work.marked("making-0")
    soon.join()


def test_a_name_is_there_once_the_link_of_the_one_before_is_gone(
    tmp_path: Path, late: dict[str, str]
) -> None:
    Path(late["passing"]).touch()
    Path(late["path"]).touch()
    work = Work(tmp_path)
    made = copies(work)
    soon = threading.Timer(0.05, Path(late["passing"]).unlink)
    soon.start()
    assert made._volume(made.disks[0]).name() == 0
    assert copies(work).take_away() == "nothing is left of it" and work.ran == ["name", "undo"]
    soon.join()
