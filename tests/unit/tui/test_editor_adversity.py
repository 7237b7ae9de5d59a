"""The editor when things are not as they should be: nothing that was typed is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tui.stage import Stage, StageHost, stage
from tests.unit.tui.test_form import editing, editor, store, text
from tests.unit.tui.test_storing import memory
from xentui.errors import HostError
from xentui.tui.editor.screen import EditorScreen


def stored_file(it: Stage, host: StageHost, name: str) -> Path:
    domain = it.domain(name)
    assert domain is not None
    return Path(host.store_root, "domains", domain.uuid, "config.cfg")


async def to_the_reason(it: Stage) -> None:
    """Change the memory, and go as far as storing it."""
    await memory(it, "2048")
    await it.press("f2")
    await it.shows("Reason (for the history)")


async def kept_and_stored(it: Stage) -> None:
    """What was refused is there still, and is stored at the next try."""
    await it.until(lambda: isinstance(it.app.screen, EditorScreen))
    assert "memory = 2048" in text(it)
    await store(it, "after all")
    await it.shows("db1: stored as version 2")


async def test_a_stored_text_xl_would_refuse_is_corrected_as_text(host: StageHost) -> None:
    async with stage(host) as it:
        path = stored_file(it, host, "db1")
        sound = path.read_text()
        path.write_text("memory = \n" + sound)
        it.app.here.poller.poke()
        await it.go("db1")
        await it.shows("damaged", "line 1")
        await it.press("e")
        await it.until(lambda: text(it).startswith("memory = \n"))
        await it.shows("1:10 error: expected a quoted string", "The text as xl reads it")
        assert editor(it).buffer.document is None, "there is no form of it"
        await it.press("ctrl+home", "shift+down", "delete")
        await it.until(lambda: editor(it).raw.text == sound)
        await store(it, "mended")
        await it.until(lambda: (domain := it.domain("db1")) is not None and not domain.damaged)
        assert path.read_text() == sound


async def test_lines_that_end_as_on_windows_are_shown_as_they_are(host: StageHost) -> None:
    async with stage(host) as it:
        path = stored_file(it, host, "db1")
        dos = path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(dos)
        await it.go("db1")
        await it.press("e")
        await it.shows("ends with a carriage return")
        assert editor(it).raw.text == dos.decode()
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert path.read_bytes() == dos


async def test_what_a_full_disk_refuses_stays_in_the_editor(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with editing(host, "db1") as it:
        path = stored_file(it, host, "db1")
        before = path.read_bytes()
        await to_the_reason(it)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            await it.press("enter")
            await it.shows("no space left on device", "free some space")
            await it.press("escape")
        assert path.read_bytes() == before
        await kept_and_stored(it)


async def test_a_host_that_goes_while_storing_leaves_the_text_in_the_editor(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(operation: Any, **arguments: Any) -> Any:
        raise HostError("the host is gone", subject="sim", hint="wait until it is back")

    async with editing(host, "db1") as it:
        await to_the_reason(it)
        with monkeypatch.context() as patch:
            patch.setattr(host, "call", gone)
            await it.press("enter")
            await it.shows("Not done", "the host is gone")
            await it.press("escape")
        await kept_and_stored(it)
