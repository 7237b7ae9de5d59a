"""What a console is watched for, told in the list; and scripts that run on one."""

from __future__ import annotations

import sys
from pathlib import Path

from textual.widgets import OptionList

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.tui.jobs import JobState
from xentui.tui.screens.events import EventsScreen
from xentui.tui.screens.script import ScriptScreen

LEAVE = "ctrl+right_square_bracket"
LOGIN = "expect login: $\nsend root\nexpect Password:\nsecret PW The password\nfail incorrect\nexpect # $\n"


def guest() -> list[str]:
    """A guest that asks for a login, and then repeats what it is told."""
    program = (
        "import sys, tty\ntty.setraw(0)\n"
        "def line(asked):\n"
        "    print(asked, end='', flush=True)\n"
        "    text = b''\n"
        "    while not text.endswith(b'\\r'):\n"
        "        byte = sys.stdin.buffer.raw.read(1)\n"
        "        if byte in (b'', b'\\x1d'): sys.exit()\n"
        "        text += byte\n"
        "    print(text[:-1].decode(), end='\\r\\n', flush=True)\n"
        "    return text[:-1].decode()\n"
        "while (line('login: '), line('Password: ')) != ('root', 'hunter2'): print('Login incorrect', end='\\r\\n')\n"
        "while True: line('# ')\n"
    )
    return [sys.executable, "-S", "-E", "-c", program]


async def kept(it: Stage, name: str, text: str) -> None:
    """Keep a script with web1."""
    domain = await it.app.here.hypervisor.inventory.find("web1")
    await it.app.here.hypervisor.console_texts.store_script(domain, name, text)


async def unseen(it: Stage) -> None:
    """Have web1's console open, and look at the list."""
    await it.go("web1")
    await it.press("c")
    await it.until(lambda: bool(it.app.here.hub.all()))
    await it.press(LEAVE)
    await it.until(lambda: it.in_list)


async def test_what_is_watched_for_is_told_marked_listed_and_led_to(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW, settings={"watch": ("Kernel panic",)}) as it:
        await unseen(it)
        await it.go("backup")
        await it.until(lambda: it.app.main.follower.resting)
        live = it.app.here.hub.all()[0]
        live.session.write(b"[ 1.0] Kernel panic - not syncing\r")
        await it.shows("web1 printed `Kernel panic` → Ctrl-G goes there")
        assert len(it.app.here.host_state.news) == 1
        await it.press("ctrl+e")
        await it.until(lambda: isinstance(it.app.screen, EventsScreen))
        await it.shows("printed `Kernel panic`: login: [ 1.0] Kernel")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("ctrl+g")
        await it.shows("web1 #1 · Esc list")
        log = await it.app.here.hypervisor.audit()
        assert list(log[-1].data["argv"][:3]) == ["xentui-console", "seen", "Kernel panic"]


async def test_who_looks_at_the_console_is_not_told(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW, settings={"watch": ("Kernel panic",)}) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("login:")
        it.app.here.hub.all()[0].session.write(b"Kernel panic\r")
        await it.until(lambda: any(event.printed for event in it.app.here.host_state.events))
        assert it.app.here.host_state.news == set()


async def test_patterns_are_chosen_kept_and_watched_at_once(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await unseen(it)
        await it.press("ctrl+w")
        await it.shows("Watch web1 for", "Kernel panic", "oom-killer")
        await it.press("down", "space", *["tab"] * 3, *"(a", "enter")
        await it.shows("cannot be watched for")
        await it.press("ctrl+u", *"Oo+ps", "enter")
        await it.shows("watched for Kernel panic, Oo+ps")
        domain = await it.app.here.hypervisor.inventory.find("web1")
        assert await it.app.here.hypervisor.console_texts.watched(domain.uuid) == ["Kernel panic", "Oo+ps"]
        it.app.here.hub.all()[0].session.write(b"Ooops: 0002\r")
        await it.shows("web1 printed `Oo+ps`")


async def test_a_pattern_of_config_toml_that_is_none_is_told(host: StageHost) -> None:
    async with stage(host, settings={"watch": ("(a",)}) as it:
        await it.shows("watch: `(a` cannot be watched for")


async def test_a_script_runs_with_its_steps_in_sight_and_its_secret_out_of_it(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await kept(it, "login", LOGIN)
        await it.press("ctrl+r")
        await it.shows("Run on the console of web1", "login  version 1")
        await it.press("enter")
        await it.shows("The password")
        await it.press(*"hunter2")
        assert "hunter2" not in it.screen
        await it.press("enter")
        await it.shows("Script login on web1: done", "✓    6  expect # $", "Password: ********")
        assert isinstance(it.app.screen, ScriptScreen)
        log = it.app.here.hub.all()[0].transcript.path
        await it.press("c")
        await it.shows("web1 #1 attached")
    told = Path(log).read_text()
    assert "--- script line 4: secret PW ---" in told
    assert "hunter2" not in told


async def test_a_step_that_begins_changes_its_line_and_leaves_the_others(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await kept(it, "two", "expect login: $\nsend root\nexpect never\n")
        await it.press("ctrl+r", "enter")
        await it.shows("→    3  expect never", "✓    1", "x Stop", "Esc Back (it continues)")
        listed = it.app.screen.query_one(OptionList)
        before = [listed.get_option_at_index(at) for at in range(3)]
        await it.press("x")
        await it.shows("✗    3  expect never", "c Console Esc Back")
        assert all(listed.get_option_at_index(at) is option for at, option in enumerate(before))


async def test_a_script_is_stopped(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await kept(it, "wait", "expect never printed\nsend no\n")
        await it.press("ctrl+r", "enter")
        await it.shows("→    1  expect never printed")
        await it.press("x")
        await it.shows("Script wait on web1: stopped", "✗    1  expect never printed")
        assert it.app.jobs.all[-1].state is JobState.CANCELLED


async def test_one_that_fails_says_at_which_step(host: StageHost) -> None:
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await kept(
            it, "wrong", "expect login: $\nsend root\nexpect Password:\nsend x\nfail incorrect\nexpect # $\n"
        )
        await it.press("ctrl+r", "enter")
        await it.shows("✗    6  expect # $", "the guest says: Login incorrect")


async def test_without_a_script_it_says_how_to_store_one(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("ctrl+r")
        await it.shows("web1: has no script yet", "--store")


async def test_a_line_waits_on_the_console_that_is_open(host: StageHost) -> None:
    """The screen's console is the one client: no second one is begun for what is typed."""
    host.console = guest()
    async with stage(host, size=NARROW) as it:
        await unseen(it)
        await it.press(":", *"console web1 --send root --expect Password", "enter")
        await it.until(lambda: it.app.jobs.all[-1].state is JobState.DONE)
        assert host.did == ["xl console 1"]
