"""The logs of a domain's consoles, carried along when it goes to another host: they are kept by the host's name."""

from __future__ import annotations

import contextlib
from pathlib import Path

from xentui.console.log_names import log_paths, transcript_path, with_older
from xentui.console.log_times import SUFFIX


def carry(source: str, target: str, name: str, uuid: str) -> list[Path]:
    """Give the logs there are of a domain on the host ``source`` to the host ``target``; returns where they are now.

    One that is being written is written on where it is then.  Where the target has a log of that name already, of an
    earlier stay, both stay where they are.  Raises OSError where a folder cannot be made.
    """
    folder = transcript_path(target, name, uuid).parent
    carried = []
    for path in log_paths(source, name, uuid):
        if path.parent == folder or (folder / path.name).exists():
            continue
        folder.mkdir(0o700, parents=True, exist_ok=True)
        # The log itself last: as long as it lies there its older files are found by it.
        for part in reversed(with_older(path)):
            for file in (part.with_name(part.name + SUFFIX), part):
                with contextlib.suppress(FileNotFoundError):
                    file.rename(folder / file.name)
        carried.append(folder / path.name)
    return carried
