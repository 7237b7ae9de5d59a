"""Where exceptions that nobody has foreseen end: in a notice, neither silently nor with the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState

from xentui.errors import FaultError, XentuiError
from xentui.tui.messages import Notice

if TYPE_CHECKING:
    from textual.dom import DOMNode
else:
    DOMNode = object


class FaultReporting(DOMNode):
    """An app, screen or widget whose workers end nothing but themselves; before the class of Textual's."""

    def run_worker(self, work: Any, *arguments: Any, **options: Any) -> Worker[Any]:
        """As Textual does, but for faults."""
        return super().run_worker(work, *arguments, **{"exit_on_error": False, **options})

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a fault."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            told = error if isinstance(error, XentuiError) else FaultError(error)
            self.app.post_message(Notice.of(told))
