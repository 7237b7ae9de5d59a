"""Consoles of the simulator's own guests, real processes: a boot by its menu, a reboot, a panic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.console.hub import LiveConsole
from xentui.hosts.sim import SimHost
from xentui.simulator import Simulator, control

CONFIGURATION = """name = "web1"
memory = 128
bootloader = "pygrub"
disk = ['file:/srv/guests/guest-menulst.img,xvda,w']
on_crash = "restart"
"""


class RealHost(StageHost):
    """A simulated host that runs its consoles in processes of their own."""

    def __init__(self, folder: Path) -> None:
        SimHost.__init__(self, folder)
        self._simulator = Simulator(folder, domains=0)
        self.ran = []
        self.answer = lambda argv: None
        self.streams = {}

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        return SimHost.pty_argv(self, argv, survive_hangup=survive_hangup)


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Stage]:
    """The screen with one managed guest, off, whose disk has a boot menu."""
    host = RealHost(tmp_path / "sim")
    path = "/etc/xen/web1.cfg"
    Path(host.host_path(path)).write_text(CONFIGURATION)
    async with stage(host, size=NARROW) as made:
        await made.command(f"new {path}")
        await made.until(lambda: made.state("web1") == "off")
        yield made
        control.reset(host.simulator, 0)


def said(live: LiveConsole) -> str:
    """All that a guest has written, scrollback included."""
    emulator = live.session.emulator
    return "\n".join([*emulator.history_text(), *emulator.text()])


async def test_a_guest_is_booted_by_its_menu_reboots_and_panics(it: Stage) -> None:
    await it.go("web1")
    await it.press("b")
    await it.shows("Tiny Linux (rescue)")
    live = it.app.here.hub.all()[0]
    drawn = live.session.bytes_seen
    await it.press("down")
    await it.until(lambda: live.session.bytes_seen > drawn)
    await it.press("enter")
    control.set_speed(it.host.simulator, 10.0)
    await it.shows("/ #", "web1 #1 attached")
    assert "entry=rescue" in said(live)
    await it.press("ctrl+right_square_bracket")
    await it.shows(" note  web1: started")
    await it.press("3")
    await it.shows("web1 #1 attached")

    await it.type("reboot", "enter")
    await it.until(lambda: live.domid == 2)
    # The first boot's prompt is still on the screen for a while.
    await it.until(lambda: "/ #" in said(live).partition("entry=normal")[2])
    await it.shows("web1 #2 attached")

    await it.type("crash", "enter")
    await it.until(lambda: live.domid == 3)
    log = live.transcript.path
    assert log.stat().st_mode & 0o077 == 0
    text = log.read_text(errors="replace")
    assert "Kernel panic" in text
    assert "followed to web1 (domid 2)" in text

    await it.press("ctrl+right_square_bracket")
    await it.until(lambda: it.in_list)
    await it.press("X")
    await it.type("web1", "enter")
    await it.until(lambda: it.state("web1") == "off")
    await it.press("3")
    await it.shows("Enter attaches again")
