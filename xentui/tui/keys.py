"""The keys of commands, and which of them matter in the key bar.

A key can be changed in config.toml under the command's id.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from xentui.commands import registry
from xentui.commands.command import Command, Group
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.tui import screen_commands
from xentui.tui.bindings import GROUPS, Heading, bound


@dataclass(frozen=True, slots=True)
class CommandKey:
    """The key of a command.

    ``keys`` are Textual's key names, comma-separated; ``bar`` is how much it matters in the key bar, 1 the most (0: it
    is not there); ``looking`` says that it is a key too while one looks around in a console, ``asks`` that something is
    always asked first.
    """

    keys: str
    bar: int = 0
    looking: bool = False
    asks: bool = False


KEYS: Mapping[str, CommandKey] = {
    "console.open": CommandKey("c", 1),
    "domain.start": CommandKey("s", 2),
    "domain.boot": CommandKey("b", 3),
    "domain.shutdown": CommandKey("S", 4),
    "domain.reboot": CommandKey("R", 5),
    "domain.pause": CommandKey("p", 10),
    "domain.unpause": CommandKey("u", 18),
    "domain.trigger": CommandKey("t"),
    "domain.suspend": CommandKey("z", 13),
    "domain.resume": CommandKey("Z", 19),
    "domain.destroy": CommandKey("X", 6, asks=True),
    "domain.clear": CommandKey("x", asks=True),
    "domain.save": CommandKey("w"),
    "domain.migrate": CommandKey("ctrl+t"),
    "host.restore": CommandKey("W"),
    "host.new": CommandKey("n", 9),
    "host.create": CommandKey("C", 15),
    "domain.delete": CommandKey("D", 14, asks=True),
    "domain.boot-entries": CommandKey("P"),
    "config.edit": CommandKey("e", 9),
    "config.new": CommandKey("N"),
    "view.make": CommandKey("ctrl+n"),
    "config.history": CommandKey("H"),
    "config.drift": CommandKey("equals_sign"),
    "config.bulk": CommandKey("B"),
    "host.undelete": CommandKey("U"),
    "domain.rename": CommandKey("r"),
    "domain.clone": CommandKey("ctrl+y"),
    "domain.template": CommandKey("ctrl+u"),
    "domain.autostart": CommandKey("a"),
    "domain.autostart-order": CommandKey("A"),
    "domain.memory": CommandKey("m", 16),
    "domain.vcpus": CommandKey("v", 17),
    "domain.disk-attach": CommandKey("+"),
    "domain.disk-detach": CommandKey("-"),
    "domain.medium": CommandKey("M"),
    "domain.net-attach": CommandKey("i"),
    "domain.net-detach": CommandKey("I"),
    "console.which": CommandKey("l", looking=True),
    "console.send": CommandKey("h", looking=True),
    "console.look": CommandKey("V"),
    "console.fit": CommandKey("f"),
    "console.beside": CommandKey("|"),
    "console.together": CommandKey("Q", asks=True),
    "console.log": CommandKey("J"),
    "console.watch": CommandKey("ctrl+w"),
    "console.script": CommandKey("ctrl+r"),
    "console.full": CommandKey("F", looking=True),
    "console.close": CommandKey("K", looking=True),
    "list.undo": CommandKey("ctrl+z"),
    "list.mark": CommandKey("space"),
    "list.mark-all": CommandKey("*"),
    "list.invert": CommandKey("!"),
    "list.filter": CommandKey("slash", 7),
    "list.clear": CommandKey("escape"),
    "list.sort": CommandKey("o"),
    "list.sort-previous": CommandKey("<"),
    "list.sort-next": CommandKey(">"),
    "list.reverse": CommandKey("O"),
    "list.fold": CommandKey("left_parenthesis"),
    "list.fold-all": CommandKey("right_parenthesis"),
    "list.flat": CommandKey("number_sign"),
    "list.copy-name": CommandKey("y"),
    "list.copy-uuid": CommandKey("Y"),
    "view.menu": CommandKey("full_stop"),
    "view.details": CommandKey("d"),
    "view.boot-menu": CommandKey("semicolon"),
    "view.next": CommandKey("tab", looking=True),
    "view.previous": CommandKey("shift+tab", looking=True),
    "view.jump": CommandKey("ctrl+o", looking=True),
    "view.command": CommandKey("colon", 8),
    "view.palette": CommandKey("ctrl+p", 8, looking=True),
    "view.log": CommandKey("L", 11, looking=True),
    "view.error": CommandKey("E", looking=True),
    "view.events": CommandKey("ctrl+e", looking=True),
    "view.images": CommandKey("ctrl+d"),
    "view.storage": CommandKey("ctrl+f"),
    "view.create-image": CommandKey("ctrl+x"),
    "view.check": CommandKey("ctrl+k"),
    "view.fleet": CommandKey("percent_sign"),
    "view.go": CommandKey("ctrl+g", looking=True),
    "view.refresh": CommandKey("f5"),
    "view.repaint": CommandKey("ctrl+l"),
    "view.theme": CommandKey("T"),
    "view.help": CommandKey("question_mark,f1", 21, looking=True),
    "view.host": CommandKey("at"),
    "view.background": CommandKey("ampersand"),
    "view.quit": CommandKey("q,ctrl+q", 20),
}
"""By the command's id, in the order of help, palette, menu and key bar."""
BY_ID: Mapping[str, Command] = {
    command.id: command for command in (*registry.labelled(), *screen_commands.COMMANDS)
}
COMMANDS = tuple(BY_ID[name] for name in KEYS)
"""What can be done on the screen."""
ALWAYS = ("view.command", "view.palette", "view.help")
"""What leads to all other commands, and stands in every key bar."""
_RUNNING = (
    *("console.open", "domain.shutdown", "domain.reboot", "config.edit"),
    *("domain.suspend", "domain.pause", "domain.destroy"),
)
_LEADING: Mapping[DomainState, tuple[str, ...]] = {
    DomainState.RUNNING: _RUNNING,
    DomainState.BLOCKED: _RUNNING,
    DomainState.PAUSED: ("domain.unpause", "console.open", "domain.destroy", "domain.suspend", "config.edit"),
    DomainState.SHUTDOWN: ("console.look", "domain.destroy", "config.edit", "config.history"),
    DomainState.CRASHED: ("console.look", "domain.destroy", "domain.boot", "config.edit"),
    DomainState.DYING: ("console.look", "domain.destroy", "config.edit"),
    DomainState.SUSPENDED: ("domain.resume", "domain.destroy", "config.edit", "config.history"),
    DomainState.OFF: ("domain.start", "domain.boot", "config.edit", "config.history", "domain.delete"),
}
_STARTS = ("domain.start", "domain.boot")


def leading(domain: Domain | None) -> tuple[str, ...]:
    """Return the ids of what one most likely wants of a domain in its state, in that order."""
    if domain is None:
        return ("config.new", "host.new", "host.create")
    if domain.is_control:
        return ("domain.memory", "domain.vcpus")
    if domain.template:
        return ("domain.clone", *(command for command in _LEADING[domain.state] if command not in _STARTS))
    if domain.saved_to:
        return ("domain.resume", *_LEADING[domain.state])
    return _LEADING[domain.state]


_HEADINGS = {
    Group.LOOKING: Heading.LIFE,
    Group.LIFE: Heading.LIFE,
    Group.MEMORY: Heading.LIFE,
    Group.MANAGED: Heading.MANAGED,
    Group.RESOURCES: Heading.DEVICES,
    Group.DEVICES: Heading.DEVICES,
    Group.CONSOLES: Heading.CONSOLE,
    Group.LIST: Heading.LIST,
    Group.SCREEN: Heading.GENERAL,
}


def without_keys() -> list[Command]:
    """Return the commands of the command line that have no key; they are typed behind ``:``."""
    return [command for command in registry.verbs().values() if command.id not in KEYS]


PANES = 9
"""Panes that are reached by their number."""


def heading(command: Command) -> Heading:
    """Return what a command stands under on the screen."""
    return _HEADINGS[command.group]


def explanation(command: Command) -> str:
    """Return what a key does, for help, palette and menu."""
    return command.brief() + (" (asks)" if KEYS[command.id].asks else "")


def binding(command: Command) -> Binding:
    """Return the key binding of a screen that has ``action_act``."""
    key = KEYS[command.id]
    return Binding(
        key.keys,
        f"act('{command.id}')",
        command.label,
        show=key.bar > 0,
        tooltip=explanation(command),
        id=command.id,
        group=GROUPS[heading(command)],
    )


def pane_bindings() -> list[Binding]:
    """Number keys: 1 the list, 2 the details, 3 and on the consoles in the order of their tabs."""
    names = {1: "list", 2: "details"}
    return [
        bound(
            str(number),
            f"pane({number})",
            f"Pane {number}",
            f"Go to the {names[number]}" if number in names else f"Go to console {number - 2}",
            id=f"view.pane-{number}",
        )
        for number in range(1, PANES + 1)
    ]
