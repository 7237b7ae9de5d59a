"""Which configurations are templates, and what is asked of each domain made of one: kept as a comment.

The line ``# xentui: template: memory, xvdb=20G, xvdc=shared`` says that the text is no domain's but a template, that
a new domain is asked for its ``memory``, and that its disk xvdb is a new empty one, its xvdc the template's own, read
by both; every other disk it writes to is a copy.  xl reads over it; it lives in the text, so that versions, files and
copies keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from xentui.config.devices.vdev import vdev_number
from xentui.config.document import Document, parse
from xentui.config.overrides import override_words
from xentui.config.refusal import printable
from xentui.config.schema import schema
from xentui.config.schema.key import NUMBER
from xentui.errors import ConfigError, UsageError, XentuiError
from xentui.frozen import dataclass
from xentui.model.sizes import DISK_EXAMPLES, disk_size

_NOTE = re.compile(r"^[ \t]*#[ \t]*xentui:[ \t]*template(?::([^\n]*))?[ \t]*(?:\n|\Z)", re.MULTILINE)
_START = "# xentui: template"
_ALWAYS = ("name", "uuid", "vif")
"""What is each domain's own, asked for or made for it."""
_NEVER = ("disk",)
_MOST = 100


class DiskRule(StrEnum):
    """What a domain that is made of a template gets for one of its disks."""

    COPY = "copy"
    EMPTY = "empty"
    """A new one, of a size."""
    SHARED = "shared"
    """The template's own, which it only reads."""


@dataclass(frozen=True, slots=True)
class DiskBlank:
    """What becomes of a disk: ``size`` in bytes of an empty one; ``path`` where it is to be, "" to have one chosen."""

    rule: DiskRule = DiskRule.COPY
    size: int = 0
    path: str = ""

    @property
    def word(self) -> str:
        """As the note has it."""
        return f"{self.size}B" if self.rule is DiskRule.EMPTY else self.rule.value


@dataclass(frozen=True, slots=True)
class Blanks:
    """What is asked of each domain made of a template: values of these ``keys``, and what becomes of its ``disks``."""

    keys: tuple[str, ...] = ()
    disks: Mapping[str, DiskBlank] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """As :func:`read_blanks` reads them."""
        return (*self.keys, *(f"{vdev}={blank.word}" for vdev, blank in sorted(self.disks.items())))


def is_template(document: Document) -> bool:
    """Return whether a text says that it is a template."""
    return _NOTE.search(document.text) is not None


def blanks_of(document: Document) -> Blanks:
    """Return what a template asks; nothing of a text that is none.  Raises ConfigError for a note that makes no
    sense.
    """
    found = _NOTE.search(document.text)
    if found is None:
        return Blanks()
    try:
        return read_blanks(word.strip() for word in (found[1] or "").split(",") if word.strip())
    except UsageError as error:
        line = document.text.count("\n", 0, found.start()) + 1
        raise ConfigError(
            f"what the template asks is not valid: {error.subject} {error.message}",
            source=document.source,
            line=line,
            hint=error.hint,
        ) from error


def read_blanks(words: Iterable[str]) -> Blanks:
    """Return the blanks of words: ``KEY``, ``DISK=copy``, ``DISK=shared``, ``DISK=SIZE``.  Raises UsageError."""
    keys: dict[str, None] = {}
    disks: dict[str, DiskBlank] = {}
    for count, word in enumerate(words):
        name, equals, value = word.partition("=")
        if count >= _MOST:
            raise UsageError(f"is one of more than {_MOST} blanks", subject=printable(name))
        if equals:
            try:
                vdev_number(name)
            except ConfigError:
                raise _wrong(name, "is not the name of a disk") from None
            disks[name] = read_disk(value)
            if disks[name].path:
                raise UsageError("cannot be one path for many domains", subject=printable(word))
        elif name in _ALWAYS:
            raise UsageError(
                "is always the new domain's own", subject=name, hint="leave it out: it need not be said"
            )
        elif name in _NEVER or name not in schema():
            raise _wrong(name, "is not a parameter that a template can ask for")
        else:
            keys[name] = None
    return Blanks(tuple(keys), disks)


def read_disk(value: str, usual: DiskBlank | None = None) -> DiskBlank:
    """Return what becomes of a disk, by words with commas between: ``copy``, ``shared``, a size, a path.

    ``usual`` is what it is where only a path is said.  Raises UsageError.
    """
    blank = usual or DiskBlank()
    said = False
    for word in (part.strip() for part in value.split(",")):
        if word.startswith("/"):
            blank = DiskBlank(blank.rule, blank.size, word)
            continue
        if said or not word:
            raise UsageError(
                "is not possible for a disk",
                subject=printable(value),
                hint=f"copy, shared, or the size of a new one ({DISK_EXAMPLES}); and a path where it is to be",
            )
        said = True
        if word in (DiskRule.COPY, DiskRule.SHARED):
            blank = DiskBlank(DiskRule(word), 0, blank.path)
        else:
            blank = DiskBlank(DiskRule.EMPTY, disk_size(word), blank.path)
    if blank.rule is DiskRule.SHARED and blank.path:
        raise UsageError("is either shared or has a path of its own", subject=printable(value))
    return blank


def with_blanks(document: Document, blanks: Blanks | None) -> Document:
    """Return the document as a template that asks for these, or, for None, as none; the note is its first line."""
    text = _NOTE.sub("", document.text)
    if blanks is not None:
        words = ", ".join(blanks.words)
        text = f"{_START}{f': {words}' if words else ''}\n{text}"
    return document if text == document.text else parse(text, source=document.source)


def still_template(document: Document, former: str) -> Document:
    """Return what replaces the text ``former``: a template like that one, where it does not say itself that it is
    one.
    """
    note = _NOTE.search(former)
    if note is None or is_template(document):
        return document
    return parse(f"{note[0].rstrip()}\n{document.text}", source=document.source)


def filled(document: Document, values: Mapping[str, str]) -> Document:
    """Return the document with values of keys as ``KEY=VALUE`` on a command line has them, "" to leave a key out.

    Raises UsageError for a key that cannot be set so, or a value that is none.
    """
    for key, value in values.items():
        if key in (*_ALWAYS, *_NEVER):
            raise UsageError("cannot be set so", subject=key, hint="each domain has its own")
        if key not in schema():
            raise _wrong(key, "is not a parameter of a configuration")
        if not value.strip():
            document = document.remove(key) if document.get(key) is not None else document
            continue
        try:
            read = parse(override_words([f"{key}={value}"])[0]).get(key)
        except XentuiError as error:
            raise UsageError(f"cannot be {printable(value)}: {error.message}", subject=key) from error
        known = schema()[key]
        if read is None or (known.kind == NUMBER and not (isinstance(read, int) and known.holds(read))):
            raise UsageError(f"cannot be {printable(value)}", subject=key, hint=f"{known.takes} is meant")
        if known.values and str(read) not in known.values:
            raise UsageError(f"cannot be {printable(value)}", subject=key, hint=", ".join(known.values))
        if isinstance(read, str | int):
            document = document.set(key, read)
        elif all(isinstance(item, str) for item in read):
            document = document.set(key, [str(item) for item in read])
        else:
            raise UsageError("cannot be a list of lists", subject=key)
    return document


def _wrong(word: str, message: str) -> UsageError:
    return UsageError(
        message,
        subject=printable(word),
        hint="memory is a key, xvdb=20G, xvda=copy and xvdc=shared are disks",
    )
