"""What the documents say of the code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*(?:\.py|\.toml|\.tcss|\.md)?")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
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
