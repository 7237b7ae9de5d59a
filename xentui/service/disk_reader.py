"""Runs the program that reads the disks of guests on a host, which has been sent it once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xentui import agent
from xentui.bootmenu import packing
from xentui.errors import HostError, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Completed, FarPython, Host
from xentui.hosts.local import LocalHost


async def run_reader(host: Host, words: Sequence[str], *, timeout: float) -> Completed:
    """Run :mod:`xentui.bootmenu.program` with these arguments, as :meth:`Host.run` does; ``timeout`` in seconds.

    A far host keeps it beside its agent: of 50 kB, which a slow line takes seconds for, nothing is sent again.
    """
    far = None if isinstance(host, LocalHost) else host.far_python
    if far is not None:
        done = await _run_kept(host, far, words, timeout)
        if done is None and far.keep and await _keep(host, far):
            done = await _run_kept(host, far, words, timeout)
        if done is not None:
            return done
    sent = await asyncio.to_thread(packing.sources, compiled=isinstance(host, LocalHost))
    return await host.run(packing.argv(*words), stdin=sent, timeout=timeout)


async def _run_kept(host: Host, far: FarPython, words: Sequence[str], timeout: float) -> Completed | None:
    """Return how the program has ended that the host keeps; None where it keeps none that may be run."""
    await asyncio.to_thread(packing.digest)  # it reads files the first time
    done = await host.run(packing.kept_argv(agent.reader_path(far.root, far.sha256), *words), timeout=timeout)
    return None if done.exit_code == packing.NOT_KEPT and not done.stdout else done


async def _keep(host: Host, far: FarPython) -> bool:
    """Send the program, and return whether the host keeps it; what is wrong with its store is for others to say."""
    try:
        program = await asyncio.to_thread(packing.sources)
        return await host.call(operations.keep_program, of=far.sha256, data=program) is True
    except (StoreError, HostError):
        return False
