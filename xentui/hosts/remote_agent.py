"""The agent on the far side of an SSH connection: one Python process, requests and answers as JSON lines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from xentui import agent
from xentui.errors import FarAgentError, StoreError
from xentui.hosts.agent_answers import AnswerError, read_answer
from xentui.hosts.process import ProcessStream
from xentui.text import plain_lines

_ANSWER_LIMIT = 65 << 20
PATIENCE = 90.0
"""Seconds without a byte of an answer, or of a request taken, after which the agent counts as silent.

It waits for another writer of the store for 30 s itself, and a busy disk takes its time.
"""
_LONG = {"checkpoint_commit": 1800.0}
"""Operations that may be silent for longer: that one flushes a guest's whole memory to the disk."""
_LONGEST = 3600.0
"""Seconds for one operation, however steadily its answer comes in."""
_BANNER_LIMIT = 64 << 10
"""Bytes a login shell may print before the agent speaks: a greeting in .bashrc, a notice of the host's owner."""


class RemoteAgent:
    """Runs agent operations through a command that starts Python on the host; restarts it when it has died.

    ``patience`` is how long, in seconds, it may be silent.
    """

    def __init__(
        self, command: Sequence[str], *, host_name: str, store_root: str, patience: float | None = None
    ) -> None:
        self._command = tuple(command)
        self._host_name = host_name
        self._root = store_root
        self._patience = patience
        self._stream: ProcessStream | None = None
        self._greeting = b""
        self._lock = asyncio.Lock()
        self._count = 0

    async def call(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Run one operation; raises StoreError as the agent reports it, FarAgentError where it does not answer.

        It is started afresh then.  A connection lost in the middle leaves the store either before or after the
        operation, never between.
        """
        async with self._lock:
            patience = max(self._patience or PATIENCE, _LONG.get(operation, 0.0))
            try:
                async with asyncio.timeout(_LONGEST):
                    return await self._exchange(operation, arguments, patience)
            except StoreError:
                raise  # the agent's own answer
            except ConnectionError as error:
                words = plain_lines(self._stream.error_text) if self._stream else []
                await self.close()
                raise self._lost(operation, words) from error
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
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _exchange(self, operation: str, arguments: dict[str, Any], patience: float) -> Any:
        stream = await self._started(patience)
        self._count += 1
        await stream.write(agent.request(self._count, operation, arguments), idle=patience)
        if self._greeting:
            await self._await_greeting(stream, patience)
        line = await stream.read_line(_ANSWER_LIMIT, idle=patience)
        if not line.endswith(b"\n"):
            raise ConnectionError("the agent's answer was cut off")
        return read_answer(line, self._count)

    async def _started(self, patience: float) -> ProcessStream:
        if self._stream is None or not self._stream.running:
            await self.close()
            self._stream = await ProcessStream.start(self._command, stdin=True)
            # Nobody else can know it, whatever prints on that host.
            greeting = f"xentui-agent {os.urandom(16).hex()}"
            self._greeting = greeting.encode("ascii") + b"\n"
            await self._stream.write(agent.payload(self._root, greeting), idle=patience)
        return self._stream

    async def _await_greeting(self, stream: ProcessStream, patience: float) -> None:
        """Skip what the login shell prints before the agent speaks."""
        skipped = b""
        while (line := await stream.read_line(_BANNER_LIMIT, idle=patience)) != self._greeting:
            skipped += line
            if not line.endswith(b"\n"):
                raise ConnectionError("the agent has not begun")
            if len(skipped) > _BANNER_LIMIT:
                raise AnswerError("other output comes without end before it")
        self._greeting = b""

    def _lost(self, operation: str, words: Sequence[str]) -> FarAgentError:
        if any("python3" in word and "not found" in word for word in words):
            return FarAgentError(
                "the host has no python3, which the managed store needs",
                subject=self._host_name,
                hint="install python3 there (Debian's xen-utils brings it)",
                details=words,
            )
        return FarAgentError(
            f"the connection was lost during `{operation}`",
            subject=self._host_name,
            hint="check the host; the store is whole: the change is either there or not",
            details=words,
        )

    def _fault(self, what: str) -> FarAgentError:
        return FarAgentError(
            f"the host's agent {what}",
            subject=self._host_name,
            hint="does its disk hang, or does its login shell print something? A change is either there or not",
        )
