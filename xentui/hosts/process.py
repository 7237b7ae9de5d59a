"""Child processes of this machine: run to the end, or streamed; they are always stopped when no longer wanted."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence

from xentui.errors import HostError
from xentui.hosts.base import Completed
from xentui.text import plain

OUTPUT_LIMIT = 256 << 20
"""Bytes of output kept of one command; ``xl list -l`` of thousands of domains is a few megabytes."""
LINE_LIMIT = 1 << 20
_PIECE = 1 << 16
_KILL_AFTER = 5.0
_LOOK, _INSISTING = 0.01, 0.1
_ENDING = 2.0
"""Seconds for a command whose output or input has ended to say why and end itself, as a cut SSH connection does."""
_LAST_WORDS = 0.2
"""Seconds to read what a command that has ended said last; another process may hold its pipe open."""
_ERROR_TAIL = 4096
_ARGV_SHOWN = 500
"""Characters of a command that are shown: some carry a program."""


async def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float | None = None,
    environment: dict[str, str] | None = None,
) -> Completed:
    """Run ``argv`` to its end (see :meth:`xentui.hosts.base.Host.run`); a missing program is exit code 127."""
    try:
        process = await _spawn(argv, stdin=PIPE if stdin else DEVNULL, environment=environment)
    except (FileNotFoundError, PermissionError) as error:
        words = "command not found" if isinstance(error, FileNotFoundError) else "permission denied"
        return Completed(tuple(argv), 127, b"", f"{argv[0]}: {words}\n".encode())
    except OSError as error:
        raise _cannot_run(argv, error) from error
    try:
        async with asyncio.timeout(timeout):
            out, err, _ = await asyncio.gather(
                _collect(process.stdout), _collect(process.stderr), _feed(process, stdin)
            )
            code = await process.wait()
    except TimeoutError:
        raise HostError(
            f"`{argv[0]}` did not answer within {timeout:g} s",
            hint="the host may be overloaded or hanging; try again, or look at it by hand",
            details=(plain(" ".join(argv), _ARGV_SHOWN),),
        ) from None
    finally:
        try:
            await stop(process)
        finally:
            _let_go(process)
    return Completed(tuple(argv), code if code >= 0 else 128 - code, out, err)


async def stop(process: Process) -> int:
    """Ask a process group to end, kill it after five seconds, and reap it."""
    if process.returncode is None:
        await _signal(process, signal.SIGTERM)
        if not await _ended(process, _KILL_AFTER):
            await _signal(process, signal.SIGKILL)
            await _ended(process, math.inf)
    return process.returncode if process.returncode is not None else -1


async def _ended(process: Process, seconds: float) -> bool:
    """Wait for the end of the process alone: ``wait()`` waits for its pipes too.

    The master of an SSH connection holds those of its clients until the far command ends, whoever was killed here.
    """
    deadline = time.monotonic() + seconds
    waiting = asyncio.ensure_future(process.wait())
    while process.returncode is None and time.monotonic() < deadline:
        await asyncio.wait([waiting], timeout=_LOOK)
    waiting.cancel()
    return process.returncode is not None


def _let_go(process: Process) -> None:
    """Close what is left of the pipes: they would complain when the event loop is gone."""
    transport: asyncio.SubprocessTransport = process._transport  # type: ignore[attr-defined]
    transport.close()


class ProcessStream:
    """A long-running command read line by line; implements :class:`xentui.hosts.base.Stream`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._hung_up = False
        """Whether it takes no input any more: it ends, as where its output has ended."""
        self._read = bytearray()
        self._error = bytearray()
        self._errors = asyncio.ensure_future(self._read_errors())

    @classmethod
    async def start(cls, argv: Sequence[str], *, stdin: bool = False) -> ProcessStream:
        """Start ``argv``; with ``stdin`` its standard input is kept open for :meth:`write`."""
        try:
            return cls(await _spawn(argv, stdin=PIPE if stdin else DEVNULL))
        except OSError as error:
            raise _cannot_run(argv, error) from error

    async def write(self, data: bytes, *, idle: float | None = None) -> None:
        """Write to the command's standard input; raises ConnectionError when it has gone.

        TimeoutError where it has taken nothing for ``idle`` seconds.
        """
        assert self._process.stdin is not None  # noqa: S101 - a programming error, not input
        for start in range(0, len(data), _PIECE):
            self._process.stdin.write(data[start : start + _PIECE])
            try:
                async with asyncio.timeout(idle):
                    await self._process.stdin.drain()
            except ConnectionError:
                self._hung_up = True
                raise

    async def read_line(self, limit: int = LINE_LIMIT, *, idle: float | None = None) -> bytes:
        """Return one line with its newline, ``b""`` at the end; raises ConnectionError past ``limit`` bytes.

        TimeoutError where nothing has come for ``idle`` seconds: a long line over a slow connection may take longer.
        """
        assert self._process.stdout is not None  # noqa: S101
        searched = 0
        while (end := self._read.find(b"\n", searched)) < 0:
            searched = len(self._read)
            if searched > limit:
                raise ConnectionError("the command sent an endless line")
            async with asyncio.timeout(idle):
                piece = await self._process.stdout.read(_PIECE)
            if not piece:
                end = searched - 1
                break
            self._read += piece
        line = bytes(self._read[: end + 1])
        del self._read[: end + 1]
        return line

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield lines of standard output without their newline, until it ends."""
        while line := await self.read_line():
            yield line.rstrip(b"\n")
            # What has arrived whole is read without another wait: xentop prints thousands of lines at once.
            end = self._read.rfind(b"\n")
            if end >= 0:
                whole = bytes(self._read[:end])
                del self._read[: end + 1]
                for line in whole.split(b"\n"):
                    yield line

    @property
    def error_text(self) -> str:
        """The last of what it said on standard error."""
        return self._error.decode("utf-8", "replace")

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.returncode is None

    async def close(self) -> int:
        """Stop the command if it still runs; returns its exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            if self._hung_up or (self._process.stdout is not None and self._process.stdout.at_eof()):
                await _ended(self._process, _ENDING)  # by itself: asked to end it would not say why
            code = await stop(self._process)
            await asyncio.wait([self._errors], timeout=_LAST_WORDS)
        finally:
            self._errors.cancel()
            _let_go(self._process)
        return code

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        while piece := await self._process.stderr.read(4096):
            self._error = (self._error + piece)[-_ERROR_TAIL:]


async def _spawn(argv: Sequence[str], *, stdin: int, environment: dict[str, str] | None = None) -> Process:
    """Start a command; cancelled meanwhile, it is let start and asked to end: asyncio would kill it there and then."""
    starting = asyncio.ensure_future(
        # A session of its own: Ctrl-C at the terminal reaches xentui, which decides what happens to the command.
        asyncio.create_subprocess_exec(
            *argv,
            stdin=stdin,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            limit=LINE_LIMIT,
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        _see_to_its_end(starting)
        await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            process = starting.result()
            try:
                await stop(process)
            finally:
                _let_go(process)
        raise


def _see_to_its_end(starting: asyncio.Future[Process]) -> None:
    """Cancel a start that does not end until it does.

    Where the event loop itself cancels everything, as at the end of all, asyncio kills the command and then waits for
    ever for the end of pipes that it has not connected (``BaseSubprocessTransport._wait``, Python 3.11).
    """

    def insist() -> None:
        if not starting.done():
            starting.cancel()
            loop.call_later(_INSISTING, insist)

    loop = asyncio.get_running_loop()
    loop.call_later(_KILL_AFTER, insist)


def _cannot_run(argv: Sequence[str], error: OSError) -> HostError:
    return HostError(f"cannot run `{argv[0]}`: {error.strerror}", hint="is it installed, and in PATH?")


async def _signal(process: Process, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        await _signal_roots(process, number)


async def _signal_roots(process: Process, number: signal.Signals) -> None:
    """Signal a process group that sudo has made root's."""
    argv = ["sudo", "-n", "--", "kill", "-s", number.name.removeprefix("SIG"), "--", f"-{process.pid}"]
    try:
        killer = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        await killer.wait()
    except OSError:
        return  # without sudo there is nothing to be done about what is root's


async def _feed(process: Process, data: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(data)
        await process.stdin.drain()
    except ConnectionError:
        return  # a command may end without reading all of its input
    finally:
        process.stdin.close()


async def _collect(stream: asyncio.StreamReader | None) -> bytes:
    assert stream is not None  # noqa: S101
    pieces: list[bytes] = []
    size = 0
    while piece := await stream.read(65536):
        size += len(piece)
        if size <= OUTPUT_LIMIT:
            pieces.append(piece)
    return b"".join(pieces)
