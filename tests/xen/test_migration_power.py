"""One of the two hosts loses its power at a phase of a live migration: what is left is told, and mended.

With the cuts of the line in :mod:`tests.xen.test_migration` these are the phases at which a migration can break.  The
guest is then on one host and its stored configuration on the same one; only what a loss of power takes is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.xen.conftest import LAB
from tests.xen.shared_disk import counted, nfs, on_disk, started
from tests.xen.test_migration import (
    ADDRESS,
    CUT,
    Pair,
    count,
    counting,
    migrate,
    named_hosts,
    on_both,
    pair,
    runs,
)
from xentui.errors import XentuiError
from xentui.hosts.reach import Reach
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.halves import MAY_HAVE_RUN, Broken
from xentui.service.migrating.mending import look, mend

__all__ = ["pair"]
pytestmark = pytest.mark.long
SECONDS = 400.0
HELD = "/root/held"
# The line stands still where it would be cut, until the power is.
HOLD = CUT.replace(
    "            line.kill()\n",
    f'            open("{HELD}", "w").close()\n            threading.Event().wait()\n',
).replace('"-oBatchMode=yes"', ", ".join(f'"{word}"' for word in Reach("b").command[1:]))


@pytest.fixture
def fresh(pair: Pair) -> Iterator[Pair]:
    """Both hosts as their snapshots have them, before and after."""
    for lab in pair.labs.values():
        lab.clean()
        lab.run(f"rm -f {HELD}")
        lab.write("/root/cut.py", CUT)
        lab.write("/root/hold.py", HOLD)
    yield pair
    for world in pair.worlds.values():
        world.close()
    for name in pair.labs:
        subprocess.run([LAB, "down", name], check=True)
        subprocess.run([LAB, "up", name], check=True)


async def seen(what: str, check: Callable[[], bool]) -> None:
    for _turn in range(int(SECONDS)):
        if await asyncio.to_thread(check):
            return
        await asyncio.sleep(1)
    raise AssertionError(f"never saw: {what}")


async def cut_power(name: str) -> None:
    def cut() -> subprocess.CompletedProcess[str]:
        return subprocess.run([LAB, "cut", name], capture_output=True, text=True, check=False)

    done = await asyncio.to_thread(cut)
    assert done.returncode == 0, done.stdout + done.stderr


async def is_left(ours: Hypervisor, theirs: Hypervisor, uuid: str) -> tuple[Hypervisor, Broken]:
    """What is left once no job goes on with it any more."""
    for _turn in range(60):
        source, broken = await look(ours, theirs, uuid)
        if "goes on" not in broken.why:
            return source, broken
        await asyncio.sleep(2)
    raise AssertionError(broken.why)


def power_cut(pair: Pair, dies: str, phase: str, held: Callable[[], None] | None = None) -> str:
    """Have the power of a host cut at a phase; returns the domain's uuid.

    ``copy``: its memory is being copied; ``go``: the line was cut as the other host was to let it run; ``report``: the
    other host lets it run, and the source has not heard of it; ``held`` is done while it has not.
    """
    uuid = ""

    async def work(ours: Hypervisor, theirs: Hypervisor) -> None:
        nonlocal uuid
        domain = await ours.inventory.find("mover")
        uuid = domain.uuid
        command = {"copy": "", "go": "python3 /root/cut.py go", "report": "python3 /root/hold.py report"}[
            phase
        ]
        moving: Awaitable[None] = asyncio.ensure_future(migrate(ours, theirs, domain, ssh=command))
        if phase == "copy":
            await seen("a half on b", lambda: "mover--incoming" in pair.labs["b"].domains())
        elif phase == "report":
            await seen(
                "the line held", lambda: not pair.labs["a"].run(f"test -e {HELD}", check=False).returncode
            )
            if held is not None:
                await asyncio.to_thread(held)
        else:
            with contextlib.suppress(XentuiError):
                await moving
        await cut_power(dies)
        with contextlib.suppress(XentuiError, asyncio.TimeoutError):
            await asyncio.wait_for(moving, SECONDS)

    on_both(pair, work)
    return uuid


@pytest.mark.parametrize(
    ("dies", "phase", "ends"),
    [("a", "copy", ""), ("a", "report", "b")],
)
def test_power_is_cut(fresh: Pair, dies: str, phase: str, ends: str) -> None:
    """``ends`` is where the guest goes on; where its own host has lost power, nowhere."""
    counting(fresh.worlds["a"], "mover")
    before = count(fresh.worlds["a"], "mover")
    uuid = power_cut(fresh, dies, phase)
    found: list[Broken] = []

    async def mended(ours: Hypervisor, theirs: Hypervisor) -> None:
        source, broken = await is_left(ours, theirs, uuid)
        found.append(broken)
        assert not broken.stuck, broken.why
        now = await mend(source, theirs if source is ours else ours, broken)
        assert not now.steps
        assert (await runs(ours, uuid), await runs(theirs, uuid)) == (ends == "a", ends == "b")
        stored = [
            any(each.managed and each.uuid == uuid for each in (await it.inventory.poll()).domains)
            for it in (ours, theirs)
        ]
        assert stored == [ends != "b", ends == "b"]

    on_both(fresh, mended)
    assert found[0].doubt == (MAY_HAVE_RUN if phase == "go" else "")
    for name, lab in fresh.labs.items():
        assert list(lab.domains()) == (["mover"] if name == ends else [])
    if ends:
        after = count(fresh.worlds[ends], "mover")
        assert after >= before
        assert count(fresh.worlds[ends], "mover") > after, "it stands still"
    else:
        fresh.worlds["a"].run("start", "--yes", "mover")


@pytest.mark.parametrize("phase", ["copy", "report"])
def test_power_of_the_target_is_cut(fresh: Pair, tmp_path: Path, phase: str) -> None:
    """In the copy the guest goes on where it was; once it ran there for a moment, that is told, and it is not woken.

    Its disk lies with the source, and has all it has ever flushed, wherever it ran then.
    """
    named_hosts(fresh, tmp_path, "xl")
    (a, source), target = (fresh.worlds["a"], fresh.labs["a"]), fresh.labs["b"]
    with nfs(source, ADDRESS["a"], *fresh.labs.values()):
        started(a, "mover")
        before = counted(a, "mover")
        ran = 0

        def runs_there() -> None:
            nonlocal ran
            at = on_disk(source, "mover")
            a.wait("it counts there", lambda: on_disk(source, "mover") > at)
            ran = on_disk(source, "mover")

        uuid = power_cut(fresh, "b", phase, runs_there if phase == "report" else None)
        found: list[Broken] = []

        async def looked(ours: Hypervisor, theirs: Hypervisor) -> None:
            found.append((await is_left(ours, theirs, uuid))[1])

        on_both(fresh, looked)
        assert not found[0].stuck, found[0].why
        assert target.domains() == {}
        assert len(source.domains()) == 1
        if phase == "copy":
            assert (found[0].doubt, found[0].steps) == ("", ())
            assert list(source.domains()) == ["mover"]
            after = counted(a, "mover")
            assert after >= before
            assert counted(a, "mover") > after, "it stands still"
            return
        assert found[0].doubt == MAY_HAVE_RUN
        assert on_disk(source, "mover") >= ran, "what it had flushed there is gone"
        # What the doubt advises: it is not woken over a disk that is newer than its memory.
        a.host = "a"
        a.run("destroy", "--yes", "mover")
        a.run("--yes", "migrate", "--mend", "mover", "b")
        child = a.spawn("start", "--yes", "mover", "-c")
        a.boot_to_prompt(child)
        a.type_command(child, "echo on $(head -n 1 /dev/xvda) disk", r"on \d+ disk\r")
        a.leave(child)
        assert on_disk(source, "mover") >= ran
        assert target.domains() == {}
