"""Commands on several hosts: on the one that has the named domain, or on each of them with what it says told apart."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from xentui.commands.arguments import Argument
from xentui.commands.command import Command
from xentui.commands.context import Context, HostPart, no_progress
from xentui.commands.per_host import (
    AT,
    domain_argument,
    kept,
    print_failure,
    split,
    words_of_domains,
    worst,
)
from xentui.commands.run import run_command, run_verb
from xentui.errors import (
    ExitStatus,
    FaultError,
    NoSuchDomainError,
    StoreError,
    UsageError,
    XentuiError,
)
from xentui.fleet.cache import LastLooks
from xentui.fleet.identity import names_of_one
from xentui.model.domain import Snapshot
from xentui.service import lookup
from xentui.service.concurrency import run_concurrently
from xentui.service.danger import Question
from xentui.spelling import nearest
from xentui.text import plain

_TOLD = 5
_FRESH = 900.0
"""Seconds for which it is believed that a host that does not answer has got no domain since it was seen."""


@dataclass(slots=True)
class _HostOutput:
    """What a command has said on one host, until it is its turn to be read."""

    lines: list[tuple[bool, str]] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def out(self, line: str) -> None:
        self.lines.append((True, line))

    def note(self, line: str) -> None:
        self.lines.append((False, line))


class SeveralHosts:
    """The hosts a session is for, as one.  On each host a command goes on beside the others; what it says comes when
    it has ended.

    Arguments: ``contexts`` has one for each host, with what this front end gives to commands; ``looks`` what earlier
    sessions saw of them.
    """

    def __init__(self, contexts: Sequence[Context], looks: LastLooks) -> None:
        self._contexts = {context.hypervisor.host.name: context for context in contexts}
        self._looks = looks
        self._first = contexts[0]
        for context in contexts:
            context.beside = [other.hypervisor for other in contexts if other is not context]

    @property
    def contexts(self) -> Sequence[Context]:
        """The context of each host."""
        return tuple(self._contexts.values())

    async def run(self, command: Command, args: argparse.Namespace) -> int:
        """Run a command; errors are printed and become its exit status.

        That is 0 where all hosts have done it; the greatest of what commands failed with; 7 where nothing failed but
        hosts could not be asked.
        """
        try:
            parts = await self._parts(command, args)
            if command.across is not None:
                return int(await command.across(parts, self._looks) or ExitStatus.DONE)
            if len(parts) == 1:
                return await run_verb(command, parts[0].args, parts[0].context)
            _require_many(command, args)
        except XentuiError as error:
            self._first.report_error(error)
            return int(error.exit_status)
        return await self._on_each(command, parts)

    async def _on_each(self, command: Command, parts: Sequence[HostPart]) -> int:
        turn = asyncio.Lock()
        values: dict[str, list[Any]] = {}

        async def one(part: HostPart) -> int:
            told = _HostOutput()
            context = self._buffered(part, told, turn)
            error: XentuiError | None = None
            status = int(ExitStatus.DONE)
            try:
                status = int(await run_command(command, part.args, context) or ExitStatus.DONE)
            except XentuiError as caught:
                error = caught
            except Exception as caught:  # noqa: BLE001 - the boundary: the other hosts' work goes on
                error = FaultError(caught)
            async with turn:
                values[part.host] = told.values
                _print_output(part, told)
                return print_failure(part, error) if error else status

        with _own_words(parts):
            statuses: list[int] = await run_concurrently(*map(one, parts))
        if any(values.values()):
            self._first.json(
                [item for part in parts for item in _named(part.host, values.get(part.host, ()))]
            )
        return worst(statuses)

    def _buffered(self, part: HostPart, told: _HostOutput, turn: asyncio.Lock) -> Context:
        """Return the context of a host among others: what it says waits for its turn, what it asks is asked one by
        one.
        """
        own = part.context
        session = own.hypervisor.session

        def announced(command: str) -> None:
            for line in command.split("\n"):
                told.out(line)

        session.announce = announced
        session.warn = lambda line: told.note(f"warning: {line}")

        async def ask(question: Question) -> bool:
            async with turn:
                _print_output(part, told)
                own.note(f"{part.host}:")
                return own.ask is not None and await own.ask(question)

        async def confirm(question: str, about: Sequence[str] = ()) -> bool:
            async with turn:
                _print_output(part, told)
                return own.confirm is not None and await own.confirm(f"{part.host}: {question}", about)

        return replace(
            own,
            out=told.out,
            note=told.note,
            raw=None,
            progress=no_progress,
            terminal=False,
            own_terminal=False,
            ask=ask if own.ask else None,
            confirm=confirm if own.confirm else None,
            ask_secret=None,
            standard_input=None,
            take_json=told.values.append,
        )

    async def _parts(self, command: Command, args: argparse.Namespace) -> list[HostPart]:
        """Return what each host has to do; raises UsageError where that cannot be told."""
        argument = domain_argument(command)
        words = words_of_domains(command, args)
        if command.names_host:
            return [HostPart(self._named_by(command, args), args)]
        if argument is None or not words:
            if command.mutates and (argument is None or not argument.optional) and len(self._contexts) > 1:
                raise UsageError(
                    "names no domain, and several hosts are given",
                    subject=command.verb,
                    hint=f"say which host it is for: --host {next(iter(self._contexts))}",
                )
            return [HostPart(context, args) for context in self._contexts.values()]
        named: dict[str, list[str]] = {}
        seen: dict[str, Snapshot | XentuiError] = {}

        async def look() -> dict[str, Snapshot | XentuiError]:
            if getattr(args, "cached", False):
                seen.update({host: kept(host, self._looks) for host in self._contexts})
            else:
                seen.update(await self._seen(whole=command.across is not None))
            return seen

        places = await self._places(words, look, sure=command.mutates)
        for word, (host, domain) in zip(words, places, strict=True):
            del word
            named.setdefault(host, []).append(domain)
        return [
            HostPart(self._contexts[host], _with_words(args, argument, domains), seen.get(host))
            for host, domains in named.items()
        ]

    def _named_by(self, command: Command, args: argparse.Namespace) -> Context:
        """Return the context of the host a command names itself; raises UsageError where it names none of them."""
        word = getattr(args, command.names_host, None)
        if not word:
            raise UsageError(
                "does not say which of the hosts is meant",
                subject=command.verb,
                hint=f"name one: {', '.join(list(self._contexts)[:_TOLD])}",
            )
        # One that is none of them is opened by the command.
        return self._contexts.get(word, self._first)

    async def _places(
        self,
        words: Sequence[str],
        look: Callable[[], Awaitable[dict[str, Snapshot | XentuiError]]],
        *,
        sure: bool,
    ) -> list[tuple[str, str]]:
        """Return the host of each word, and what names the domain there; ``look`` tells what hosts have, where that
        counts.
        """
        told = [split(word, self._contexts) for word in words]
        if all(host for _domain, host in told):
            return [(host, domain) for domain, host in told]
        if len(self._contexts) == 1:
            only = next(iter(self._contexts))
            return [(host or only, domain) for domain, host in told]
        seen = await look()
        return [
            (host, domain) if host else (self._only(domain, seen, sure=sure), domain) for domain, host in told
        ]

    async def _seen(self, *, whole: bool) -> dict[str, Snapshot | XentuiError]:
        """Return what runs and is stored on each host now, or why that is not known; ``whole``: with its
        configurations.
        """

        async def look(context: Context) -> Snapshot | XentuiError:
            inventory = context.hypervisor.inventory
            try:
                return await (inventory.poll() if whole else inventory.glance())
            except XentuiError as error:
                return error

        found = await run_concurrently(*map(look, self._contexts.values()))
        again = names_of_one(
            (context.hypervisor.host, snapshot)
            for context, snapshot in zip(self._contexts.values(), found, strict=True)
            if isinstance(snapshot, Snapshot)
        )
        return {
            host: snapshot for host, snapshot in zip(self._contexts, found, strict=True) if host not in again
        }

    def _only(self, word: str, seen: dict[str, Snapshot | XentuiError], *, sure: bool) -> str:
        """Return the one host that has the domain of that word.

        Raises UsageError where several have it, or where it is to be ``sure`` and a host that has not answered may;
        NoSuchDomainError where none has.
        """
        having: list[str] = []
        unknown: dict[str, XentuiError] = {}
        for host, snapshot in seen.items():
            if isinstance(snapshot, XentuiError):
                if not self._lacked(host, word):
                    unknown[host] = snapshot
                continue
            try:
                lookup.find(snapshot, word)
            except NoSuchDomainError:
                continue
            except StoreError as error:
                unknown[host] = error
                continue
            except UsageError:
                pass  # several there answer to it: that host says so
            having.append(host)
        if len(having) > 1:
            raise UsageError(
                f"{len(having)} hosts have a domain of that name",
                subject=plain(word, 100),
                hint=f"say which: {_either(word, having)}",
            )
        if having and not (sure and unknown):
            return having[0]
        details = [f"{host} could not be asked: {error.message}" for host, error in unknown.items()][:_TOLD]
        if having:
            raise UsageError(
                f"cannot tell whether {having[0]} alone has it",
                subject=plain(word, 100),
                hint=f"say which is meant: {word}{AT}{having[0]}",
                details=details,
            )
        snapshots = [each for each in seen.values() if isinstance(each, Snapshot)]
        names = [domain.name for each in snapshots for domain in each.domains if domain.name][:5000]
        close = nearest(word, names)
        raise NoSuchDomainError(
            f"no such domain on {'the hosts that answer' if unknown else 'any of the hosts'}",
            subject=plain(word, 100),
            hint=f"did you mean `{close[0]}`?" if close else f"name its host after an {AT}, as web1{AT}xen2",
            details=details,
        )

    def _lacked(self, host: str, word: str) -> bool:
        """Return whether a host that does not answer had no such domain when it was seen last, not long ago."""
        look = self._looks.of(host, within=_FRESH)
        return (
            look is not None
            and not any(
                domain.answers_to(word) or domain.uuid == word.lower() for domain in look.snapshot.domains
            )
            and not word.isdigit()
        )


def _print_output(part: HostPart, told: _HostOutput) -> None:
    if any(out for out, _line in told.lines):
        part.context.out(f"== {part.host} ==")
    for out, line in told.lines:
        if out:
            part.context.out(line)
        else:
            part.context.note(f"{part.host}: {line}")
    told.lines.clear()


def _named(host: str, values: Sequence[Any]) -> list[Any]:
    """Return what a host has said as JSON, with its name in each object."""
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [{"host": host, **(item if isinstance(item, dict) else {"value": item})} for item in items]


def _require_many(command: Command, args: argparse.Namespace) -> None:
    if command.takes_terminal(args):
        raise UsageError(
            "needs the terminal for one host alone", subject=command.verb, hint="name one host: --host HOST"
        )


def _with_words(args: argparse.Namespace, argument: Argument, words: list[str]) -> argparse.Namespace:
    changed = words if argument.many else words[0]
    return argparse.Namespace(**{**vars(args), argument.dest: changed})


def _either(word: str, hosts: Sequence[str]) -> str:
    more = f" or one of {len(hosts) - _TOLD} more" if len(hosts) > _TOLD else ""
    return " or ".join(f"{word}{AT}{host}" for host in hosts[:_TOLD]) + more


@contextmanager
def _own_words(parts: Sequence[HostPart]) -> Iterator[None]:
    """What hosts announce meanwhile goes elsewhere than it did before."""
    sessions = [part.context.hypervisor.session for part in parts]
    before = [(session, session.announce, session.warn) for session in sessions]
    try:
        yield
    finally:
        for session, announce, warn in before:
            session.announce, session.warn = announce, warn
