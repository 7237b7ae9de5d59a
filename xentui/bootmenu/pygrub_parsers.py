"""pygrub's own reading of boot loaders' configurations, which knows less than the loaders do.

Written after pygrub of Xen 4.17 under Python 3 (tools/pygrub/src: pygrub, GrubConf.py, ExtLinuxConf.py): one line after
another, no variable, no ``if``; submenus are made flat; what a line means is decided by its first word.
"""

from __future__ import annotations

import re

from xentui.bootmenu.limits import ENTRIES
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MENUENTRY = re.compile(r"menuentry [\"'](.*?)[\"'] (.*)\{")
_QUOTED = re.compile(r"([\"'])(.*)\1")
_ALL_QUOTED = re.compile(r'^"(.+)"$')
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:_[0-9]+)*\s*")


class PygrubImage(NamedTuple):
    """An entry as pygrub has it; ``kernel`` is None where it finds none, and then it boots none."""

    title: str
    kernel: str | None
    initrd: str
    args: str


class UnreadError(Exception):
    """Why pygrub takes nothing from a file; the argument says it."""


def parse(path: str, data: bytes) -> tuple[list[PygrubImage], int]:
    """Return the entries of a configuration and the number of the default; raises UnreadError."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UnreadError(f"byte {error.start} is not UTF-8") from None
    lines = [line for line in map(str.strip, text.split("\n")) if line and not line.startswith("#")]
    name = path.rpartition("/")[2]
    parser = _grub2 if name == "grub.cfg" else _legacy if name in ("menu.lst", "grub.conf") else _extlinux
    entries, default = parser(lines)
    return entries[:ENTRIES], default if default < len(entries) else 0


def _split(line: str) -> tuple[str, str]:
    """Return the first word and the rest (``grub_exact_split``)."""
    parts = [*_parts(line, 1), "", ""]
    return parts[0], parts[1]


def _parts(text: str, count: int) -> list[str]:
    """Parts at blanks, or at ``=`` where the first of these is before any blank (``grub_split``)."""
    blank = min((at for at in (text.find(" "), text.find("\t")) if at >= 0), default=-1)
    equals = text.find("=")
    apart = equals >= 0 and (blank < 0 or equals < blank)
    return text.split("=" if apart else None, count)


def _path(word: str) -> str:
    """Return a path without the device before it, which pygrub reads and forgets."""
    if not word.startswith("("):
        return word
    end = word.find(")")
    if end < 0:
        raise UnreadError(f"the device of {word} has no end")
    _device(word[:end])
    return word[end + 1 :]


def _entry(title: str, lines: Sequence[str], kernels: Sequence[str], initrds: Sequence[str]) -> PygrubImage:
    kernel: str | None = None
    args = initrd = ""
    for line in lines:
        word, value = _split(line)
        if word == "set":
            word, value = _set(value)
        value = value.strip()
        if word in kernels:
            kernel, args = _words(value)
            kernel = _path(kernel)
        elif word in initrds:
            initrd = _path(value)
        elif word in ("root", "rootnoverify"):
            _device(value)
    return PygrubImage(title.strip(), kernel, initrd, args)


def _words(value: str) -> tuple[str, str]:
    """Return a kernel and its arguments."""
    first, _, rest = value.partition(" ")
    return first, rest.lstrip()


def _set(value: str) -> tuple[str, str]:
    """Return the variable and the value of a ``set``, without the quotes around that."""
    parts = _parts(value, 2)
    if len(parts) != 2:
        raise UnreadError(f"set {value}")
    quoted = _QUOTED.match(parts[1])
    return parts[0], quoted[2] if quoted else parts[1]


def _device(value: str) -> None:
    """Raise ValueError where pygrub's GrubDiskPart would, so that the whole menu is lost to it."""
    disk, comma, part = value.partition(",")
    disk = disk.replace("(", "").replace(")", "")
    if not disk.startswith("/dev/xvd") and not _NUMBER.fullmatch(disk[2:]):
        raise UnreadError(f"it takes {value} for no device")
    part = part.replace("(", "").replace(")", "")
    for prefix in ("msdos", "gpt"):
        part = part[len(prefix) :] if part.startswith(prefix) else part
    if comma and not _NUMBER.fullmatch(part):
        raise UnreadError(f"it takes {value} for no device")


def _legacy(lines: Sequence[str]) -> tuple[list[PygrubImage], int]:
    entries: list[PygrubImage] = []
    title, default = "", 0
    inside: list[str] | None = None
    for line in lines:
        if line.startswith("title"):
            if inside is not None:
                entries.append(_entry(title, inside, ("kernel",), ("initrd",)))
            inside, title = [], line[6:]
        elif inside is not None:
            inside.append(line)
        else:
            word, value = _split(line)
            if word == "default":
                default = _default(value.strip())
    if inside:
        entries.append(_entry(title, inside, ("kernel",), ("initrd",)))
    return entries, default


def _grub2(lines: Sequence[str]) -> tuple[list[PygrubImage], int]:
    entries: list[PygrubImage] = []
    title, default, depth = "", 0, 0
    inside: list[str] | None = None
    for line in _without_functions(lines):
        match = _MENUENTRY.match(line)
        if match:
            if inside is not None:
                raise UnreadError(f"an entry within the entry “{title}”")
            inside, title = [], match[1]
        elif line.startswith("submenu"):
            depth += 1
        elif line.startswith("}"):
            if inside is not None:
                entries.append(_entry(title, inside, ("linux", "linux16"), ("initrd", "initrd16")))
                inside = None
            elif depth:
                depth -= 1
            else:
                raise UnreadError("a } that does not end an entry")
        elif inside is not None:
            inside.append(line)
        else:
            default = _default_of(line, default)
    if inside is not None:
        raise UnreadError(f"the entry “{title}” does not end")
    return entries, default


def _without_functions(lines: Sequence[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("function"):
            inside = True
        elif not inside:
            yield line
        elif line.startswith("}"):
            inside = False


def _default_of(line: str, default: int) -> int:
    """Return the default after a line outside of entries: the last that is set counts, in whatever branch of an
    ``if``.
    """
    word, value = _split(line)
    if word != "set":
        return default
    name, value = _set(value)
    return _default(value.strip()) if name == "default" else default


def _default(value: str) -> int:
    """Return a default as pygrub takes it: 0 where it is no number (a title, ``${saved_entry}``)."""
    if not _NUMBER.fullmatch(value):
        return 0
    number = int(value[:9])
    if number < 0:
        raise UnreadError("its default is a negative number")
    return number


def _extlinux(lines: Sequence[str]) -> tuple[list[PygrubImage], int]:
    entries: list[PygrubImage] = []
    inside: list[str] = []
    default = ""
    for line in lines:
        if line.lower().startswith("label"):
            if inside:
                entries.append(_label(inside))
            inside = [line]
        elif inside:
            inside.append(line)
        else:
            word, value = _split(line)
            if word.lower() == "default":
                default = value.strip()
    if inside:
        entries.append(_label(inside))
    # A label is looked for as it is, be it a number.
    return entries, next((number for number, each in enumerate(entries) if each.title == default), 0)


def _label(lines: Sequence[str]) -> PygrubImage:
    title = initrd = args = ""
    kernel: str | None = None
    for line in lines:
        word, value = _split(line)
        word = word.lower()
        if word == "append" and kernel is not None and kernel.endswith("mboot.c32"):
            # Xen, the kernel with its arguments, the initrd.
            modules = value.split("---")
            if len(modules) in (2, 3):
                kernel, args = _words(modules[-2].strip()) if modules[-2] else (kernel, args)
                initrd = modules[-1].strip() if modules[-1] else initrd
            continue
        if word == "append" and kernel is not None and "initrd=" in value:
            for each in value.strip().split(" "):
                if each.lower().startswith("initrd="):
                    initrd = each.replace("initrd=", "")
                    value = value.replace(each, "")
        value = _ALL_QUOTED.sub(r"\1", value.strip())
        if word == "label":
            title = value
        elif word == "kernel":
            kernel, args = _words(value)
        elif word == "append":
            args = value
    return PygrubImage(title, kernel, initrd, args)
