"""Which of several hosts a typed command is for.  No Textual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xentui.commands.arguments import ArgumentKind
from xentui.commands.command import Command
from xentui.commands.per_host import split
from xentui.errors import UsageError
from xentui.model.domain import Domain
from xentui.tui.jobs import on_host

_MOST = 200
"""Names that are offered of hosts other than the one one is at."""


def by_host(
    verb: Command, words: Sequence[str], domains: Mapping[str, Sequence[Domain]]
) -> Mapping[str, list[str]]:
    """Return the words behind a verb for each host whose domains they name, as that host takes them: ``web1@xen2`` is
    web1.

    ``domains`` are those of each host.  Nothing where they name none.  Raises UsageError for a name that domains of
    several hosts have.
    """
    named = dict(_named(verb, words, domains))
    hosts = dict.fromkeys(host for host, _name in named.values())
    return {
        host: [
            named[place][1] if place in named else word
            for place, word in enumerate(words)
            if place not in named or named[place][0] == host
        ]
        for host in hosts
    }


def _named(
    verb: Command, words: Sequence[str], domains: Mapping[str, Sequence[Domain]]
) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the places of words that name a domain, with its host, and what it is called there."""
    kinds = [each for each in verb.positionals if each.kind is ArgumentKind.DOMAIN]
    if not kinds:
        return
    plain = [word for word in words if not word.startswith("-")]
    # As in `rename NEW`: the domain is the one that is chosen, whoever else has that name.
    unnamed = len(plain) < sum(not each.optional for each in verb.positionals)
    for place, word in enumerate(words):
        if word.startswith("-"):
            continue
        name, host = split(word, domains)
        having = [known for known, its in domains.items() if any(_is(domain, word) for domain in its)]
        if host and not having:
            yield place, (host, name)
        elif unnamed:
            return
        elif len(having) > 1:
            either = " and ".join(having[:3]) + (f" and {len(having) - 3} more" if len(having) > 3 else "")
            raise UsageError(
                f"is on {either}", subject=word, hint=f"write `{on_host(word, having[0])}` for that one"
            )
        elif having:
            yield place, (having[0], word)
        else:
            continue
        if not kinds[0].many:
            return  # what follows may be anything


def _is(domain: Domain, word: str) -> bool:
    return domain.answers_to(word) or domain.uuid == word.lower()


def names_elsewhere(begun: str, domains: Mapping[str, Sequence[Domain]], here: str) -> list[str]:
    """Return what a word that is begun may be as the name of a domain on another host than ``here``: ``web1@xen2``."""
    names = (
        on_host(domain.name, host)
        for host, its in domains.items()
        if host != here
        for domain in its
        if domain.name and not domain.odd_name and " " not in domain.name
    )
    found = [name for name in names if name.startswith(begun)]
    return found[:_MOST]
