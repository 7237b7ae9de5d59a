"""Child processes: outputs and exit status complete, nothing left behind."""

from __future__ import annotations

import asyncio
import asyncio.base_subprocess
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until
from xentui.errors import HostError
from xentui.hosts import process
from xentui.hosts.process import ProcessStream


def alive(pid: int) -> bool:
    """Whether that process still runs; one that waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_both_outputs_and_the_exit_status() -> None:
    done = await process.run(["sh", "-c", "echo out; echo; echo err >&2; exit 7"])
    assert (done.exit_code, done.text, done.words) == (7, "out\n\n", ("err",))


async def test_outputs_that_fill_their_pipes() -> None:
    script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"
    done = await process.run(["sh", "-c", script])
    assert (len(done.stdout), len(done.stderr)) == (300_000, 300_000)


async def test_output_past_the_limit_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT", 100_000)
    done = await process.run(["sh", "-c", "head -c 300000 /dev/zero; echo end >&2"])
    assert len(done.stdout) <= 100_000
    assert (done.exit_code, done.words) == (0, ("end",))


async def test_words_that_are_no_utf8_are_still_words() -> None:
    done = await process.run(["sh", "-c", r"printf 'a\377b\n\n' >&2"])
    assert done.words == ("a\N{REPLACEMENT CHARACTER}b",)


async def test_a_death_by_signal_is_told_as_a_shell_tells_it() -> None:
    done = await process.run(["sh", "-c", "kill -TERM $$"])
    assert done.exit_code == 128 + signal.SIGTERM


async def test_a_program_that_is_not_there_is_127() -> None:
    done = await process.run(["xl-that-is-not-installed", "list"])
    assert (done.exit_code, done.words) == (127, ("xl-that-is-not-installed: command not found",))


async def test_a_program_that_may_not_be_run_is_127(tmp_path: Path) -> None:
    (tmp_path / "xl").write_text("#!/bin/sh\n")
    done = await process.run([str(tmp_path / "xl")])
    assert (done.exit_code, done.words[0].endswith("permission denied")) == (127, True)


async def test_a_file_that_is_no_program_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "xl").write_bytes(b"\x00\x01")
    (tmp_path / "xl").chmod(0o755)
    with pytest.raises(HostError, match="cannot run"):
        await process.run([str(tmp_path / "xl")])
    with pytest.raises(HostError, match="cannot run"):
        await ProcessStream.start([str(tmp_path / "xl")])


async def test_standard_input_is_what_was_given_or_empty() -> None:
    assert (await process.run(["cat"], stdin=b"x" * 200_000)).stdout == b"x" * 200_000
    assert (await process.run(["cat"])).stdout == b""


async def test_a_command_that_does_not_read_its_input() -> None:
    assert (await process.run(["true"], stdin=b"x" * 1_000_000)).exit_code == 0


async def test_tools_speak_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    done = await process.run(["sh", "-c", "echo $LC_ALL $EXTRA"], environment={"EXTRA": "more"})
    assert done.text == "C more\n"


async def test_past_its_time_a_command_ends_with_all_it_started(tmp_path: Path) -> None:
    note = tmp_path / "child"
    script = f"sleep 60 & echo $! > {note}; wait"
    with pytest.raises(HostError, match=r"`sh` did not answer within 0\.3 s") as caught:
        await process.run(["sh", "-c", script], timeout=0.3)
    assert caught.value.hint
    pid = int(note.read_text())
    await until(lambda: not alive(pid))


async def test_of_a_command_that_carries_a_program_the_beginning_is_told() -> None:
    with pytest.raises(HostError) as told:
        await process.run(["sh", "-c", "sleep 60 #\n" + "x" * 10_000], timeout=0.1)
    assert told.value.details[0].startswith("sh -c sleep 60 #\\u000a") and len(told.value.details[0]) < 1000


async def test_one_that_ignores_the_first_signal_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_KILL_AFTER", 0.1)
    stream = await ProcessStream.start(["sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 0.1; done'])
    lines = stream.lines()
    assert await anext(lines) == b"ready"
    assert await stream.close() == -signal.SIGKILL


async def test_a_cancelled_command_is_stopped_before_the_cancellation_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_KILL_AFTER", 60.0)
    note = tmp_path / "pid"
    script = f"trap 'echo stopped >> {note}; exit 1' TERM; echo $$ > {note}; while :; do sleep 0.02; done"
    running = asyncio.ensure_future(process.run(["sh", "-c", script]))
    async with asyncio.timeout(60):
        while not note.exists() or not note.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    pid, said = note.read_text().split()
    assert (alive(int(pid)), said) == (False, "stopped")


async def test_a_command_cancelled_while_it_starts_is_asked_to_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine it runs before asyncio has looked at its pipes, and asyncio kills what is cancelled then."""
    monkeypatch.setattr(process, "_KILL_AFTER", 60.0)
    note = tmp_path / "note"
    looked = asyncio.Event()
    connect = asyncio.base_subprocess.BaseSubprocessTransport._connect_pipes

    async def late(transport: Any, waiter: Any) -> None:
        await looked.wait()
        await connect(transport, waiter)

    monkeypatch.setattr(asyncio.base_subprocess.BaseSubprocessTransport, "_connect_pipes", late)
    script = (
        f"trap 'echo stopped >> {note}; exit 1' TERM; echo started > {note}; while :; do sleep 0.02; done"
    )
    running = asyncio.ensure_future(process.run(["sh", "-c", script]))
    async with asyncio.timeout(60):
        while not note.exists() or not note.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.sleep(0.05)
    looked.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert note.read_text().split() == ["started", "stopped"]


async def test_ctrl_c_at_the_terminal_does_not_reach_the_command() -> None:
    done = await process.run(["sh", "-c", "ps -o sid= -p $$"])
    assert int(done.text) != os.getsid(0)


async def test_a_stream_is_read_while_the_command_runs_and_stopped_when_closed() -> None:
    stream = await ProcessStream.start(["sh", "-c", "echo $$; echo oops >&2; echo two; exec sleep 60"])
    lines = stream.lines()
    pid = int(await anext(lines))
    assert await anext(lines) == b"two"
    assert stream.running
    assert await stream.close() == -signal.SIGTERM
    assert not alive(pid)
    assert (stream.running, stream.error_text) == (False, "oops\n")


async def test_a_stream_ends_with_its_command() -> None:
    stream = await ProcessStream.start(["printf", "one\\ntwo"])
    assert [line async for line in stream.lines()] == [b"one", b"two"]
    assert await stream.close() == 0


async def test_what_a_command_says_last_is_waited_for() -> None:
    """SSH closes its output before it says why it ends; on a busy machine some time before."""
    stream = await ProcessStream.start(
        ["sh", "-c", "exec >&-; sleep 0.7; echo the line was cut >&2; exit 255"]
    )
    assert await stream.read_line() == b""
    assert await stream.close() == 255
    assert stream.error_text == "the line was cut\n"


async def test_what_a_command_says_last_is_waited_for_where_it_takes_nothing_any_more() -> None:
    """Whether a cut connection is seen first by who reads or by who writes is a matter of chance."""
    script = "exec <&-; sleep 0.7; echo the line was cut >&2; exit 255"
    stream = await ProcessStream.start(["sh", "-c", script], stdin=True)
    with pytest.raises(ConnectionError):
        while True:
            await stream.write(b"x" * 100_000)
    assert await stream.close() == 255
    assert stream.error_text == "the line was cut\n"


async def test_a_stream_that_can_be_written_to() -> None:
    stream = await ProcessStream.start(["cat"], stdin=True)
    await stream.write(b"hello\n")
    assert await stream.read_line() == b"hello\n"
    await stream.close()


async def test_a_line_longer_than_the_buffer_is_whole_and_an_endless_one_is_an_error() -> None:
    stream = await ProcessStream.start(["sh", "-c", "head -c 3000000 /dev/zero; echo"])
    assert len(await stream.read_line(4_000_000)) == 3_000_001
    await stream.close()
    stream = await ProcessStream.start(["cat", "/dev/zero"])
    with pytest.raises(ConnectionError):
        await stream.read_line()
    await stream.close()


async def test_only_the_last_of_the_errors_is_kept() -> None:
    stream = await ProcessStream.start(["sh", "-c", "head -c 20000 /dev/zero | tr '\\0' x >&2; echo end >&2"])
    assert [line async for line in stream.lines()] == []
    await stream.close()
    assert stream.error_text.endswith("xend\n")
    assert len(stream.error_text) <= 4096


async def test_pipes_that_another_process_holds_do_not_hold_up_the_end() -> None:
    """As with a client of an SSH connection, whose master keeps its pipes until the far command ends."""
    stream = await ProcessStream.start(["sh", "-c", "setsid sh -c 'echo $$; exec sleep 60' & exec sleep 60"])
    holder = int(await stream.read_line())
    try:
        async with asyncio.timeout(60):
            assert await stream.close() != 0
        assert alive(holder)
    finally:
        os.kill(holder, signal.SIGKILL)


@pytest.mark.parametrize("turns", range(8))
def test_an_event_loop_that_ends_while_a_command_starts_ends(turns: int) -> None:
    """It cancels all there is at once; asyncio then waits for pipes that it has not connected."""
    program = f"""
import asyncio
from xentui.hosts import process

process._KILL_AFTER = 0.01

async def main():
    running = asyncio.ensure_future(process.run(["sleep", "1000"]))
    for _ in range({turns}):
        await asyncio.sleep(0)

asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True)
