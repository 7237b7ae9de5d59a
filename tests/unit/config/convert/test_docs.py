"""The conversion table of docs/configuration.md says what the conversion does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.config.convert.conftest import lines

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


def test_the_table_is_found() -> None:
    assert len(rows()) > 35


@pytest.mark.parametrize(("before", "after"), rows())
def test_every_row(before: str, after: str) -> None:
    assert lines(before) == after
