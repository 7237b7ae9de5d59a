"""What may stand at the cursor: completion for the shell and for bash, zsh and fish alike.

Everything comes from the verbs' own arguments; the host is asked only where a domain or a path is wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from xentui import config as language
from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command
from xentui.commands.describe import kind
from xentui.commands.global_options import EVERY_VERB
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.patterns import late_pattern
from xentui.service.config_source import HOST, LOCAL
from xentui.service.legality import Action, reason_against
from xentui.text import plain

_UUID_START = late_pattern(r"[0-9a-f]{4}[0-9a-f-]*")
_SETTING = late_pattern(r"[\w-]+[:=](?=/)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to complete the word: the whole of it, unquoted, and what it is.

    A word that is not ``final`` goes on: a folder, an option that takes its value after ``=``.
    """

    text: str
    meta: str = ""
    final: bool = True


class CompletionSource(Protocol):
    """What completion asks of a host; each answer is empty where the host does not give one."""

    async def domains(self) -> Sequence[Domain]:
        """Return the domains as they are about now."""

    async def paths(self, prefix: str) -> Sequence[str]:
        """Return the paths beginning with ``prefix``, spelled as the user began; folders end with a slash."""

    async def own_paths(self, prefix: str) -> Sequence[str]:
        """Return the same of the machine xentui runs on."""

    def hosts(self) -> Sequence[str]:
        """Return the hosts ``--host`` knows by name."""

    def groups(self) -> Sequence[str]:
        """Return the groups ``--hosts`` knows by name."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A front end's verbs by name, and the options that may stand before and after a verb."""

    verbs: Mapping[str, Command]
    before: tuple[Argument, ...] = ()
    after: tuple[Argument, ...] = EVERY_VERB

    def options(self, verb: Command | None) -> tuple[Argument, ...]:
        """Return the options that fit after ``verb``, or before any verb."""
        return (*verb.options, *self.after) if verb else self.before

    @property
    def families(self) -> list[str]:
        """The first words of verbs of two."""
        return list(dict.fromkeys(name.partition(" ")[0] for name in self.verbs if " " in name))

    def members(self, family: str) -> list[Command]:
        """Return the verbs of two words that begin with that one."""
        return [verb for name, verb in self.verbs.items() if name.startswith(f"{family} ")]

    def words(self, family: str = "") -> list[Candidate]:
        """Return what a verb may begin with; what may stand behind the first word of one of two."""
        if family:
            return [Candidate(verb.verb.partition(" ")[2], verb.summary) for verb in self.members(family)]
        found: dict[str, str] = {}
        for name, verb in self.verbs.items():
            first, blank, _second = name.partition(" ")
            about = (
                ", ".join(each.verb.partition(" ")[2] for each in self.members(first))
                if blank
                else verb.summary
            )
            found.setdefault(first, about)
        return [Candidate(word, meta) for word, meta in found.items()]


@dataclass(frozen=True, slots=True)
class WordPlace:
    """Where the cursor stands: after which verb, positionals and options.

    ``pending`` is the option whose value comes next; ``closed`` says that ``--`` has ended the options; ``family`` is
    the first word of a verb of two, where the second comes next.
    """

    verb: Command | None = None
    unknown: bool = False
    positionals: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    pending: Argument | None = None
    closed: bool = False
    family: str = ""

    @property
    def argument(self) -> Argument | None:
        """The positional argument that comes next; None where there is none left."""
        expected = self.verb.positionals if self.verb else ()
        if len(self.positionals) < len(expected):
            return expected[len(self.positionals)]
        return expected[-1] if expected and expected[-1].many else None


def place(vocabulary: Vocabulary, before: Iterable[str]) -> WordPlace:
    """Read the finished words before the cursor."""
    verb: Command | None = None
    positionals: list[str] = []
    options: set[str] = set()
    pending: Argument | None = None
    closed = False
    family = ""
    for word in before:
        if pending is not None:
            pending = None
        elif word == "--" and verb and not closed:
            closed = True
        elif word.startswith("-") and word != "-" and not closed:
            option = _option(vocabulary.options(verb), word)
            options.update(option.names if option else ())
            pending = option if option and option.kind is not ArgumentKind.FLAG else None
        elif verb is None:
            name = f"{family} {word}" if family else word
            verb = vocabulary.verbs.get(name)
            if verb is None and not family and vocabulary.members(word):
                family = word
            elif verb is None:
                return WordPlace(unknown=True)
        else:
            positionals.append(word)
    beginning = "" if verb else family
    return WordPlace(verb, False, tuple(positionals), frozenset(options), pending, closed, beginning)


async def candidates(
    vocabulary: Vocabulary, words: Sequence[str], source: CompletionSource
) -> list[Candidate]:
    """Return the candidates for the last of ``words``, which may be empty; the others are finished."""
    *before, word = words
    here = place(vocabulary, before)
    if here.unknown:
        return []
    if here.pending is not None:
        found = await _values(vocabulary, here.pending, word, here, source)
    elif word.startswith("-") and not here.closed:
        found = await _options(vocabulary, here, word, source)
    elif here.verb is None:
        found = vocabulary.words(here.family)
    elif argument := here.argument:
        found = await _values(vocabulary, argument, word, here, source)
    else:
        found = [] if word or here.closed else await _options(vocabulary, here, word, source)
    return [
        Candidate(item.text, plain(item.meta, 100), item.final)
        for item in found
        if item.text.startswith(word) and plain(item.text, len(item.text)) == item.text
    ]


def spellings(option: Argument) -> tuple[str, ...]:
    """Return the spellings worth offering: the long ones, where there are any."""
    return tuple(name for name in option.names if name.startswith("--")) or option.names


def _option(options: Iterable[Argument], word: str) -> Argument | None:
    return next((option for option in options if word in option.names), None)


async def _options(
    vocabulary: Vocabulary, here: WordPlace, word: str, source: CompletionSource
) -> list[Candidate]:
    options = vocabulary.options(here.verb)
    name, equals, value = word.partition("=")
    if equals:
        option = _option(options, name)
        if option is None or option.kind is ArgumentKind.FLAG:
            return []
        found = await _values(vocabulary, option, value, here, source)
        return [Candidate(f"{name}={item.text}", item.meta, item.final) for item in found]
    unused = [option for option in options if not here.options.intersection(option.names)]
    return [Candidate(spelling, option.help) for option in unused for spelling in spellings(option)]


async def _values(
    vocabulary: Vocabulary, argument: Argument, word: str, here: WordPlace, source: CompletionSource
) -> list[Candidate]:
    found: list[Candidate] = []
    match argument.kind:
        case ArgumentKind.CHOICE:
            found = [Candidate(choice) for choice in argument.choices]
        case ArgumentKind.VERB:
            found = vocabulary.words(here.positionals[0] if argument.many and here.positionals else "")
        case ArgumentKind.PARAMETER:
            found = [
                Candidate(key.name, key.term) for key in language.SCHEMA.values() if key.toolstack != "xm"
            ]
        case ArgumentKind.HOST:
            found = [Candidate(name) for name in source.hosts()]
        case ArgumentKind.HOSTS:
            found = [Candidate(name) for name in source.groups()]
        case ArgumentKind.PATH:
            found = await _paths(word, "", source)
        case ArgumentKind.FILE | ArgumentKind.OWN_FILE:
            found = await _files(word, source, own=argument.kind is ArgumentKind.OWN_FILE)
        case ArgumentKind.DOMAIN:
            given = here.positionals if argument.many else ()
            fit = _domains(await source.domains(), argument.action, word)
            # A name with a dash in front is read as one only after `--`.
            found = [item for item in fit if item.text not in given and (here.closed or item.text[:1] != "-")]
        case ArgumentKind.TEXT if argument.many and (setting := _SETTING.match(word)):
            found = await _paths(word[setting.end() :], setting[0], source)
    return found


async def _files(word: str, source: CompletionSource, *, own: bool) -> list[Candidate]:
    """Files of the host and of this machine; ``own`` says that the latter are named without ``local:``."""
    lead = next((lead for lead in (LOCAL, HOST) if word.startswith(lead)), "")
    found = await _paths(word.removeprefix(lead), lead, source, own=lead == LOCAL or (own and lead != HOST))
    other = HOST if own else LOCAL
    if not lead:
        found.append(Candidate(other, "a file of the host" if own else "a file of this machine", final=False))
    return found


async def _paths(prefix: str, lead: str, source: CompletionSource, *, own: bool = False) -> list[Candidate]:
    found = await (source.own_paths(prefix) if own else source.paths(prefix))
    return [
        Candidate(lead + path, "folder" if path.endswith("/") else "", final=not path.endswith("/"))
        for path in found
    ]


def _domains(domains: Sequence[Domain], action: Action | None, word: str) -> list[Candidate]:
    """Return the fit domains by name, by domid where names are missing or shared; by uuid to who has begun one."""
    fit = [domain for domain in domains if action is None or not reason_against(domain, action)]
    counts = Counter(domain.name for domain in domains)
    found = []
    for domain in fit:
        if domain.name and counts[domain.name] == 1:
            found.append(Candidate(domain.name, _describe(domain)))
        else:
            found.append(Candidate(_identifier(domain), f"{domain.name or '(null)'}: {_describe(domain)}"))
    if word and not any(item.text.startswith(word) for item in found):
        found += [Candidate(_identifier(domain), domain.name) for domain in fit if domain.domid is not None]
        if _UUID_START.fullmatch(word.lower()):
            found += [Candidate(domain.uuid, domain.name) for domain in fit]
    return found


def _identifier(domain: Domain) -> str:
    return str(domain.domid) if domain.domid is not None else domain.uuid


def _describe(domain: Domain) -> str:
    number = f", domid {domain.domid}" if domain.domid is not None else ""
    return f"{domain.state}, {kind(domain)}{number}"
