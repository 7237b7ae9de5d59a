"""The process of a job: it runs the commands of the host, and is what brings the store to its end.

It has a session of its own and ignores what ends those of a line that breaks; its commands print to a file.  A kill
nobody can ignore leaves a job without an end, which :func:`xentui.agent.jobs.control.settle_job` takes up.
"""

from __future__ import annotations

import os
import signal
from typing import Callable, Dict, List

from xentui.agent.drain import emptying_steps, guest_sequence, returning_steps
from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.host.domain_list import SilentError
from xentui.agent.images import cloning, disposing, imaging
from xentui.agent.jobs import records, saving
from xentui.agent.jobs.working import JobWork
from xentui.agent.migration import live, sending
from xentui.agent.netboot import tree_jobs
from xentui.agent.systems import guest_making, installing, system_making

_DONE: Dict[str, Callable[[JobWork], None]] = {
    **saving.DO,
    **imaging.DO,
    **guest_making.DO,
    **system_making.DO,
    **tree_jobs.DO,
    "clone": cloning.clone,
    "delete": disposing.delete,
    records.INSTALL: installing.install,
    records.MIGRATE: live.migrate,
    records.MOVE: sending.move,
    records.DRAIN: emptying_steps.drain,
    records.UNDRAIN: returning_steps.undrain,
}
#: Of the other kinds what is left is settled by the one way of :mod:`xentui.agent.jobs.saving`.
_SETTLED: Dict[str, Callable[[JobWork], None]] = {
    **dict.fromkeys(imaging.DO, imaging.settle),
    **dict.fromkeys(guest_making.DO, guest_making.settle),
    **dict.fromkeys(system_making.DO, system_making.settle),
    **dict.fromkeys(tree_jobs.DO, tree_jobs.settle),
    "clone": cloning.settle,
    "delete": disposing.settle,
    records.INSTALL: installing.settle,
    records.MIGRATE: live.settle,
    records.MOVE: sending.settle,
    **dict.fromkeys(records.SEQUENCES, guest_sequence.settle),
}
_IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGPIPE)


def main(arguments: List[str]) -> None:
    """What the process of a job does: ``begin`` or ``settle``, the store, the job, the descriptor of its lock."""
    task, root, job, lock = arguments
    for number in _IGNORED:
        # By a function, not by SIG_IGN: its commands would inherit that, and xl leaves a process for the domain's life.
        signal.signal(number, lambda _number, _frame: None)
    if os.fork():
        os._exit(0)  # whoever started it has waited for this only
    work(task, root, job, int(lock))


def work(task: str, root: str, job: str, lock: int = -1) -> None:
    """Do a job, or settle it; ``lock`` is the descriptor of its lock."""
    at_work = JobWork(root, job)
    at_work.lock = lock
    kind = str(at_work.record["kind"])
    try:
        if task == "settle":
            _SETTLED.get(kind, saving.settle)(at_work)
        else:
            _DONE[kind](at_work)
    except AgentError as error:
        _end_badly(at_work, error)
    except OSError as error:
        _end_badly(at_work, from_os_error(error))


def _end_badly(at_work: JobWork, error: AgentError) -> None:
    """Where the store or the host failed the job itself: what it left is settled by the next who looks."""
    if isinstance(error, SilentError):
        return
    at_work.end(1, failure=error)
