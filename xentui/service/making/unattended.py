"""Answers for an installer, so that it asks nothing: whose they are, whether they can be read, and how it finds them.

Debian's preseed (debconf-set-selections(1)), kickstart (pykickstart), AutoYaST and Ubuntu's autoinstall.  What they
mean is for the installer: what is checked is what would have it stop, or ask, at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from xml.parsers import expat

from xentui.errors import UsageError
from xentui.frozen import dataclass
from xentui.service.making import cpio, iso9660, user_data
from xentui.text import lines, plain

LIMIT = 512 << 10
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_QUESTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._/:-]*")
_TYPES = ("string", "boolean", "select", "multiselect", "note", "text", "password", "title", "error", "seen")
_SECTIONS = (
    "packages",
    "pre",
    "pre-install",
    "post",
    "onerror",
    "traceback",
    "addon",
    "anaconda",
    "certificate",
)
_NEEDED = (
    (("lang",), "the language"),
    (("keyboard",), "the keyboard"),
    (("timezone",), "the time zone"),
    (("rootpw", "user", "sshkey"), "who may log in"),
    (("autopart", "part", "partition", "logvol", "mount", "reqpart"), "how to divide the disk"),
)
"""Of kickstart: what Anaconda asks for where nothing says it."""
_COMMANDS = (
    "auth", "authselect", "autopart", "bootloader", "clearpart", "cmdline", "firewall", "graphical", "harddrive",
    "ignoredisk", "keyboard", "lang", "network", "nfs", "part", "poweroff", "reboot", "rootpw", "selinux", "services",
    "text", "timezone", "url", "user", "zerombr",
)  # fmt: skip
"""What tells a kickstart."""
_ELEMENTS, _DEPTH = 50_000, 64


class AnswersKind(StrEnum):
    """Whose answers they are."""

    PRESEED = "preseed"
    KICKSTART = "kickstart"
    AUTOYAST = "autoyast"
    USER_DATA = "user-data"


@dataclass(frozen=True, slots=True)
class InstallerAnswers:
    """Answers that were checked: what is odd, and the small disk that brings them, where there is a way by a disk.

    ``label`` and ``name`` are that disk's and the file's, "" for none; ``words`` stand on the kernel line.  A preseed
    comes in the installer's initrd.
    """

    kind: AnswersKind
    text: str
    label: str = ""
    name: str = ""
    words: str = ""
    odd: tuple[str, ...] = ()

    def initrd(self) -> bytes:
        """Return what is put before the initrd of the installer."""
        return cpio.archive({self.name: self.text.encode("utf-8")})

    def disk(self) -> bytes:
        """Return the bytes of the small disk."""
        files = {self.name: self.text.encode("utf-8")}
        if self.kind is AnswersKind.USER_DATA:
            files["meta-data"] = b"{}\n"
        return iso9660.volume(self.label, files)


@dataclass(frozen=True, slots=True)
class Unattended:
    """Answers, and the ``path`` of the small disk they come by, or of an initrd, which is made of ``initrd`` then."""

    answers: InstallerAnswers
    path: str
    initrd: str = ""

    @property
    def words_of_disk(self) -> str:
        """What is made, for people."""
        if self.initrd:
            return f"{self.path}: made of {self.initrd} with the preseed in it; removed once it is installed"
        return f"{self.path}: made, read-only, the {self.answers.kind} of its installer; removed once it is installed"


def kind_of(text: str) -> AnswersKind | None:
    """Return whose answers a text is, by what stands in it; None for nobody's."""
    begin = text.lstrip("\ufeff \t\r\n")
    if user_data.kind(begin):
        return AnswersKind.USER_DATA
    if begin.startswith("<"):
        return AnswersKind.AUTOYAST
    preseed = kickstart = 0
    for _number, line in _logical(text):
        words = line.split(None, 3)
        preseed += len(words) >= 3 and "/" in words[1] and words[2] in _TYPES
        kickstart += words[0] in _COMMANDS or words[0].startswith("%")
    if not preseed and not kickstart:
        return None
    return AnswersKind.PRESEED if preseed >= kickstart else AnswersKind.KICKSTART


def checked(text: str) -> InstallerAnswers:
    """Return the answers in a text; raises UsageError for what is none, or what its installer could not read."""
    if len(text.encode("utf-8", "replace")) > LIMIT:
        raise _wrong(f"has more than {LIMIT >> 10} KiB", "make it smaller")
    if "\0" in text:
        raise _wrong("has bytes that no text has", "save it as plain UTF-8")
    kind = kind_of(text)
    if kind is AnswersKind.PRESEED:
        return InstallerAnswers(kind, text, name="preseed.cfg", odd=tuple(_preseed(text)))
    if kind is AnswersKind.KICKSTART:
        odd = tuple(_kickstart(text))
        return InstallerAnswers(kind, text, "OEMDRV", "ks.cfg", "inst.ks=hd:LABEL=OEMDRV:/ks.cfg", odd)
    if kind is AnswersKind.AUTOYAST:
        _autoyast(text)
        return InstallerAnswers(kind, text, "OEMDRV", "autoinst.xml", "autoyast=label://OEMDRV/autoinst.xml")
    if kind is AnswersKind.USER_DATA:
        found = user_data.checked(text)
        if not re.search(r"^autoinstall\s*:", text, re.M):
            found.append("the user-data have no autoinstall: an installer of Ubuntu asks all the same")
        return InstallerAnswers(kind, text, "cidata", "user-data", "autoinstall", tuple(found))
    raise _wrong(
        "is not a file that an installer reads", "a preseed, a kickstart, an AutoYaST profile, or user-data"
    )


def _wrong(message: str, hint: str, line: int = 0) -> UsageError:
    return UsageError(f"line {line} {message}" if line else message, subject="the answers", hint=hint)


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers; one that ends in a backslash goes on."""
    begin, pieces = 0, ""
    for number, line in enumerate(lines(text), 1):
        if not pieces and (not line.strip() or line.lstrip().startswith("#")):
            continue
        begin = begin or number
        if line.endswith("\\"):
            pieces += f"{line[:-1]} "
            continue
        if whole := f"{pieces}{line}".strip():
            yield begin, whole
        begin, pieces = 0, ""
    if pieces.strip():
        yield begin, pieces.strip()


# Each kind


def _preseed(text: str) -> Iterator[str]:
    asked = set()
    for number, line in _logical(text):
        words = line.split(None, 3)
        if len(words) < 3 or not _OWNER.fullmatch(words[0]) or not _QUESTION.fullmatch(words[1]):
            raise _wrong(
                "is not of the form `OWNER QUESTION TYPE VALUE`",
                "as in: d-i debian-installer/locale string C",
                number,
            )
        if words[2] not in _TYPES:
            raise _wrong(f"has the type {plain(words[2], 40)!r}", f"one of {', '.join(_TYPES)}", number)
        value = words[3].strip() if len(words) > 3 else ""
        if words[2] == "boolean" and value not in ("true", "false"):
            raise _wrong(f"has the boolean {plain(value, 40)!r}", "true or false", number)
        if words[1] in asked:
            yield f"the answers have {plain(words[1], 80)} twice: the last holds"
        asked.add(words[1])


def _kickstart(text: str) -> Iterator[str]:
    commands, section, opened = set(), "", 0
    for number, line in enumerate(lines(text), 1):
        word = line.split(None, 1)[0] if line.strip() else ""
        if section:
            section = "" if word == "%end" else section
        elif word == "%end":
            raise _wrong("is a %end of nothing", "each section has one", number)
        elif word in ("%include", "%ksappend") or not word or word.startswith("#"):
            continue
        elif word.startswith("%"):
            if word[1:] not in _SECTIONS:
                raise _wrong(f"begins a section {plain(word, 40)}", f"one of {', '.join(_SECTIONS)}", number)
            section, opened = word, number
        else:
            commands.add(word)
    if section:
        raise _wrong(f"begins {section} without a %end", "write %end behind it", opened)
    for words, about in _NEEDED:
        if not commands & set(words) and "%include" not in text:
            yield f"the kickstart does not say {about} ({' or '.join(words[:2])}): its installer will ask"


def _autoyast(text: str) -> None:
    """Raise UsageError for what is no well-formed profile; a document type without entities is usual there."""
    depth = count = 0
    root = ""

    def start(name: str, _attributes: object) -> None:
        nonlocal depth, count, root
        depth, count, root = depth + 1, count + 1, root or name
        if depth > _DEPTH or count > _ELEMENTS:
            raise _wrong("are larger, or deeper, than any profile", "make them smaller")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_given: object) -> None:
        raise _wrong("declare entities, which are not read", "write out what they stand for")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, refuse
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        raise _wrong(
            f"are not XML: {expat.errors.messages.get(error.code, error)}", "mend it", error.lineno
        ) from None
    if root != "profile":
        raise _wrong(f"are XML, but not a profile of AutoYaST: {plain(root, 40)}", "its root is <profile>")
