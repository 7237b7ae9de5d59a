"""Inventories of Ansible in its INI format: groups, children, ranges, and where a host is reached.

The format is that of ``ansible.builtin.ini``: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ini_inventory.html
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from dataclasses import field

from xentui.errors import UsageError
from xentui.frozen import dataclass
from xentui.spelling import nearest
from xentui.text import plain

_SIZE_LIMIT = 1 << 20
_LINE_LIMIT = 4096
HOSTS = 10_000
"""Hosts of one inventory, at most."""
_DEPTH = 100
"""Groups below each other, at most."""
_SECTION = re.compile(r"\[([^\[\]:#\s][^\[\]:#]*?)(?::(children|vars))?\]\s*(?:#.*)?\Z")
_RANGE = re.compile(r"\[([A-Za-z]|[0-9]{1,9}):([A-Za-z]|[0-9]{1,9})(?::([0-9]{1,9}))?\]")
_COMMENT = re.compile(r"\s+#.*\Z")
_PORT = re.compile(r"(.+):([0-9]{1,5})\Z")
_ALL, _UNGROUPED = "all", "ungrouped"
_CHILDREN, _VARS = "children", "vars"


@dataclass(frozen=True, slots=True)
class InventoryHost:
    """A host of an inventory: its name, and what is set for it (``ansible_host``, ``ansible_user`` …)."""

    name: str
    variables: Mapping[str, str]


@dataclass(slots=True)
class _Group:
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, int] = field(default_factory=dict)
    """Groups below it, and the line that says so."""
    variables: dict[str, str] = field(default_factory=dict)


class AnsibleInventory:
    """An inventory that was read.  Raises UsageError, naming file and line, where that cannot be done."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._groups: dict[str, _Group] = {_ALL: _Group(), _UNGROUPED: _Group()}
        self._variables: dict[str, dict[str, str]] = {}
        self._known: dict[str, frozenset[str]] = {}
        self._heights: dict[str, int] = {}
        section, kind = _UNGROUPED, ""
        for number, line in enumerate(_read(path), 1):
            text = _COMMENT.sub("", line).strip()
            if not text or text[0] in "#;":
                continue
            if len(line) > _LINE_LIMIT or not text.isprintable():
                raise self._bad(number, "is too long, or has control characters in it")
            if text.startswith("["):
                section, kind = self._section(number, text)
            elif kind == _CHILDREN:
                self._groups[section].children.setdefault(text, number)
            elif kind == _VARS:
                self._groups[section].variables.update([self._pair(number, text)])
            else:
                self._hosts(number, text, section)
        for group in self._groups.values():
            for child, number in group.children.items():
                if child not in self._groups:
                    raise self._bad(number, f"names a group that is nowhere: {plain(child, 60)}")

    def hosts(self, group: str = _ALL) -> list[InventoryHost]:
        """Return the hosts of a group, those of the groups below it included, in the order of the file."""
        if group not in self._groups:
            near = nearest(group, list(self._groups))
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(list(self._groups)[:8])}"
            raise UsageError(f"has no group {plain(group, 60)}", subject=self._path, hint=hint)
        found = dict.fromkeys(self._variables) if group == _ALL else dict.fromkeys(self._below(group))
        return [InventoryHost(name, self._all_of(name)) for name in found]

    def _below(self, name: str) -> list[str]:
        """Return the hosts of a group and of those below it, each group read once however many lead to it."""
        return list(self._walk(name, (), set()))

    def _walk(self, name: str, above: tuple[str, ...], seen: set[str]) -> Iterator[str]:
        seen.add(name)
        group, above = self._groups[name], (*above, name)
        yield from group.hosts
        for child, number in group.children.items():
            if child in above:
                raise self._bad(number, f"puts a group below itself: {plain(child, 60)}")
            if len(above) >= _DEPTH:
                raise self._bad(number, f"puts groups more than {_DEPTH} deep below each other")
            if child not in seen:
                yield from self._walk(child, above, seen)

    def _all_of(self, name: str) -> dict[str, str]:
        """Return what is set for a host: by itself, else by the lowest group that has it."""
        having = sorted(
            (self._height(group), group) for group in self._groups if name in self._members(group)
        )
        found = dict(self._groups[_ALL].variables)
        for _height, group in reversed(having):
            found.update(self._groups[group].variables)
        return {**found, **self._variables[name]}

    def _members(self, group: str) -> frozenset[str]:
        if group not in self._known:
            self._known[group] = frozenset(self._below(group))
        return self._known[group]

    def _height(self, group: str) -> int:
        if group not in self._heights:
            children = self._groups[group].children
            self._heights[group] = max((1 + self._height(child) for child in children), default=0)
        return self._heights[group]

    def _section(self, number: int, text: str) -> tuple[str, str]:
        found = _SECTION.match(text)
        if found is None:
            raise self._bad(number, "is not a section: write [group], [group:children] or [group:vars]")
        self._groups.setdefault(found[1], _Group())
        return found[1], found[2] or ""

    def _hosts(self, number: int, text: str, group: str) -> None:
        try:
            pattern, *words = shlex.split(text)
        except ValueError:
            raise self._bad(number, "has a quotation mark that is not closed") from None
        variables = dict(self._pair(number, word) for word in words)
        if (found := _PORT.match(pattern)) and pattern.count(":") - len(_RANGE.findall(pattern)) == 1:
            pattern, variables = found[1], {"ansible_port": found[2], **variables}
        for name in self._spelled_out(number, pattern):
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*", name):
                raise self._bad(number, f"is not a host: {plain(name, 60)}")
            self._groups[group].hosts.setdefault(name)
            self._variables.setdefault(name, {}).update(variables)
            if len(self._variables) > HOSTS:
                raise self._bad(number, f"is one host too many: {HOSTS} are read")

    def _spelled_out(self, number: int, pattern: str) -> Iterator[str]:
        """Yield every host of a pattern with ranges: ``xen[01:20]``, ``rack-[a:c]-[1:9:2]``."""
        parts = _RANGE.split(pattern)
        fixed, choices = parts[0::4], []
        for start, end, step in zip(parts[1::4], parts[2::4], parts[3::4], strict=True):
            choices.append(self._range(number, start, end, int(step or 1)))
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > HOSTS:
            raise self._bad(number, f"stands for more than {HOSTS} hosts")
        for chosen in itertools.product(*choices):
            yield fixed[0] + "".join(map("".join, zip(chosen, fixed[1:], strict=True)))

    def _range(self, number: int, start: str, end: str, step: int) -> list[str]:
        digits = start.isdigit()
        if digits != end.isdigit() or step < 1 or (start.startswith("0") and len(start) > len(end)):
            raise self._bad(number, f"has no range: [{start}:{end}]")
        first, last = (int(start), int(end)) if digits else (ord(start), ord(end))
        if not 0 <= last - first < HOSTS * step:
            raise self._bad(number, f"has a range of none, or of too many: [{start}:{end}]")
        width = len(start) if start.startswith("0") else 0
        return [f"{at:0{width}d}" if digits else chr(at) for at in range(first, last + 1, step)]

    def _pair(self, number: int, text: str) -> tuple[str, str]:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise self._bad(number, f"sets nothing: write KEY=VALUE instead of {plain(text, 60)}")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        return key.strip(), value

    def _bad(self, number: int, what: str) -> UsageError:
        return UsageError(
            f"line {number} {what}", subject=self._path, hint="it is read as an inventory of Ansible, as INI"
        )


def _read(path: str) -> list[str]:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(
                    "is not a regular file", subject=path, hint="name an inventory of Ansible, as INI"
                )
            text = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", subject=path) from error
    if len(text) > _SIZE_LIMIT:
        raise UsageError("is larger than 1 MiB", subject=path, hint="name an inventory of Ansible, as INI")
    if text.startswith(b"#!"):
        hint = "write what it prints into a file, as INI, and name that"
        raise UsageError("is a program: xentui runs none to learn of hosts", subject=path, hint=hint)
    return text.decode("utf-8", "replace").split("\n")
