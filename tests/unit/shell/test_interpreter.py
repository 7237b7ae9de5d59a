"""One line of the shell."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.unit.shell.conftest import Told
from xentui.cli.run import INTERRUPTED
from xentui.commands.context import Context
from xentui.shell import builtins
from xentui.shell.interpreter import LINE_LIMIT, Interpreter


@pytest.fixture
def shell(context: Context) -> Interpreter:
    return Interpreter(context)


async def test_a_line_is_a_verb_with_its_words(shell: Interpreter, told: Told) -> None:
    assert await shell.run("list --state off,suspended") == 0
    assert [line.split()[0] for line in told.out] == ["Name", "backup", "lab", "router"]
    assert told.notes == []


async def test_words_are_quoted_as_in_a_shell(shell: Interpreter, told: Told) -> None:
    assert await shell.run("sim add 'my \"old\" vm'") == 0
    assert await shell.run('show "my \\"old\\" vm"') == 0
    assert told.out[0].split(maxsplit=1) == ["name:", 'my "old" vm']


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("start nosuch", 3, "nosuch: no such domain"),
        ("strat backup", 2, "strat: is not a command of xentui"),
        ("start", 2, "the following arguments are required: DOM"),
        ("start web1", 1, "web1: cannot start: it is running"),
        ("start 'web1", 2, "the line has a quotation mark that is not closed"),
        ("start web1\\", 2, "the line ends in a backslash"),
        ("start web\x1b1", 2, "the line has control characters in it"),
        ("start " + "w" * LINE_LIMIT, 2, f"the line is longer than {LINE_LIMIT} characters"),
        ("list --host local", 2, "the shell stays with its host"),
        ("shell", 2, "belongs on the command line, not in the shell"),
        ("--host sim list", 2, "--host: is not a command of xentui"),
    ],
)
async def test_an_error_is_told_and_the_shell_goes_on(
    shell: Interpreter, told: Told, line: str, status: int, said: str
) -> None:
    assert await shell.run(line) == status
    assert told.notes[0] == said
    assert not shell.over
    assert await shell.run("host") == 0


async def test_a_fault_in_a_verb_does_not_end_the_shell(
    shell: Interpreter, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setitem(builtins.OWN, "host", replace(builtins.OWN["host"], run=broken))
    assert await shell.run("host") == 1
    assert told.notes[0] == "a fault of xentui itself: ZeroDivisionError: by nought"


async def test_blank_lines_and_comments_change_nothing(shell: Interpreter, told: Told) -> None:
    await shell.run("nosuch")
    told.notes.clear()
    for line in ("", "   \t", "# start web1", "  #"):
        assert await shell.run(line) == 2
    assert told == Told()


async def test_the_last_status_and_the_last_failure_are_kept(shell: Interpreter) -> None:
    for line, last, failed in (("host", 0, 0), ("nosuch", 2, 2), ("host", 0, 2), ("start nosuch", 3, 3)):
        await shell.run(line)
        assert (shell.last, shell.failed) == (last, failed)


async def test_help_of_a_verb_does_not_end_the_shell(
    shell: Interpreter, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await shell.run("start --help") == 0
    printed = capsys.readouterr().out
    assert await shell.run("help start") == 0
    assert printed.splitlines() == told.out


async def test_help_lists_the_shells_own_verbs_too(shell: Interpreter, told: Told) -> None:
    await shell.run("help")
    assert "The shell" in told.out
    assert any(line.startswith("  exit ") for line in told.out)
    assert "xentui itself" not in told.out


@pytest.mark.parametrize("line", ["exit", "quit", "xentui quit"])
async def test_exit_and_quit_leave(shell: Interpreter, line: str) -> None:
    assert await shell.run(line) == 0
    assert shell.over


async def test_a_command_copied_from_a_message_works(shell: Interpreter, told: Told) -> None:
    assert await shell.run("xentui show backup") == 0
    assert told.out[0].split() == ["name:", "backup"]


async def test_host_says_which_host_and_what_is_forbidden(context: Context, told: Told) -> None:
    context.hypervisor.session.read_only = True
    assert await Interpreter(context).run("host") == 0
    assert told.out[0] == "sim"
    assert "read-only: whatever changes something is refused" in told.out


async def test_dry_run_holds_for_its_line_only(shell: Interpreter, context: Context, told: Told) -> None:
    assert await shell.run("pause web1 --dry-run") == 0
    assert told.out[-1].startswith("xl pause ")
    assert not context.hypervisor.session.dry_run
    assert await shell.run("pause web1") == 0


async def test_read_only_of_a_session_is_not_lifted_by_a_line(context: Context, told: Told) -> None:
    context.hypervisor.session.read_only = True
    assert await Interpreter(context).run("start backup --read-only") == 1
    assert await Interpreter(context).run("start backup") == 1
    assert told.notes[0] == "this session is read-only"


async def test_a_cancelled_verb_counts_as_interrupted(shell: Interpreter) -> None:
    running = asyncio.ensure_future(shell.run("reboot --wait web1"))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert shell.last == INTERRUPTED
