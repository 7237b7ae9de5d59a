"""The labels of the form are whole, however long a parameter's name is."""

from __future__ import annotations

import pytest

from xentui.config.schema import schema
from xentui.tui.editor.field_words import LABEL_WIDTH, label_lines


@pytest.mark.parametrize("name", sorted(schema()))
def test_every_name_can_be_read(name: str) -> None:
    lines = label_lines(name).split("\n")
    assert "".join(lines) == name
    assert all(len(line) <= LABEL_WIDTH for line in lines)


def test_words_are_broken_at_blanks() -> None:
    assert label_lines("SPICE image compression") == "SPICE image\ncompression"
    assert label_lines("memory") == "memory"
