"""The commands that concern the screen only: marks, sorting, panes, other screens."""

from __future__ import annotations

from xentui.commands.command import Command, Group, Targets

COMMANDS = (
    Command(
        id="list.undo",
        label="Undo",
        summary="Undo my last change, whatever it was",
        group=Group.LIST,
        mutates=True,
    ),
    Command(
        id="list.mark",
        label="Mark",
        summary="Mark the domain, or unmark it",
        group=Group.LIST,
    ),
    Command(
        id="list.mark-all",
        label="Mark all",
        summary="Mark all listed domains",
        group=Group.LIST,
    ),
    Command(
        id="list.invert",
        label="Invert marks",
        summary="Invert the marks",
        group=Group.LIST,
    ),
    Command(
        id="list.filter",
        label="Filter",
        summary="Filter the list: web, crash, /re/, state:off, mem>2G",
        group=Group.LIST,
    ),
    Command(
        id="list.clear",
        label="Clear",
        summary="Clear the marks, then the filter",
        group=Group.LIST,
    ),
    Command(
        id="list.sort",
        label="Sort",
        summary="Choose the sort column",
        group=Group.LIST,
    ),
    Command(
        id="list.sort-previous",
        label="Sort left",
        summary="Sort by the column to the left",
        group=Group.LIST,
    ),
    Command(
        id="list.sort-next",
        label="Sort right",
        summary="Sort by the column to the right",
        group=Group.LIST,
    ),
    Command(
        id="list.reverse",
        label="Reverse",
        summary="Reverse the sort order",
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
        summary="List all actions for this domain",
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
        summary="Go to the previous pane",
        group=Group.SCREEN,
    ),
    Command(
        id="view.jump",
        label="Jump",
        summary="Show letters on panes and tabs; a letter goes there",
        group=Group.SCREEN,
    ),
    Command(
        id="view.command",
        label="Command",
        summary="Type a command of the command line",
        group=Group.SCREEN,
    ),
    Command(
        id="view.palette",
        label="Palette",
        summary="Search all commands and domains",
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
        id="view.events",
        label="Events",
        summary="Events of the host: crashes, stops, changes by others",
        group=Group.SCREEN,
    ),
    Command(
        id="view.images",
        label="Images",
        summary="Images of disks: files, volumes, devices; make, grow, copy",
        group=Group.SCREEN,
    ),
    Command(
        id="view.check",
        label="Check host",
        summary="Check whether the host is ready for guests",
        group=Group.SCREEN,
    ),
    Command(
        id="view.go",
        label="Go to news",
        summary="Go to what was told of last, and to its console where that has it",
        group=Group.SCREEN,
    ),
    Command(
        id="view.refresh",
        label="Refresh",
        summary="Refresh now",
        group=Group.SCREEN,
    ),
    Command(
        id="view.repaint",
        label="Repaint",
        summary="Redraw the screen",
        group=Group.SCREEN,
    ),
    Command(
        id="view.theme",
        label="Theme",
        summary="Switch to the next colour theme",
        group=Group.SCREEN,
    ),
    Command(
        id="view.help",
        label="Help",
        summary="Show the keys",
        group=Group.SCREEN,
    ),
    Command(
        id="view.host",
        label="Change host",
        summary="Change to another host, as :host NAME does",
        group=Group.SCREEN,
    ),
    Command(
        id="view.background",
        label="Background",
        summary="Suspend xentui; `fg` in the shell brings it back",
        group=Group.SCREEN,
    ),
    Command(
        id="view.quit",
        label="Quit",
        summary="Quit xentui",
        group=Group.SCREEN,
    ),
)
