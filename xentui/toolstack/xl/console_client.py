"""``xenconsole``, which ``xl console`` becomes: its words, and who has a console that refuses a second client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import Completed, Host
from xentui.model.answers import ConsoleTrouble
from xentui.model.consoles import ConsoleKind, GuestConsole, WhichConsole
from xentui.text import largest_unit, lines, plain

_PROCESSES = ("ps", "-e", "-o", "pid=,ppid=,user:32=,tty=,etime=,args=")
_LOGINS = ("who",)
_SECONDS = 10.0
_REFUSED = re.compile(r"xenconsole: Could not lock \S*xenconsole\.\d+")
_NO_CONSOLE = "xenconsole: Could not read tty from store"
_MOST_CONSOLES = 64
_CONSOLE = re.compile(
    r'/local/domain/(\d{1,5})/(?:console|(serial|device/console)/(\d{1,3}))/(tty|name) = "([^"]*)"'
)
_ETIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)")
_FROM = re.compile(r"\(([^()\s]+)\)\s*$")
_DEPTH = 32


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    user: str
    tty: str
    etime: str
    args: str


def trouble(words: Sequence[str]) -> ConsoleTrouble | None:
    """Return what a console command's last words say: another client has the console (xenconsole since Xen 4.6), or it
    is not there yet, for which xenconsole waits five seconds; None for anything else.
    """
    if any(_REFUSED.search(word) for word in words):
        return ConsoleTrouble.HELD
    return ConsoleTrouble.NOT_YET if any(_NO_CONSOLE in word for word in words) else None


def consoles(done: Completed, domid: int) -> tuple[GuestConsole, ...] | None:
    """Return the serial ports, PV console and channels in an answer to ``xenstore-ls -f`` of a domain; None for no
    answer.

    They are those xenconsole finds a terminal for (tools/console/client/main.c): not a channel that ends in a socket.
    """
    if done.exit_code != 0:
        return None
    ends: dict[WhichConsole, dict[str, str]] = {}
    for line in lines(done.text):
        match = _CONSOLE.fullmatch(line)
        if match is None or int(match[1]) != domid or len(ends) > _MOST_CONSOLES:
            continue
        kind = ConsoleKind.SERIAL if match[2] == "serial" else ConsoleKind.PV
        ends.setdefault(WhichConsole(kind, int(match[3] or 0)), {})[match[4]] = match[5]
    found = [
        GuestConsole(which, plain(said.get("name", ""), 60))
        for which, said in ends.items()
        if said.get("tty", "").startswith("/dev/")
    ]
    return tuple(sorted(found, key=lambda each: (each.which.kind is ConsoleKind.PV, each.which.number)))


async def lock_owner(host: Host, domid: int) -> str:
    """Return who has the console of a domain, as ``root on pts/3 for 12 min, from 192.168.77.2``; ``""`` if it cannot
    be told.

    A console inside of another program runs on a pseudo-terminal nobody has logged in on: then the nearest process
    above it that was logged in tells the rest.
    """
    try:
        listed = await host.run(_PROCESSES, timeout=_SECONDS)
        if listed.exit_code != 0:
            return ""
        logged_in = await host.run(_LOGINS, timeout=_SECONDS)
    except XentuiError:
        return ""
    processes = _processes(listed.text)
    logins = _logins(logged_in.text if logged_in.exit_code == 0 else "")
    for process in processes.values():
        if _is_client(process.args, domid):
            return _words(process, processes, logins)
    return ""


def _processes(text: str) -> dict[int, _Process]:
    found = {}
    for line in lines(text):
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[0].isdecimal() and fields[1].isdecimal():
            found[int(fields[0])] = _Process(int(fields[1]), *fields[2:])
    return found


def _logins(text: str) -> dict[str, str]:
    """Terminals with a login, and from where it came ("" for here)."""
    found = {}
    for line in lines(text):
        fields = line.split()
        if len(fields) >= 2:
            origin = _FROM.search(line)
            found[fields[1]] = origin[1] if origin else ""
    return found


def _is_client(args: str, domid: int) -> bool:
    words = args.split()
    return len(words) >= 2 and words[0].rpartition("/")[2] == "xenconsole" and words[1] == str(domid)


def _words(process: _Process, processes: Mapping[int, _Process], logins: Mapping[str, str]) -> str:
    tty, origin = process.tty, ""
    above: _Process | None = process
    for _ in range(_DEPTH):
        if above is None:
            break
        if above.tty in logins:
            tty, origin = above.tty, logins[above.tty]
            break
        above = processes.get(above.parent)
    place = "" if tty in ("?", "-") else f" on {tty}"
    duration = duration_words(process.etime)
    lasting = f" for {duration}" if duration else ""
    return plain(f"{process.user}{place}{lasting}" + (f", from {origin}" if origin else ""))


def duration_words(etime: str) -> str:
    """Return a duration of ps (``[[dd-]hh:]mm:ss``) in its largest unit: ``12 min``, ``3 h``, ``2 days``; "" if it is
    none.
    """
    match = _ETIME.fullmatch(etime)
    if match is None:
        return ""
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return largest_unit(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
