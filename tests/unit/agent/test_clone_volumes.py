"""Volumes of a clone whose maker was killed: they may be there without a node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from xentui.agent import cloning
from xentui.agent.image_jobs import PASSING
from xentui.agent.working import JobWork

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
    return cloning._DiskCopies(cast("JobWork", work))


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
