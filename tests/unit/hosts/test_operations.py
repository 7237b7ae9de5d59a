"""Both ends of a call: what the agent declares is what its function takes, and what callers name and mypy checks."""

from __future__ import annotations

import inspect

import pytest

from xentui.agent.catalogue import declared
from xentui.hosts import operations
from xentui.hosts.base import FileAgent
from xentui.hosts.operations import AgentCall

CALLED: list[AgentCall[..., object]] = [
    value for value in vars(operations).values() if isinstance(value, AgentCall)
]


@pytest.mark.parametrize("name", sorted(declared))
def test_an_operation_checks_what_its_function_takes(name: str) -> None:
    operation = declared[name]
    given = list(inspect.signature(operation.function).parameters.values())
    if operation.on_store:
        assert given.pop(0).name == "root"
    own = {item.name for item in given} - set(operation.arguments)
    assert own <= {"event", "auto_dir"}, "what only the agent itself gives"
    for item in given:
        assert item.kind is inspect.Parameter.KEYWORD_ONLY
        if item.name not in own:
            optional = item.default is not inspect.Parameter.empty
            assert operation.arguments[item.name].optional == optional, item.name
            if "Optional" in item.annotation or "None" in item.annotation:
                assert operation.arguments[item.name].check(None) is None, item.name
    assert set(operation.arguments) <= {item.name for item in given}


def test_every_operation_is_called_by_its_name_where_it_is() -> None:
    assert len(CALLED) == len(set(CALLED))
    assert {str(operation): operation.module for operation in CALLED} == {
        name: operation.function.__module__.removeprefix("xentui.agent.")
        for name, operation in declared.items()
    }


async def wrong_calls(host: FileAgent) -> None:
    """What mypy refuses.  A comment that is not needed is itself an error to it: so this is checked with all else."""
    await host.call(operations.find, nmae="web1")  # type: ignore[call-arg]
    await host.call(operations.find)  # type: ignore[call-arg]
    await host.call(operations.find, name=7)  # type: ignore[arg-type]
    await host.call(operations.find, "web1")  # type: ignore[call-arg]
    await host.call(operations.find, root="/x", name="web1")  # type: ignore[call-arg]
    await host.call("find", name="web1")  # type: ignore[arg-type]
    await host.call(operations.fnid, name="web1")  # type: ignore[attr-defined]
    number: int = await host.call(operations.find, name="web1")  # type: ignore[arg-type]
    facts = (await host.call(operations.stat, paths=["/x"]))["/x"]
    facts["knid"]  # type: ignore[misc]
    size: str = facts["size"]  # type: ignore[assignment]
    del number, size
