"""One text under form and raw view, with undo."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xentui.errors import ConfigError
from xentui.tui.editor.working import Working


def test_undo_and_redo_go_through_edits_of_both_views() -> None:
    working = Working("memory = 1\n")
    working.edit(lambda document: document.set("memory", 2))
    working.type("memory = 2\nvcpus = 3\n")
    assert working.dirty
    assert working.undo()
    assert working.text == "memory = 2\n"
    assert working.undo()
    assert not working.dirty
    assert not working.undo()
    assert working.redo()
    assert working.redo()
    assert not working.redo()
    assert working.text == "memory = 2\nvcpus = 3\n"
    working.undo()
    working.type("memory = 9\n")
    assert not working.redo()


def test_the_same_text_is_no_change() -> None:
    working = Working("memory = 1\n\n")
    working.type("memory = 1\n\n")
    working.edit(lambda document: document)
    assert not working.undo()


def test_a_text_that_cannot_be_read_has_its_fault_as_problem() -> None:
    working = Working("memory = 1\nname = 'x\n")
    assert working.document is None
    (problem,) = working.problems()
    assert problem.line == 2
    with pytest.raises(ConfigError):
        working.edit(lambda document: document)
    working.type("memory = 1\nname = 'x'\n")
    assert working.document is not None
    assert working.fault is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.booleans(), st.text(max_size=5)), max_size=20))
def test_undo_is_exact(steps: list[bool | str | None]) -> None:
    working = Working("")
    past: list[str] = [""]
    future: list[str] = []
    for step in steps:
        if isinstance(step, str):
            if step != past[-1]:
                past.append(step)
                future = []
            working.type(step)
        elif step:
            assert working.redo() is bool(future)
            past += [future.pop()] if future else []
        else:
            assert working.undo() is (len(past) > 1)
            future += [past.pop()] if len(past) > 1 else []
        assert working.text == past[-1]
