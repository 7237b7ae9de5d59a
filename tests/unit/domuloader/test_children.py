"""Programs that read a guest's disk: what they are given, and what becomes of them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from xentui.bootmenu import packing
from xentui.domuloader import children
from xentui.domuloader.children import ChildUser, LargeError, ReadError, Wanted, given

SLOW = ("argparse", "pathlib", "random", "shutil", "subprocess", "tempfile", "typing", "urllib")
"""Each takes longer to import than a disk to be read."""


def wanted(*, limit: int = 1 << 16, wall: int = 0, who: ChildUser | None = None) -> Wanted:
    return Wanted("", None, "", limit, who, 7, 256 << 20, wall)


def test_a_program_has_its_limits_and_nothing_that_was_open(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        said = given(
            ["/bin/sh", "-c", "ls /proc/self/fd; cat /proc/self/limits; pwd; env"], wanted()
        ).decode()
    words = said.split()
    assert words[:4] == ["0", "1", "2", "3"], "the last is what ls opened"
    assert words[4] == "Limit"
    for limit in ("Max cpu time 7 7", "Max core file size 0 0", f"Max address space {256 << 20} {256 << 20}"):
        assert limit in " ".join(words)
    assert "PWD=/" in words and "LC_ALL=C" in words
    assert not any(word.startswith("PYTHON") for word in words)


def test_what_was_opened_before_a_limit_was_lowered_is_closed_too() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    last = (1024 if soft == resource.RLIM_INFINITY else soft) - 1
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, last)
        resource.setrlimit(resource.RLIMIT_NOFILE, (last // 2, hard))
        said = given(["/bin/ls", "/proc/self/fd"], wanted()).decode()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(last)
        os.close(nothing)
    assert said.split() == ["0", "1", "2", "3"], "the last is what ls opened"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_a_program_has_the_rights_it_is_given() -> None:
    said = given(
        ["/bin/sh", "-c", "id -u; id -g; id -G"], wanted(who=ChildUser(2_100_000_001, 2_100_000_002))
    )
    assert said.decode().split() == ["2100000001", "2100000002", "2100000002"]


def test_one_that_says_too_much_is_ended() -> None:
    with pytest.raises(LargeError):
        given(["/usr/bin/yes"], wanted())


def test_one_that_says_nothing_is_ended() -> None:
    with pytest.raises(ReadError, match="took longer than 1 s"):
        given(["/bin/sleep", "600"], wanted(wall=1))


def test_one_is_ended_by_what_it_has_taken_whatever_its_own_limit_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For that the kernel counts ticks of its clock, of which some meet others on a busy host."""
    taken = iter(range(0, 1000, 4))
    monkeypatch.setattr(children, "clock", lambda *_: float(next(taken)))
    with pytest.raises(ReadError, match="took longer than 7 s of the processor"):
        given(["/bin/sleep", "600"], wanted(wall=500))


def test_what_serves_its_image_counts() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            asked = wanted(wall=500)._replace(seconds=1, servers=(busy.pid,))
            with pytest.raises(ReadError, match="took longer than 1 s of the processor"):
                given(["/bin/sleep", "600"], asked)
        finally:
            busy.kill()


def test_one_that_writes_too_many_errors_is_ended() -> None:
    with pytest.raises(ReadError):
        given(["/bin/sh", "-c", "echo begun; yes >&2"], wanted())


def test_one_that_fails_is_told_in_its_words() -> None:
    with pytest.raises(ReadError, match="no such luck"):
        given(["/bin/sh", "-c", "echo a line; echo no such luck >&2; exit 3"], wanted())
    with pytest.raises(ReadError, match="/nonexistent/reader: No such file"):
        given(["/nonexistent/reader"], wanted())


def test_the_readers_of_boot_menus_import_nothing_slow() -> None:
    code = (
        "import sys; from xentui.bootmenu import program\n"
        "from xentui.bootmenu import disk, find, grub_menu, pygrub\n"
        f"print(*[name for name in {SLOW!r} if name in sys.modules])"
    )
    path = str(Path(packing.__file__).parents[2])
    argv = [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, {path!r})\n{code}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
