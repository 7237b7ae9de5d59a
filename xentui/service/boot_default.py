"""The entry a domain boots by its configuration: by title, with the kernel it had when that was chosen.

It is ``--entry=TITLE`` among pygrub's arguments, or ``--kernel=…`` where pygrub has no such entry, and a comment before
them says which kernel is meant.  pygrub boots its default, silently, where it has no entry of that title: so the
menu is read before each start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.config.document import Document
from xentui.errors import HostError, NotAllowedError, Suggest
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootEntry
from xentui.model.libxl import from_libxl
from xentui.service import boot_menu, domuloader
from xentui.service.boot_choice import BootChoice, BootWay, kept_arguments, pygrub_number

if TYPE_CHECKING:
    from xentui.model.configuration import DomainConfig

_NOTE = re.compile(r"^# boot entry: (.*), kernel (\S+)\n", re.MULTILINE)


def is_set(document: Document) -> bool:
    """Return whether a configuration says by title or number which entry pygrub is to boot."""
    return bool(wanted_entry(document))


def wanted_entry(document: Document) -> str:
    """Return the title or number pygrub is told, "" for none."""
    if not (document.string("bootloader") or "").rpartition("/")[2].startswith("pygrub"):
        return ""
    return _entry_argument(domuloader.arguments(document))


def entry_of(config: DomainConfig) -> str:
    """Return the title or number a configuration tells pygrub, "" for none."""
    if config.boot_method != "pygrub":
        return ""
    return _entry_argument(config.bootloader_args)


def _entry_argument(arguments: Sequence[str]) -> str:
    """Return the entry that arguments of pygrub name; the last of several counts."""
    found = [word for word in arguments if word.startswith("--entry=")]
    return found[-1].partition("=")[2] if found else ""


def without_default(document: Document) -> Document:
    """Return the configuration without a choice; what pygrub is told besides stays."""
    kept = kept_arguments(document)
    document = without_note(document).remove("bootargs")
    return document.set("bootloader_args", kept) if kept else document.remove("bootloader_args")


def noted(document: Document) -> tuple[str, str]:
    """Return the title and the kernel that were chosen; empty where nothing is noted."""
    match = _NOTE.search(document.text)
    return (match[1], match[2]) if match else ("", "")


def with_default(document: Document, choice: BootChoice) -> Document:
    """Return the configuration with a chosen entry as the one it boots; its other lines stay as they are."""
    words = language.parse("\n".join(choice.words))
    document = without_note(document)
    document = document.set("bootloader", words.string("bootloader") or "")
    if document.parts("bootloader_args") and not document.strings("bootloader_args"):
        document = document.remove("bootloader_args")
    document = document.set("bootloader_args", words.strings("bootloader_args"))
    document = document.remove("bootargs")
    line = document.place("bootloader_args")[0]
    lines = document.text.split("\n")
    title = " ".join(choice.title.split())
    lines.insert(line - 1, f"# boot entry: {title}, kernel {choice.entry.kernel}")
    return language.parse("\n".join(lines), source=document.source)


def without_note(document: Document) -> Document:
    """Return the configuration without the line that tells which entry was chosen."""
    text = _NOTE.sub("", document.text)
    return document if text == document.text else language.parse(text, source=document.source)


async def checked(document: Document, host: Host) -> tuple[BootChoice | None, tuple[str, ...]]:
    """Return the entry a configuration is going to boot, and what has become of it since it was chosen, as sentences.

    Raises NotAllowedError where pygrub has no such entry any more.  A menu that cannot be read is a warning only.
    """
    config = from_libxl(language.to_libxl(document))
    wanted = wanted_entry(document)
    try:
        menu = await boot_menu.of_config(host, config, config.name)
    except (HostError, NotAllowedError) as error:
        return None, (f"whether its boot entry “{wanted}” is still there cannot be seen: {error.message}",)
    if menu.pygrub is None:
        return None, ()
    titles = [entry.title for entry in menu.pygrub.entries]
    number = pygrub_number(wanted)
    if number is None:
        number = titles.index(wanted) if wanted in titles else -1
    if not 0 <= number < len(titles):
        raise NotAllowedError(
            f"its boot entry “{wanted}” is no longer in its boot menu, and pygrub would boot another",
            subject=config.name,
            hint=("choose one: ", Suggest("domain.boot-entries", config.name)),
            details=[f"there is “{title}”" for title in titles[:10]],
        )
    there = menu.pygrub.entries[number]
    _title, kernel = noted(document)
    told: tuple[str, ...] = ()
    if kernel and kernel != there.kernel:
        told = (f"its boot entry “{wanted}” now has the kernel {there.kernel}; {kernel} was chosen",)
    built_with = " ".join(word for word in (there.args, config.cmdline) if word)
    entry = BootEntry(there.title, kernel=there.kernel, initrd=(there.initrd,), args=there.args)
    return BootChoice(entry, number, BootWay.ENTRY, (), built_with), told
