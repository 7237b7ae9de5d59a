"""What the screens look like, at two sizes in colour, at one without; see snapshots/README.md."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from textual.widgets import Input

from tests.recordings import twins
from tests.unit.tui.looks import Look, laid_out
from tests.unit.tui.stage import BROAD, NARROW, WIDE, Noon, Stage, StageHost, stage, talking
from tests.unit.tui.test_console_logs import logged
from tests.unit.tui.test_events import crash
from tests.unit.tui.test_watching_keys import LOGIN, guest, kept
from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.service.statistics import Load
from xentui.service.watcher import Pulse

SIZES = (NARROW, WIDE)
COLOURS = ("dark", "no-colour")


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether NO_COLOR is set."""
    if request.param == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(Input, "_restart_blink", lambda _self: None)
    return str(request.param)


class Camera:
    """Looks at the stage in all sizes."""

    def __init__(self, it: Stage, look: Look, colour: str) -> None:
        self.it, self._look, self._colour = it, look, colour

    def _fits(self, size: tuple[int, int]) -> bool:
        """Whether the screen and those below it have taken that size."""
        return self.it.app.size == size and laid_out(self.it.app)

    async def take(self, name: str, *sizes: tuple[int, int]) -> None:
        for size in sizes or SIZES:
            if self.it.app.size != size:
                await self.it.resize(size)
            await self.it.until(partial(self._fits, size))
            if self._colour == "no-colour" and size != NARROW:
                continue  # without colours a wide screen is made of what a narrow one is made of
            await self.it.until(lambda: self.it.app.main.follower.resting)
            await self.it.still()
            self._look(self.it.app, f"{name}-{size[0]}x{size[1]}-{self._colour}")


def loads(it: Stage) -> None:
    """A minute of figures for all that runs, the same each time."""
    for host in it.app.hosts.values():
        snapshot = host.host_state.snapshot
        assert snapshot is not None
        for second in range(60):
            made = {}
            for place, domain in enumerate(snapshot.domains):
                if domain.domid is not None and domain.state.alive:
                    busy = (place * 37 + second * (place + 3)) % 90 if place % 3 else (second * place) % 7 / 3
                    made[domain.name] = Load(
                        domain.name,
                        float(busy),
                        domain.memory_kib,
                        busy * 900.0,
                        busy * 2e4,
                        busy * 4e3,
                        busy * 150.0,
                    )
            host.host_state.take_loads(made)
        # What the host's own xentop would say takes the place of these, whenever it comes.
        setattr(host.host_state, "take_loads", lambda _made: None)  # noqa: B010 - mypy knows it as a method
    if len(it.app.hosts) > 1:
        it.app.main.show_hosts()
    else:
        it.app.main.show_host_state(it.app.here.host_state)


@asynccontextmanager
async def scene(at: StageHost, look: Look, colour: str, **options: Any) -> AsyncIterator[Camera]:
    """The app with figures, at the first of the sizes."""
    async with stage(at, size=NARROW, **options) as it:
        hosts = list(it.app.hosts.values())
        for host in hosts:
            host.poller.kernels_shown = lambda: False  # they come when disks have been read, whenever that is
        if it.app.here.host_state.snapshot is not None:
            await it.until(
                lambda: all(
                    host.host_state.snapshot
                    and host.host_state.snapshot.details_taken
                    and host.host_state.info.xen_version
                    and not host.host_state.unknown_uptimes
                    for host in hosts
                )
            )
            loads(it)
        yield Camera(it, look, colour)


async def test_the_main_screen(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        await camera.take("main", NARROW, WIDE, BROAD)


async def test_the_list_of_two_hosts(noon: Noon, look: Look, colour: str) -> None:
    other = StageHost(noon.folder / "other", domains=5, clock=noon.clock, name="other")
    async with scene(noon.host(5), look, colour, beside=[other]) as camera:
        it = camera.it
        await it.shows("two guests of one uuid")
        await camera.take("hosts")
        await it.press("(")
        await camera.take("hosts-folded", NARROW)
        await it.press(")", "#")
        await camera.take("hosts-flat")


@pytest.mark.parametrize("theme", ["light", "contrast"])
async def test_the_other_themes(noon: Noon, look: Look, theme: str) -> None:
    async with scene(noon.host(), look, theme, settings={"theme": theme}) as camera:
        await camera.it.mark("web2")
        await camera.it.go("db1")
        await camera.take("main", NARROW)


async def leave(it: Stage) -> None:
    """Leave a dialog by Esc."""
    await it.press("escape")
    await it.until(lambda: it.in_list)


async def test_details(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    for text in (noon.folder / "sim/store/domains").glob("*/config.cfg"):
        if "nightly backups" in text.read_text():
            text.write_bytes(b"name = '\xff'\n")
    async with scene(host, look, colour) as camera:
        for name in ("web2", "backup"):
            await camera.it.go(name)
            await camera.take(f"details-{name}")


async def test_filter_and_marks(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await it.press("/")
        await it.type("state:running,paused")
        await camera.take("filter-typed")
        await it.press("enter")
        await camera.take("filter-on")
        await it.press("escape")
        await it.mark("web1", "web2", "mail")
        await camera.take("marks")
        await it.press("S")
        await it.shows("Shut down 3 domains?")
        await camera.take("confirm-bulk")


async def test_dialogs(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await it.go("web1")
        await it.press("X")
        await it.shows("Type the name")
        await camera.take("destroy")
        await it.type("web2", "enter")
        await it.shows("that is not web1")
        await camera.take("destroy-wrong")
        await leave(it)
        await it.press("m")
        await it.shows("Memory of web1")
        await camera.take("memory")
        await leave(it)
        await it.press("+")
        await it.shows("Attach a disk")
        await it.type("guests/", "tab")
        await it.shows("guest-grubcfg.img")
        await camera.take("disk", NARROW, BROAD, WIDE)
        await it.press("escape")
        await it.press("end", "ctrl+u")
        await it.type("/srv/guests/none.img", "enter")
        await it.shows("/srv/guests/none.img does not exist on the host")
        await camera.take("disk-refused", NARROW, BROAD, WIDE)
        await leave(it)
        await it.go("win10")
        await it.press("M")
        await it.shows("Medium of drive")
        await camera.take("medium")
        await it.press("escape")
        await leave(it)
        await it.go("web1")
        await it.press("o")
        await it.shows("Sort by")
        await camera.take("sort")
        await leave(it)
        await it.press("full_stop")
        await it.shows("Choose")
        await camera.take("menu")
        await leave(it)
        await it.press("n")
        await it.shows("Nothing is booted")
        await camera.take("new")
        await leave(it)
        await it.press("C")
        await it.shows("Open its console")
        await camera.take("create")
        await leave(it)
        await it.press("i")
        await it.shows("MAC address")
        await camera.take("interface", NARROW, BROAD, WIDE)
        await leave(it)
        await it.press("-")
        await it.shows("Detach a disk")
        await camera.take("detach")


async def test_undelete(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        for name in ("backup", "router"):
            await it.go(name)
            await it.press("D")
            await it.type(name, "enter")
            await it.shows(f"{name}: deleted; U restores it")
            await it.until(partial(lambda name: it.domain(name) is None, name))
        await it.press("U")
        await it.shows("Undelete")
        await camera.take("undelete")


async def test_prompts(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await it.press(":")
        await it.type("start ", "tab")
        await it.shows("router  off, managed")
        await camera.take("command")
        await it.press("escape")
        await leave(it)
        await it.press("ctrl+p")
        await it.shows("Managed domains: New")
        await camera.take("palette")
        await it.type("web")
        await it.shows("domain web2")
        await camera.take("palette-domains")
        await leave(it)
        await it.press("?")
        await it.shows("Life cycle")
        await camera.take("help", NARROW, WIDE, BROAD)


async def test_the_log(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"libxl: error: Domain 7:Unable to unpause\n")
        if "unpause" in argv
        else None
    )
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("web1")
        await it.press("p")
        await it.shows("web1: paused")
        await it.until(lambda: it.state("web1") == "paused")
        await it.go("test-pvh")
        await it.press("u")
        await it.shows("tells more")
        await camera.take("notice-error")
        await it.press("E")
        await it.shows("exit status: 1")
        await camera.take("error")
        await leave(it)
        await it.go("web2")
        # Jobs that wait, as for a guest that takes no notice: what a command of theirs leaves would come at any time.
        assert it.app.jobs.cancel(it.app.jobs.start("shutdown", "web2", lambda _job: asyncio.sleep(3600)))
        await it.shows("shutdown web2: cancelled")
        it.app.jobs.start("shutdown", "web2", lambda _job: asyncio.sleep(3600))
        await it.shows("shutdown web2 …")
        await camera.take("notice-job")
        await it.press("L")
        await it.until(lambda: any("xl unpause" in line for line in it.lines))
        await camera.take("log")
        await it.press("down", "down", "enter")
        await it.shows("state:    failed")
        await camera.take("log-job")


async def test_consoles(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    host.consoles = {
        "1": talking((twins.CONSOLE / "shell.bin").read_bytes().decode()[-1200:].replace("\x1b[6n", "")),
        "2": talking("web2 login: "),
    }
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("web1")
        await it.press("c")
        await it.shows("nosuchcommand: not found")
        await camera.take("console")
        await it.press("ctrl+right_square_bracket")
        await it.go("web2")
        await it.press("c")
        await it.shows("web2 login:")
        await camera.take("consoles-two")
        await it.press("ctrl+right_square_bracket")
        await camera.take("console-beside-list")
        await it.resize(WIDE)
        await it.press("3")
        await it.shows("nosuchcommand: not found")
        await it.press("ctrl+right_square_bracket")
        await it.go("web2")
        await it.press("|")
        await it.shows("nosuchcommand: not found", "web2 login:")
        await camera.take("consoles-beside", WIDE, BROAD)
        await it.resize(WIDE)
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.press("|")
        await it.press("4")
        await it.shows("web2 login:")
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.press("Q")
        await it.shows("Type into 2 consoles")
        await camera.take("console-together-asked")
        await it.press("y")
        await it.shows("» and 1 other")
        await camera.take("console-together")
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.press("3")
        await it.shows("nosuchcommand: not found")
        await it.press("ctrl+right_square_bracket")
        await it.go("web1")
        await it.press("V")
        await it.shows("select")
        await it.press("/")
        await it.type("such", "enter")
        await it.shows("1 of 2")
        await it.press("space", "up", "up", "right", "right", "right")
        await camera.take("console-look")


async def test_which_console(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    host.console = talking("")
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("win10")
        await it.press("l")
        await it.shows("Which console of win10", "Serial port 0", "PV console")
        await camera.take("console-which")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("c")
        await it.shows("is missing")
        await camera.take("console-silent")


async def test_what_can_be_sent(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        await camera.it.go("web1")
        await camera.it.press("h")
        await camera.it.shows("Send to web1")
        await camera.take("console-send")


async def test_what_a_console_is_watched_for(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await it.go("web1")
        domain = await it.app.here.hypervisor.inventory.find("web1")
        await it.app.here.hypervisor.console_texts.watch(domain, ["Kernel panic", "I/O error"])
        await it.press("ctrl+w")
        await it.shows("Watch web1 for", "I/O error")
        await camera.take("console-watch")


async def test_a_script_on_a_console(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    host.console = guest()
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("web1")
        await kept(it, "login", f"# Log in.\n{LOGIN}send uname -r\nexpect ^6\n")
        await it.press("ctrl+r")
        await it.shows("Run on the console of web1")
        await camera.take("console-scripts")
        await it.press("enter")
        await it.shows("The password")
        await it.type("hunter2", "enter")
        await it.shows("→    9  expect ^6", "# uname -r")
        await it.until(lambda: "#" in map(str.strip, it.lines))
        await camera.take("console-script")
        await it.press("x")
        await it.shows("Script login on web1: stopped", "script login web1: cancelled")
        await camera.take("console-script-stopped")


async def test_the_logs_of_a_console(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    async with stage(host, size=NARROW) as it:
        camera = Camera(it, look, colour)
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("2 sessions")
        await camera.take("console-logs")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("line 3", "enter")
        await it.shows("line 3: 11 lines")
        await camera.take("console-logs-found")
        await it.press("down", "enter")
        await it.shows("line 39 of the boot", "2 of 11")
        await camera.take("console-log")
        await it.press("t", "p", "space", "right")
        await it.shows("replay over", "Kernel panic")
        await camera.take("console-replay")


async def test_the_boot_menu(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    place, _rows = next(twins.screens("pygrub-keys"))
    menu = (twins.CONSOLE / "pygrub-keys.bin").read_bytes()[:place]
    (noon.folder / "menu").write_bytes(menu)
    host.console = [sys.executable, "-S", "-E", "-c", _PLAY, str(noon.folder / "menu")]
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("backup")
        await it.press("b")
        await it.shows("Will boot selected entry")
        await camera.take("boot-menu")


_PLAY = "import os, sys; os.write(1, open(sys.argv[1], 'rb').read()); os.read(0, 1)"


async def test_what_a_guest_would_boot(noon: Noon, look: Look, colour: str) -> None:
    async with stage(noon.host(), size=NARROW) as it:
        camera = Camera(it, look, colour)
        await it.go("backup")
        await it.press("P")
        await it.shows("boots after 5 s", "recovery mode")
        await camera.take("boot-entries")


async def test_a_boot_menu_in_the_details(noon: Noon, look: Look, colour: str) -> None:
    async with stage(noon.host(), size=NARROW) as it:
        camera = Camera(it, look, colour)
        for host in it.app.hosts.values():
            host.poller.kernels_shown = lambda: False  # they come when disks have been read, whenever that is
        await it.go("backup")
        await it.press("semicolon")
        await it.shows("boots after 5 s", "*p  0 Debian")
        await camera.take("boot-entries-details", NARROW, WIDE, BROAD)


async def test_a_console_that_has_ended(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    text = "[  102.318830] R13: 000000003bf4a3a0\r\n[  102.319433] Kernel panic - not syncing: sysrq\r\n"
    host.consoles = {"1": [sys.executable, "-S", "-E", "-c", f"print({text!r}, end='')"]}
    async with scene(host, look, colour) as camera:
        it = camera.it
        await it.go("web1")
        await it.press("c")
        await it.shows("attaches again")
        await host.run(["xl", "destroy", "web1"])
        it.app.here.poller.poke()
        await it.shows("the guest crashed")
        await camera.take("console-ended")


async def test_a_host_that_does_not_answer(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()

    def away(argv: Sequence[str]) -> Completed | None:
        raise HostError("`xl` did not answer within 20 s", subject="sim", hint="the host hangs")

    async with scene(host, look, colour) as camera:
        host.answer = away
        camera.it.app.here.poller.poke()
        await camera.it.until(lambda: camera.it.app.here.host_state.trouble)
        camera.it.app.here.host_state.pulse = (
            Pulse()
        )  # of the next try, whose time is the machine's, nothing is said
        noon.clock.go_on(42)
        camera.it.app.main.show_host_state(camera.it.app.here.host_state)
        await camera.take("stale")


async def test_what_happens_by_itself(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    async with scene(host, look, colour) as camera:
        it = camera.it
        crash(host, "web2")
        it.app.here.poller.poke()
        await it.shows("web2 has crashed")
        await camera.take("crashed")
        await host.run(["xl", "pause", "1"])
        it.app.here.poller.poke()
        await it.until(lambda: it.state("web1") == "paused")
        await it.press("ctrl+e")
        await it.shows("Events of the host")
        await camera.take("events")


async def test_an_empty_host(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(0), look, colour) as camera:
        await camera.take("empty")


async def test_a_read_only_session(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour, read_only=True) as camera:
        await camera.it.go("web1")
        await camera.it.press("S")
        await camera.it.shows("this session is read-only")
        await camera.take("read-only")


async def test_two_thousand_domains(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(2000), look, colour) as camera:
        await camera.it.press("G")
        await camera.take("thousands")
