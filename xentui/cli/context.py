"""What a verb works with: the service, where its words go, and the terminal if there is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xentui.service.hypervisor import Hypervisor

if TYPE_CHECKING:
    from xentui.console.attach import Attached

Progress = Callable[[int], None]
ProgressBar = Callable[[str], AbstractContextManager[Progress | None]]
Attach = Callable[[list[str], bool], "Attached"]


@contextmanager
def no_progress(_title: str) -> Iterator[Progress | None]:
    """The progress bar of output nobody watches."""
    yield None


def _no_terminal(_argv: list[str], _survive: bool) -> Attached:
    raise NotImplementedError("this front end has no terminal of its own")


@dataclass(slots=True)
class Context:
    """One front end's ground for verbs.

    ``out`` and ``note`` take lines for standard output and for the person (standard error); ``progress`` makes a
    bar for work that takes long; ``attach`` runs an argv on the user's terminal; ``terminal`` says whether
    standard output is one.
    """

    hypervisor: Hypervisor
    out: Callable[[str], None]
    note: Callable[[str], None]
    progress: ProgressBar = no_progress
    attach: Attach = field(default=_no_terminal)
    terminal: bool = False

    def json(self, value: Any) -> None:
        """Print ``value`` as JSON."""
        self.out(json.dumps(value, indent=2, ensure_ascii=False))
