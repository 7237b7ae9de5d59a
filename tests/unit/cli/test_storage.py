"""``storage …`` from its words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.unit.cli.test_verbs import Line, line
from xentui.commands import registry
from xentui.service.danger import Question
from xentui.simulator import control, shared_storage

__all__ = ["line"]


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("storage", "storage show"),
        ("storage /srv", "storage show"),
        ("storage web --json", "storage show"),
        ("storage --json", "storage show"),
        ("storage show free", "storage show"),
        ("storage free /srv/a.img", "storage free"),
        ("storage --help", "storage"),
    ],
)
def test_show_may_be_left_out(words: str, verb: str) -> None:
    assert registry.split(words.split())[0] == verb


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("fre", "did you mean `xentui storage free`?"),
        ("weg", "did you mean `web`?"),
        ("nosuch", "a path has a `/`; the commands of `storage` are show, free, export, mount, ocfs2"),
    ],
)
async def test_a_word_that_is_no_domain_may_be_meant_for_something_else(
    line: Line, word: str, hint: str
) -> None:
    await disk(line)
    assert await line.run("storage", word) == 3
    assert "no such domain" in line.notes[-1] or "no such domain" in line.notes[-2]
    assert hint in line.notes[-1], line.notes


async def disk(line: Line) -> None:
    """A domain with a disk."""
    Path(line.host.host_path("/srv/guests/a.img")).write_bytes(b"\0" * 4096)
    assert await line.run("new", line.guest("web", "disk = ['/srv/guests/a.img,raw,xvda,w']\n")) == 0


async def test_the_storage_of_a_host_is_a_row_each_and_below_what_is_wrong(line: Line) -> None:
    await disk(line)
    control.break_host(line.host.simulator, "soft-mount")
    assert await line.run("storage") == 0
    assert line.out[0].split() == ["PLACE", "KIND", "FREE", "SIZE", "SOURCE", "DOMAINS"]
    assert any(row.split()[0] == "/srv" and row.endswith("web") for row in line.out)
    assert "  ! is a soft mount" in line.out
    assert await line.run("storage", "--json") == 0
    told = json.loads("\n".join(line.out))
    place = next(each for each in told["stores"] if each["name"] == "/srv")
    assert [each["id"] for each in place["cautions"]] == ["cached", "soft", "async"]


async def test_whether_another_host_has_a_disk_is_told_of_a_path_a_domain_and_all(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await disk(line)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    for words in (["/srv/guests/a.img"], ["web"], []):
        assert await line.run("storage", *words, "--shared-with", "sim:b") == 0, line.notes
        assert "  not the same on sim:b: /srv/guests/a.img does not exist on sim:b" in line.out
    assert await line.run("storage", "web", "--shared-with", "sim:b", "--json") == 0
    told = json.loads("\n".join(line.out))["disks"][0]
    assert (told["kind"], told["mount"]["type"]) == ("file", "ext4")
    assert told["shared"]["verdict"] == "different"
    assert await line.run("storage", "web", "--shared-with", "sim") == 2


async def test_odd_names_steer_no_terminal(line: Line) -> None:
    shared_storage.leak_loop(line.host.simulator, "/srv/guests/x\033[2J.img")
    assert await line.run("storage") == 0
    assert "\033" not in "\n".join(line.out) and any("\\u001b[2J" in row for row in line.out)


async def test_a_loop_device_is_freed_where_it_is_agreed_to(line: Line) -> None:
    shared_storage.leak_loop(line.host.simulator, "/srv/guests/a.img")
    assert await line.run("storage", "free", "/srv/guests/a.img") == 2, "nobody can be asked"
    assert await line.run("storage", "free", "/srv/guests/a.img", "--yes") == 0
    assert line.notes == ["/dev/loop0 is free"]
    assert await line.run("storage", "free", "/srv/guests/a.img", "--yes") == 1


async def test_a_device_is_formatted_only_where_its_name_was_typed(line: Line) -> None:
    line.host.simulator.files.write("/dev/vg0/new", b"\0")
    os.truncate(line.host.host_path("/dev/vg0/new"), 3 << 30)
    nodes = ["--node", f"{os.uname().nodename}=10.0.0.1", "--node", "xen2=10.0.0.2"]
    command = ["storage", "ocfs2", "/dev/vg0/new", "/srv/o", *nodes, "--format", "--yes"]
    assert await line.run(*command) == 2, "no option stands for that"
    asked: list[Question] = []

    async def answer(found: Question) -> bool:
        asked.append(found)
        return len(asked) > 1

    line.ask = answer
    place = Path(line.host.host_path("/dev/vg0/new"))
    assert await line.run(*command) == 1
    assert asked[0].typed == "/dev/vg0/new" and not _head(place).strip(b"\0")
    assert await line.run(*command) == 0, line.notes
    assert _head(place).startswith(b"OCFSV2")


def _head(place: Path) -> bytes:
    with place.open("rb") as file:
        return file.read(4096)


async def test_each_step_is_shown_before_it_is_asked(line: Line) -> None:
    assert await line.run("storage", "mount", "nas:/vm", "/srv/nfs") == 2
    assert line.notes[:2] == ["1 of 2: mount nas:/vm at /srv/nfs", "   run mkdir -p /srv/nfs"]
    assert any(
        note
        == "done: nothing; not done: mount nas:/vm at /srv/nfs, mount it whenever the host boots (/etc/fstab)"
        for note in line.notes
    )
    assert not Path(line.host.host_path("/srv/nfs")).exists()
    assert await line.run("storage", "mount", "nas:/vm", "/srv/nfs", "--yes") == 0
    assert Path(line.host.host_path("/etc/fstab")).read_text().startswith("nas:/vm /srv/nfs nfs ")
