"""Several questions to hosts at the same time, and what is made of one that goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from xentui.errors import XentuiError

_Answer = TypeVar("_Answer")


async def run_concurrently(*parts: Awaitable[Any]) -> list[Any]:
    """Await all parts at once; the first failure cancels the rest, waits for their end, and is raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def answer_or_error(
    work: Awaitable[_Answer], seconds: float, unanswered: XentuiError
) -> _Answer | XentuiError:
    """Return an answer, or why there is none: the error that was raised, ``unanswered`` after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except XentuiError as error:
        return error
    except TimeoutError:
        return unanswered
