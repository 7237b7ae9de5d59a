"""``xentui check`` as a whole command on a simulated host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.simulated import run

pytestmark = pytest.mark.usefixtures("simulated_home")


def test_a_host_that_is_ready_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ ok       control domain  runs on Xen 4.17.7 as the control domain"
    assert "                           why:  needed only to pass PCI devices through to guests" in lines


@pytest.mark.parametrize(("fault", "status"), [("time", 5), ("boot", 6)])
def test_the_exit_status_is_that_of_the_worst_line(
    fault: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sim", "break", fault) == 0
    assert run("check", "--brief") == status
    assert "why:" not in capsys.readouterr().out
    assert run("sim", "repair") == 0
    assert run("check") == 0


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    run("sim", "break", "boot")
    assert run("check", "--json") == 6
    told = json.loads(capsys.readouterr().out)
    assert (told["control_domain"], told["worst"]) == (True, "fault")
    (boot,) = (check for check in told["checks"] if check["id"] == "boot")
    assert boot == {
        "id": "boot",
        "title": "boot loader",
        "state": "fault",
        "found": "boots 'Debian GNU/Linux' by default, which is not Xen",
        "why": "after the next reboot this machine would run plain Linux, and no guests",
        "command": "XEN_OVERRIDE_GRUB_DEFAULT=1 in /etc/default/grub.d/xen.cfg, then update-grub",
        "can_mend": True,
    }


def test_a_mend_shows_what_it_does_and_needs_an_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    run("sim", "break", "boot")
    assert run("check", "--mend", "boot") == 2  # nobody is there to be asked
    assert "add --yes" in capsys.readouterr().err
    assert run("--yes", "check", "--mend", "boot") == 0
    told = capsys.readouterr().err
    assert "+ XEN_OVERRIDE_GRUB_DEFAULT=1\nrun update-grub\n" in told
    assert "the previous content is in /etc/default/grub.d/xen.cfg.xentui-" in told
    assert run("check") == 0


@pytest.mark.parametrize("words", [("--mend", "nothing"), ("--mend", "iommu"), ("--mend", "")])
def test_what_cannot_be_mended_is_an_error(words: tuple[str, ...], simulated_home: Path) -> None:
    assert run("--yes", "check", *words) == 2


def test_a_machine_without_xen_gets_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    run("sim", "break", "xen")
    assert run("check") == 6
    assert capsys.readouterr().out.endswith(
        "To make Debian GNU/Linux 12 (bookworm) a Xen host:\n"
        "  1. update-grub    # makes Xen the default\n"
        "  2. reboot\n"
        "  3. xl info    # answers once Xen runs; `uname -r` shows the kernel of Domain-0\n"
    )


def test_a_fault_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sim", "break", "everything") == 2
    assert "there are xen, toolstack, boot" in capsys.readouterr().err
