"""``console-log``: what is kept of a domain's consoles, with its times; searched, followed, exported."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from xentui.commands.context import Context
from xentui.commands.times import exact, iso, moment
from xentui.console.asciicast import asciicast, write_asciicast
from xentui.console.domain_logs import DomainLogs, LoggedSession
from xentui.console.log_follow import LogFollower
from xentui.console.log_names import log_paths
from xentui.console.log_search import LogPattern, matching_rows, search
from xentui.console.log_times import LogTimes
from xentui.console.logs import ConsoleLog, LogLine
from xentui.errors import HostError, NoSuchDomainError, NotAllowedError, Suggest, UsageError
from xentui.frozen import dataclass
from xentui.service import host_console_log
from xentui.text import escaped

LINES = 1000
"""Lines that are shown where nothing says which."""
_LOOK = 0.25
"""Seconds between two looks whether a followed log has grown."""
_NO_TIME = "-".ljust(len("2026-01-02 03:04:05.678"))
_WIDEST = 4096


@dataclass(frozen=True, slots=True)
class _Part:
    """What is looked at of one log: the bytes from ``start`` to ``end``."""

    log: ConsoleLog
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _ShownLine:
    """A line of the log at ``path``; ``match``: it was searched for; ``apart``: lines before it are left out."""

    path: Path
    line: LogLine
    match: bool
    apart: bool


async def show(context: Context, args: argparse.Namespace) -> None:
    """Run ``console-log``."""
    _require_sense(args)
    if args.xenconsoled:
        logs = DomainLogs([await _of_host(context, args.domain)])
    else:
        logs = await asyncio.to_thread(DomainLogs.read, await _paths(context, args.domain))
    if args.sessions:
        _print_sessions(context, logs, as_objects=args.json)
        return
    if args.asciicast is not None:
        await _export(context, logs, args)
        return
    wanted = _wanted(args)
    told = await asyncio.to_thread(_chosen, context, logs, args, wanted)
    if args.json and not args.follow:
        context.json(
            {"logs": [str(log.path) for log in logs.logs], "lines": [_as_object(each) for each in told]}
        )
        return
    _print(context, told, args)
    if args.follow:
        await _follow(context, logs.logs[-1], args, wanted)


async def _of_host(context: Context, word: str) -> ConsoleLog:
    """Return what xenconsoled has logged on the host, of a domain that may be gone."""
    hypervisor = context.hypervisor
    try:
        name = (await hypervisor.inventory.find(word)).label
    except NoSuchDomainError:
        name = word
    path, data = await host_console_log.read(hypervisor.host, name)
    return ConsoleLog(Path(path), data, LogTimes([]), 0.0)


def _require_sense(args: argparse.Namespace) -> None:
    for name in ("lines", "context", "session"):
        value = getattr(args, name)
        if value is not None and value < (name == "session"):
            raise UsageError("is too small", subject=f"--{name} {value}")
    if args.context is not None and args.grep is None and args.text is None:
        raise UsageError("--context goes with --grep or --text")
    if args.xenconsoled and (args.follow or args.sessions or args.asciicast is not None):
        raise UsageError("--xenconsoled goes with neither --follow, --sessions nor --asciicast")
    if args.grep is not None and args.text is not None:
        raise UsageError("give --grep or --text, not both")


async def _paths(context: Context, word: str) -> list[Path]:
    """Return the logs of the domain a word names, which may be gone, or whose host may not answer."""
    hypervisor = context.hypervisor
    host = hypervisor.host.name
    try:
        found = await hypervisor.inventory.find(word)
    except (NoSuchDomainError, HostError) as error:
        paths = await asyncio.to_thread(log_paths, host, word)
        if not paths:
            raise
        if isinstance(error, HostError):
            context.report_error(error)
        return paths
    paths = await asyncio.to_thread(log_paths, host, found.label, found.uuid)
    if not paths:
        raise NotAllowedError(
            "nothing is logged of its console: it was not open in xentui yet",
            subject=found.label,
            hint=(
                "open it (",
                Suggest("console.open", found.label),
                "): what it prints from then on is kept",
            ),
        )
    return paths


def _wanted(args: argparse.Namespace) -> LogPattern | None:
    if args.grep is not None:
        return LogPattern(args.grep, regex=True)
    return None if args.text is None else LogPattern(args.text)


def _session(logs: DomainLogs, number: int) -> LoggedSession:
    if number > len(logs.sessions):
        raise UsageError(f"there are {len(logs.sessions)} sessions", subject=f"--session {number}")
    return logs.sessions[number - 1]


def _chosen(
    context: Context, logs: DomainLogs, args: argparse.Namespace, wanted: LogPattern | None
) -> list[_ShownLine]:
    now = time.time()
    since = moment(args.since, now) if args.since is not None else None
    until = moment(args.until, now) if args.until is not None else None
    if args.session is None:
        parts = [
            _Part(
                log,
                0 if since is None else log.since(since),
                log.size if until is None else log.before(until),
            )
            for log in logs.logs
        ]
        untimed = sum(log.size > 0 and not log.times.pieces for log in logs.logs)
        if (since is not None or until is not None) and untimed:
            context.warn(f"{untimed} of {len(logs.logs)} logs have no times and are left out")
            parts = [part for part in parts if part.log.times.pieces]
    else:
        chosen = _session(logs, args.session)
        parts = [_Part(chosen.log, chosen.session.start, chosen.session.end)]
    all_of_it = wanted is not None or since is not None or args.session is not None
    count = args.lines if args.lines is not None else None if all_of_it else LINES
    told: list[_ShownLine] = []
    for part in reversed(parts):
        found = _matching(part, wanted, args.context or 0) if wanted else _last(part, count, len(told))
        told[:0] = found
    if count is not None:
        told = told[-count:] if count else []
    if count is not None and args.lines is None and len(told) == count and not args.json:
        context.note(f"the last {count} lines; -n N for more, --since, --grep or --session for others")
    return told


def _last(part: _Part, count: int | None, had: int) -> list[_ShownLine]:
    """Return the last lines of a part, as many as are missing."""
    if part.end <= part.start or (count is not None and count <= had):
        return []
    log = part.log
    start = part.start if count is None else log.last_lines(count - had, part.start, part.end)
    return [_ShownLine(log.path, line, match=False, apart=False) for line in log.lines(start, part.end)]


def _matching(part: _Part, wanted: LogPattern, around: int) -> list[_ShownLine]:
    """Return the lines of a part that match, with those around them."""
    log = part.log
    matches = [part.start + place for place in search(log.data[part.start : part.end], wanted).places]
    windows: list[tuple[int, int]] = []
    for match in matches:
        first = log.last_lines(around, part.start, match) if around else match
        end = log.lines_on(match, around + 1, part.end)
        if around and windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((first, end))
    hits = set(matches)
    return [
        _ShownLine(log.path, line, match=line.start in hits, apart=line.start == start)
        for start, end in windows
        for line in log.lines(start, end)
    ]


def _print(context: Context, told: Iterable[_ShownLine], args: argparse.Namespace) -> None:
    for number, each in enumerate(told):
        if args.json:
            context.out(escaped(json.dumps(_as_object(each), ensure_ascii=False)))
            continue
        if each.apart and args.context and number:
            context.out("--")
        context.out(_as_text(each.line, times=args.times))


def _as_text(line: LogLine, *, times: bool) -> str:
    text = line.text if len(line.text) <= _WIDEST else line.text[:_WIDEST] + "…"
    if not times:
        return text
    return f"{_NO_TIME if line.time is None else exact(line.time)}  {text}".rstrip()


def _as_object(each: _ShownLine) -> dict[str, Any]:
    """Return the documented form of a line (docs/console.md)."""
    return {"time": iso(each.line.time), "text": each.line.text, "log": str(each.path), "match": each.match}


def _print_sessions(context: Context, logs: DomainLogs, *, as_objects: bool) -> None:
    if as_objects:
        context.json(
            [
                {
                    "number": number,
                    "began": iso(each.session.time),
                    "ended": iso(each.session.ended),
                    "bytes": each.session.end - each.session.start,
                    "words": each.session.words,
                    "log": str(each.log.path),
                }
                for number, each in enumerate(logs.sessions, 1)
            ]
        )
        return
    for number, each in reversed(list(enumerate(logs.sessions, 1))):
        session = each.session
        began = "-" if session.time is None else exact(session.time)[:19]
        size = session.end - session.start
        context.out(
            f"{number:>4}  {began:<19}  {size:>9} bytes  {session.words or '(its beginning is gone)'}"
        )


async def _export(context: Context, logs: DomainLogs, args: argparse.Namespace) -> None:
    chosen = _session(logs, args.session or 1)
    title = f"{args.domain}: {chosen.session.words}"
    text = "".join(line + "\n" for line in asciicast(chosen.log, chosen.session, title))
    if args.asciicast == "-":
        context.text(text)
        return
    path = await asyncio.to_thread(write_asciicast, args.asciicast, text)
    context.note(f"written: {path}; asciinema play shows it")


async def _follow(
    context: Context, log: ConsoleLog, args: argparse.Namespace, wanted: LogPattern | None
) -> None:
    """Tell the lines that are added to a log since it was read, until it is interrupted."""
    follower = LogFollower(log.path, log.end)
    while True:
        lines = await asyncio.to_thread(follower.take)
        _print(context, await asyncio.to_thread(_filtered, log.path, lines, wanted), args)
        await asyncio.sleep(_LOOK)


def _filtered(path: Path, lines: Sequence[LogLine], wanted: LogPattern | None) -> Iterator[_ShownLine]:
    if wanted is None:
        return iter([_ShownLine(path, line, match=False, apart=False) for line in lines])
    rows = matching_rows([line.text for line in lines], wanted) if lines else []
    return iter([_ShownLine(path, lines[row], match=True, apart=False) for row in rows])
