"""Simulated hosts made once a run and then copied: to seed one anew costs as much as half of a screen test."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from xentui.simulator import Simulator

Clock = Callable[[], float]

_FRESH = 5.0
"""Seconds a clock may differ from the machine's, and still be the same time of day for a test."""
_machine_time = time.time
_templates: dict[tuple[str, int, float | None], Path] = {}
_BASE = tempfile.gettempdir()
"""The folder of the templates: tests have temporary files in folders of their own, which go before the run ends."""


def seed(folder: Path, *, domains: int = 12, clock: Clock = time.time) -> None:
    """Make ``folder`` a simulated host with the first ``domains`` of the well-known ones.

    The first of a kind is made by the simulator itself, all others are copies of it.
    """
    now = clock()
    key = (folder.name, domains, None if abs(now - _machine_time()) < _FRESH else now)
    template = _templates.get(key)
    if template is None:
        template = _templates[key] = _place() / folder.name
        Simulator(template, domains=domains, clock=clock).close()
    _copy(str(template), str(folder), str(template), str(folder))


def forget() -> None:
    """Remove the hosts that the others were copied from."""
    for template in _templates.values():
        shutil.rmtree(template.parent, ignore_errors=True)
    _templates.clear()


def _place() -> Path:
    return Path(tempfile.mkdtemp(prefix="xentui-seeded-", dir=_BASE))


def _copy(source: str, target: str, old: str, new: str) -> None:
    """Copy a folder with all that is in it; where files and links name the folder ``old`` they name ``new``."""
    os.makedirs(target, exist_ok=True)
    os.chmod(target, os.stat(source).st_mode & 0o7777)
    with os.scandir(source) as entries:
        for entry in entries:
            made = f"{target}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path).replace(old, new), made)
            elif entry.is_dir():
                _copy(entry.path, made, old, new)
            else:
                copy_file(entry.path, made, old.encode(), new.encode())


def copy_file(source: str, target: str, old: bytes = b"", new: bytes = b"") -> None:
    """Copy what a file holds and not its holes: disk images are gigabytes of nothing."""
    with open(source, "rb", 0) as read, open(target, "wb", 0) as written:
        found = os.fstat(read.fileno())
        end = 0
        while (start := _data(read.fileno(), end) if found.st_blocks else None) is not None:
            end = os.lseek(read.fileno(), start, os.SEEK_HOLE)
            data = os.pread(read.fileno(), end - start, start)
            if source.endswith(".jsonl"):
                data = data.replace(old, new)
            os.pwrite(written.fileno(), data, start)
        if found.st_blocks * 512 < found.st_size:
            os.truncate(target, found.st_size)
        os.chmod(target, found.st_mode & 0o7777)


def _data(descriptor: int, offset: int) -> int | None:
    """Return where the next data of a file begins, None where only a hole is left."""
    try:
        return os.lseek(descriptor, offset, os.SEEK_DATA)
    except OSError:
        return None
