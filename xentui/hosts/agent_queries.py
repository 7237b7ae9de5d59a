"""Commands that are repeated often are run by the agent on the host: an ssh session for each costs much more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.errors import HostError, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Completed

if TYPE_CHECKING:
    from xentui.hosts.remote_agent import RemoteAgent

_PATIENCE = 5.0
"""Seconds for an answer, of which the agent gives the command one: where it hangs, it holds up no look for longer."""
_WITHOUT = 300.0
"""Seconds for which a host is asked by ssh alone after that."""
_STATUSES = range(256)


class OftenAsked:
    """Lets the ``agent`` run commands while it runs and is idle, so that they do not wait for file work.

    If it does not answer in time, or its answer makes no sense, it is not used for a while.
    """

    def __init__(self, agent: RemoteAgent) -> None:
        self._agent = agent
        self._without = 0.0
        """Until when it is left alone, in monotonic seconds."""

    async def ask(self, words: Sequence[str]) -> Completed | None:
        """Return the output of a command that only reads; None if it has to be run otherwise."""
        if not self._agent.idle or time.monotonic() < self._without:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await self._agent.call(operations.ask, {"argv": list(words)})
        except (HostError, StoreError, TimeoutError):
            done = None
        else:
            done = _completed(words, answer)
        if done is None:
            self._without = time.monotonic() + _WITHOUT
        return done


def _completed(words: Sequence[str], answer: object) -> Completed | None:
    """Return what the far side says of a command that has ended; None for what is no such answer."""
    if not isinstance(answer, dict):
        return None
    code, out, err = answer.get("exit"), answer.get("out"), answer.get("err")
    if type(code) is not int or code not in _STATUSES or not isinstance(out, str) or not isinstance(err, str):
        return None
    try:
        said = [text.encode("utf-8", "surrogateescape") for text in (out, err)]
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return None
    return Completed(tuple(words), code, said[0], said[1])
