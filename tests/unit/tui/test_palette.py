"""The palette: every action and every domain, with what is not possible now and why."""

from __future__ import annotations

from textual.command import CommandList
from textual.worker import WorkerState

from tests.unit.tui.stage import Stage, StageHost, stage
from xentui.commands.registry import verbs
from xentui.tui.dialogs.palette import Palette
from xentui.tui.keys import COMMANDS, heading, without_keys


def offered(it: Stage) -> str:
    """All that the palette lists, also what is scrolled away."""
    listed = it.app.screen.query_one(CommandList)
    return "\n".join(str(listed.get_option_at_index(n).prompt) for n in range(listed.option_count))


async def test_it_has_every_action_with_its_key(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.until(lambda: it.app.screen.query_one(CommandList).option_count >= len(COMMANDS))
        text = offered(it)
        for action in COMMANDS:
            assert f"{heading(action).value}: {action.label.rstrip('…')}" in text


async def test_what_is_looked_for_when_it_has_been_left_ends_nothing(host: StageHost) -> None:
    """Its worker begins a moment after the key, and its list may be gone by then."""
    async with stage(host) as it:
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        palette = it.app.screen
        assert isinstance(palette, Palette)
        palette.stop_gathering()
        await palette.query(CommandList).remove()
        found = palette._gather_commands("S")
        await it.until(lambda: found.is_finished)
        assert found.state is WorkerState.SUCCESS


async def test_an_action_is_found_by_its_name_and_done(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.type("cycle: pause")
        await it.until(lambda: offered(it).startswith("Life cycle: Pause"))
        await it.press("enter")
        await it.until(lambda: it.state("web1") == "paused")


async def test_what_is_not_possible_says_why(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.type("shutdown")
        await it.shows("Life cycle: Shutdown", "not now: backup: cannot shutdown: it is off")


async def test_a_domain_is_gone_to_even_if_the_filter_hides_it(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web", "enter")
        await it.until(lambda: it.in_list)
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.type("mail")
        await it.until(lambda: offered(it).startswith("domain mail"))
        await it.press("enter")
        await it.until(lambda: it.current == "mail")
        assert len(it.names) == 13


async def test_esc_leaves_it(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_enter_waits_for_what_was_typed_before_it(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.press(*"mail", "enter")
        await it.until(lambda: it.current == "mail")
        assert not it.app.here.hub.all()


async def test_commands_without_a_key_are_there_too(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web2")
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.type("import")
        await it.until(lambda: offered(it).startswith("Managed domains: import"))
        await it.press("enter")
        await it.until(lambda: it.app.main.prompt.line.value == "import ")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("ctrl+p")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.type("network-list")
        await it.until(lambda: offered(it).startswith("Devices: network-list"))
        await it.press("enter")
        await it.shows("xenbr0", "Close")


def test_every_command_is_in_the_palette_and_in_the_help() -> None:
    typed = {command.verb for command in without_keys()}
    assert {"import", "convert", "info", "dmesg", "undo", "list"} <= typed
    keyed = {command.verb for command in COMMANDS if command.verb}
    assert typed | keyed == set(verbs()) and not typed & keyed
