"""A terminal that has gone is noticed, so that the screen ends with it."""

from __future__ import annotations

import os
import pty

from xentui.tui import termination


def test_a_terminal_is_there_until_its_other_side_is_closed() -> None:
    near, far = pty.openpty()
    try:
        assert not termination.terminal_gone(far)
        os.write(near, b"typed and not read\n")
        assert not termination.terminal_gone(far)
        os.close(near)
        assert termination.terminal_gone(far)
    finally:
        os.close(far)


def test_a_closed_descriptor_is_gone() -> None:
    near, far = pty.openpty()
    os.close(near)
    os.close(far)
    assert termination.terminal_gone(far)
