"""What lies below a path, and probes: looked at by a child that nobody waits for longer than for a while."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from xentui import agent
from xentui.agent.errors import AgentError
from xentui.agent.storage import timed_child

HANGS = b"""
import os, signal
real = os.lstat
def lstat(path):
    if "/gone" in path:
        signal.pause()
    return real(path)
os.lstat = lstat
"""


def look(root: Path, *paths: str) -> dict[str, Any]:
    """What the agent tells of paths of a host whose own files lie in a folder, by the path as that host calls it."""
    answer = agent.dispatch(
        "/nonexistent",
        "look_at_storage",
        {"paths": [f"{root}{path}" for path in paths], "root": str(root)},
    )
    return {path[len(str(root)) :]: facts for path, facts in answer["places"].items()}


@pytest.fixture
def root(ground: Path) -> Path:
    """A host with a disk for everything, and a file server's folder at /srv."""
    proc = ground / "proc/self"
    proc.mkdir(parents=True)
    proc.joinpath("mountinfo").write_text(
        "1 0 254:1 / / rw - ext4 /dev/vda1 rw\n"
        "2 1 0:40 / /srv rw - nfs4 nas:/srv rw,hard\n"
        "3 1 0:41 / /gone rw - nfs4 dead:/x rw,hard\n"
    )
    for folder in ("srv", "gone", "var"):
        (ground / folder).mkdir()
    (ground / "srv/a.img").write_bytes(b"x" * 100)
    return ground


def test_a_path_is_told_with_the_mount_it_leads_to(root: Path) -> None:
    (root / "var/link").symlink_to("/srv/./../srv/a.img")
    facts = look(root, "/var/link")["/var/link"]
    assert (facts["kind"], facts["real"], facts["size"]) == ("file", "/srv/a.img", 100)
    assert facts["inode"] == (root / "srv/a.img").stat().st_ino
    assert (facts["mount"]["source"], facts["mount"]["kind"]) == ("nas:/srv", "nfs4")
    assert facts["free"] <= facts["room"]


def test_what_is_not_there_or_goes_in_circles_says_why(root: Path) -> None:
    (root / "var/loop").symlink_to("/var/loop")
    found = look(root, "/srv/none", "/var/loop", "/srv/a.img/below")
    assert found["/srv/none"]["error"] == "No such file or directory"
    assert found["/var/loop"]["error"] == "Too many levels of symbolic links"
    assert found["/srv/a.img/below"]["kind"] == "missing"


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever is looked at at /gone never answers, and is not waited for; the tasks of the children there were."""
    started: list[str] = []
    real_heard, real_init = timed_child.Child.heard, timed_child.Child.__init__

    def init(child: Any, task: str, *rest: Any) -> None:
        started.append(task)
        real_init(child, task, *rest)

    monkeypatch.setattr(timed_child, "_ENTRY", HANGS + timed_child._ENTRY)
    monkeypatch.setattr(
        timed_child.Child, "heard", lambda child, fd: child.touching != "/gone" and real_heard(child, fd)
    )
    monkeypatch.setattr(timed_child.Child, "__init__", init)
    return started


def test_a_mount_that_does_not_answer_costs_one_look_and_none_of_the_others(
    root: Path, dead: list[str]
) -> None:
    (root / "var/link").symlink_to("/gone/b")
    paths = ["/srv/a.img", "/gone/a", "/srv", "/gone/b", "/var/link"]
    found = look(root, *paths)
    assert [found[path]["kind"] for path in paths] == ["file", "hanging", "dir", "hanging", "hanging"]
    assert found["/var/link"]["hangs"] == "/gone"
    assert found["/gone/a"]["mount"]["source"] == "dead:/x"
    assert len(dead) == 2


def test_a_mount_that_holds_a_child_beyond_any_kill_is_not_looked_at_again(
    root: Path, dead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Any] = []

    def never(child: Any, timeout: float | None = None) -> int:
        ended.append(child)
        raise subprocess.TimeoutExpired("look", timeout or 0.0)

    monkeypatch.setattr(subprocess.Popen, "wait", never)
    monkeypatch.setattr(subprocess.Popen, "poll", lambda child: None)
    try:
        assert look(root, "/gone/a")["/gone/a"]["kind"] == "hanging"
        assert timed_child.hanging() == {"/gone"}
        dead.clear()
        assert look(root, "/gone/a", "/srv")["/srv"]["kind"] == "dir"
        assert len(dead) == 1  # it has not tried the other
    finally:
        monkeypatch.undo()
        for child in ended:
            child.kill()
            child.wait()
    assert timed_child.hanging() == set()


def test_a_probe_is_the_owners_alone_found_elsewhere_and_taken_away(root: Path) -> None:
    folder = str(root / "srv")
    left = agent.dispatch("/x", "leave_probe", {"folder": folder})
    place = root / "srv" / left["name"]
    assert place.stat().st_mode & 0o777 == 0o600 and place.read_bytes().hex() == left["data"]
    asked = {"folder": folder, "name": left["name"]}
    assert agent.dispatch("/x", "find_probe", asked) == {"found": True, "data": left["data"], "error": ""}
    agent.dispatch("/x", "remove_probe", asked)
    assert agent.dispatch("/x", "find_probe", asked)["found"] is False
    agent.dispatch("/x", "remove_probe", asked)


def test_what_a_cut_line_has_left_goes_with_the_next_probe_and_nothing_else_does(root: Path) -> None:
    folder = root / "srv"
    old, young = (folder / f".xentui-probe-{digit * 32}" for digit in "ab")
    other = folder / ".xentui-probe-web.img"
    for place in (old, young, other):
        place.write_bytes(b"")
    for place in (old, other):
        os.utime(place, (1.0, 1.0))
    left = agent.dispatch("/x", "leave_probe", {"folder": str(folder)})
    assert {each.name for each in folder.iterdir()} == {"a.img", young.name, other.name, left["name"]}


@pytest.mark.parametrize("name", ["a.img", "../x", ".xentui-probe-x", ".xentui-probe-" + "a" * 33])
def test_only_a_probe_is_taken_away(root: Path, name: str) -> None:
    with pytest.raises(AgentError, match="is no probe's"):
        agent.dispatch("/x", "remove_probe", {"folder": str(root / "srv"), "name": name})
    assert (root / "srv/a.img").exists()


def test_no_probe_is_left_where_others_may_write(root: Path) -> None:
    (root / "srv").chmod(0o777)
    with pytest.raises(AgentError) as refused:
        agent.dispatch("/x", "leave_probe", {"folder": str(root / "srv")})
    assert refused.value.code == "untrusted"


def test_a_link_in_the_place_of_a_probe_is_none(root: Path) -> None:
    name = ".xentui-probe-" + "c" * 32
    (root / "srv" / name).symlink_to("a.img")
    answer = agent.dispatch("/x", "find_probe", {"folder": str(root / "srv"), "name": name})
    assert answer["found"] is False
