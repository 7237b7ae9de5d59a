"""A command that is suggested, as each front end words it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import xentui
from tests.sources import parsed
from xentui.commands import registry
from xentui.commands.frontends import FRONT_ENDS
from xentui.commands.suggestions import as_command_line, as_script, as_verb
from xentui.errors import Suggest, option
from xentui.tui.suggestions import as_key

KEYS = {"domain.shutdown": "S", "domain.start": "s", "domain.rename": "r", "config.bulk-undo": "Ctrl-Z"}
WORDINGS = [
    (Suggest("domain.shutdown", "-w", "web1"), "shutdown -w web1", "S (Shutdown) on web1"),
    (Suggest("domain.start"), "start", "s (Start)"),
    (Suggest("domain.rename", "web1", "a b"), "rename web1 'a b'", "`:rename web1 'a b'`"),
    (Suggest("domain.show", "größe"), "show größe", "`:show größe`"),
    (Suggest("config.bulk-undo", "bulk-1"), "bulk-undo bulk-1", "`:bulk-undo bulk-1`"),
    (Suggest("host.list"), "list", "`:list`"),
    (Suggest("host.restore", "/srv/a", "--force", form="the box"), "restore /srv/a --force", "the box"),
]


@pytest.mark.parametrize("case", WORDINGS, ids=lambda case: case[1])
def test_each_front_end_words_it_as_it_is_done_there(case: tuple[Suggest, str, str]) -> None:
    suggest, typed, key = case
    assert as_command_line()(suggest) == f"`xentui {typed}`"
    assert as_command_line("xen1")(suggest) == f"`xentui --host xen1 {typed}`"
    assert as_verb(suggest) == f"`{typed}`"
    assert as_script(suggest) == f"xentui {typed}"
    assert as_key(lambda name: KEYS.get(name, ""))(suggest) == key


def test_an_option_is_typed_alone_and_on_the_screen_a_field() -> None:
    hint = option("--disk", "xvda=PATH", form="the field of xvda")
    for render in (as_command_line(), as_command_line("xen1"), as_verb):
        assert render(hint) == "`--disk xvda=PATH`"
    assert as_script(hint) == "--disk xvda=PATH"
    assert as_key(lambda name: KEYS.get(name, ""))(hint) == "the field of xvda"


def test_a_host_is_quoted_where_a_shell_would_take_it_apart() -> None:
    assert as_command_line("my host")(Suggest("host.list")) == "`xentui --host 'my host' list`"


@pytest.mark.parametrize("suggest", [Suggest("xentui.help", "start"), Suggest("config.convert", "FILE")])
def test_what_needs_no_host_names_none(suggest: Suggest) -> None:
    assert as_command_line("xen1")(suggest) == as_command_line()(suggest)


def suggested() -> Iterator[tuple[str, str]]:
    """Where the sources suggest a command, and its id."""
    root = Path(xentui.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Suggest":
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path}:{node.lineno}: write the id out"
                yield f"{path.relative_to(root)}:{node.lineno}", str(name.value)


def test_only_commands_that_can_be_typed_are_suggested() -> None:
    known = {command.id for command in (*registry.verbs().values(), *FRONT_ENDS.values())}
    found = list(suggested())
    assert found
    # An option of the command that was given has no id.
    assert [(place, name) for place, name in found if name and name not in known] == []


ROOT = Path(xentui.__file__).parent
FRONT = ("cli", "shell", "tui", "simulator", "front_end.py", "main.py")
"""What words commands, or is one of another program."""
TYPED = {
    "agent": "what a host's job has come to is kept there as a sentence",
    "config/convert/key_rules.py": "a line of the converted file",
    "commands/frontends.py": "is printed in a shell's own words: `source <(…)`",
    "commands/simulator_session.py": "`--host sim` is a part of what is suggested",
    "hosts/ssh_errors.py": "the name of the program",
    "service/making/answers_file.py": "the first line of a file",
    "toolstack/ganeti/commands.py": "a reason, which stands in columns of lists",
}
"""Where a command stands in a text all the same, and why."""
OF_HINTS = ("store/hints.py", "service/migrating/checks/")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a source but its docstrings, with its line."""
    tree = parsed(path)
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def hints(path: Path) -> Iterator[tuple[int, str]]:
    """Every text that stands in what is passed as ``hint``, or in a file of hints."""
    if path.relative_to(ROOT).as_posix().startswith(OF_HINTS):
        yield from texts(path)
        return
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.keyword) and node.arg == "hint":
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def below_the_front_ends() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith((*FRONT, *TYPED)):
            yield path


def test_nothing_below_the_front_ends_words_a_command_of_xentui_itself() -> None:
    """It would not name the host, and on the screen there is a key: name the command by its id, see ``Suggest``."""
    verbs = "|".join(sorted({verb.split()[0] for verb in registry.verbs()}))
    spelt = re.compile(rf"\bxentui (?:--\w+ \w+ )?(?:{verbs})\b")
    quoted = re.compile(rf"`(?:{verbs})(?: [^`]*)?`")
    found = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in below_the_front_ends()
        for wanted, of in ((spelt, texts), (quoted, hints))
        for line, text in of(path)
        if wanted.search(text)
    ]
    assert found == []
