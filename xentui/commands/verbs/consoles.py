"""``console``, ``console-log``, and what the screen does with consoles."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui import commands, console, model, service
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.late import later
from xentui.service.legality import Action, require

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain

_KINDS = ("pv", "serial")


async def _console(context: Context, args: argparse.Namespace) -> None:
    if args.json and not args.list:
        raise UsageError("--json is for --list")
    if args.number is not None and args.number < 0:
        raise UsageError("is not a number of a console", subject=str(args.number))
    if args.watch and (args.list or args.type or args.number is not None or _scripted(args)):
        raise UsageError(
            "--watch is for what is shown already, and goes with no other option", subject="console"
        )
    if _scripted(args):
        if args.list or args.type or args.number is not None:
            raise UsageError(
                "--list, --type and --number are for a console one attaches to", subject="console"
            )
        await commands.console_script.run(context, args)
        return
    if args.timeout is not None:
        raise UsageError("--timeout is for --wait, --send and --expect", subject="console")
    found = await context.hypervisor.inventory.find(args.domain)
    if args.list:
        await _list(context, found, as_json=args.json)
        return
    if args.watch:
        if context.open_console:
            raise UsageError("--watch is for the command line: here `w` watches a console that is held")
        await commands.console_session.watch(context, found)
        return
    if not context.open_console:
        found = await commands.console_session.made(context, found)
    toolstack = context.hypervisor.session.toolstack
    kind = model.consoles.ConsoleKind(args.type) if args.type else None
    which = await service.consoles.chosen(toolstack, found, kind, args.number)
    if context.open_console:
        await context.open_console(found, which=which)
        return
    unsure = which is None and service.consoles.asks_for(found)
    if unsure and (missing := service.consoles.lacking(found, await service.consoles.of(toolstack, found))):
        context.warn(f"{found.label}: {missing.sentence}")
    await commands.console_session.attach(context, found, which)


async def _list(context: Context, found: Domain, *, as_json: bool) -> None:
    require(found, Action.CONSOLE)
    there = await service.consoles.of(context.hypervisor.session.toolstack, found)
    missing = service.consoles.lacking(found, there)
    if as_json:
        context.json(
            {
                "consoles": [
                    {
                        "type": each.which.kind.value,
                        "number": each.which.number,
                        "inside": each.inside,
                        "usual": each.which == service.consoles.first(there or ()),
                    }
                    for each in there or ()
                ],
                "missing": missing.sentence if missing else "",
            }
        )
        return
    if there is None:
        context.note(f"{found.label}: the host does not tell which consoles it has")
    for each in there or ():
        mark = "  opened by default" if each.which == service.consoles.first(there or ()) else ""
        context.out(f"{each.which!s:<10} {each.inside}{mark}")
    if missing:
        context.warn(f"{found.label}: {missing.sentence}")


async def _watch(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    texts = context.hypervisor.console_texts
    if args.patterns and args.none:
        raise UsageError("patterns and --none do not go together", subject="watch")
    if args.patterns or args.none:
        try:
            patterns = console.pattern_watch.checked(args.patterns)
        except ValueError as error:
            raise UsageError(str(error), subject=found.label) from None
        await texts.watch(found, patterns)
        return
    for pattern in await texts.watched(found.uuid):
        context.out(pattern)


async def _script(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    texts = context.hypervisor.console_texts
    if args.name is None:
        if args.store is not None or args.remove:
            raise UsageError("no script is named", subject="script", hint="give its name after the domain")
        for name, kept in (await texts.scripts(found)).items():
            context.out(f"{name}  version {kept.version}{f' by {kept.user}' if kept.user else ''}")
        return
    if args.store is not None and args.remove:
        raise UsageError("--store and --remove do not go together", subject="script")
    if args.store is not None or args.remove:
        context.hypervisor.session.require_writable()
    if args.store is not None:
        data = await commands.files.own_file(context, args.store)
        await texts.store_script(found, args.name, service.config_source.decoded(data, args.store))
    elif args.remove:
        await texts.remove_script(found, args.name)
    else:
        context.text(await texts.script(found, args.name))


def _scripted(args: argparse.Namespace) -> bool:
    """Return whether something is waited for or sent, and nobody attached."""
    return any(word is not None for word in (args.wait, args.run, args.script, args.send, args.expect))


COMMANDS = (
    Command(
        id="console.open",
        verb="console",
        label="Console",
        says="open the console",
        summary="Attach to a guest's console; Ctrl-] leaves",
        group=Group.CONSOLES,
        arguments=(
            domain(Action.CONSOLE),
            Argument(
                ("-t", "--type"), "its PV console or a serial port", ArgumentKind.CHOICE, choices=_KINDS
            ),
            Argument(("-n", "--number"), "which of several, from 0", ArgumentKind.NUMBER, metavar="N"),
            flag("--list", help="show which consoles it has, and what is missing for one"),
            flag("--json", help="with --list: as JSON"),
            flag("--watch", help="watch what its holder sees, if that user runs xentui on this host"),
            Argument(
                ("--wait",), "wait until the guest prints what matches, and print that line", metavar="RE"
            ),
            Argument(("--send",), "send a line to the guest", metavar="TEXT"),
            Argument(("--expect",), "then wait until the guest prints what matches", metavar="RE"),
            Argument(("--timeout",), "seconds to wait (60)", ArgumentKind.NUMBER, metavar="S"),
            Argument(("--script",), "run a script kept with the domain", metavar="NAME"),
            Argument(
                ("--run",),
                "run a script of steps (- for standard input)",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
        ),
        targets=Targets.ONE,
        run=_console,
        details=(
            "By default it opens what `xl console` does: the first serial port of an HVM guest, and the PV "
            "console (hvc0) of any other guest and of an HVM guest without a serial port. PV consoles from number "
            "1 on are the channels of its configuration. A guest's consoles have one client at a time: any other "
            "is refused. --wait, --send, --expect and --run do not attach your terminal: exit status 4 means that "
            "the expected output has not come, 5 that the script has seen what it calls a failure. "
            "docs/console.md has the words of a script."
        ),
        takes_terminal=lambda args: not args.list and not _scripted(args),
    ),
    Command(
        id="console.which",
        label="Which console",
        says="open the console",
        summary="Choose among PV console, serial ports and channels",
        group=Group.CONSOLES,
        arguments=(domain(Action.CONSOLE),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.send",
        label="Send keys",
        says="send anything",
        summary="Send sysrq, NMI, Ctrl-Alt-Del or a break",
        group=Group.CONSOLES,
        arguments=(domain(Action.SYSRQ),),
        targets=Targets.MANY,
        mutates=True,
    ),
    Command(
        id="console.watch",
        verb="watch",
        label="Watch",
        says="watch the console",
        summary="Show or set what a domain's console is watched for",
        group=Group.CONSOLES,
        arguments=(
            domain(),
            Argument(("patterns",), "regular expressions", metavar="RE", many=True, optional=True),
            flag("--none", help="watch for nothing"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_watch,
        details="The screen reports it when the console of a watched domain, open there, prints what matches.",
    ),
    Command(
        id="console.script",
        verb="script",
        label="Script",
        says="run a script",
        summary="List a console's scripts, store or remove them; the screen runs one",
        group=Group.CONSOLES,
        arguments=(
            domain(),
            Argument(("name",), "one script, which is printed", metavar="NAME", optional=True),
            Argument(
                ("--store",),
                "store it from a file (- for standard input)",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            flag("--remove", help="remove it; its versions stay"),
        ),
        targets=Targets.ONE,
        mutates=True,
        readable=True,
        run=_script,
        details="`console DOM --script NAME` runs one. docs/console.md has the words of a script.",
    ),
    Command(
        id="console.look",
        label="Scrollback",
        summary="Read, search and copy a console's scrollback",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.fit",
        label="Fit size",
        says="give it the size of its pane",
        summary="Give the guest its pane's size (types stty at a prompt)",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.beside",
        label="Beside",
        says="show its console beside another",
        summary="Show its console beside the one shown, or take it away",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.together",
        label="Type to several",
        says="type into several consoles",
        summary="Type into several open consoles: the marked ones, else all",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.MANY,
        mutates=True,
    ),
    Command(
        id="console.full",
        label="Full screen",
        summary="Attach the console to the whole terminal",
        group=Group.CONSOLES,
        arguments=(domain(Action.CONSOLE),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.close",
        label="Close console",
        summary="Close the console and its scrollback",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.log",
        verb="console-log",
        label="Console log",
        says="show its console's log",
        summary="Show the log of a guest's console: all sessions, with times",
        group=Group.CONSOLES,
        arguments=(
            domain(help="name, domid or uuid; also of a domain that is gone"),
            Argument(("--since",), "output since then: 10m, 2h, today, 03:04, 2026-01-02", metavar="WHEN"),
            Argument(("--until",), "output before that time", metavar="WHEN"),
            Argument(("--grep",), "lines that match an extended regular expression", metavar="RE"),
            Argument(("--text",), "lines that have this text", metavar="TEXT"),
            Argument(
                ("-C", "--context"), "lines of context around each match", ArgumentKind.NUMBER, metavar="N"
            ),
            Argument(("-n", "--lines"), "the last N lines (1000)", ArgumentKind.NUMBER, metavar="N"),
            flag("-t", "--times", help="the time before each line"),
            flag("-f", "--follow", help="keep printing what is added"),
            flag("--sessions", help="list the sessions; 1 is the newest"),
            Argument(("--session",), "only this session", ArgumentKind.NUMBER, metavar="N"),
            Argument(
                ("--asciicast",),
                "write a session as an asciicast v2 file, - for standard output",
                metavar="FILE",
            ),
            flag("--xenconsoled", help="what the host's own xenconsoled has logged"),
            flag("--json", help="machine-readable (docs/console.md)"),
        ),
        targets=Targets.ONE,
        run=later(lambda: commands.console_log.show),
        details="Lower-case letters in the search text match capitals too. Logs are kept where xentui runs.",
    ),
)
