"""The keys of commands, and which of them matter in the key bar.

A key can be changed in config.toml under the command's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding

from xentui.commands import registry
from xentui.commands.command import Command, Group
from xentui.tui import screen_commands
from xentui.tui.bindings import GROUPS, Heading, bound


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a command.

    ``keys`` are Textual's key names, comma-separated; ``bar`` is how much it matters in the key bar, 1 the most (0: it
    is not there); ``looking`` says that it is a key too while one looks around in a console, ``asks`` that something is
    always asked first.
    """

    keys: str
    bar: int = 0
    looking: bool = False
    asks: bool = False


KEYS: Mapping[str, Key] = {
    "console.open": Key("c", 1),
    "domain.start": Key("s", 2),
    "domain.boot": Key("b", 3),
    "domain.shutdown": Key("S", 4),
    "domain.reboot": Key("R", 5),
    "domain.pause": Key("p", 10),
    "domain.unpause": Key("u", 18),
    "domain.trigger": Key("t"),
    "domain.suspend": Key("z", 13),
    "domain.resume": Key("Z", 19),
    "domain.destroy": Key("X", 6, asks=True),
    "domain.clear": Key("x", asks=True),
    "domain.save": Key("w"),
    "host.restore": Key("W"),
    "host.new": Key("n", 9),
    "host.create": Key("C", 15),
    "domain.delete": Key("D", 14, asks=True),
    "config.edit": Key("e", 9),
    "config.new": Key("N"),
    "config.history": Key("H"),
    "config.drift": Key("equals_sign"),
    "config.bulk": Key("B"),
    "config.bulk-undo": Key("ctrl+z"),
    "host.undelete": Key("U"),
    "domain.rename": Key("r"),
    "domain.autostart": Key("a"),
    "domain.autostart-order": Key("A"),
    "domain.memory": Key("m", 16),
    "domain.vcpus": Key("v", 17),
    "domain.disk-attach": Key("+"),
    "domain.disk-detach": Key("-"),
    "domain.medium": Key("M"),
    "domain.net-attach": Key("i"),
    "domain.net-detach": Key("I"),
    "console.look": Key("V"),
    "console.full": Key("F", looking=True),
    "console.close": Key("K", looking=True),
    "list.mark": Key("space"),
    "list.mark-all": Key("*"),
    "list.invert": Key("!"),
    "list.filter": Key("slash", 7),
    "list.clear": Key("escape"),
    "list.sort": Key("o"),
    "list.sort-previous": Key("<"),
    "list.sort-next": Key(">"),
    "list.reverse": Key("O"),
    "list.copy-name": Key("y"),
    "list.copy-uuid": Key("Y"),
    "view.menu": Key("full_stop"),
    "view.details": Key("d"),
    "view.next": Key("tab", looking=True),
    "view.previous": Key("shift+tab", looking=True),
    "view.command": Key("colon", 8),
    "view.palette": Key("ctrl+p", 12, looking=True),
    "view.log": Key("L", 11, looking=True),
    "view.error": Key("E", looking=True),
    "view.refresh": Key("f5"),
    "view.repaint": Key("ctrl+l"),
    "view.theme": Key("T"),
    "view.help": Key("question_mark,f1", 21, looking=True),
    "view.background": Key("ampersand"),
    "view.quit": Key("q,ctrl+q", 20),
}
"""By the command's id, in the order of help, palette, menu and key bar."""
BY_ID: Mapping[str, Command] = {
    command.id: command for command in (*registry.labelled(), *screen_commands.COMMANDS)
}
COMMANDS = tuple(BY_ID[name] for name in KEYS)
"""What can be done on the screen."""
_HEADINGS = {
    Group.LIFE: Heading.LIFE,
    Group.MEMORY: Heading.LIFE,
    Group.MANAGED: Heading.MANAGED,
    Group.RESOURCES: Heading.DEVICES,
    Group.DEVICES: Heading.DEVICES,
    Group.CONSOLES: Heading.CONSOLE,
    Group.LIST: Heading.LIST,
    Group.SCREEN: Heading.GENERAL,
}
PANES = 9
"""Panes that are reached by their number."""


def heading(command: Command) -> Heading:
    """What a command stands under on the screen."""
    return _HEADINGS[command.group]


def explanation(command: Command) -> str:
    """What a key does, for help, palette and menu."""
    return command.brief() + (" (asks)" if KEYS[command.id].asks else "")


def binding(command: Command) -> Binding:
    """The key binding of a screen that has ``action_act``."""
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
