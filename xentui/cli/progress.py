"""Progress bars on a terminal, for what takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xentui.text import printable

if TYPE_CHECKING:
    from xentui.service.jobs.progress import Progress


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """A bar on standard error while the body runs; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import console, progress  # only long work on a terminal pays for it

    with progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.TextColumn("{task.percentage:>3.0f}%"),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.fields[words]}", markup=False),
        console=console.Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(printable(title), total=100, words="")

        def told(percent: int, words: str = "") -> None:
            bar.update(task, completed=percent, words=words)

        yield told
