"""The logs of a domain's consoles on the screen: sessions, search, the past as the live console, replay, export."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.console.log_names import transcript_path
from xentui.console.transcript import Transcript
from xentui.tui.screens import console_logs

BEGAN = 1_767_323_045.0


def logged(host: StageHost, it: Stage, name: str) -> Path:
    """Two sessions of a domain: a boot of 40 lines that ends in a panic, and a login a day later."""
    domain = it.domain(name)
    assert domain is not None
    now = BEGAN
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("xentui.console.transcript.time.time_ns", lambda: int(now * 10**9))
        clock.setattr("xentui.console.transcript.time.strftime", lambda _form: "2026-01-02 03:04:05")
        log = Transcript(transcript_path(host.name, domain.label, domain.uuid))
        log.mark(f"booting {name}")
        for number in range(40):
            now += 0.25
            log.write(b"[ %4d.0] line %d of the boot\r\n" % (number, number))
        log.write(b"\x1b[1;31mKernel panic\x1b[0m - not syncing: oops\r\n")
        now += 86_400
        log.mark(f"attached to {name} (domid 4)")
        log.write(b"login: root\r\n")
        log.close()
    return log.path


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_past_sessions_are_opened_and_searched(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("Console logs of backup: 2 sessions", "booting backup", "attached to backup (domid 4)")
        await it.press("down", "enter")
        await it.shows("line 39 of the boot", "Kernel panic - not syncing: oops", "log of 20")
        await it.press("slash")
        await it.type("/line 1[05] of", "enter")
        await it.shows("line 15 of the boot", "1 of 2, n older, N newer")
        await it.press("n")
        await it.shows("line 10 of the boot", "2 of 2")
        await it.press("t")
        await it.shows(":")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_all_sessions_are_searched_and_opened_where_it_was_found(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("2 sessions")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("kernel panic - not", "enter")
        await it.shows("kernel panic - not: 1 line, newest first", "Kernel panic - not syncing: oops")
        await it.press("enter")
        await it.shows("line 39 of the boot", "kernel panic - not: 1 of 1")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("J")
        await it.shows("2 sessions")
        await it.press("slash")
        await it.type("/(", "enter")
        await it.shows("not an extended regular expression")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("never said", "enter")
        await it.shows("never said: 0 lines", "not found")
        await it.press("escape")
        await it.shows("2 sessions")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_search_typed_while_the_logs_are_read_waits_for_them(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, goes_on = console_logs._read, threading.Event()

    def slowly(*where: Any) -> Any:
        assert goes_on.wait(60)
        return read(*where)

    monkeypatch.setattr(console_logs, "_read", slowly)
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("Console logs of backup: reading")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("panic", "enter")
        await it.until(lambda: isinstance(it.app.screen, console_logs.ConsoleLogsScreen))
        goes_on.set()
        await it.shows("panic: ", "newest first")


async def test_the_keys_there_are_stand_below(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows(" Enter Open / Search all x Export h Host's log F5 Reload Esc Back")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("panic", "enter")
        await it.shows(" Enter Open there / Search again x Export h Host's log F5 Reload Esc Sessions")
        await it.press("slash")
        await it.shows("Search the logs of backup")
        await it.type("never said", "enter")
        await it.shows(" / Search again h Host's log F5 Reload Esc Sessions")
        await it.press("escape")
        await it.shows("2 sessions")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.go("web1")
        await it.press("J")
        await it.shows("0 sessions", " h Host's log F5 Reload Esc Back")


async def test_a_session_is_replayed(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("2 sessions")
        await it.press("down", "enter")
        await it.shows("Kernel panic")
        await it.press("p")
        await it.shows("replay x1")
        await it.hides("Kernel panic")
        await it.press("space")
        await it.shows("replay held")
        await it.press("+", "+", "space")
        await it.shows("replay x4")
        await it.press("right")
        await it.shows("Kernel panic", "replay over")
        await it.press("left")
        await it.hides("Kernel panic")
        await it.press("escape")
        await it.shows("Kernel panic", "log of")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_log_without_times_says_so(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        path = logged(host, it, "backup")
        path.with_name(path.name + ".times").unlink()
        await it.go("backup")
        await it.press("J")
        await it.shows("no time", "2 sessions")
        await it.press("enter")
        await it.shows("login: root", "log, no time here")
        await it.press("p")
        await it.shows("cannot be replayed")


async def test_a_session_is_exported(host: StageHost, tmp_path: Path) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "backup")
        await it.go("backup")
        await it.press("J")
        await it.shows("2 sessions")
        await it.press("x")
        await it.shows("Export the session", ".cast")
        await it.press("ctrl+a", "ctrl+k")
        await it.type(str(tmp_path / "a.cast"), "enter")
        await it.shows("written: ")
    header, *events = map(json.loads, (tmp_path / "a.cast").read_text().splitlines())
    assert header["version"] == 2
    assert events[-1][2] == "login: root\r\n"


async def test_nothing_logged_and_nothing_on_the_host_is_said_with_what_to_do(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("J")
        await it.shows("0 sessions", "nothing is logged")
        await it.press("x")
        await it.shows("there is no session to export")
        await it.press("h")
        await it.shows("xenconsoled has logged nothing")


async def test_what_xenconsoled_has_logged_is_shown(host: StageHost) -> None:
    path = Path(host.host_path("/var/log/xen/console/guest-backup.log"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"[    0.0] from the host\r\n")
    async with stage(host, size=NARROW) as it:
        await it.go("backup")
        await it.press("J")
        await it.shows("0 sessions")
        await it.press("h")
        await it.shows("from the host")


async def test_from_the_log_the_live_console_is_one_key_away(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        logged(host, it, "web1")
        await it.go("web1")
        await it.press("J")
        await it.shows("2 sessions")
        await it.press("enter")
        await it.shows("login: root", "log of")
        await it.press("enter")
        await it.shows("attached")
