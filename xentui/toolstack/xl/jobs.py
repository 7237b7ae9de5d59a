"""What a job of a host runs where xl drives it."""

from __future__ import annotations

from xentui.toolstack.targets import JobCommands
from xentui.toolstack.xl.commands import LIST

JOBS = JobCommands(
    list=LIST,
    save=("xl", "save", "{domid}", "{path}"),
    restore=("xl", "restore", "-p", "{path}"),
    unpause=("xl", "unpause", "{domid}"),
    destroy=("xl", "destroy", "{domid}"),
)
