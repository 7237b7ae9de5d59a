"""The ``:`` line: the verbs of the command line, completed and run in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.hosts.base import Completed
from xentui.tui.widgets.prompt_line import PromptLine


async def test_a_verb_is_run(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("pause web1")
        await it.until(lambda: it.state("web1") == "paused")
        assert host.did == ["xl pause 1"]
        await it.command("xentui unpause web1")
        await it.until(lambda: it.state("web1") == "running")


async def test_what_a_verb_prints_is_shown(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("network-list web2")
        await it.shows("xenbr0", "Close")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.command("list")
        await it.shows("Name", "Close")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_verbs_and_domains_are_completed(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press(":")
        await it.type("unp", "tab")
        await it.until(lambda: it.app.main.prompt.line.value == "unpause ")
        await it.type("t", "tab")
        await it.until(lambda: it.app.main.prompt.line.value == "unpause test-pvh ")
        await it.press("enter")
        await it.until(lambda: it.state("test-pvh") == "running")


async def test_several_candidates_are_shown_and_gone_through(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press(":")
        await it.type("start ", "tab")
        await it.shows(" backup  off, managed", " router  off, managed")
        await it.press("tab", "tab")
        await it.until(lambda: it.app.main.prompt.line.value == "start router ")
        await it.press("shift+tab")
        await it.until(lambda: it.app.main.prompt.line.value == "start backup ")
        await it.press("escape")
        await it.hides("off, managed")
        assert it.app.main.prompt.display
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_the_key_line_says_what_the_keys_do_next(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press(":")
        await it.shows("Enter Run Tab Complete Esc Cancel")
        await it.type("start ", "tab")
        await it.until(lambda: it.app.main.prompt.line.offering)
        await it.press("down")
        await it.until(partial(typed, it, "start backup "))
        await it.shows("Enter Run Tab ↑ ↓ Choose Esc Undo the completion")
        await it.press("down")
        await it.until(partial(typed, it, "start router "))
        await it.press("escape")
        await it.until(partial(typed, it, "start "))
        await it.shows("Enter Run Tab Complete Esc Cancel")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.command("list")
        await it.shows("Close")
        await it.press("escape", ":")
        await it.shows("Enter Run Tab Complete ↑ ↓ Earlier lines Esc Cancel")
        assert host.did == []


async def test_a_line_that_is_made_and_not_asked_for_takes_no_row_from_the_list(host: StageHost) -> None:
    async with stage(host, size=NARROW):
        assert not PromptLine().display


async def test_earlier_lines_come_back(host: StageHost) -> None:
    async with stage(host) as it:
        for name in ("web1", "web2"):
            await it.command(f"pause {name}")
            await it.until(lambda: it.in_list)
        await it.press(":")
        for key, line in (("up", "pause web2"), ("up", "pause web1"), ("down", "pause web2"), ("down", "")):
            await it.press(key)
            await it.until(partial(typed, it, line))


async def test_what_is_wrong_with_a_line_is_said(host: StageHost) -> None:
    async with stage(host) as it:
        for line, notice in (
            ("strat web1", "strat"),
            ('pause "web1', "a quotation mark is missing"),
            ("pause nobody", "nobody: no such domain"),
            ("list --host xen2", "the screen stays with its host"),
            ("rename web1", "the following arguments are required: NAME"),
        ):
            await it.command(line)
            # On the notice line, not on the line typed: a verb that is run ends later, and tells so then.
            await it.until(partial(_told, it, notice))
            await it.until(lambda: it.in_list)
        assert host.did == []


async def test_a_console_opens_in_its_tab(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("console web1")
        await it.shows("ready", "web1 #1 attached")


async def test_a_boot_with_a_console_opens_in_its_tab(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("start -c backup")
        await it.shows("ready", "backup booting")


async def test_help_and_quit_are_those_of_the_screen(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("help")
        await it.shows("Life cycle")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.command("q")
        await it.until(lambda: not it.app.is_running or it.app._exit)


def _told(it: Stage, notice: str) -> bool:
    return notice in it.notice


def typed(it: Stage, line: str) -> bool:
    return it.app.main.prompt.line.value == line


async def test_a_dry_run_is_that_of_one_line_only(host: StageHost) -> None:
    async with stage(host) as it:
        may, run = asyncio.Event(), host.run

        async def later(argv: Sequence[str], **options: Any) -> Completed:
            if argv[1] == "list":
                await may.wait()
            return await run(argv, **options)

        host.run = later  # type: ignore[method-assign]
        for line in ("pause mail", "pause web1 --dry-run", "pause db1"):
            await it.command(line)
        await it.until(lambda: len(it.app.jobs.running) == 3)
        may.set()
        await it.until(lambda: not it.app.jobs.running)
        assert sorted(host.did) == sorted(f"xl pause {domid(it, name)}" for name in ("mail", "db1"))
        assert it.app.jobs.all[1].output == [f"xl pause {domid(it, 'web1')}"]
        assert not it.app.here.hypervisor.session.dry_run


def domid(it: Stage, name: str) -> int | None:
    domain = it.domain(name)
    assert domain is not None
    return domain.domid


async def test_an_empty_line_does_nothing(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("")
        await it.until(lambda: it.in_list)
        assert not it.app.jobs.all


async def test_a_read_only_session_refuses_verbs_too(host: StageHost) -> None:
    async with stage(host, read_only=True) as it:
        await it.command("pause web1")
        await it.shows("read-only")
        await it.quiet()
        assert host.did == []


async def test_what_would_take_the_terminal_says_so_where_it_gets_no_tab(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("console web1 --dry-run")
        await it.until(lambda: " error " in it.notice)
        await it.press("E")
        await it.shows("needs a terminal of its own")
        assert not it.app.here.hub.all()


async def test_a_line_that_names_no_domain_is_for_the_one_under_the_cursor(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press(":")
        await it.shows("command for web1")
        await it.type("pause", "enter")
        await it.until(lambda: it.state("web1") == "paused")
        await it.command("rename web9")
        await it.until(lambda: it.state("web9") == "paused")
        await it.command("pause web2")
        await it.until(lambda: it.state("web2") == "paused")
        assert [line for line in host.did if "pause" in line] == ["xl pause 1", "xl pause 2"]


async def test_a_line_that_names_no_domain_is_for_the_marked_ones_after_one_question(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "mail")
        await it.press(":")
        await it.shows("command for the 2 marked domains")
        await it.type("pause", "enter")
        await it.shows("Pause 2 domains?", "mail, web1")
        await it.press("y")
        await it.until(lambda: it.state("web1") == it.state("mail") == "paused")
        await it.quiet()
        assert not [line for line in it.lines if line.startswith("!")], "what one did oneself is no news"
        await it.command("rename web9")
        await it.shows("rename: is for one domain, and 2 are marked")
        await it.command("shutdown web2")
        meant = [f"xl shutdown {domid(it, 'web2')}"]  # what is named is what is meant
        await it.until(lambda: [line for line in host.did if "shutdown" in line] == meant)


async def test_the_chosen_domain_is_offered_first(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web2")
        await it.press(":")
        await it.type("reboot ", "tab")
        await it.until(lambda: it.app.main.prompt.line.offering)
        await it.press("tab")
        await it.until(partial(typed, it, "reboot web2 "))


async def test_a_command_is_explained_where_it_is_typed(host: StageHost) -> None:
    async with stage(host) as it:
        for line in ("help start", "start --help"):
            await it.command(line)
            await it.shows("usage: xentui start", "Boot the stored configuration", "Close")
            await it.press("escape")
            await it.until(lambda: it.in_list)
        await it.command("help strat")
        await it.until(partial(_told, it, "strat: is not a command of xentui"))
        assert host.did == []
