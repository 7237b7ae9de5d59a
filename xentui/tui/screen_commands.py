"""The commands that concern the screen only: marks, sorting, panes, other screens."""

from __future__ import annotations

from xentui.commands.command import Command, Group, Targets

COMMANDS = (
    Command(
        id="list.mark",
        label="Mark",
        summary="Mark the domain for what is done next",
        group=Group.LIST,
    ),
    Command(
        id="list.mark-all",
        label="Mark all",
        summary="Mark all domains shown",
        group=Group.LIST,
    ),
    Command(
        id="list.invert",
        label="Invert marks",
        summary="Mark those that are not marked",
        group=Group.LIST,
    ),
    Command(
        id="list.filter",
        label="Filter",
        summary="Show only some: web, /re/, state:off, kind:managed",
        group=Group.LIST,
    ),
    Command(
        id="list.clear",
        label="Clear",
        summary="Take back filter and marks",
        group=Group.LIST,
    ),
    Command(
        id="list.sort",
        label="Sort",
        summary="Choose the column to sort by",
        group=Group.LIST,
    ),
    Command(
        id="list.sort-previous",
        label="Sort left",
        summary="Sort by the column before",
        group=Group.LIST,
    ),
    Command(
        id="list.sort-next",
        label="Sort right",
        summary="Sort by the column behind",
        group=Group.LIST,
    ),
    Command(
        id="list.reverse",
        label="Reverse",
        summary="Turn the order round",
        group=Group.LIST,
    ),
    Command(
        id="list.copy-name",
        label="Copy name",
        summary="Copy the name (OSC 52)",
        group=Group.LIST,
        targets=Targets.ONE,
    ),
    Command(
        id="list.copy-uuid",
        label="Copy uuid",
        summary="Copy the uuid (OSC 52)",
        group=Group.LIST,
        targets=Targets.ONE,
    ),
    Command(
        id="view.menu",
        label="Menu",
        summary="All actions on this domain",
        group=Group.SCREEN,
        targets=Targets.ONE,
    ),
    Command(
        id="view.details",
        label="Details",
        summary="Show or hide the details",
        group=Group.SCREEN,
    ),
    Command(
        id="view.next",
        label="Next pane",
        summary="Go to the next pane",
        group=Group.SCREEN,
    ),
    Command(
        id="view.previous",
        label="Previous pane",
        summary="Go to the pane before",
        group=Group.SCREEN,
    ),
    Command(
        id="view.command",
        label="Command",
        summary="Type a verb of the command line",
        group=Group.SCREEN,
    ),
    Command(
        id="view.palette",
        label="Palette",
        summary="Find any action and any domain",
        group=Group.SCREEN,
    ),
    Command(
        id="view.log",
        label="Log",
        summary="Jobs of this session, and the audit log",
        group=Group.SCREEN,
    ),
    Command(
        id="view.error",
        label="Last error",
        summary="What went wrong last, and what to do",
        group=Group.SCREEN,
    ),
    Command(
        id="view.refresh",
        label="Refresh",
        summary="Look at the host at once",
        group=Group.SCREEN,
    ),
    Command(
        id="view.repaint",
        label="Repaint",
        summary="Paint the screen anew",
        group=Group.SCREEN,
    ),
    Command(
        id="view.theme",
        label="Theme",
        summary="Change the colours",
        group=Group.SCREEN,
    ),
    Command(
        id="view.help",
        label="Help",
        summary="Show the keys",
        group=Group.SCREEN,
    ),
    Command(
        id="view.background",
        label="Background",
        summary="Stop xentui itself, back by `fg`; Ctrl-Z undoes",
        group=Group.SCREEN,
    ),
    Command(
        id="view.quit",
        label="Quit",
        summary="Leave xentui",
        group=Group.SCREEN,
    ),
)
