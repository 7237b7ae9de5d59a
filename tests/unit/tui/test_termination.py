"""A terminal that has gone is noticed, so that the screen ends with it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.unit.tui.stage import StageHost, stage
from xentui.tui import termination
from xentui.tui.handlers import views

_ASK = "from xentui.tui.termination import has_shell; print(has_shell())"


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


def test_only_a_shell_with_job_control_brings_back_what_is_stopped() -> None:
    ask = [sys.executable, "-c", _ASK]
    for argv, new_session, answer in (
        (["bash", "-c", 'set -m; "$0" "$@"; true', *ask], False, "True"),
        (["bash", "-c", '"$0" "$@"; true', *ask], False, "False"),
        (ask, True, "False"),
    ):
        done = subprocess.run(argv, capture_output=True, text=True, check=True, start_new_session=new_session)
        assert done.stdout.strip() == answer, argv


async def test_the_screen_is_put_into_the_background_where_it_comes_back_from_there(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host) as it:
        stopped: list[str] = []
        monkeypatch.setattr(it.app, "action_suspend_process", lambda: stopped.append("stopped"))
        monkeypatch.setattr(views, "has_shell", lambda: False)
        await it.press("&")
        await it.shows("no shell could bring")
        monkeypatch.setattr(views, "has_shell", lambda: True)
        await it.press("&")
        assert stopped == ["stopped"]
        await it.command("bg")
        await it.until(lambda: len(stopped) == 2)
