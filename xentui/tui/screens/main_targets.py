"""What a command of the main screen would be done to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xentui.commands.availability import targets, why_not
from xentui.commands.command import Command
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.tui.context import MainContext
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.table import DomainTable

if TYPE_CHECKING:
    from xentui.console.shown_console import ShownConsole


class MainTargets:
    """Finds them in the list, or in the console that ``looked_at`` tells: one is looking around in that."""

    def __init__(
        self, context: MainContext, table: DomainTable, looked_at: Callable[[], ShownConsole | None]
    ) -> None:
        self._context = context
        self._table = table
        self._looked_at = looked_at

    def of(self, command: Command) -> list[Domain]:
        """Return the domains a command would be done to: while one looks around in a console, that one's."""
        return [row.domain for row in self.rows(command)]

    def rows(self, command: Command) -> list[DomainRow]:
        """Return the rows of those domains, which say on which host each is."""
        if (console := self._looked_at()) is not None and (row := self._row_of(console)):
            return targets(command, row, ())
        return targets(command, self._table.current, self._table.marked_shown)

    def _row_of(self, console: ShownConsole) -> DomainRow | None:
        host = self._context.host_of(console)
        snapshot = host.host_state.snapshot
        domain = lookup.of_uuid(snapshot, console.uuid) if snapshot is not None else None
        key = host.host_state.key(console.uuid)
        return DomainRow(key, domain, host=host.label) if domain is not None else None

    def reason(self, command: Command) -> str:
        """Return why a command is not possible now."""
        return why_not(command, self.of(command), read_only=self._context.read_only)
