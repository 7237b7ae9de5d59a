"""The domains that are chosen in a list, put into a line that names none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Targets
from xentui.commands.completion import Vocabulary, place
from xentui.errors import UsageError
from xentui.model.domain import Domain

_SPECIFIES = frozenset(":/=,")
"""What a word has that specifies a disk or an interface."""


def lines(
    command: Command,
    words: Sequence[str],
    current: Domain | None,
    marked: Sequence[Domain],
    domains: Sequence[Domain],
) -> list[list[str]]:
    """Return the words behind a command for each domain they are for: as they are where they name a domain, or need
    none.

    ``current`` is the domain under the cursor, ``marked`` come before it, ``domains`` are all there are.  A command
    that takes several is one line.  Raises UsageError where several are marked for a command that is for one.
    """
    at = _missing(command, words, domains)
    chosen = list(marked) or ([current] if current is not None else [])
    if at is None or not chosen:
        return [list(words)]
    named = [identifier(domain, domains) for domain in chosen]
    if command.positionals[at].many:
        return [[*words, *named]] if at else [[*named, *words]]
    if len(named) > 1 and command.targets is not Targets.MANY:
        raise UsageError(
            f"is for one domain, and {len(named)} are marked",
            subject=command.verb,
            hint="name one, or clear the marks",
        )
    return [[name, *words] for name in named]


def identifier(domain: Domain, domains: Sequence[Domain]) -> str:
    """Return the word that names a domain alone: its name, where no other has it and it can be typed, else domid or
    uuid.
    """
    names = Counter(other.name for other in domains)
    typeable = bool(domain.name) and not domain.odd_name and domain.name[:1] != "-"
    return domain.name if typeable and names[domain.name] == 1 else domain.handle


def _missing(command: Command, words: Sequence[str], domains: Sequence[Domain]) -> int | None:
    """Return the position among the positional arguments of the domain that no word names; None where none is
    missing.
    """
    positionals = command.positionals if command.targets is not Targets.NONE else ()
    at = next((n for n, each in enumerate(positionals) if each.kind is ArgumentKind.DOMAIN), None)
    here = place(Vocabulary({command.verb: command}), [command.verb, *words])
    if at is None or here.pending is not None or here.options & {"--all", "-a"}:
        return None
    given = here.positionals
    if at or not given:  # behind what it is given it is the last, and many
        return at if len(given) == at else None
    following = positionals[1] if len(positionals) > 1 else None
    if positionals[0].many or following is None or _names(given[0], domains):
        return None
    room = following.many or positionals[-1].many or len(given) < len(positionals)
    short = len(given) < 1 + sum(not each.optional for each in positionals[1:])
    return at if room and _fits(given[0], following, short=short) else None


def _names(word: str, domains: Sequence[Domain]) -> bool:
    """Return whether a word names a domain.  A number is none's: where one is typed without a name, it is something
    else.
    """
    return any(domain.answers_to(word) or domain.uuid == word.lower() for domain in domains)


def _fits(word: str, argument: Argument, *, short: bool) -> bool:
    """Return whether a word is what comes behind a domain; ``short``: were it the domain, something would be
    missing.
    """
    match argument.kind:
        case ArgumentKind.NUMBER:
            return word.isascii() and word.isdigit()
        case ArgumentKind.CHOICE:
            return word in argument.choices
        case ArgumentKind.PATH:
            return "/" in word
        case _:
            return bool(_SPECIFIES.intersection(word)) if argument.many else short
