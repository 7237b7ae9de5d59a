"""The table of actions: each can be done, and says why where it cannot."""

from __future__ import annotations

import pytest

from tests.unit.tui.samples import domain
from xentui.model.state import DomainState
from xentui.service.legality import Action, reason_against
from xentui.tui.actions import ACTIONS, BY_ID, Group, Scope, possible, verb, why_not
from xentui.tui.dispatch import deeds, targets
from xentui.tui.screens.views import VIEWS

CHANGING = {
    "domain.start": Action.START,
    "domain.boot": Action.START,
    "domain.shutdown": Action.SHUTDOWN,
    "domain.reboot": Action.REBOOT,
    "domain.pause": Action.PAUSE,
    "domain.unpause": Action.UNPAUSE,
    "domain.suspend": Action.SUSPEND,
    "domain.resume": Action.RESUME,
    "domain.destroy": Action.DESTROY,
    "domain.clear": Action.CLEAR,
    "domain.save": Action.SAVE,
    "domain.delete": Action.DELETE,
    "domain.rename": Action.RENAME,
    "domain.autostart": Action.AUTOSTART,
    "domain.autostart-order": Action.AUTOSTART,
    "domain.memory": Action.MEM_SET,
    "domain.vcpus": Action.VCPU_SET,
    "domain.disk-attach": Action.BLOCK_ATTACH,
    "domain.disk-detach": Action.BLOCK_DETACH,
    "domain.medium": Action.CD_INSERT,
    "domain.net-attach": Action.NETWORK_ATTACH,
    "domain.net-detach": Action.NETWORK_DETACH,
    "config.bulk": Action.EDIT,
    "config.bulk-undo": None,
    "config.new": None,
    "host.new": None,
    "host.create": None,
    "host.restore": None,
    "host.undelete": None,
}
"""What a read-only session refuses before anything is asked, with the service's word for it."""
LOOKING = {
    "console.open": Action.CONSOLE,
    "console.full": Action.CONSOLE,
    "console.look": None,
    "console.close": None,
    "config.edit": None,
    "config.history": Action.EDIT,
    "config.drift": Action.EDIT,
    "list.mark": None,
    "list.mark-all": None,
    "list.invert": None,
    "list.filter": None,
    "list.clear": None,
    "list.sort": None,
    "list.sort-previous": None,
    "list.sort-next": None,
    "list.reverse": None,
    "list.copy-name": None,
    "list.copy-uuid": None,
    "view.menu": None,
    "view.details": None,
    "view.next": None,
    "view.previous": None,
    "view.command": None,
    "view.palette": None,
    "view.log": None,
    "view.error": None,
    "view.refresh": None,
    "view.repaint": None,
    "view.theme": None,
    "view.help": None,
    "view.quit": None,
}
"""What it allows; an editor opened by ``config.edit`` shows and stores nothing then."""
LEGAL = {name: action for name, action in (CHANGING | LOOKING).items() if action is not None}


def test_every_action_is_done_in_one_place() -> None:
    assert {action.id for action in ACTIONS} == set(deeds()) | set(VIEWS)
    assert not set(deeds()) & set(VIEWS)


def test_every_group_has_actions() -> None:
    assert {action.group for action in ACTIONS} == set(Group)


def test_every_action_is_known_for_changing_something_or_not() -> None:
    assert sorted(BY_ID) == sorted([*CHANGING, *LOOKING])


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_something_is_refused_in_a_read_only_session(name: str) -> None:
    action = BY_ID[name]
    reason = why_not(action, [domain(1)], read_only=True)
    assert reason == f"cannot {verb(action)}: this session is read-only"
    assert "read-only" not in why_not(action, [domain(1)])


@pytest.mark.parametrize("name", LOOKING)
def test_what_changes_nothing_is_not(name: str) -> None:
    assert why_not(BY_ID[name], [domain(1)], read_only=True) == ""


def test_every_action_has_the_services_word_for_it() -> None:
    assert {action.id: action.legal for action in ACTIONS if action.legal is not None} == LEGAL


@pytest.mark.parametrize("name", BY_ID)
def test_the_service_decides_whether_it_is_possible(name: str) -> None:
    """In each state exactly where the service says so of the action's word; the words stand in a table there."""
    known = LEGAL.get(name)
    for state in DomainState:
        here = domain(1, state=state)
        reason = reason_against(here, known) if known else ""
        assert why_not(BY_ID[name], [here]).partition(": cannot ")[2].partition(": ")[2] == reason


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
