"""The arguments of commands: declared once, for parsing, help, completion and forms alike."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from xentui.frozen import dataclass

if TYPE_CHECKING:
    from xentui.model.domain import Domain
    from xentui.service.legality import Action


class ArgumentKind(StrEnum):
    """What an argument stands for, so that the shell can complete it."""

    TEXT = "text"
    FLAG = "flag"
    DOMAIN = "domain"
    PATH = "path"
    """Of the host alone: what xl reads or writes there."""
    FILE = "file"
    """A configuration: of the host, of this machine (``local:``), or standard input."""
    OWN_FILE = "own-file"
    """The same, but of this machine where nothing stands before it; ``host:`` is the host's."""
    CHOICE = "choice"
    NUMBER = "number"
    HOST = "host"
    HOSTS = "hosts"
    VERB = "verb"
    PARAMETER = "parameter"


FILE = "configuration file on the host; local:PATH on this machine, - for standard input"
"""What help says of an argument of the kind ``FILE``."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command.

    ``names`` is one word for a positional, or the option's spellings; ``action`` tells which domains fit (those it
    is possible on); ``against`` why one of the ``choices`` is none for a domain, "" where it is; ``many`` takes all
    words left; ``optional`` may be left out.
    """

    names: tuple[str, ...]
    help: str
    kind: ArgumentKind = ArgumentKind.TEXT
    action: Action | None = None
    metavar: str = ""
    choices: tuple[str, ...] = ()
    against: Callable[[Domain, str], str] | None = None
    many: bool = False
    optional: bool = False

    @property
    def is_option(self) -> bool:
        """Whether it is written with dashes."""
        return self.names[0].startswith("-")

    @property
    def dest(self) -> str:
        """The attribute its value has among the parsed arguments, as argparse makes it."""
        spelt = next((name for name in self.names if name.startswith("--")), self.names[0])
        return spelt.lstrip("-").replace("-", "_")


def domain(action: Action | None = None, *, help: str = "name, domid or uuid") -> Argument:
    """Return the usual first argument: a domain."""
    return Argument(("domain",), help, ArgumentKind.DOMAIN, action, metavar="DOM")


def flag(*names: str, help: str) -> Argument:
    """Return an option without a value."""
    return Argument(names, help, ArgumentKind.FLAG)
