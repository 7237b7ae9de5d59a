"""Versions, drift, and one change to many, by keys."""

from __future__ import annotations

from pathlib import Path

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.tui.screens.drift import DriftScreen
from xentui.tui.screens.history import HistoryScreen


async def changed(it: Stage, name: str, text: str, reason: str) -> None:
    """Store a text after what is stored."""
    domain = it.domain(name)
    assert domain is not None
    draft = await it.app.here.hypervisor.editing.open(domain)
    await it.app.here.hypervisor.editing.store(draft, draft.text + text, reason=reason)


async def test_versions_are_read_compared_and_restored(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await changed(it, "db1", "on_crash = 'preserve'\n", "[b]first\x1b[2J")
        await changed(it, "db1", "vnc = 1 # 世界\n", "second")
        await it.go("db1")
        await it.press("H")
        await it.until(lambda: isinstance(it.app.screen, HistoryScreen))
        await it.shows("3  20", "second", "[b]first", "created")
        assert "\x1b" not in it.screen
        await it.press("enter")
        await it.shows("db1, version 3", "vnc = 1 # 世界")
        await it.press("escape")
        await it.hides("db1, version 3")
        await it.press("d")
        await it.shows("db1: version 2 → 3", "+vnc = 1")
        await it.press("escape")
        await it.hides("+vnc = 1")
        await it.press("space", "end")
        await it.shows("*   3")
        await it.press("d")
        await it.shows("db1: version 1 → 3", "+on_crash")
        await it.press("escape")
        await it.hides("+on_crash")
        await it.press("space", "d")
        await it.press("space", "d")
        await it.shows("there is no other version")
        await it.press("R", "n")
        await it.hides("Restore version 1?")
        await it.press("R", "y")
        await it.shows("version 1 is current again, as version 4")
        await it.press("ctrl+z", "y")
        await it.shows("the last change is undone, as version 5")
        await it.press("q")
        await it.until(lambda: it.in_list)


async def test_the_cursor_stays_on_its_version_when_another_comes(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await changed(it, "db1", "on_crash = 'preserve'\n", "second")
        await it.go("db1")
        await it.press("H")
        await it.shows("second", "created")
        await it.press("end", "R", "y")
        await it.shows("version 1 is current again, as version 3")
        screen = it.app.screen
        assert isinstance(screen, HistoryScreen)
        await it.until(lambda: len(screen.rows) == 3)
        assert screen.current is not None and screen.current.version == 1


async def test_a_read_only_session_restores_nothing(host: StageHost) -> None:
    async with stage(host, read_only=True) as it:
        await it.go("db1")
        await it.press("H")
        await it.shows("created")
        await it.press("R", "y")
        await it.shows("read-only")
        await it.press("escape")
        await it.press("equals_sign")
        await it.shows("Stored and file")
        await it.press("F", "y")
        await it.shows("read-only")


async def test_each_side_is_taken_over(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("db1")
        await it.press("equals_sign")
        await it.until(lambda: isinstance(it.app.screen, DriftScreen))
        await it.shows("Stored and running", "no difference", "+memory = 6144")
        await it.press("F", "n")
        await it.hides("Take over  ")
        await it.press("W")
        await it.shows("Overwrite", "says now is lost: it was changed")
        await it.press("enter")  # Cancel is at hand: what the file says has no version to come back from
        await it.hides("says now is lost")
        await it.press("F", "y")
        await it.shows("the file's configuration is stored", "-memory = 6144")
        await it.press("R", "y")
        await it.shows("the running configuration is stored", "+memory = 6144")
        await it.press("W", "y")
        await it.shows("the stored configuration is written to the file")
        await it.until(lambda: it.screen.count("no difference") == 2)
        domain = it.domain("db1")
        assert domain is not None
        assert "memory = 4096" in Path(host.host_path(domain.source)).read_text()
        Path(host.host_path(domain.source)).unlink()
        await it.press("f5")
        await it.shows("(gone)")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_what_does_not_run_has_no_running_side(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("equals_sign")
        await it.shows("running  none")
        await it.press("R", "y")
        await it.shows("not running" if "not running" in it.screen else "backup")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_one_change_to_many_and_back(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2", "build", "db1")
        await it.press("B")
        await it.shows("One change to")
        await it.fill("name", "x")
        await it.shows("each domain's own")
        it.app.screen.query_one("#field-key").focus()
        await it.fill("on_crash", "preserve")
        await it.shows(
            "Set on_crash to preserve in 3 of 4 domains?", "left out: build: it is transient", "+on_crash"
        )
        await it.press("y")
        await it.quiet()
        await it.shows("stored in 3 domains; left out: build")
        domain = it.domain("web2")
        assert domain is not None
        assert "preserve" in await it.app.here.hypervisor.history.text(domain)
        await it.press("ctrl+z")
        await it.shows("Undo 3 domains: set on_crash to preserve?", "web2: set on_crash to preserve")
        await it.press("y")
        await it.quiet()
        await it.until(lambda: it.app.jobs.all[-1].result == "3 changes undone")
        assert "preserve" not in await it.app.here.hypervisor.history.text(domain)


async def test_a_bridge_is_moved_and_nothing_to_change_is_told(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "db1")
        await it.press("B")
        await it.shows("One change to")
        await it.fill("bridge", "xenbr0")
        await it.shows("a bridge is given as OLD=NEW")
        it.app.screen.query_one("#field-key").focus()
        await it.fill("bridge", "xenbr9=xenbr0")
        await it.shows("nothing to change", "it has that value already")
        await it.press("escape")
        await it.press("ctrl+z")
        await it.shows("this session has changed nothing")


async def test_one_change_to_many_tells_which_it_leaves_out_and_why(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("db1", "build", "scratch")
        await it.press("B")
        why = "left out: build, scratch: it is transient"
        await it.shows("One change to 1 domain", why)
        await it.fill("memory", "600")
        await it.shows("in 1 of 3 domains?", why)
        await it.press("y")
        await it.shows("stored in 1 domain; left out: build, scratch")
        await it.press("L")
        await it.shows(why)


async def test_what_a_key_leaves_out_is_named_with_its_reason(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("backup", "router", "web1")
        await it.press("s")
        await it.shows("left out: web1: ")
