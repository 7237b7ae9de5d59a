"""``xentui completion SHELL`` and ``xentui __complete``, which the scripts call for what only the host knows."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from contextlib import suppress

from xentui.cli import completion_scripts as scripts
from xentui.cli.run import print_line
from xentui.commands.arguments import flag
from xentui.commands.completion import Candidate, Vocabulary, candidates
from xentui.commands.completion_source import HostCompletionSource
from xentui.commands.frontends import COMPLETION, FRONT_ENDS
from xentui.commands.global_options import EVERY_VERB, HOST_OPTION, HOSTS_OPTION
from xentui.commands.help import options_of
from xentui.commands.parsing import parse
from xentui.commands.registry import verbs
from xentui.commands.words import begun, quoted
from xentui.errors import XentuiError
from xentui.hosts.choose import LOCAL, SIM, choose
from xentui.service.hypervisor import Hypervisor
from xentui.settings import load

HIDDEN = "__complete"
"""The command the scripts call: ``xentui __complete [--meta] -- WORD…``."""
PATIENCE = 2.0
"""Seconds after which a Tab is answered with nothing."""

_READ_BY_BASH = re.compile("[$`]")


def vocabulary() -> Vocabulary:
    """Return all that may follow ``xentui`` on a command line."""
    options = (HOST_OPTION, HOSTS_OPTION, *EVERY_VERB)
    version = flag("--version", help="show the version")
    return Vocabulary({**verbs(), **FRONT_ENDS}, before=(*options, version), after=options)


def run(words: Sequence[str]) -> int:
    """``xentui completion bash|zsh|fish``: print the script; raises UsageError for another shell."""
    print_line(script(parse(COMPLETION, words, options_of(COMPLETION)).shell).rstrip("\n"))
    return 0


def script(shell: str) -> str:
    """Return the completion script of ``shell``: verbs and options are in it, the rest it asks for."""
    return scripts.WRITERS[shell](vocabulary(), HIDDEN)


def answer(words: Sequence[str]) -> int:
    """Print the candidates for the last of the words after ``--``, one a line.

    ``words`` before it choose the form: ``--meta`` adds a tab and a description; ``--bash BREAKS`` takes the line
    up to the cursor as one word and prints what bash has to insert.  Silent whatever happens; 0 in any case.
    """
    if "--" not in words:
        return 0
    cut = list(words).index("--")
    style, line = list(words[:cut]), list(words[cut + 1 :])
    _silence()
    try:
        for text in asyncio.run(_lines(style, line)):
            print_line(text)
    except (XentuiError, OSError, TimeoutError, UnicodeError, KeyboardInterrupt):
        return 0
    finally:
        # While the interpreter ends nobody catches the signal any more, and it would end with that.
        _give_up_after(0)
    return 0


async def _lines(style: list[str], words: list[str]) -> list[str]:
    if not words:
        return []
    if style[:1] != ["--bash"]:
        found = await _found(words)
        return [f"{item.text}\t{item.meta}" if style == ["--meta"] else item.text for item in found]
    cursor = begun(words[0])
    found = await _found([*cursor.before[1:], cursor.word])
    breaks = style[1] if len(style) > 1 else ""
    return [for_bash(item, words[0][cursor.start :], breaks) for item in found]


async def _found(words: list[str]) -> list[Candidate]:
    opened: list[Hypervisor] = []
    limit = asyncio.timeout(None)

    def hypervisor() -> Hypervisor:
        # Only a host may hang: what this program knows itself is told however busy the machine is.
        _give_up_after(PATIENCE)
        limit.reschedule(asyncio.get_running_loop().time() + PATIENCE * 0.75)
        # Read-only, so that looking for names leaves nothing behind on the host.
        opened.append(Hypervisor(choose(_host_in(words), load(), read_only=True).host, read_only=True))
        return opened[0]

    source = HostCompletionSource(hypervisor, hosts=_known_hosts, groups=_known_groups)
    try:
        async with limit:
            return await candidates(vocabulary(), words, source)
    finally:
        await source.close()
        for host in opened:
            await host.host.close()


def for_bash(item: Candidate, raw: str, breaks: str = ":=") -> str:
    """Return a candidate as bash inserts it in place of ``raw``, quoted.

    Outside quotes bash replaces only what follows the last of ``breaks`` (COMP_WORDBREAKS, bash(1)); after an
    open quotation mark it replaces what follows the mark, and closes it by itself.
    """
    quote = begun(raw).quote
    if quote and raw.startswith(quote):
        written = quoted(item.text, quote, final=False)
        if written.startswith(quote):
            written = written[1:]
            return _READ_BY_BASH.sub(r"\\\g<0>", written) if quote == '"' else written
    text = quoted(item.text)
    broken = max((raw.rfind(mark) for mark in ":=" if mark in breaks), default=-1) + 1
    return text[broken:] if broken and text.startswith(raw[:broken]) else text


def _known_hosts() -> list[str]:
    return [LOCAL, SIM, *sorted(load().hosts)]


def _known_groups() -> list[str]:
    return sorted(load().groups)


def _host_in(words: Sequence[str]) -> str:
    """Return the host the words before the cursor name with ``--host``, "" where they name none."""
    for position, word in enumerate(words[:-1]):
        if word == "--host" and position + 2 < len(words):
            return words[position + 1]
        if word.startswith("--host="):
            return word.removeprefix("--host=")
    return ""


def _silence() -> None:
    """Send errors nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 2)
    os.dup2(nowhere, 0)


def _give_up_after(seconds: float) -> None:
    """End for good after so long, where even cancelling takes too long; 0 for not any more."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, seconds)
