"""Answers as a file (TOML), so that what was answered once can be made again."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from xentui.errors import Suggest, UsageError, XentuiError
from xentui.model.sizes import disk_size, memory_size
from xentui.service.making.answers import (
    FORMATS,
    TYPES,
    Answers,
    Display,
    FirstBoot,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
)

_MOST = 64
"""Disks and interfaces a file may name, each."""
_T = TypeVar("_T")


def read(text: str, label: str) -> Answers:
    """Return the answers in a text; ``label`` is what messages call it.  Raises UsageError for what is none."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(
            f"is not valid TOML: {error}",
            subject=label,
            hint=(Suggest("host.make", "NAME", "--save", "FILE"), " writes one"),
        ) from None
    fields = _Fields(table, label)
    answers = Answers(
        name=fields.text("name"),
        system=fields.text("system", "linux"),
        type=fields.one_of("type", TYPES),
        memory=fields.size("memory", memory_size),
        vcpus=fields.count("vcpus"),
        display=Display(fields.one_of("display", tuple(Display)) or Display.CONSOLE),
        source=_source(fields.table("source")),
        first_boot=_first_boot(fields.table("first_boot")),
        disks=tuple(_disk(item) for item in fields.tables("disk")),
        interfaces=tuple(_interface(item) for item in fields.tables("interface")),
        unattended=fields.text("unattended"),
        configuration=fields.text("configuration"),
        install_configuration=fields.text("install_configuration"),
    )
    fields.done()
    return answers


def _source(fields: _Fields) -> GuestSource:
    kind = fields.one_of("kind", tuple(SourceKind))
    if not kind:
        raise fields.wrong("kind", "is missing", f"one of {', '.join(SourceKind)}")
    found = GuestSource(
        SourceKind(kind),
        path=fields.text("path"),
        kernel=fields.text("kernel"),
        ramdisk=fields.text("ramdisk"),
        extra=fields.text("extra"),
        suite=fields.text("suite"),
        mirror=fields.text("mirror"),
        packages=fields.texts("packages"),
        filesystem=fields.text("filesystem"),
        tool=fields.text("tool"),
        keyring=fields.text("keyring"),
        format=fields.one_of("format", FORMATS),
    )
    fields.done()
    return found


def _first_boot(fields: _Fields) -> FirstBoot:
    found = FirstBoot(
        user=fields.text("user"),
        keys=fields.texts("ssh_keys"),
        password=fields.text("password_hash"),
        hostname=fields.text("hostname"),
        address=fields.text("address"),
        gateway=fields.text("gateway"),
        dns=fields.texts("dns"),
        user_data=fields.text("user_data"),
        path=fields.text("path"),
    )
    fields.done()
    return found


def _disk(fields: _Fields) -> WantedDisk:
    found = WantedDisk(
        fields.text("path"),
        size=fields.size("size", disk_size),
        format=fields.one_of("format", FORMATS) or "raw",
        preallocated=fields.switch("preallocated"),
        pool=fields.text("pool"),
    )
    fields.done()
    return found


def _interface(fields: _Fields) -> WantedInterface:
    found = WantedInterface(bridge=fields.text("bridge"), mac=fields.text("mac"))
    fields.done()
    return found


class _Fields:
    """A table of the file, of which each value is taken once; what is left at the end is known to nobody."""

    def __init__(self, table: Mapping[str, Any], label: str, place: str = "") -> None:
        self._left = dict(table)
        self._label = label
        self._place = place

    def wrong(self, key: str, what: str, hint: str) -> UsageError:
        return UsageError(f"{self._place}{key} {what}", subject=self._label, hint=hint)

    def _take(self, key: str, kinds: type | tuple[type, ...], default: _T, what: str) -> Any:
        value = self._left.pop(key, default)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise self.wrong(key, f"is not {what}", "see docs/creating.md")
        return value

    def text(self, key: str, default: str = "") -> str:
        return str(self._take(key, str, default, "a text"))

    def texts(self, key: str) -> tuple[str, ...]:
        items = self._take(key, list, [], "a list of texts")
        if len(items) > _MOST or not all(isinstance(item, str) for item in items):
            raise self.wrong(key, f"is not a list of at most {_MOST} texts", f'as in {key} = ["…"]')
        return tuple(items)

    def one_of(self, key: str, words: Iterable[str]) -> str:
        known = [str(word) for word in words]
        value = self.text(key)
        if value and value not in known:
            raise self.wrong(key, f"is {value!r}", f"one of {', '.join(known)}")
        return value

    def count(self, key: str) -> int:
        value = int(self._take(key, int, 0, "a whole number"))
        if not 0 <= value <= 4096:
            raise self.wrong(key, f"is {value}", "a number such as 2")
        return value

    def switch(self, key: str) -> bool:
        return bool(self._take(key, bool, False, "true or false"))

    def size(self, key: str, read: Callable[[str], int]) -> int:
        value = self._take(key, (str, int), "", "a size")
        if value in ("", 0):
            return 0
        try:
            return read(str(value))
        except XentuiError as error:
            raise self.wrong(key, f"{error.subject} {error.message}", error.plain_hint) from None

    def table(self, key: str) -> _Fields:
        return _Fields(self._take(key, dict, {}, f"a table: [{key}]"), self._label, f"{key}.")

    def tables(self, key: str) -> list[_Fields]:
        items = self._take(key, list, [], f"a list of tables: [[{key}]]")
        if len(items) > _MOST or not all(isinstance(item, dict) for item in items):
            raise self.wrong(key, f"is not a list of at most {_MOST} tables", f"each begins with [[{key}]]")
        return [_Fields(item, self._label, f"{key}.") for item in items]

    def done(self) -> None:
        if self._left:
            key = next(iter(self._left))
            raise self.wrong(_string(key)[1:-1], "is nothing that can be answered", "see docs/creating.md")


def write(answers: Answers) -> str:
    """Return the file that :func:`read` makes the same answers of; raises UsageError for what none can hold."""
    source = answers.source
    lines = ["# What `xentui make --from` makes a guest by.", ""]
    lines += _pairs(
        name=answers.name,
        system=answers.system,
        type=answers.type,
        memory=f"{answers.memory}M" if answers.memory else "",
        vcpus=answers.vcpus,
        display=str(answers.display),
        unattended=answers.unattended,
        configuration=answers.configuration,
        install_configuration=answers.install_configuration,
    )
    lines += ["", "[source]"]
    lines += _pairs(
        kind=str(source.kind),
        path=source.path,
        kernel=source.kernel,
        ramdisk=source.ramdisk,
        extra=source.extra,
        format=source.format,
        suite=source.suite,
        mirror=source.mirror,
        packages=source.packages,
        filesystem=source.filesystem,
        tool=source.tool,
        keyring=source.keyring,
    )
    told = answers.first_boot
    if told != FirstBoot():
        lines += ["", "[first_boot]"]
        lines += _pairs(
            user=told.user,
            ssh_keys=told.keys,
            password_hash=told.password,
            hostname=told.hostname,
            address=told.address,
            gateway=told.gateway,
            dns=told.dns,
            user_data=told.user_data,
            path=told.path,
        )
    for disk in answers.disks:
        lines += ["", "[[disk]]"]
        lines += _pairs(
            path=disk.path,
            size=f"{disk.size}B" if disk.size else "",
            format=disk.format,
            preallocated=disk.preallocated,
            pool=disk.pool,
        )
    for interface in answers.interfaces:
        lines += ["", "[[interface]]", *_pairs(bridge=interface.bridge, mac=interface.mac)]
    return "\n".join(lines) + "\n"


def _pairs(**values: str | int | tuple[str, ...]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items() if value]


def _value(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_string, value))}]"
    if isinstance(value, str):
        return _long(value) if "\n" in value else _string(value)
    return "true" if value is True else str(value)


def _string(text: str) -> str:
    """Return a basic string: what JSON escapes TOML reads, and DEL it wants escaped besides."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("holds characters that no file can hold", subject=repr(text)) from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    """Return lines as they are, where a literal string can hold them."""
    plain = "'''" not in text and not text.endswith("'")
    if plain and all(character in "\t\n" or character.isprintable() for character in text):
        return f"'''\n{text}'''"
    return _string(text)
