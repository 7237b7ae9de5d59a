"""The steps of a job on the store, for tests that take them one by one as if each were an operation.

No caller can ask a host for one of them: a job does them itself (:mod:`xentui.agent.jobs.memory_jobs`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xentui import agent
from xentui.agent.errors import from_os_error
from xentui.agent.memory import boot_marks
from xentui.agent.store import autostart, layout


def _begin(root: str, *, uuid: str) -> str:
    with layout.writing(root):
        return boot_marks.begin(root, uuid)


def _withhold(root: str, *, auto_dir: str, uuid: str) -> bool:
    with layout.writing(root):
        return autostart.withhold(root, auto_dir, uuid)


def _put_back(root: str, *, auto_dir: str, uuid: str) -> str:
    with layout.writing(root):
        return autostart.put_back(root, auto_dir, uuid)


STEPS: dict[str, Callable[..., Any]] = {
    "checkpoint_begin": _begin,
    "checkpoint_commit": boot_marks.checkpoint_commit,
    "checkpoint_abort": boot_marks.checkpoint_abort,
    "resume_begin": boot_marks.resume_begin,
    "resume_commit": boot_marks.resume_commit,
    "withhold_autostart": _withhold,
    "return_autostart": _put_back,
}


def dispatch(root: str, operation: str, arguments: dict[str, Any]) -> Any:
    """Take a step, or run one of the agent's operations; raises AgentError as those do."""
    step = STEPS.get(operation)
    if step is None:
        return agent.dispatch(root, operation, arguments)
    try:
        return step(root, **arguments)
    except OSError as error:
        raise from_os_error(error) from error


def take(root: object, step: str, **arguments: Any) -> Any:
    """Take one step on the store at ``root``."""
    return dispatch(str(root), step, arguments)
