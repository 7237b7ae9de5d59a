"""The table of actions: each can be done, and says why where it cannot."""

from __future__ import annotations

import pytest

from tests.unit.tui.samples import domain
from xentui.model.state import DomainState
from xentui.tui.actions import ACTIONS, BY_ID, Group, Scope, possible, why_not
from xentui.tui.dispatch import deeds, targets
from xentui.tui.screens.views import VIEWS


def test_every_action_is_done_in_one_place() -> None:
    assert {action.id for action in ACTIONS} == set(deeds()) | set(VIEWS)
    assert not set(deeds()) & set(VIEWS)


def test_every_group_has_actions() -> None:
    assert {action.group for action in ACTIONS} == set(Group)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_what_changes_something_is_refused_in_a_read_only_session(action: object) -> None:
    known = BY_ID[action.id]  # type: ignore[attr-defined]
    reason = why_not(known, [domain(1)], read_only=True)
    assert ("this session is read-only" in reason) is known.changes


def test_an_action_on_domains_needs_one() -> None:
    assert why_not(BY_ID["domain.pause"], []) == "cannot pause: no domain is selected"
    assert why_not(BY_ID["host.new"], []) == ""


def test_of_several_one_is_enough() -> None:
    pause, off = BY_ID["domain.pause"], domain(1, state=DomainState.OFF)
    assert why_not(pause, [off, domain(2)]) == ""
    assert possible(pause, [off, domain(2)]) == [domain(2)]
    assert why_not(pause, [off]) == "vm1: cannot pause: it is off"
    assert why_not(pause, [off, off]) == "cannot pause any of the 2 marked domains: it is off"


def test_marks_are_for_actions_on_many_only() -> None:
    here, marked = domain(1), [domain(2), domain(3)]
    for action in ACTIONS:
        wanted = {Scope.NONE: [], Scope.ONE: [here], Scope.MANY: marked}[action.scope]
        assert targets(action, here, marked) == wanted
    assert targets(BY_ID["domain.pause"], here, []) == [here]
    assert targets(BY_ID["domain.pause"], None, []) == []
