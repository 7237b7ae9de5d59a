"""The dialogue: prompt, keys, completion."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tests.unit.shell.conftest import Told
from xentui.cli.run import INTERRUPTED
from xentui.commands.completion_source import HostCompletionSource
from xentui.commands.context import Context
from xentui.shell.builtins import vocabulary
from xentui.shell.completer import ShellCompleter
from xentui.shell.interactive import Shell
from xentui.shell.interpreter import Interpreter


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    monkeypatch.setenv("TERM", "xterm")
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        yield typed


@asynccontextmanager
async def running(context: Context) -> AsyncIterator[Shell]:
    """A shell that waits for keys; it must have ended by itself at the end of the block."""
    shell = Shell(context, InMemoryHistory())
    loop = asyncio.ensure_future(shell.loop())
    try:
        yield shell
        await asyncio.wait_for(loop, 30)
    finally:
        loop.cancel()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for ``condition`` to hold."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is watched has no event of its own
            await asyncio.sleep(0.01)


async def test_lines_are_run_until_exit(context: Context, keys: PipeInput, told: Told) -> None:
    async with running(context):
        keys.send_text("host\rnosuch\rshow backup\rexit\r")
    assert told.out[0] == "sim"
    assert "nosuch: is not a command of xentui" in told.notes
    assert any(line.split() == ["name:", "backup"] for line in told.out)


async def test_ctrl_d_leaves(context: Context, keys: PipeInput) -> None:
    async with running(context) as shell:
        keys.send_text("\x04")
    assert shell.interpreter.over


async def test_ctrl_c_at_the_prompt_drops_the_line(context: Context, keys: PipeInput, told: Told) -> None:
    async with running(context):
        keys.send_text("nosuch\x03host\rexit\r")
    assert told.out[0] == "sim"
    assert "nosuch: is not a command of xentui" not in told.notes


async def test_ctrl_c_cancels_the_verb_and_not_the_shell(
    context: Context, keys: PipeInput, told: Told
) -> None:
    async with running(context) as shell:
        keys.send_text("sim hang 600\rnosuch\r")
        await until(lambda: "nosuch: is not a command of xentui" in told.notes)
        keys.send_text("list\r")
        await until(lambda: shell.interpreter.last == INTERRUPTED)
        os.kill(os.getpid(), signal.SIGINT)
        await until(lambda: any("interrupted" in note for note in told.notes))
        keys.send_text("host\rexit\r")
    assert "sim" in told.out


async def test_a_signal_to_end_ends_the_shell(context: Context, keys: PipeInput) -> None:
    with pytest.raises(asyncio.CancelledError):
        async with running(context) as shell:
            await until(lambda: shell._prompt.app.is_running)
            os.kill(os.getpid(), signal.SIGTERM)


async def test_a_pasted_text_is_run_line_by_line(context: Context, keys: PipeInput, told: Told) -> None:
    async with running(context):
        keys.send_text("\x1b[200~show backup\nshow router\n\x1b[201~\rexit\r")
    names = [line.split()[1] for line in told.out if line.startswith("name:")]
    assert names == ["backup", "router"]


async def test_tab_completes_what_is_unique(context: Context, keys: PipeInput, told: Told) -> None:
    async with running(context) as shell:
        keys.send_text("sho\t")
        await until(lambda: shell._prompt.default_buffer.text == "show ")
        keys.send_text("back\t")
        await until(lambda: shell._prompt.default_buffer.text == "show backup ")
        keys.send_text("\rexit\r")
    assert any(line.split() == ["name:", "backup"] for line in told.out)


async def test_the_prompt_says_which_host_and_what_is_forbidden(context: Context, keys: PipeInput) -> None:
    shell, session = Shell(context, InMemoryHistory()), context.hypervisor.session
    assert shell.prompt_text() == "sim> "
    session.dry_run = True
    assert shell.prompt_text() == "sim (dry-run)> "
    session.read_only = True
    assert shell.prompt_text() == "sim (read-only)> "


async def test_the_toolbar_tells_of_domains_and_of_the_last_verb(context: Context, keys: PipeInput) -> None:
    async with running(context) as shell:
        assert shell.toolbar_text() == "sim: domains not known, last exit 0"
        keys.send_text("nosuch\r")
        await until(lambda: shell.toolbar_text() == "sim: 7 of 12 domains up, last exit 2")
        keys.send_text("exit\r")


async def test_a_completion_replaces_the_word_and_keeps_its_quoting(context: Context, told: Told) -> None:
    assert await Interpreter(context).run("sim add 'my vm'") == 0
    completer = ShellCompleter(vocabulary(), HostCompletionSource(lambda: context.hypervisor))

    async def completed(text: str) -> list[str]:
        answers = completer.get_completions_async(Document(text), CompleteEvent(completion_requested=True))
        return [text[: len(text) + item.start_position] + item.text async for item in answers]

    assert await completed("start ") == ["start backup ", "start router "]
    assert await completed("xentui start r") == ["xentui start router "]
    assert await completed("pause my") == ["pause my\\ vm "]
    assert await completed("pause 'my v") == ["pause 'my vm' "]
    assert await completed('pause "my') == ['pause "my vm" ']
    assert await completed("new /etc/xen/ro") == ["new /etc/xen/router.cfg "]
    assert await completed("new '/etc/x") == ["new '/etc/xen/"]
    assert await completed("# start ") == []
    assert await completed("list --h") == ["list --help "], "a shell stays with its host"
    assert "exit " in await completed("")
