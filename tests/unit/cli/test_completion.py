"""``xentui completion`` in real shells, and the hidden command the scripts call."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from xentui.cli import completion
from xentui.commands.completion import Candidate
from xentui.commands.registry import verbs
from xentui.errors import UsageError

Complete = Callable[[str], list[str]]

_STUB = """#!/bin/sh
echo "$*" >> "$XENTUI_STUB_LOG"
printf '%b' "$XENTUI_STUB_ANSWER"
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program ``xentui`` that notes how it is called and says what the test wants; returns its notes' file."""
    program = tmp_path / "bin" / "xentui"
    program.parent.mkdir()
    program.write_text(_STUB)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("XENTUI_STUB_LOG", str(tmp_path / "calls"))
    return tmp_path / "calls"


def program(name: str) -> str:
    """Where a shell is; skips the test where it is not installed."""
    return shutil.which(name) or pytest.skip(f"no {name} here")


def calls(stub: Path) -> list[str]:
    return stub.read_text().splitlines() if stub.exists() else []


@pytest.fixture
def bash(tmp_path: Path) -> Complete:
    """Bash's answer to Tab at the end of a line, as the script gives it."""
    script = tmp_path / "xentui.bash"
    script.write_text(completion.script("bash"))
    asking = (
        'source "$1"; COMP_LINE=$2; COMP_POINT=${#2}; read -ra COMP_WORDS <<<"$2"; '
        'COMP_CWORD=${#COMP_WORDS[@]}; _xentui xentui "" ""; printf "%s\\n" "${COMPREPLY[@]}"'
    )

    def complete(line: str) -> list[str]:
        done = subprocess.run(
            [program("bash"), "--norc", "-c", asking, "_", str(script), line],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return [word for word in done.stdout.splitlines() if word]

    return complete


@pytest.fixture
def fish(tmp_path: Path) -> Complete:
    script = tmp_path / "xentui.fish"
    script.write_text(completion.script("fish"))

    def complete(line: str) -> list[str]:
        done = subprocess.run(
            [
                program("fish"),
                "--no-config",
                "-c",
                "source $argv[1]; complete -C $argv[2]",
                "--",
                str(script),
                line,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        return [word.partition("\t")[0] for word in done.stdout.splitlines()]

    return complete


def test_bash_knows_verbs_and_options_without_starting_a_process(bash: Complete, stub: Path) -> None:
    assert bash("xentui star") == ["start"]
    assert bash("xentui ") == [
        *dict.fromkeys(verb.split()[0] for verb in verbs()),
        "shell",
        "help",
        "completion",
    ]
    assert bash("xentui --host sim --read-only pau") == ["pause"]
    assert bash("xentui image create --pre") == ["--preallocated"]
    assert bash("xentui list --") == [
        "--json",
        "--state",
        "--cached",
        "--host",
        "--hosts",
        "--read-only",
        "--dry-run",
        "--yes",
        "--help",
    ]
    assert bash("xentui --v") == ["--version"]
    assert calls(stub) == []


def test_bash_asks_for_the_rest_with_the_line_as_typed(
    bash: Complete, stub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XENTUI_STUB_ANSWER", "backup\\nmy\\\\ vm\\n")
    assert bash("xentui --host sim start ") == ["backup", "my\\ vm"]
    assert calls(stub)[0].startswith("__complete --bash ")
    # What stands between are bash's word breaks, with a newline among them.
    assert calls(stub)[-1].endswith("-- xentui --host sim start ")


@pytest.mark.parametrize(
    "line", ["xentui --host ", "xentui --host=s", "xentui start -- -o", "xentui list --host "]
)
def test_bash_asks_for_values_and_after_two_dashes(
    bash: Complete, stub: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("XENTUI_STUB_ANSWER", "answer\\n")
    assert bash(line) == ["answer"]


def test_fish_knows_verbs_options_and_asks_for_the_rest(
    fish: Complete, stub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fish("xentui star") == ["start"]
    assert fish("xentui list --js") == ["--json"]
    assert fish("xentui start --js") == []
    assert calls(stub) == []
    monkeypatch.setenv("XENTUI_STUB_ANSWER", "backup\\toff, managed\\n")
    assert fish("xentui --host sim start b") == ["backup"]
    assert calls(stub) == ["__complete --meta -- --host sim start b"]


def test_zsh_reads_its_script(tmp_path: Path) -> None:
    script = tmp_path / "_xentui"
    script.write_text(completion.script("zsh"))
    subprocess.run([program("zsh"), "-f", "-n", str(script)], check=True)
    loading = 'autoload -Uz compinit; compinit -D -u; source "$1"; print -r -- $_comps[xentui]'
    done = subprocess.run(
        [program("zsh"), "-f", "-c", loading, "_", str(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "_xentui"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_has_every_verb_and_option(shell: str) -> None:
    text = completion.script(shell)
    assert "@{" not in text
    for verb in verbs().values():
        assert verb.verb in text or not verb.options
        for option in verb.options:
            longest = max(option.names, key=len)
            assert (f"-l {longest[2:]}" if shell == "fish" else longest) in text


def test_another_shell_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        completion.run(["tcsh"])


@pytest.mark.parametrize(
    ("text", "raw", "inserted"),
    [
        ("backup", "b", "backup"),
        ("my vm", "m", "my\\ vm"),
        ("my vm", "my\\ v", "my\\ vm"),
        ("my vm", "'m", "my vm"),
        ('a"$b', '"a', 'a\\"\\$b'),
        ("it's", "'i", "it\\'s"),
        ("$(reboot)", "", "\\$\\(reboot\\)"),
        ("file:/srv/a.img", "file:/s", "/srv/a.img"),
        ("--host=ssh://xen1", "--host=s", "ssh://xen1"),
    ],
)
def test_bash_is_told_what_to_put_in_place_of_what_it_calls_the_word(
    text: str, raw: str, inserted: str
) -> None:
    assert completion.for_bash(Candidate(text), raw) == inserted


def test_bash_without_a_break_at_colons_is_given_the_whole_word() -> None:
    assert completion.for_bash(Candidate("file:/srv/a"), "file:/s", breaks="=") == "file:/srv/a"


def ask(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xentui", "__complete", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state)},
    )


def test_the_hidden_command_answers_without_a_host_where_none_is_needed(tmp_path: Path) -> None:
    done = ask(tmp_path, "--meta", "--", "--host", "ssh://nowhere.invalid", "star")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "start\tBoot the stored configuration of a managed domain\n"


def test_what_needs_no_host_is_told_however_long_it_takes(tmp_path: Path) -> None:
    """On a busy machine a Python takes longer to start than anybody waits for a host."""
    script = (
        "from xentui.cli import completion\n"
        "completion.PATIENCE = 0.001\n"
        "completion.answer(['--', '--host', 'ssh://nowhere.invalid', 'star'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert done.stdout == "start\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--", "--host", "ssh://nowhere.invalid", "start", ""],
        ["--", "--host", "no such host", "start", ""],
        ["--"],
        ["--bash", "=:", "--", "xentui --host 'ssh://nowhere.invalid' start \"un"],
    ],
)
def test_the_hidden_command_never_complains(tmp_path: Path, words: list[str]) -> None:
    done = ask(tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_config_file_spoils_no_prompt(tmp_path: Path) -> None:
    (tmp_path / "xentui").mkdir()
    (tmp_path / "xentui" / "config.toml").write_text("[[[")
    done = ask(tmp_path, "--", "--host", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_answer_that_came_is_not_given_up_any_more(tmp_path: Path) -> None:
    """The limit would strike while the interpreter ends, which takes its time on a busy machine."""
    script = (
        "import signal\n"
        "from xentui.cli import completion\n"
        "completion.PATIENCE = 600.0\n"  # so busy is no machine
        "completion.answer(['--', '--host', 'sim', 'start', ''])\n"
        "print(signal.getitimer(signal.ITIMER_REAL))\n"
    )
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.splitlines()[-1] == "(0.0, 0.0)"


def test_a_host_that_hangs_is_given_up(tmp_path: Path) -> None:
    silent = tmp_path / "ssh"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    os.environ["XENTUI_SSH"] = str(silent)
    try:
        done = ask(tmp_path, "--", "--host", "ssh://xen1", "start", "")
    finally:
        del os.environ["XENTUI_SSH"]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
