"""Where exceptions that nobody has foreseen end: in a notice, neither silently nor with the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState

from xentui.errors import FaultError, XentuiError

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from xentui.tui.app import XentuiApp
else:
    DOMNode = object


class FaultsTold(DOMNode):
    """An app or screen whose workers end nothing but themselves; before the class of Textual's."""

    def run_worker(self, work: Any, *arguments: Any, **options: Any) -> Worker[Any]:
        """As Textual does, but for faults."""
        return super().run_worker(work, *arguments, **{"exit_on_error": False, **options})

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a fault."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        told = error if isinstance(error, XentuiError) else FaultError(error)
        app: XentuiApp = self.app  # type: ignore[assignment]
        app.tell(told.report()[0], error=told, severity="error")
