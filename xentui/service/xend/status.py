"""What xend of a host is set to: its file, what its own reader makes of that, and whether it listens."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from typing import TYPE_CHECKING

from xentui.config import xend_config, xend_settings as settings
from xentui.config.xend_config import XendConfig
from xentui.config.xend_settings import Value
from xentui.errors import HostError, NoAgentError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.service.host_check.facts import XEND as PATH
from xentui.text import lines, plain

if TYPE_CHECKING:
    from xentui.hosts.base import Host

_PATIENCE = 30.0
_OWN = re.compile(r"([a-z0-9_-]{1,60}) *:(?: (.*))?\Z")
"""A line of ``xm info -c``: ``%-38s: value``, ``(none)`` for an entry without one (xm/main.py)."""
_SOCKETS = "/proc/net/tcp"
_LISTENS = "0A"
_RESTARTS = (("/etc/init.d/xend", "restart"), ("/etc/init.d/xen", "restart"), ("/usr/sbin/xend", "restart"))
"""What starts xend anew, the first that is there: a script of its own, Debian's of all of Xen, itself (misc/xend)."""


@dataclass(frozen=True, slots=True)
class XendLook:
    """The settings of relocation on a host.

    ``cautions`` say what is wrong or leads to what nobody may want; ``own`` is what xend's own reader, run by
    ``xm info -c``, makes of the file, by name, None with ``silent`` the reason where xm does not answer.  That is what
    the file says, not what a xend works with that was started before it was changed.  ``listens`` has the addresses
    with ports on which something takes connections at the set ports, None where that cannot be told; ``restart`` is
    the command that starts xend anew, empty where none of those known is there.
    """

    path: str
    config: XendConfig
    values: tuple[Value, ...]
    cautions: tuple[str, ...]
    own: dict[str, str] | None
    silent: str
    listens: tuple[str, ...] | None
    restart: tuple[str, ...]

    def value(self, key: str) -> Value:
        """Return the value of a setting by its key."""
        return next(value for value in self.values if value.setting.key == key)


async def look(host: Host) -> XendLook:
    """Read what xend of a host is set to.

    Raises StoreError where it has no such file, ConfigError where xend would not read it, HostError where the host is
    out of reach.
    """
    data, (own, silent), sockets, restart = await asyncio.gather(
        _file(host), _own(host), _sockets(host), _restart(host)
    )
    config = xend_config.read(data.decode("utf-8", "surrogateescape"))
    values = settings.values(config)
    listens = None if sockets is None else tuple(each for each in sockets if each[1] in _ports(values))
    told = [*settings.cautions(config), *_differences(values, own)]
    if listens is not None and (late := _late(values, bool(listens))):
        told.append(late)
    shown = None if listens is None else tuple(f"{address}:{port}" for address, port in listens)
    return XendLook(PATH, config, values, tuple(told), own, silent, shown, restart)


async def _file(host: Host) -> bytes:
    path = host.host_path(PATH)
    limit = xend_config.MAX_LENGTH
    try:
        data = await host.call(operations.read_file, path=path, limit=limit)
        return data if isinstance(data, bytes) else b""
    except NoAgentError:
        # A host as old as its xend may have no Python for the agent.
        done = await host.run(["head", "-c", str(limit + 1), PATH], timeout=_PATIENCE)
        if done.exit_code == 0:
            return done.stdout
        raise StoreError(
            "cannot be read" if done.words else "is not there",
            code=StoreCode.MISSING,
            subject=PATH,
            hint="only hosts with xend have it (Xen up to 4.4)",
            details=done.words[:2],
        ) from None
    except StoreError as error:
        if error.code != StoreCode.MISSING:
            raise
        hint = "only hosts with xend have it (Xen up to 4.4); on others xl needs ssh from host to host alone"
        raise StoreError("there is no xend on this host", code=error.code, subject=PATH, hint=hint) from error


async def _own(host: Host) -> tuple[dict[str, str] | None, str]:
    """Return what ``xm info -c`` prints of the settings of relocation, or why it prints none."""
    try:
        done = await host.run(["xm", "info", "-c"], timeout=_PATIENCE)
    except HostError as error:
        return None, error.message
    found: dict[str, str] = {}
    for line in lines(done.text)[:1000]:
        if match := _OWN.match(line):
            found.setdefault(match[1], match[2] or "")
    own = {each.name: found[each.name] for each in settings.SETTINGS if each.name in found}
    if done.exit_code != 0 or not found:
        return None, plain(done.words[-1] if done.words else "xm says nothing", 200)
    return own, ""


def _differences(values: tuple[Value, ...], own: dict[str, str] | None) -> list[str]:
    """Return where xend's own reader reads otherwise than xentui: another file (``XEND_CONFIG``), or a fault here."""
    if own is None:
        return []
    return [
        f"{value.setting.name}: xm reads {said!r} where {PATH} has {value.text!r}; another file may count"
        for value in values
        if (said := own.get(value.setting.name)) is not None
        and value.entry is not None
        and value.entry.value is not None
        and said != value.entry.value
    ]


def _ports(values: tuple[Value, ...]) -> set[int]:
    return {
        int(value.text)
        for value in values
        if value.setting.key in ("port", "ssl-port") and not value.problem and value.text.isdigit()
    }


def _late(values: tuple[Value, ...], listening: bool) -> str:
    """That xend does not do yet, or still does, what the file says."""
    wanted = any(value.on for value in values if value.setting.key in ("server", "ssl-server"))
    if wanted and not listening:
        return "nothing listens at the port: xend does not run, or was not restarted since this was set"
    if listening and not wanted:
        return "something still listens at the port: xend was not restarted since this was set"
    return ""


async def _sockets(host: Host) -> list[tuple[str, int]] | None:
    """Addresses and ports where something takes connections (proc(5)); None where that cannot be read."""
    try:
        done = await host.run(["cat", _SOCKETS], timeout=_PATIENCE)
    except HostError:
        return None
    if done.exit_code != 0:
        return None
    found = []
    for line in lines(done.text)[1:100_000]:
        words = line.split()
        if len(words) > 3 and words[3] == _LISTENS:
            address, _, port = words[1].partition(":")
            with contextlib.suppress(ValueError):
                data = bytes.fromhex(address)[
                    ::-1
                ]  # as the machine keeps it, and Xen runs on little-endian ones
                found.append((str(ipaddress.IPv4Address(data)), int(port, 16)))
    return found


async def _restart(host: Host) -> tuple[str, ...]:
    for command in _RESTARTS:
        with contextlib.suppress(HostError):
            if (await host.run(["test", "-x", command[0]], timeout=_PATIENCE)).exit_code == 0:
                return command
    return ()
