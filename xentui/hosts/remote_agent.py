"""The agent on a remote host: one Python process, which reads requests and writes answers as JSON lines."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from xentui import agent
from xentui.errors import FarAgentError, HostError, NoAgentError, StoreError
from xentui.hosts.agent_answers import AnswerError, read_answer
from xentui.hosts.base import FarPython
from xentui.hosts.process import ProcessStream
from xentui.text import plain_lines

if TYPE_CHECKING:
    from xentui.hosts.operations import AgentCall

T = TypeVar("T")
PYTHON = ("python3", "-I", "-X", "utf8", "-u", "-c", agent.BOOTSTRAP)
"""What starts the agent on the host."""
_ANSWER_LIMIT = 65 << 20
_TRY_AGAIN = 60.0
"""Seconds for which a host counts as one that cannot run the agent: a look every few seconds must not try each time."""
PATIENCE = 90.0
"""Seconds without a byte of an answer, or of a request taken, after which the agent counts as silent.

It waits for another writer of the store for 30 s itself, and a busy disk takes its time.
"""
_LONGEST = 3600.0
"""Seconds for one operation, however steadily its answer comes in."""
_FOLLOWING = 16 << 10
"""Bytes of requests that are sent before the one in front of them is answered: less than any pipe holds."""
_ARGUMENT = 4 << 10
"""Characters of a first request that the process is started with, at most: shells, and sudo's logs, have limits."""
_BANNER_LIMIT = 64 << 10
"""Bytes a login shell may print before the agent speaks: a greeting in .bashrc, a notice of the host's owner."""


class _Request(NamedTuple):
    """A request as a line, and the future of its answer."""

    number: int
    operation: AgentCall[..., Any]
    line: bytes
    answer: asyncio.Future[Any]

    def take(self, line: bytes) -> None:
        """Hand over the answer; raises AnswerError for what is none."""
        try:
            answer = read_answer(line, self.number)
        except StoreError as error:  # the agent's own answer
            if not self.answer.done():
                self.answer.set_exception(error)
        else:
            if not self.answer.done():
                self.answer.set_result(answer)


def _next(asked: Sequence[_Request]) -> str:
    """Return the operation whose answer is waited for."""
    return next((request.operation for request in asked if not request.answer.done()), asked[-1].operation)


class _Program(NamedTuple):
    source: bytes
    sha256: str


@functools.cache
def _program() -> _Program:
    source = agent.program()
    return _Program(source, agent.digest(source))


@functools.cache
def packed_program() -> bytes:
    """Return the agent's source as it is sent; it is minified once, which takes 40 ms, for all hosts."""
    return agent.packed(_program().source)


Refusal = Callable[[int, Sequence[str]], HostError | None]


class RemoteAgent:
    """Runs agent operations in a Python process on the host; starts it again if it has died.

    ``command`` makes of its argv one that starts it there; ``refusal`` returns the error for an exit code and standard
    error if sudo has refused it; ``keep`` says whether it may cache its source on the host; ``patience`` is how many
    seconds it may be silent.
    """

    def __init__(
        self,
        command: Callable[[Sequence[str]], Sequence[str]],
        *,
        refusal: Refusal,
        host_name: str,
        store_root: str,
        keep: bool = True,
        patience: float | None = None,
    ) -> None:
        self._command = command
        self._refusal = refusal
        self._host_name = host_name
        self._root = store_root
        self._keep = keep
        self._patience = patience
        self._stream: ProcessStream | None = None
        self._greeting = b""
        self._waiting: list[_Request] = []
        self._asked: Sequence[_Request] = ()
        self._asking: asyncio.Task[None] | None = None
        self._exchanging: asyncio.Task[None] | None = None
        self._count = 0
        self._absent: NoAgentError | None = None
        self._tried = 0.0

    @property
    def far_python(self) -> FarPython:
        """How to start another such process."""
        return FarPython(tuple(self._command(PYTHON)), self._root, self._keep, _program().sha256)

    @property
    def idle(self) -> bool:
        """Whether it runs, and has no request to answer."""
        begun = self._stream is not None and self._stream.running and not self._greeting
        return begun and all(request.answer.done() for request in self._asked)

    async def call(self, operation: AgentCall[..., T], arguments: Mapping[str, Any]) -> T:
        """Run one operation.

        Requests made at the same time are sent together and processed in that order, in one round trip.  Raises
        StoreError as the agent reports it, FarAgentError if it does not answer (it is restarted at the next call),
        NoAgentError for a host without python3 or whose sudo refuses it.  If the connection breaks, the store is in the
        state before or after the operation, never between.
        """
        self._count += 1
        line = agent.request(self._count, operation, arguments, operation.module)
        request = _Request(self._count, operation, line, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
        try:
            answer: T = await request.answer
            return answer
        except asyncio.CancelledError:
            await self._withdraw(request)
            raise

    async def _withdraw(self, request: _Request) -> None:
        """Drop a request that nobody waits for any more, if that is so of all requests sent with it."""
        if request in self._waiting:
            self._waiting.remove(request)
        elif self._exchanging is not None and all(other.answer.done() for other in self._asked):
            self._exchanging.cancel()
            await asyncio.wait([self._exchanging])

    async def _ask(self) -> None:
        """Send requests until none is waiting."""
        try:
            await asyncio.sleep(0)  # who calls at the same time has done so then
            while self._waiting:
                self._asked = self._next_together()
                self._exchanging = asyncio.ensure_future(self._ask_together(self._asked))
                try:
                    await asyncio.wait([self._exchanging])
                except asyncio.CancelledError:
                    self._exchanging.cancel()
                    raise
        finally:
            self._asked, self._asking, self._exchanging = (), None, None

    def _next_together(self) -> Sequence[_Request]:
        """Return the requests that are sent in one piece.

        Those after the first are short: the agent may be writing its answer by then, and read nothing until that is
        received.
        """
        asked, size = [self._waiting.pop(0)], 0
        while self._waiting and (size := size + len(self._waiting[0].line)) <= _FOLLOWING:
            asked.append(self._waiting.pop(0))
        return asked

    async def _ask_together(self, asked: Sequence[_Request]) -> None:
        """Send requests, and set the answer or error of each."""
        try:
            if self._absent is not None and time.monotonic() - self._tried < _TRY_AGAIN:
                raise self._absent
            self._absent = None
            await self._exchanged(asked, self._patience or PATIENCE)
        except Exception as error:  # noqa: BLE001 - it is theirs who have asked
            for request in asked:
                if not request.answer.done():
                    request.answer.set_exception(error)

    async def _exchanged(self, asked: Sequence[_Request], patience: float) -> None:
        try:
            async with asyncio.timeout(_LONGEST):
                await self._exchange(asked, patience)
        except ConnectionError as error:
            raise await self._lost(_next(asked)) from error
        except TimeoutError:
            await self.close()
            raise self._fault(f"has said nothing for {patience:g} s during `{_next(asked)}`") from None
        except AnswerError as error:
            await self.close()
            raise self._fault(f"sent an answer to `{_next(asked)}` that is not valid: {error}") from error
        except BaseException:
            # A cancelled request leaves an unread answer behind: start afresh next time.
            await self.close()
            raise

    async def close(self) -> None:
        """End the far process."""
        await self._end()

    async def _end(self) -> tuple[int, list[str]]:
        """End the remote process; returns its exit code, and its standard error."""
        stream, self._stream = self._stream, None
        if stream is None:
            return 0, []
        code = await stream.close()
        return code, [line for line in plain_lines(stream.error_text) if line.strip()]

    async def _exchange(self, asked: Sequence[_Request], patience: float) -> None:
        begun = self._stream if self._stream is not None and self._stream.running else None
        stream = begun or await self._start(asked[0], patience)
        rest = asked if begun else asked[1:]  # a source that is asked for comes behind the first
        await stream.write(b"".join(request.line for request in rest), idle=patience)
        for request in asked:
            line = await stream.read_line(_ANSWER_LIMIT, idle=patience)
            if not line.endswith(b"\n"):
                raise ConnectionError("the agent's answer was cut off")
            request.take(line)

    async def _start(self, first: _Request, patience: float) -> ProcessStream:
        """Start the far process with its first request, and wait until it has greeted."""
        await self.close()
        # Nothing that prints on that host in the place of the agent knows them.
        greeting, wanted = (f"xentui-agent {os.urandom(16).hex()}" for _ in range(2))
        self._greeting = f"{greeting}\n".encode("ascii")
        opening = agent.opening(
            self._root, _program().sha256, greeting=greeting, wanted=wanted, keep=self._keep
        )
        word = agent.argument(opening, first.line) if first.operation.public else ""
        told = 0 < len(word) <= _ARGUMENT
        command = self._command([*PYTHON, word] if told else PYTHON)
        self._stream = stream = await ProcessStream.start(command, stdin=True)
        if not told:
            await stream.write(opening + first.line, idle=patience)
        await self._await_greeting(stream, f"{wanted}\n".encode("ascii"), patience)
        return stream

    async def _await_greeting(self, stream: ProcessStream, wanted: bytes, patience: float) -> None:
        """Skip what the login shell prints before the agent's greeting.

        Send the source where the line ``wanted`` asks for it: the host has not cached it.
        """
        skipped = b""
        while (line := await stream.read_line(_BANNER_LIMIT, idle=patience)) != self._greeting:
            if line == wanted:
                await stream.write(packed_program(), idle=patience)
                continue
            skipped += line
            if not line.endswith(b"\n"):
                raise ConnectionError("the agent has not begun")
            if len(skipped) > _BANNER_LIMIT:
                raise AnswerError("other output comes without end before it")
        self._greeting = b""

    async def _lost(self, operation: str) -> FarAgentError:
        code, words = await self._end()
        if refusal := self._refusal(code, words):
            return self._missing(f"{refusal.message}, python3 is not run there", refusal.plain_hint, words)
        if any("python3" in word and "not found" in word for word in words):
            return self._missing("the host has no python3", "install python3 there", words)
        return FarAgentError(
            f"the connection was lost during `{operation}`",
            subject=self._host_name,
            hint="check the host; the store is whole: the change is either there or not",
            details=words,
        )

    def _missing(self, message: str, hint: str, words: Sequence[str]) -> NoAgentError:
        self._tried = time.monotonic()
        self._absent = NoAgentError(
            f"{message}, which stored domains and the audit log need",
            subject=self._host_name,
            hint=f"what runs can be worked with; for the rest: {hint}",
            details=words[-4:],
        )
        return self._absent

    def _fault(self, what: str) -> FarAgentError:
        return FarAgentError(
            f"the host's agent {what}",
            subject=self._host_name,
            hint="does its disk hang, or does its login shell print something? A change is either there or not",
        )
