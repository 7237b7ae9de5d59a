"""The settings of xend that are about relocation: what they are called, what they may be, and what they lead to.

Sources: XendOptions.py of Xen 3.0 to 4.2 (names, defaults, the words that are yes and no), and the files it came with.
"""

from __future__ import annotations

import re
from enum import StrEnum

from xentui.config import xend_expressions as expressions
from xentui.config.xend_config import Entry, XendConfig
from xentui.errors import UsageError
from xentui.frozen import dataclass

_YES, _NO = ("yes", "y", "1", "on", "true", "t"), ("no", "n", "0", "off", "false", "f")
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}\Z")
_PORT_LIMIT = 65535


class ValueKind(StrEnum):
    """What a setting may be."""

    SWITCH = "yes or no"
    PORT = "a port"
    ADDRESS = "an address, a name or an interface of the host"
    EXPRESSIONS = "regular expressions"


@dataclass(frozen=True, slots=True)
class XendSetting:
    """One setting: how xentui and how xend calls it, xend's default, what it may be, and what it does."""

    key: str
    name: str
    default: str
    kind: ValueKind
    about: str


SETTINGS = (
    XendSetting(
        "server", "xend-relocation-server", "no", ValueKind.SWITCH,
        "whether other hosts may send guests here; nothing is encrypted",
    ),
    XendSetting("port", "xend-relocation-port", "8002", ValueKind.PORT, "the port that they connect to"),
    XendSetting(
        "address", "xend-relocation-address", "", ValueKind.ADDRESS,
        "the address or interface that xend listens on; all if it is empty",
    ),
    XendSetting(
        "hosts-allow", "xend-relocation-hosts-allow", "", ValueKind.EXPRESSIONS,
        "which hosts may: regular expressions separated by one blank; all hosts if it is empty",
    ),
    XendSetting("ssl", "xend-relocation-ssl", "no", ValueKind.SWITCH, "whether guests are sent from here encrypted"),
    XendSetting(
        "ssl-server", "xend-relocation-ssl-server", "no", ValueKind.SWITCH,
        "whether encrypted guests are accepted, too",
    ),
    XendSetting("ssl-port", "xend-relocation-ssl-port", "8003", ValueKind.PORT, "the port for encrypted guests"),
)  # fmt: skip
"""Xen 3.0 and 3.1 have none of ssl."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a setting has: the ``entry`` of the file, None where xend takes its default."""

    setting: XendSetting
    entry: Entry | None

    @property
    def text(self) -> str:
        """What xend works with; "" where that is not text."""
        if self.entry is None or (self.entry.value is None and self.entry.start == self.entry.end):
            return self.setting.default
        return self.entry.value or ""

    @property
    def on(self) -> bool:
        """Whether a switch is on."""
        return self.text.lower() in _YES

    @property
    def problem(self) -> str:
        """Why xend cannot work with it, "" where it can."""
        if self.entry is not None and self.entry.value is None and self.entry.start < self.entry.end:
            return "is a list, where xend wants one value"
        try:
            checked(self.setting, self.text, strict=False)
        except UsageError as error:
            return error.message
        return ""


def setting(word: str) -> XendSetting:
    """Return the setting a word names, by either of its names; raises UsageError for none."""
    found = next((each for each in SETTINGS if word in (each.key, each.name)), None)
    if found is None:
        raise UsageError(
            "is not a setting of relocation",
            subject=word,
            hint=f"there are {', '.join(each.key for each in SETTINGS)}",
        )
    return found


def checked(setting: XendSetting, value: str, *, strict: bool = True) -> str:
    """Return a value as it is written; raises UsageError for one that xend would fail at.

    ``strict`` refuses what it would take but nobody means, too.
    """
    if setting.kind is ValueKind.SWITCH:
        if value.lower() in _YES:
            return "yes"
        if value.lower() in _NO:
            return "no"
    elif setting.kind is ValueKind.PORT:
        if value.strip().isascii() and value.strip().isdigit() and 0 < int(value.strip()[:9]) <= _PORT_LIMIT:
            return str(int(value))
    elif setting.kind is ValueKind.ADDRESS:
        if not value or _ADDRESS.match(value):
            return value
    else:
        for expression in expressions.split(value):
            if problem := expressions.problem(expression):
                raise UsageError(
                    f"{expression!r} is not a regular expression: {problem}",
                    subject=setting.key,
                    hint="xend does not start with an invalid one",
                )
            if strict and not expression:
                raise UsageError(
                    "two blanks have an empty expression between them, which matches every host",
                    subject=setting.key,
                    hint="write one blank between two expressions, none before or after them",
                )
        return value
    raise UsageError(f"{value!r} is not {setting.kind}", subject=setting.key)


def values(config: XendConfig) -> tuple[Value, ...]:
    """Return what each setting has."""
    return tuple(Value(each, config.entry(each.name)) for each in SETTINGS)


def cautions(config: XendConfig) -> tuple[str, ...]:
    """Return what is wrong with the settings, or leads to what nobody may want: one sentence each."""
    told: list[str] = []
    by_key = {value.setting.key: value for value in values(config)}
    for value in by_key.values():
        name, entry = value.setting.name, value.entry
        if value.problem:
            told.append(f"{name} {value.problem}: xend does not start with it")
        if entry is not None and entry.lossy:
            told.append(
                f"{name}: xend drops what follows a single backslash and reads {value.text!r}; "
                "a backslash is written as two in the file"
            )
        told += [
            f"{name} on line {other.line} has no effect: it is set on line {entry.line} already"
            for other in config.ignored(name)
            if entry is not None
        ]
    allow = by_key["hosts-allow"]
    if by_key["server"].on or by_key["ssl-server"].on:
        if not allow.text:
            told.append("every host that reaches the port may send guests: hosts-allow is empty")
        if by_key["address"].text in ("localhost", "127.0.0.1"):
            told.append("no other host can reach the port: xend listens on localhost only")
        told += expressions.cautions(allow.text)
    return tuple(told)
