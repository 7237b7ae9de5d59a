"""From what the user names to a list of hosts: ``xen1,xen2``, groups, patterns and inventories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path

from xentui.errors import UsageError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import nowhere
from xentui.hosts.choose import LOCAL, SIM, is_address
from xentui.hosts.naming import ssh_config
from xentui.hosts.naming.domain_at_host import split
from xentui.hosts.naming.inventory import AnsibleInventory, InventoryHost
from xentui.hosts.ssh import parse_address
from xentui.settings import Settings, SettingsError, config_file
from xentui.spelling import nearest
from xentui.text import plain

HOSTS = 2_000
"""Hosts of one list, at most."""
_SSH_CONFIG, _INVENTORY, _GROUP = "ssh-config:", "inventory:", "group:"
_FORMS = 'a host, "ssh-config:PATTERN", "inventory:FILE#GROUP" or "group:NAME"'
_TRUE = frozenset(("true", "yes", "1", "on"))
_SSH_DEFAULT_PORT = 22
_UNHEEDED = (
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_ssh_private_key_file",
    "ansible_connection",
)


@dataclass(frozen=True, slots=True)
class WantedHost:
    """A host of a list: how the user calls it, and its address where config.toml has none ("": the name is one)."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class WantedHosts:
    """The hosts of a list, each once, and what is to be told of how they were named.

    ``near`` finds the address of another host of the same inventories, "" for none.
    """

    hosts: tuple[WantedHost, ...]
    notices: tuple[str, ...] = ()
    near: Callable[[str], str] = field(default=nowhere, compare=False)

    def address_of(self, name: str) -> str:
        """Return the address of a host that was named with the others, or could have been; "" where the name is one."""
        named = next((host for host in self.hosts if host.name == name), None)
        return self.near(name) if named is None else named.address


def wanted_hosts(hosts: str, groups: str, settings: Settings) -> WantedHosts:
    """Return the hosts of ``--host`` (names and addresses separated by commas) and ``--hosts`` (groups of them).

    Raises UsageError, naming file and line where they are in one, for what is none.
    """
    notices: dict[str, None] = {}
    naming = _Naming(settings, notices.setdefault)
    found: dict[str, WantedHost] = {}
    for host in (*naming.listed(hosts), *naming.grouped(groups)):
        found.setdefault(host.name, host)
        if len(found) > HOSTS:
            raise UsageError(f"are more than {HOSTS} hosts", subject="--hosts", hint="name a smaller group")
    return WantedHosts(tuple(_each_once(found.values(), settings, notices)), tuple(notices), naming.near)


def known(name: str, settings: Settings) -> WantedHost | None:
    """Return the host a name is by itself: one of config.toml, one of ssh's configuration, an address; None for ""."""
    if not name:
        return None
    if name in settings.hosts or name in settings.problems or name == LOCAL or is_address(name):
        return WantedHost(name)
    return WantedHost(name, f"ssh://{name}") if name in ssh_config.names(settings.ssh) else None


def hosts_behind(domains: Sequence[str], settings: Settings) -> WantedHosts | None:
    """Return the hosts that stand behind domains, as in ``web1@xen2``, where no host is named else.

    Domains without one are the default host's.  None where none of the words names a host.
    """
    found: dict[str, WantedHost] = {}
    alone = False
    for domain in domains:
        host = known(split(domain, lambda word: known(word, settings) is not None)[1], settings)
        if host is not None:
            found.setdefault(host.name, host)
        alone = alone or host is None
    if not found:
        return None
    if alone:
        default = WantedHost(settings.default_host)
        found.setdefault(default.name, default)
    return WantedHosts(tuple(found.values()))


class _Naming:
    def __init__(self, settings: Settings, notice: Callable[[str], object]) -> None:
        self._settings = settings
        self._notice = notice
        self._inventories: dict[str, AnsibleInventory] = {}
        self._ssh_names: tuple[str, ...] | None = None

    def listed(self, text: str) -> Iterator[WantedHost]:
        """Yield the hosts of ``--host``."""
        if text in self._settings.hosts:  # config.toml may name one with a comma
            yield WantedHost(text)
            return
        words = [word.strip() for word in text.split(",")] if text else []
        for word in words:
            if not word:
                raise UsageError("names a host that is empty", subject="--host", hint="write xen1,xen2")
            yield self._host(word)

    def grouped(self, text: str) -> Iterator[WantedHost]:
        """Yield the hosts of ``--hosts``."""
        for word in text.split(",") if text else []:
            name = word.strip()
            if not name:
                raise UsageError("names a group that is empty", subject="--hosts", hint="write rack1,rack2")
            if name.startswith((_SSH_CONFIG, _INVENTORY)):
                yield from self._entry(name, (), Path.cwd())
            elif name in self._settings.groups:
                yield from self._group(name, ())
            else:
                raise self._no_group(name)

    def _group(self, name: str, above: tuple[str, ...]) -> Iterator[WantedHost]:
        if name in above:
            raise UsageError(f"puts the group {plain(name, 60)} into itself", subject=config_file())
        for entry in self._settings.groups[name]:
            try:
                yield from self._entry(entry, (*above, name), Path(config_file()).parent)
            except SettingsError:
                raise
            except XentuiError as error:
                place = f"{config_file()}{_line_of(entry)}"
                raise SettingsError(
                    f"[groups] {plain(name, 60)}: {error.headline}", subject=place, hint=error.plain_hint
                ) from error

    def _entry(self, entry: str, above: tuple[str, ...], folder: Path) -> Iterator[WantedHost]:
        if entry.startswith(_GROUP):
            name = entry.removeprefix(_GROUP)
            if name not in self._settings.groups:
                raise self._no_group(name)
            yield from self._group(name, above)
        elif entry.startswith(_SSH_CONFIG):
            yield from self._of_ssh_config(entry.removeprefix(_SSH_CONFIG))
        elif entry.startswith(_INVENTORY):
            path, _mark, group = entry.removeprefix(_INVENTORY).partition("#")
            path = str(folder / Path(path).expanduser())
            inventory = self._inventories.get(path)
            if inventory is None:
                inventory = self._inventories[path] = AnsibleInventory(path)
            yield from (self._of_inventory(host, path) for host in inventory.hosts(group or "all"))
        else:
            yield self._host(entry)

    def _host(self, word: str) -> WantedHost:
        if word in self._settings.hosts or word in self._settings.problems:
            return WantedHost(word)
        if is_address(word):
            if word.startswith("ssh://"):
                parse_address(word)
            return WantedHost(word)
        if word in self._names():
            parse_address(f"ssh://{word}")
            return WantedHost(word, f"ssh://{word}")
        near = nearest(word, [*self._settings.hosts, *self._names(), LOCAL, SIM])
        raise UsageError(
            "is not a host",
            subject=plain(word, 100),
            hint=f"did you mean `{near[0]}`?"
            if near
            else "name one of config.toml or of ssh's configuration, or write ssh://[user@]host[:port]",
        )

    def near(self, name: str) -> str:
        """Return the address of a host of the inventories that were read, whatever groups of theirs are meant."""
        if is_address(name):
            return ""
        for path, inventory in self._inventories.items():
            for host in inventory.hosts():
                if host.name == name:
                    return self._of_inventory(host, path).address
        return ""

    def _names(self) -> tuple[str, ...]:
        if self._ssh_names is None:
            self._ssh_names = ssh_config.names(self._settings.ssh)
        return self._ssh_names

    def _of_ssh_config(self, pattern: str) -> Iterator[WantedHost]:
        found = [name for name in self._names() if fnmatchcase(name, pattern)]
        if not found:
            raise UsageError(
                "is not a host of ssh's configuration",
                subject=plain(pattern, 100),
                hint="patterns are matched against the names of its Host lines, which have no wildcards themselves",
            )
        for name in found:
            parse_address(f"ssh://{name}")
            yield WantedHost(name, f"ssh://{name}")

    def _of_inventory(self, host: InventoryHost, path: str) -> WantedHost:
        own = host.variables
        if host.name in self._settings.hosts:
            return WantedHost(host.name)
        if own.get("ansible_connection") == "local":
            return WantedHost(host.name, LOCAL)
        for key in _UNHEEDED:
            if key in own and own[key] not in ("ssh", "smart"):
                self._notice(f"{path}: {key} is not used: ssh's own configuration says how hosts are reached")
        place = own.get("ansible_host") or own.get("ansible_ssh_host") or host.name
        user = own.get("ansible_user") or own.get("ansible_ssh_user") or ""
        port = own.get("ansible_port") or own.get("ansible_ssh_port") or ""
        if port and not re.fullmatch(r"[0-9]{1,5}", port):
            raise UsageError(f"{host.name} has no port: {plain(port, 40)}", subject=path)
        sudo = own.get("ansible_become", "").lower() in _TRUE
        shown = f"[{place}]" if place.count(":") > 1 else place
        address = f"ssh://{user and f'{user}@'}{shown}{port and f':{port}'}{'?sudo' if sudo else ''}"
        try:
            parse_address(address)
        except UsageError as error:
            raise UsageError(
                f"{host.name} has no address ssh can be given: {plain(address, 100)}", subject=path
            ) from error
        return WantedHost(host.name, address)

    def _no_group(self, name: str) -> UsageError:
        groups = self._settings.groups
        near = nearest(name, list(groups))
        hint = (
            f"did you mean `{near[0]}`?"
            if near
            else f"{config_file()} has {', '.join(sorted(groups))}"
            if groups
            else f'write [groups] and {plain(name, 40) or "name"} = ["xen1", "xen2"] into {config_file()}: {_FORMS}'
        )
        return UsageError("is not a group of hosts", subject=plain(name, 100) or "--hosts", hint=hint)


def _each_once(
    hosts: Iterable[WantedHost], settings: Settings, notices: dict[str, None]
) -> Iterator[WantedHost]:
    """Yield the hosts without those whose address is that of another; of these is told."""
    having: dict[object, str] = {}
    for host in hosts:
        entry = settings.hosts.get(host.name)
        place = _place(host.address or (entry.address if entry else host.name))
        first = having.setdefault(place, host.name)
        if first == host.name:
            yield host
        else:
            notices.setdefault(f"{host.name} is {first} by another name: it is listed once")


def _place(address: str) -> object:
    """Return what two names of one host have in common."""
    if not address.startswith("ssh://"):
        return address
    try:
        parsed = parse_address(address)
    except UsageError:
        return address  # told where it is chosen
    target = parsed.target.rpartition("@")[2]
    return target, parsed.port or _SSH_DEFAULT_PORT


def _line_of(entry: str) -> str:
    """``:LINE`` of an entry in config.toml; "" where it cannot be told."""
    try:
        with Path(config_file()).open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if f'"{entry}"' in line or f"'{entry}'" in line:
                    return f":{number}"
    except OSError:
        return ""
    return ""
