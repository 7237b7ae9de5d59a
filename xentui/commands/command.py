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
"""Does a command with its parsed arguments; the exit status, of which None is 0."""
Act = Callable[["Context", "Domain", argparse.Namespace], Awaitable[str]]
"""Does a command to one domain; what was done, as the screen's log says it behind the domain's name."""


Across = Callable[["Sequence[HostPart]", "LastLooks"], Awaitable[int | None]]
"""Does a command on several hosts as one thing, with the arguments of each; ``LastLooks`` is what was seen of them."""


class Group(StrEnum):
    """Under which heading a command stands."""

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
    """What a command is done to where domains are chosen in a list, not named."""

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
    """One command.

    ``id`` names it in config.toml and in hints; ``verb`` on the command line ("": it has none; it may
    be of two words, as :data:`xentui.commands.registry.FAMILIES` tells); ``label`` in the
    screen's key bar, menu and palette ("": it is not there), ``says`` is the command as a verb in a sentence where its
    label in small letters is none.  ``summary`` is one clause, or several of which the
    first says enough; ``details`` are sentences for its help.

    ``run`` does it.  Where it does one thing to one domain, ``act`` is given instead: then ``run`` finds the domain the
    first argument names, and the screen does the same to each of the chosen ones; ``steady`` says that it cannot be
    cancelled half-way without harm.  A command that has neither is done by the screen itself.

    ``mutates``: it changes something, so that a read-only session refuses it before anything is asked; ``readable``:
    but what the screen opens for it can be looked at all the same, and refuses by itself.  ``asks``: it may ask before
    something is lost for good; ``danger`` names the argument that decides whether, where one does.  ``hostless``: it
    needs no host, unless ``needs_host`` tells of its arguments that it does.  ``default_host`` is the host it is for
    where none is named.  ``names_host`` is the argument that names its host itself.
    ``front_end``: it belongs to a front end, and takes none of the options of every command.
    ``across`` does it on several hosts as one thing; without it each host does it by itself.
    ``stepwise``: it does one thing after another, each of which is told as it goes on.
    ``takes_terminal`` tells of arguments whether it has the user's terminal to itself then, where there is one; the
    screen opens a console instead.
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
        return self.says or (self.label.rstrip("…").lower() if self.label else self.verb)

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
