"""The audit log tells of a command before it runs and after; what is left open has an outcome nobody knows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from xentui import agent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store that is not there yet."""
    return tmp_path / "store"


def call(root: Path, operation: str, **arguments: Any) -> Any:
    """One operation of the agent, in this process."""
    return agent.dispatch(str(root), operation, arguments)


def tail(root: Path, limit: int = 100) -> list[dict[str, Any]]:
    """The records of the log."""
    found: list[dict[str, Any]] = call(root, "audit_tail", limit=limit)
    return found


def lines(root: Path) -> list[dict[str, Any]]:
    """The log as any other program reads it."""
    return [json.loads(line) for line in (root / "audit.jsonl").read_text().splitlines()]


PAUSE = {"argv": ["xl", "pause", "3"], "user": "ann", "domain": "web1"}


def test_a_command_is_in_the_log_before_it_has_ended(root: Path) -> None:
    call(root, "audit_open", record=PAUSE)
    (record,) = tail(root)
    assert (record["argv"], record["exit"], record["outcome"]) == (PAUSE["argv"], None, "running")


def test_opening_and_closing_are_one_record(root: Path) -> None:
    number = call(root, "audit_open", record=PAUSE)
    call(root, "audit_close", id=number, record={**PAUSE, "exit": 0, "seconds": 2.5})
    (record,) = tail(root)
    assert (record["id"], record["exit"], record["seconds"]) == (number, 0, 2.5)
    assert record["began"] <= record["time"]
    assert not {"event", "by", "outcome"} & set(record)


def test_a_reader_of_single_lines_finds_each_command_with_its_end(root: Path) -> None:
    """As xentui itself read the log before it had opening lines."""
    number = call(root, "audit_open", record=PAUSE)
    call(root, "audit_close", id=number, record={**PAUSE, "exit": 3, "seconds": 1.0})
    (ended,) = [line for line in lines(root) if "exit" in line]
    assert {**PAUSE, "exit": 3, "seconds": 1.0}.items() <= ended.items()


def test_lines_of_an_older_xentui_are_read_as_before(root: Path) -> None:
    old = {**PAUSE, "exit": 0, "seconds": 0.1, "time": "2026-01-01T00:00:00.000000Z"}
    call(root, "audit_append", record=old)
    call(root, "audit_open", record=PAUSE)
    assert tail(root)[0] == old


def test_the_outcome_is_unknown_once_the_process_that_ran_it_has_gone(root: Path) -> None:
    program = (
        "import sys; from xentui import agent;"
        f"agent.dispatch({str(root)!r}, 'audit_open', {{'record': {PAUSE!r}}})"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    (record,) = tail(root)
    assert (record["exit"], record["outcome"]) == (None, "unknown")


@pytest.mark.parametrize("change", [{"boot": "another"}, {"since": 1}, {"pid": 0}, {"pid": "x"}])
def test_another_process_of_that_number_is_not_the_one_that_ran_it(
    root: Path, change: dict[str, Any]
) -> None:
    call(root, "audit_open", record=PAUSE)
    (line,) = lines(root)
    line["by"].update(change)
    (root / "audit.jsonl").write_text(json.dumps(line) + "\n")
    assert tail(root)[0]["outcome"] == "unknown"


def test_who_takes_a_command_over_stands_for_it(root: Path) -> None:
    """As a process that goes on with a save when the connection that began it is gone."""
    number = call(root, "audit_open", record=PAUSE)
    (line,) = lines(root)
    line["by"]["boot"] = "gone"
    (root / "audit.jsonl").write_text(json.dumps(line) + "\n")
    assert call(root, "audit_open", record=PAUSE, id=number) == number
    (record,) = tail(root)
    assert (record["outcome"], record["time"]) == ("running", line["time"])
    call(root, "audit_close", id=number, record={"exit": 0, "seconds": 9.0})
    (record,) = tail(root)
    assert (record["argv"], record["exit"], record["began"]) == (PAUSE["argv"], 0, line["time"])


def test_a_closing_line_without_an_exit_status_says_that_nobody_knows(root: Path) -> None:
    number = call(root, "audit_open", record=PAUSE)
    call(root, "audit_close", id=number, record={**PAUSE, "exit": None, "seconds": 4.0})
    (record,) = tail(root)
    assert (record["exit"], record["outcome"]) == (None, "unknown")


def test_commands_at_the_same_time_are_told_apart(root: Path) -> None:
    first, second = (call(root, "audit_open", record={**PAUSE, "n": n}) for n in (1, 2))
    call(root, "audit_close", id=second, record={"exit": 0, "seconds": 1.0})
    assert [(record["n"], record["exit"]) for record in tail(root)] == [(1, None), (2, 0)]
    call(root, "audit_close", id=first, record={"exit": 5, "seconds": 1.0})
    assert [(record["n"], record["exit"]) for record in tail(root)] == [(2, 0), (1, 5)]
    assert [record["n"] for record in tail(root, 1)] == [1]


_EVENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["a", "b", 3, None]),
                "event": st.sampled_from(["opened", "closed", "x", 1]),
            },
            optional={
                "exit": st.sampled_from([0, 1, None, "x"]),
                "by": st.sampled_from([{}, None, {"pid": 1}]),
            },
        ),
        st.sampled_from([{}, [], "torn", {"id": []}, {"id": {}, "event": "opened"}]),
    ),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_EVENTS)
def test_whatever_the_log_holds_is_read_without_a_fault(root: Path, events: list[Any]) -> None:
    call(root, "audit_append", record={})
    (root / "audit.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    assert len(tail(root)) <= len(events)
