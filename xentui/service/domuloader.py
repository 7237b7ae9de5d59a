"""domUloader on xl: a configuration that names it boots by xentui's own program of that kind.

xl has no domUloader since xend is gone.  What is stored, and the file, stay as they are: only what xl is given says
another boot loader, in words behind the configuration (``xl create FILE 'bootloader="…"'``).
"""

from __future__ import annotations

import re
import shlex

from xentui import config as language
from xentui.config.guest_type import is_hvm
from xentui.config.quoting import quote
from xentui.domuloader.packing import packed
from xentui.errors import ConfigError
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.model.configuration import is_domuloader

PROGRAM = "xentui-domuloader"
_HINT = "write --entry=xvda1:/boot/vmlinuz,/boot/initrd: the guest's device, the kernel there, the ramdisk"
_ENTRY = re.compile(r"(?:/dev/)?([a-z]+)([0-9]*):.+")


def loader_words(document: language.Document, host: Host) -> tuple[str, ...]:
    """Return the words that make xl boot a configuration of domUloader; none for any other configuration.

    Raises ConfigError where it does not say what to boot.
    """
    if not is_domuloader(document.string("bootloader") or "") or is_hvm(document):
        return ()
    given = arguments(document)
    entry = next((word.partition("=")[2] for word in given if word.startswith("--entry=")), "")
    if not entry:
        line, column = document.place("bootloader")
        raise ConfigError(
            "domUloader is not told what to boot",
            source=document.source,
            line=line,
            column=column,
            hint=f"in bootloader_args {_HINT}",
        )
    words = [*given, *where(document, entry)]
    listed = ", ".join(quote(word) for word in words)
    return (f"bootloader={quote(path_on(host))}", f"bootloader_args=[{listed}]")


def path_on(host: Host) -> str:
    """Return where the program lies on a host."""
    return f"{host.store_root}/bin/{PROGRAM}"


async def install(host: Host) -> None:
    """Have the program on the host; raises StoreError where it cannot be written."""
    await host.call(operations.put_program, name=PROGRAM, data=packed())


def arguments(document: language.Document) -> list[str]:
    """Return the arguments the configuration gives, in xl's spelling or in xm's; ``bootentry`` was SUSE's."""
    listed = document.strings("bootloader_args")
    if listed:
        return list(listed)
    text = document.string("bootloader_args") or document.string("bootargs")
    if text:
        try:
            return shlex.split(text)
        except ValueError:
            return text.split()
    entry = document.string("bootentry")
    return [f"--entry={entry}"] if entry else []


def where(document: language.Document, entry: str) -> list[str]:
    """Return what to tell the program where the entry's disk is not the first, the one libxl gives it, or is a
    partition.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return []
    device, disk = f"{match.group(1)}{match.group(2)}", match.group(1)
    disks = []
    for spec in document.strings("disk"):
        try:
            disks.append(language.parse_disk(spec))
        except ConfigError:
            return []
    names = [item.vdev for item in disks]
    whole = device in names and device != disk
    found = names.index(device) if device in names else names.index(disk) if disk in names else 0
    words = ["--whole"] if whole else []
    if found and disks[found].format == "raw" and not (disks[found].backend or disks[found].script):
        target = disks[found].target
        words.append(f"--image={target if target.startswith('/') else f'/dev/{target}'}")
    return words
