"""From the names of several hosts to hosts that share what they are reached by."""

from __future__ import annotations

from xentui.frozen import dataclass
from xentui.hosts.choose import HostChoice, at_address, choose, is_simulated
from xentui.hosts.logins import Logins
from xentui.hosts.naming.groups import WantedHosts
from xentui.settings import Settings


@dataclass(frozen=True, slots=True)
class ChosenHosts:
    """Hosts in the order they were named, each with the word that names it behind ``--host`` by itself; ``notices`` are
    sentences on how they were named.
    """

    choices: tuple[HostChoice, ...]
    words: tuple[str, ...]
    notices: tuple[str, ...] = ()


def open_hosts(wanted: WantedHosts, settings: Settings, *, read_only: bool = False) -> ChosenHosts:
    """Return the hosts that are ``wanted``; they take turns to be logged in to, and know each other's addresses.

    A ``read_only`` session leaves nothing behind on them.  Raises UsageError for what names none.
    """
    logins = Logins()
    choices = tuple(
        HostChoice(
            at_address(host.address, host.name, settings, read_only=read_only, logins=logins),
            simulated=is_simulated(host.address),
        )
        if host.address
        else choose(host.name, settings, read_only=read_only, logins=logins)
        for host in wanted.hosts
    )
    for choice in choices:
        choice.host.named_with = wanted.address_of
    return ChosenHosts(choices, tuple(host.address or host.name for host in wanted.hosts), wanted.notices)
