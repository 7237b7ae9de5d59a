"""Asks several hosts at the same time what a migration to them would meet; none delays or hides another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from xentui.errors import FaultError, XentuiError
from xentui.service.hypervisor import Hypervisor

_AT_ONCE = 8
"""Hosts that are looked at beside each other: each look is one at the domain's host, too."""
_PATIENCE = 120.0
"""Seconds for one host."""
_Answer = TypeVar("_Answer")


async def asked(
    targets: Sequence[Hypervisor], look: Callable[[Hypervisor], Awaitable[_Answer]]
) -> list[_Answer | XentuiError]:
    """Return the answer of each target to ``look``, in their order, or the error if it has none."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(target: Hypervisor) -> _Answer | XentuiError:
        try:
            async with turns, asyncio.timeout(_PATIENCE):
                return await look(target)
        except XentuiError as error:
            return error
        except TimeoutError:
            return XentuiError(f"no answer within {_PATIENCE:g} s")
        except Exception as error:  # noqa: BLE001 - the boundary: the other hosts are looked at all the same
            return FaultError(error)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(target)) for target in targets]
    return [task.result() for task in tasks]
