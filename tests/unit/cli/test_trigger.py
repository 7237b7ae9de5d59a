"""``trigger``: what a guest is sent, who takes it, and what asks first."""

from __future__ import annotations

import math

import pytest

from tests.unit.cli.test_verbs import Line, line
from xentui.errors import UsageError
from xentui.model.state import DomainState
from xentui.service.danger import Question
from xentui.simulator import control

__all__ = ["line"]
HVM = 'type = "hvm"\n'


async def started(line: Line, extra: str = "") -> None:
    assert await line.run("create", line.guest("web", extra)) == 0
    await line.hypervisor.inventory.poll()


@pytest.mark.parametrize("extra", ["", HVM], ids=["pv", "hvm"])
async def test_an_nmi_reaches_any_guest_and_asks(line: Line, extra: str) -> None:
    """GRUB can be reset by one (recorded on Xen 4.17), and it is how Windows is made to write a crash dump."""
    await started(line, extra)
    assert await line.run("trigger", "web", "nmi") == 2
    line.notes.clear()
    assert await line.run("trigger", "web", "nmi", "--yes") == 0
    assert line.notes == []


@pytest.mark.parametrize("event", ["power", "sleep", "s3resume"])
async def test_a_guest_without_buttons_is_sent_none(line: Line, event: str) -> None:
    await started(line)
    assert await line.run("trigger", "web", event) == 1
    assert (
        line.notes[0]
        == f"web: cannot trigger: it is a PV guest: only an HVM guest has buttons, and takes `{event}`"
    )


async def test_the_power_button_asks_and_powers_off(line: Line) -> None:
    control.reset(line.host.simulator, domains=12)
    control.set_speed(line.host.simulator, math.inf)
    control.stubborn(line.host.simulator, "win10", yes=False)
    running = await line.hypervisor.inventory.find("win10")
    asked: list[Question] = []

    async def agree(found: Question) -> bool:
        asked.append(found)
        return True

    assert await line.run("trigger", "win10", "power") == 2
    assert line.notes[0] == "win10: cannot trigger: it cannot be undone, and there is no terminal to ask on"
    line.ask = agree
    assert await line.run("trigger", "win10", "power") == 0
    assert [found.question for found in asked] == ["Send power to win10?"]
    await line.hypervisor.lifecycle.wait_gone(running, timeout=60)


@pytest.mark.parametrize("event", ["reset", "init"])
async def test_an_event_xen_does_not_send_is_none_of_the_words(line: Line, event: str) -> None:
    """Xl knows both, and ends with 0; Xen 4.17 answers "Function not implemented" for a guest of every type."""
    await started(line, HVM)
    with pytest.raises(UsageError, match=f"'{event}' .choose from 'nmi', 'power', 'sleep', 's3resume'"):
        await line.run("trigger", "web", event, "--yes")


async def test_a_paused_guest_takes_none(line: Line) -> None:
    await started(line)
    assert await line.run("pause", "web") == 0
    assert (await line.hypervisor.inventory.find("web")).state is DomainState.PAUSED
    assert await line.run("trigger", "web", "nmi", "--yes") == 1
    assert line.notes[0] == "web: cannot trigger: it is paused"


async def test_a_guest_that_does_not_sleep_cannot_be_woken(line: Line) -> None:
    """Xl ends with 0 whatever became of it (recorded on Xen 4.17)."""
    await started(line, HVM)
    assert await line.run("trigger", "web", "s3resume") == 1
    assert line.notes[0] == "web: it is not asleep: there is nothing to wake"
