"""xl is known in one place: nobody else names its programs, or reads what they print."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.sources import parsed

ROOT = Path(__file__).parents[3] / "xentui"
PROGRAMS = re.compile(r"(xl|xm|xentop|xenconsole|xenstore-[a-z]+|virsh)\Z")
#: Where a word is one of these and no program that is run, or why it has to be named there.
ALLOWED = {
    "toolstack/xl/": "the toolstack",
    "toolstack/virsh/": "the toolstack of libvirt, on whose hosts xl starts guests too",
    "settings.py": "which toolstack drives a host can be told",
    "simulator/": "it answers in the place of xl",
    "agent/protocol/commands.py": "jobs that an older xentui has begun are settled by xl",
    "service/xend/": "the settings of an old host are asked of the tool they are for",
    "config/": "the language of a key: xl's, xm's or both's",
    "hosts/local.py": "whether this machine is a host at all is asked before it has a toolstack",
}


def named(tree: ast.AST) -> set[str]:
    """The programs of Xen that a source names, each as a text of its own.

    Whose a key of the configuration language is (``key.toolstack != "xm"``) names none.
    """
    of_keys: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _is_of_a_key(node.left):
            of_keys.update(node.comparators)
        elif (
            isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict) and _is_of_a_key(node.slice)
        ):
            of_keys.update(key for key in node.value.keys if key is not None)
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and PROGRAMS.match(node.value)
        and node not in of_keys
    }


def named_in(source: str) -> set[str]:
    """The same of a text."""
    return named(ast.parse(source))


def _is_of_a_key(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "toolstack"


@cache
def found() -> dict[str, set[str]]:
    """The programs that each file names."""
    return {path.relative_to(ROOT).as_posix(): named(parsed(path)) for path in sorted(ROOT.rglob("*.py"))}


def test_no_other_file_names_a_program_of_xen() -> None:
    guilty = {name: words for name, words in found().items() if words and not name.startswith(tuple(ALLOWED))}
    assert guilty == {}


@pytest.mark.parametrize("place", ALLOWED)
def test_no_exception_is_left_without_a_need(place: str) -> None:
    assert any(words for name, words in found().items() if name.startswith(place))


def test_a_name_in_an_argv_is_found_and_one_in_a_sentence_is_not() -> None:
    assert named_in('run(["xl", "list"])\nstream(("xentop", "-b"))\n') == {"xl", "xentop"}
    assert named_in('argv[0] == "xl" or session.toolstack.name == "xm"') == {"xl", "xm"}
    assert named_in('if key.toolstack != "xm":\n    {"xl": "xl only"}[key.toolstack]\n') == set()
    assert named_in('"""xl prints it."""\nhint = "`xl create -c` shows it"\n') == set()
