"""The shell reading commands from a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from xentui.shell.interpreter import LINE_LIMIT


def shell(
    state: Path, text: str | bytes, *options: str, code: str = ""
) -> subprocess.CompletedProcess[bytes]:
    start = ["-c", code] if code else ["-m", "xentui", "--host", "sim", "shell", *options]
    return subprocess.run(
        [sys.executable, *start],
        input=text if isinstance(text, bytes) else text.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state)},
    )


def test_each_line_is_run_in_turn_without_a_prompt(tmp_path: Path) -> None:
    done = shell(tmp_path, "list --state off\npause web1\n\n# a comment\nlist web1")
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = done.stdout.decode().split("Name ")[1:]
    assert [line.split()[0] for line in first.splitlines()[1:]] == ["backup", "router"]
    assert " paused " in second
    assert b">" not in done.stdout
    assert b"\x1b" not in done.stdout


def test_it_goes_on_after_errors_and_ends_with_the_status_of_the_last(tmp_path: Path) -> None:
    done = shell(tmp_path, "start 'web1\nstart nosuch\nhost\n")
    assert done.returncode == 3
    assert done.stdout.startswith(b"sim\n")
    said = done.stderr.decode().splitlines()
    assert said[0] == "the line has a quotation mark that is not closed"
    assert "nosuch: no such domain" in said


def test_what_follows_exit_is_not_run(tmp_path: Path) -> None:
    done = shell(tmp_path, b"host\r\nexit\r\nnosuch\r\n")
    assert (done.returncode, done.stderr) == (0, b"")


def test_lines_that_make_no_sense_are_refused_one_by_one(tmp_path: Path) -> None:
    endless = b"start " + b"w" * (5 * LINE_LIMIT)
    done = shell(tmp_path, endless + b"\n\xff\xfe\0\nhost\n")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"the line is longer than {LINE_LIMIT} characters",
        "the line has control characters in it",
        "→ type it again",
    ]
    assert done.stdout.startswith(b"sim\n")


def test_a_console_needs_a_terminal_and_says_so(tmp_path: Path) -> None:
    done = shell(tmp_path, "console web1\nhost\n", "--read-only")
    assert done.returncode == 2
    assert b"a console needs a terminal" in done.stderr
    assert b"read-only" in done.stdout


def test_a_pipe_needs_no_line_editor(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom xentui.main import main\n"
        "try:\n    main(['--host', 'sim', 'shell'])\n"
        "finally:\n    print([name for name in ('prompt_toolkit', 'rich', 'textual') if name in sys.modules])\n"
    )
    assert shell(tmp_path, "list\n", code=code).stdout.splitlines()[-1] == b"[]"


def test_nobody_reading_ends_it(tmp_path: Path) -> None:
    command = f"yes list | {sys.executable} -m xentui --host sim shell | head -1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    )
    assert done.stdout.splitlines()[-1] == b"141"
    assert done.stderr == b""
