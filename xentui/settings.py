"""What the admin set in ``config.toml`` and the environment.

The file is ``$XDG_CONFIG_HOME/xentui/config.toml`` (``~/.config`` by default)::

    default_host = "xen1"
    store = "/var/lib/xentui"          # of the local host
    sudo = false                       # on the local host, run everything through `sudo -n`
    toolstack = "xl"                   # what drives it: xl, libvirt (docs/libvirt.md); found out where it is left out
    theme = "light"                    # of the screen: dark, light, contrast
    leave_key = "ctrl+]"               # leaves a guest's console in the screen
    mouse = true
    bell = true                        # the bell of the guest whose console is in sight rings
    alert = "bell"                     # for what nobody here has asked for: bell, osc9, osc777; none by default
    watch = ["Kernel panic", "Oops"]   # patterns every open console is watched for
    keys = {"domain.start" = "f7"}     # the screen's keys by the ids of docs/keys.md

    [hosts.xen1]
    address = "ssh://root@xen1.example.org"
    store = "/srv/xentui"              # optional
    ssh = "ssh -J jump.example.org"    # optional, instead of XENTUI_SSH
    sudo = true                        # optional, for a login that is not root's
    migration = { address = "root@10.0.0.1", ssh = "ssh -p 2222" }   # optional: how other hosts reach it
    toolstack = "libvirt"              # optional, xl by default

    [groups]                           # lists of hosts, for --hosts NAME (docs/fleet.md)
    rack1 = ["xen1", "ssh-config:xen*", "inventory:~/hosts.ini#xen", "group:rack2"]
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.spelling import nearest
from xentui.text import plain

if TYPE_CHECKING:
    from pathlib import Path

_SIZE_LIMIT = 1 << 20
_KEYS = (
    "default_host",
    "store",
    "sudo",
    "toolstack",
    "theme",
    "leave_key",
    "mouse",
    "bell",
    "alert",
    "watch",
    "keys",
    "hosts",
    "groups",
)
_HOST_KEYS = ("address", "store", "ssh", "sudo", "toolstack", "migration")
_MIGRATION_KEYS = ("address", "ssh")
TOOLSTACKS = ("xl", "libvirt")
"""What can drive a host."""
_TAKEN = ("local", "sim")
ALERTS = ("bell", "osc9", "osc777")
"""How the screen can tell a terminal in the background that something has happened."""


@dataclass(frozen=True, slots=True)
class NamedHost:
    """A host of config.toml: its address, and what differs from the defaults there ("" where nothing does).

    ``migration_address`` and ``migration_ssh`` are how other hosts reach it.
    """

    address: str
    store: str = ""
    ssh: str = ""
    sudo: bool = False
    migration_address: str = ""
    migration_ssh: str = ""
    toolstack: str = ""


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """What is wrong with one table of config.toml, and what to do about it."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; every field has a default, so an absent file is no special case.

    ``problems`` says of each host whose table cannot be used why; the other hosts are not affected.  ``keys`` are
    the screen's keys by the ids of its bindings; what they may be the screen knows.  ``groups`` are lists of hosts by
    name, as they are written: who wants one reads it (:mod:`xentui.hosts.naming.groups`).
    """

    default_host: str = ""
    store: str = ""
    sudo: bool = False
    toolstack: str = ""
    theme: str = ""
    leave_key: str = ""
    mouse: bool = True
    bell: bool = True
    alert: str = ""
    watch: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, NamedHost] = field(default_factory=dict)
    ssh: str = "ssh"
    problems: Mapping[str, SettingProblem] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def host(self, name: str) -> NamedHost | None:
        """Return the host of that name, None where there is none; raises :class:`SettingsError` for one with a
        problem.
        """
        if problem := self.problems.get(name):
            raise SettingsError(problem.message, subject=config_file(), hint=problem.hint)
        return self.hosts.get(name)


class SettingsError(XentuiError):
    """config.toml cannot be used."""


def config_file() -> str:
    """Return where config.toml is looked for."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(base, "xentui", "config.toml")


def state_folder() -> Path:
    """Return where xentui keeps what is not configuration: the simulator, histories (``$XDG_STATE_HOME/xentui``).

    A session taken over from another user (by su or sudo) may have that user's environment: what lies below a folder
    of theirs is theirs to exchange, so one's own home is taken then.
    """
    from pathlib import Path  # local and SSH hosts have nothing there

    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    if not _is_own(base):
        with contextlib.suppress(KeyError):
            base = os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".local", "state")
    return Path(base, "xentui")


def _is_own(path: str) -> bool:
    """Return whether a folder, or the one it would be made in, is root's or one's own."""
    while True:
        try:
            return os.stat(path).st_uid in (0, os.geteuid())
        except OSError:
            above = os.path.dirname(path)
            if above in (path, ""):
                return True
            path = above


def load() -> Settings:
    """Read the settings; raises :class:`SettingsError` naming the file, the key and what it should be."""
    path = config_file()
    ssh = os.environ.get("XENTUI_SSH") or "ssh"
    try:
        text = _read(path)
    except (FileNotFoundError, NotADirectoryError):
        return Settings(ssh=ssh)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", subject=path) from error
    return _from_table(_toml(path, text), path, ssh)


def _read(path: str) -> str:
    """Return the text of the file, which is root's or one's own: it names commands that are run."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise SettingsError("is not a regular file", subject=path, hint="move it away")
        if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o002:
            raise SettingsError(
                "may be written by others, and names commands that are run",
                subject=path,
                hint="make it your own (chown, chmod go-w), or set XDG_CONFIG_HOME to a folder of yours",
            )
        if status.st_size > _SIZE_LIMIT:
            raise SettingsError("is larger than 1 MiB", subject=path, hint="move it away")
        return file.read(_SIZE_LIMIT)


def _toml(path: str, text: str) -> dict[str, Any]:
    import tomllib  # most starts have no file to read

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not TOML: {error}", subject=path, hint="correct that line") from error
    except RecursionError:
        raise SettingsError("is not TOML: nested too deeply", subject=path, hint="correct it") from None
    except ValueError as error:  # of a number of thousands of digits, or a date that is none
        raise SettingsError(
            f"is not TOML: {plain(str(error), 200)}", subject=path, hint="correct it"
        ) from None


def _from_table(table: Mapping[str, Any], path: str, ssh: str) -> Settings:
    _known(table, _KEYS, "", path)
    named = table.get("hosts", {})
    if not isinstance(named, dict):
        raise SettingsError("`hosts` should be tables like [hosts.xen1]", subject=path)
    hosts: dict[str, NamedHost] = {}
    problems: dict[str, SettingProblem] = {}
    keys = table.get("keys", {})
    if not (isinstance(keys, dict) and all(isinstance(key, str) for key in keys.values())):
        raise SettingsError(
            "`keys` should name keys", subject=path, hint='write "domain.start" = "f7" in [keys]'
        )
    for name, entry in named.items():
        if name in _TAKEN or name.startswith(("sim:", "ssh://", "ganeti://")):
            raise SettingsError(
                f"[hosts.{plain(name, 60)}] would hide a host that has this name by itself",
                subject=path,
                hint="choose another name for it",
            )
        try:
            hosts[name] = _host(name, entry, path)
        except SettingsError as error:
            problems[name] = SettingProblem(error.message, error.plain_hint)
    return Settings(
        default_host=_text(table, "default_host", path),
        store=_text(table, "store", path),
        sudo=_flag(table, "sudo", path),
        toolstack=_choice(table, "toolstack", TOOLSTACKS, path),
        theme=_text(table, "theme", path),
        leave_key=_text(table, "leave_key", path),
        mouse=_flag(table, "mouse", path, default=True),
        bell=_flag(table, "bell", path, default=True),
        alert=_choice(table, "alert", ALERTS, path),
        watch=_texts(table, "watch", path),
        keys=keys,
        hosts=hosts,
        ssh=ssh,
        problems=problems,
        groups=_groups(table.get("groups", {}), path),
    )


def _groups(table: object, path: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise SettingsError("`groups` should be a table", subject=path, hint="write it as [groups]")
    for name, hosts in table.items():
        if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
            raise SettingsError(
                f"the group `{plain(name, 60)}` should be a list of hosts",
                subject=path,
                hint=f'write {plain(name, 60)} = ["xen1", "xen2"] in [groups]',
            )
    return {name: tuple(hosts) for name, hosts in table.items()}


def _host(name: str, entry: object, path: str) -> NamedHost:
    shown = f"[hosts.{plain(name, 60)}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("address"), str):
        raise SettingsError(f'{shown} needs address = "ssh://…"', subject=path, hint="add that line")
    _known(entry, _HOST_KEYS, f" in {shown}", path)
    way = entry.get("migration", {})
    if not isinstance(way, dict) or (way and not isinstance(way.get("address"), str)):
        raise SettingsError(
            f'{shown} needs migration = {{ address = "root@…" }}', subject=path, hint="correct that line"
        )
    _known(way, _MIGRATION_KEYS, f" in migration of {shown}", path)
    return NamedHost(
        entry["address"],
        _text(entry, "store", path),
        _text(entry, "ssh", path),
        _flag(entry, "sudo", path),
        _text(way, "address", path),
        _text(way, "ssh", path),
        _choice(entry, "toolstack", TOOLSTACKS, path),
    )


def _known(table: Mapping[str, Any], keys: Sequence[str], where: str, path: str) -> None:
    """Refuse a key nobody reads: a misspelt one would be without effect, and without a word."""
    for key in table:
        if key not in keys:
            near = nearest(key, keys)
            raise SettingsError(
                f"there is no setting `{plain(key, 60)}`{where}",
                subject=path,
                hint=f"did you mean `{near[0]}`?" if near else f"known are {', '.join(keys)}",
            )


def _text(table: Mapping[str, Any], key: str, path: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise SettingsError(f"`{key}` should be a string", subject=path, hint=f'write {key} = "…"')
    return value


def _texts(table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise SettingsError(
            f"`{key}` should be a list of strings",
            subject=path,
            hint=f'write {key} = ["Kernel panic", "Oops"]',
        )
    return tuple(value)


def _choice(table: Mapping[str, Any], key: str, choices: Sequence[str], path: str) -> str:
    value = _text(table, key, path)
    if value not in ("", *choices):
        raise SettingsError(
            f"`{key}` should be one of {', '.join(choices)}",
            subject=path,
            hint=f'write {key} = "{choices[0]}"',
        )
    return value


def _flag(table: Mapping[str, Any], key: str, path: str, *, default: bool = False) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise SettingsError(f"`{key}` should be true or false", subject=path, hint=f"write {key} = true")
    return value
