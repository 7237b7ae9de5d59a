"""One text under form and raw view, with undo."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from xentui.errors import ConfigError
from xentui.tui.editor.edit_buffer import EditBuffer


def test_undo_and_redo_go_through_edits_of_both_views() -> None:
    buffer = EditBuffer("memory = 1\n")
    buffer.edit(lambda document: document.set("memory", 2))
    buffer.type("memory = 2\nvcpus = 3\n")
    assert buffer.dirty
    assert buffer.undo()
    assert buffer.text == "memory = 2\n"
    assert buffer.undo()
    assert not buffer.dirty
    assert not buffer.undo()
    assert buffer.redo()
    assert buffer.redo()
    assert not buffer.redo()
    assert buffer.text == "memory = 2\nvcpus = 3\n"
    buffer.undo()
    buffer.type("memory = 9\n")
    assert not buffer.redo()


def test_the_same_text_is_no_change() -> None:
    buffer = EditBuffer("memory = 1\n\n")
    buffer.type("memory = 1\n\n")
    buffer.edit(lambda document: document)
    assert not buffer.undo()


def test_a_text_that_cannot_be_read_has_its_fault_as_problem() -> None:
    buffer = EditBuffer("memory = 1\nname = 'x\n")
    assert buffer.document is None
    (problem,) = buffer.problems()
    assert problem.line == 2
    with pytest.raises(ConfigError):
        buffer.edit(lambda document: document)
    buffer.type("memory = 1\nname = 'x'\n")
    assert buffer.document is not None
    assert buffer.fault is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.booleans(), st.text(max_size=5)), max_size=20))
def test_undo_is_exact(steps: list[bool | str | None]) -> None:
    buffer = EditBuffer("")
    past: list[str] = [""]
    future: list[str] = []
    for step in steps:
        if isinstance(step, str):
            if step != past[-1]:
                past.append(step)
                future = []
            buffer.type(step)
        elif step:
            assert buffer.redo() is bool(future)
            past += [future.pop()] if future else []
        else:
            assert buffer.undo() is (len(past) > 1)
            future += [past.pop()] if len(past) > 1 else []
        assert buffer.text == past[-1]
