"""What a job of a host says of a guest it has left: the reason, and beside it the command that helps."""

from __future__ import annotations

import pytest

from xentui.agent.drain import guest_moves
from xentui.agent.errors import AgentError
from xentui.agent.jobs import outcomes
from xentui.commands import drain_report
from xentui.commands.suggestions import as_command_line
from xentui.errors import Suggest
from xentui.model.domain import Domain
from xentui.model.drain import GuestOutcome, OutcomeState
from xentui.model.state import DomainState
from xentui.service.draining.job_sequence import failure
from xentui.service.draining.plan import HostPlan, staying
from xentui.service.mend_command import mend_hint
from xentui.store import reading

UUID = "11111111-2222-3333-4444-000000000001"
MENDS = (Suggest("domain.migrate", "--mend", "web", "b"), " looks at b too")


def read(state: str, why: str) -> GuestOutcome:
    """What the host says of a guest, as it is read here."""
    return reading.outcome_of(
        {"uuid": UUID, "name": "web", "does": "move", "to": "b", "state": state, "why": why, "job": ""}
    )


def test_what_ends_a_migration_is_a_command_that_each_front_end_words() -> None:
    with pytest.raises(AgentError) as caught:
        guest_moves.require_arrived(None, "b")
    outcome = read("failed", outcomes.words(caught.value.message))
    error = failure(outcome, "a", other="b")
    assert (error.message, error.hint) == ("its move was left without an end", MENDS)
    assert outcome.state is OutcomeState.FAILED


def test_one_that_was_skipped_is_looked_at_again_too() -> None:
    error = failure(read("skipped", f"it does not run: {outcomes.MEND} looks at b too"), "a", other="b")
    assert error.hint == (*MENDS, "; ", Suggest("fleet.drain", "a"), " looks again")


def test_what_a_look_tells_is_the_reason_alone() -> None:
    found = outcomes.new(UUID, "web", "move", "b")
    found["why"] = f"it does not run: {outcomes.MEND} looks at b too"
    assert outcomes.reason(found) == "it does not run"  # type: ignore[arg-type]


def test_a_reason_of_an_older_xentui_is_told_as_it_is() -> None:
    assert failure(read("failed", "the line broke"), "a").hint == ""


def test_a_plan_tells_what_ends_a_migration_as_each_front_end_does() -> None:
    half = Domain(name="web--incoming", uuid=UUID, domid=7, state=DomainState.PAUSED)
    step = staying(half, "its migration to b was cut", hint=mend_hint(half.label, "b"))
    assert step.hint == (Suggest("domain.migrate", "--mend", "web", "b"), " ends it safely")
    line = list(drain_report.plan_lines(HostPlan("a", (step,)), as_command_line("a")))[-1]
    told = "its migration to b was cut: `xentui --host a migrate --mend web b` ends it safely"
    assert line.endswith(told)
    (guest,) = drain_report.as_json(HostPlan("a", (step,)), {})["guests"]
    assert guest["why"] == "its migration to b was cut: `migrate --mend web b` ends it safely"
