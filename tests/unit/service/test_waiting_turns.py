"""Who waits for a question that somebody else has asked the host waits no longer than for one of one's own."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

from tests.sources import parsed
from tests.unit.service.fake import FakeHost, inventory, row
from xentui.errors import HostError
from xentui.service import inventory as inventory_module
from xentui.service.inventory import Inventory

PACKAGE = Path(__file__).parents[3] / "xentui"
UUID = "11111111-2222-3333-4444-000000000001"
CHANGES = {"service/session.py": 1}
"""Where a command is run with no end to it: a change takes as long as it takes."""


@pytest.fixture
def host() -> FakeHost:
    made = FakeHost()
    made.rows = [row("Domain-0", 0, "00000000-0000-0000-0000-000000000000"), row("web", 5, UUID)]
    return made


async def hanging(host: FakeHost) -> tuple[Inventory, asyncio.Task[None]]:
    """An inventory that waits for ``xl list -l``, as long as nobody waits for that."""
    host.details_ready.clear()
    looked = inventory(host)
    waiting = asyncio.ensure_future(looked.read_details())
    await asyncio.sleep(0)
    assert host.details == 1
    return looked, waiting


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_poll_waits_for_no_details_that_hang(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_module, "QUERY_TIMEOUT", 0.05)
    looked, waiting = await hanging(host)
    with pytest.raises(HostError, match=r"`xl list -l` has not answered for 0.05 s"):
        await asyncio.wait_for(looked.poll(), 30)
    assert not waiting.done()  # whoever can wait goes on doing so
    await stopped(waiting)
    host.details_ready.set()
    assert (await looked.poll()).domains[1].name == "web"  # and the turn is free again


async def test_all_who_wait_are_told_by_one_question_more(host: FakeHost) -> None:
    looked, waiting = await hanging(host)
    polls = [asyncio.ensure_future(looked.poll()) for _ in range(5)]
    await asyncio.sleep(0.01)
    host.details_ready.set()
    taken = [(await poll).details_taken for poll in polls]
    await waiting
    assert host.details == 2
    assert len(set(taken)) == 1


async def test_a_question_that_failed_tells_nobody_else(host: FakeHost) -> None:
    looked, waiting = await hanging(host)
    polls = [asyncio.ensure_future(looked.poll()) for _ in range(2)]
    await asyncio.sleep(0.01)
    host.details_failure = HostError("away")
    host.details_ready.set()
    await asyncio.gather(waiting, *polls, return_exceptions=True)
    assert all(isinstance(poll.exception(), HostError) for poll in polls)
    assert host.details == 3


async def test_what_was_asked_before_is_no_answer(host: FakeHost) -> None:
    """An action that has just changed something polls for what is now."""
    looked = inventory(host)
    await looked.poll()
    await looked.poll()
    assert host.details == 2


async def test_a_store_that_hangs_keeps_no_second_look(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_module, "QUERY_TIMEOUT", 0.05)
    answer, hangs = host.call, asyncio.Event()

    async def call(*words: object, **arguments: object) -> object:
        await hangs.wait()
        return await answer(*words, **arguments)

    monkeypatch.setattr(host, "call", call)
    looked = inventory(host)
    first = asyncio.ensure_future(looked.look())
    await asyncio.sleep(0.01)
    second = await asyncio.wait_for(looked.look(), 30)
    assert [domain.name for domain in second.domains] == ["Domain-0", "web"]
    assert second.store_unread
    assert "the store has not answered for 0.05 s" in second.problems[0]
    hangs.set()
    assert not (await first).store_unread


def test_what_is_asked_of_a_host_has_an_end() -> None:
    """Each command that only reads is given a time: a hanging host costs that, not for ever."""
    found: dict[str, int] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "run"
                and ast.unparse(node.func.value).split(".")[-1] in ("host", "_host")
                and not any(word.arg in ("timeout", None) for word in node.keywords)
            ):
                name = str(path.relative_to(PACKAGE))
                found[name] = found.get(name, 0) + 1
    assert found == CHANGES
