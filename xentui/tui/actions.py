"""Everything the user can do, once: keys, palette, ``:`` line, buttons and menus all come here.

An action is told by its id.  Its key can be changed in config.toml under that id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding

from xentui.model.domain import Domain
from xentui.service.legality import Action, reason_against

READ_ONLY = "this session is read-only"


class Group(StrEnum):
    """Under which heading an action stands in help and palette."""

    LIFE = "Life cycle"
    MANAGED = "Managed domains"
    DEVICES = "Devices and resources"
    CONSOLE = "Consoles"
    LIST = "List"
    GENERAL = "Screen"


class Scope(StrEnum):
    """What an action is done to."""

    ONE = "one"
    """The domain under the cursor."""
    MANY = "many"
    """The marked domains, else the one under the cursor."""
    NONE = "none"
    """No domain."""


@dataclass(frozen=True, slots=True)
class UserAction:
    """One action.

    ``key`` are Textual's key names, comma-separated; ``label`` is for the key bar, ``tooltip`` for help; ``legal``
    is the service's word for it, which decides in which states it is possible; ``bar`` how much it matters in the
    key bar, 1 the most (0: it is not there).
    """

    id: str
    key: str
    label: str
    tooltip: str
    group: Group
    scope: Scope = Scope.NONE
    legal: Action | None = None
    bar: int = 0

    @property
    def changes(self) -> bool:
        """Whether it changes something, so that a read-only session refuses it."""
        return self.id.startswith(("domain.", "host.")) or self.id in _FORMS

    @property
    def binding(self) -> Binding:
        """The key binding of a screen that has ``action_act``."""
        return Binding(
            self.key,
            f"act('{self.id}')",
            self.label,
            show=self.bar > 0,
            tooltip=self.tooltip,
            id=self.id,
            group=GROUPS[self.group],
        )


_FORMS = ("config.new", "config.bulk", "config.bulk-undo")
"""What begins with a form and ends in a change."""
GROUPS = {group: Binding.Group(group.value) for group in Group}


def bound(
    keys: str,
    action: str,
    label: str,
    tooltip: str,
    *,
    id: str,
    group: Group = Group.GENERAL,
    show: bool = False,
) -> Binding:
    """A binding outside the table of actions, named and explained as those are."""
    return Binding(keys, action, label, show=show, tooltip=tooltip, id=id, group=GROUPS[group])


def screen_key(screen: str, keys: str, action: str, label: str, tooltip: str) -> Binding:
    """A binding of a screen about a managed domain; its id is made of both their names."""
    name = f"{screen}.{action.replace('_', '-')}"
    return bound(keys, action, label, tooltip, id=name, group=Group.MANAGED, show=True)


_ONE, _MANY = Scope.ONE, Scope.MANY
_LIFE, _MANAGED, _DEVICES = Group.LIFE, Group.MANAGED, Group.DEVICES
_CONSOLE, _LIST, _GENERAL = Group.CONSOLE, Group.LIST, Group.GENERAL

ACTIONS = (
    UserAction(
        "console.open",
        "c",
        "Console",
        "Open the console of the running domain",
        _CONSOLE,
        _ONE,
        Action.CONSOLE,
        1,
    ),
    UserAction("domain.start", "s", "Start", "Boot the stored configuration", _LIFE, _MANY, Action.START, 2),
    UserAction("domain.boot", "b", "Boot…", "Start with boot menu and console", _LIFE, _ONE, Action.START, 3),
    UserAction(
        "domain.shutdown", "S", "Shutdown", "Ask the guest to power off", _LIFE, _MANY, Action.SHUTDOWN, 4
    ),
    UserAction("domain.reboot", "R", "Reboot", "Ask the guest to reboot", _LIFE, _MANY, Action.REBOOT, 5),
    UserAction("domain.pause", "p", "Pause", "Stop the domain's CPUs", _LIFE, _MANY, Action.PAUSE, 10),
    UserAction(
        "domain.unpause", "u", "Unpause", "Let a paused domain run on", _LIFE, _MANY, Action.UNPAUSE, 18
    ),
    UserAction(
        "domain.suspend", "z", "Suspend", "Save its memory in the store", _LIFE, _MANY, Action.SUSPEND, 13
    ),
    UserAction(
        "domain.resume", "Z", "Resume", "Continue a suspended domain", _LIFE, _MANY, Action.RESUME, 19
    ),
    UserAction(
        "domain.destroy", "X", "Destroy", "End the domain at once (asks)", _LIFE, _MANY, Action.DESTROY, 6
    ),
    UserAction(
        "domain.clear",
        "x",
        "Clear copies",
        "Let go of the stopped copies that xl keeps of it (asks)",
        _LIFE,
        _ONE,
        Action.CLEAR,
    ),
    UserAction(
        "domain.save", "w", "Save to file", "Save its memory to a file and end it", _LIFE, _ONE, Action.SAVE
    ),
    UserAction("host.restore", "W", "Restore", "Continue a domain saved to a file", _LIFE),
    UserAction("host.new", "n", "New", "Store a configuration file as a managed domain", _MANAGED, bar=9),
    UserAction("host.create", "C", "Create", "Boot a configuration file, just this once", _MANAGED, bar=15),
    UserAction(
        "domain.delete", "D", "Delete", "Forget the stored domain (asks)", _MANAGED, _MANY, Action.DELETE, 14
    ),
    UserAction(
        "config.edit", "e", "Edit", "Edit the configuration: form and raw text", _MANAGED, _ONE, bar=9
    ),
    UserAction("config.new", "N", "New in a form", "Make a new domain from nothing", _MANAGED),
    UserAction(
        "config.history", "H", "History", "Versions: read, compare, restore", _MANAGED, _ONE, Action.EDIT
    ),
    UserAction(
        "config.drift", "equals_sign", "Compare", "Stored, running and the file", _MANAGED, _ONE, Action.EDIT
    ),
    UserAction(
        "config.bulk", "B", "Change many", "One change to all marked domains", _MANAGED, _MANY, Action.EDIT
    ),
    UserAction("config.bulk-undo", "ctrl+z", "Undo change", "Undo the last change to many", _MANAGED),
    UserAction("host.undelete", "U", "Undelete", "Bring a deleted domain back", _MANAGED),
    UserAction("domain.rename", "r", "Rename", "Give the domain another name", _MANAGED, _ONE, Action.RENAME),
    UserAction(
        "domain.autostart",
        "a",
        "Autostart",
        "Start it with the host, or no longer",
        _MANAGED,
        _MANY,
        Action.AUTOSTART,
    ),
    UserAction(
        "domain.autostart-order",
        "A",
        "Order",
        "Its place among those that start with the host",
        _MANAGED,
        _ONE,
        Action.AUTOSTART,
    ),
    UserAction(
        "domain.memory", "m", "Memory", "Set memory and its maximum", _DEVICES, _ONE, Action.MEM_SET, 16
    ),
    UserAction("domain.vcpus", "v", "vCPUs", "Set the number of vCPUs", _DEVICES, _ONE, Action.VCPU_SET, 17),
    UserAction("domain.disk-attach", "+", "Add disk", "Attach a disk", _DEVICES, _ONE, Action.BLOCK_ATTACH),
    UserAction("domain.disk-detach", "-", "Drop disk", "Detach a disk", _DEVICES, _ONE, Action.BLOCK_DETACH),
    UserAction(
        "domain.medium",
        "M",
        "CD drive",
        "Change what is in a CD drive, or empty it",
        _DEVICES,
        _ONE,
        Action.CD_INSERT,
    ),
    UserAction(
        "domain.net-attach",
        "i",
        "Add interface",
        "Attach a network interface",
        _DEVICES,
        _ONE,
        Action.NETWORK_ATTACH,
    ),
    UserAction(
        "domain.net-detach",
        "I",
        "Drop interface",
        "Detach a network interface",
        _DEVICES,
        _ONE,
        Action.NETWORK_DETACH,
    ),
    UserAction(
        "console.look", "V", "Scrollback", "Read, search and copy what a console has shown", _CONSOLE, _ONE
    ),
    UserAction(
        "console.full",
        "F",
        "Full screen",
        "Give the console the bare terminal",
        _CONSOLE,
        _ONE,
        Action.CONSOLE,
    ),
    UserAction("console.close", "K", "Close console", "Leave the console for good", _CONSOLE, _ONE),
    UserAction("list.mark", "space", "Mark", "Mark the domain for what is done next", _LIST),
    UserAction("list.mark-all", "*", "Mark all", "Mark all domains shown", _LIST),
    UserAction("list.invert", "!", "Invert marks", "Mark those that are not marked", _LIST),
    UserAction(
        "list.filter", "slash", "Filter", "Show only some: web, /re/, state:off, kind:managed", _LIST, bar=7
    ),
    UserAction("list.clear", "escape", "Clear", "Take back filter and marks", _LIST),
    UserAction("list.sort", "o", "Sort", "Choose the column to sort by", _LIST),
    UserAction("list.sort-previous", "<", "Sort left", "Sort by the column before", _LIST),
    UserAction("list.sort-next", ">", "Sort right", "Sort by the column behind", _LIST),
    UserAction("list.reverse", "O", "Reverse", "Turn the order round", _LIST),
    UserAction("list.copy-name", "y", "Copy name", "Copy the name (OSC 52)", _LIST, _ONE),
    UserAction("list.copy-uuid", "Y", "Copy uuid", "Copy the uuid (OSC 52)", _LIST, _ONE),
    UserAction("view.menu", "full_stop", "Menu", "All actions on this domain", _GENERAL, _ONE),
    UserAction("view.details", "d", "Details", "Show or hide the details", _GENERAL),
    UserAction("view.next", "tab", "Next pane", "Go to the next pane", _GENERAL),
    UserAction("view.previous", "shift+tab", "Previous pane", "Go to the pane before", _GENERAL),
    UserAction("view.command", "colon", "Command", "Type a verb of the command line", _GENERAL, bar=8),
    UserAction("view.palette", "ctrl+p", "Palette", "Find any action and any domain", _GENERAL, bar=12),
    UserAction("view.log", "L", "Log", "Jobs of this session, and the audit log", _GENERAL, bar=11),
    UserAction("view.error", "E", "Last error", "What went wrong last, and what to do", _GENERAL),
    UserAction("view.refresh", "f5", "Refresh", "Look at the host at once", _GENERAL),
    UserAction("view.repaint", "ctrl+l", "Repaint", "Paint the screen anew", _GENERAL),
    UserAction("view.theme", "T", "Theme", "Change the colours", _GENERAL),
    UserAction("view.help", "question_mark,f1", "Help", "Show the keys", _GENERAL, bar=21),
    UserAction("view.quit", "q,ctrl+q", "Quit", "Leave xentui", _GENERAL, bar=20),
)
BY_ID = {action.id: action for action in ACTIONS}
_VERBS = {
    "config.history": "show the history",
    "config.bulk": "change",
    "console.open": "open the console",
    "domain.medium": "change a medium",
}
PANES = 9
"""Panes that are reached by their number."""


def pane_bindings() -> list[Binding]:
    """Number keys: 1 the list, 2 the details, 3 and on the consoles in the order of their tabs."""
    names = {1: "list", 2: "details"}
    return [
        Binding(
            str(number),
            f"pane({number})",
            f"Pane {number}",
            show=False,
            tooltip=f"Go to the {names[number]}" if number in names else f"Go to console {number - 2}",
            id=f"view.pane-{number}",
            group=GROUPS[Group.GENERAL],
        )
        for number in range(1, PANES + 1)
    ]


def why_not(action: UserAction, domains: Sequence[Domain], *, read_only: bool = False) -> str:
    """Why an action is not possible on these domains, as a sentence; "" when it is possible on one of them.

    ``domains`` are those it would be done to; an action on no domain takes none.
    """
    if action.changes and read_only:
        return f"cannot {verb(action)}: {READ_ONLY}"
    if action.scope is not Scope.NONE and not domains:
        return f"cannot {verb(action)}: no domain is selected"
    reasons = [reason_against(domain, action.legal) for domain in domains if action.legal is not None]
    if not reasons or not all(reasons):
        return ""
    if len(domains) == 1:
        return f"{domains[0].label}: cannot {verb(action)}: {reasons[0]}"
    return f"cannot {verb(action)} any of the {len(domains)} marked domains: {reasons[0]}"


def verb(action: UserAction) -> str:
    """The action as a verb in a sentence."""
    if action.id in _VERBS:
        return _VERBS[action.id]
    return action.label.rstrip("…").lower()


def possible(action: UserAction, domains: Sequence[Domain]) -> list[Domain]:
    """Those of ``domains`` the action is possible on now."""
    legal = action.legal
    return [domain for domain in domains if legal is None or not reason_against(domain, legal)]
