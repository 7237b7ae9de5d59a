"""What the form, its ways out, history, drift and a change to many look like; see snapshots/README.md."""

from __future__ import annotations

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import BROAD, NARROW, WIDE, Noon
from tests.unit.tui.test_form import editor, section
from tests.unit.tui.test_looks import Camera, colour, scene
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.editor.sections import SECTIONS
from xentui.tui.jump import JumpScreen
from xentui.tui.screens.history import HistoryScreen

__all__ = ["colour"]

PROBLEMS = "memory = 'much'\nunknown = [1, 2]\non_crash = 'explode'\nvfb = ['vnc=1']\nbuilder = \"generic\"\n"


async def opened(camera: Camera, name: str) -> None:
    it = camera.it
    await it.go(name)
    await it.press("e")
    await it.until(lambda: isinstance(it.app.screen, EditorScreen))


async def test_every_section(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await opened(camera, "web1")
        await camera.take("section-general", NARROW, BROAD, WIDE)
        for size in (NARROW, BROAD, WIDE):
            await it.resize(size)
            await it.until(lambda size=size: it.app.screen.size == size)  # type: ignore[misc]
            await it.press("ctrl+o")
            await it.until(lambda: isinstance(it.app.screen, JumpScreen))
            await camera.take("jump", size)
            await it.press("escape")
            await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        for item in SECTIONS[1:]:
            await section(it, item.title)
            await camera.take(f"section-{item.id}")


async def test_problems_and_the_raw_text(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await opened(camera, "web1")
        editor(it).buffer.type(editor(it).buffer.text + PROBLEMS)
        await it.press("f8")
        await it.shows("memory             much")
        await camera.take("problem")
        await it.type("12x")
        await camera.take("refused")
        await it.press("ctrl+z")
        await it.shows("memory             much")
        await it.press("f9")
        await it.shows("unknown = [1, 2]")
        await camera.take("raw")
        await it.press("f2")
        await it.shows("Close")
        await camera.take("cannot-store")


async def test_storing(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        await opened(camera, "web1")
        await section(it, "CPU and memory")
        await it.type("1200")
        await it.press("f2")
        await it.shows("Reason")
        await camera.take("store")
        await it.press("escape")
        await it.hides("Reason")
        await it.press("f4")
        await it.shows("Open its console")
        await camera.take("boot-once")
        await it.press("escape")
        await it.hides("Open its console")
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Guest device")
        await camera.take("disk", NARROW, BROAD, WIDE)


async def test_history_drift_and_a_change_to_many(noon: Noon, look: Look, colour: str) -> None:
    async with scene(noon.host(), look, colour) as camera:
        it = camera.it
        domain = it.domain("db1")
        assert domain is not None
        editing = it.app.here.hypervisor.editing
        draft = await editing.open(domain)
        await editing.store(draft, draft.text + "vnc = 1\n", reason="to look at it")
        await it.go("db1")
        await it.press("H")
        await it.shows("to look at it")
        await camera.take("history", NARROW)
        for size in (BROAD, WIDE):
            await it.resize(size)
            await it.shows("Version 1 → 2")  # it follows the cursor, a little later
            await camera.take("history", size)
        await it.press("d")
        await it.shows("+vnc = 1")
        await camera.take("compare")
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, HistoryScreen))
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("equals_sign")
        await it.shows("Stored and file")
        await camera.take("drift")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.mark("web1", "web2")
        await it.press("B")
        await it.shows("One change to")
        await it.fill("on_crash", "preserve")
        await it.shows("Set on_crash to preserve")
        await camera.take("many")
