"""The host that vanishes while a guest is made: what may be left is said by its path, and how to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_cloud_image import CLOUD
from tests.unit.service.test_disk_images import refused
from tests.unit.service.test_making import INSTALL
from xentui.errors import HostError, Suggest, worded
from xentui.hosts.base import Completed
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs import run as job_run
from xentui.service.making import Answers


class Vanishing:
    """The way to a host, which is cut for good at the first ``operation``: in its sending, or before its answer."""

    def __init__(self, host: Faulty, operation: str, *, answered: bool) -> None:
        self.down = False
        self._operation = operation
        self._answered = answered
        self._call, self._run = host.call, host.run
        host.call = self.call  # type: ignore[method-assign]
        host.run = self.run  # type: ignore[method-assign]

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        """Ask the agent."""
        at = str(operation) == self._operation and not self.down
        self.down = self.down or at
        if self.down and not (at and self._answered):
            raise HostError("the line is cut")
        answer = await self._call(operation, **arguments)
        if at:
            raise HostError("the line is cut")
        return answer

    async def run(self, argv: Sequence[str], **settings: Any) -> Completed:
        """Run a command."""
        if self.down:
            raise HostError("the line is cut")
        return await self._run(argv, **settings)


def files(host: Faulty) -> set[str]:
    """The files where the disks are made."""
    return {f"/srv/guests/{path.name}" for path in Path(host.host_path("/srv/guests")).iterdir()}


async def no_image_under_way(host: Faulty) -> None:
    """Wait until what a job of the host goes on to make is whole: its file has another name until then."""
    for _ in range(3000):
        if not any("/.xentui-" in path for path in files(host)):
            return
        await asyncio.sleep(0.01)


def as_typed(suggest: Suggest) -> str:
    """A command of a hint."""
    return " ".join((suggest.command, *suggest.words))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a line that stays cut."""
    monkeypatch.setattr(job_run, "_PATIENCE", (0.01, 0.01))


@pytest.mark.parametrize("answered", [False, True], ids=["in the sending", "before the answer"])
@pytest.mark.parametrize(
    ("answers", "operation"),
    [
        *((INSTALL, operation) for operation in ("make_image", "create", "read", "start_install")),
        *((CLOUD, operation) for operation in ("start_image_job", "resize_image", "write_file", "create")),
    ],
    ids=lambda given: given if isinstance(given, str) else given.source.kind.value,
)
async def test_whoever_asked_is_told_what_may_be_there(
    host: Faulty, hypervisor: Hypervisor, answers: Answers, operation: str, answered: bool
) -> None:
    """Each file and domain that is there afterwards is in the error, and a command that goes on from there."""
    plan = await hypervisor.making.plan(answers)
    before = files(host)
    line = Vanishing(host, operation, answered=answered)
    error = await refused(hypervisor.making.make(plan))
    assert line.down, "the way was not cut: another operation is asked now"
    told = "\n".join((error.headline, *error.details, worded(error.hint, as_typed)))
    await no_image_under_way(host)
    async with Hypervisor(Faulty(Path(host.store_root).parent), user="other@desk") as other:
        stored = {domain.name for domain in (await other.inventory.poll()).domains}
    for path in files(host) - before:
        assert path in told, told
    if plan.name in stored:
        assert f"{plan.name} is stored" in told and f"domain.show {plan.name}" in told, told
    if files(host) - before:
        ways = (
            "image.rm /",
            f"domain.delete {plan.name} --with-disks",
            f"domain.show {plan.name}",
            "host.log",
        )
        assert any(way in told for way in ways), told
