"""A live console session, on small programs that are no Xen."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.console.support import RAW, XENCONSOLE, Recorder, python, session_of, shown, until
from xentui.console import pty_session
from xentui.console.exit_result import ExitResult, last_lines
from xentui.console.session import ConsoleSession, Phase
from xentui.console.transcript import Transcript
from xentui.errors import HostError, NotAllowedError, UsageError
from xentui.terminal import Emulator


async def test_what_a_command_prints_is_on_the_screen_and_in_the_log(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log")
    session = ConsoleSession(python("print('hello'); print('there')"), transcript=log)
    heard = Recorder()
    session.listen(heard)
    await session.start()
    await until(lambda: session.phase is Phase.ENDED)
    assert session.emulator.text()[:2] == ["hello", "there"]
    assert session.result == ExitResult(0, left=False, last_lines=("hello", "there"))
    assert session.bytes_seen == len(b"hello\r\nthere\r\n")
    assert log.path.read_bytes() == b"hello\r\nthere\r\n"
    await until(lambda: heard.ended)
    assert heard.outputs
    assert heard.ended == [session]


async def test_keys_reach_the_command_in_order() -> None:
    async with session_of(["cat"]) as session:
        for letter in b"one two three":
            session.write(bytes([letter]))
        session.write(b"\r")
        await until(lambda: session.emulator.text()[1] == "one two three")


async def test_the_guests_questions_are_answered() -> None:
    program = RAW + "print('\\x1b[6n', end='', flush=True); print(repr(os.read(0, 99)))"
    async with session_of(python(program)) as session:
        await until(lambda: r"b'\x1b[2;1R'" in shown(session.emulator))


async def test_a_missing_program_is_said() -> None:
    session = ConsoleSession(["/nowhere/xl", "console", "1"])
    with pytest.raises(UsageError, match="/nowhere/xl"):
        await session.start()
    assert session.phase is Phase.ENDED
    await session.close()


async def test_a_machine_without_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pipe", full)
    session = ConsoleSession(["cat"])
    with pytest.raises(HostError, match="Too many open files"):
        await session.start()
    await session.close()


async def test_a_thread_that_cannot_start_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object) -> None:
        raise RuntimeError("can't start new thread")

    session = ConsoleSession(["sleep", "600"])
    monkeypatch.setattr(threading.Thread, "start", full)
    with pytest.raises(HostError, match="new thread"):
        session._line.start()
    assert session._line._child is not None
    assert not session._line._child.alive()


async def test_cancelling_a_start_leaves_no_child(tmp_path: Path) -> None:
    session = ConsoleSession(python(RAW + "time.sleep(600)"))
    starting = asyncio.ensure_future(session.start())
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await until(lambda: session.phase is Phase.ENDED)


async def test_a_command_of_one_word_may_have_blanks(tmp_path: Path) -> None:
    script = tmp_path / "a b"
    script.write_text("#!/bin/sh\necho fine\n")
    script.chmod(0o700)
    async with session_of([str(script)]) as session:
        await until(lambda: "fine" in shown(session.emulator))


async def test_a_command_that_dies_at_once_is_explained() -> None:
    program = r"import sys; print('\x1b[31mxenconsole: Could not lock\x1b[m'); sys.exit(11)"
    async with session_of(python(program)) as session:
        await until(lambda: session.phase is Phase.ENDED)
        assert session.result == ExitResult(11, left=False, last_lines=("xenconsole: Could not lock",))


async def test_a_killed_command_has_the_code_a_shell_would_give() -> None:
    async with session_of(python("import os; os.kill(os.getpid(), 9)")) as session:
        await until(lambda: session.phase is Phase.ENDED)
        assert session.result is not None
        assert session.result.exit_code == 128 + signal.SIGKILL


async def test_a_command_ends_though_what_it_started_keeps_the_terminal() -> None:
    async with session_of(["sh", "-c", "trap '' HUP; sleep 60 & echo started"]) as session:
        await until(lambda: session.phase is Phase.ENDED)
        assert session.emulator.text()[0] == "started"


async def test_nothing_is_lost_at_the_end() -> None:
    async with session_of(["seq", "20000"]) as session:
        await until(lambda: session.phase is Phase.ENDED)
        assert shown(session.emulator).split() == [str(number) for number in range(1, 20001)]


@settings(max_examples=5, deadline=None)
@given(st.binary(min_size=1, max_size=3000))
async def test_any_output_is_logged_as_it_was_and_looks_as_if_fed_at_once(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "data").write_bytes(data)
    log = Transcript(folder / "x.log")
    program = RAW + f"os.write(1, open({str(folder / 'data')!r}, 'rb').read())"
    async with session_of(python(program), transcript=log) as session:
        await until(lambda: session.phase is Phase.ENDED)
    raw = b"ready\r\n" + data
    assert log.path.read_bytes() == raw
    emulator = Emulator(80, 24, 100_000)
    emulator.feed(raw)
    assert shown(session.emulator) == shown(emulator)


# Leaving


async def test_leaving_lets_the_command_end_by_itself() -> None:
    session = ConsoleSession(python(XENCONSOLE))
    await session.start()
    await until(lambda: "ready" in shown(session.emulator))
    session.write(b"typed just before")
    await session.close()
    assert session.result is not None
    assert (session.result.exit_code, session.result.left) == (0, True)
    await session.close()


async def test_a_command_that_does_not_leave_is_cut_off() -> None:
    session = ConsoleSession(python(RAW + "import signal; signal.signal(1, signal.SIG_IGN)\ntime.sleep(600)"))
    await session.start()
    await until(lambda: "ready" in shown(session.emulator))
    assert session._line._child is not None
    pid = session._line._child.pid
    await session.close()
    assert session.result is not None
    assert (session.result.exit_code, session.result.left) == (0, True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_command_that_fails_though_leaving_was_typed_has_failed() -> None:
    """Ctrl-] alone leaves xenconsole; what ends with a status of its own was not left."""
    program = RAW + "os.read(0, 1); print('lost'); sys.exit(11)"
    async with session_of(python(program)) as session:
        await until(lambda: "ready" in shown(session.emulator))
        session.write(b"\x1d")
        await until(lambda: session.phase is Phase.ENDED)
        assert session.result == ExitResult(11, left=True, last_lines=("ready", "lost"))


async def test_a_command_to_be_kept_lives_on(tmp_path: Path) -> None:
    program = (
        "import signal; signal.signal(1, signal.SIG_IGN)\n"
        + RAW
        + f"time.sleep(2.5); open({str(tmp_path / 'lived')!r}, 'w')"
    )
    session = ConsoleSession(python(program), keep_child=True)
    await session.start()
    await until(lambda: "ready" in shown(session.emulator))
    assert session._line._child is not None
    pid = session._line._child.pid
    await session.close()
    assert session.result == ExitResult(0, left=True, last_lines=("ready",))
    await until((tmp_path / "lived").exists)

    def reaped() -> bool:
        return not Path(f"/proc/{pid}").exists()

    await until(reaped)


async def test_closing_without_a_start_is_no_error() -> None:
    session = ConsoleSession(["cat"])
    await session.close()
    assert session.phase is Phase.ENDED


async def test_the_leave_byte_for_the_guest_does_not_leave() -> None:
    async with session_of(python(XENCONSOLE)) as session:
        await until(lambda: "ready" in shown(session.emulator))
        session.send_leave()
        await until(lambda: r"b'\x1d\x11'" in shown(session.emulator))
        assert session.phase is Phase.OPEN


async def test_the_leave_byte_for_the_guest_is_refused_where_it_might_leave() -> None:
    async with session_of(python(RAW + "time.sleep(600)")) as session:
        await until(lambda: "ready" in shown(session.emulator))
        session.write(b"x" * 500_000)
        with pytest.raises(NotAllowedError, match="not read earlier input"):
            session.send_leave()
    with pytest.raises(NotAllowedError, match="has ended"):
        session.send_leave()


# Bounds


async def test_a_guest_that_never_reads_blocks_nothing() -> None:
    async with session_of(python(RAW + "time.sleep(600)")) as session:
        await until(lambda: "ready" in shown(session.emulator))
        for _ in range(40):
            session.write(b"x" * 100_000)
        assert 2_000_000 < session.dropped_input < 4_000_000
        assert len(session._line._typed) <= pty_session.INPUT


async def test_a_flood_is_fed_whole_while_the_loop_answers(tmp_path: Path) -> None:
    log = Transcript(tmp_path / "x.log", limit=64 << 20)
    program = "import os\nfor n in range(2500): os.write(1, (b'%07d ' % n) * 511 + b'\\n')"
    async with session_of(python(program), transcript=log, history=100) as session:
        heard = Recorder()
        session.listen(heard)
        turns = 0
        most = 0

        def over() -> bool:
            nonlocal turns, most
            turns += 1
            most = max(most, len(session._line._buffer))
            return session.phase is Phase.ENDED

        await until(over)
        assert turns > 10
        assert most <= pty_session.BUFFER + 4096
        assert "0002499" in shown(session.emulator)
        assert session.bytes_seen == 2500 * (511 * 8 + 2) == log.path.stat().st_size


async def test_a_flood_that_is_not_fed_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ConsoleSession, "_on_output", lambda self: None)
    async with session_of(["yes"]) as session:
        await until(lambda: session._line._full)
        seen = session.bytes_seen
        await asyncio.sleep(0.3)
        assert session.bytes_seen == seen <= pty_session.BUFFER + 4096


async def test_closing_during_a_flood() -> None:
    session = ConsoleSession(["yes"])
    await session.start()
    await until(lambda: session.bytes_seen > 1_000_000)
    begin = time.monotonic()
    await session.close()
    assert session.phase is Phase.ENDED
    assert time.monotonic() - begin < 20
    assert not session._line.waiting


async def test_a_log_that_cannot_be_written_stops_no_console(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = Transcript(tmp_path / "file" / "x.log")
    async with session_of(["echo", "hello"], transcript=log) as session:
        await until(lambda: "hello" in shown(session.emulator))
    assert "cannot be written" in log.problem


# The screen


async def test_output_is_told_once_a_frame_at_most() -> None:
    async with session_of(["yes"]) as session:
        heard = Recorder()
        session.listen(heard)
        begin = time.monotonic()
        await until(lambda: len(heard.outputs) >= 20)
        assert time.monotonic() - begin > 0.3


async def test_who_unsubscribes_hears_nothing_more() -> None:
    async with session_of(["cat"]) as session:
        heard = Recorder()
        stop = session.listen(heard)
        session.write(b"one\r")
        await until(lambda: heard.outputs)
        stop()
        stop()
        count = len(heard.outputs)
        session.write(b"two\r")
        await until(lambda: session.emulator.text()[3] == "two")
        assert len(heard.outputs) == count
    assert not heard.ended


async def test_another_size_reaches_terminal_and_emulator() -> None:
    program = RAW + "while os.read(0, 1): print(os.get_terminal_size(), flush=True)"
    async with session_of(python(program), columns=100, lines=30) as session:
        await until(lambda: "ready" in shown(session.emulator))
        session.write(b"x")
        await until(lambda: "columns=100, lines=30" in shown(session.emulator))
        session.resize(132, 43)
        session.write(b"x")
        await until(lambda: "columns=132, lines=43" in shown(session.emulator))
        assert (session.emulator.columns, session.emulator.lines) == (132, 43)
    session.resize(80, 24)


async def test_a_screen_goes_on_in_another_session() -> None:
    async with session_of(["echo", "first"]) as session:
        await until(lambda: session.phase is Phase.ENDED)
    async with session_of(["echo", "second"], emulator=session.emulator) as again:
        await until(lambda: again.phase is Phase.ENDED)
    assert again.emulator.text()[:2] == ["first", "second"]


async def test_a_tap_gets_every_byte_and_the_emulator_falls_silent() -> None:
    program = RAW + "os.read(0, 1); print('\\x1b[6n', end='', flush=True); print(repr(os.read(0, 99)))"
    async with session_of(python(program)) as session:
        await until(lambda: "ready" in shown(session.emulator))
        got: list[bytes] = []
        session.tap(got.append)
        session.write(b"x")
        await until(lambda: b"\x1b[6n" in b"".join(got))
        await asyncio.sleep(0.2)
        session.write(b"mine")
        await until(lambda: "b'mine'" in shown(session.emulator))
        session.tap(None)


def test_last_lines_are_plain() -> None:
    tail = b"\x1b]0;title\x07one\r\n\r\n\x1b[1;31mtwo\x1b[m  \r\nthr\x08ee\xff\x1b(B"
    assert last_lines(tail) == ("one", "two", r"thr\u0008ee" + "\ufffd")
    assert last_lines(b"".join(b"%d\n" % number for number in range(20))) == tuple(map(str, range(12, 20)))


async def test_a_read_only_session_types_nothing_into_the_guest() -> None:
    """Neither keys nor what the emulator would answer: the guest's shell would read that, too."""
    program = RAW + "print('\\x1b[6nready', flush=True)\nprint('got', repr(sys.stdin.read(1)), flush=True)"
    session = ConsoleSession(python(program), read_only=True)
    await session.start()
    try:
        await until(lambda: "ready" in shown(session.emulator))
        session.write(b"x")
        with pytest.raises(NotAllowedError, match="read-only"):
            session.send_leave()
        session.read_only = False
        session.write(b"y")
        await until(lambda: "got 'y'" in shown(session.emulator))
    finally:
        await session.close()


async def test_where_nobody_looks_keys_arrive_and_no_terminal_answers() -> None:
    program = (
        RAW + "print('\\x1b[6n\\x1b[cready', flush=True)\nprint('got', repr(sys.stdin.read(1)), flush=True)"
    )
    session = ConsoleSession(python(program), answers=False)
    await session.start()
    try:
        await until(lambda: "ready" in shown(session.emulator))
        session.write(b"y")
        await until(lambda: "got 'y'" in shown(session.emulator))
    finally:
        await session.close()
