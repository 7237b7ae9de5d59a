"""``boot-entries`` from its words to what it prints, on a simulated host with guests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.simulated import run
from xentui.commands.verbs.boot_menu import distinct_names
from xentui.errors import HostError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import boot_menu

pytestmark = pytest.mark.usefixtures("simulated_home")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run("boot-entries", *words, "--json") == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_menu_of_a_running_guest_may_be_stale(capsys: pytest.CaptureFixture[str]) -> None:
    answer = printed(capsys, "web1")
    assert (answer["loader"], answer["stale"], answer["timeout"]) == ("grub-legacy", True, 5.0)
    assert answer["source"]["path"] == "/boot/grub/menu.lst"
    first, second, _third = answer["entries"]
    assert answer["default"] == first["title"]
    assert first == {
        "title": "Debian GNU/Linux 12, kernel 6.1.0-56-amd64",
        "submenu": [],
        "kernel": "/boot/vmlinuz-6.1.0-56-amd64",
        "initrd": ["/boot/initrd.img-6.1.0-56-amd64"],
        "args": "root=/dev/xvda1 ro console=hvc0",
        "default": True,
    }
    assert second["args"].endswith("single")


def test_in_lines_the_default_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("boot-entries", "web1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("grub-legacy, /boot/grub/menu.lst (ext4) of ")
    assert [line[0] for line in lines if "kernel 6.1" in line] == ["*", " ", " "]


def test_a_kernel_that_is_grub_boots_by_the_menu_on_the_disk(capsys: pytest.CaptureFixture[str]) -> None:
    answer = printed(capsys, "test-pvh")
    assert answer["source"]["disk"].endswith("test-pvh.img")
    assert len(answer["entries"]) > 1


def test_an_image_needs_no_domain(capsys: pytest.CaptureFixture[str]) -> None:
    path = printed(capsys, "web1")["source"]["disk"]
    answer = printed(capsys, path)
    assert (answer["stale"], len(answer["entries"])) == (False, 3)


def test_a_kernel_of_the_configuration_is_the_one_entry(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("info") == 0
    file = tmp_path / "xentui/sim/root/etc/xen/direct.cfg"
    file.write_text('name = "direct"\nkernel = "/k"\nramdisk = "/r"\nextra = "ro"\n', encoding="utf-8")
    assert run("new", "/etc/xen/direct.cfg") == 0
    capsys.readouterr()
    answer = printed(capsys, "direct")
    assert (answer["loader"], answer["source"]["path"]) == ("direct kernel", "")
    assert answer["entries"][0]["kernel"] == "/k"
    assert answer["entries"][0]["initrd"] == ["/r"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/no/such.img"], "No such file"),
        (["nobody"], "no such domain"),
        (["Domain-0"], "no disk to boot from"),
    ],
)
def test_where_there_is_none_it_says_why(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run("boot-entries", *words) != 0
    assert said in capsys.readouterr().err


def test_no_two_domains_have_one_name() -> None:
    off, on = Domain("a", "u1", DomainState.OFF), Domain("a", "u2", DomainState.RUNNING, 1)
    going, alone = Domain("a", "u2", DomainState.DYING, 2), Domain("b", "u3", DomainState.OFF)
    assert distinct_names([off, on, alone]) == ["a u1", "a u2", "b"]
    assert distinct_names([off, on, going]) == ["a u1", "a u2 1", "a u2 2"]


def test_all_of_them_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("boot-entries", "--all", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["backup"]["default"] == "Debian GNU/Linux 12, kernel 6.1.0-56-amd64"
    assert answer["db1"]["loader"] == "direct kernel"
    assert "no file system" in answer["win10"]["error"]
    assert "Domain-0" not in answer
    assert answer["web1"]["kernel"] == {"runs": "6.1.0-56-amd64", "boots": "6.1.0-56-amd64", "waits": False}
    assert answer["backup"]["kernel"]["runs"] is None
    assert run("boot-entries", "--all") == 0
    assert "test-pvh  grub2: /boot/vmlinuz  Tiny Linux" in capsys.readouterr().out
    for words in ([], ["web1", "--all"]):
        assert run("boot-entries", *words) == 2
        assert "--all" in capsys.readouterr().err


def test_all_of_them_where_the_line_is_cut_have_one_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_given: object, **_more: object) -> list[dict[str, Any]]:
        raise HostError("the SSH connection failed", subject="xen1", hint="look at the network")

    monkeypatch.setattr(boot_menu, "_answers", cut)
    assert run("boot-entries", "--all") == 1
    said = capsys.readouterr()
    assert "web1      not read" in said.out and "db1       direct kernel" in said.out
    assert said.err.count("the SSH connection failed") == 1
    assert "xen1: 9 of 12 boot menus were not read: the SSH connection failed" in said.err
    assert run("boot-entries", "--all", "--json") == 1
    assert json.loads(capsys.readouterr().out)["web1"] == {"error": "xen1: the SSH connection failed"}
