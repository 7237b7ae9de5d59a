"""What verbs tell, as it reaches a terminal or a file."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from xentui.cli.run import print_command, print_note, run_command
from xentui.commands import registry
from xentui.commands.context import Context
from xentui.commands.suggestions import as_command_line
from xentui.errors import Hint, Suggest, XentuiError
from xentui.hosts.sim import SimHost
from xentui.main import main
from xentui.service.hypervisor import Hypervisor

EVIL = "a\x1b]0;title\x07b\x9bm\u202ec\udcff\td\ne"
HARMLESS = r"a\u001b]0;title\u0007b\u009bm\u202ec\udcff" + "\td" + r"\u000ae"


class Told:
    """A front end's ends: standard output, the person, and what arrives byte for byte."""

    def __init__(self, folder: Path, *, terminal: bool = False, named_host: str = "") -> None:
        self.out: list[str] = []
        self.notes: list[str] = []
        self.raw: list[str] = []
        self.context = Context(
            Hypervisor(SimHost(folder)),
            self.out.append,
            self.notes.append,
            terminal=terminal,
            raw=self.raw.append,
            render=as_command_line(named_host),
        )


def test_what_is_told_moves_no_terminal(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.context.out(EVIL)
    told.context.note(EVIL)
    assert told.out == told.notes == [HARMLESS]


def test_a_line_of_any_length_is_told_whole(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.context.out("x" * 100_000)
    assert told.out == ["x" * 100_000]


def test_an_error_moves_no_terminal() -> None:
    error = XentuiError("went " + EVIL, subject=EVIL, hint=EVIL, details=(EVIL,))
    assert error.account() == [
        f"{HARMLESS}: went {HARMLESS}",
        f"  {HARMLESS}",
        f"→ {HARMLESS}",
    ]


def test_notes_and_commands_outside_of_verbs_move_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_note(EVIL)
    print_command(EVIL)
    captured = capsys.readouterr()
    assert captured.err == HARMLESS + "\n"
    assert captured.out == HARMLESS.replace(r"d\u000a", "d\n") + "\n"


def test_json_says_all_and_moves_no_terminal(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.context.json({"name": EVIL, "place": "Zürich"})
    (printed,) = told.out
    assert json.loads(printed) == {"name": EVIL, "place": "Zürich"}
    assert "Zürich" in printed
    assert not set(printed) & set("\x07\x1b\x9b\u202e\udcff")


def test_a_files_text_is_printed_byte_for_byte_except_to_a_terminal(tmp_path: Path) -> None:
    text = 'name = "a\x1bb"\r\nextra = "x\u2028y\x0cz"'
    told = Told(tmp_path)
    told.context.text(text)
    assert (told.raw, told.out) == ([text], [])
    told = Told(tmp_path, terminal=True)
    told.context.text(text)
    assert (told.raw, told.out) == ([], [r'name = "a\u001bb"', r'extra = "x\u2028y\u000cz"'])


@pytest.mark.parametrize(
    ("hint", "shown", "plain"),
    [
        (
            (Suggest("domain.shutdown", "-w", "web"), " first"),
            "`xentui --host 'my host' shutdown -w web` first",
            "`xentui shutdown -w web` first",
        ),
        (
            (Suggest("config.history", "a"), ", then ", Suggest("domain.start", "a")),
            "`xentui --host 'my host' history a`, then `xentui --host 'my host' start a`",
            "`xentui history a`, then `xentui start a`",
        ),
        ((Suggest("xentui.help"), " lists them"), "`xentui help` lists them", "`xentui help` lists them"),
        ("`xentui list` is text here", "`xentui list` is text here", "`xentui list` is text here"),
    ],
)
def test_commands_to_paste_name_the_host_that_was_named(
    tmp_path: Path, hint: Hint, shown: str, plain: str
) -> None:
    for host, worded in (("my host", shown), ("", plain)):
        told = Told(tmp_path, named_host=host)
        told.context.advise(hint)
        told.context.report_error(XentuiError("it runs", subject="web", hint=hint))
        assert told.notes == [worded, "web: it runs", f"→ {worded}"]


@pytest.mark.parametrize("words", [["list"], ["config", "web1"], ["list", "--json"]])
def test_an_output_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "xentui", "--host", "sim", *words],
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "standard output cannot be written: no space left on device"
    assert "fault" not in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--host", "", "list"], "--host: no host is named"),
        (["--host", "", "--hosts", "rack1", "list"], "--host: no host is named"),
        (["--hosts", "", "list"], "--hosts: no group is named"),
        (["--hosts=", "shell"], "--hosts: no group is named"),
        (["--hosts", "", "--host", "sim", "list"], "--hosts: no group is named"),
        (["--hosts", ",", "list"], "--hosts: names a group that is empty"),
        (["--hosts", " ", "list"], "--hosts: names a group that is empty"),
    ],
)
def test_an_empty_word_for_hosts_is_not_the_default_host(
    capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    """As a script passes one whose variable is not set."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_interrupted_says_where_to_look_and_ends_as_after_ctrl_c(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    async def interrupted(_context: Context, _args: argparse.Namespace) -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    # What runs in the background of a shell has SIGINT ignored, and keeps that.
    before = signal.signal(number, signal.default_int_handler)
    command = replace(registry.verbs()["list"], run=interrupted)
    try:
        status = run_command(SimHost(tmp_path), command, argparse.Namespace(host="sim"))
    finally:
        signal.signal(number, before)
    assert status == 130
    assert capsys.readouterr().err == "interrupted; `xentui --host sim list` shows where things stand\n"
