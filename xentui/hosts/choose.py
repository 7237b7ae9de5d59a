"""Chooses the host that the user names: ``local``, ``sim``, ``ssh://…``, ``ganeti://…`` or a name of config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui import hosts
from xentui.errors import UsageError
from xentui.frozen import dataclass
from xentui.hosts import naming
from xentui.hosts.base import GANETI, Host
from xentui.hosts.local import DEFAULT_STORE, LocalHost, is_dom0, why_xl_cannot_answer
from xentui.hosts.reach import Reach
from xentui.patterns import late_pattern
from xentui.settings import NamedHost, Settings, state_folder

if TYPE_CHECKING:
    from xentui.hosts.logins import Logins

SIM = "sim"
LOCAL = "local"
_MASTER = f"{GANETI}://"
_OTHER_SIM = late_pattern(r"sim:[A-Za-z0-9_-]{1,64}\Z")
"""Further simulated hosts; the name becomes part of a folder's."""


@dataclass(frozen=True, slots=True)
class HostChoice:
    """A host and, if xentui chose it by itself, the sentence that says so; ``simulated`` says that it is the simulator.

    ``here`` is this machine, if it would have been the host and has no Xen.
    """

    host: Host
    notice: str = ""
    simulated: bool = False
    here: Host | None = None


def is_address(word: str) -> bool:
    """Return whether a word is an address of a host, whatever names config.toml and ssh's configuration have."""
    return word == LOCAL or word.startswith(("ssh://", _MASTER)) or is_simulated(word)


def is_simulated(address: str) -> bool:
    """Return whether an address is that of a simulated host."""
    return address == SIM or bool(_OTHER_SIM.match(address))


def choose(
    wanted: str, settings: Settings, *, read_only: bool = False, logins: Logins | None = None
) -> HostChoice:
    """Return the host for ``--host``; with "" the default: config.toml's, else local on a dom0, else the simulator.

    A ``read_only`` session leaves nothing on the host; ``logins`` are the turns for logins if there are other hosts.
    Raises :class:`~xentui.errors.UsageError` for an unknown name.
    """
    wanted = wanted or settings.default_host
    if wanted:
        entry = settings.host(wanted)
        address = entry.address if entry else wanted
        simulated = is_simulated(address)
        return HostChoice(_named(wanted, settings, read_only, logins), simulated=simulated)
    reason = why_xl_cannot_answer(sudo=settings.sudo)
    if not reason:
        return HostChoice(_local(NamedHost(LOCAL), LOCAL, settings, read_only))
    return HostChoice(
        _simulator(SIM, SIM),
        f"{reason}: using the simulator",
        simulated=True,
        here=None if is_dom0() else _local(NamedHost(LOCAL), LOCAL, settings, read_only),
    )


def named_beside(host: Host, word: str, settings: Settings, *, read_only: bool = False) -> HostChoice:
    """Return the host a word names to whoever is at ``host``: one it was named with, by the same list, else as
    :func:`choose`.

    A word of an inventory may be another machine's to config.toml, or to ssh.
    """
    if address := host.named_with(word):
        found = at_address(address, word, settings, read_only=read_only)
        found.named_with = host.named_with
        return HostChoice(found, simulated=is_simulated(address))
    return choose(word, settings, read_only=read_only)


def at_address(
    address: str, name: str, settings: Settings, *, read_only: bool = False, logins: Logins | None = None
) -> Host:
    """Return the host at an address that has its name from elsewhere than config.toml; else as :func:`choose`."""
    return _address(NamedHost(address), name, settings, read_only, logins)


def _named(wanted: str, settings: Settings, read_only: bool, logins: Logins | None) -> Host:
    entry = settings.host(wanted) or NamedHost(wanted)
    return _address(entry, wanted, settings, read_only, logins)


def _address(entry: NamedHost, name: str, settings: Settings, read_only: bool, logins: Logins | None) -> Host:
    address = entry.address
    if address == LOCAL:
        return _local(entry, name, settings, read_only)
    if is_simulated(address):
        return _simulator(address, name, entry)
    cluster = address.startswith(_MASTER)
    if address.startswith("ssh://") or cluster:
        return hosts.ssh.SshHost(
            f"ssh://{address.removeprefix(_MASTER)}" if cluster else address,
            command=entry.ssh or settings.ssh,
            store_root=entry.store or DEFAULT_STORE,
            name=name,
            sudo=entry.sudo,
            keep_agent=not read_only,
            logins=logins,
            reach=_reach(entry),
            toolstack=GANETI if cluster else entry.toolstack,
        )
    if address == name and address in naming.ssh_config.names(settings.ssh):
        return _address(NamedHost(f"ssh://{address}"), name, settings, read_only, logins)
    known = ", ".join([LOCAL, SIM, *sorted({*settings.hosts, *settings.problems})])
    raise UsageError(
        "is not a host",
        subject=address,
        hint=f"known are {known}; or write ssh://[user@]host[:port][?sudo], ganeti://MASTER",
    )


def _local(entry: NamedHost, name: str, settings: Settings, read_only: bool) -> Host:
    store = entry.store or settings.store or DEFAULT_STORE
    return LocalHost(
        store,
        name=name,
        sudo=entry.sudo or settings.sudo,
        keep_agent=not read_only,
        reach=_reach(entry),
        toolstack=entry.toolstack or settings.toolstack,
    )


def _reach(entry: NamedHost) -> Reach | None:
    """Return how other hosts connect to a host, if config.toml says so."""
    return Reach(entry.migration_address, entry.migration_ssh) if entry.migration_address else None


def _simulator(address: str, name: str, entry: NamedHost | None = None) -> Host:
    folder = state_folder() / address.replace(":", "-")
    if entry is None:
        return hosts.sim.SimHost(folder, name=name)
    return hosts.sim.SimHost(folder, name=name, reach=_reach(entry), toolstack=entry.toolstack)
