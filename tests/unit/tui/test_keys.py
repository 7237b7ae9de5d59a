"""The table of actions: each can be done, and says why where it cannot."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.tui.samples import domain
from xentui import tui
from xentui.commands import registry
from xentui.commands.availability import possible, targets, why_not
from xentui.commands.command import Targets
from xentui.model.state import DomainState
from xentui.service.legality import Action, reason_against
from xentui.tui import screen_commands
from xentui.tui.bindings import Heading
from xentui.tui.handlers.table import FORMS, HANDLERS
from xentui.tui.handlers.views import HOST_VIEWS, VIEWS
from xentui.tui.keys import BY_ID, COMMANDS, KEYS, heading

CHANGING = {
    "domain.start": Action.START,
    "domain.boot": Action.START,
    "domain.shutdown": Action.SHUTDOWN,
    "domain.reboot": Action.REBOOT,
    "domain.pause": Action.PAUSE,
    "domain.unpause": Action.UNPAUSE,
    "domain.trigger": Action.TRIGGER,
    "domain.suspend": Action.SUSPEND,
    "domain.resume": Action.RESUME,
    "domain.destroy": Action.DESTROY,
    "domain.clear": Action.CLEAR,
    "domain.save": Action.SAVE,
    "domain.delete": Action.DELETE,
    "domain.clone": Action.CLONE,
    "domain.template": Action.TEMPLATE,
    "domain.migrate": Action.MIGRATE,
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
    "console.send": Action.SYSRQ,
    "console.together": None,
    "config.bulk": Action.EDIT,
    "console.watch": None,
    "list.undo": None,
    "config.new": None,
    "view.make": None,
    "host.new": None,
    "host.create": None,
    "view.create-image": None,
    "host.restore": None,
    "host.undelete": None,
}
"""What a read-only session refuses before anything is asked, with the service's word for it."""
LOOKING = {
    "console.open": Action.CONSOLE,
    "console.which": Action.CONSOLE,
    "console.full": Action.CONSOLE,
    "console.look": None,
    "console.log": None,
    "console.fit": None,
    "console.beside": None,
    "console.close": None,
    "console.script": None,
    "domain.boot-entries": None,
    "config.edit": None,
    "config.history": Action.EDIT,
    "config.drift": Action.EDIT,
    "list.mark": None,
    "list.mark-all": None,
    "list.invert": None,
    "list.fold": None,
    "list.fold-all": None,
    "list.flat": None,
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
    "view.boot-menu": None,
    "view.next": None,
    "view.previous": None,
    "view.jump": None,
    "view.command": None,
    "view.palette": None,
    "view.log": None,
    "view.error": None,
    "view.events": None,
    "view.images": None,
    "view.storage": None,
    "view.check": None,
    "view.fleet": None,
    "view.go": None,
    "view.refresh": None,
    "view.repaint": None,
    "view.theme": None,
    "view.help": None,
    "view.host": None,
    "view.background": None,
    "view.quit": None,
}
"""What it allows; an editor opened by ``config.edit`` shows and stores nothing then."""
LEGAL = {name: action for name, action in (CHANGING | LOOKING).items() if action is not None}


def test_every_command_of_the_screen_is_done_in_one_place() -> None:
    performed = {command.id for command in COMMANDS if command.act is not None} - set(HANDLERS)
    views = {*VIEWS, *HOST_VIEWS}
    assert {command.id for command in COMMANDS} == set(HANDLERS) | views | performed
    assert not set(HANDLERS) & views and not set(VIEWS) & set(HOST_VIEWS)
    assert set(FORMS) <= performed


def test_every_command_with_a_label_has_a_key() -> None:
    labelled = {command.id for command in registry.by_id().values() if command.label}
    assert set(KEYS) == labelled | {command.id for command in screen_commands.COMMANDS}
    assert all(key.keys for key in KEYS.values())


def test_no_label_ends_in_an_ellipsis() -> None:
    """Most keys ask for something; a few labels said so, in two spellings."""
    labels = [command.label for command in COMMANDS]
    for path in Path(tui.__file__).parent.rglob("*.py"):
        labels += re.findall(r'Hint\("[^"]+", f?"([^"]*)"', path.read_text(encoding="utf-8"))
    assert len(labels) > 100
    assert [label for label in labels if "…" in label] == []


def test_no_two_commands_have_one_key() -> None:
    """Of two Textual would run the first it finds; the other one's key would be a lie in help and footer."""
    known = Counter(one for key in KEYS.values() for one in key.keys.split(","))
    assert [one for one, times in known.items() if times > 1] == []


def test_every_heading_has_commands() -> None:
    assert {heading(command) for command in COMMANDS} == set(Heading)


def test_every_action_is_known_for_changing_something_or_not() -> None:
    assert sorted(command.id for command in COMMANDS) == sorted([*CHANGING, *LOOKING])


@pytest.mark.parametrize("name", CHANGING)
def test_what_changes_something_is_refused_in_a_read_only_session(name: str) -> None:
    action = BY_ID[name]
    reason = why_not(action, [domain(1)], read_only=True)
    assert reason == f"cannot {action.phrase}: this session is read-only"
    assert "read-only" not in why_not(action, [domain(1)])


@pytest.mark.parametrize("name", LOOKING)
def test_what_changes_nothing_is_not(name: str) -> None:
    assert why_not(BY_ID[name], [domain(1)], read_only=True) == ""


def test_every_action_has_the_services_word_for_it() -> None:
    assert {command.id: command.action for command in COMMANDS if command.action is not None} == LEGAL


@pytest.mark.parametrize("name", KEYS)
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
    for command in COMMANDS:
        wanted = {Targets.NONE: [], Targets.ONE: [here], Targets.MANY: marked}[command.targets]
        assert targets(command, here, marked) == wanted
    assert targets(BY_ID["domain.pause"], here, []) == [here]
    assert targets(BY_ID["domain.pause"], None, []) == []


VERBS = {
    "attach",
    "boot",
    "change",
    "clear",
    "clone",
    "compare",
    "create",
    "delete",
    "destroy",
    "detach",
    "edit",
    "make",
    "migrate",
    "pause",
    "reboot",
    "rename",
    "restore",
    "resume",
    "run",
    "save",
    "send",
    "set",
    "shutdown",
    "start",
    "store",
    "suspend",
    "trigger",
    "type",
    "undelete",
    "undo",
    "unpause",
    "watch",
}


def test_what_cannot_be_done_is_told_with_a_verb() -> None:
    told = [command.phrase for command in COMMANDS if command.mutates]
    assert [phrase for phrase in told if phrase.split()[0] not in VERBS] == []
