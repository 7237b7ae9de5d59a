"""Enter on a domain that has no console yet: it leads there as soon as there is one."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.hosts.base import Completed

SOON = "its console opens as soon as there is one"


class Making(StageHost):
    """A host on which ``making``, a name, is being made: xl lists it without a name, paused, without a CPU."""

    making = ""
    held: asyncio.Event | None = None
    """What ``xl create`` waits for."""
    fails = False

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        if self.held is not None and "create" in argv:
            await self.held.wait()
            if self.fails:
                return Completed(tuple(argv), 1, b"", b"libxl: error: no room\n")
        done = await super().run(argv, stdin=stdin, timeout=timeout)
        if self.making and tuple(argv[:2]) == ("xl", "list") and "-l" not in argv:
            row = re.compile(rb"^%s +(\d+) +\d+ +\d+ +\S{6}" % self.making.encode(), re.M)
            text = row.sub(rb"(null)            \1   128     0     --p---", done.stdout)
            done = Completed(done.argv, done.exit_code, text, done.stderr)
        return done


def attached(host: StageHost) -> int:
    return sum(argv[:2] == ("xl", "console") for argv in host.ran)


def making(tmp_path: Any) -> Making:
    return Making(tmp_path / "making", domains=12)


async def test_of_one_that_xl_is_just_making(tmp_path: Any) -> None:
    host = making(tmp_path)
    host.making = "web1"
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("enter")
        await it.shows(SOON)
        assert not attached(host)
        host.making = ""
        await it.press("f5")
        await it.shows("ready", "web1 #1 attached")
        assert attached(host) == 1


async def test_of_one_that_is_made_while_something_else_is_done(tmp_path: Any) -> None:
    """The keys stay where they are; the console is a tab."""
    host = making(tmp_path)
    host.making = "web1"
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("enter")
        await it.shows(SOON)
        await it.press("home")
        host.making = ""
        await it.press("f5")
        await it.until(lambda: attached(host) == 1)
        await it.settled()
        assert "web1 #1 attached" not in it.screen


async def test_of_one_that_is_being_started_here(tmp_path: Any) -> None:
    host = making(tmp_path)
    async with stage(host, size=NARROW) as it:
        host.held = asyncio.Event()
        await it.go("router")
        await it.press("s")
        await it.shows("booting")
        await it.press("enter")
        await it.shows(SOON)
        host.held.set()
        await it.shows("ready", "router #")


async def test_of_one_whose_start_fails_nothing_is_waited_for(tmp_path: Any) -> None:
    host = making(tmp_path)
    async with stage(host, size=NARROW) as it:
        host.held, host.fails = asyncio.Event(), True
        await it.go("router")
        await it.press("s")
        await it.shows("booting")
        await it.press("enter")
        await it.shows(SOON)
        host.held.set()
        await it.shows("no room")
        await it.press("f5")
        await it.settled()
        assert not attached(host)
        await it.press("enter")
        await it.shows("cannot open the console")


async def test_a_boot_that_is_given_up_before_its_console_is_there_is_told_of(host: StageHost) -> None:
    """What is told of a domain then is somebody else's again."""
    async with stage(host) as it:
        hypervisor = it.app.here.hypervisor
        plan = await hypervisor.lifecycle.plan_start(await hypervisor.inventory.find("backup"))
        waiting, never = asyncio.Event(), asyncio.Event()

        async def ready(_uuid: str) -> None:
            waiting.set()
            await never.wait()

        consoles = it.app.here.consoles
        consoles.watching.ready = ready  # type: ignore[method-assign, assignment]
        boot = asyncio.ensure_future(consoles.boot(plan, hypervisor.lifecycle.record_result))
        await waiting.wait()
        assert hypervisor.session.own["backup"] == math.inf
        boot.cancel()
        with pytest.raises(asyncio.CancelledError):
            await boot
        assert hypervisor.session.own["backup"] < math.inf
