"""The check of the host on the screen: its lines, what mends them, and what a machine sees that is not a host yet."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, StageHost, stage
from tests.unit.tui.test_looks import colour, scene
from xentui.agent.host import facts
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.simulator import control
from xentui.tui.screens.host_check import HostCheckScreen

__all__ = ["colour"]


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host without guests."""
    return StageHost(tmp_path / "sim")


@pytest.fixture
def one_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent says the same of its Python everywhere."""
    monkeypatch.setattr(facts, "sys", SimpleNamespace(version_info=(3, 11, 2)))


async def test_a_fault_is_mended_after_asking(host: StageHost) -> None:
    control.break_host(host.simulator, "boot")
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+k")
        await it.shows("Check of the host sim: 1 fault")
        await it.shows("after the next reboot this machine would run plain Linux")
        await it.press("m")
        await it.shows("+ XEN_OVERRIDE_GRUB_DEFAULT=1")
        await it.shows("run update-grub")
        await it.press("n")
        await it.hides("run update-grub")
        assert ("update-grub",) not in host.ran
        await it.press("m")
        await it.shows("run update-grub")
        await it.press("y")
        await it.shows("Check of the host sim: all is well")
        await it.shows("/etc/default/grub.d/xen.cfg.xentui-")
        assert ("update-grub",) in host.ran
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_typed_as_a_command_it_is_the_same(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.command("check")
        await it.shows("Check of the host sim: all is well")


async def test_what_is_not_mended_says_why(host: StageHost) -> None:
    control.break_host(host.simulator, "time")
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+k")
        await it.shows("Check of the host sim: 1 warning")
        await it.press("m")
        await it.shows("time: do this by hand")


async def test_a_read_only_session_mends_nothing(host: StageHost) -> None:
    control.break_host(host.simulator, "boot")
    async with stage(host, size=NARROW, read_only=True) as it:
        await it.press("ctrl+k")
        await it.shows("Check of the host sim: 1 fault")
        await it.press("enter")
        await it.shows("this session is read-only")


async def test_a_mend_that_fails_is_told_and_the_line_stays(host: StageHost) -> None:
    control.break_host(host.simulator, "boot")
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"no room\n") if argv[0] == "update-grub" else None
    )
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+k")
        await it.shows("Check of the host sim: 1 fault")
        await it.press("m")
        await it.shows("run update-grub")
        await it.press("y")
        await it.shows("`update-grub` failed with status 1")


async def test_a_host_that_is_gone_is_told(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(_hypervisor: object) -> object:
        raise HostError("the host is gone", subject="sim")

    async with stage(host, size=NARROW) as it:
        monkeypatch.setattr("xentui.service.host_check.look", gone)
        await it.press("ctrl+k")
        await it.shows("sim: the host is gone")
        await it.press("m", "enter", "escape")
        await it.until(lambda: it.in_list)


async def test_a_machine_that_is_no_host_sees_first_what_makes_it_one(
    host: StageHost, tmp_path: Path
) -> None:
    here = StageHost(tmp_path / "here")
    control.break_host(here.simulator, "xen")
    async with stage(host, size=NARROW, here=here, simulated=True, notice="no dom0") as it:
        await it.shows("This machine is not a Xen host yet")
        await it.shows("1. update-grub")
        assert isinstance(it.app.screen, HostCheckScreen)
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("escape")  # it is known from now on
    async with stage(host, size=NARROW, here=here, simulated=True, notice="no dom0") as it:
        assert it.in_list


@pytest.mark.usefixtures("one_python")
async def test_how_it_looks(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    for fault in ("boot", "time", "dom0-memory"):
        control.break_host(host.simulator, fault)
    async with scene(host, look, colour) as camera:
        await camera.it.press("ctrl+k")
        await camera.it.shows("1 fault, 2 warnings")
        await camera.take("check")
        await camera.it.press("m")
        await camera.it.shows("run update-grub")
        await camera.take("mend")


@pytest.mark.usefixtures("one_python")
async def test_how_the_first_run_looks(noon: Noon, look: Look, colour: str) -> None:
    here = StageHost(noon.folder / "here", clock=noon.clock)
    control.break_host(here.simulator, "xen")
    async with scene(noon.host(), look, colour, here=here) as camera:
        await camera.it.shows("is not a Xen host yet")
        await camera.it.shows("1. update-grub")
        await camera.take("first-run")


async def test_whom_xend_lets_in_is_changed_after_a_review(host: StageHost) -> None:
    file = Path(host.host_path("/etc/xen/xend-config.sxp"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("# kept\n(xend-relocation-server yes)\n")
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+k")
        await it.shows("every host that reaches the port")
        await it.press("x")
        await it.shows("xend: who may send guests here")
        await it.press("tab", "tab", "tab", *"^xen2$", "tab", *"xen2", "enter")
        await it.shows("+ (xend-relocation-hosts-allow '^xen2$')")
        await it.shows("^xen2$  matches xen2")
        await it.press("y")
        await it.shows("Check of the host sim: all is well")
    assert file.read_text() == (
        "# kept\n(xend-relocation-server yes)\n(xend-relocation-hosts-allow '^xen2$')\n"
    )


async def test_a_host_without_xend_has_no_such_form(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("ctrl+k")
        await it.shows("Check of the host sim: all is well")
        await it.press("x")
        await it.shows("there is no xend on this host")
