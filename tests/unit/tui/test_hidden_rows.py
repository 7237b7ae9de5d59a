"""What is made, brought back or renamed under a filter that hides it is told of, with what shows it."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage


async def filtered(it: Stage, text: str) -> None:
    await it.press("/")
    await it.type(text, "enter")
    await it.until(lambda: it.in_list and it.app.main.table.filter_text == text)


@pytest.mark.parametrize("line", ["new", "import", "create"])
async def test_a_guest_made_under_a_filter_is_told_of_and_shown_by_the_key(
    host: StageHost, line: str
) -> None:
    path = host.guest("shop")
    async with stage(host, size=NARROW) as it:
        await filtered(it, "web")
        await it.command(f"{line} {path}")
        # What an import has told is a report, not a notice.
        await it.shows(
            "shop: hidden by the filter (Esc shows all)"
            if line == "import"
            else "(the filter hides shop, Esc shows all)"
        )
        if line == "import":
            await it.press("escape")
            await it.until(lambda: it.in_list)
        assert "shop" not in it.names
        await it.press("escape")
        await it.until(lambda: "shop" in it.names)
        await it.hides("the filter hides", "hidden by the filter")


async def test_the_cursor_goes_to_what_a_dialog_has_made_once_the_filter_is_taken_back(
    host: StageHost,
) -> None:
    path = host.guest("shop")
    async with stage(host, size=NARROW) as it:
        await filtered(it, "web")
        await it.press("n")
        await it.shows("New: store a file")
        await it.fill(path)
        await it.shows("shop: stored", "the filter hides shop, Esc shows all)")
        await it.press("escape")
        await it.until(lambda: it.current == "shop")


async def test_so_is_one_that_is_renamed_cloned_or_brought_back(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await filtered(it, "/^back/")
        await it.command("rename old-files")
        await it.shows("the filter hides old-files, Esc shows all)")
        await it.command("clone old-files second --no-disks")
        await it.shows("the filter hides second, Esc shows all)")
        await it.command("delete second --yes")
        await it.until(lambda: it.domain("second") is None)
        await it.command("undelete second")
        await it.shows("undelete second: ", "the filter hides second, Esc shows all)")


async def test_what_the_filter_shows_is_not_told_of_and_nothing_that_is_done_elsewhere(
    host: StageHost,
) -> None:
    async with stage(host, size=NARROW) as it:
        await filtered(it, "web")
        await it.command(f"new {host.guest('web9')}")
        await it.until(lambda: "web9" in it.names)
        await it.hides("the filter hides")
        await filtered(it, "mail")
        it.app.here.poller.poke()
        await it.until(lambda: it.names == ["mail"])
        await it.hides("the filter hides")
