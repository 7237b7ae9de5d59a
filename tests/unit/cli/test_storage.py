"""``storage …`` from its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_verbs import Line, line
from xentui.commands import registry
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
