"""What a job of a host runs where xl drives it."""

from __future__ import annotations

from xentui.toolstack.targets import DrainCommands, JobCommands
from xentui.toolstack.xl.commands import INFO, LIST, LIST_LONG

JOBS = JobCommands(
    list=LIST,
    save=("xl", "save", "{domid}", "{path}"),
    restore=("xl", "restore", "-p", "{path}"),
    unpause=("xl", "unpause", "{domid}"),
    destroy=("xl", "destroy", "{domid}"),
)

DRAIN = DrainCommands(JOBS, LIST_LONG, INFO, ("xl", "domid"))
