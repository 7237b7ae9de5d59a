"""What the documents say of the code is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from xentui import front_end
from xentui.commands import registry
from xentui.commands.frontends import FRONT_ENDS
from xentui.commands.run import find_verb, parse_verb

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*(?:\.py|\.toml|\.tcss|\.md)?")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"^    (xentui .*)", re.M)
_ENDS = re.compile(r"\s{2,}|\s#\s|\s[|>]\s|\s&&\s")
"""What comes behind a command on its line: a comment, or another command."""
_PLACES = re.compile(r"…|\[|\$|\bFILE\b")
"""What is to be filled in, so that it is no command yet."""
_OURS = ("xentui", "tests", "docs", "styles", "snapshots", "benchmarks", ".ci")
_PARTS = tuple(path.name for path in (ROOT / "xentui").iterdir() if path.is_dir())
_FOLDERS = ("", "xentui", "xentui/tui", "tests/unit")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_a_document_names_are_there(document: Path) -> None:
    missing = []
    for text in _CODE.findall(document.read_text(encoding="utf-8")):
        for path in text.split():
            first = path.split("/")[0]
            if _PATH.fullmatch(path) and (first in _OURS or first in _PARTS):
                there = [folder for folder in _FOLDERS if (ROOT / folder / path).exists()]
                there += [folder for folder in _FOLDERS if (ROOT / folder / f"{path}.py").exists()]
                missing += [] if there else [path]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    links = [link for link in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


def command_lines(document: Path) -> Iterator[list[str]]:
    """The command lines that stand in a document as they are typed, as words behind ``xentui``."""
    for line in _COMMAND.findall(document.read_text(encoding="utf-8")):
        for part in _ENDS.split(line)[0].split("; "):
            if not _PLACES.search(part):
                yield shlex.split(part)[1:]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_command_lines_of_a_document_are_understood(document: Path) -> None:
    for words in command_lines(document):
        front_end._parser().parse_known_args(front_end._up_to_verb(words))
        if behind := words[front_end._verb_position(words) :]:
            verb, arguments = registry.split(behind)
            if verb not in FRONT_ENDS:
                parse_verb(find_verb(verb), arguments)


def test_command_lines_are_found() -> None:
    assert ["start", "web1", "-c"] in list(command_lines(ROOT / "README.md"))
