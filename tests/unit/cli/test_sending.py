"""``sysrq`` and ``send-key``: what a guest is sent beside text, who takes it, and what asks first."""

from __future__ import annotations

import pytest

from tests.unit.cli.test_verbs import Line, line, refused
from xentui.model.keys import SYSRQ, GuestKey
from xentui.model.state import DomainState

__all__ = ["line"]
HVM = 'type = "hvm"\n'
ENDING = "kfeiubocg"


async def started(line: Line, extra: str = "") -> None:
    assert await line.run("create", line.guest("web", extra)) == 0
    await line.hypervisor.inventory.poll()


def test_every_letter_has_a_meaning_and_what_ends_something_says_so() -> None:
    assert all(each.meaning and len(letter) == 1 for letter, each in SYSRQ.items())
    assert {letter for letter, each in SYSRQ.items() if each.loss} == set(ENDING)


async def test_a_sysrq_that_shows_something_is_sent_at_once(line: Line) -> None:
    await started(line)
    assert await line.run("sysrq", "web", "t") == 0
    assert line.notes == []


@pytest.mark.parametrize("letter", ENDING)
async def test_a_sysrq_that_ends_something_asks(line: Line, letter: str) -> None:
    await started(line)
    assert await line.run("sysrq", "web", letter) == 2
    assert "cannot send a sysrq: it cannot be undone" in line.notes[0]
    assert any(SYSRQ[letter].loss in note for note in line.notes)


async def test_a_crash_by_sysrq_ends_the_guest(line: Line) -> None:
    await started(line, 'on_crash = "preserve"\n')
    assert await line.run("sysrq", "web", "c", "--yes") == 0
    assert (await line.hypervisor.inventory.find("web")).state is DomainState.CRASHED


@pytest.mark.parametrize("words", [("x",), ("tt",), ("",), ("-",)])
def test_what_is_no_letter_of_it_is_refused(words: tuple[str, ...]) -> None:
    refused("sysrq", "web", *words)


async def test_a_paused_guest_takes_none(line: Line) -> None:
    await started(line)
    assert await line.run("pause", "web") == 0
    assert await line.run("sysrq", "web", "s") == 1
    assert line.notes[0] == "web: cannot send a sysrq: it is paused"


@pytest.mark.parametrize("key", list(GuestKey))
async def test_a_guest_without_keyboard_and_serial_line_has_none(line: Line, key: GuestKey) -> None:
    await started(line)
    assert await line.run("send-key", "web", key, "--yes") == 1
    assert line.notes[0].startswith(f"web: cannot send {key}: a PV guest has no ")


async def test_ctrl_alt_del_asks_and_reboots(line: Line) -> None:
    disk = "disk = ['file:/srv/guests/guest-grubcfg.img,hda,w']\n"
    await started(line, f'{HVM}serial = "pty"\n{disk}')
    before = await line.hypervisor.inventory.find("web")
    assert await line.run("send-key", "web", "ctrl-alt-delete") == 2
    assert await line.run("send-key", "web", "ctrl-alt-delete", "--yes") == 0
    await line.hypervisor.lifecycle.wait_rebooted(before, timeout=60)


async def test_a_break_needs_a_serial_line_and_what_qemu_says_is_heard(line: Line) -> None:
    """xl ends with 0 whatever QEMU answers."""
    await started(line, HVM)
    assert await line.run("send-key", "web", "break") == 1
    assert line.notes[0].startswith(
        'web: it has no serial line: serial = "pty" is missing in its configuration'
    )


async def test_a_break_of_a_serial_line_is_sent(line: Line) -> None:
    await started(line, f'{HVM}serial = "pty"\n')
    assert await line.run("send-key", "web", "break") == 0
    assert line.notes == []
