"""From the words of a command line to a host and a front end."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from xentui import __version__, cli, commands
from xentui.commands import registry
from xentui.commands.global_options import global_options
from xentui.commands.parsing import formatter
from xentui.commands.run import find_verb, parse_verb
from xentui.errors import ExitStatus, FaultError, UsageError, XentuiError
from xentui.hosts.choose import HostChoice, choose
from xentui.hosts.local import DEFAULT_STORE, LocalHost
from xentui.settings import Settings, load

if TYPE_CHECKING:
    from xentui.hosts.base import Host


def run(words: Sequence[str]) -> NoReturn:
    """Run the command line of ``words``, and exit."""
    _be_readable()
    try:
        status = _run(list(words))
    except XentuiError as error:
        cli.run.print_error(error)
        status = int(error.exit_status)
    except BrokenPipeError:
        status = 141
    except UnicodeEncodeError as error:
        status = _unexpected(error) if error.encoding != sys.stdout.encoding else _unwritable(error)
    except Exception as error:  # noqa: BLE001 - the last resort: an admin sees a sentence, not a traceback
        status = _unexpected(error)
    cli.run.leave(status)


def _be_readable() -> None:
    """Show people of other encodings what they can read; files and pipes get what was to be written, or an error."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.encoding.lower().replace("-", "") == "utf8":
            continue
        if stream is sys.stderr or stream.isatty():
            from xentui.terminal.standins import readable  # few need it

            readable(stream)


def _unwritable(error: UnicodeEncodeError) -> int:
    """Say that a file or pipe does not get what it would not hold."""
    wrong = UsageError(
        f"what is to be written does not exist in {error.encoding}",
        hint="set a UTF-8 locale, or PYTHONIOENCODING=utf-8",
    )
    cli.run.print_error(wrong)
    return int(wrong.exit_status)


def _unexpected(error: Exception) -> int:
    """Report a fault of xentui itself; with XENTUI_DEBUG the traceback too."""
    if os.environ.get("XENTUI_DEBUG"):
        traceback.print_exception(error)
    head, *rest = FaultError(error).account()
    for line in (f"xentui: {head}", *rest):
        cli.run.print_note(line)
    return ExitStatus.FAILED


def _run(words: list[str]) -> int:
    options, rest = _parser().parse_known_args(_up_to_verb(words))
    if rest:
        raise _unknown_option(rest[0])
    verb_words = words[_verb_position(words) :]
    if not verb_words:
        return _front_end(options)
    name, arguments = registry.split(verb_words)
    if registry.family(name) and arguments[:1] in (["-h"], ["--help"]):
        name, arguments = "help", [name]
    if name in ("help", "completion", "__complete"):
        return cli.hostless.run(name, arguments)
    if name == "shell":
        return _shell(options, arguments)
    command = find_verb(name)
    args = parse_verb(command, arguments)
    for key, value in vars(options).items():
        if not hasattr(args, key):
            setattr(args, key, value)
    if command.default_host and not hasattr(args, "host"):
        args.host = command.default_host
    named = getattr(args, command.names_host) if command.names_host else None
    if named and not (hasattr(args, "host") or hasattr(args, "hosts")):
        args.host = named
    if command.hostless and not command.needs_host(args):
        return cli.run.run_command(_no_host(), command, args)
    if (several := _several(args, commands.per_host.words_of_domains(command, args))) is not None:
        return cli.several_hosts.run_on_hosts(several, command, args)
    return cli.run.run_command(_host(args), command, args)


def _several(
    args: argparse.Namespace, domains: Sequence[str] = (), settings: Settings | None = None
) -> list[tuple[Host, str]] | None:
    """Return the hosts of a command line that names several, or one behind a domain, each with the word that names it.

    None where it is for one host, which most are: what several take is not loaded then.
    """
    hosts, groups = getattr(args, "host", ""), getattr(args, "hosts", "")
    named = any(commands.per_host.AT in word for word in domains)
    for option, word, what in (("--host", "host", "no host"), ("--hosts", "hosts", "no group")):
        # Of a script whose variable is not set; it must not mean this machine.
        if getattr(args, word, None) == "":
            raise UsageError(f"{what} is named", subject=option, hint="leave it out for the default host")
    if "," not in hosts and not groups and not named:
        return None
    settings = load() if settings is None else settings
    return cli.several_hosts.opened(
        hosts, groups, domains, settings, read_only=getattr(args, "read_only", False)
    )


def _no_host() -> Host:
    """Return what stands for a host where none is needed; it is not asked anything."""
    return LocalHost(DEFAULT_STORE)


def _front_end(options: argparse.Namespace) -> int:
    """Return what starts without a verb: the screen; the shell where there is no terminal for it."""
    from xentui import tui

    if not tui.usable():
        return _shell(options, [])
    settings = load()
    several = _several(options, settings=settings)
    choices = [_choice(options, settings)] if several is None else [HostChoice(host) for host, _ in several]
    return tui.run(
        choices[0],
        settings,
        beside=choices[1:],
        read_only=getattr(options, "read_only", False),
        dry_run=getattr(options, "dry_run", False),
    )


def _shell(options: argparse.Namespace, words: list[str]) -> int:
    from xentui import shell

    options = _parser().parse_args(words, options)
    several = _several(options)
    return shell.run(
        [_host(options)] if several is None else [host for host, _word in several],
        read_only=getattr(options, "read_only", False),
        dry_run=getattr(options, "dry_run", False),
        yes=getattr(options, "yes", False),
    )


def _host(options: argparse.Namespace) -> Host:
    choice = _choice(options, load())
    if choice.notice:
        cli.run.print_note(f"xentui: {choice.notice} (--host chooses another host)")
    return choice.host


def _choice(options: argparse.Namespace, settings: Settings) -> HostChoice:
    wanted: str | None = getattr(options, "host", None)
    return choose(wanted or "", settings, read_only=getattr(options, "read_only", False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xentui",
        usage="xentui [--host HOST | --hosts GROUP] [--read-only] [--dry-run] [--yes] [COMMAND …]",
        description="A text-mode console for Xen hosts. Without a command the screen starts.",
        epilog="`xentui help` lists the commands, `xentui help COMMAND` explains one.",
        allow_abbrev=False,
        formatter_class=formatter,
    )
    parser.add_argument("--version", action="version", version=f"xentui {__version__}")
    global_options(parser)
    return parser


def _verb_position(words: Sequence[str]) -> int:
    """Return where the verb stands: behind ``--``, else the first word that is not an option and not the value of
    one.
    """
    position = 0
    while position < len(words) and words[position].startswith("-"):
        if words[position] == "--":
            return position + 1
        position += 2 if words[position] in ("--host", "--hosts") else 1
    return min(position, len(words))


def _up_to_verb(words: Sequence[str]) -> list[str]:
    before = list(words[: _verb_position(words)])
    return before[:-1] if before[-1:] == ["--"] else before


def _unknown_option(word: str) -> XentuiError:
    return UsageError("is not an option of xentui", subject=word, hint="`xentui --help` lists them")
