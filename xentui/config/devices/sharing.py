"""Which disks a configuration means to share (xm's ``w!``), for which xl has no word: kept as a comment.

The line ``# xentui: shared disks: xvdb, xvdc`` says that the guests which have these disks write to them at one time
on purpose, with a cluster file system on them.  xl reads over it; it lives in the text, so that versions, files and
copies keep it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from xentui.config.devices.disk import parse_disk
from xentui.config.document import Document, parse
from xentui.model.devices import Access, Disk

_NOTE = re.compile(r"^[ \t]*#[ \t]*xentui:[ \t]*shared disks:([^\n]*)(?:\n|\Z)", re.MULTILINE)
_START = "# xentui: shared disks:"


def shared_vdevs(document: Document) -> frozenset[str]:
    """Return the guest devices whose disks are noted as shared."""
    words = (word.strip() for match in _NOTE.finditer(document.text) for word in match[1].split(","))
    return frozenset(word for word in words if word)


def with_shared(document: Document, vdevs: Iterable[str]) -> Document:
    """Return the document with exactly these devices noted as shared; the note is one line, in the place it had."""
    wanted = sorted(set(vdevs))
    if set(wanted) == shared_vdevs(document):
        return document
    text = document.text
    line = sharing_note(wanted) + "\n" if wanted else ""
    first = _NOTE.search(text)
    if first is None:
        return document.append_text(line.rstrip("\n"))
    rest = _NOTE.sub("", text[first.end() :])
    return parse(text[: first.start()] + line + rest, source=document.source)


def sharing_note(vdevs: Iterable[str]) -> str:
    """Return the comment that notes these devices as shared."""
    return f"{_START} {', '.join(sorted(set(vdevs)))}"


def marked(disks: Iterable[Disk], shared: frozenset[str]) -> tuple[Disk, ...]:
    """Return the disks, those that are noted and written to with the access ``w!``."""
    return tuple(
        replace(disk, access=Access.SHARED) if disk.vdev in shared and disk.access is Access.WRITE else disk
        for disk in disks
    )


def disks_of(document: Document) -> tuple[Disk, ...]:
    """Return the disks of a configuration, those it means to share with the access ``w!``; raises ConfigError as xl
    would.
    """
    specs = document.strings("disk")
    return marked((parse_disk(spec, source=document.source) for spec in specs), shared_vdevs(document))
