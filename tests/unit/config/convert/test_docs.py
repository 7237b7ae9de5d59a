"""The conversion table of docs/configuration.md says what the conversion does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.config.convert.conftest import lines
from xentui.config.convert import convert

PAGE = Path(__file__).parents[4] / "docs/configuration.md"
_ROW = re.compile(r"\| `([^`]+)` \| `([^`]+)` \| .*\|")


def rows() -> list[tuple[str, str]]:
    """The table's rows: for xm, for xl."""
    section = PAGE.read_text(encoding="utf-8").partition("## Conversion")[2].partition("\n## ")[0]
    return [
        (_plain(match.group(1)), _plain(match.group(2)))
        for line in section.splitlines()
        if (match := _ROW.fullmatch(line))
    ]


def _plain(cell: str) -> str:
    return re.sub(r" ?⏎ ?", "\n", cell)


def xend_rows() -> list[tuple[str, str]]:
    """The rows of the table for xend's s-expressions."""
    section = PAGE.read_text(encoding="utf-8").partition("## xend's s-expressions")[2].partition("\n## ")[0]
    return [
        (_plain(match.group(1)), _plain(match.group(2)))
        for line in section.splitlines()
        if (match := _ROW.fullmatch(line))
    ]


def test_the_table_is_found() -> None:
    assert len(rows()) > 35


@pytest.mark.parametrize(("before", "after"), rows())
def test_every_row(before: str, after: str) -> None:
    assert lines(before) == after


def test_the_table_for_xend_is_found() -> None:
    assert len(xend_rows()) > 15


@pytest.mark.parametrize(("before", "after"), xend_rows())
def test_every_row_for_xend(before: str, after: str) -> None:
    image = "" if "(image" in before else "(image (linux (kernel /k)))"
    made = convert(f"(domain (name a) (memory 64) {before} {image})")
    assert set(after.split("\n")) <= {line.strip().rstrip(",") for line in made.text.splitlines()} | {""}
    assert made.problems == ()
    assert made.document.get("name") == "a"
