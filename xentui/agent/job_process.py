"""The process of a job: it runs the commands of the host, and is what brings the store to its end.

It has a session of its own and ignores what ends those of a line that breaks; its commands print to a file.  A kill
nobody can ignore leaves a job without an end, which :func:`xentui.agent.jobs.control.settle_job` takes up.
"""

from __future__ import annotations

import os
import signal
from typing import Callable, Dict, List

from xentui.agent.drain import drain_steps, guest_sequence, undrain_steps
from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.host.domain_list import SilentError
from xentui.agent.images import clone_jobs, deletion_jobs, image_worker
from xentui.agent.jobs import memory_jobs, records
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration import live_jobs, offline_jobs
from xentui.agent.netboot import tree_jobs
from xentui.agent.systems import guest_worker, install_worker, system_worker

_DONE: Dict[str, Callable[[JobWork], None]] = {
    **memory_jobs.DO,
    **image_worker.DO,
    **guest_worker.DO,
    **system_worker.DO,
    **tree_jobs.DO,
    "clone": clone_jobs.clone,
    "delete": deletion_jobs.delete,
    records.INSTALL: install_worker.install,
    records.MIGRATE: live_jobs.migrate,
    records.MOVE: offline_jobs.move,
    records.DRAIN: drain_steps.drain,
    records.UNDRAIN: undrain_steps.undrain,
}
#: Of the other kinds what is left is settled by the one way of :mod:`xentui.agent.jobs.memory_jobs`.
_SETTLED: Dict[str, Callable[[JobWork], None]] = {
    **dict.fromkeys(image_worker.DO, image_worker.settle),
    **dict.fromkeys(guest_worker.DO, guest_worker.settle),
    **dict.fromkeys(system_worker.DO, system_worker.settle),
    **dict.fromkeys(tree_jobs.DO, tree_jobs.settle),
    "clone": clone_jobs.settle,
    "delete": deletion_jobs.settle,
    records.INSTALL: install_worker.settle,
    records.MIGRATE: live_jobs.settle,
    records.MOVE: offline_jobs.settle,
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
            _SETTLED.get(kind, memory_jobs.settle)(at_work)
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
