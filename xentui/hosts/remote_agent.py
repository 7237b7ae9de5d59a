"""The agent on the far side of an SSH connection: one Python process, requests and answers as JSON lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from xentui import agent
from xentui.errors import HostError
from xentui.hosts.agent_errors import as_store_error
from xentui.hosts.process import ProcessStream

_ANSWER_LIMIT = 65 << 20


class RemoteAgent:
    """Runs agent operations through a command that starts Python on the host; restarts it when it has died."""

    def __init__(self, command: Sequence[str], *, host_name: str, store_root: str) -> None:
        self._command = tuple(command)
        self._host_name = host_name
        self._root = store_root
        self._stream: ProcessStream | None = None
        self._lock = asyncio.Lock()
        self._count = 0

    async def call(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Run one operation; raises StoreError as the agent reports it, HostError when the host is gone.

        A connection lost in the middle leaves the store either before or after the operation, never between.
        """
        async with self._lock:
            try:
                answer = await self._exchange(operation, arguments)
            except (ConnectionError, json.JSONDecodeError) as error:
                words = self._stream.error_text.splitlines() if self._stream else []
                await self.close()
                raise self._lost(operation, words) from error
            except BaseException:
                # A cancelled request leaves an unread answer behind: start afresh next time.
                await self.close()
                raise
        if "error" in answer:
            refusal = answer["error"]
            raise as_store_error(refusal["code"], refusal["message"], refusal.get("path", ""))
        return agent.decode(answer["ok"])

    async def close(self) -> None:
        """End the far process."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _exchange(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        stream = await self._started()
        self._count += 1
        await stream.write(agent.request(self._count, operation, arguments))
        line = await stream.read_line(_ANSWER_LIMIT)
        if not line.endswith(b"\n"):
            raise ConnectionError("the agent's answer was cut off")
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ConnectionError("the agent's answer makes no sense")
        return answer

    async def _started(self) -> ProcessStream:
        if self._stream is None or not self._stream.running:
            await self.close()
            self._stream = await ProcessStream.start(self._command, stdin=True)
            await self._stream.write(agent.payload(self._root))
        return self._stream

    def _lost(self, operation: str, words: Sequence[str]) -> HostError:
        if any("python3" in word and "not found" in word for word in words):
            return HostError(
                "the host has no python3, which the managed store needs",
                subject=self._host_name,
                hint="install python3 there (Debian's xen-utils brings it)",
                details=words,
            )
        return HostError(
            f"the connection was lost during `{operation}`",
            subject=self._host_name,
            hint="check the host; the store is whole: the change is either there or not",
            details=words,
        )
