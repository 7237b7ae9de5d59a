"""Scripts on a live console: what is waited for, sent, stopped, and what stays of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.console.support import PATIENCE, python, until
from xentui.console.hub import ConsoleHub
from xentui.console.live import LiveConsole
from xentui.console.script_runner import End, Listeners, RunOutcome, ScriptRun
from xentui.expect import script
from xentui.hosts.local import LocalHost
from xentui.toolstack.choose import toolstack_for

GUEST = """
import getpass, sys
while True:
    print("login: ", end="", flush=True)
    name = input()
    if not name:
        continue
    word = input("Password: ") if name == "echo" else getpass.getpass()
    if word == "hunter2":
        break
    print("Login incorrect", flush=True)
print("\\x1b[1mwelcome\\x1b[0m", name)
while True:
    line = input("# ")
    if line == "flood":
        for number in range(400_000):
            print("some line of no interest", number)
    print("you said", line, flush=True)
"""
"""A guest with a login that is shown on a pseudo-terminal; as `echo` the password is echoed."""


@pytest.fixture
async def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveConsole]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    host = LocalHost(str(tmp_path / "store"))
    hub = ConsoleHub(host, toolstack_for(host))
    yield await hub.open(uuid="u", name="web1", domid=1, argv=python(GUEST))
    await hub.close_all()


async def run(console: LiveConsole, text: str, **secrets: str) -> tuple[RunOutcome, list[str], str]:
    """Run a script; how it ended, its steps and the text."""
    steps: list[str] = []
    texts: list[str] = []
    heard = Listeners(lambda step: steps.append(step.shown), texts.append)
    made = ScriptRun(console, script.parsed(f"timeout {PATIENCE:.0f}\n{text}", "file"), secrets, heard)
    return await made.run(), steps, "".join(texts)


LOGIN = "send\nexpect login: $\nsend {name}\nfail Login incorrect\nexpect Password:\nsecret PW\nexpect # $\n"


async def test_it_logs_in_and_the_log_is_the_transcript_without_the_secret(console: LiveConsole) -> None:
    outcome, steps, text = await run(
        console, LOGIN.format(name="echo") + "send uname\nexpect ^you said uname", PW="hunter2"
    )
    assert (outcome.end, outcome.line) == (End.DONE, "you said uname")
    assert steps[1:3] == ["send", "expect login: $"]
    await console.session.close()
    log = console.transcript.path.read_text()
    for told in (text, log):
        assert "********" in told
        assert "hunter2" not in told
    assert "--- script line 7: secret PW ---" in log
    assert log.index("script line 4: send echo") < log.index("you said uname")
    assert "--- script file: done ---" in log


async def test_who_listens_is_told_on_the_event_loop_and_before_the_end(console: LiveConsole) -> None:
    told: list[tuple[str, threading.Thread]] = []

    def note(what: object) -> None:
        told.append((str(what), threading.current_thread()))

    steps = script.parsed("send\nexpect login: $\nsend echo", "file")
    await ScriptRun(console, steps, {}, Listeners(note, note)).run()
    assert {thread for _, thread in told} == {threading.current_thread()}
    assert len([what for what, _ in told if what in map(str, steps.steps)]) == 3


async def test_what_is_not_seen_in_time_ends_it(console: LiveConsole) -> None:
    outcome, _, _ = await run(console, "send\nexpect login:\ntimeout 0.2\nexpect no such words\nsend never")
    assert (outcome.end, outcome.step and outcome.step.line) == (End.TIMED_OUT, 5)
    assert "not seen in 0.2 s" in outcome.why


async def test_what_the_script_calls_a_failure_ends_it(console: LiveConsole) -> None:
    outcome, _, _ = await run(console, LOGIN.format(name="echo"), PW="wrong word")
    assert outcome.end is End.FAILED
    assert outcome.line == "Login incorrect"


async def test_steps_may_depend_on_what_was_found(console: LiveConsole) -> None:
    login = "if login:\nsend root\nexpect Password:\nsecret PW\nexpect # $\nend\n"
    text = f"expect login: $|# $\n{login}if login:\nsend never\nend\n"
    for asked in (True, False):
        outcome, steps, _ = await run(console, "send\n" + text + "send x\nexpect you said x\n", PW="hunter2")
        assert outcome.end is End.DONE
        assert ("send root" in steps) is asked
        assert "send never" not in steps


async def test_it_is_stopped_while_it_waits(console: LiveConsole) -> None:
    made = ScriptRun(console, script.parsed("expect never", "file"), {}, Listeners())
    running = asyncio.create_task(made.run())
    log = console.transcript.path
    await until(lambda: log.exists() and "expect never" in log.read_text())
    made.stop()
    assert (await running).end is End.STOPPED
    cancelled = asyncio.create_task(
        ScriptRun(console, script.parsed("send\npause 600", "file"), {}, Listeners()).run()
    )
    await until(lambda: "pause 600" in log.read_text())
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await until(lambda: log.read_text().count("script file: stopped ---") == 2)


async def test_a_flood_is_looked_through_and_not_kept(console: LiveConsole) -> None:
    """What is waited for comes behind 12 MB of output: pexpect keeps no more than a window of it."""
    await run(console, LOGIN.format(name="root"), PW="hunter2")
    outcome, _, _ = await run(console, "send flood\nexpect you said flood")
    assert outcome.end is End.DONE


async def test_a_console_that_has_ended_takes_no_input(console: LiveConsole) -> None:
    await console.session.close()
    outcome, _, _ = await run(console, "send x")
    assert outcome.end is End.STOPPED
    assert outcome.why
