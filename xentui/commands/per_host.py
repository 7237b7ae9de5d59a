"""What each of several hosts has to do of a command, and what comes of it."""

from __future__ import annotations

import argparse
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.errors import ExitStatus, HostError, Suggest, XentuiError
from xentui.hosts.naming import domain_at_host

if TYPE_CHECKING:
    from xentui.commands.command import Command
    from xentui.commands.context import HostPart
    from xentui.fleet.cache import LastLooks
    from xentui.model.domain import Snapshot

AT = domain_at_host.AT


def domain_argument(command: Command) -> Argument | None:
    """Return the argument that names the domains of a command; None where it has none."""
    return next((each for each in command.positionals if each.kind is ArgumentKind.DOMAIN), None)


def words_of_domains(command: Command, args: argparse.Namespace) -> list[str]:
    """Return the words that name domains."""
    argument = domain_argument(command)
    value = getattr(args, argument.dest, None) if argument is not None else None
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def split(word: str, hosts: Container[str]) -> tuple[str, str]:
    """Return a word as domain and host; the host is "" where it names none of ``hosts``."""
    return domain_at_host.split(word, hosts.__contains__)


def kept(host: str, looks: LastLooks) -> Snapshot | XentuiError:
    """Return what was seen of a host last; the error where nothing was."""
    look = looks.of(host)
    unseen = XentuiError(
        "was not seen in a list of several hosts yet",
        hint=(Suggest("host.list"), " without --cached asks it"),
    )
    return look.snapshot if look else unseen


def worst(statuses: Iterable[int]) -> int:
    """Return the exit status of several hosts: the greatest of those that failed, else whether some could not be
    asked.
    """
    found = set(statuses) - {int(ExitStatus.DONE)}
    return max(found - {int(ExitStatus.HOSTS_AWAY)} or found, default=int(ExitStatus.DONE))


def print_failure(part: HostPart, error: XentuiError, more: str = "") -> int:
    """Tell of what went wrong on a host, in one line where it could not be asked; returns the exit status it is."""
    if isinstance(error, HostError):
        part.context.note(f"{part.host}: {error.told_of(part.host)}{more}")
        return int(ExitStatus.HOSTS_AWAY)
    head, *rest = part.context.report(error)
    part.context.note(f"{part.host}: {head}")
    for line in rest:
        part.context.note(line)
    return int(error.exit_status)
