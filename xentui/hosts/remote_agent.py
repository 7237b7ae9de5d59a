"""The agent on the far side of an SSH connection: one Python process, requests and answers as JSON lines."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xentui import agent
from xentui.errors import FarAgentError, HostError, NoAgentError, StoreError
from xentui.hosts.agent_answers import AnswerError, read_answer
from xentui.hosts.process import ProcessStream
from xentui.text import plain_lines

if TYPE_CHECKING:
    from xentui.hosts.operations import AgentCall, T

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
_BANNER_LIMIT = 64 << 10
"""Bytes a login shell may print before the agent speaks: a greeting in .bashrc, a notice of the host's owner."""


class _Program(NamedTuple):
    source: bytes
    sha256: str


@functools.cache
def _program() -> _Program:
    source = agent.program()
    return _Program(source, agent.digest(source))


Refusal = Callable[[int, Sequence[str]], HostError | None]


class RemoteAgent:
    """Runs agent operations through :data:`PYTHON` started on the host; restarts it when it has died.

    Arguments: ``command`` is the argv that starts it; ``refusal`` says of an exit code and the words on standard error
    whether it was sudo that has not let it run; ``keep`` tells whether it may keep its source there for the next time;
    ``patience`` is how long, in seconds, it may be silent.
    """

    def __init__(
        self,
        command: Callable[[], Sequence[str]],
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
        self._greeting = self._wanted = b""
        self._lock = asyncio.Lock()
        self._count = 0
        self._absent: NoAgentError | None = None
        self._tried = 0.0

    async def call(self, operation: AgentCall[..., T], arguments: Mapping[str, Any]) -> T:
        """Run one operation; raises StoreError as the agent reports it, FarAgentError where it does not answer.

        It is started afresh then.  A connection lost in the middle leaves the store either before or after the
        operation, never between.  Raises NoAgentError of a host without python3, or whose sudo does not let it run.
        """
        async with self._lock:
            if self._absent is not None and time.monotonic() - self._tried < _TRY_AGAIN:
                raise self._absent
            self._absent = None
            patience = self._patience or PATIENCE
            try:
                async with asyncio.timeout(_LONGEST):
                    return await self._exchange(operation, arguments, patience)
            except StoreError:
                raise  # the agent's own answer
            except ConnectionError as error:
                raise await self._lost(operation) from error
            except TimeoutError:
                await self.close()
                raise self._fault(f"has said nothing for {patience:g} s during `{operation}`") from None
            except AnswerError as error:
                await self.close()
                raise self._fault(f"sent an answer to `{operation}` that makes no sense: {error}") from error
            except BaseException:
                # A cancelled request leaves an unread answer behind: start afresh next time.
                await self.close()
                raise

    async def close(self) -> None:
        """End the far process."""
        await self._end()

    async def _end(self) -> tuple[int, list[str]]:
        """End the far process; returns its exit code, and what it said on standard error."""
        stream, self._stream = self._stream, None
        if stream is None:
            return 0, []
        code = await stream.close()
        return code, [line for line in plain_lines(stream.error_text) if line.strip()]

    async def _exchange(
        self, operation: AgentCall[..., T], arguments: Mapping[str, Any], patience: float
    ) -> T:
        stream = await self._started(patience)
        self._count += 1
        request = agent.request(self._count, operation, arguments, operation.module)
        await stream.write(request, idle=patience)
        if self._greeting:
            await self._await_greeting(stream, patience)
        line = await stream.read_line(_ANSWER_LIMIT, idle=patience)
        if not line.endswith(b"\n"):
            raise ConnectionError("the agent's answer was cut off")
        answer: T = read_answer(line, self._count)
        return answer

    async def _started(self, patience: float) -> ProcessStream:
        if self._stream is None or not self._stream.running:
            await self.close()
            self._stream = await ProcessStream.start(self._command(), stdin=True)
            # Nobody else can know them, whatever prints on that host.
            greeting, wanted = (f"xentui-agent {os.urandom(16).hex()}" for _ in range(2))
            self._greeting, self._wanted = (f"{word}\n".encode("ascii") for word in (greeting, wanted))
            opening = agent.opening(
                self._root, _program().sha256, greeting=greeting, wanted=wanted, keep=self._keep
            )
            await self._stream.write(opening, idle=patience)
        return self._stream

    async def _await_greeting(self, stream: ProcessStream, patience: float) -> None:
        """Skip what the login shell prints before the agent speaks; send it its source where that is not there yet."""
        skipped = b""
        while (line := await stream.read_line(_BANNER_LIMIT, idle=patience)) != self._greeting:
            if line == self._wanted:
                await stream.write(agent.packed(_program().source), idle=patience)
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
