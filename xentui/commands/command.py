"""What a command is: declared once, for the command line, the shell, the `:` line, palette, menu, keys and docs."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.frozen import dataclass

if TYPE_CHECKING:
    from xentui.commands.context import Context, HostPart
    from xentui.fleet.cache import LastLooks
    from xentui.model.domain import Domain
    from xentui.service.legality import Action

Run = Callable[["Context", argparse.Namespace], Awaitable[int | None]]
"""Runs a command with its parsed arguments; returns the exit status, None for 0."""
Act = Callable[["Context", "Domain", argparse.Namespace], Awaitable[str]]
"""Runs a command on one domain; returns what was done, as the screen's log shows it behind the domain's name."""
Across = Callable[["Sequence[HostPart]", "LastLooks"], Awaitable[int | None]]
"""Runs a command once for several hosts, with the arguments of each; ``LastLooks`` are their last snapshots."""


class Group(StrEnum):
    """The heading of a command in help, palette and menu."""

    LOOKING = "Looking"
    MANAGED = "Managed domains"
    LIFE = "Life cycle"
    MEMORY = "Memory images"
    RESOURCES = "Resources"
    DEVICES = "Devices"
    CONSOLES = "Consoles"
    IMAGES = "Disk images"
    HOST = "Host"
    CLUSTER = "Ganeti clusters"
    SIMULATOR = "Simulator"
    ITSELF = "xentui itself"
    SHELL = "The shell"
    LIST = "List"
    SCREEN = "Screen"


class Targets(StrEnum):
    """The domains a command is run on where they are selected in the list, not named."""

    NONE = "none"
    """No domain."""
    ONE = "one"
    """The domain under the cursor."""
    MANY = "many"
    """The marked domains, else the one under the cursor."""


def _never(_args: argparse.Namespace) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, declared for every front end.

    Names and texts: ``id`` is its name in config.toml and in hints.  ``verb`` is its word on the command line ("": it
    has none; for verbs of two words see :data:`xentui.commands.registry.FAMILIES`).  ``label`` is its name in the key
    bar, menu and palette ("": it is not there); ``says`` is its verb in sentences, if that is not the label in small
    letters.  ``summary`` is one clause, or several of which the first is enough; ``details`` are sentences for help.

    What it runs: ``run``, or for a command on one domain ``act``, with which ``run`` finds the domain that the first
    argument names, and the screen runs ``act`` on each selected domain.  A command with neither belongs to the screen.
    ``across`` runs it once for several hosts; without it, it is run on each.

    How it behaves:

    - ``mutates``: it changes something; a read-only session refuses it before anything is asked.
    - ``readable``: although it mutates, the screen may open its dialog to read, which refuses the change itself.
    - ``steady``: it must not be cancelled halfway.
    - ``stepwise``: it does several things one after the other, and reports each.
    - ``asks``: it may ask before something is lost; ``danger`` is the argument that decides whether, if one does.
    - ``hostless``: it needs no host, unless ``needs_host`` returns true for its arguments.
    - ``default_host``: its host if none is named; ``names_host``: the argument that names its host.
    - ``front_end``: it belongs to a front end, and has none of the options of every command.
    - ``takes_terminal``: whether, with its arguments, it uses the terminal itself; the screen opens a console instead.
    """

    id: str
    summary: str
    group: Group
    verb: str = ""
    label: str = ""
    arguments: tuple[Argument, ...] = ()
    targets: Targets = Targets.NONE
    says: str = ""
    mutates: bool = False
    readable: bool = False
    run: Run | None = None
    act: Act | None = None
    across: Across | None = None
    details: str = ""
    steady: bool = False
    asks: bool = False
    danger: str = ""
    hostless: bool = False
    needs_host: Callable[[argparse.Namespace], bool] = _never
    default_host: str = ""
    front_end: bool = False
    names_host: str = ""
    stepwise: bool = False
    takes_terminal: Callable[[argparse.Namespace], bool] = _never

    @property
    def options(self) -> tuple[Argument, ...]:
        """Its options."""
        return tuple(argument for argument in self.arguments if argument.is_option)

    @property
    def positionals(self) -> tuple[Argument, ...]:
        """Its positional arguments, in order."""
        return tuple(argument for argument in self.arguments if not argument.is_option)

    @property
    def action(self) -> Action | None:
        """What the service must allow on a domain: that of the argument which names it."""
        named = (argument for argument in self.arguments if argument.kind is ArgumentKind.DOMAIN)
        return next((argument.action for argument in named), None)

    @property
    def phrase(self) -> str:
        """The command as a verb in a sentence."""
        return self.says or (self.label.lower() if self.label else self.verb)

    def brief(self, width: int = 56) -> str:
        """As much of the summary as fits ``width`` columns: cut where a clause begins, else between words.

        By default it is what has room beside a key where the screen lists them.
        """
        if len(self.summary) <= width:
            return self.summary
        for mark in (";", ":", ","):
            head = self.summary.partition(mark)[0]
            if len(head) <= width:
                return head
        return self.summary[: width - 1].rpartition(" ")[0] + "…"
